"""Having the speech model listen: its process run to its end, and what it heard put on the recording's clock.

Takes the tracks of a recording and how the model listens; gives each person's words, once where several microphones
heard them, and what was set aside as said by nobody. Finished blocks are kept, so that a run that dies loses one block.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from pydantic import ValidationError

from consent.clearance import Clearance
from consent.records import Frozen, Purpose, RecordingId, Span
from pipeline import outputs
from pipeline.errors import ModelUnavailable, PipelineError, StorageFull, TranscriptionFailed
from pipeline.records import Doubt, Track, Utterance, Word
from pipeline.transcribe.blocks import SAMPLE_RATE, WavTrack, cut_blocks
from pipeline.transcribe.job import JOB_FILE, MESSAGE, Block, Cause, Failure, Job, Notice, Progress, load_block
from pipeline.transcribe.model import find_model
from pipeline.transcribe.options import DecodingOptions, SpeechSettings, check_language
from pipeline.transcribe.processor import Device, find_processor
from pipeline.transcribe.timing import regroup
from pipeline.transcribe.voices import Voices, Words

logger = logging.getLogger(__name__)

_IMPORT_ROOT = Path(__file__).parents[2]
"""Where the worker finds this package."""


class Heard(Frozen):
    """Utterances and what was set aside, both in order of start, on the recording's clock."""

    utterances: tuple[Utterance, ...]
    doubts: tuple[Doubt, ...]


class Source(Frozen):
    """What is listened to: the tracks, the folder of their files, the recording's length in seconds."""

    recording_id: RecordingId
    tracks: tuple[Track, ...]
    folder: Path
    duration: float


def listen(
    source: Source,
    clearance: Clearance,
    settings: SpeechSettings,
    options: DecodingOptions,
    partial: Path,
    progress: Callable[[float, float], None],
    *,
    lasting: bool = True,
) -> Heard:
    """Have the speech model transcribe every track, and merge what it heard.

    Args:
        source: the tracks.
        clearance: must cover ``Purpose.TRANSCRIBE`` for their recording.
        settings: which speech model, and how it runs.
        options: how it listens.
        partial: folder that keeps each finished block; a later call with the same options goes on from there.
        progress: told the seconds of audio done and in all, from 0 to the end.
        lasting: whether ``partial`` outlives a failure: only then is it promised.

    Raises:
        ModelUnavailable: the model is missing or damaged, the hub cannot be reached, or no model knows the language.
        TranscriptionFailed: the worker process died, or a track is unreadable.
        StorageFull: no room left.
    """
    clearance.require(source.recording_id, Purpose.TRANSCRIBE)
    check_language(options.language)
    model = find_model(settings.model, settings.revision)
    job = Job(
        model_folder=model.folder,
        processor=find_processor(),
        threads=settings.threads,
        options=options.heard_by(prompted=model.prompted),
        tracks=tuple((source.folder / track.file).resolve() for track in source.tracks),
        partial=partial.resolve(),
    )
    _run_worker(job, settings.model, progress, lasting=lasting)
    doubts: list[Doubt] = []
    runs: list[Words] = []
    for number, track in enumerate(source.tracks):
        blocks = tuple(_blocks(job, number))
        words = [_placed(word, track, source.duration) for block in blocks for word in block.words]
        aside = [_set_aside(doubt, track, source.duration) for block in blocks for doubt in block.doubts]
        inside = sorted((word for word in words if word is not None), key=lambda word: word.span.start)
        runs.append(Words(person=track.person, words=tuple(inside)))
        doubts += [one for one in aside if one is not None]
    if len(runs) > 1:
        runs = list(Voices(source.tracks, source.folder, source.duration).without_bleed(runs))
    return Heard(
        utterances=regroup([Utterance(speaker=run.person, words=run.words) for run in runs if run.words]),
        doubts=tuple(sorted(doubts, key=lambda one: one.span.start)),
    )


def _run_worker(job: Job, model: str, progress: Callable[[float, float], None], *, lasting: bool) -> None:
    """Run the worker to its end, and leave no process behind whatever happens here."""
    job.partial.mkdir(parents=True, exist_ok=True)
    request = job.partial / JOB_FILE
    outputs.replace_synced(request, job.model_dump_json().encode())
    failure: Failure | None = None
    with TemporaryFile() as errors, _started(request, errors) as process:
        for line in process.stdout or ():
            try:
                message = MESSAGE.validate_json(line)
            except ValidationError:
                continue  # a native library that prints
            if isinstance(message, Progress):
                progress(message.done, message.total)
            elif isinstance(message, Notice):
                logger.warning(message.detail)
            else:
                failure = message
        status = process.wait()
        if failure is not None:
            raise _told(failure, model)
        if status != 0:
            card = job.processor.device is Device.CUDA
            raise TranscriptionFailed(_died(status, lasting=lasting, card=card)) from _Traceback.of(errors)


class _Traceback(Exception):
    """The end of what a worker printed before it died; only ever the cause of another error, for the log."""

    @classmethod
    def of(cls, errors: IO[bytes]) -> _Traceback:
        errors.seek(0)
        return cls(errors.read()[-2000:].decode(errors="replace"))


@contextmanager
def _started(request: Path, errors: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline.transcribe.worker", str(request)],
        cwd=_IMPORT_ROOT,
        stdin=subprocess.PIPE,  # kept open: its end tells the worker that we are gone
        stdout=subprocess.PIPE,
        stderr=errors,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            with suppress(ProcessLookupError):  # it ended meanwhile
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


def _told(failure: Failure, model: str) -> PipelineError:
    if failure.cause is Cause.STORAGE:
        return StorageFull(failure.detail)
    if failure.cause in (Cause.TRACK, Cause.MEMORY):
        return TranscriptionFailed(failure.detail)
    return ModelUnavailable(
        f"Le modèle de parole « {model} » ne peut pas être chargé ({failure.detail.rstrip('.')[:200]}) ; copiez-le de "
        "nouveau, ou corrigez VIDEOTHEQUE_ASR_MODEL."
    )


def _died(status: int, *, lasting: bool, card: bool) -> str:
    if status == -signal.SIGKILL:
        why = "a été tué, souvent par manque de mémoire ; libérez de la mémoire ou réduisez VIDEOTHEQUE_ASR_BLOCK_S"
    elif status < 0 and card:  # its libraries end the process where they do not suit its driver
        why = (
            f"a été arrêté par le signal {-status} sur la carte graphique ; mettez son pilote à jour, ou passez-vous "
            "d'elle (CUDA_VISIBLE_DEVICES=-1)"
        )
    elif status < 0:
        why = f"a été arrêté par le signal {-status}"
    else:
        why = f"s'est arrêté sur une erreur (code {status})"
    kept = " : les blocs déjà transcrits sont conservés" if lasting else " la transcription"
    return f"Le processus de transcription {why} ; relancez{kept}."


def _blocks(job: Job, number: int) -> Iterator[Block]:
    """The blocks of a track, in order."""
    with WavTrack(job.tracks[number]) as samples:
        spans = cut_blocks(samples, round(job.options.block_s * SAMPLE_RATE))
    for index, span in enumerate(spans):
        block = load_block(job.partial, number, index, span)
        if block is None:
            raise TranscriptionFailed(
                "Un bloc transcrit a disparu du dossier de travail avant d'être lu ; relancez la transcription."
            )
        yield block


def _placed(word: Word, track: Track, duration: float) -> Word | None:
    """A track's word on the recording's clock; None where it was said before its start or after its end."""
    span = _inside(word.span, track, duration)
    return word.model_copy(update={"span": span}) if span is not None else None


def _set_aside(doubt: Doubt, track: Track, duration: float) -> Doubt | None:
    span = _inside(doubt.span, track, duration)
    return doubt.model_copy(update={"span": span, "speaker": track.person}) if span is not None else None


def _inside(span: Span, track: Track, duration: float) -> Span | None:
    start = max(0.0, track.offset + track.rate * span.start)
    end = min(duration, track.offset + track.rate * span.end)
    return Span(start=start, end=end) if start < end else None

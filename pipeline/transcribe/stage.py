"""The transcribe stage: from a :class:`Recording` to its :class:`Transcript`.

The transcript that came with the recording is used where there is one, and then no model is looked for, loaded
or imported. Else faster-whisper listens to each track in a process of its own; each person's words are put on
the recording's clock by the track's offset, and merged by time.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from pydantic import ValidationError

from consent.clearance import Clearance
from consent.records import Purpose, Span
from pipeline import outputs
from pipeline.errors import ModelUnavailable, PipelineError, StorageFull, TranscriptionFailed
from pipeline.records import (
    Provenance,
    Recording,
    Stage,
    Track,
    Transcript,
    TranscriptOrigin,
    Utterance,
    Word,
)
from pipeline.transcribe.blocks import SAMPLE_RATE, WavTrack, cut_blocks
from pipeline.transcribe.job import JOB_FILE, MESSAGE, Cause, Failure, Job, Progress, load_block
from pipeline.transcribe.model import find_model
from pipeline.transcribe.options import DecodingOptions, SpeechSettings, options_for
from pipeline.transcribe.timing import PAUSE_S, regroup, utterances_of_cues

TRANSCRIBE_VERSION = "1"
"""Raised whenever the same inputs would give another output."""

_IMPORT_ROOT = Path(__file__).parents[2]
"""Where the worker finds this package."""


def provenance_of(recording: Recording, model: str | None, options: DecodingOptions, made_at: datetime) -> Provenance:
    """The provenance, hence the key, of a transcript.

    Args:
        recording: the ingest output, whose key stands for the tracks and the sidecar.
        model: identity of the speech model (:func:`pipeline.transcribe.model.find_model`); ignored, like
            ``options``, where the recording has its own transcript.
        options: how the model listens (:func:`pipeline.transcribe.options.options_for`).
        made_at: the present.
    """
    parameters: dict[str, object] = {"pause_s": PAUSE_S}
    if recording.sidecar is None:
        parameters |= options.model_dump(mode="json")
    return outputs.provenance(
        Stage.TRANSCRIBE,
        TRANSCRIBE_VERSION,
        (recording.provenance.key,),
        parameters,
        made_at,
        model=model if recording.sidecar is None else None,
    )


def transcribe(
    recording: Recording,
    folder: Path,
    clearance: Clearance,
    settings: SpeechSettings,
    partial: Path,
    provenance: Provenance,
    progress: Callable[[float, float], None],
) -> Transcript:
    """Transcribe a recording; the transcript has no utterance where nobody speaks.

    Args:
        recording: the ingest output.
        folder: the folder that holds its tracks.
        clearance: must cover ``Purpose.TRANSCRIBE``.
        settings: which speech model, and how it runs.
        partial: folder of this provenance's key that keeps each finished block; a later call goes on from there.
        provenance: of :func:`provenance_of`.
        progress: told the seconds of audio done and in all, from 0 to the end.

    Raises:
        ModelUnavailable: the model is missing or damaged, or the hub cannot be reached.
        TranscriptionFailed: the worker process died, or a track is unreadable; finished blocks are kept.
        StorageFull: no room left; finished blocks are kept.
    """
    clearance.require(recording.id, Purpose.TRANSCRIBE)
    if recording.sidecar is not None:
        progress(0.0, recording.media.duration)
        utterances = utterances_of_cues(recording.sidecar.cues)
        progress(recording.media.duration, recording.media.duration)
    else:
        utterances = _listen(recording, folder, settings, partial, progress)
    return Transcript(
        recording_id=recording.id,
        language=recording.language,
        origin=recording.sidecar.origin if recording.sidecar is not None else TranscriptOrigin.MODEL,
        utterances=utterances,
        provenance=provenance,
    )


def _listen(
    recording: Recording,
    folder: Path,
    settings: SpeechSettings,
    partial: Path,
    progress: Callable[[float, float], None],
) -> tuple[Utterance, ...]:
    """Have the speech model transcribe every track, and merge what it heard."""
    job = Job(
        model_folder=find_model(settings.model, settings.revision).folder,
        threads=settings.threads,
        options=options_for(recording, settings),
        tracks=tuple((folder / track.file).resolve() for track in recording.tracks),
        partial=partial.resolve(),
    )
    _run_worker(job, settings.model, progress)
    return regroup(_heard(recording, job))


def _run_worker(job: Job, model: str, progress: Callable[[float, float], None]) -> None:
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
            else:
                failure = message
        status = process.wait()
        if failure is not None:
            raise _told(failure, model)
        if status != 0:
            raise TranscriptionFailed(_died(status)) from _Traceback.of(errors)


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
    if failure.cause is Cause.TRACK:
        return TranscriptionFailed(failure.detail)
    return ModelUnavailable(
        f"Le modèle de parole « {model} » ne peut pas être chargé ({failure.detail.rstrip('.')[:200]}) ; copiez-le de "
        "nouveau, ou corrigez VIDEOTHEQUE_ASR_MODEL."
    )


def _died(status: int) -> str:
    if status == -signal.SIGKILL:
        why = "a été tué, souvent par manque de mémoire ; libérez de la mémoire ou réduisez VIDEOTHEQUE_ASR_BLOCK_S"
    elif status < 0:
        why = f"a été arrêté par le signal {-status}"
    else:
        why = f"s'est arrêté sur une erreur (code {status})"
    return f"Le processus de transcription {why} ; relancez : les blocs déjà transcrits sont conservés."


def _heard(recording: Recording, job: Job) -> list[Utterance]:
    """Every track's words, tagged with its person, on the recording's clock and inside the recording."""
    runs = []
    for number, (track, path) in enumerate(zip(recording.tracks, job.tracks, strict=True)):
        with WavTrack(path) as samples:
            spans = cut_blocks(samples, round(job.options.block_s * SAMPLE_RATE))
        words: list[Word] = []
        for index, span in enumerate(spans):
            block = load_block(job.partial, number, index, span)
            if block is None:
                raise TranscriptionFailed(
                    "Un bloc transcrit a disparu du dossier de travail avant d'être lu ; relancez la transcription."
                )
            words += [placed for word in block.words if (placed := _placed(word, track, recording)) is not None]
        if words:
            runs.append(Utterance(speaker=track.person, words=tuple(words)))
    return runs


def _placed(word: Word, track: Track, recording: Recording) -> Word | None:
    """A track's word on the recording's clock; None where it was said before its start or after its end."""
    start = max(0.0, word.span.start + track.offset)
    end = min(recording.media.duration, word.span.end + track.offset)
    return word.model_copy(update={"span": Span(start=start, end=end)}) if start < end else None

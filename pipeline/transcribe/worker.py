"""The process that holds the speech model: ``python -m pipeline.transcribe.worker JOB.json``.

One process a recording: its memory is given back, and a crash in native code stops nothing else. It transcribes
each track block by block, keeps each block on the disk as soon as it is done, prints its progress, and ends when
its standard input is closed: a caller that dies takes it along.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import numpy as np

from consent.records import Span
from pipeline.errors import StorageFull, TranscriptionFailed
from pipeline.outputs import replace_synced
from pipeline.records import Word
from pipeline.sound import frame_loudness
from pipeline.transcribe.blocks import SAMPLE_RATE, BlockSpan, WavTrack, cut_blocks
from pipeline.transcribe.hallucinations import Quiet, sift
from pipeline.transcribe.job import Block, Cause, Failure, Job, Notice, Progress, block_file, load_block
from pipeline.transcribe.loading import LOADING_ERRORS, NO_MEMORY, Loaded, lacks_memory, load
from pipeline.transcribe.processor import Processor
from pipeline.transcribe.timing import MIN_WORD_S, attach_punctuation

if TYPE_CHECKING:
    from faster_whisper import WhisperModel


_FRAME_S, _AROUND_S = 0.02, 0.3
"""Frames of loudness, and how far off the model's word times may be, in seconds."""


_NO_SPEECH, _UNSURE = 0.6, -1.0
"""Whisper's own limits: a segment that it takes for no speech with the first probability, and writes with a mean log
probability below the second, is no speech. The library would drop it; here it is set aside."""


class _GivingUp(Exception):
    """Carries the failure to report."""

    def __init__(self, cause: Cause, detail: str) -> None:
        self.failure = Failure(cause=cause, detail=detail)
        super().__init__(detail)


def main(arguments: list[str]) -> int:
    """Run one job; 0 where every block is on the disk, 1 after a reported failure."""
    Thread(target=_end_with_caller, name="caller", daemon=True).start()
    job = Job.model_validate_json(Path(arguments[0]).read_bytes())
    try:
        _run(job)
    except _GivingUp as error:
        _say(error.failure)
        return 1
    except TranscriptionFailed as error:
        _say(Failure(cause=Cause.TRACK, detail=str(error)))
        return 1
    except StorageFull as error:
        _say(Failure(cause=Cause.STORAGE, detail=str(error)))
        return 1
    except (RuntimeError, MemoryError) as error:
        if not lacks_memory(error):
            raise
        _say(Failure(cause=Cause.MEMORY, detail=NO_MEMORY))
        return 1
    return 0


def _run(job: Job) -> None:
    plans: list[tuple[BlockSpan, ...]] = []
    for path in job.tracks:
        with WavTrack(path) as track:
            plans.append(cut_blocks(track, round(job.options.block_s * SAMPLE_RATE)))
    total = sum(spans[-1].last for spans in plans if spans) / SAMPLE_RATE
    before = 0.0
    ear = _Ear(job)
    _say(Progress(done=0, total=total))
    for number, (path, spans) in enumerate(zip(job.tracks, plans, strict=True)):
        with WavTrack(path) as track:
            quiet: Quiet | None = None
            for index, span in enumerate(spans):
                if load_block(job.partial, number, index, span) is None:
                    quiet = quiet or Quiet(frame_loudness(path, _FRAME_S), _FRAME_S, _AROUND_S)
                    block = ear.hear(track, span, quiet, _Counting(before, total))
                    replace_synced(block_file(job.partial, number, index), block.model_dump_json().encode())
                before += (span.last - span.first) / SAMPLE_RATE
                _say(Progress(done=before, total=total))


class _Counting:
    """Says how far a block is, within the whole."""

    def __init__(self, before: float, total: float) -> None:
        self._before, self._total = before, total

    def __call__(self, done: float) -> None:
        _say(Progress(done=self._before + done, total=self._total))


class _Ear:
    """The model, loaded when the first block needs it, and again with lighter numbers where a card runs out of room."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._loaded: Loaded | None = None

    def hear(self, track: WavTrack, span: BlockSpan, quiet: Quiet, heard: Callable[[float], None]) -> Block:
        """One block, times from the track's start; ``heard`` is told how many of its seconds are done."""
        processor, why = self._job.processor, ""
        while True:
            self._loaded = self._loaded or self._load(processor, why)
            try:
                return _transcribe(self._loaded.model, track, span, self._job, quiet, heard)
            except RuntimeError as error:
                lighter = self._loaded.processor.after(str(error))
                if lighter is None:
                    raise
                processor, why = lighter, str(error)
                self._loaded = None  # its room is needed for the next one

    def _load(self, processor: Processor, why: str) -> Loaded:
        try:
            loaded = load(self._job.model_folder, processor, self._job.threads, why)
        except LOADING_ERRORS as error:
            if lacks_memory(error):
                raise _GivingUp(Cause.MEMORY, NO_MEMORY) from error
            raise _GivingUp(Cause.MODEL, " ".join(str(error).split())) from error
        if loaded.notice:
            _say(Notice(detail=loaded.notice))
        return loaded


def _transcribe(
    model: WhisperModel, track: WavTrack, span: BlockSpan, job: Job, quiet: Quiet, heard: Callable[[float], None]
) -> Block:
    audio = track.read(span.first, span.last).astype(np.float32) / 32768
    segments, _ = model.transcribe(audio, **job.options.arguments())
    start, end = span.first / SAMPLE_RATE, span.last / SAMPLE_RATE
    said: list[tuple[tuple[Word, ...], bool]] = []
    done = 0.0
    for segment in segments:  # each is decoded as it is asked for
        words = attach_punctuation(_words(segment.words or (), start, end))
        doubted = segment.no_speech_prob > _NO_SPEECH and segment.avg_logprob < _UNSURE
        if words:
            said.append((words, doubted))
        done = max(done, min(float(segment.end), end - start))
        heard(done)
    said.sort(key=lambda one: one[0][0].span.start)
    unspoken = {place for place, (_, doubted) in enumerate(said) if doubted}
    sifted = sift([words for words, _ in said], end, quiet, unspoken)
    return Block(span=span, words=sifted.words, doubts=sifted.doubts)


def _words(pieces: Iterable[Any], start: float, end: float) -> list[Word]:
    """The library's words as ours: whole, stripped, inside the block.

    It splits words at hyphens and apostrophes (« peut », « -être »); a piece without a leading space goes on with
    the word before it, and the word is as sure as its least sure piece.
    """
    words: list[Word] = []
    for piece in pieces:
        text = piece.word.strip()
        if not text:
            continue
        first = min(max(start, start + float(piece.start)), end - MIN_WORD_S)
        last = min(max(first + MIN_WORD_S, start + float(piece.end)), max(end, first + MIN_WORD_S))
        probability = min(1.0, max(0.0, float(piece.probability)))
        if words and not piece.word[0].isspace():
            before = words.pop()
            text, first = before.text + text, before.span.start
            last = max(last, before.span.end)
            probability = min(probability, before.probability)
        words.append(Word(text=text, span=Span(start=max(0.0, first), end=last), probability=probability))
    return words


def _say(message: Progress | Notice | Failure) -> None:
    sys.stdout.write(message.model_dump_json() + "\n")
    sys.stdout.flush()


def _end_with_caller() -> None:
    while os.read(0, 4096):
        pass
    os._exit(2)  # from a thread, and in the middle of native code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

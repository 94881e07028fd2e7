"""Blocks: a track cut at its silences into stretches short enough to transcribe in flat memory.

Takes 16 kHz mono 16-bit samples; gives spans of samples that cover the track in order, none longer than the
maximum. A cut falls in the middle of the longest quiet stretch of the block's last third, quiet being measured
against that third's own noise floor: a fan or an open window must not hide the pauses.
"""

from __future__ import annotations

import wave
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from consent.records import Frozen
from pipeline.errors import TranscriptionFailed

SAMPLE_RATE = 16_000
"""Hertz, the rate of the tracks that ingest makes: what Whisper hears."""

_FRAME = SAMPLE_RATE // 50
"""Samples of a frame whose energy is measured: 20 ms, shorter than any pause between words."""

_FLOOR_QUANTILE = 0.1
"""A tenth of a third of a block is pauses, even in dense speech."""

_QUIET_RATIO = 2.0
"""Quiet is up to twice the floor's amplitude (6 dB): the noise wavers by less, a voice rises by far more."""


class BlockSpan(Frozen):
    """Samples ``[first, last)`` of a track."""

    first: int
    last: int


class Samples(Protocol):
    """A track that can be read piece by piece."""

    @property
    def total(self) -> int:
        """How many samples there are."""

    def read(self, first: int, last: int) -> NDArray[np.int16]:
        """Samples ``[first, last)``, shape ``(last - first,)``."""


class WavTrack:
    """A 16 kHz mono 16-bit WAV, read piece by piece.

    Raises:
        TranscriptionFailed: the file is not such a WAV, or holds less than its header says.
    """

    def __init__(self, path: Path) -> None:
        self._name = path.name
        try:
            self._file = wave.open(str(path), "rb")  # noqa: SIM115 - closed by __exit__
        except (OSError, wave.Error, EOFError) as error:
            raise self._unreadable() from error
        if (self._file.getnchannels(), self._file.getsampwidth(), self._file.getframerate()) != (1, 2, SAMPLE_RATE):
            self._file.close()
            raise self._unreadable()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()

    @property
    def total(self) -> int:
        """How many samples there are."""
        return self._file.getnframes()

    def read(self, first: int, last: int) -> NDArray[np.int16]:
        """Samples ``[first, last)``, int16, shape ``(last - first,)``."""
        self._file.setpos(first)
        samples = np.frombuffer(self._file.readframes(last - first), dtype="<i2")
        if len(samples) != last - first:
            raise self._unreadable()
        return samples.astype(np.int16, copy=False)

    def _unreadable(self) -> TranscriptionFailed:
        return TranscriptionFailed(
            f"La piste « {self._name} » n'est pas un WAV complet à 16 kHz ; relancez la lecture de l'enregistrement."
        )


def cut_blocks(track: Samples, maximum: int) -> tuple[BlockSpan, ...]:
    """Cut a track into blocks of at most ``maximum`` samples, at silences.

    Returns:
        Spans that follow one another from 0 to ``track.total``; none for an empty track.
    """
    if maximum < 1:
        raise ValueError("a block holds at least one sample")
    spans = []
    first = 0
    while track.total - first > maximum:
        limit = first + maximum
        earliest = first + 2 * maximum // 3
        last = earliest + _quietest(track.read(earliest, limit))
        last = min(max(last, first + 1), limit)
        spans.append(BlockSpan(first=first, last=last))
        first = last
    if first < track.total:
        spans.append(BlockSpan(first=first, last=track.total))
    return tuple(spans)


def _quietest(samples: NDArray[np.int16]) -> int:
    """Middle of the longest quiet stretch, in samples from the start; the end where there is no whole frame."""
    count = len(samples) // _FRAME
    if count == 0:
        return len(samples)
    frames = samples[: count * _FRAME].reshape(count, _FRAME).astype(np.float32)
    loudness = np.sqrt(np.mean(frames * frames, axis=1))
    quiet = loudness <= _QUIET_RATIO * np.quantile(loudness, _FLOOR_QUANTILE, method="higher")
    edges = np.flatnonzero(np.diff(np.concatenate(([False], quiet, [False])).astype(np.int8)))
    starts, ends = edges[::2], edges[1::2]
    longest = int(np.argmax(ends - starts))
    return int(starts[longest] + ends[longest]) * _FRAME // 2

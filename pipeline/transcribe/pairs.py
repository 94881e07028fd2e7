"""How two persons' microphones hear one another: by how much, how much later, and who speaks in a span.

Takes the loudness of two persons' tracks on one clock; gives, for a span, how many decibels nearer the sound is to the
first person than to the second. An open microphone hears the other person too, some eight to forty decibels below and
up to half a second later: where one speaks the difference lies around one value, where the other speaks around another,
and between the two lies what belongs to neither. Gains move both alike. Where only one of the two is known to speak
there is one heap only, and the other's can lie no nearer than what open microphones allow. Source: own rules; the lag
is the peak of the contours' cross-correlation, the heaps are summits of a histogram.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from consent.records import Frozen, Span
from pipeline.sound import Loudness

FRAME_S = 0.01
"""A step fine enough to tell who is heard first: a metre and a half of air is five milliseconds, a network hundreds."""

_MOST_LAG_S = 0.5
"""Echoes through a room or a network come sooner."""

_FLOOR = 1.0
"""Added to each loudness, in sample units: digital silence has no logarithm."""

_LOUD_DB = 15.0
"""Below a track's 95th percentile: syllables lie above it, the room's tail after them below."""

_LOUD_SHARE = 0.2
"""Of the frames of a caption: vowels take up more of any speech, pauses included."""

_LEAST_BLEED_DB = 8.0
"""An open microphone hears the other person at least that much softer than that person's own does."""

_WINDOW = 20
"""Frames of a window in which the difference is taken for the heaps: a syllable."""

_BIN_DB, _SMOOTH = 1.0, 2
"""Of the histogram of differences: the width of a bin, and its neighbours on each side that are averaged."""

_HEAP_SHARE, _VALLEY = 0.05, 0.5
"""Of a second heap: its share of the windows, and how far down the valley before it goes, against its summit."""

_SURE_SHARE = 0.25
"""How far from the middle, as a share of the distance between the heaps, a sound is surely one person's: where both
speak at once the difference stays near the middle, and both are kept."""

_ABOVE_FLOOR_DB, _HEARD = 6.0, 5
"""Above a track's quiet tenth, for so many frames (the shortest vowel): somebody is heard there."""

_LAG_LIKENESS, _CAUSAL_S = 0.1, 0.015
"""Of the contours at the lag: less is chance; and a shorter lag may be an error of the placing."""

_HEARD_LIKENESS = 0.2
"""The same where one person alone speaks: two talks reach 0.02 by chance there, and echoes of -10 to -25 dB from 0.2 to
0.97 (measured)."""

Decibels = NDArray[np.float32]


class _Heaps(Frozen):
    """Half way between what each person's speech makes (dB), from how far of it one is sure, and if both were seen."""

    middle: float
    sure: float
    both: bool


class Pair:
    """Two persons' tracks."""

    def __init__(self, first: Loudness, second: Loudness) -> None:
        """Take the loudness of both in frames of :data:`FRAME_S`; -1 where a track does not reach."""
        self._there = (first >= 0) & (second >= 0)
        self._levels = tuple(_clipped(_decibels(one)) for one in (first, second))
        self._floors = tuple(_floor(one[self._there]) for one in self._levels)
        self._loud = tuple(_loud_from(one[self._there]) for one in self._levels)
        likeness = _likeness(self._levels[0], self._levels[1], self._there)
        self._lags = (self._lag(0), self._lag(1))
        self._alone: int | None = None
        found = self._differences()
        first_alone = self._first_alone(found, likeness)
        self._heaps = _two_heaps(found) or _one_heap(found, first_alone)
        if not self._heaps.both:
            self._alone = 0 if first_alone else 1

    def _lag(self, own: int) -> int:
        """How many frames later the other track hears one person; 0 where that is not clear.

        Looked for where that person is the louder of the two, each against their own speech: who speaks little would
        not count among all that the other says.
        """
        apart = [level - loud for level, loud in zip(self._levels, self._loud, strict=True)]
        speaks = self._there & (apart[own] > 0) & (apart[own] > apart[1 - own])
        here, there = (np.diff(self._levels[one], prepend=self._levels[one][:1]) for one in (own, 1 - own))
        said, count = here * speaks, len(here)
        found = np.zeros(min(count, round(_MOST_LAG_S / FRAME_S) + 1))
        for lag in range(len(found)):
            heard = there[lag:] * speaks[: count - lag]
            size = float(np.linalg.norm(said) * np.linalg.norm(heard))
            found[lag] = float(said[: count - lag] @ heard) / size if size > 0 else 0.0
        lag = int(np.argmax(found)) if count else 0
        return lag if count and found[lag] >= _HEARD_LIKENESS else 0

    @property
    def both_speak(self) -> bool:
        """Whether each of the two is heard speaking: else one of them hardly does, or never."""
        return self._heaps.both

    def reaches(self, span: Span) -> bool:
        """Whether both tracks were running for most of a span."""
        start, end = _frames(span)
        there = self._there[start:end]
        return len(there) > 0 and 2 * int(there.sum()) > len(there)

    def nearer(self, span: Span, *, on_first: bool) -> float:
        """How much nearer to the first person than half way a sound is: surely from 1, below 0 nearer to the second.

        Args:
            span: when it is heard.
            on_first: whether it is the first person's track that is listened to, or the second's.
        """
        start, end = _frames(span)
        found = self._difference(np.arange(start, min(end, len(self._there))), on_first=on_first)
        return (float(np.median(found)) - self._heaps.middle) / self._heaps.sure if len(found) else 0.0

    def is_heard(self, span: Span, *, on_first: bool) -> bool:
        """Whether one of the tracks is above its own quiet in a span."""
        start, end = _frames(span)
        own = self._levels[0 if on_first else 1][start:end]
        floor = self._floors[0 if on_first else 1]
        loudest = np.sort(own)[-_HEARD:]
        return len(own) > 0 and float(loudest[0]) > floor + _ABOVE_FLOOR_DB

    def is_loud(self, span: Span, *, on_first: bool) -> bool:
        """Whether one of the tracks is as loud in a span as its own person usually is."""
        start, end = _frames(span)
        own = 0 if on_first else 1
        return bool(np.mean(self._levels[own][start:end] > self._loud[own]) > _LOUD_SHARE)

    def _difference(self, at: NDArray[np.int64], *, on_first: bool) -> Decibels:
        """First minus second (dB), of the loud ones of the frames, if any is.

        What is heard on one track is either its person's, and reaches the other later; or it is the other's, who said
        it earlier. Half of each comparison: the right one lies close to its heap, the wrong one anywhere.
        """
        own, other = (0, 1) if on_first else (1, 0)
        last = len(self._there) - 1
        here = self._levels[own][at]
        after = self._levels[other][np.minimum(at + self._lags[own], last)]
        before = self._levels[other][np.maximum(at - self._lags[other], 0)]
        alone = own == self._alone and not self._lags[other]
        there = after if alone else np.maximum(after, before)
        loud = self._there[at] & ((here > self._loud[own]) | (there > self._loud[other]))
        kept = loud if loud.any() else self._there[at]
        found = here - there
        return (found if on_first else -found)[kept]

    def _differences(self) -> Decibels:
        """The difference in each window in which somebody is loud."""
        count = len(self._there) // _WINDOW
        found = []
        for on_first in (True, False):
            own = 0 if on_first else 1
            loud = (self._levels[own] > self._loud[own]) & self._there
            for window in np.flatnonzero(loud[: count * _WINDOW].reshape(count, _WINDOW).mean(axis=1) >= 0.5):
                at = np.arange(window * _WINDOW, (window + 1) * _WINDOW)
                found.append(float(np.median(self._difference(at, on_first=on_first))))
        return np.array(found, dtype=np.float32)

    def _first_alone(self, found: Decibels, likeness: Decibels) -> bool:
        """If only one of the two speaks, whether it is the first: who is heard first, or else louder."""
        middle = len(likeness) // 2
        peak = int(np.argmax(likeness))
        usual = float(np.median(found)) if len(found) else 0.0
        causal = abs(peak - middle) * FRAME_S >= _CAUSAL_S and float(likeness[peak]) >= _LAG_LIKENESS
        if causal and abs(usual) < 2 * _LEAST_BLEED_DB:
            return peak > middle
        return usual > 0


def _frames(span: Span) -> tuple[int, int]:
    start = max(0, int(span.start / FRAME_S))
    return start, max(start + 1, int(np.ceil(span.end / FRAME_S)))


def _decibels(loudness: Loudness) -> Decibels:
    """The level of each frame, over the three frames around it."""
    power = np.maximum(loudness, 0.0) ** 2
    smooth = np.convolve(power, np.ones(3, dtype=np.float32) / 3, mode="same")
    return np.asarray(10 * np.log10(smooth + _FLOOR), dtype=np.float32)


def _floor(levels: Decibels) -> float:
    return float(np.quantile(levels, 0.1)) if len(levels) else 0.0


def _loud_from(levels: Decibels) -> float:
    sounding = levels[levels > 1.0]
    return float(np.quantile(sounding, 0.95)) - _LOUD_DB if len(sounding) else 0.0


def _likeness(first: Decibels, second: Decibels, there: NDArray[np.bool_]) -> Decibels:
    """Correlation of the two contours with the second later by -0.5 to 0.5 s."""
    most = round(_MOST_LAG_S / FRAME_S)
    one, other = (np.diff(levels, n=1, prepend=levels[:1]) * there for levels in (first, second))
    size = float(np.linalg.norm(one) * np.linalg.norm(other))
    if len(one) <= most or size == 0:
        return np.zeros(2 * most + 1, dtype=np.float32)
    found = [
        float(one[: len(one) - lag] @ other[lag:]) if lag >= 0 else float(one[-lag:] @ other[:lag])
        for lag in range(-most, most + 1)
    ]
    return np.array(found, dtype=np.float32) / size


def _clipped(levels: Decibels) -> Decibels:
    """Without what lies far below speech: the room's own changes tell nothing."""
    return np.maximum(levels, _loud_from(levels) - _LOUD_DB)


def _two_heaps(found: Decibels) -> _Heaps | None:
    """The two summits of the differences, where there are two with a valley between, each large enough."""
    if not len(found):
        return None
    low, high = int(np.floor(found.min())) - 3, int(np.ceil(found.max())) + 4
    counts, edges = np.histogram(found, bins=np.arange(low, high + 1) * _BIN_DB)
    density = np.convolve(counts, np.ones(2 * _SMOOTH + 1), mode="same")
    main = int(np.argmax(density))
    apart = round((2 * _LEAST_BLEED_DB - 2 * _SMOOTH) / _BIN_DB)
    second: int | None = None
    for other in np.flatnonzero(np.abs(np.arange(len(density)) - main) >= apart).tolist():
        first, last = min(main, other), max(main, other)
        bottom = first + int(np.argmin(density[first : last + 1]))
        beyond = counts[:bottom] if other < main else counts[bottom + 1 :]
        deep = density[bottom] <= _VALLEY * density[other]
        if deep and beyond.sum() >= _HEAP_SHARE * len(found) and (second is None or density[other] > density[second]):
            second = other
    if second is None:
        return None
    middle = (edges[main] + edges[second] + _BIN_DB) / 2
    sure = _SURE_SHARE * abs(edges[main] - edges[second])
    return _Heaps(middle=float(middle), sure=max(_LEAST_BLEED_DB / 2, float(sure)), both=True)


def _one_heap(found: Decibels, first_alone: bool) -> _Heaps:
    """One person's heap: the other's lies beyond twice what an open microphone takes away."""
    usual = float(np.median(found)) if len(found) else 0.0
    middle = usual - _LEAST_BLEED_DB if first_alone else usual + _LEAST_BLEED_DB
    return _Heaps(middle=middle, sure=_LEAST_BLEED_DB / 2, both=False)

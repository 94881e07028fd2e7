"""Where a person's own file really lies on the recording's clock: its offset, and the drift of its clock.

Takes the track and the recording's own sound, both as 16 kHz WAV; gives the offset in seconds and the rate, or nothing
where the sound does not tell. Windows of the track are looked for in the whole recording by the normalised
cross-correlation of their loudness contours (changes of log energy, 10 ms apart: codecs, gains and other voices leave
them recognisable), and a straight line is drawn through the places where they are found (RANSAC over all pairs, then
least squares). Source: own rules around those two textbook methods.
"""

from __future__ import annotations

from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from consent.records import Frozen
from pipeline.sound import frame_loudness

MOST_DRIFT = 0.002
"""Cheap sound cards drift by up to 0.01 %, badly resampled exports by 0.1 %: twice that, and it is another file."""

_FRAME_S = 0.01
"""One step of the contours, in seconds; a parabola through the peak finds tenths of it."""

_WINDOW_S = 20.0
"""Seconds of a window: some ten sentences' worth of rises, and at 0.2 % of drift still in step within 40 ms."""

_SHORTEST_WINDOW_S = 5.0
"""Below it one sentence sounds like another."""

_WINDOWS = 40
"""Looked for at most: a line needs few, and each costs a transform as long as the recording."""

_LEAST_LIKENESS = 0.25
_CLEARLY = 1.25
"""A window is found where its likeness reaches the first, and the second times the best one elsewhere."""

_ELSEWHERE_S = 0.5
_OFF_LINE_S = 0.05
"""Farther than this from the line, a window was mistaken; a syllable is four times longer."""

_LEAST_WINDOWS, _LEAST_SHARE = 3, 0.6
"""Windows that must agree, and their share of those found: speech that lies by chance does not fall on one line."""

_DRIFT_FROM_S, _DRIFT_SEEN_S = 60.0, 0.03
"""A drift is believed where the windows span the first and it moves their ends apart by the second."""

_FLOOR_RATIO = 0.02
"""Of the loud frames' amplitude: below it lies the room, whose changes tell nothing."""

Contour = NDArray[np.float64]


class Alignment(Frozen):
    """A sample at time t of the track was heard at ``offset + rate * t`` seconds of the recording."""

    offset: float
    rate: float


class _Found(Frozen):
    """A window of the track: when its middle is, and by how much later the recording has it (seconds)."""

    at: float
    lag: float


def align(track: Path, reference: Path) -> Alignment | None:
    """Find a track in the recording.

    Args:
        track: one person's sound.
        reference: the recording's own sound, in which that person is heard too.

    Returns:
        None where too few windows are found, or they do not agree.
    """
    own, whole = _contour(frame_loudness(track, _FRAME_S)), _contour(frame_loudness(reference, _FRAME_S))
    length = round(min(_WINDOW_S, max(_SHORTEST_WINDOW_S, len(own) * _FRAME_S / (2 * _LEAST_WINDOWS))) / _FRAME_S)
    if len(own) < length or len(whole) < length:
        return None
    search = _Search(whole, length)
    found = [one for first in _starts(own, length) if (one := search.find(own[first : first + length], first))]
    return _line(found)


def _contour(loudness: NDArray[np.float32]) -> Contour:
    """Changes of the log of the loudness, one a frame."""
    if not len(loudness):
        return np.zeros(0)
    floor = max(1.0, _FLOOR_RATIO * float(np.quantile(loudness, 0.95)))
    smooth = np.convolve(loudness, np.ones(3) / 3, mode="same")
    return np.asarray(np.diff(np.log(smooth + floor), prepend=np.log(smooth[0] + floor)), dtype=np.float64)


def _starts(own: Contour, length: int) -> list[int]:
    """First frames of the windows: of each stretch of the track, the liveliest one."""
    energy = np.concatenate(([0.0], np.cumsum(own * own)))
    lively = energy[length:] - energy[:-length]
    edges = np.linspace(0, len(lively), min(_WINDOWS, max(1, len(lively) // (length // 2))) + 1).astype(int)
    starts = [int(a + np.argmax(lively[a:b])) for a, b in pairwise(edges) if b > a]
    usual = float(np.median([lively[one] for one in starts])) if starts else 0.0
    return [one for one in starts if lively[one] > 0.25 * usual > 0]  # silence is found everywhere


class _Search:
    """The recording's contour, ready to have windows of one length looked for in it."""

    def __init__(self, whole: Contour, length: int) -> None:
        self._length = length
        self._size = 1 << int(np.ceil(np.log2(len(whole) + length)))
        self._spectrum = np.fft.rfft(whole, self._size)
        sums = np.concatenate(([0.0], np.cumsum(whole)))
        squares = np.concatenate(([0.0], np.cumsum(whole * whole)))
        mean = (sums[length:] - sums[:-length]) / length
        power = np.maximum(squares[length:] - squares[:-length] - length * mean * mean, 0.0)
        self._norm = np.sqrt(np.maximum(power, 1e-3 * float(power.max(initial=0.0)) + 1e-12))

    def find(self, window: Contour, first: int) -> _Found | None:
        """Where a window that starts at frame ``first`` of the track is heard; None where that is not clear."""
        centred = window - window.mean()
        product = np.fft.irfft(self._spectrum * np.conj(np.fft.rfft(centred, self._size)), self._size)
        likeness = product[: len(self._norm)] / (self._norm * max(float(np.linalg.norm(centred)), 1e-9))
        best = int(np.argmax(likeness))
        peak = float(likeness[best])
        near = round(_ELSEWHERE_S / _FRAME_S)
        elsewhere = max(
            float(likeness[: max(0, best - near)].max(initial=0.0)), float(likeness[best + near :].max(initial=0.0))
        )
        if peak < _LEAST_LIKENESS or peak < _CLEARLY * elsewhere:
            return None
        place = (best + _top(likeness, best)) * _FRAME_S
        start = first * _FRAME_S
        return _Found(at=start + self._length * _FRAME_S / 2, lag=place - start)


def _top(likeness: Contour, best: int) -> float:
    """The summit of the parabola through a peak and its neighbours, in frames from the peak."""
    if not 0 < best < len(likeness) - 1:
        return 0.0
    before, peak, after = (float(one) for one in likeness[best - 1 : best + 2])
    bend = before - 2 * peak + after
    return 0.0 if bend >= 0 else 0.5 * (before - after) / bend


def _line(found: list[_Found]) -> Alignment | None:
    """The line on which most windows lie."""
    if len(found) < _LEAST_WINDOWS:
        return None
    times, lags = np.array([one.at for one in found]), np.array([one.lag for one in found])
    best: NDArray[np.bool_] = np.zeros(len(found), dtype=bool)
    candidates = [(0.0, float(lag)) for lag in lags]
    for a, b in combinations(range(len(found)), 2):
        if abs(times[b] - times[a]) >= _DRIFT_FROM_S:
            slope = float((lags[b] - lags[a]) / (times[b] - times[a]))
            candidates.append((slope, float(lags[a] - slope * times[a])))
    for slope, offset in candidates:
        if abs(slope) <= MOST_DRIFT:
            near = np.abs(lags - offset - slope * times) <= _OFF_LINE_S
            best = near if near.sum() > best.sum() else best
    if best.sum() < max(_LEAST_WINDOWS, _LEAST_SHARE * len(found)):
        return None
    times, lags = times[best], lags[best]
    spread = float(times.max() - times.min())
    slope = float(np.polyfit(times, lags, 1)[0]) if spread >= _DRIFT_FROM_S else 0.0
    if abs(slope) * spread < _DRIFT_SEEN_S or abs(slope) > MOST_DRIFT:
        slope = 0.0
    return Alignment(offset=round(float(np.median(lags - slope * times)), 4), rate=round(1 + slope, 7))

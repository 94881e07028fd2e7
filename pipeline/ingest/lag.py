"""By how much a transcript's times are late or early on the recording: what the sound under its cues tells.

Takes the cues and the tracks, placed on the recording's clock; gives the seconds by which every cue is too late, or
nothing where the sound does not tell. Platforms count from when the transcription was started, operators cut the
beginning off: then all cues lie beside what they say. Cues begin and end where people pause, and each named person's
lie where that person's track is the loudest: both are looked for by cross-correlation over all lags, and one is
believed that stands far above every other. Source: the textbook method, own limits.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from consent.records import PersonId, Span
from pipeline.records import Cue, Track
from pipeline.sound import on_the_clock

STEP_S = 0.1
"""Of the contours; a pause between two speeches lasts several."""

_MOST_LAG_S = 300.0
"""Looked for so far on both sides: who forgets to start a transcription notices within minutes."""

_EDGE_STEPS = 3
"""An edge of a cue is smeared over so many steps on both sides: platforms round, and cut a little early or late."""

_SPEECH_DB = 20.0
"""Below a track's 95th percentile: a step that loud is speech, a softer one a pause."""

_CLEARLY, _NEAR_S = 1.3, 2.0
"""How far the best lag stands above the best one elsewhere, beyond so many seconds from it."""

_LEAST_SCORE = 5.0
"""Standard deviations of the scores of all lags: by chance the best of six thousand reaches four."""

_SEEN_S, _TOLD_S = 0.3, 2.0
"""From which lag the cues are moved (less is how captions are cut), and from which the operator is told."""

_LEAST_CUES = 12
"""Fewer fit in too many places."""

Contour = NDArray[np.float64]


def find_lag(cues: Sequence[Cue], tracks: Sequence[Track], folder: Path, duration: float) -> float | None:
    """By how many seconds the cues are too late (below 0: too early).

    Args:
        cues: on the clock that they came with.
        tracks: the recording's, placed on its clock.
        folder: where their files are.
        duration: of the recording, in seconds.

    Returns:
        None where no lag fits much better than every other one.
    """
    levels = _levels(tracks, folder, max(1, round(duration / STEP_S)))
    if len(cues) < _LEAST_CUES or not levels:
        return None
    most = round(min(_MOST_LAG_S, duration / 2) / STEP_S)
    scores = _standard(_matched(_edges(cues, len(levels[0][1])), _pauses([level for _, level in levels]), most))
    for person, lead in _leads(levels):
        theirs = [cue for cue in cues if cue.speaker == person]
        if theirs and len(theirs) < len(cues):
            scores = scores + _standard(_matched(_said(cues, person, len(lead)), lead, most))
    scores = _standard(scores)
    best, near = int(np.argmax(scores)), round(_NEAR_S / STEP_S)
    elsewhere = max(
        float(scores[: max(0, best - near)].max(initial=0.0)), float(scores[best + near :].max(initial=0.0))
    )
    if scores[best] < _LEAST_SCORE or scores[best] < _CLEARLY * elsewhere:
        return None
    return round((most - best) * STEP_S, 1)


def on_the_sound(cues: Sequence[Cue], lag: float | None, duration: float) -> tuple[Cue, ...]:
    """The cues without their lag, those that fall outside the recording left out."""
    if lag is None or abs(lag) < _SEEN_S:
        return tuple(cues)
    moved = []
    for cue in cues:
        start, end = max(0.0, cue.span.start - lag), min(duration, cue.span.end - lag)
        if start < end:
            moved.append(cue.model_copy(update={"span": Span(start=start, end=end)}))
    return tuple(moved)


def remark_on(lag: float | None) -> str | None:
    """What the operator is told of a lag."""
    if lag is None or abs(lag) < _TOLD_S:
        return None
    late = "en retard" if lag > 0 else "en avance"
    return (
        f"Les heures de la transcription jointe sont {late} de {abs(lag):.0f} s sur le son : elles sont corrigées ; "
        "vérifiez que la transcription et l'enregistrement sont de la même rencontre."
    )


def _levels(tracks: Sequence[Track], folder: Path, steps: int) -> list[tuple[PersonId | None, Contour]]:
    """The level of each person, in dB below their loud speech (at most 0), for each step of the recording."""
    heard: dict[PersonId | None, Contour] = {}
    for track in tracks:
        own = on_the_clock(track, folder, steps, STEP_S)
        if own.max() >= 0:
            level = np.maximum(own, 0).astype(np.float64)
            heard[track.person] = np.maximum(heard.get(track.person, level), level)
    return [
        (person, np.minimum(20 * np.log10((level + 1) / (float(np.quantile(level, 0.95)) + 1)), 0.0))
        for person, level in heard.items()
    ]


def _pauses(levels: Sequence[Contour]) -> Contour:
    """1 where nobody speaks, 0 elsewhere."""
    return np.asarray(np.max(np.stack(levels), axis=0) < -_SPEECH_DB, dtype=np.float64)


def _leads(levels: Sequence[tuple[PersonId | None, Contour]]) -> list[tuple[PersonId, Contour]]:
    """For each person, how much louder their track is than every other one, each against its own speech (dB)."""
    if len(levels) < 2:
        return []
    found = []
    for person, level in levels:
        if person is not None:
            others = np.max(np.stack([other for one, other in levels if one != person]), axis=0)
            found.append((person, np.clip(level - others, -_SPEECH_DB, _SPEECH_DB)))
    return found


def _edges(cues: Sequence[Cue], steps: int) -> Contour:
    marks = np.zeros(steps)
    for cue in cues:
        for edge in (cue.span.start, cue.span.end):
            at = round(edge / STEP_S)
            marks[max(0, at - _EDGE_STEPS) : max(0, at + _EDGE_STEPS + 1)] += 1
    return marks


def _said(cues: Sequence[Cue], person: PersonId, steps: int) -> Contour:
    """1 where the cues are a person's, -1 where they are another known one's."""
    said = np.zeros(steps)
    for cue in cues:
        if cue.speaker is not None:
            span = slice(round(cue.span.start / STEP_S), round(cue.span.end / STEP_S))
            said[span] += 1.0 if cue.speaker == person else -1.0
    return said


def _matched(cues: Contour, sound: Contour, most: int) -> Contour:
    """How well they match with the cues moved by ``-most`` to ``most`` steps."""
    size = 1 << int(np.ceil(np.log2(len(cues) + most + 1)))
    product = np.fft.irfft(
        np.fft.rfft(sound - sound.mean(), size) * np.conj(np.fft.rfft(cues - cues.mean(), size)), size
    )
    return np.asarray(np.concatenate((product[-most:], product[: most + 1])), dtype=np.float64)


def _standard(scores: Contour) -> Contour:
    """In standard deviations from the usual: by the quartiles, for the peak itself must not count."""
    low, usual, high = np.quantile(scores, (0.25, 0.5, 0.75))
    return np.asarray((scores - usual) / max((float(high) - float(low)) / 1.35, 1e-9), dtype=np.float64)

"""Whether the tracks of two persons hold one and the same sound, which says nothing of who speaks.

Takes the tracks on the recording's clock; answers for all of them. Of a mono file written as stereo, or a mix handed in
twice, everybody is as loud on both tracks, but for a gain. Where the two persons are apart, each voice is louder on its
own track, by eight decibels at least. Source: own rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import numpy as np

from consent.records import PersonId
from pipeline.records import Track
from pipeline.sound import Loudness, on_the_clock

ONE_SOUND = (
    "Les pistes séparées portent le même son et ne disent pas qui parle : c'est le son mélangé qui est transcrit"
)
"""What the operator is told, before what can be done about it."""

_FRAME_S = 0.05
"""A syllable is four of them."""

_LOUD_RATIO = 0.1
"""Of a track's 95th percentile (20 dB below): speech; softer frames are noise, which codecs change."""

_SAME_DB, _WAVERS_DB = 6.0, 2.0
"""The same sound on both tracks: no more apart than the first, and by so little more or less in nine frames of ten. An
open microphone hears the other person at least eight decibels softer, and the room makes that waver."""

_LEAST_S, _LIVELY_DB = 5.0, 10.0
"""Below so much speech nothing is told; nor of a sound that hardly rises and falls: two steady hums are alike."""


def hold_one_sound(tracks: Sequence[Track], folder: Path, duration: float) -> bool:
    """Whether any two persons' tracks are the same sound.

    Args:
        tracks: on the recording's clock.
        folder: where their files are.
        duration: of the recording, in seconds.
    """
    frames = max(1, int(duration / _FRAME_S))
    heard: dict[PersonId | None, Loudness] = {}
    for track in tracks:
        own = on_the_clock(track, folder, frames, _FRAME_S)
        heard[track.person] = np.maximum(heard[track.person], own) if track.person in heard else own
    return any(_same(one, other) for one, other in combinations(heard.values(), 2))


def _same(one: Loudness, other: Loudness) -> bool:
    there = (one >= 0) & (other >= 0)
    if not there.any():
        return False
    limits = [max(1.0, _LOUD_RATIO * float(np.quantile(sound[there], 0.95))) for sound in (one, other)]
    loud = there & ((one > limits[0]) | (other > limits[1]))
    if loud.sum() * _FRAME_S < _LEAST_S:
        return False
    apart = 20 * np.log10((one[loud] + 1) / (other[loud] + 1))
    low, usual, high = np.quantile(apart, (0.05, 0.5, 0.95))
    soft, full = np.quantile(20 * np.log10(one[there] + 1), (0.05, 0.95))
    return bool(full - soft >= _LIVELY_DB and abs(usual) <= _SAME_DB and high - low <= 2 * _WAVERS_DB)

"""Who is heard, where several tracks hear each person: words once, with the louder, and whose a caption is.

Takes the tracks' loudness on the recording's clock; gives, for any span, how much louder one track is than another,
judged against the two ways in which that pair usually differs. An open microphone hears the other person too, some ten
to thirty decibels below: the differences, frame by frame, fall into two heaps, one for each speaker, and half way
between them lies what belongs to neither. Gains do not matter, for they move both heaps alike. Source: own rules; the
heaps are found by two-means.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import accumulate, combinations
from pathlib import Path

import numpy as np

from consent.records import Frozen, PersonId, Span
from pipeline.records import Cue, Track, Word
from pipeline.sound import Loudness, frame_loudness
from pipeline.transcribe.tokens import tokens_of

FRAME_S = 0.02
"""Shorter than any word."""

_FLOOR = 1.0
"""Added to each loudness, in sample units: digital silence has no logarithm."""

_SPEECH_RATIO = 0.1
"""Of a loud frame (20 dB below the 95th percentile): a frame in which somebody speaks, in the track or beside it."""

_APART_DB = 6.0
"""Nearer than that the two heaps are one: only one of the two speaks, or both share a microphone."""

_SURE_SHARE = 0.25
"""How far from the middle, as a share of the distance between the heaps, a word is surely one person's: where both
speak at once the difference stays near the middle, and both are kept."""

_SAME_S = 0.5
"""The same word in two tracks, this near in time, is one word: rooms and networks delay it by less."""

_FEW = 3
"""The same words so many times in a row are one speech, whatever the loudness; fewer may be said by both."""


class Words(Frozen):
    """What one track gave: its person, its words on the recording's clock, in order of time."""

    person: PersonId | None
    words: tuple[Word, ...]


class _Pair(Frozen):
    """How much louder the first of two tracks usually is (dB): half way between the heaps, and between them."""

    middle: float
    apart: float


class Voices:
    """The tracks of a recording, by loudness."""

    def __init__(self, tracks: Sequence[Track], folder: Path, duration: float) -> None:
        frames = max(1, int(np.ceil(duration / FRAME_S)))
        self._frames = [_on_the_clock(track, folder, frames) for track in tracks]
        self._speech = [_speech(frames[frames >= 0]) for frames in self._frames]
        self._people = [track.person for track in tracks]
        self._pairs = {
            (one, other): _heaps(self._frames[one], self._frames[other])
            for one, other in combinations(range(len(tracks)), 2)
        }

    def difference(self, first: int, second: int, span: Span) -> float:
        """How much louder ``first`` is than ``second`` over a span, in dB from half way between the two persons."""
        if first > second:
            return -self.difference(second, first, span)
        start = max(0, int(span.start / FRAME_S))
        end = max(start + 1, int(np.ceil(span.end / FRAME_S)))
        one, other = (np.maximum(self._frames[track][start:end], 0.0) for track in (first, second))
        if not len(one):  # beyond the recording's end
            return 0.0
        loud = (one > self._speech[first]) | (other > self._speech[second])
        frames = slice(None) if not loud.any() else loud
        # The median: a knock on the table beside one microphone is louder than a voice, and shorter than a word.
        differences = 20 * np.log10((one[frames] + _FLOOR) / (other[frames] + _FLOOR))
        return float(np.median(differences)) - self._pairs[first, second].middle

    def surely(self, first: int, second: int) -> float:
        """From how many dB a word is surely one person's rather than the other's."""
        return max(_APART_DB / 2, _SURE_SHARE * self._pairs[min(first, second), max(first, second)].apart)

    def without_bleed(self, heard: Sequence[Words]) -> tuple[Words, ...]:
        """The words of each track, in the tracks' order, each word once and with the louder.

        A word that is surely another track's goes where that one has words; where the model heard nothing there, it
        is given to that track's person.
        """
        said = [_Said(one.words) for one in heard]
        settled: list[list[Word]] = [[] for _ in heard]
        for track, one in enumerate(heard):
            echoes = self._echoes(heard, track)
            for at, word in enumerate(one.words):
                if at in echoes:
                    continue
                louder = [
                    other
                    for other in range(len(heard))
                    if other != track and self.difference(other, track, word.span) > self.surely(other, track)
                ]
                if not louder:
                    settled[track].append(word)
                elif not any(said[other].near(word.span) for other in louder):
                    loudest = max(louder, key=lambda other: self.difference(other, track, word.span))
                    settled[loudest].append(word)
        return tuple(
            Words(person=one.person, words=tuple(sorted(words, key=lambda word: word.span.start)))
            for one, words in zip(heard, settled, strict=True)
        )

    def _echoes(self, heard: Sequence[Words], track: int) -> set[int]:
        """Words of a track that another one has too, louder."""
        words = heard[track].words
        found: set[int] = set()
        for other, theirs in enumerate(heard):
            if other == track:
                continue
            same = _same(words, theirs.words)
            runs = _run_lengths(len(words), same)
            for at, twin in same.items():
                # The two spans are the same sound heard twice: judged together, one of the two tracks wins.
                louder = self.difference(other, track, words[at].span)
                both = louder + self.difference(other, track, theirs.words[twin].span)
                if both > 0 and (runs[at] >= _FEW or louder > self.surely(other, track) / 2):
                    found.add(at)
        return found

    def loudest(self) -> Loudness:
        """The loudest track of each frame of the recording; -1 where none reaches."""
        return np.max(np.stack(self._frames), axis=0) if self._frames else np.zeros(0, dtype=np.float32)

    def speaker_of(self, cue: Cue) -> PersonId | None:
        """Whose a caption surely is by the sound; None where the sound does not tell."""
        for one, person in enumerate(self._people):
            others = [other for other, theirs in enumerate(self._people) if theirs != person]
            if others and all(self._louder(one, other, cue.span) for other in others):
                return person
        return None

    def _louder(self, one: int, other: int, span: Span) -> bool:
        pair = self._pairs[min(one, other), max(one, other)]
        # Where one never speaks there is no telling a voice from its echo in the other's microphone.
        return pair.apart >= _APART_DB and self.difference(one, other, span) > self.surely(one, other)


def attributed(cues: Sequence[Cue], voices: Voices) -> tuple[Cue, ...]:
    """Captions with the speaker that the sound tells, or else the one whom the platform names.

    Captions that share their time say who is who by their order alone: those keep the platform's names.
    """
    shared: dict[Span, int] = {}
    for cue in cues:
        shared[cue.span] = shared.get(cue.span, 0) + 1
    return tuple(
        cue if shared[cue.span] > 1 else cue.model_copy(update={"speaker": voices.speaker_of(cue) or cue.speaker})
        for cue in cues
    )


def _on_the_clock(track: Track, folder: Path, frames: int) -> Loudness:
    """A track's loudness for each frame of the recording; -1 where it does not reach."""
    own = frame_loudness(folder / track.file, FRAME_S)
    places = np.round((np.arange(frames) * FRAME_S - track.offset) / track.rate / FRAME_S).astype(int)
    there = (places >= 0) & (places < len(own))
    heard = np.full(frames, -1.0, dtype=np.float32)
    heard[there] = own[places[there]]
    return heard


def _heaps(first: Loudness, second: Loudness) -> _Pair:
    """Two-means of the differences in dB over the frames in which somebody speaks."""
    reached = (first >= 0) & (second >= 0)
    first, second = first[reached], second[reached]
    if not len(first):
        return _Pair(middle=0.0, apart=0.0)
    spoken = (first > _speech(first)) | (second > _speech(second))
    if not spoken.any():
        return _Pair(middle=0.0, apart=0.0)
    differences = 20 * np.log10((first[spoken] + _FLOOR) / (second[spoken] + _FLOOR))
    low, high = (float(one) for one in np.quantile(differences, (0.1, 0.9)))
    for _ in range(50):  # two-means on a line settles in a few rounds
        above = differences > (low + high) / 2
        if above.all() or not above.any():
            break
        new = float(np.median(differences[~above])), float(np.median(differences[above]))
        if new == (low, high):
            break
        low, high = new
    apart = high - low
    return _Pair(middle=(low + high) / 2, apart=apart) if apart >= _APART_DB else _Pair(middle=0.0, apart=0.0)


def _speech(loudness: Loudness) -> float:
    """The loudness from which a frame is speech, for one track."""
    sounding = loudness[loudness > _FLOOR]
    return _SPEECH_RATIO * float(np.quantile(sounding, 0.95)) if len(sounding) else _FLOOR


def _same(words: Sequence[Word], others: Sequence[Word]) -> dict[int, int]:
    """For each word, the same one of another track near it in time, in order: none is taken twice."""
    keys: Mapping[int, str] = {at: "".join(tokens_of(word.text)) for at, word in enumerate(others)}
    pairs: dict[int, int] = {}
    first, taken = 0, -1
    for at, word in enumerate(words):
        key = "".join(tokens_of(word.text))
        while first < len(others) and others[first].span.start < word.span.start - _SAME_S:
            first += 1
        near = max(first, taken + 1)
        while near < len(others) and others[near].span.start <= word.span.start + _SAME_S:
            if key and keys[near] == key:
                pairs[at], taken = near, near
                break
            near += 1
    return pairs


def _run_lengths(count: int, same: Mapping[int, int]) -> list[int]:
    """For each word, how many in a row around it have a twin."""
    lengths, start = [0] * count, 0
    for at in range(count + 1):
        if at < count and at in same:
            continue
        for inside in range(start, at):
            lengths[inside] = at - start
        start = at + 1
    return lengths


class _Said:
    """When a track has words, for quick questions."""

    def __init__(self, words: Sequence[Word]) -> None:
        self._starts = [word.span.start for word in words]
        self._ends = list(accumulate((word.span.end for word in words), max))

    def near(self, span: Span) -> bool:
        """Whether there is a word at that time, within :data:`_SAME_S`."""
        before = bisect_left(self._starts, span.end + _SAME_S)
        return before > 0 and self._ends[before - 1] > span.start - _SAME_S

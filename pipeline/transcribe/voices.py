"""Who is heard, where several tracks hear each person: words once, with their speaker, and whose a caption is.

Takes the tracks on the recording's clock, a person's several files as one; asks :mod:`pipeline.transcribe.pairs` to
whom a sound is nearer. A word that two tracks heard is its speaker's; one that a single track heard stays there unless
the sound says plainly that it is the other's. Source: own rules.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import accumulate, combinations, permutations
from pathlib import Path

import numpy as np

from consent.records import Frozen, PersonId, Span
from pipeline.records import Cue, Track, Word
from pipeline.sound import Loudness, on_the_clock
from pipeline.transcribe.pairs import FRAME_S, Pair
from pipeline.transcribe.tokens import tokens_of

_AROUND_S = 1.0
"""A word that the sound leaves in doubt goes with its neighbours: people speak more than one word at a time."""

_TIE = 0.5
"""Two tracks whose leads for one word differ by less than half of what is sure both claim it."""

_SAME_S = 0.6
"""The same word in two tracks, this near in time, is one word: a network's echo takes 0.4 s, and the words' own times
are 0.15 s off."""

_FEW = 3
"""The same words so many times in a row are one speech, whatever the loudness; fewer may be said by both."""

_PLATFORM_S = 1.5
"""How far off a platform's times may be: whose a caption is must hold for all of them."""


class Words(Frozen):
    """What one track gave: its person, its words on the recording's clock, in order of time."""

    person: PersonId | None
    words: tuple[Word, ...]


class Voices:
    """The people of a recording, by the loudness of their tracks."""

    def __init__(self, tracks: Sequence[Track], folder: Path, duration: float) -> None:
        frames = max(1, int(np.ceil(duration / FRAME_S)))
        heard: dict[PersonId | None, Loudness] = {}
        for track in tracks:
            own = on_the_clock(track, folder, frames, FRAME_S)
            heard[track.person] = np.maximum(heard[track.person], own) if track.person in heard else own
        self._people = list(heard)
        self._loudest = np.max(np.stack(list(heard.values())), axis=0) if heard else np.zeros(0, dtype=np.float32)
        self._pairs = {(one, other): Pair(heard[one], heard[other]) for one, other in combinations(self._people, 2)}

    def lead(self, one: PersonId | None, other: PersonId | None, span: Span) -> float:
        """How much nearer to ``one`` than to ``other`` a sound of ``one``'s track is: surely from 1, not below 0."""
        if (one, other) in self._pairs:
            return self._pairs[one, other].nearer(span, on_first=True)
        return -self._pairs[other, one].nearer(span, on_first=False)

    def without_bleed(self, heard: Sequence[Words]) -> tuple[Words, ...]:
        """The words of each person, each word once and with its speaker, by person.

        A word that is surely another person's goes where that one has words; where the model heard nothing there, it
        is given to that person, if both are known to speak.
        """
        by_person: dict[PersonId | None, tuple[Word, ...]] = {}
        for one in heard:
            by_person[one.person] = _once(by_person.get(one.person, ()), one.words)
        said = {person: _Said(words) for person, words in by_person.items()}
        settled: dict[PersonId | None, list[Word]] = {person: [] for person in by_person}
        leads = {pair: self._leads(*pair, by_person[pair[0]]) for pair in permutations(by_person, 2)}
        for person, words in by_person.items():
            own = {other: leads[person, other] for other in by_person if other != person}
            twins = self._twins(by_person, person, leads)
            starts = [word.span.start for word in words]
            for at, word in enumerate(words):
                nearer = [other for other, found in own.items() if found[at] < -1]
                if at in twins:
                    settled[person] += [word] if twins[at] else []
                elif not nearer or not all(self._may_be(other, person, word.span) for other in nearer):
                    settled[person].append(word)
                elif not any(said[other].near(word.span) for other in nearer):
                    nearest = min(nearer, key=lambda other: own[other][at])
                    moves = self._pair(nearest, person).both_speak and _around(own[nearest], starts, at) < -1
                    settled[nearest if moves else person].append(word)
        return tuple(
            Words(person=person, words=tuple(sorted(words, key=lambda word: word.span.start)))
            for person, words in settled.items()
        )

    def _leads(self, one: PersonId | None, other: PersonId | None, words: Sequence[Word]) -> list[float]:
        """For each word of a track, the lead of its person; where that is in doubt, with its neighbours'."""
        alone = [self.lead(one, other, word.span) for word in words]
        starts = [word.span.start for word in words]
        return [lead if abs(lead) >= 1 else _around(alone, starts, at) for at, lead in enumerate(alone)]

    def _twins(
        self,
        by_person: Mapping[PersonId | None, tuple[Word, ...]],
        person: PersonId | None,
        leads: Mapping[tuple[PersonId | None, PersonId | None], list[float]],
    ) -> dict[int, bool]:
        """Words of a person's track that another one has too, and whether they are this person's."""
        words = by_person[person]
        starts = [word.span.start for word in words]
        found: dict[int, bool] = {}
        for other, theirs in by_person.items():
            if other == person:
                continue
            own, others = leads[person, other], leads[other, person]
            same = _same(words, theirs)
            runs = _run_lengths(len(words), same)
            their_starts = [word.span.start for word in theirs]
            for at, twin in same.items():
                # The two spans are the same sound heard twice: judged together, one of the two tracks wins.
                mine, yours = own[at], others[twin]
                neither = mine < 0 and yours < 0
                if neither or (min(mine, yours) > 0 and abs(mine - yours) < _TIE):  # what is said around it decides
                    mine, yours = _around(own, starts, at), _around(others, their_starts, twin)
                if mine < yours and (neither or runs[at] >= _FEW or mine < -0.5):
                    found[at] = False
                elif neither:
                    found.setdefault(at, True)
        return found

    def _pair(self, one: PersonId | None, other: PersonId | None) -> Pair:
        return self._pairs.get((one, other)) or self._pairs[other, one]

    def _may_be(self, one: PersonId | None, heard_by: PersonId | None, span: Span) -> bool:
        """Whether ``one``'s own track is above its quiet around a span: nobody speaks without being heard there."""
        around = Span(start=max(0.0, span.start - _SAME_S), end=span.end)
        return self._pair(one, heard_by).is_heard(around, on_first=(one, heard_by) in self._pairs)

    def loudest(self) -> Loudness:
        """The loudest track of each frame of the recording; -1 where none reaches."""
        return self._loudest

    def speaker_of(self, cue: Cue) -> PersonId | None:
        """Whose a caption surely is by the sound, wherever a platform's times may lie; None where that is not told.

        A name that the platform wrote gives way only where the person who is heard instead is known from the other by
        the speech of both: a microphone that was off says nothing of who spoke.
        """
        for one in self._people:
            others = [other for other in self._people if other != one and self._pair(one, other).reaches(cue.span)]
            told = cue.speaker is None or any(self._pair(one, other).both_speak for other in others)
            if others and told and all(self._surely(one, other, cue.span) for other in others):
                return one
        return None

    def _surely(self, one: PersonId | None, other: PersonId | None, span: Span) -> bool:
        """Whether the sound is ``one``'s, with the span anywhere within what platforms' times are off."""
        shifts = np.linspace(-_PLATFORM_S, _PLATFORM_S, 7)
        spans = [Span(start=max(0.0, span.start + by), end=max(0.1, span.end + by)) for by in shifts]
        pair, on_first = self._pair(one, other), (one, other) in self._pairs
        return pair.is_loud(span, on_first=on_first) and all(self.lead(one, other, there) > 1 for there in spans)


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


def _once(words: tuple[Word, ...], more: tuple[Word, ...]) -> tuple[Word, ...]:
    """One person's words from two files: what both heard, where they overlap, is kept once."""
    twins = _same(more, words)
    said = _Said(words)
    new = [word for at, word in enumerate(more) if at not in twins and not said.over(word.span)]
    return tuple(sorted((*words, *new), key=lambda word: word.span.start))


def _around(leads: Sequence[float], starts: Sequence[float], at: int) -> float:
    """The lead of a word and its neighbours together."""
    first = bisect_left(starts, starts[at] - _AROUND_S)
    return float(np.median(leads[first : bisect_left(starts, starts[at] + _AROUND_S)]))


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

    def over(self, span: Span) -> bool:
        """Whether a word is being said in the middle of a span."""
        middle = (span.start + span.end) / 2
        before = bisect_left(self._starts, middle)
        return before > 0 and self._ends[before - 1] > middle

    def near(self, span: Span) -> bool:
        """Whether there is a word at that time, within :data:`_SAME_S`."""
        before = bisect_left(self._starts, span.end + _SAME_S)
        return before > 0 and self._ends[before - 1] > span.start - _SAME_S

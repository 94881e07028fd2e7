"""The speller: words of a question that the library does not hold, and the library's words that were meant.

Takes the vocabulary of a generation (folded words and in how many clips each stands), gives for an unknown word the
nearest known one: by edit distance with neighbouring letters exchanged (Damerau, 1964; restricted form), by how it
sounds in French (infirmyé, kuisine), or by splitting and joining (datascientist, week end). Candidates share letter
pairs with the word; distances are computed for the best of them only. A generation may hold words of clips that were
withdrawn since: whoever shows a correction says which words may be offered at that instant.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pipeline.index.sounds import sound

_SHORTEST = 4
"""Letters of a word that is corrected: below, one letter changes one French word into another (pré, prés, près)."""

_TWO_ERRORS_FROM = 8
"""Letters from which two errors are forgiven: infirmiere, boulangre; SymSpell and Elasticsearch's AUTO agree."""

_SHORTEST_SOUND = 4
"""Letters of a sound that is looked up: the sounds of short words are those of many others (frais, frtz)."""

_CANDIDATES = 150
"""Words whose distance is computed, those that share most letter pairs: about a millisecond."""

_REMEMBERED = 2_000
"""Words whose possible corrections are kept; visitors make the same mistakes."""

_POSSIBLE = 5
"""Corrections of each sort that are tried: beyond, one offers anything."""


def _anything(word: str) -> bool:  # noqa: ARG001 - the shape of a predicate
    return True


@dataclass(frozen=True, slots=True)
class Correction:
    """What an unknown word stands for: one known word, or several; ``cost`` in edits."""

    words: tuple[str, ...]
    cost: float


class Speller:
    """A vocabulary to correct against. Safe to use from several threads."""

    def __init__(self, words: Sequence[str], counts: Sequence[int]) -> None:
        self._words = list(words)
        self._counts = dict(zip(words, counts, strict=True))
        self._sounds: dict[str, list[str]] = {}
        for word in sorted(self._words, key=lambda one: (-self._counts[one], one)):
            self._sounds.setdefault(sound(word), []).append(word)  # the commonest of those that sound alike first
        self._pairs = _postings(self._words)
        self._possible = lru_cache(_REMEMBERED)(self._find)

    def knows(self, word: str) -> bool:
        """Whether a clip holds that folded word, singular and plural being one."""
        return any(one in self._counts for one in (word, f"{word}s", word.removesuffix("s"), f"{word}x"))

    def count(self, word: str) -> int:
        """In how many clips that folded word stands."""
        return self._counts.get(word, 0)

    def correct(self, word: str, offered: Callable[[str], bool] = _anything) -> Correction | None:
        """What that folded word stands for; None where it is known, too short, a number, or like nothing.

        Every word of the correction is one that may be ``offered``.
        """
        return next((one for one in self._possible(word) if all(map(offered, one.words))), None)

    def _find(self, word: str) -> tuple[Correction, ...]:
        """What a word may stand for, the likeliest first."""
        if len(word) < _SHORTEST or not word.isalpha() or self.knows(word):
            return ()
        nearest = self._nearest(word)
        sure = [one for one in nearest if one.cost <= 1]
        return (*sure, *self._split(word), *self._same_sound(word), *nearest[len(sure) :])

    def joined(self, first: str, second: str) -> str | None:
        """The known word that two words of a question make together; None where there is none."""
        both = first + second
        return both if len(both) >= _SHORTEST and both in self._counts else None

    def _same_sound(self, word: str) -> list[Correction]:
        key = sound(word)
        found = self._sounds.get(key, ()) if len(key) >= _SHORTEST_SOUND else ()
        return [Correction((one,), 1.5) for one in found[:_POSSIBLE]]

    def _split(self, word: str) -> list[Correction]:
        found: list[tuple[int, int]] = []
        for place in range(3, len(word) - 2):
            weight = min(self.count(word[:place]), self.count(word[place:]))
            found += [(-weight, place)] if weight else []
        return [Correction((word[:place], word[place:]), 1.0) for _, place in sorted(found)[:_POSSIBLE]]

    def _nearest(self, word: str) -> list[Correction]:
        allowed = 2 if len(word) >= _TWO_ERRORS_FROM else 1
        found: list[tuple[float, int, str]] = []
        for candidate in self._candidates(word, allowed):
            distance = edit_distance(word, candidate, allowed)
            if distance > allowed:
                continue
            # The first letter is rarely wrong, and a word that sounds the same is rarely another.
            cost = distance + (0.5 if candidate[0] != word[0] else 0) - (0.4 if sound(candidate) == sound(word) else 0)
            found.append((cost, -self._counts[candidate], candidate))
        return [Correction((candidate,), cost) for cost, _, candidate in sorted(found)[:_POSSIBLE]]

    def _candidates(self, word: str, allowed: int) -> list[str]:
        lists = [self._pairs[pair] for pair in letter_pairs(word) if pair in self._pairs]
        if not lists:
            return []
        shared = np.bincount(np.concatenate(lists), minlength=len(self._words))
        rows = np.flatnonzero(shared)
        if len(rows) > _CANDIDATES:
            rows = rows[np.argpartition(-shared[rows], _CANDIDATES)[:_CANDIDATES]]
        return [self._words[row] for row in rows if abs(len(self._words[row]) - len(word)) <= allowed]


def letter_pairs(word: str) -> set[str]:
    """Neighbouring letters of a word, its ends marked."""
    marked = f"^{word}$"
    return {marked[place : place + 2] for place in range(len(marked) - 1)}


def _postings(words: Sequence[str]) -> dict[str, NDArray[np.int32]]:
    """For each letter pair, the rows of the words that hold it."""
    rows: dict[str, list[int]] = {}
    for row, word in enumerate(words):
        for pair in letter_pairs(word):
            rows.setdefault(pair, []).append(row)
    return {pair: np.asarray(held, dtype=np.int32) for pair, held in rows.items()}


def edit_distance(one: str, other: str, most: int) -> int:
    """Insertions, deletions, substitutions and exchanges of neighbours; ``most + 1`` where there are more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        line = [row]
        for column, against in enumerate(other, start=1):
            cost = min(last[column] + 1, line[column - 1] + 1, last[column - 1] + (letter != against))
            exchanged = row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == against
            line.append(min(cost, before[column - 2] + 1) if exchanged else cost)
        if min(line) > most:
            return most + 1
        before, last = last, line
    return min(last[-1], most + 1)

"""How good a transcript is, against the synthesiser's own word events: errors, word starts, speakers.

Takes the true words and those heard; gives shares and medians with 95 % bootstrap intervals over sentences. Words are
compared without case, accents' forms and signs; « l'ami » is two words. Source: Levenshtein's alignment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from bench.exchanges import Measured
from bench.hearing import HeardWord
from consent.records import Frozen
from demo.truth import TrueWord, Truth
from pipeline.transcribe.tokens import tokens_of

_RESAMPLES, _SEED = 2000, 20261122

_Item = TypeVar("_Item")


class Sentence(Frozen):
    """Of one true sentence: its tokens, how many edits it took, and how far off its right words start (seconds)."""

    tokens: int
    edits: int
    starts: tuple[float, ...]


def sentences_of(truth: Truth, heard: Sequence[HeardWord]) -> tuple[Sentence, ...]:
    """Align what was heard with the whole truth, and count by true sentence; a word too many counts where it falls."""
    sentences = [sentence for utterance in truth.utterances for sentence in utterance.sentences()]
    said = [(at, word) for at, one in enumerate(sentences) for word in one.words]
    wanted = [(token, at, word) for at, word in said for token in tokens_of(word.text)]
    given = [(token, word) for word in heard for token in tokens_of(word.text)]
    edits, starts = [0] * len(sentences), [list[float]() for _ in sentences]
    tokens = [0] * len(sentences)
    for _, at, _ in wanted:
        tokens[at] += 1
    last = 0
    for mine, theirs in _aligned([one[0] for one in wanted], [one[0] for one in given]):
        last = wanted[mine][1] if mine is not None else last
        if mine is None or theirs is None or wanted[mine][0] != given[theirs][0]:
            edits[last] += 1
        elif _opens(wanted, mine) and _opens(given, theirs):
            starts[last].append(abs(wanted[mine][2].span.start - given[theirs][1].start))
    return tuple(
        Sentence(tokens=count, edits=wrong, starts=tuple(off))
        for count, wrong, off in zip(tokens, edits, starts, strict=True)
    )


def _opens(pairs: Sequence[tuple[object, ...]], at: int) -> bool:
    """Whether a token is its word's first: only that one has a time."""
    return at == 0 or pairs[at - 1][-1] is not pairs[at][-1]


def word_error_rate(sentences: Sequence[Sentence]) -> Measured:
    """Edits over true words."""

    def rate(chosen: Sequence[Sentence]) -> float:
        return sum(one.edits for one in chosen) / max(1, sum(one.tokens for one in chosen))

    return _interval(sentences, rate)


def start_error(sentences: Sequence[Sentence]) -> Measured:
    """Median of how far off right words start, in seconds."""

    def median(chosen: Sequence[Sentence]) -> float:
        found = [start for one in chosen for start in one.starts]
        return float(np.median(found)) if found else 0.0

    return _interval(sentences, median)


def speaker_error(truth: Truth, heard: Sequence[HeardWord]) -> Measured:
    """Share of the words heard that are given to somebody who does not speak then.

    A word is judged where one person alone speaks; a word in a pause is nobody's, and is not judged.
    """
    wrong = [
        float(word.person != speakers.pop())
        for word in heard
        if len(speakers := _speaking(truth.words, (word.start + word.end) / 2)) == 1
    ]
    return _interval(wrong, lambda chosen: float(np.mean(chosen)) if len(chosen) else 0.0)


def _speaking(words: Sequence[TrueWord], at: float) -> set[str]:
    return {word.speaker for word in words if word.span.start - 0.1 <= at <= word.span.end + 0.1}


def _interval(items: Sequence[_Item], statistic: Callable[[Sequence[_Item]], float]) -> Measured:
    """The statistic, and the bounds between which it falls when the items are drawn again."""
    chance = np.random.default_rng(_SEED)
    draws = [chance.integers(0, len(items), len(items)) for _ in range(_RESAMPLES)] if items else []
    found = [statistic([items[at] for at in draw]) for draw in draws]
    low, high = np.quantile(found, (0.025, 0.975)) if found else (0.0, 0.0)
    return Measured(value=round(statistic(items), 4), low=round(float(low), 4), high=round(float(high), 4))


def _aligned(wanted: Sequence[str], given: Sequence[str]) -> list[tuple[int | None, int | None]]:
    """Pairs of places of a least-cost alignment; None stands for nothing on that side."""
    rows, columns = len(wanted) + 1, len(given) + 1
    cost = np.zeros((rows, columns), dtype=np.int32)
    cost[:, 0], cost[0, :] = np.arange(rows), np.arange(columns)
    for row in range(1, rows):
        for column in range(1, columns):
            changed = cost[row - 1, column - 1] + (wanted[row - 1] != given[column - 1])
            cost[row, column] = min(changed, cost[row - 1, column] + 1, cost[row, column - 1] + 1)
    pairs: list[tuple[int | None, int | None]] = []
    row, column = rows - 1, columns - 1
    while row or column:
        here = cost[row, column]
        if row and column and here == cost[row - 1, column - 1] + (wanted[row - 1] != given[column - 1]):
            row, column = row - 1, column - 1
            pairs.append((row, column))
        elif row and here == cost[row - 1, column] + 1:
            row -= 1
            pairs.append((row, None))
        else:
            column -= 1
            pairs.append((None, column))
    return pairs[::-1]

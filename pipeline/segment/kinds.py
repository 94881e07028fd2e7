"""Kinds of question as people really ask them: learned from exchanges of which a person said what is asked about.

Takes what is asked and what is told, and what the rules of ``tag_rules.toml`` found; gives the chance of every kind,
« autre » among them. The examples lie beside this module (``kind_examples.tsv``: kind, question, beginning of the
answer; our own text), so that teaching another wording is adding a line. Words and pairs of words of the question, and
words of the answer, each by its side and on its own, weighed by rarity; ridge regression on the kinds (Hoerl and
Kennard 1970), fitted when first asked: six hundred and fifty examples cost a third of a second. A softmax of its
values and of the rules' scores gives chances.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipeline.segment.lexicon import fold_line, stem

OTHER = "other"
"""The kind of a question that has none of ours: never a tag."""

_EXAMPLES = "kind_examples.tsv"
_TOLD_WORDS = 60
"""Of an answer: its beginning answers, and no example is longer."""

# Cross-validated in eight folds over the examples: as many right, within the noise, from .3 to 1.2, from 10 to 16 and
# from 1 to 1.6; these give the likeliest answers and the most precise tags. On the 458 written after the rules: .79
# right and .88 of the tags, by rules alone .61 and .78, with sentence embeddings beside the words .82 and .89.
_PENALTY = 0.6
_SHARPNESS = 10.0
_RULES_SHARE = 1.0

_WORD = re.compile(r"[a-z0-9]+")

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Learned:
    """What was fitted. ``weights`` has a row a feature and a column a kind."""

    kinds: tuple[str, ...]
    places: Mapping[str, int]
    rarity: Matrix
    weights: Matrix
    usual: Matrix

    def values(self, asked: str, told: str) -> Matrix:
        """One number a kind, about 0 to 1."""
        return np.asarray(_row(asked, told, self.places, self.rarity) @ self.weights + self.usual)


def chances(asked: str, told: str, ruled: Mapping[str, float]) -> dict[str, float]:
    """How likely each kind is, :data:`OTHER` too; they sum to 1.

    Args:
        asked: the question, all its turns.
        told: the answer.
        ruled: the score of each kind that the rules found; 0 where absent.
    """
    model = learned()
    scores = np.array([ruled.get(kind, 0.0) for kind in model.kinds])
    odds = _SHARPNESS * model.values(asked, told) + _RULES_SHARE * scores
    likely = np.exp(odds - odds.max())
    return dict(zip(model.kinds, map(float, likely / likely.sum()), strict=True))


@cache
def learned() -> Learned:
    """The kinds as the package's own examples teach them."""
    text = resources.files(__package__).joinpath(_EXAMPLES).read_text(encoding="utf-8")
    return fitted([(kind, asked, told) for kind, asked, told in (line.split("\t") for line in text.splitlines())])


def fitted(examples: Sequence[tuple[str, str, str]]) -> Learned:
    """Learn from examples: kind, question, answer. The same examples give the same weights."""
    kinds = tuple(sorted({kind for kind, _, _ in examples}))
    seen = Counter(name for _, asked, told in examples for name in _asked(asked) | _told(told))
    places = {name: place for place, name in enumerate(sorted(seen))}
    rarity = np.array([1 + math.log((1 + len(examples)) / seen[name]) for name in places])
    rows = np.array([_row(asked, told, places, rarity) for _, asked, told in examples])
    wanted = np.array([[float(kind == own) for kind in kinds] for own, _, _ in examples])
    usual = wanted.mean(axis=0)
    # In the dual: as many unknowns as examples, a tenth of the features.
    shares = np.linalg.solve(rows @ rows.T + _PENALTY * np.eye(len(rows)), wanted - usual)
    return Learned(kinds, places, rarity, rows.T @ shares, usual)


def _row(asked: str, told: str, places: Mapping[str, int], rarity: Matrix) -> Matrix:
    """The features of an exchange: question and answer each of length 1, or 0 where no word is known."""
    row = np.zeros(len(places))
    for names in (_asked(asked), _told(told)):
        known = [places[name] for name in sorted(names) if name in places]
        length = math.sqrt(float((rarity[known] ** 2).sum()))
        if length > 0:
            row[known] += rarity[known] / length  # a word on both sides counts twice
    return row


def _asked(text: str) -> set[str]:
    words = _stems(text)
    return {f"q:{word}" for word in words} | {f"q:{one} {two}" for one, two in pairwise(words)} | set(words)


def _told(text: str) -> set[str]:
    words = _stems(text)[:_TOLD_WORDS]
    return {f"a:{word}" for word in words} | set(words)


def _stems(text: str) -> list[str]:
    return [stem(word) for word in _WORD.findall(fold_line(text))]

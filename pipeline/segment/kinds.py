"""Kinds of question as people really ask them: learned from exchanges of which a person said what is asked about.

Takes what is asked and what is told, and what the rules of ``tag_rules.toml`` found; gives the chance of every kind,
« autre » among them. The examples lie beside this module (``kind_examples.tsv``: kind, question, beginning of the
answer; our own text), so that teaching another wording is adding a line. Words and pairs of words of the question, and
words of the answer, each by its side and on its own, weighed by rarity, and what both mean where an embedder is given;
ridge regression on the kinds (Hoerl and Kennard 1970), fitted when first asked: a thousand examples cost half a second.
A softmax of its values and of the rules' scores gives chances.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipeline.segment.embedding import PassageEmbedder
from pipeline.segment.lexicon import fold_line, stem

OTHER = "other"
"""The kind of a question that has none of ours: never a tag."""

_EXAMPLES = "kind_examples.tsv"
_TOLD_WORDS = 60
"""Of an answer: its beginning answers, and no example is longer."""

# Cross-validated in eight folds over the 752 examples written after the rules: as many right, within the noise, from .6
# to 1 of penalty, from 10 to 15 of sharpness, from .6 to 1 of the rules' share, from .5 to 1 of what is meant. See
# docs/decisions/0016 for what each brings.
_PENALTY = 1.0
_SHARPNESS = 13.0
_RULES_SHARE = 0.7
_MEANT_SHARE = 0.7
_OTHER_SHARE = 0.5  # what no example is like is more often of no kind than the few examples of « autre » say

_WORD = re.compile(r"[a-z0-9]+")

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Learned:
    """What was fitted. ``weights`` has a row a feature and a column a kind; without ``embedder`` words alone tell."""

    kinds: tuple[str, ...]
    places: Mapping[str, int]
    rarity: Matrix
    weights: Matrix
    usual: Matrix
    embedder: PassageEmbedder | None = None

    def values(self, asked: str, told: str) -> Matrix:
        """One number a kind, about 0 to 1."""
        row = _rows([(asked, told)], self.places, self.rarity, self.embedder)[0]
        return np.asarray(row @ self.weights + self.usual)


def chances(
    asked: str, told: str, ruled: Mapping[str, float], embedder: PassageEmbedder | None = None
) -> dict[str, float]:
    """How likely each kind is, :data:`OTHER` too; they sum to 1.

    Args:
        asked: the question, all its turns.
        told: the answer.
        ruled: the score of each kind that the rules found; 0 where absent.
        embedder: tells what was meant beside what was said; there may be none.
    """
    model = learned(embedder)
    scores = np.array([ruled.get(kind, 0.0) for kind in model.kinds])
    odds = _SHARPNESS * model.values(asked, told) + _RULES_SHARE * scores
    odds[model.kinds.index(OTHER)] += _OTHER_SHARE
    likely = np.exp(odds - odds.max())
    return dict(zip(model.kinds, map(float, likely / likely.sum()), strict=True))


@lru_cache(maxsize=2)  # with and without the embedder of the process
def learned(embedder: PassageEmbedder | None = None) -> Learned:
    """The kinds as the package's own examples teach them."""
    text = resources.files(__package__).joinpath(_EXAMPLES).read_text(encoding="utf-8")
    examples = [(kind, asked, told) for kind, asked, told in (line.split("\t") for line in text.splitlines())]
    return fitted(examples, embedder)


def fitted(examples: Sequence[tuple[str, str, str]], embedder: PassageEmbedder | None = None) -> Learned:
    """Learn from examples: kind, question, answer. The same examples give the same weights."""
    kinds = tuple(sorted({kind for kind, _, _ in examples}))
    seen = Counter(name for _, asked, told in examples for name in _asked(asked) | _told(told))
    places = {name: place for place, name in enumerate(sorted(seen))}
    rarity = np.array([1 + math.log((1 + len(examples)) / seen[name]) for name in places])
    rows = _rows([(asked, told) for _, asked, told in examples], places, rarity, embedder)
    wanted = np.array([[float(kind == own) for kind in kinds] for own, _, _ in examples])
    usual = wanted.mean(axis=0)
    # In the dual: as many unknowns as examples, a tenth of the features.
    shares = np.linalg.solve(rows @ rows.T + _PENALTY * np.eye(len(rows)), wanted - usual)
    return Learned(kinds, places, rarity, rows.T @ shares, usual, embedder)


def _rows(
    exchanges: Sequence[tuple[str, str]],
    places: Mapping[str, int],
    rarity: Matrix,
    embedder: PassageEmbedder | None,
) -> Matrix:
    """A row an exchange: its words, then what its question and the beginning of its answer mean."""
    words = np.array([_words(asked, told, places, rarity) for asked, told in exchanges])
    if embedder is None:
        return words
    asked, told = (
        embedder.passages(texts).astype(np.float64)
        for texts in ([one for one, _ in exchanges], [" ".join(one.split()[:_TOLD_WORDS]) for _, one in exchanges])
    )
    return np.hstack([words, _MEANT_SHARE * asked, _MEANT_SHARE * told])


def _words(asked: str, told: str, places: Mapping[str, int], rarity: Matrix) -> Matrix:
    """The words of an exchange: question and answer each of length 1, or 0 where no word is known."""
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

"""Retrieval sets and what a ranking is worth on them.

Takes ``bench/data/retrieval.jsonl`` (spoken career passages, each with a paraphrase that shares no word with it, a
keyword query and a teenager's spelling; written for this project) and ``bench/data/exchanges.jsonl`` (title → answer);
gives :class:`RetrievalSet` and, for ranks, :class:`Quality` with 95 % bootstrap intervals over questions.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.exchanges import Measured
from bench.exchanges import read as read_exchanges
from consent.records import Frozen

DATA = Path(__file__).with_name("data") / "retrieval.jsonl"
KINDS = ("paraphrase", "keywords", "teen")
RESAMPLES = 2000
_SEED = 20260312
_DEPTH = 10

NOWHERE = 1_000_000
"""The rank of what was not found."""


class Spoken(Frozen):
    """A passage as it is said in a meeting, and three ways of asking for it."""

    id: str
    split: str
    occupation: str
    text: str
    paraphrase: str
    keywords: str
    teen: str


class Passage(Frozen):
    """What is searched."""

    id: str
    text: str


class Question(Frozen):
    """What is asked, and the one passage that answers."""

    text: str
    passage_id: str


class RetrievalSet(Frozen):
    """Questions over passages. ``split`` says what may be looked at while choosing (``dev``) and what not."""

    name: str
    split: str
    passages: tuple[Passage, ...]
    questions: tuple[Question, ...]


class Quality(Frozen):
    """Share of questions answered first and among the first five, and mean reciprocal rank within ten."""

    first: Measured
    within_five: Measured
    reciprocal_rank: Measured


def spoken() -> tuple[Spoken, ...]:
    """The passages of :data:`DATA`."""
    return tuple(Spoken.model_validate_json(line) for line in DATA.read_text("utf-8").splitlines())


def sets() -> tuple[RetrievalSet, ...]:
    """Every set, dev before held out."""
    return (*_split("dev", "dev"), *_split("held_out", "unseen"))


def _split(split: str, half: str) -> list[RetrievalSet]:
    rows = spoken()
    passages = tuple(Passage(id=one.id, text=one.text) for one in rows)
    found = [
        RetrievalSet(
            name=kind,
            split=split,
            passages=passages,
            questions=tuple(Question(text=getattr(one, kind), passage_id=one.id) for one in rows if one.split == split),
        )
        for kind in KINDS
    ]
    exchanges = read_exchanges()
    answers = tuple(Passage(id=one.id, text=" ".join(one.told)) for one in exchanges)
    titles = tuple(Question(text=one.titles[0], passage_id=one.id) for one in exchanges if one.split == half)
    found.append(RetrievalSet(name="exchanges", split=split, passages=answers, questions=titles))
    return found


def rank_of(scores: NDArray[np.float64], right: int) -> int:
    """Place of the right passage, from 1; what ties with it comes first, so that equal scores earn nothing."""
    better = int((scores > scores[right]).sum())
    return better + int((scores == scores[right]).sum())


def quality(ranks: Sequence[int]) -> Quality:
    """What these ranks (from 1, one a question) come to."""
    places = np.array(ranks)
    return Quality(
        first=_measured((places == 1).astype(float)),
        within_five=_measured((places <= 5).astype(float)),
        reciprocal_rank=_measured(np.where(places <= _DEPTH, 1 / places, 0.0)),
    )


def difference(ours: Sequence[int], theirs: Sequence[int]) -> Measured:
    """How much higher our reciprocal rank is on the same questions (paired bootstrap)."""
    mine, other = np.array(ours), np.array(theirs)
    return _measured(np.where(mine <= _DEPTH, 1 / mine, 0.0) - np.where(other <= _DEPTH, 1 / other, 0.0))


def _measured(values: NDArray[np.float64]) -> Measured:
    rng = np.random.default_rng(_SEED)
    means = values[rng.integers(0, len(values), (RESAMPLES, len(values)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return Measured(value=round(float(values.mean()), 4), low=round(float(low), 4), high=round(float(high), 4))

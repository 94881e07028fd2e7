"""What a checkpoint is worth: retrieval on the dev halves of ``bench.retrieval`` and on occupations kept aside.

Takes a folded table, gives mean reciprocal ranks by set; their mean is the score that checkpoints and seeds are chosen
by. The held-out halves are not read here.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from bench.retrieval import Passage, Question, RetrievalSet, quality, rank_of, sets
from consent.records import Frozen
from training.encoder.material import Material

Vectors = NDArray[np.float32]


class Look(Frozen):
    """Mean reciprocal rank by set, and the mean of those."""

    ranks: dict[str, float]
    score: float

    def __str__(self) -> str:
        """On one line."""
        return f"{self.score:.4f} " + " ".join(f"{name} {value:.3f}" for name, value in self.ranks.items())


class Judge:
    """The dev sets, tokenized once."""

    def __init__(self, tokenizer: Tokenizer, material: Material) -> None:
        self._tokenizer = tokenizer
        self._sets = [one for one in sets() if one.split == "dev"] + [_occupations(material)]

    def look(self, table: Vectors) -> Look:
        """Rank every set with this table."""
        ranks = {one.name: self._reciprocal_rank(one, table) for one in self._sets}
        return Look(ranks=ranks, score=float(np.mean(list(ranks.values()))))

    def _reciprocal_rank(self, one: RetrievalSet, table: Vectors) -> float:
        passages = self._vectors([passage.text for passage in one.passages], table)
        questions = self._vectors([question.text for question in one.questions], table)
        place = {passage.id: row for row, passage in enumerate(one.passages)}
        cosines = (questions @ passages.T).astype(np.float64)
        ranks = [rank_of(row, place[asked.passage_id]) for row, asked in zip(cosines, one.questions, strict=True)]
        return quality(ranks).reciprocal_rank.value

    def _vectors(self, texts: Sequence[str], table: Vectors) -> Vectors:
        rows = np.zeros((len(texts), table.shape[1]), dtype=np.float32)
        for row, encoding in enumerate(self._tokenizer.encode_batch(list(texts))):
            if encoding.ids:
                rows[row] = table[encoding.ids].mean(axis=0)
        unit: Vectors = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
        return unit


def _occupations(material: Material) -> RetrievalSet:
    """Titles of unseen occupations over all definitions."""
    places = {job: str(number) for number, job in enumerate(material.jobs)}
    return RetrievalSet(
        name="occupations",
        split="dev",
        passages=tuple(Passage(id=place, text=job.definition) for job, place in places.items()),
        questions=tuple(
            Question(text=title, passage_id=places[job]) for job in material.unseen_jobs for title in job.titles
        ),
    )

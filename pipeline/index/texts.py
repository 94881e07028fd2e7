"""Texts from outside the library, indexed and searched by the same engine: for judging it, and for other uses.

Takes texts that their owner may index (no recording, no person of the library: no clearance is asked), gives a
generation in a folder of its own, and answers questions with their ids.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

from pipeline.index.embed import Embedder, Vectors
from pipeline.index.facets import occupation_value, term
from pipeline.index.generation import build_from, prune, publish
from pipeline.index.keywords import KeywordDocument
from pipeline.index.manifest import Manifest
from pipeline.index.matching import Asked, rank
from pipeline.index.question import understand
from pipeline.index.reader import IndexReader
from pipeline.index.search import POOL, clean_query
from pipeline.index.stage import mean_vector, windows
from pipeline.index.writing import Passage, Shape
from pipeline.records import ClipId, FacetName, Mode

_EMBEDDED_AT_ONCE = 512
"""Texts embedded together: their sentences fill the model's batches, and their vectors fit in memory."""

_SENTENCE = re.compile(r"(?<=[.?!…])[\"»”’)]*\s+|\n+")
_LONGEST_WORDS = 60
"""Words of a piece of a text without punctuation: no spoken French sentence is longer."""


class Text(BaseModel):
    """One text to index; whatever else its line holds is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    id: str
    text: str
    title: str | None = None
    tags: list[str] | str | None = None
    occupation: str | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """The tags."""
        return (self.tags,) if isinstance(self.tags, str) else tuple(self.tags or ())


def index_texts(texts: Sequence[Text], embedder: Embedder, root: Path, now: datetime) -> Manifest:
    """Index ``texts`` under ``root`` and make them its current generation, the only one kept.

    Raises:
        StorageFull: no room left.
        IndexUnavailable: what was written is not what was given.
    """
    sentences = [sentences_of(one.text) for one in texts]
    shape = Shape(len(texts), sum(map(len, sentences)), embedder.dimension)
    digest = hashlib.sha256(embedder.identity.encode())
    for one in texts:
        digest.update(one.model_dump_json().encode("utf-8", "replace") + b"\n")
    content = digest.hexdigest()
    manifest = build_from(lambda: _passages(texts, sentences, embedder), shape, embedder.identity, content, root, now)
    publish(root, manifest)
    prune(root, keep=1)
    return manifest


def find_texts(root: Path, embedder: Embedder | None, question: str, mode: Mode, top: int) -> list[str]:
    """The ids of the ``top`` texts nearest to a question, best first, however far they are.

    Raises:
        InvalidQuery: the question is empty or too long.
        IndexUnavailable: the index is missing or damaged, or (IndexMismatch) another model made it.
    """
    return TextSearch(root, embedder).find(question, mode, top)


class TextSearch:
    """An opened index of texts. ``embedder`` may be None where only words are searched."""

    def __init__(self, root: Path, embedder: Embedder | None) -> None:
        self._generation = IndexReader(root).current()
        self._embedder = embedder
        if embedder is not None:
            self._generation.require_embedder(embedder.identity)

    def find(self, question: str, mode: Mode, top: int) -> list[str]:
        """The ids of the ``top`` nearest texts, best first."""
        if not self._generation.size:
            return []
        understood = understand(clean_query(question), self._generation.speller)
        vector = None
        if mode is not Mode.KEYWORD:
            assert self._embedder is not None
            vector = self._embedder.query(understood.written)
        found = rank(self._generation, Asked(understood, vector, mode), max(POOL, top))
        return [one.clip_id for one in found.candidates[:top]]


def sentences_of(text: str) -> list[str]:
    """The sentences of a text; long runs without punctuation are cut every sixty words."""
    pieces: list[str] = []
    for sentence in _SENTENCE.split(text):
        words = sentence.split()
        pieces += [" ".join(words[first : first + _LONGEST_WORDS]) for first in range(0, len(words), _LONGEST_WORDS)]
    return pieces


def _passages(texts: Sequence[Text], sentences: Sequence[list[str]], embedder: Embedder) -> Iterator[Passage]:
    for first in range(0, len(texts), _EMBEDDED_AT_ONCE):
        part = range(first, min(first + _EMBEDDED_AT_ONCE, len(texts)))
        wholes = [windows(texts[row].title or "", sentences[row], embedder.window_words) for row in part]
        vectors = embedder.passages([one for whole in wholes for one in whole])
        spoken = embedder.passages([one for row in part for one in sentences[row]])
        at, said = 0, 0
        for row, whole in zip(part, wholes, strict=True):
            count = len(sentences[row])
            vector = mean_vector(vectors[at : at + len(whole)])
            yield _passage(row, texts[row], vector, spoken[said : said + count])
            at, said = at + len(whole), said + count


def _passage(row: int, text: Text, vector: Vectors, sentences: Vectors) -> Passage:
    facets = {term(FacetName.QUESTION, label): label for label in text.labels if label.strip()}
    if text.occupation:
        facets[term(FacetName.OCCUPATION, occupation_value(text.occupation))] = text.occupation
    document = KeywordDocument(
        row, text.id, text.title or "", text.occupation or "", "\n".join(text.labels), text.text, tuple(facets)
    )
    content = hashlib.sha256(text.model_dump_json().encode("utf-8", "replace")).hexdigest()
    return Passage(ClipId(text.id), content, document, facets, text.id, vector, np.asarray(sentences))

"""Reading the index while it is being served: what ``CURRENT`` names is opened, checked and kept.

A new generation is seen at the next query. The former one stays usable by whoever holds it: its files are in
memory or mapped, and are never written to, so removing them takes nothing away from a query in flight.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from pipeline.errors import IndexMismatch, IndexUnavailable
from pipeline.index.embed import Embedder, Vectors
from pipeline.index.facets import FacetColumns
from pipeline.index.keywords import KeywordIndex
from pipeline.index.manifest import (
    CLIPS,
    CURRENT,
    FACETS,
    KEYWORDS,
    LABELS,
    MANIFEST,
    SENTENCES,
    VECTORS,
    VOCABULARY,
    ClipRows,
    Manifest,
    damaged,
    parse_pointer,
    read_manifest,
    verify,
)
from pipeline.index.matching import NONSENSE
from pipeline.index.question import Wanted
from pipeline.index.ranking import Background, RowScore, background_of, clip_cosine
from pipeline.index.spelling import Speller
from pipeline.index.vectors import VectorIndex
from pipeline.records import EVERYTHING, ClipId, Filters

_BACKGROUND_CLIPS = 256
"""Ordinary clips that a question is compared with; their deviation is then known within about 5 %."""


_KEPT_OPEN = 2
"""Former generations kept for their cursors: two nights of pages begun. What was withdrawn since is held back by the
gate, like everywhere."""


_REMEMBERED_CLIPS = 5_000
"""Clips whose terms by sentence are kept in memory, some kilobytes each: analysing them anew is half of an answer."""


class Said(NamedTuple):
    """A sentence as search sees it: its terms, and whether it says something (an « Alors, euh » does not)."""

    terms: frozenset[str]
    says_something: bool


class Generation:
    """One opened generation: the embedded :class:`pipeline.index.engine.Engine`. Safe to use from several threads."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        """Open a verified directory.

        Raises:
            IndexUnavailable: a file cannot be opened; the sentence names it.
        """
        self.manifest = manifest
        try:
            opening = CLIPS
            self._clips = ClipRows.model_validate_json((folder / CLIPS).read_bytes()).clips
            opening = VECTORS
            self._vectors = VectorIndex(folder / VECTORS)
            opening = SENTENCES
            # NumPy cannot map a file without rows.
            self._sentences = np.load(folder / SENTENCES, mmap_mode="r" if manifest.sentences else None)
            opening = KEYWORDS
            self._keywords = KeywordIndex(folder / KEYWORDS)
            opening = FACETS
            self.facets = FacetColumns(folder / FACETS, folder / LABELS)
            opening = VOCABULARY
            self._vocabulary = (folder / VOCABULARY).read_text("utf-8")
        except (OSError, ValueError, KeyError, RuntimeError, ValidationError) as error:
            raise damaged(opening) from error
        self._noise: float | None = None
        self._said: dict[ClipId, tuple[Said, ...]] = {}
        self._rows = {clip.clip_id: row for row, clip in enumerate(self._clips)}
        self._firsts = np.asarray([clip.first_sentence for clip in self._clips], dtype=np.int64)
        self._counts = np.asarray([clip.sentences for clip in self._clips], dtype=np.int64)

    @property
    def name(self) -> str:
        """The generation's name, new with each build."""
        return self.manifest.name

    @property
    def size(self) -> int:
        """How many clips it holds."""
        return len(self._clips)

    @cached_property
    def speller(self) -> Speller:
        """The words of its clips, to correct questions with."""
        lines = [line.split(" ", 1) for line in self._vocabulary.splitlines()]
        return Speller([word for _, word in lines], [int(count) for count, _ in lines])

    def clip_id(self, row: int) -> ClipId:
        """The clip of a row."""
        return self._clips[row].clip_id

    def row(self, clip_id: ClipId) -> int | None:
        """The row of a clip; None where the generation does not hold it."""
        return self._rows.get(clip_id)

    def keyword(self, words: Sequence[Wanted], limit: int, filters: Filters = EVERYTHING) -> list[RowScore]:
        """The ``limit`` rows that match the words best (BM25, 1 at most or nearly) and pass the filters."""
        return self._keywords.search(words, limit, filters)

    def starting_with(self, words: Sequence[str], limit: int) -> list[int]:
        """Rows whose title, occupation or tags hold every folded word, the last of which may be unfinished."""
        return self._keywords.starting_with(words, limit)

    def semantic(self, vector: Vectors, limit: int, filters: Filters = EVERYTHING) -> list[RowScore]:
        """The ``limit`` rows nearest to a ``(dimension,)`` unit vector (cosine) that pass the filters."""
        return self._vectors.search(vector, limit, self.facets.allowed(filters))

    def cosines(self, rows: NDArray[np.int64], vector: Vectors) -> Vectors:
        """Cosine of each row's clip with a unit vector: ``(len(rows),)`` float32."""
        cosines: Vectors = self._vectors.rows(rows) @ vector
        return cosines

    def vector(self, row: int) -> Vectors:
        """The vector of a row: ``(dimension,)`` float32."""
        found: Vectors = self._vectors.rows(np.asarray([row], dtype=np.int64))[0]
        return found

    def nearest_sentence(self, rows: NDArray[np.int64], vector: Vectors) -> Vectors:
        """Cosine of each row's nearest sentence: ``(len(rows),)`` float32; that of the clip where it has none."""
        counts = self._counts[rows]
        best = self.cosines(rows, vector) if not counts.all() else np.empty(len(rows), dtype=np.float32)
        spoken = np.flatnonzero(counts)
        if len(spoken):
            starts = np.concatenate([[0], np.cumsum(counts[spoken])[:-1]])
            places = np.repeat(self._firsts[rows][spoken] - starts, counts[spoken]) + np.arange(counts[spoken].sum())
            scores = self._sentences[places].astype(np.float32) @ vector
            best[spoken] = np.maximum.reduceat(scores, starts)
        return best

    def background(self, vector: Vectors) -> Background:
        """How near an ordinary clip of this generation is to a unit vector."""
        rows = self._ordinary
        return background_of(clip_cosine(self.cosines(rows, vector), self.nearest_sentence(rows, vector)))

    def noise(self, embedder: Embedder) -> float:
        """The cosine that a question without meaning reaches among its clips, by this model; computed once."""
        if self._noise is None:
            nearest = [self.semantic(embedder.query(one), 1) for one in NONSENSE]
            rows = np.asarray([one.row for found in nearest for one in found], dtype=np.int64)
            vectors = [embedder.query(one) for one, found in zip(NONSENSE, nearest, strict=True) if found]
            self._noise = max(
                (
                    float(clip_cosine(self.cosines(row, vector), self.nearest_sentence(row, vector))[0])
                    for row, vector in zip(rows[:, np.newaxis], vectors, strict=True)
                ),
                default=-1.0,
            )
        return self._noise

    @cached_property
    def _ordinary(self) -> NDArray[np.int64]:
        """Clips taken at equal distances."""
        return np.unique(np.linspace(0, max(0, self.size - 1), min(self.size, _BACKGROUND_CLIPS)).astype(np.int64))

    def sentence_scores(self, clip_id: ClipId, vector: Vectors) -> Vectors:
        """Cosine of each sentence of a clip with a unit vector: ``(sentences,)`` float32; empty if unknown."""
        row = self._rows.get(clip_id)
        if row is None or not self._counts[row]:
            return np.zeros(0, dtype=np.float32)
        first = self._firsts[row]
        scores: Vectors = self._sentences[first : first + self._counts[row]].astype(np.float32) @ vector
        return scores

    def remembered(self, clip_id: ClipId, analyse: Callable[[], tuple[Said, ...]]) -> tuple[Said, ...]:
        """What ``analyse`` gave for a clip, kept as long as the generation is open; terms only, like in its files."""
        said = self._said.get(clip_id)
        if said is None:
            if len(self._said) >= _REMEMBERED_CLIPS:
                self._said.clear()
            said = self._said[clip_id] = analyse()
        return said

    def rarity(self, word: Wanted) -> float:
        """Weight of a word among the clips of this generation, above 0: the rarer, the more it says."""
        return self._keywords.rarity(word)

    def require_embedder(self, identity: str) -> None:
        """Check that queries are embedded by the model that embedded the clips.

        Raises:
            IndexMismatch: they are not.
        """
        if identity != self.manifest.embedder:
            raise IndexMismatch(
                "L'index a été construit avec un autre modèle sémantique que celui du réglage VIDEOTHEQUE_EMBEDDER ; "
                "reconstruisez l'index, ou remettez l'ancien réglage."
            )


class IndexReader:
    """The current generation under ``root``, whichever it is at each call. Safe to use from several threads."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._opening = threading.Lock()
        self._opened: tuple[bytes, Generation] | None = None
        self._former: dict[str, Generation] = {}

    @property
    def is_empty(self) -> bool:
        """Whether no generation has been published yet (an empty library, not a fault)."""
        return not (self.root / CURRENT).exists()

    def current(self) -> Generation:
        """The generation that ``CURRENT`` names now.

        While one thread opens a new generation, the others go on with the former one.

        Raises:
            IndexUnavailable: none is published, or a file is missing or damaged; the sentence names it.
        """
        opened = self._opened
        pointer = self._pointer()
        if opened is not None and opened[0] == pointer:
            return opened[1]
        if not self._opening.acquire(blocking=opened is None):
            assert opened is not None
            return opened[1]
        try:
            return self._open_latest()
        finally:
            self._opening.release()

    def named(self, name: str) -> Generation:
        """The generation of that name where it is current or was of late (its cursors stay valid), else the current.

        Raises:
            IndexUnavailable: as :meth:`current`.
        """
        generation = self.current()
        return generation if generation.name == name else self._former.get(name, generation)

    def _open_latest(self) -> Generation:
        pointer = self._pointer()
        while self._opened is None or self._opened[0] != pointer:
            try:
                generation = self._open(pointer)
            except IndexUnavailable:
                # Replaced, then pruned, while it was being opened: only a pointer that stands is at fault.
                latest = self._pointer()
                if latest == pointer:
                    raise
                pointer = latest
            else:
                if self._opened is not None:
                    self._former = {self._opened[1].name: self._opened[1], **self._former}
                    self._former = dict(list(self._former.items())[:_KEPT_OPEN])
                self._opened = (pointer, generation)
        return self._opened[1]

    def _open(self, content: bytes) -> Generation:
        pointer = parse_pointer(content)
        folder = self.root / pointer.name
        manifest = read_manifest(folder, pointer.manifest_sha256)
        if manifest.name != pointer.name:
            raise damaged(MANIFEST)
        verify(folder, manifest)
        return Generation(folder, manifest)

    def _pointer(self) -> bytes:
        # Read each time: it is one line, and no combination of times and sizes is as sure as the content.
        try:
            return (self.root / CURRENT).read_bytes()
        except FileNotFoundError:
            raise IndexUnavailable(
                "Aucun index n'a encore été publié ; enregistrez des rencontres et lancez la nuit."
            ) from None
        except OSError as error:
            raise damaged(CURRENT) from error

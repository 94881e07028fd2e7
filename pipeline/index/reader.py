"""Reading the index while it is being served: what ``CURRENT`` names is opened, checked and kept.

A new generation is seen at the next query. The former one stays usable by whoever holds it: its files are in
memory or mapped, and are never written to, so removing them takes nothing away from a query in flight.
"""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from pipeline.errors import IndexMismatch, IndexUnavailable
from pipeline.index.analysis import Token
from pipeline.index.embed import Vectors
from pipeline.index.keywords import KeywordIndex
from pipeline.index.manifest import (
    CLIPS,
    CURRENT,
    KEYWORDS,
    MANIFEST,
    SENTENCES,
    VECTORS,
    ClipRows,
    Manifest,
    damaged,
    parse_pointer,
    read_manifest,
    verify,
)
from pipeline.index.ranking import RowScore, Scored, best_first
from pipeline.index.vectors import VectorIndex
from pipeline.records import ClipId


class Generation:
    """One opened generation. Safe to use from several threads."""

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
        except (OSError, ValueError, RuntimeError, ValidationError) as error:
            raise damaged(opening) from error
        self._rows = {clip.clip_id: clip for clip in self._clips}

    @property
    def name(self) -> str:
        """The generation's name, new with each build."""
        return self.manifest.name

    @property
    def size(self) -> int:
        """How many clips it holds."""
        return len(self._clips)

    def keyword(self, query: str, limit: int) -> list[Scored]:
        """The ``limit`` clips that match the words of ``query`` best (BM25), best first."""
        return self._clips_of(self._keywords.search(query, limit))

    def semantic(self, vector: Vectors, limit: int) -> list[Scored]:
        """The ``limit`` clips nearest to a ``(dimension,)`` unit vector (cosine), nearest first."""
        return self._clips_of(self._vectors.search(vector, limit))

    def sentence_scores(self, clip_id: ClipId, vector: Vectors) -> Vectors:
        """Cosine of each sentence of a clip with a unit vector: ``(sentences,)`` float32; empty if unknown."""
        clip = self._rows.get(clip_id)
        if clip is None or not clip.sentences:
            return np.zeros(0, dtype=np.float32)
        rows = self._sentences[clip.first_sentence : clip.first_sentence + clip.sentences]
        scores: Vectors = rows.astype(np.float32) @ vector
        return scores

    def rarity(self, token: Token) -> float:
        """Weight of a word among the clips of this generation, above 0: the rarer, the more it says."""
        return self._keywords.rarity(token)

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

    def _clips_of(self, found: list[RowScore]) -> list[Scored]:
        return best_first([Scored(self._clips[one.row].clip_id, one.score) for one in found])


class IndexReader:
    """The current generation under ``root``, whichever it is at each call. Safe to use from several threads."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._opening = threading.Lock()
        self._opened: tuple[bytes, Generation] | None = None

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

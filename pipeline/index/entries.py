"""What goes into a generation: clips with their vectors and leave to publish them.

Takes the outputs of the index stage, gives the passages that are written; a clip of which anything that is searched
changed has another content hash.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np

from consent.clearance import Clearance
from consent.rules import PUBLICATION
from pipeline.errors import IndexMismatch, IndexUnavailable
from pipeline.index.analysis import ANALYSER_VERSION
from pipeline.index.embed import Vectors
from pipeline.index.facets import balance_terms, facet_terms
from pipeline.index.keywords import keyword_document
from pipeline.index.manifest import FORMAT_VERSION
from pipeline.index.writing import Passage, Shape
from pipeline.records import UNTOLD, Belonging, Clip, EmbeddedClip, Embedding


@dataclass(frozen=True, slots=True)
class Entry:
    """A clip to index: its embedding, the folder that holds the embedding's file, and leave to publish it.

    ``belonging`` is what is known of its professional.
    """

    clip: Clip
    embedding: Embedding
    folder: Path
    clearance: Clearance
    belonging: Belonging = UNTOLD

    @property
    def terms(self) -> dict[str, str]:
        """Its terms in the facet columns, each with its label."""
        return facet_terms(self.clip) | balance_terms(self.belonging)

    @property
    def content(self) -> str:
        """A hash of everything that is searched of the clip."""
        clip = self.clip
        parts = [
            clip.id,
            clip.recording_id,
            clip.title,
            clip.occupation,
            [sentence.text for sentence in clip.sentences],
            [tag.label for tag in clip.tags],
            self.terms,
            clip.recorded_at.isoformat(),
            self.embedding.provenance.key,
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    @property
    def place(self) -> EmbeddedClip:
        """Where the clip's vectors are in the embedding's file.

        Raises:
            IndexUnavailable: the embedding does not hold this clip.
        """
        for place in self.embedding.clips:
            if place.clip_id == self.clip.id and place.sentences == len(self.clip.sentences):
                return place
        raise IndexUnavailable(
            f"L'extrait {self.clip.id} n'a pas de vecteurs dans ceux de sa rencontre ; refaites-la "
            f"(videotheque reprocess {self.clip.recording_id} --from index)."
        )


def checked(entries: Sequence[Entry], embedder_identity: str) -> list[Entry]:
    """The entries in the order of a generation, once each may be published and was embedded by that model.

    Raises:
        PermissionError, IndexMismatch: as :func:`build`.
    """
    for entry in entries:
        entry.clearance.require(entry.clip.recording_id, *PUBLICATION)
        _require_model(entry, embedder_identity)
    ordered = sorted(entries, key=lambda entry: (entry.clip.recording_id, entry.clip.id))
    if len({entry.clip.id for entry in ordered}) < len(ordered):
        raise ValueError("a clip is given twice")
    return ordered


def shape_of(entries: Sequence[Entry]) -> Shape:
    """How much there is to write of these entries."""
    return Shape(
        clips=len(entries),
        sentences=sum(len(entry.clip.sentences) for entry in entries),
        dimension=entries[0].embedding.dimension if entries else 1,  # FAISS wants at least one
    )


def content_hash(contents: Sequence[str], identity: str) -> str:
    """Of everything that determines what a generation of clips of these contents, in this order, answers."""
    canonical = json.dumps([FORMAT_VERSION, ANALYSER_VERSION, identity, *contents])
    return hashlib.sha256(canonical.encode()).hexdigest()


def passages(entries: Sequence[Entry]) -> Iterator[Passage]:
    """What is indexed of each entry, in that order.

    Raises:
        IndexUnavailable: an embedding is missing or damaged.
    """
    for row, (entry, vector, sentences) in enumerate(_vectors(entries)):
        document = keyword_document(row, entry.clip, facet_terms(entry.clip))
        yield Passage(entry.clip.id, entry.content, document, entry.terms, entry.clip.recording_id, vector, sentences)


def _vectors(entries: Sequence[Entry]) -> Iterator[tuple[Entry, Vectors, Vectors]]:
    """Each entry with its clip's vector and its sentences' vectors; one embedding in memory at a time."""
    for (path, dimension), group in groupby(entries, key=lambda entry: (_file(entry), entry.embedding.dimension)):
        entries_of_file = list(group)
        vectors = _load(path, dimension, entries_of_file[0])
        for entry in entries_of_file:
            place = entry.place
            end = place.first_sentence_row + place.sentences
            if len(vectors) < max(place.clip_row + 1, end):
                raise _damaged_embedding(entry)
            yield entry, vectors[place.clip_row], vectors[place.first_sentence_row : end]


def _file(entry: Entry) -> Path:
    return entry.folder / entry.embedding.file


def _load(path: Path, dimension: int, entry: Entry) -> Vectors:
    try:
        vectors: Vectors = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise _damaged_embedding(entry) from error
    if vectors.dtype != np.float32 or vectors.ndim != 2 or vectors.shape[1] != dimension:
        raise _damaged_embedding(entry)
    return vectors


def _damaged_embedding(entry: Entry) -> IndexUnavailable:
    return IndexUnavailable(
        f"Les vecteurs ({entry.embedding.file}) de la rencontre {entry.clip.recording_id} sont manquants ou abîmés ; "
        f"refaites-la (videotheque reprocess {entry.clip.recording_id} --from index)."
    )


def _require_model(entry: Entry, identity: str) -> None:
    if entry.embedding.provenance.model != identity:
        raise IndexMismatch(
            f"Les vecteurs de la rencontre {entry.clip.recording_id} viennent d'un autre modèle sémantique ; relancez "
            "la nuit pour les refaire, ou remettez l'ancien réglage VIDEOTHEQUE_EMBEDDER."
        )

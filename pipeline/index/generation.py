"""Building, publishing and pruning index generations.

A generation is an immutable directory: clip vectors, sentence vectors, keywords, facets, clip ids, a manifest. It is
written aside, synced, renamed, and only then named by ``CURRENT``, in one atomic replacement: a crash at any
point leaves the last good one in place. Call these functions only while holding the library's lock.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from uuid import uuid4

import numpy as np

from consent.clearance import Clearance
from consent.rules import PUBLICATION
from pipeline.errors import IndexMismatch, IndexUnavailable
from pipeline.index.analysis import ANALYSER_VERSION
from pipeline.index.embed import Vectors
from pipeline.index.facets import facet_terms
from pipeline.index.keywords import keyword_document
from pipeline.index.manifest import (
    CURRENT,
    FORMAT_VERSION,
    GENERATION_PREFIX,
    MANIFEST,
    TEMPORARY_PREFIX,
    Manifest,
    Pointer,
    damaged,
    parse_pointer,
    read_manifest,
    sums,
    verify,
)
from pipeline.index.writing import Passage, Shape, write_files
from pipeline.outputs import raise_if_full, replace_synced, sync, write_synced
from pipeline.records import Clip, EmbeddedClip, Embedding

_NAME_DIGITS = 12
"""Digits of the content hash in a directory's name; the manifest holds all of them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A clip to index: its embedding, the folder that holds the embedding's file, and leave to publish it."""

    clip: Clip
    embedding: Embedding
    folder: Path
    clearance: Clearance

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


def build(entries: Sequence[Entry], embedder_identity: str, root: Path, now: datetime) -> Manifest:
    """Build a generation of ``entries`` under ``root``, or find the sound one that already holds the same.

    It is not current before :func:`publish`.

    Raises:
        PermissionError: a clearance does not cover publishing that clip's recording.
        IndexMismatch: an embedding was made by another model.
        IndexUnavailable: an embedding is missing or damaged.
        StorageFull: no room left; what was written is removed.
    """
    for entry in entries:
        entry.clearance.require(entry.clip.recording_id, *PUBLICATION)
        _require_model(entry, embedder_identity)
    ordered = sorted(entries, key=lambda entry: (entry.clip.recording_id, entry.clip.id))
    if len({entry.clip.id for entry in ordered}) < len(ordered):
        raise ValueError("a clip is given twice")
    shape = Shape(
        clips=len(ordered),
        sentences=sum(len(entry.clip.sentences) for entry in ordered),
        dimension=ordered[0].embedding.dimension if ordered else 1,  # FAISS wants at least one
    )
    content = _content_hash(ordered, embedder_identity)
    return build_from(lambda: _passages(ordered), shape, embedder_identity, content, root, now)


def build_from(
    passages: Callable[[], Iterator[Passage]], shape: Shape, identity: str, content: str, root: Path, now: datetime
) -> Manifest:
    """Build a generation of passages that the caller may index, or find the sound one with that ``content`` hash.

    Raises:
        StorageFull: no room left; what was written is removed.
    """
    root.mkdir(parents=True, exist_ok=True)
    _sweep(root)
    known = _sound_generation(root, content)
    if known is not None:
        return known
    name = f"{GENERATION_PREFIX}{now.astimezone(UTC):%Y%m%dT%H%M%S%fZ}-{content[:_NAME_DIGITS]}"
    manifest = Manifest(
        format_version=FORMAT_VERSION,
        name=name,
        content=content,
        clips=shape.clips,
        sentences=shape.sentences,
        dimension=shape.dimension,
        embedder=identity,
        analyser_version=ANALYSER_VERSION,
        made_at=now,
        files=(),
    )
    return _build(passages, shape, manifest, root)


def publish(root: Path, manifest: Manifest) -> None:
    """Make a built generation the current one; readers see the former or this one, never anything between.

    Raises:
        IndexUnavailable: that generation is no longer there as it was built.
    """
    if read_manifest(root / manifest.name) != manifest:
        raise damaged(MANIFEST)
    checksum = hashlib.sha256((root / manifest.name / MANIFEST).read_bytes()).hexdigest()
    replace_synced(root / CURRENT, Pointer(name=manifest.name, manifest_sha256=checksum).encoded())


def prune(root: Path, keep: int = 2) -> int:
    """Remove all but the current generation and the ``keep - 1`` newest others; return how many went.

    Nothing is removed while the pointer is missing or unreadable. A withdrawal wants ``keep=1``: a former
    generation still holds the words and vectors of what was withdrawn.
    """
    try:
        current = parse_pointer((root / CURRENT).read_bytes()).name
    except (FileNotFoundError, IndexUnavailable):
        return 0
    others = [folder for folder in _generations(root) if folder.name != current]
    surplus = others[max(0, keep - 1) :]
    for folder in surplus:
        # Renamed first: a directory half removed must never be taken for a generation.
        shutil.rmtree(folder.rename(root / f"{TEMPORARY_PREFIX}{uuid4().hex}"), ignore_errors=True)
    return len(surplus)


def _require_model(entry: Entry, identity: str) -> None:
    if entry.embedding.provenance.model != identity:
        raise IndexMismatch(
            f"Les vecteurs de la rencontre {entry.clip.recording_id} viennent d'un autre modèle sémantique ; relancez "
            "la nuit pour les refaire, ou remettez l'ancien réglage VIDEOTHEQUE_EMBEDDER."
        )


def _content_hash(entries: Sequence[Entry], identity: str) -> str:
    """Of everything that determines what the generation answers."""
    clips = [
        [
            entry.clip.id,
            entry.clip.recording_id,
            entry.clip.title,
            entry.clip.occupation,
            [sentence.text for sentence in entry.clip.sentences],
            [tag.label for tag in entry.clip.tags],
            facet_terms(entry.clip),
            entry.clip.recorded_at.isoformat(),
            entry.embedding.provenance.key,
        ]
        for entry in entries
    ]
    canonical = json.dumps([FORMAT_VERSION, ANALYSER_VERSION, identity, clips])
    return hashlib.sha256(canonical.encode()).hexdigest()


def _generations(root: Path) -> list[Path]:
    """Newest first (their names begin with the time)."""
    return sorted(root.glob(f"{GENERATION_PREFIX}*"), key=lambda folder: folder.name, reverse=True)


def _sound_generation(root: Path, content: str) -> Manifest | None:
    for folder in _generations(root):
        if not folder.name.endswith(content[:_NAME_DIGITS]):
            continue
        try:
            manifest = read_manifest(folder)
            verify(folder, manifest)
        except IndexUnavailable:
            continue
        if (manifest.content, manifest.name) == (content, folder.name):
            return manifest
    return None


def _build(passages: Callable[[], Iterator[Passage]], shape: Shape, plan: Manifest, root: Path) -> Manifest:
    aside = root / f"{TEMPORARY_PREFIX}{uuid4().hex}"
    try:
        aside.mkdir()
        write_files(passages(), shape, aside)
        manifest = plan.model_copy(update={"files": sums(aside)})
        write_synced(aside / MANIFEST, manifest.encoded())
        for path in aside.rglob("*"):
            sync(path)
        sync(aside)
        if (root / plan.name).exists():  # damaged: a sound one would have been found
            (root / plan.name).rename(root / f"{TEMPORARY_PREFIX}{uuid4().hex}")
        aside.rename(root / plan.name)
        sync(root)
    except OSError as error:
        raise_if_full(error)
        raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return manifest


def _passages(entries: Sequence[Entry]) -> Iterator[Passage]:
    for row, (entry, vector, sentences) in enumerate(_vectors(entries)):
        facets = facet_terms(entry.clip)
        document = keyword_document(row, entry.clip, facets)
        yield Passage(entry.clip.id, document, facets, entry.clip.recording_id, vector, sentences)


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


def _sweep(root: Path) -> None:
    """Remove what an interrupted build left."""
    for path in root.glob(f"{TEMPORARY_PREFIX}*"):
        shutil.rmtree(path, ignore_errors=True)

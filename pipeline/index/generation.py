"""Building, publishing and pruning index generations.

A generation is an immutable directory: clip vectors, sentence vectors, keywords, facets, clip ids, a manifest. It is
written aside, synced, renamed, and only then named by ``CURRENT``, in one atomic replacement: a crash at any
point leaves the last good one in place. Call these functions only while holding the library's lock.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from pipeline.errors import IndexUnavailable
from pipeline.index.analysis import ANALYSER_VERSION
from pipeline.index.entries import Entry, checked, content_hash, passages, shape_of
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

_NAME_DIGITS = 12
"""Digits of the content hash in a directory's name; the manifest holds all of them."""


def build(entries: Sequence[Entry], embedder_identity: str, root: Path, now: datetime) -> Manifest:
    """Build a generation of ``entries`` under ``root``, or find the sound one that already holds the same.

    It is not current before :func:`publish`.

    Raises:
        PermissionError: a clearance does not cover publishing that clip's recording.
        IndexMismatch: an embedding was made by another model.
        IndexUnavailable: an embedding is missing or damaged.
        StorageFull: no room left; what was written is removed.
    """
    ordered = checked(entries, embedder_identity)
    shape = shape_of(ordered)
    content = content_hash([entry.content for entry in ordered], embedder_identity)
    return build_from(lambda: passages(ordered), shape, embedder_identity, content, root, now)


def build_from(
    made: Callable[[], Iterator[Passage]], shape: Shape, identity: str, content: str, root: Path, now: datetime
) -> Manifest:
    """Build a generation of passages that the caller may index, or find the sound one with that ``content`` hash.

    Raises:
        StorageFull: no room left; what was written is removed.
    """
    return _sound_generation(root, content) or write(made, shape, planned(shape, identity, content, now), root)


def planned(shape: Shape, identity: str, content: str, now: datetime) -> Manifest:
    """The manifest of a generation that shares no file, before its files are written."""
    return Manifest(
        format_version=FORMAT_VERSION,
        name=f"{GENERATION_PREFIX}{now.astimezone(UTC):%Y%m%dT%H%M%S%fZ}-{content[:_NAME_DIGITS]}",
        content=content,
        clips=shape.clips,
        sentences=shape.sentences,
        dimension=shape.dimension,
        embedder=identity,
        analyser_version=ANALYSER_VERSION,
        made_at=now,
        files=(),
    )


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

    Whatever a generation that is kept shares stays too. Nothing is removed while the pointer is missing or unreadable.
    A withdrawal wants ``keep=1``: a former generation still holds the words and vectors of what was withdrawn.
    """
    try:
        current = parse_pointer((root / CURRENT).read_bytes()).name
        needed = _with_parts(root / current)
        others = [folder for folder in _generations(root) if folder.name not in needed]
        for folder in others[: max(0, keep - 1)]:
            with suppress(IndexUnavailable):  # an older program's, or damaged: nobody reads it, so it shares nothing
                needed |= _with_parts(folder)
            needed.add(folder.name)
    except (FileNotFoundError, IndexUnavailable):
        return 0
    surplus = [folder for folder in others if folder.name not in needed]
    for folder in surplus:
        # Renamed first: a directory half removed must never be taken for a generation.
        shutil.rmtree(folder.rename(root / f"{TEMPORARY_PREFIX}{uuid4().hex}"), ignore_errors=True)
    return len(surplus)


def _with_parts(folder: Path) -> set[str]:
    """The names of a generation and of those whose files it shares."""
    return {folder.name, *(part.name for part in read_manifest(folder).parts)}


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
        if (manifest.content, manifest.name, manifest.parts) == (content, folder.name, ()):
            return manifest
    return None


def write(made: Callable[[], Iterator[Passage]], shape: Shape, plan: Manifest, root: Path) -> Manifest:
    """Write the files of a planned generation aside, and give them its name once all are on the disk.

    Raises:
        StorageFull: no room left; what was written is removed.
    """
    root.mkdir(parents=True, exist_ok=True)
    _sweep(root)
    aside = root / f"{TEMPORARY_PREFIX}{uuid4().hex}"
    try:
        aside.mkdir()
        write_files(made(), shape, aside)
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


def _sweep(root: Path) -> None:
    """Remove what an interrupted build left."""
    for path in root.glob(f"{TEMPORARY_PREFIX}*"):
        shutil.rmtree(path, ignore_errors=True)

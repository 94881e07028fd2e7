"""A small step from the current generation to the next: what changed is written, the rest is shared.

Takes the entries of what was done again, gives a generation that holds its new clips itself and names the earlier
directories whose files it shares, each with the rows that are searched no more. Nothing is read of the other clips but
whether they may still be shown. The files of a clip that was replaced stay until the next whole build: whoever
withdraws gets a whole build at once, everybody else's comes with the night.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from pipeline.errors import IndexUnavailable
from pipeline.index.entries import Entry, checked, content_hash, passages, shape_of
from pipeline.index.generation import planned, write
from pipeline.index.manifest import (
    CLIPS,
    CURRENT,
    ClipRow,
    ClipRows,
    Manifest,
    Part,
    damaged,
    parse_pointer,
    read_manifest,
)
from pipeline.records import ClipId

MOST_PARTS = 8
"""Directories searched one after the other for one question; each costs a fraction of a millisecond."""

MOST_REPLACED = 0.1
"""Share of the rows of what is shared that may be searched no more: each is skipped at every question."""

_ALWAYS_SMALL = 200
"""Clips that are a small step in any library: some meetings."""


class _Place(NamedTuple):
    """Where a clip of the current generation is: the number of its part, its row there, what was indexed of it."""

    part: int
    row: int
    content: str


class _Held(NamedTuple):
    """The current generation: itself as a part, all its parts (itself last), their rows, and where each clip is."""

    manifest: Manifest
    parts: tuple[Part, ...]
    rows: int
    clips: dict[ClipId, _Place]


def update(
    entries: Sequence[Entry],
    showable: Callable[[Sequence[ClipId]], Collection[ClipId]],
    embedder_identity: str,
    root: Path,
    now: datetime,
) -> Manifest | None:
    """Build a generation on the current one: ``entries``, and what ``showable`` says of its other clips may stay.

    The current one itself is given where nothing changed, None where that is no small step: a whole build is due. It
    is not current before :func:`pipeline.index.generation.publish`.

    Raises:
        PermissionError, IndexMismatch, IndexUnavailable, StorageFull: as :func:`pipeline.index.generation.build`.
    """
    ordered = checked(entries, embedder_identity)
    held = _held(root)
    if held is None or held.manifest.embedder != embedder_identity:
        return None
    contents = {entry.clip.id: entry.content for entry in ordered}
    same = {one for one, content in contents.items() if one in held.clips and held.clips[one].content == content}
    kept = same | set(showable([one for one in held.clips if one not in contents]))
    added = [entry for entry in ordered if entry.clip.id not in same]
    gone = [place for clip_id, place in held.clips.items() if clip_id not in kept]
    if not added and not gone:
        return held.manifest
    parts = _less(held.parts, gone)
    replaced = sum(len(part.dropped) for part in parts)
    small = max(_ALWAYS_SMALL, MOST_REPLACED * held.rows)
    if len(parts) >= MOST_PARTS or len(added) > small or replaced > small:
        return None
    # What stays is told by the current manifest and by what goes.
    changes = json.dumps([held.manifest.sha256, sorted(gone), *(contents[entry.clip.id] for entry in added)])
    content = content_hash([changes], embedder_identity)
    shape, clips = shape_of(added), len(kept) + len(added)
    plan = planned(shape, embedder_identity, content, now).model_copy(update={"parts": parts, "clips": clips})
    if not added:
        plan = plan.model_copy(update={"dimension": held.manifest.dimension})
    return write(lambda: passages(added), shape, plan, root)


def _held(root: Path) -> _Held | None:
    """The current generation; None where there is none that can be built on."""
    try:
        pointer = parse_pointer((root / CURRENT).read_bytes())
        manifest = read_manifest(root / pointer.name, pointer.manifest_sha256)
        parts = (*manifest.parts, Part(name=manifest.name, manifest_sha256=pointer.manifest_sha256))
        clips: dict[ClipId, _Place] = {}
        count = 0
        for number, part in enumerate(parts):
            rows = _rows(root, part)
            count += len(rows)
            dropped = set(part.dropped)
            clips |= {
                one.clip_id: _Place(number, row, one.content) for row, one in enumerate(rows) if row not in dropped
            }
    except (FileNotFoundError, IndexUnavailable):
        return None
    return _Held(manifest, parts, count, clips)


def _rows(root: Path, part: Part) -> tuple[ClipRow, ...]:
    manifest = read_manifest(root / part.name, part.manifest_sha256)
    content = (root / part.name / CLIPS).read_bytes()
    told = next((file.sha256 for file in manifest.files if file.name == CLIPS), "")
    if hashlib.sha256(content).hexdigest() != told:
        raise damaged(CLIPS)
    try:
        return ClipRows.model_validate_json(content).clips
    except ValidationError as error:
        raise damaged(CLIPS) from error


def _less(parts: Sequence[Part], gone: Sequence[_Place]) -> tuple[Part, ...]:
    """The parts without these places."""
    more: dict[int, set[int]] = {}
    for place in gone:
        more.setdefault(place.part, set()).add(place.row)
    return tuple(
        part.model_copy(update={"dropped": tuple(sorted({*part.dropped, *more.get(number, ())}))})
        for number, part in enumerate(parts)
    )

"""A small step from the current generation to the next: what changed is written, the rest is shared.

Takes the entries of what was done again, gives a generation that holds its new clips itself and names the earlier
directories whose files it shares, each with the rows that are searched no more. Nothing is asked of the other clips,
however many there are: each answer asks whether they may be shown. The files of a clip that was replaced stay until the
next whole build: whoever withdraws gets a whole build at once, everybody else's comes with the night.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from consent.records import RecordingId
from pipeline.errors import IndexUnavailable
from pipeline.index.entries import Entry, checked, content_hash, passages, shape_of
from pipeline.index.facets import meeting_number
from pipeline.index.generation import planned, write
from pipeline.index.manifest import (
    CLIPS,
    CURRENT,
    FACETS,
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
    """The current generation: itself as a part, all its parts (itself last), their rows.

    And where each clip is of the recordings done again.
    """

    manifest: Manifest
    parts: tuple[Part, ...]
    rows: int
    clips: dict[ClipId, _Place]


def update(
    entries: Sequence[Entry],
    redone: Collection[RecordingId],
    embedder_identity: str,
    root: Path,
    now: datetime,
) -> Manifest | None:
    """Build a generation on the current one: ``entries`` are all the clips of the recordings ``redone``.

    Of other recordings everything stays. The current one itself is given where nothing changed, None where that is no
    small step: a whole build is due. It is not current before :func:`pipeline.index.generation.publish`.

    Raises:
        PermissionError, IndexMismatch, IndexUnavailable, StorageFull: as :func:`pipeline.index.generation.build`.
    """
    if any(entry.clip.recording_id not in redone for entry in entries):
        raise ValueError("a clip of a recording that was not done again")  # it would be searched twice
    ordered = checked(entries, embedder_identity)
    held = _held(root, redone)
    if held is None or held.manifest.embedder != embedder_identity:
        return None
    contents = {entry.clip.id: entry.content for entry in ordered}
    same = {one for one, content in contents.items() if one in held.clips and held.clips[one].content == content}
    added = [entry for entry in ordered if entry.clip.id not in same]
    gone = [place for clip_id, place in held.clips.items() if clip_id not in same]
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
    shape, clips = shape_of(added), held.manifest.clips - len(gone) + len(added)
    plan = planned(shape, embedder_identity, content, now).model_copy(update={"parts": parts, "clips": clips})
    if not added:
        plan = plan.model_copy(update={"dimension": held.manifest.dimension})
    return write(lambda: passages(added), shape, plan, root)


def _held(root: Path, redone: Collection[RecordingId]) -> _Held | None:
    """The current generation; None where there is none that can be built on."""
    try:
        pointer = parse_pointer((root / CURRENT).read_bytes())
        manifest = read_manifest(root / pointer.name, pointer.manifest_sha256)
        parts = (*manifest.parts, Part(name=manifest.name, manifest_sha256=pointer.manifest_sha256))
        clips: dict[ClipId, _Place] = {}
        numbers = [meeting_number(one) for one in redone]
        count = 0
        for number, part in enumerate(parts):
            rows, meetings = _rows(root, part)
            count += len(rows)
            for row in np.flatnonzero(np.isin(meetings, numbers)).tolist():
                if row not in part.dropped:
                    clips[rows[row].clip_id] = _Place(number, row, rows[row].content)
    except (FileNotFoundError, IndexUnavailable):
        return None
    return _Held(manifest, parts, count, clips)


def _rows(root: Path, part: Part) -> tuple[tuple[ClipRow, ...], NDArray[np.int64]]:
    """The rows of a part, and the number of each one's meeting."""
    manifest = read_manifest(root / part.name, part.manifest_sha256)
    reading = CLIPS
    try:
        clips = ClipRows.model_validate_json(_sound(root / part.name, manifest, CLIPS)).clips
        reading = FACETS
        with np.load(io.BytesIO(_sound(root / part.name, manifest, FACETS)), allow_pickle=False) as columns:
            return clips, columns["meetings"]
    except (ValueError, KeyError) as error:  # pydantic's too
        raise damaged(reading) from error


def _sound(folder: Path, manifest: Manifest, name: str) -> bytes:
    """The content of a file, as it was written."""
    content = (folder / name).read_bytes()
    if hashlib.sha256(content).hexdigest() != next((file.sha256 for file in manifest.files if file.name == name), ""):
        raise damaged(name)
    return content


def _less(parts: Sequence[Part], gone: Sequence[_Place]) -> tuple[Part, ...]:
    """The parts without these places."""
    more: dict[int, set[int]] = {}
    for place in gone:
        more.setdefault(place.part, set()).add(place.row)
    return tuple(
        part.model_copy(update={"dropped": tuple(sorted({*part.dropped, *more.get(number, ())}))})
        for number, part in enumerate(parts)
    )

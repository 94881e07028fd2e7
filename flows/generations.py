"""The last step of every run: one index generation of exactly the clips that may be shown, made current.

The night, and whatever erases, builds it whole; a recording done again adds a small step to the current one, which
visitors see within a second.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import NamedTuple

from consent.clearance import Clearance
from consent.errors import ConsentDenied, ConsentError
from consent.records import PART, Frozen, RecordingId
from flows.workshop import STAGE_PURPOSES, Workshop
from pipeline.errors import IndexUnavailable, InvalidMeeting, PipelineError
from pipeline.index.delta import update
from pipeline.index.entries import Entry
from pipeline.index.generation import build, prune, publish
from pipeline.index.manifest import CURRENT, Manifest, parse_pointer, read_manifest
from pipeline.meeting import read_description
from pipeline.outputs import sentence_of
from pipeline.records import UNTOLD, Belonging, Embedding, Stage


class IndexReport(Frozen):
    """What became of the index.

    ``late`` names the recordings whose clips are published but left out, for want of vectors of this model: they
    are to be processed again. ``problem`` is empty when all is well; else the former generation stays.
    """

    generation: str = ""
    clips: int = 0
    late: frozenset[RecordingId] = frozenset()
    problem: str = ""

    @property
    def sentence(self) -> str:
        """One French sentence for the operator."""
        if self.problem:
            return f"Index : {self.problem}"
        if not self.generation:
            return "Index : aucun extrait à chercher."
        late = f" ; {len(self.late)} rencontres attendent que leurs vecteurs soient refaits" if self.late else ""
        return f"Index : {self.clips} extraits à chercher{late} ({self.generation})."


def refresh_index(workshop: Workshop, only: Collection[RecordingId] | None = None) -> IndexReport:
    """Build and publish the generation of the clips that may be shown now; keep no former one.

    A former generation holds the words and vectors of what was withdrawn since, so none is kept. Where ``only`` some
    recordings were done again, what did not change is shared with it, and the files of what was replaced stay until the
    next whole one: nothing is asked of the rest of the library, however large it is, for each answer asks of each clip
    whether it may be shown. Whoever is reading the former goes on: its files are open. Call it only while holding the
    library's lock.
    """
    root = workshop.settings.index_folder
    try:
        made = (None if only is None else _step(workshop, only)) or _whole(workshop)
        if made.manifest is None:
            return IndexReport(late=frozenset(made.late))
        publish(root, made.manifest)
        prune(root, keep=1)
    except (PipelineError, ConsentError, OSError) as error:
        return IndexReport(problem=sentence_of(error))
    return IndexReport(generation=made.manifest.name, clips=made.manifest.clips, late=frozenset(made.late))


class _Made(NamedTuple):
    """A generation to publish, None where there is nothing to search; the recordings that it leaves out."""

    manifest: Manifest | None
    late: set[RecordingId]


def _whole(workshop: Workshop) -> _Made:
    """The generation of every clip that may be shown."""
    root = workshop.settings.index_folder
    workshop.enforce_every_consent()  # somebody may have withdrawn while the run was at work
    entries, late = _entries(workshop, workshop.catalogue.published_recordings())
    identity = _identity(workshop, entries)
    if not entries and not (root / CURRENT).exists():
        return _Made(None, late)
    usable = [entry for entry in entries if entry.embedding.provenance.model == identity]
    late |= {entry.clip.recording_id for entry in entries} - {entry.clip.recording_id for entry in usable}
    for recording_id in late:
        workshop.catalogue.settle(recording_id, None)
    return _Made(build(usable, identity, root, workshop.clock()), late)


def _step(workshop: Workshop, only: Collection[RecordingId]) -> _Made | None:
    """The small step after some recordings were done again; None where a whole build is due."""
    for recording_id in only:
        workshop.enforce_consent(recording_id)
    entries, late = _entries(workshop, only)
    identity = _identity(workshop, entries)
    if late or any(entry.embedding.provenance.model != identity for entry in entries):
        return None
    manifest = update(entries, only, identity, workshop.settings.index_folder, workshop.clock())
    return None if manifest is None else _Made(manifest, set())


def _entries(workshop: Workshop, recordings: Collection[RecordingId]) -> tuple[list[Entry], set[RecordingId]]:
    """Their clips that may be shown now, with vectors and leave to index them; the recordings without vectors."""
    entries: list[Entry] = []
    late: set[RecordingId] = set()
    for recording_id in recordings:
        clearance = _clearance(workshop, recording_id)
        if clearance is None:
            continue
        belonging = _belonging(workshop, recording_id)
        for published in workshop.catalogue.live_of(recording_id).values():
            key = published.embedding_key
            embedding = workshop.outputs.load(recording_id, Stage.INDEX, key, Embedding)
            folder = workshop.outputs.folder(recording_id, Stage.INDEX, key)
            if embedding is None or not (folder / embedding.file).is_file():
                late.add(recording_id)
            else:
                entries.append(Entry(published.clip, embedding, folder, clearance, belonging))
    return entries, late


def _belonging(workshop: Workshop, recording_id: RecordingId) -> Belonging:
    """What the description says of the professional as it is now; nothing where it cannot be read."""
    try:
        meeting = workshop.catalogue.find_meeting(recording_id)
        return UNTOLD if meeting is None else read_description(meeting.folder).belonging
    except InvalidMeeting:
        return UNTOLD


def _clearance(workshop: Workshop, recording_id: RecordingId) -> Clearance | None:
    try:
        return workshop.register.clear(recording_id, *STAGE_PURPOSES[Stage.INDEX], place=PART)
    except ConsentDenied:
        return None


def _identity(workshop: Workshop, entries: list[Entry]) -> str:
    """The model of the generation: the one loaded in this run, else that of the current one, else the commonest.

    Loading the model only to learn its name would cost seconds in a run that has nothing to embed.
    """
    if workshop.embedder_loaded:
        return workshop.embedder.identity
    models = Counter(entry.embedding.provenance.model or "" for entry in entries)
    try:
        # Its manifest only: opening it would read and check every file.
        pointer = parse_pointer((workshop.settings.index_folder / CURRENT).read_bytes())
        current = read_manifest(workshop.settings.index_folder / pointer.name, pointer.manifest_sha256).embedder
    except (IndexUnavailable, FileNotFoundError):
        current = ""
    return current if current in models or not models else models.most_common(1)[0][0]

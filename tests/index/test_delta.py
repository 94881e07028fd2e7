"""Small steps: what changed is written, the rest is shared, and whatever is killed leaves the last good generation."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from consent.records import Purpose
from pipeline.errors import IndexMismatch, IndexUnavailable
from pipeline.index.delta import MOST_PARTS, update
from pipeline.index.embed import Embedder
from pipeline.index.entries import Entry
from pipeline.index.generation import build, prune, publish
from pipeline.index.manifest import CLIPS, VECTORS, Manifest
from pipeline.records import Choice, ClipId, FacetName, Filters, Mode
from tests.clearances import clearance_for
from tests.index.shelf import NOW, Shelf, make_entries

QUESTIONS = ("quelles études", "le salaire d'un boulanger", "vaches", "télétravail", "on risque sa vie ?", "infirmiere")


@pytest.fixture
def grown(built_shelf: Shelf, tmp_path: Path) -> Shelf:
    """A library of ten clips, the last two of which came in one small step."""
    shelf = Shelf(built_shelf.embedder, built_shelf.entries, tmp_path / "index")
    shelf.rebuild(shelf.entries[:-2])
    step(shelf, shelf.entries, changed=shelf.entries[-2:])
    return shelf


def step(shelf: Shelf, entries: Sequence[Entry], minutes: int = 1, changed: Sequence[Entry] = ()) -> Manifest:
    """From the shelf's entries to exactly ``entries``, those ``changed`` among them; published.

    A small step, or a whole build where none will do.
    """
    now = NOW + timedelta(minutes=minutes)
    manifest = small(shelf, entries, now, changed) or build(entries, shelf.embedder.identity, shelf.root, now)
    publish(shelf.root, manifest)
    return manifest


def small(shelf: Shelf, entries: Sequence[Entry], now: datetime, changed: Sequence[Entry]) -> Manifest | None:
    """The step alone, told of the recordings of what changed or went, and of no other."""
    left = {entry.clip.id for entry in entries}
    gone = [entry for entry in shelf.entries if entry.clip.id not in left]
    redone = {entry.clip.recording_id for entry in (*changed, *gone)}
    own = [entry for entry in entries if entry.clip.recording_id in redone]
    return update(own, redone, shelf.embedder.identity, shelf.root, now)


def retitled(entry: Entry, title: str) -> Entry:
    """The same clip under another title."""
    return replace(entry, clip=entry.clip.model_copy(update={"title": title}))


def answers(shelf: Shelf, mode: Mode) -> list[list[tuple[ClipId, float]]]:
    """Clips and scores of every question."""
    return [[(hit.clip.id, hit.score) for hit in shelf.find(one, mode, limit=12).hits] for one in QUESTIONS]


def beginning_with(shelf: Shelf, letters: str) -> set[ClipId]:
    """Clips whose title, occupation or tags hold a word that begins so."""
    generation = shelf.reader.current()
    return {generation.clip_id(row) for row in generation.starting_with([letters], 10)}


def test_a_small_step_shares_what_did_not_change(grown: Shelf) -> None:
    """It writes the new clips only, and names the directory that holds the others."""
    generation = grown.reader.current()
    (part,) = generation.manifest.parts
    own = grown.root / generation.name

    assert 12 == generation.size == generation.manifest.clips
    assert () == part.dropped
    assert (own / VECTORS).stat().st_size < (grown.root / part.name / VECTORS).stat().st_size / 2


@pytest.mark.parametrize("mode", [Mode.SEMANTIC, Mode.KEYWORD, Mode.HYBRID])
def test_a_small_step_finds_what_a_whole_build_finds(grown: Shelf, tmp_path: Path, mode: Mode) -> None:
    """The same clips in the same order; words are as rare as in the whole library, lengths as in their own part."""
    whole = Shelf(grown.embedder, grown.entries, tmp_path / "whole")
    whole.rebuild(whole.entries)
    by_steps, at_once = answers(grown, mode), answers(whole, mode)
    scores = zip(np.concatenate(by_steps), np.concatenate(at_once), strict=True)

    assert [[one for one, _ in page][:1] for page in at_once] == [[one for one, _ in page][:1] for page in by_steps]
    assert [{one for one, _ in page} for page in at_once] == [{one for one, _ in page} for page in by_steps]
    assert all(abs(float(first[1]) - float(second[1])) < 0.1 for first, second in scores if first[0] == second[0])


def test_facets_count_over_every_part(grown: Shelf, tmp_path: Path) -> None:
    """Counts, filters and suggestions are those of the whole library."""
    whole = Shelf(grown.embedder, grown.entries, tmp_path / "whole")
    whole.rebuild(whole.entries)
    sound = Filters(chosen=(Choice(facet=FacetName.OCCUPATION, value="ingenieur-du-son"),))

    assert whole.find("le métier", Mode.SEMANTIC).facets == grown.find("le métier", Mode.SEMANTIC).facets
    assert 2 == len(grown.find("concert famille garage", filters=sound).hits)
    assert beginning_with(whole, "ing") == beginning_with(grown, "ing")


def test_a_clip_that_changed_is_found_as_it_is_now(grown: Shelf) -> None:
    """Its former words find nothing, it comes once, and exactly one row is gone."""
    new = retitled(grown.entries[0], "Le quotidien parmi les zébrures")
    grown.entries = (new, *grown.entries[1:])
    manifest = step(grown, grown.entries, minutes=2, changed=[new])
    found = [hit.clip.id for hit in grown.find("zébrures").hits]

    assert [new.clip.id] == found
    assert 12 == manifest.clips == grown.reader.current().size
    assert 1 == sum(len(part.dropped) for part in manifest.parts)


def test_a_clip_that_is_gone_is_found_no_more(grown: Shelf) -> None:
    """Neither by words, by meaning, by its beginning nor in a count; what is left is counted."""
    gone = grown.entries[-1]
    step(grown, grown.entries[:-1], minutes=2)
    generation = grown.reader.current()

    assert 11 == generation.size == len(generation.facets.days)
    assert generation.row(gone.clip.id) is None
    assert all(gone.clip.id != one for mode in Mode for page in answers(grown, mode) for one, _ in page)
    assert 1 == len(generation.facets.rows_of("occupation=ingenieur-du-son"))
    assert 0 == len(generation.sentence_scores(gone.clip.id, grown.embedder.query("concert")))


def test_nothing_new_is_no_step(grown: Shelf) -> None:
    """The current generation is given again, whether something was done again or not."""
    current, later = grown.reader.current().manifest, NOW + timedelta(days=1)

    assert current == small(grown, grown.entries, later, grown.entries[3:5])
    assert current == small(grown, grown.entries, later, ())


def test_the_night_merges(grown: Shelf) -> None:
    """A whole build shares nothing, even of the same clips; then the former directories go."""
    manifest = grown.rebuild(grown.entries, NOW + timedelta(days=1))
    removed = prune(grown.root, keep=1)

    assert () == manifest.parts
    assert 2 == removed
    assert 12 == grown.reader.current().size


def test_pruning_keeps_what_is_shared(grown: Shelf) -> None:
    """A small step needs the directories of the generations before it."""
    assert 0 == prune(grown.root, keep=1)
    assert 12 == grown.reader.current().size


def test_many_steps_become_a_whole_build(own_shelf: Shelf) -> None:
    """Parts are searched one after the other: there are never more than a few."""
    entries, most = list(own_shelf.entries), 0
    for number in range(MOST_PARTS + 1):
        entries[0] = retitled(entries[0], f"Journée numéro {number}")
        most = max(most, len(step(own_shelf, entries, minutes=number, changed=entries[:1]).parts))

    assert MOST_PARTS - 1 == most
    assert 12 == own_shelf.reader.current().size


def test_another_model_is_no_small_step(grown: Shelf) -> None:
    """Vectors of two models never meet, so nothing can be shared."""
    with pytest.raises(IndexMismatch):
        update(grown.entries[:1], [grown.entries[0].clip.recording_id], "another model", grown.root, NOW)


def test_a_damaged_current_generation_is_built_anew(grown: Shelf) -> None:
    """What cannot be trusted is not built on."""
    (part,) = grown.reader.current().manifest.parts
    (grown.root / part.name / CLIPS).write_bytes(b"{}")
    now = NOW + timedelta(minutes=3)
    by_steps, manifest = small(grown, grown.entries, now, ()), step(grown, grown.entries, minutes=3)

    assert by_steps is None
    assert () == manifest.parts
    assert 12 == grown.reader.current().size


def test_a_flipped_byte_in_a_shared_file_is_noticed(grown: Shelf) -> None:
    """By a reader that has not read it yet, in one sentence that names it."""
    (part,) = grown.reader.current().manifest.parts
    path = grown.root / part.name / VECTORS
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)

    with pytest.raises(IndexUnavailable, match=VECTORS):
        grown.reader.current()


def test_a_reader_shares_the_parts_it_has_open(own_shelf: Shelf) -> None:
    """A small step is opened without reading the rest again, and the former generation goes on answering."""
    reader = own_shelf.reader
    former = reader.current()
    step(own_shelf, own_shelf.entries[:-1])
    generation = reader.current()

    assert 11 == generation.size
    assert 12 == former.size
    assert generation.parts[former.manifest.sha256] is former.parts[former.manifest.sha256]


def test_a_cursor_goes_on_in_its_generation(own_shelf: Shelf) -> None:
    """The second page is that of the generation that gave the first, whatever came since."""
    reader = own_shelf.reader
    former = reader.current()
    step(own_shelf, own_shelf.entries[:-1])
    reader.current()

    assert former is reader.named(former.name)


def test_clips_without_leave_to_be_published_are_not_indexed(grown: Shelf) -> None:
    """The clearance of every clip done again is asked for."""
    entry = grown.entries[0]
    recording_only = replace(entry, clearance=clearance_for(entry.clip.recording_id, Purpose.RECORD))

    with pytest.raises(PermissionError):
        small(grown, [recording_only, *grown.entries[1:]], NOW, [recording_only])


def test_what_a_recording_no_longer_has_goes_and_other_recordings_stay(grown: Shelf) -> None:
    """Nothing is told of the five others; of the one done again, one clip is left, which has not changed."""
    own = grown.entries[0].clip.recording_id
    kept, gone = (entry for entry in grown.entries if entry.clip.recording_id == own)
    manifest = update([kept], [own], grown.embedder.identity, grown.root, NOW + timedelta(minutes=2))

    assert manifest is not None
    publish(grown.root, manifest)
    generation = grown.reader.current()
    assert 11 == manifest.clips == generation.size
    assert 0 == manifest.sentences
    assert generation.row(gone.clip.id) is None
    assert all(generation.row(one.clip.id) is not None for one in grown.entries if one is not gone)


_KILLED = """
import os, signal, sys
from pathlib import Path
from pipeline.index.delta import update
from pipeline.index.entries import Entry
from pipeline.index.generation import publish
from pipeline.index.reader import IndexReader
from pipeline.records import Clip, Embedding
from tests.clearances import clearance_for
from tests.index.shelf import NOW

root, told, identity = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]

def read(line):
    clip, embedding, folder = line.split("\\t")
    clip = Clip.model_validate_json(clip)
    return Entry(clip, Embedding.model_validate_json(embedding), Path(folder), clearance_for(clip.recording_id))

entries = [read(line) for line in told.read_text("utf-8").splitlines()]

def in_child(work):
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def killed_at(last):
    calls = 0
    def counted(name):
        real = getattr(os, name)
        def call(*arguments, **options):
            nonlocal calls
            calls += 1
            if calls == last:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **options)
        return call
    for name in ("fsync", "rename", "replace", "mkdir"):
        setattr(os, name, counted(name))
    own = entries[-1].clip.recording_id
    manifest = update([one for one in entries if one.clip.recording_id == own], [own], identity, root, NOW)
    assert manifest is not None
    publish(root, manifest)

def seen():
    print(IndexReader(root).current().size, flush=True)

for last in range(1, 500):
    code = in_child(lambda: killed_at(last))
    in_child(seen)
    if code == 0:
        break
    assert code == -signal.SIGKILL
"""


def test_killed_at_any_step_the_last_good_generation_stays(embedder: Embedder, tmp_path: Path) -> None:
    """At each directory made, file synced and name given: readers find ten clips or twelve, nothing is left over."""
    shelf = Shelf(embedder, make_entries(embedder, tmp_path / "recordings"), tmp_path / "index")
    shelf.rebuild(shelf.entries[:-2])
    lines = (
        f"{one.clip.model_dump_json()}\t{one.embedding.model_dump_json()}\t{one.folder}\n" for one in shelf.entries
    )
    (tmp_path / "entries").write_text("".join(lines), "utf-8")
    command = [sys.executable, "-c", _KILLED, str(shelf.root), str(tmp_path / "entries"), embedder.identity]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    sizes = [int(size) for size in done.stdout.split()]
    generation = shelf.reader.current()

    assert len(sizes) > 10
    assert sorted(sizes) == sizes
    assert {10, 12} == set(sizes)
    assert {generation.name} | {part.name for part in generation.manifest.parts} == {
        path.name for path in shelf.root.iterdir() if path.is_dir() and not path.name.startswith(".")
    }

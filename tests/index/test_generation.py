"""Building, publishing and pruning generations."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import tantivy

from consent.records import Purpose
from pipeline.errors import IndexMismatch, IndexUnavailable
from pipeline.index.embed import Embedder
from pipeline.index.generation import build, prune, publish
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
)
from pipeline.index.question import understand
from pipeline.index.reader import IndexReader
from pipeline.records import Mode
from tests.clearances import clearance_for
from tests.index.shelf import NOW, Shelf, make_entries

LATER = NOW + timedelta(days=1)


def generations(root: Path) -> set[str]:
    return {path.name for path in root.glob("gen-*")}


def test_a_generation_says_what_it_is_made_of(shelf: Shelf) -> None:
    """Counts, model, analyser, and the sum of every file that is read."""
    manifest = shelf.reader.current().manifest

    sentences = sum(len(entry.clip.sentences) for entry in shelf.entries)
    assert (12, sentences, shelf.embedder.dimension) == (manifest.clips, manifest.sentences, manifest.dimension)
    assert shelf.embedder.identity == manifest.embedder
    names = {file.name.split("/")[0] for file in manifest.files}
    assert {VECTORS, SENTENCES, CLIPS, KEYWORDS, FACETS, LABELS, VOCABULARY} == names


def test_a_generation_holds_no_text(shelf: Shelf) -> None:
    """Ids and numbers in its JSON, and no two words of a sentence in order anywhere."""
    folder = shelf.root / shelf.reader.current().name

    clips = json.loads((folder / CLIPS).read_text())["clips"]
    assert {"clip_id", "content", "first_sentence", "sentences"} == set().union(*clips)
    index = tantivy.Index.open(str(folder / KEYWORDS))
    searcher = index.searcher()
    hits = searcher.search(tantivy.Query.all_query(), 20).hits
    assert {"row"} == set().union(*(searcher.doc(address).to_dict() for _, address in hits))
    content = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert b"deux heures du matin" not in content
    assert b"heur du matin" not in content


def test_the_same_entries_are_the_same_generation(own_shelf: Shelf) -> None:
    """Whatever their order and the day, nothing is built again."""
    before = own_shelf.reader.current().manifest
    again = build(tuple(reversed(own_shelf.entries)), own_shelf.embedder.identity, own_shelf.root, LATER)

    assert before == again
    assert {before.name} == generations(own_shelf.root)


def test_the_same_input_elsewhere_has_the_same_content_hash(embedder: Embedder, shelf: Shelf, tmp_path: Path) -> None:
    """The hash speaks of content, not of folders, days or segment names."""
    known = [entry for entry in shelf.entries if entry.clip.occupation == "boulanger"]
    one = build(known, embedder.identity, tmp_path / "one", NOW)
    entries = make_entries(embedder, tmp_path / "recordings", ["boulanger"])
    other = build(entries, embedder.identity, tmp_path / "other", LATER)

    assert one.content == other.content
    assert one.name != other.name


def test_another_title_is_another_generation(own_shelf: Shelf) -> None:
    """Whatever a search answers from is part of the hash."""
    first, *others = own_shelf.entries
    changed = replace(first, clip=first.clip.model_copy(update={"title": "Un autre titre"}))
    manifest = own_shelf.rebuild((changed, *others), LATER)

    assert len(generations(own_shelf.root)) == 2
    assert manifest.name == own_shelf.reader.current().name


@pytest.mark.usefixtures("without_floor")
def test_a_damaged_generation_is_built_again(own_shelf: Shelf) -> None:
    """The same content, but a file that is no longer what it was."""
    before = own_shelf.reader.current().manifest
    (own_shelf.root / before.name / VECTORS).write_bytes(b"")
    again = own_shelf.rebuild(own_shelf.entries, NOW)

    assert before.content == again.content
    assert len(own_shelf.find("heures", Mode.SEMANTIC, limit=12).hits) == 12


def test_clips_without_leave_to_be_published_are_not_indexed(own_shelf: Shelf, tmp_path: Path) -> None:
    """A clearance for the cut alone, or for another recording, stops the build."""
    first, *others = own_shelf.entries
    cut_only = clearance_for(first.clip.recording_id, Purpose.CUT_AND_INDEX)

    for clearance in (cut_only, others[-1].clearance):
        with pytest.raises(PermissionError):
            build((replace(first, clearance=clearance), *others), own_shelf.embedder.identity, tmp_path / "x", NOW)
    assert not (tmp_path / "x").exists()


def test_vectors_of_another_model_are_refused(own_shelf: Shelf) -> None:
    """A setting changed between two nights: the meetings must be embedded again first."""
    with pytest.raises(IndexMismatch, match="VIDEOTHEQUE_EMBEDDER"):
        build(own_shelf.entries, "another model", own_shelf.root, NOW)


@pytest.mark.parametrize("damage", ["missing", "truncated", "other shape", "other type"])
def test_damaged_vectors_of_a_meeting_are_named(own_shelf: Shelf, tmp_path: Path, damage: str) -> None:
    """The sentence names the recording; nothing is left behind, and the former index still answers."""
    first, *others = own_shelf.entries
    folder = tmp_path / "damaged"
    shutil.copytree(first.folder, folder)
    path = folder / first.embedding.file
    if damage == "missing":
        path.unlink()
    elif damage == "truncated":
        path.write_bytes(path.read_bytes()[:-100])
    elif damage == "other shape":
        np.save(path, np.zeros((1, first.embedding.dimension), np.float32))
    else:
        np.save(path, np.load(path).astype(np.float64))
    changed = replace(
        first, folder=folder, clip=first.clip.model_copy(update={"title": "Pour ne pas reprendre l'ancienne"})
    )

    with pytest.raises(IndexUnavailable, match=first.clip.recording_id):
        build((changed, *others), own_shelf.embedder.identity, own_shelf.root, NOW)
    assert list(own_shelf.root.glob(".tmp-*")) == []
    assert own_shelf.reader.current().size == 12


def test_a_clip_that_its_embedding_lacks_is_named(own_shelf: Shelf) -> None:
    """A rendering and an embedding that do not belong together."""
    first, *others = own_shelf.entries
    stranger = replace(first, embedding=others[-1].embedding, folder=others[-1].folder)

    with pytest.raises(IndexUnavailable, match=first.clip.id):
        build((stranger, *others), own_shelf.embedder.identity, own_shelf.root, NOW)


def test_a_clip_given_twice_is_a_programming_error(own_shelf: Shelf) -> None:
    """It would take two places on a page."""
    with pytest.raises(ValueError, match="twice"):
        build((*own_shelf.entries, own_shelf.entries[0]), own_shelf.embedder.identity, own_shelf.root, NOW)


def test_what_an_interrupted_build_left_is_ignored_then_swept(own_shelf: Shelf) -> None:
    """Half a directory, a generation that nobody published: the reader reads neither."""
    before = own_shelf.reader.current().name
    shutil.copytree(own_shelf.root / before, own_shelf.root / ".tmp-0123")
    (own_shelf.root / ".tmp-0123" / VECTORS).unlink()
    unpublished = build(own_shelf.entries[:3], own_shelf.embedder.identity, own_shelf.root, LATER)

    assert before == own_shelf.reader.current().name
    assert {before, unpublished.name} == generations(own_shelf.root)
    assert list(own_shelf.root.glob(".tmp-*")) == []


def test_publishing_what_is_no_longer_there_is_refused(own_shelf: Shelf) -> None:
    """The pointer never names a missing or changed generation."""
    before = own_shelf.reader.current().name
    manifest = build((), own_shelf.embedder.identity, own_shelf.root, NOW)
    shutil.rmtree(own_shelf.root / manifest.name)

    with pytest.raises(IndexUnavailable, match=MANIFEST):
        publish(own_shelf.root, manifest)
    assert before == own_shelf.reader.current().name


def test_pruning_keeps_the_newest_and_the_current(own_shelf: Shelf) -> None:
    """The current one stays even where it is the oldest; the rest goes, oldest first."""
    first = own_shelf.reader.current().name
    built = [
        build(own_shelf.entries[:count], own_shelf.embedder.identity, own_shelf.root, NOW + timedelta(days=count))
        for count in (1, 2, 3)
    ]

    assert prune(own_shelf.root, keep=2) == 2
    assert {first, built[-1].name} == generations(own_shelf.root)
    publish(own_shelf.root, built[-1])
    assert prune(own_shelf.root, keep=1) == 1
    assert {built[-1].name} == generations(own_shelf.root)
    assert own_shelf.reader.current().size == 3


def test_nothing_is_pruned_without_a_sound_pointer(own_shelf: Shelf) -> None:
    """Where it is unknown which one is current, none is removed."""
    (own_shelf.root / CURRENT).write_text("???")

    assert prune(own_shelf.root, keep=1) == 0
    assert len(generations(own_shelf.root)) == 1


def test_no_clip_at_all_is_a_generation(tmp_path: Path) -> None:
    """Everything withdrawn: an index that finds nothing must take the place of the former one."""
    publish(tmp_path, build((), "model", tmp_path, NOW))
    generation = IndexReader(tmp_path).current()

    assert (
        generation.size,
        generation.keyword(understand("hôpital").words, 5),
        generation.semantic(np.ones(generation.manifest.dimension, np.float32), 5),
    ) == (0, [], [])


_FULL_DISK = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
import numpy as np
from pipeline.errors import StorageFull
from pipeline.index import keywords, vectors

resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
home = Path(sys.argv[1])
rows = np.eye(64, dtype=np.float32)
documents = [keywords.KeywordDocument(n, f"clip-{n}", "titre", "", "", f"mot{n} " * 50) for n in range(2000)]
(home / "k").mkdir()
for write in (lambda: vectors.write_vectors(rows, home / "v"), lambda: keywords.write_keywords(documents, home / "k")):
    try:
        write()
    except StorageFull:
        print("full")
"""


def test_a_full_disk_is_said_in_so_many_words(tmp_path: Path) -> None:
    """A real size limit of the system, on both engines: StorageFull, not the engine's own error."""
    done = subprocess.run(
        [sys.executable, "-c", _FULL_DISK, str(tmp_path)], capture_output=True, text=True, timeout=120, check=False
    )

    assert (done.stdout, done.returncode) == ("full\nfull\n", 0), done.stderr

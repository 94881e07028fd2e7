"""Reading the index while it is served, replaced, damaged."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import IndexUnavailable
from pipeline.index import manifest as manifests
from pipeline.index.generation import build, prune, publish
from pipeline.index.manifest import CURRENT, MANIFEST
from pipeline.index.question import understand
from pipeline.index.reader import IndexReader
from pipeline.records import ClipId
from tests.index.shelf import NOW, Shelf


def test_a_reader_keeps_a_generation_open(shelf: Shelf) -> None:
    """Opening costs a read of every file: once is enough."""
    reader = shelf.reader

    assert reader.current() is reader.current()


def test_without_a_pointer_the_library_is_empty(tmp_path: Path) -> None:
    """Nothing was ever published, or the folder is not there yet."""
    reader = IndexReader(tmp_path / "nowhere")

    assert reader.is_empty
    with pytest.raises(IndexUnavailable, match="Aucun index n'a encore été publié"):
        reader.current()


def test_a_new_generation_is_seen_and_the_former_stays_usable(own_shelf: Shelf) -> None:
    """Even once its files are removed, whoever holds it finishes the query."""
    reader = own_shelf.reader
    former = reader.current()
    clip = own_shelf.entries[0].clip
    vector = own_shelf.embedder.query("hôpital")
    expected = (former.keyword(understand("hôpital").words, 3), former.semantic(vector, 3))
    scores = former.sentence_scores(clip.id, vector)
    manifest = own_shelf.rebuild(own_shelf.entries[1:], NOW + timedelta(days=1))
    prune(own_shelf.root, keep=1)

    assert (manifest.name, 11) == (reader.current().name, reader.current().size)
    assert not (own_shelf.root / former.name).exists()
    assert expected == (former.keyword(understand("hôpital").words, 3), former.semantic(vector, 3))
    assert np.array_equal(scores, former.sentence_scores(clip.id, vector))


def test_threads_search_while_the_index_is_replaced_and_pruned(own_shelf: Shelf) -> None:
    """Each query is answered by one whole generation, and every thread ends on the last one."""
    reader = own_shelf.reader
    reader.current()
    vector = own_shelf.embedder.query("heures de nuit")
    stop = threading.Event()
    failures: list[BaseException] = []
    seen: list[set[str]] = [set() for _ in range(4)]

    def serve(names: set[str]) -> None:
        try:
            while not stop.is_set():
                generation = reader.current()
                names.add(generation.name)
                assert generation.size == len(generation.semantic(vector, 12))
                assert generation.keyword(understand("métier heures nuit").words, 12)
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=serve, args=(names,)) for names in seen]
    for thread in threads:
        thread.start()
    for count in (3, 5, 7, 9, 11):
        last = own_shelf.rebuild(own_shelf.entries[:count], NOW + timedelta(days=count))
        prune(own_shelf.root, keep=1)
        assert last.name == own_shelf.reader.current().name
    stop.set()
    for thread in threads:
        thread.join(60)

    assert failures == []
    assert last.name == reader.current().name
    assert len(set().union(*seen)) > 1


def test_a_flipped_byte_in_any_file_is_noticed_and_the_file_named(own_shelf: Shelf) -> None:
    """Vectors, sentences, clips, every tantivy file, the manifest: one French sentence with its name."""
    folder = own_shelf.root / own_shelf.reader.current().name
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".lock"]

    assert len(paths) > 8
    for path in paths:
        content = path.read_bytes()
        middle = len(content) // 2
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
        with pytest.raises(IndexUnavailable, match=f"« {path.relative_to(folder)} »"):
            own_shelf.reader.current()
        path.write_bytes(content)
    assert own_shelf.reader.current().size == 12


def test_a_missing_file_is_noticed_and_named(own_shelf: Shelf) -> None:
    """Each in turn, and the whole directory."""
    folder = own_shelf.root / own_shelf.reader.current().name
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".lock"]

    for path in paths:
        content = path.read_bytes()
        path.unlink()
        with pytest.raises(IndexUnavailable, match=f"« {path.relative_to(folder)} »"):
            own_shelf.reader.current()
        path.write_bytes(content)
    folder.rename(own_shelf.root / "elsewhere")
    with pytest.raises(IndexUnavailable, match=MANIFEST):
        own_shelf.reader.current()


@pytest.mark.parametrize(
    "content", [b"", b"gen-1-a", b"../../etc abc", b"\xff\xfe\x00", b"gen-20260320T030000000000Z-abc /x y"]
)
def test_a_damaged_pointer_is_named(own_shelf: Shelf, content: bytes) -> None:
    """It may hold a generation's name and a checksum, and nothing else: never a path."""
    (own_shelf.root / CURRENT).write_bytes(content)

    with pytest.raises(IndexUnavailable, match=CURRENT):
        own_shelf.reader.current()


def test_a_reader_recovers_when_the_damage_is_repaired(own_shelf: Shelf) -> None:
    """No restart: the next query sees the generation that the night published."""
    reader = own_shelf.reader
    pointer = (own_shelf.root / CURRENT).read_bytes()
    (own_shelf.root / CURRENT).write_bytes(b"")
    with pytest.raises(IndexUnavailable):
        reader.current()
    (own_shelf.root / CURRENT).write_bytes(pointer)

    assert reader.current().size == 12


def test_an_index_of_another_version_asks_to_be_rebuilt(own_shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other terms for the same words would silently find nothing."""
    monkeypatch.setattr(manifests, "ANALYSER_VERSION", "another")

    with pytest.raises(IndexUnavailable, match="autre version du programme"):
        own_shelf.reader.current()


def test_publishing_goes_back_to_a_former_generation(own_shelf: Shelf) -> None:
    """The pointer is all there is to a return."""
    reader = own_shelf.reader
    former = reader.current().manifest
    publish(own_shelf.root, build((), own_shelf.embedder.identity, own_shelf.root, NOW))
    assert reader.current().size == 0
    publish(own_shelf.root, former)

    assert reader.current().size == 12


def test_sentences_of_an_unknown_clip_have_no_score(shelf: Shelf) -> None:
    """A clip that this generation does not hold."""
    scores = shelf.reader.current().sentence_scores(ClipId("clip-unknown"), shelf.embedder.query("x"))

    assert scores.shape == (0,)


def test_sentence_scores_are_cosines(shelf: Shelf) -> None:
    """In the order of the sentences, to the precision of one byte a number."""
    vector = shelf.embedder.query("les heures de nuit")
    for entry in shelf.entries[::5]:
        scores = shelf.reader.current().sentence_scores(entry.clip.id, vector)

        expected = shelf.embedder.passages([sentence.text for sentence in entry.clip.sentences]) @ vector
        assert np.allclose(expected, scores, atol=6e-3)

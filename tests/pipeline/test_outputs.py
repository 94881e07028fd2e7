"""Stage outputs: there or not there, never half there."""

import os
import resource
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from consent.records import RecordingId
from pipeline.errors import StorageFull
from pipeline.outputs import OutputStore, provenance, replace_synced, write_synced
from pipeline.records import Segmentation, Stage

RECORDING = RecordingId("rec-0123456789abcdef")
NOW = datetime(2026, 2, 1, tzinfo=UTC)
MADE = provenance(Stage.SEGMENT, "1", ("input",), {"a": 1}, NOW)
OUTPUT = Segmentation(recording_id=RECORDING, segments=(), omissions=(), provenance=MADE)


@pytest.fixture
def store(tmp_path: Path) -> OutputStore:
    return OutputStore(tmp_path / "recordings")


@contextmanager
def disk_of(size_bytes: int) -> Iterator[None]:
    """As on a full disk: no file may grow beyond ``size_bytes``."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_the_key_is_made_of_all_that_counts_and_not_of_the_hour() -> None:
    """Same inputs, parameters, model and code: same key; any other: another; the time changes nothing."""
    later = provenance(Stage.SEGMENT, "1", ("input",), {"a": 1}, datetime(2027, 1, 1, tzinfo=UTC))
    others = [
        provenance(Stage.RENDER, "1", ("input",), {"a": 1}, NOW),
        provenance(Stage.SEGMENT, "2", ("input",), {"a": 1}, NOW),
        provenance(Stage.SEGMENT, "1", ("other",), {"a": 1}, NOW),
        provenance(Stage.SEGMENT, "1", ("input",), {"a": 2}, NOW),
        provenance(Stage.SEGMENT, "1", ("input",), {"a": 1}, NOW, model="m"),
    ]

    assert later.key == MADE.key
    assert len({MADE.key, *(other.key for other in others)}) == 6


def test_an_output_is_found_again(store: OutputStore) -> None:
    """What was produced is loaded as it was."""
    assert store.load(RECORDING, Stage.SEGMENT, MADE.key, Segmentation) is None

    store.produce(RECORDING, Stage.SEGMENT, MADE.key, lambda _into: OUTPUT)

    assert store.load(RECORDING, Stage.SEGMENT, MADE.key, Segmentation) == OUTPUT


def test_a_stage_that_fails_leaves_nothing(store: OutputStore) -> None:
    """An error in the middle leaves neither an output nor its pieces."""

    def make(into: Path) -> Segmentation:
        (into / "half").write_text("x")
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        store.produce(RECORDING, Stage.SEGMENT, MADE.key, make)

    assert store.load(RECORDING, Stage.SEGMENT, MADE.key, Segmentation) is None
    assert list((store.root / RECORDING / "segment").iterdir()) == []


def test_a_failed_redo_keeps_the_former_output(store: OutputStore) -> None:
    """Doing it again loses nothing as long as the new output is not whole."""
    store.produce(RECORDING, Stage.SEGMENT, MADE.key, lambda _into: OUTPUT)

    def make(_into: Path) -> Segmentation:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        store.produce(RECORDING, Stage.SEGMENT, MADE.key, make)

    assert store.load(RECORDING, Stage.SEGMENT, MADE.key, Segmentation) == OUTPUT


def test_a_full_disk_is_said_in_french_and_leaves_nothing(store: OutputStore) -> None:
    """No room left in the middle of a stage: one French sentence, no half output, and the next run succeeds."""

    def make(into: Path) -> Segmentation:
        (into / "big").write_bytes(b"0" * 100_000)
        return OUTPUT

    with disk_of(10_000), pytest.raises(StorageFull, match="disque est plein"):
        store.produce(RECORDING, Stage.SEGMENT, MADE.key, make)
    assert list((store.root / RECORDING / "segment").iterdir()) == []

    assert store.produce(RECORDING, Stage.SEGMENT, MADE.key, make) == OUTPUT


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    """A full disk while replacing leaves the former file as it was, and no leftovers."""
    path = tmp_path / "CURRENT"
    replace_synced(path, b"one")

    with disk_of(2), pytest.raises(StorageFull):
        replace_synced(path, b"another")

    assert path.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [path]


def test_a_replacement_is_on_the_disk_before_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The content is synced, then renamed, then the folder is synced: a power cut never leaves an empty file."""
    done: list[str] = []
    sync_file, replace = os.fsync, Path.replace

    def syncing(descriptor: int) -> None:
        done.append("folder synced" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file synced")
        sync_file(descriptor)

    def replacing(self: Path, target: Path) -> Path:
        done.append("renamed")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", syncing)
    monkeypatch.setattr(Path, "replace", replacing)
    replace_synced(tmp_path / "CURRENT", b"one")

    assert done == ["file synced", "renamed", "folder synced"]


def test_an_unreadable_output_is_made_again(store: OutputStore) -> None:
    """A damaged record is no output."""
    store.produce(RECORDING, Stage.SEGMENT, MADE.key, lambda _into: OUTPUT)
    write_synced(store.folder(RECORDING, Stage.SEGMENT, MADE.key) / "output.json", b"\xff{")

    assert store.load(RECORDING, Stage.SEGMENT, MADE.key, Segmentation) is None
    store.produce(RECORDING, Stage.SEGMENT, MADE.key, lambda _into: OUTPUT)
    assert store.load(RECORDING, Stage.SEGMENT, MADE.key, Segmentation) == OUTPUT


def test_what_a_killed_run_left_is_swept(store: OutputStore) -> None:
    """Half-written folders go at the next start; what a stage can resume from stays until its output exists."""
    partial = store.partial(RECORDING, Stage.SEGMENT, MADE.key)
    (partial / "block").touch()
    left = store.root / RECORDING / "segment" / ".tmp-dead"
    left.mkdir()

    assert store.sweep() == 1

    assert partial.exists()
    assert not left.exists()
    store.produce(RECORDING, Stage.SEGMENT, MADE.key, lambda _into: OUTPUT)
    assert not partial.exists()


def test_replaced_outputs_are_removed(store: OutputStore) -> None:
    """Only the output in use is kept."""
    for key in ("old", MADE.key):
        store.produce(RECORDING, Stage.SEGMENT, key, lambda _into: OUTPUT)

    store.keep_only(RECORDING, Stage.SEGMENT, MADE.key)

    assert [path.name for path in (store.root / RECORDING / "segment").iterdir()] == [MADE.key]

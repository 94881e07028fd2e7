"""Stage outputs: content-addressed folders, written aside, synced, renamed.

``recordings/<recording>/<stage>/<key>/`` holds ``output.json`` (the stage's record) and the files it names.
The key is a hash of everything that determines the output, so an output that exists is the output: a run
killed anywhere leaves at most a ``.tmp-…`` folder, swept at the next start, or a ``.partial-<key>`` folder,
in which a long stage keeps what it can resume from.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from pydantic import BaseModel, ValidationError

from consent.records import RecordingId
from pipeline.errors import StorageFull
from pipeline.records import Provenance, Stage

OUTPUT_FILE = "output.json"
_KEY_DIGITS = 32


Output = TypeVar("Output", bound=BaseModel)


def provenance(
    stage: Stage,
    code_version: str,
    inputs: tuple[str, ...],
    parameters: dict[str, object],
    made_at: datetime,
    model: str | None = None,
) -> Provenance:
    """Make a provenance; its key is the SHA-256 of all but ``made_at``, in canonical JSON."""
    canonical = json.dumps(parameters, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    identity = json.dumps([stage, code_version, list(inputs), canonical, model], ensure_ascii=False)
    return Provenance(
        stage=stage,
        key=hashlib.sha256(identity.encode()).hexdigest()[:_KEY_DIGITS],
        code_version=code_version,
        inputs=inputs,
        parameters=canonical,
        model=model,
        made_at=made_at,
    )


class OutputStore:
    """The stage outputs of every recording, under one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, recording_id: RecordingId, stage: Stage, key: str) -> Path:
        """Where an output is, or will be."""
        return self.root / recording_id / stage.value / key

    def partial(self, recording_id: RecordingId, stage: Stage, key: str) -> Path:
        """A folder in which a stage keeps what it can resume from; removed once the output exists."""
        folder = self.root / recording_id / stage.value / f".partial-{key}"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def load(self, recording_id: RecordingId, stage: Stage, key: str, kind: type[Output]) -> Output | None:
        """The output at that key, or None where there is none (or it cannot be read: it is made again)."""
        try:
            return kind.model_validate_json((self.folder(recording_id, stage, key) / OUTPUT_FILE).read_bytes())
        except (FileNotFoundError, ValidationError):
            return None

    def produce(
        self,
        recording_id: RecordingId,
        stage: Stage,
        key: str,
        make: Callable[[Path], Output],
    ) -> Output:
        """Run ``make`` in a fresh folder and move that to its address once everything is on the disk.

        Raises:
            StorageFull: no room left; what ``make`` had written is removed.
        """
        final = self.folder(recording_id, stage, key)
        aside, former = (final.parent / f".tmp-{uuid4().hex}" for _ in range(2))
        try:
            aside.mkdir(parents=True)
            output = make(aside)
            write_synced(aside / OUTPUT_FILE, output.model_dump_json(indent=1).encode())
            for path in aside.rglob("*"):
                sync(path)
            sync(aside)
            if final.exists():  # unreadable, or a forced redo: visitors may be watching what it holds
                final.rename(former)
            aside.rename(final)
            sync(final.parent)
        except OSError as error:
            raise_if_full(error)
            raise
        finally:
            for left in (aside, former):
                shutil.rmtree(left, ignore_errors=True)
        shutil.rmtree(final.parent / f".partial-{key}", ignore_errors=True)
        return output

    def finished(self, recording_id: RecordingId, stage: Stage) -> tuple[Path, ...]:
        """The folders of a stage's finished outputs."""
        return tuple(
            path.parent
            for path in sorted((self.root / recording_id / stage.value).glob(f"*/{OUTPUT_FILE}"))
            if not path.parent.name.startswith(".")
        )

    def loaded(self, recording_id: RecordingId, stage: Stage, kind: type[Output]) -> tuple[Output, ...]:
        """A stage's finished outputs, those that can be read, in the order of their keys."""
        read = (self.load(recording_id, stage, folder.name, kind) for folder in self.finished(recording_id, stage))
        return tuple(one for one in read if one is not None)

    def files(self, recording_id: RecordingId, stage: Stage | None = None) -> tuple[Path, ...]:
        """Every file that is kept of a recording, or of one stage of it; finished or not."""
        root = self.root / recording_id
        return tuple(path for path in sorted((root / stage.value if stage else root).rglob("*")) if path.is_file())

    def erase(self, recording_id: RecordingId, stage: Stage | None = None) -> int:
        """Remove every output of a recording, or of one stage of it; how many files there were.

        Raises:
            OSError: one cannot be removed.
        """
        count = len(self.files(recording_id, stage))
        root = self.root / recording_id
        folder = root / stage.value if stage else root
        if folder.exists():
            shutil.rmtree(folder)
        return count

    def has(self, recording_id: RecordingId, stage: Stage) -> bool:
        """Whether anything of a stage is kept, finished or not."""
        return (self.root / recording_id / stage.value).exists()

    def discard(self, recording_id: RecordingId, stage: Stage) -> None:
        """Remove every output of one stage of a recording."""
        shutil.rmtree(self.root / recording_id / stage.value, ignore_errors=True)

    def discard_all(self, recording_id: RecordingId) -> None:
        """Remove every output of a recording."""
        shutil.rmtree(self.root / recording_id, ignore_errors=True)

    def keep_only(self, recording_id: RecordingId, stage: Stage, key: str) -> None:
        """Remove the outputs of a stage that a newer one replaced."""
        folder = self.root / recording_id / stage.value
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.name not in (key, f".partial-{key}"):
                shutil.rmtree(path, ignore_errors=True)

    def recordings(self) -> tuple[RecordingId, ...]:
        """Recordings of which anything is kept."""
        return tuple(RecordingId(path.name) for path in sorted(self.root.glob("rec-*")))

    def sweep(self) -> int:
        """Remove what an interrupted run left half-written. Call it only while holding the library's lock."""
        left = [*self.root.glob("*/*/.tmp-*"), *self.root.glob(".tmp-*")]
        for path in left:
            shutil.rmtree(path, ignore_errors=True)
        return len(left)


def write_synced(path: Path, content: bytes) -> None:
    """Write a file and wait until it is on the disk.

    Raises:
        StorageFull: no room left.
    """
    try:
        with path.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise_if_full(error)
        raise


def replace_synced(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path`` so that a reader, or a crash, sees the old file or the new one, whole."""
    aside = path.with_name(f".{path.name}.tmp-{uuid4().hex}")
    try:
        write_synced(aside, content)
        aside.replace(path)
        sync(path.parent)
    finally:
        aside.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Wait until a file, or a folder's list of entries, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def raise_if_full(error: OSError) -> None:
    """Turn the system's "no room" errors into :class:`StorageFull`; return for any other."""
    if error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT):
        raise StorageFull(
            "Le disque est plein (ou le quota atteint) ; libérez de la place dans le dossier VIDEOTHEQUE_HOME puis "
            "relancez : rien de ce qui était produit n'est perdu."
        ) from error


def sentence_of(error: Exception) -> str:
    """One of our errors, or one of the system, as one French sentence."""
    return system_sentence(error) if isinstance(error, OSError) else str(error)


def system_sentence(error: OSError) -> str:
    """An error of the system as one French sentence, without the path (operators name folders after people)."""
    try:
        raise_if_full(error)
    except StorageFull as full:
        return str(full)
    what = error.strerror or type(error).__name__
    return (
        f"Le système a refusé une lecture ou une écriture ({what}) ; vérifiez les droits et le disque, puis relancez."
    )

"""One recording in a backup: its finished outputs and its rows, in a tar file sealed under the recording's key.

Takes what is on the disk while a run may be at work: an output replaced meanwhile makes the writing fail, and the
caller begins again. What is read back is written aside: nothing is in place before all of it was read and checked.
"""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Sequence
from pathlib import Path

from consent.clearance import Clearance
from consent.records import Purpose, RecordingId
from pipeline.outputs import OutputStore, sync
from pipeline.records import Stage
from pipeline.sealed import SealBroken, SealedReader, SealedWriter
from pipeline.tables import lines_of

_ROWS = "rows.jsonl"


def write_archive(
    recording_id: RecordingId,
    clearance: Clearance,
    outputs: OutputStore,
    rows: Sequence[str],
    key: bytes,
    path: Path,
) -> None:
    """Write a recording's archive.

    Raises:
        PermissionError: the clearance is not for this recording.
        FileNotFoundError: an output was replaced meanwhile; begin again with fresh rows.
    """
    clearance.require(recording_id, Purpose.TRANSCRIBE)
    with path.open("wb") as file:
        sealed = SealedWriter(file, key, recording_id)
        with tarfile.open(fileobj=sealed, mode="w|") as archive:
            content = "\n".join(rows).encode()
            described = tarfile.TarInfo(_ROWS)
            described.size = len(content)
            archive.addfile(described, io.BytesIO(content))
            for stage in Stage:
                for folder in outputs.finished(recording_id, stage):
                    for one in sorted(path for path in folder.rglob("*") if path.is_file()):
                        archive.add(one, str(one.relative_to(outputs.root / recording_id)), recursive=False)
        sealed.finish()
        file.flush()
        os.fsync(file.fileno())


def read_archive(recording_id: RecordingId, key: bytes, path: Path, into: Path) -> list[str]:
    """Read a recording's archive: its outputs into the folder ``into``, its rows as the answer.

    Raises:
        SealBroken: the key is another, or the archive was changed or cut.
    """
    rows: list[str] | None = None
    with path.open("rb") as file:
        sealed = SealedReader(file, key, recording_id)
        try:
            with tarfile.open(fileobj=sealed, mode="r|") as archive:
                for member in archive:
                    if member.name == _ROWS:
                        content = archive.extractfile(member)
                        rows = lines_of(content.read().decode()) if content is not None else []
                    else:
                        archive.extract(member, into, filter="data")
            while sealed.read(1024 * 1024):
                pass  # to the last chunk, which says that nothing was cut off
        except tarfile.TarError as error:
            raise SealBroken("Une copie de la sauvegarde ne se relit pas ; essayez-en une autre.") from error
    if rows is None:
        raise SealBroken("Une copie de la sauvegarde est incomplète ; essayez-en une autre.")
    for one in into.rglob("*"):
        sync(one)
    return rows

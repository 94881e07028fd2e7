"""Manifests of backups: which files a backup has, their hashes and the register's head, signed by the library.

A restoration reads no file that the manifest does not name, under no other name than those a backup gives, and only
what is still as it was signed.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import AwareDatetime, Field, ValidationError

from consent.heads import Head, canonical
from consent.keys import verifies
from consent.records import Frozen, RecordingId
from pipeline.errors import PipelineError

MANIFEST, REGISTER = "backup.json", "register.jsonl"
RECORDINGS, REFERENTIALS, CERTIFICATES = "recordings", "referentials", "certificates"

_NAME = (
    r"^(register\.jsonl|recordings/rec-[0-9a-f]{16}\.sealed|certificates/eff-[0-9a-f]{16}\.json"
    r"|referentials/[A-Za-z0-9_][A-Za-z0-9_.-]*)$"
)
"""The names that a backup gives; no other is a file of one, least of all one that leads out of its folder."""


class BackupRefused(PipelineError):
    """A backup cannot be written or read there, or was changed: the sentence says what to do."""


class CopiedFile(Frozen):
    """A file of a backup."""

    name: Annotated[str, Field(pattern=_NAME, max_length=200)]
    sha256: str


class Manifest(Frozen):
    """What a backup holds. ``head`` is the register's at that instant; ``signature``, on all the rest, is base64."""

    version: Literal[2] = 2
    made_at: AwareDatetime
    register_file: CopiedFile
    recordings: dict[Annotated[RecordingId, Field(pattern=r"^rec-[0-9a-f]{16}$")], CopiedFile]
    others: tuple[CopiedFile, ...] = ()
    head: Head | None
    signature: str = ""

    @property
    def files(self) -> Iterator[CopiedFile]:
        """Every file."""
        yield self.register_file
        yield from self.recordings.values()
        yield from self.others

    @property
    def message(self) -> bytes:
        """What is signed."""
        return canonical(["videotheque-backup-2", self.model_dump(mode="json", exclude={"signature"})]).encode()

    def signed(self, key: Ed25519PrivateKey) -> Manifest:
        """The same, signed."""
        return self.model_copy(update={"signature": base64.b64encode(key.sign(self.message)).decode()})


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a backup; nothing of it is believed before :func:`check_backup`.

    Raises:
        BackupRefused: the folder is no backup.
    """
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (OSError, ValidationError) as error:
        raise BackupRefused(
            f"« {folder} » n'est pas une sauvegarde que cette version sache lire ; donnez le dossier que « videotheque "
            "backup » a écrit."
        ) from error


def check_backup(folder: Path, manifest: Manifest, public_key: str) -> None:
    """Check that the library signed the manifest, and that every file is the one that it names.

    Raises:
        BackupRefused: one is not.
    """
    if not verifies(public_key, manifest.message, manifest.signature):
        raise BackupRefused(
            "La sauvegarde n'est pas signée par cette vidéothèque, ou a été modifiée ; rien n'est rétabli : prenez-en "
            "une autre, ou remettez d'abord le dossier des clés qui l'a faite."
        )
    for file in manifest.files:
        path = folder / file.name
        if not path.is_file():
            raise BackupRefused(f"Le fichier « {file.name} » de la sauvegarde manque ; prenez-en une autre.")
        if sha256_of(path) != file.sha256:
            raise BackupRefused(
                "Un fichier de la sauvegarde a changé depuis qu'elle a été faite ; prenez-en une autre."
            )


def is_named(name: str) -> bool:
    """Whether that is a name which a backup gives: what the operator put beside our files is not ours to copy."""
    return re.match(_NAME, name) is not None


def copied(folder: Path, name: str) -> CopiedFile:
    """A file that was just written into a backup's folder."""
    return CopiedFile(name=name, sha256=sha256_of(folder / name))


def sha256_of(path: Path) -> str:
    """The hash of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

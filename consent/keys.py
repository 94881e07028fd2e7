"""Keys, each in a file of its own outside the database: one that signs, and one per person that can be destroyed.

Takes a folder; gives Ed25519 signatures and 256-bit AES keys. Destroying a person's key is what erases everything
that was sealed with it, wherever copies of the sealed bytes are: so these files must not be in backups.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from uuid import uuid4

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from consent.errors import KeysUnusable

KEY_BYTES = 32
"""Of AES-256, of HMAC-SHA256 and of Ed25519 alike."""

_NAME = re.compile(r"^[a-z0-9-]{1,64}$")


class Signer:
    """The library's Ed25519 key, made at its first use; the public half lies beside it as ``.pub``."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "signature.key"

    @cached_property
    def _private(self) -> Ed25519PrivateKey:
        content = _kept(self._path)
        key = Ed25519PrivateKey.from_private_bytes(content)
        public = self._path.with_suffix(".pub")
        if not public.exists():
            write_private(public, base64.b64encode(key.public_key().public_bytes_raw()) + b"\n")
        return key

    @property
    def public_key(self) -> str:
        """The public key, 32 bytes in base 64."""
        return base64.b64encode(self._private.public_key().public_bytes_raw()).decode()

    def sign(self, message: bytes) -> str:
        """An Ed25519 signature, 64 bytes in base 64."""
        return base64.b64encode(self._private.sign(message)).decode()


def verifies(public_key: str, message: bytes, signature: str) -> bool:
    """Whether ``signature`` is that key's on ``message``; anything malformed is not."""
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))
        key.verify(base64.b64decode(signature, validate=True), message)
    except (ValueError, InvalidSignature):
        return False
    return True


class KeyRing:
    """One 256-bit key per name, each in a file that can be destroyed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make(self, name: str) -> bytes:
        """The key of that name, made where there is none.

        Raises:
            KeysUnusable: it cannot be written or read.
        """
        return _kept(self._path(name))

    def get(self, name: str) -> bytes | None:
        """The key of that name, or None where it was destroyed (or never made)."""
        try:
            content = self._path(name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unreadable(error) from error
        return content if len(content) == KEY_BYTES else None

    def has(self, name: str) -> bool:
        """Whether there is a key of that name."""
        return self._path(name).exists()

    def destroy(self, name: str) -> bool:
        """Overwrite a key with zeros, then remove its file; False where there was none."""
        try:
            return destroy_key(self._path(name))
        except OSError as error:
            raise _unreadable(error) from error

    def _path(self, name: str) -> Path:
        if not _NAME.match(name):
            raise ValueError(f"not a key's name: {name!r}")
        return self.folder / f"{name}.key"


def draw_key(path: Path) -> None:
    """Draw a 256-bit key into a file where there is none; of two that race, one wins for both.

    Raises:
        OSError: the folder cannot be made or written; nothing is left behind.
    """
    if path.exists():
        return
    missing = [folder for folder in path.parents if not folder.exists()]
    for folder in reversed(missing):  # each closed to others: ``parents=True`` would leave those around it open
        folder.mkdir(mode=0o700, exist_ok=True)
    aside = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        write_private(aside, secrets.token_bytes(KEY_BYTES))
        with suppress(FileExistsError):
            os.link(aside, path)
    finally:
        aside.unlink(missing_ok=True)
    _sync_folder(path.parent)


def destroy_key(path: Path) -> bool:
    """Overwrite a key's file with zeros, then remove it; False where there was none.

    Raises:
        OSError: it cannot be written or removed.
    """
    try:
        with path.open("r+b") as file:
            file.write(bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
    except FileNotFoundError:
        return False
    _sync_folder(path.parent)
    return True


def _kept(path: Path) -> bytes:
    """The 32 bytes of a key file, drawn and written where there is none."""
    try:
        draw_key(path)
        content = path.read_bytes()
    except OSError as error:
        raise _unreadable(error) from error
    if len(content) != KEY_BYTES:
        raise KeysUnusable(
            f"Le fichier de clé {path.name} est abîmé ; remettez-le depuis l'endroit sûr où vous en gardez une copie."
        )
    return content


def write_private(path: Path, content: bytes) -> None:
    """Write a file that its owner alone can read, and wait until it is on the disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unreadable(error: OSError) -> KeysUnusable:
    return KeysUnusable(
        f"Une clé ne peut pas être lue ou écrite ({error.strerror}) ; vérifiez le dossier des clés (VIDEOTHEQUE_KEYS, "
        "ou keys dans VIDEOTHEQUE_HOME), ses droits et la place sur le disque."
    )

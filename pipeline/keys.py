"""The keys of one library: what must be secret, and what no backup may hold.

Names the keys that :class:`consent.keys.KeyRing` keeps: one for personal links, the ledger's to sign certificates of
erasure, one per recording for backups; and keeps the list of what was withdrawn beside them. Destroying a recording's
key makes its copies in every backup unreadable (crypto-shredding).
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consent.errors import KeysUnusable
from consent.keys import KeyRing
from consent.ledger import HEAD_FILE
from consent.records import RecordingId
from pipeline.outputs import raise_if_full

_LINKS, _STOPS, _STOPS_LOCK = "links", "withdrawals.jsonl", "withdrawals.lock"
_FORMER_STOPS = "withdrawals.json"
"""The list of a version before, which was written anew each time."""

_SIGNATURE = "signature"
"""The key of :class:`consent.keys.Signer`: the ledger's, whose public half the operator publishes."""


class LibraryKeys:
    """The keys of one library, in its keys' folder.

    Raises (every method):
        KeysUnusable: the folder cannot be read or written, or a key in it is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._own, self._recordings = KeyRing(folder), KeyRing(folder / "recordings")

    def for_links(self) -> bytes:
        """The key of personal links."""
        return self._own.make(_LINKS)

    def for_certificates(self) -> Ed25519PrivateKey:
        """The key that signs certificates of erasure: the ledger's, so that one public key checks all that we sign."""
        return Ed25519PrivateKey.from_private_bytes(self._own.make(_SIGNATURE))

    def for_recording(self, recording_id: RecordingId) -> bytes:
        """The key of a recording's copies in backups; made at the first call."""
        return self._recordings.make(recording_id)

    def known(self, recording_id: RecordingId) -> bytes | None:
        """The key of a recording's copies, where there is one."""
        return self._recordings.make(recording_id) if self._recordings.has(recording_id) else None

    def destroy(self, recording_id: RecordingId) -> bool:
        """Destroy a recording's key; whether there was one."""
        return self._recordings.destroy(recording_id)

    @contextmanager
    def holding_stops(self) -> Iterator[None]:
        """Hold the list of what was withdrawn: of two who gather it, the second begins once the first has written."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self.folder / _STOPS_LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise unusable_list(error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def ever_signed(self) -> bool:
        """Whether the head of a register was ever signed and kept here."""
        return (self.folder / HEAD_FILE).exists()

    @property
    def stops_path(self) -> Path:
        """Where the list of what was withdrawn is."""
        return self.folder / _STOPS

    @property
    def former_stops_path(self) -> Path:
        """Where a version before kept it."""
        return self.folder / _FORMER_STOPS

    def stops_stamp(self) -> object:
        """Which list is there: another after each change. None where there is none."""
        try:
            held = self.stops_path.stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise unusable_list(error) from error
        return held.st_ino, held.st_size, held.st_mtime_ns, held.st_ctime_ns


def unusable_list(error: OSError) -> KeysUnusable:
    """Why the list of what was withdrawn cannot be used, as an error to raise.

    Raises:
        StorageFull: the disk is full.
    """
    raise_if_full(error)
    return KeysUnusable(
        f"La liste des retraits ne peut pas être lue ou écrite ({error.strerror}) ; vérifiez le dossier des clés "
        "(VIDEOTHEQUE_KEYS, ou keys dans VIDEOTHEQUE_HOME) et ses droits."
    )

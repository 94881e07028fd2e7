"""The keys' folder: what must be secret, and what no backup may hold.

Owns one key for personal links, one to sign certificates of erasure, one per recording for backups, and the list of
what was withdrawn. Destroying a recording's key makes its copies in every backup unreadable (crypto-shredding). Files
are created once, readable by the operator alone, and synced.
"""

from __future__ import annotations

import re
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consent.keys import KEY_BYTES, destroy_key, draw_key
from consent.records import RecordingId
from pipeline.errors import PipelineError
from pipeline.outputs import raise_if_full, replace_synced

_LINKS, _CERTIFICATES, _RECORDINGS, _STOPS = "links.key", "certificates.key", "recordings", "withdrawals.json"
_RECORDING_ID = re.compile(r"rec-[0-9a-f]{16}")


class KeysUnusable(PipelineError):
    """The keys' folder cannot be read or written, or a key in it is damaged: restore it from its own copy."""


class Keyring:
    """The keys of one library."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def for_links(self) -> bytes:
        """The key of personal links."""
        return self._key(self.folder / _LINKS)

    def for_certificates(self) -> Ed25519PrivateKey:
        """The key that signs certificates of erasure."""
        return Ed25519PrivateKey.from_private_bytes(self._key(self.folder / _CERTIFICATES))

    def for_recording(self, recording_id: RecordingId) -> bytes:
        """The key of a recording's copies in backups; made at the first call."""
        return self._key(self._path(recording_id))

    def known(self, recording_id: RecordingId) -> bytes | None:
        """The key of a recording's copies, where there is one."""
        path = self._path(recording_id)
        return self._key(path) if path.exists() else None

    def destroy(self, recording_id: RecordingId) -> bool:
        """Destroy a recording's key; whether there was one."""
        return destroy_key(self._path(recording_id))

    def write_stops(self, content: bytes) -> None:
        """Replace the list of what was withdrawn."""
        self._folder(self.folder)
        replace_synced(self.folder / _STOPS, content)

    def stops(self) -> bytes | None:
        """The list of what was withdrawn; None where there is none."""
        try:
            return (self.folder / _STOPS).read_bytes()
        except FileNotFoundError:
            return None

    def _path(self, recording_id: RecordingId) -> Path:
        if not _RECORDING_ID.fullmatch(recording_id):
            raise ValueError("not a recording's id")
        return self.folder / _RECORDINGS / f"{recording_id}.key"

    def _key(self, path: Path) -> bytes:
        try:
            self._folder(self.folder)  # else a folder made for a key inside would leave this one open to others
            draw_key(path)
            key = path.read_bytes()
        except OSError as error:
            raise_if_full(error)
            raise KeysUnusable(
                f"Le dossier des clés ne peut pas être lu ou écrit ({error.strerror}) ; vérifiez VIDEOTHEQUE_KEYS et "
                "ses droits."
            ) from error
        if len(key) != KEY_BYTES:
            raise KeysUnusable(
                f"La clé « {path.name} » est abîmée ; remettez le dossier des clés depuis sa propre copie."
            )
        return key

    def _folder(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

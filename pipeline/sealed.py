"""Sealed files: a stream of bytes encrypted under a recording's key, unreadable once that key is destroyed.

AES-256-GCM in chunks of a mebibyte under a key derived for each file (HKDF-SHA256, random salt), numbered and with
the last one marked (the STREAM construction): a chunk that is changed, dropped, repeated or moved is refused.
"""

from __future__ import annotations

import io
import secrets
import struct
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from pipeline.errors import PipelineError

_MAGIC = b"VSEAL1\n"
_SALT_BYTES = 16
_CHUNK_BYTES = 1024 * 1024
_LENGTH = struct.Struct(">I")
_NONCE = struct.Struct(">3xQ?")
"""Twelve bytes: the chunk's number, and whether it is the last. A key serves one file, so none comes twice."""


class SealBroken(PipelineError):
    """A sealed file was changed or cut, or is sealed with another key."""


class SealedWriter(io.RawIOBase):
    """Encrypts what is written to it; ``close`` writes the last chunk, without which the file is refused."""

    def __init__(self, file: BinaryIO, key: bytes, label: str) -> None:
        super().__init__()
        self._file, self._label, self._number = file, label.encode(), 0
        self._waiting = bytearray()
        salt = secrets.token_bytes(_SALT_BYTES)
        self._cipher = _cipher(key, salt)
        file.write(_MAGIC + salt)

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, content: object) -> int:
        """Encrypt bytes."""
        part = bytes(content)  # type: ignore[call-overload]
        self._waiting += part
        while len(self._waiting) > _CHUNK_BYTES:
            self._chunk(bytes(self._waiting[:_CHUNK_BYTES]), last=False)
            del self._waiting[:_CHUNK_BYTES]
        return len(part)

    def finish(self) -> None:
        """Write the last chunk."""
        self._chunk(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _chunk(self, content: bytes, *, last: bool) -> None:
        sealed = self._cipher.encrypt(_NONCE.pack(self._number, last), content, self._label)
        self._file.write(_LENGTH.pack(len(sealed)) + sealed)
        self._number += 1


class SealedReader(io.RawIOBase):
    """Decrypts a sealed file as it is read.

    Raises (from ``read``):
        SealBroken: the key is another, or the file was changed or cut.
    """

    def __init__(self, file: BinaryIO, key: bytes, label: str) -> None:
        super().__init__()
        head = file.read(len(_MAGIC) + _SALT_BYTES)
        if len(head) < len(_MAGIC) + _SALT_BYTES or not head.startswith(_MAGIC):
            raise _broken()
        self._file, self._label, self._number = file, label.encode(), 0
        self._cipher = _cipher(key, head[len(_MAGIC) :])
        self._ready, self._ended = b"", False

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1) -> bytes:
        """At most ``size`` bytes (all that is left, where negative)."""
        while not self._ended and (size < 0 or len(self._ready) < size):
            self._ready += self._chunk()
        end = len(self._ready) if size < 0 else size
        part, self._ready = self._ready[:end], self._ready[end:]
        return part

    def _chunk(self) -> bytes:
        length = self._file.read(_LENGTH.size)
        if len(length) < _LENGTH.size:
            raise _broken()  # the last chunk says that it is the last
        (size,) = _LENGTH.unpack(length)
        sealed = self._file.read(size) if size <= _CHUNK_BYTES + 16 else b""
        if len(sealed) != size:  # a length beyond the file's end would else be read as the end
            raise _broken()
        for last in (False, True):
            try:
                content = self._cipher.decrypt(_NONCE.pack(self._number, last), sealed, self._label)
            except InvalidTag:
                continue
            self._number += 1
            self._ended = last
            return content
        raise _broken()


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), length=32, salt=salt, info=b"videotheque backup").derive(key))


def _broken() -> SealBroken:
    return SealBroken("Une copie de la sauvegarde est abîmée, ou scellée avec une autre clé ; essayez-en une autre.")

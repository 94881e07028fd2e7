"""Sealed files: read back whole under their key, and refused otherwise."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sealed import SealBroken, SealedReader, SealedWriter

KEY = bytes(range(32))
CHUNK = 1024 * 1024


def _sealed(content: bytes, key: bytes = KEY, label: str = "rec-1") -> bytes:
    file = io.BytesIO()
    writer = SealedWriter(file, key, label)
    for start in range(0, len(content), 300_000):
        writer.write(content[start : start + 300_000])
    writer.finish()
    return file.getvalue()


def _read(sealed: bytes, key: bytes = KEY, label: str = "rec-1") -> bytes:
    return SealedReader(io.BytesIO(sealed), key, label).read()


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_what_is_sealed_is_read_back(size: int) -> None:
    """Whatever the length; and nothing of it is in the file."""
    content = bytes(range(251)) * (size // 251 + 1)

    sealed = _sealed(content[:size])

    assert content[:size] == _read(sealed)
    assert size < 100 or content[:64] not in sealed


@given(st.integers(0, 400), st.integers(1, 255))
def test_a_changed_byte_is_refused(place: int, change: int) -> None:
    """Anywhere: in the head, a length, a chunk or its mark."""
    sealed = bytearray(_sealed(b"parole " * 40))
    sealed[place % len(sealed)] ^= change

    with pytest.raises(SealBroken):
        _read(bytes(sealed))


def test_another_key_label_or_a_missing_end_is_refused() -> None:
    """Chunks cannot be moved to another recording's file, nor the last ones left out."""
    sealed = _sealed(b"x" * (2 * CHUNK + 5))
    first = 7 + 16 + 4 + CHUNK + 16

    for altered, key, label in (
        (sealed, bytes(32), "rec-1"),
        (sealed, KEY, "rec-2"),
        (sealed[:first], KEY, "rec-1"),
        (sealed[:-1], KEY, "rec-1"),
        (b"", KEY, "rec-1"),
    ):
        with pytest.raises(SealBroken):
            _read(altered, key, label)

"""Merkle trees over the entries of the register, hashed as RFC 6962 says (section 2.1).

Takes entries as bytes and hashes as 32 bytes; gives roots, audit paths and consistency proofs. A tree grows by
one leaf at a time from its *peaks*: the roots of the largest full subtrees, left to right. Entry ``n`` (counted
from 1) stores the root of the full subtree that ends with it, of as many leaves as the lowest bit of ``n``, so the
peaks of any size are a few rows away and appending costs a logarithm.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

EMPTY = hashlib.sha256(b"").digest()
"""Root of the tree without a leaf."""


def leaf_hash(entry: bytes) -> bytes:
    """Hash of a leaf."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def lowest_bit(number: int) -> int:
    """The largest power of two that divides ``number``."""
    return number & -number


def peaks_of(size: int) -> tuple[int, ...]:
    """Which entries (from 1) hold the peaks of the tree of that size, left to right."""
    found = []
    while size:
        found.append(size)
        size -= lowest_bit(size)
    return tuple(reversed(found))


def grow(peaks: Sequence[bytes], size: int, leaf: bytes) -> list[bytes]:
    """The peaks of ``size + 1`` leaves, from those of ``size``; the last one is what entry ``size + 1`` stores."""
    grown = list(peaks)
    node = leaf
    while size & 1:
        node = node_hash(grown.pop(), node)
        size >>= 1
    return [*grown, node]


def root_of(peaks: Sequence[bytes]) -> bytes:
    """The root above these peaks."""
    if not peaks:
        return EMPTY
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def root(leaves: Sequence[bytes]) -> bytes:
    """The root above these leaf hashes."""
    peaks: list[bytes] = []
    for size, leaf in enumerate(leaves):
        peaks = grow(peaks, size, leaf)
    return root_of(peaks)


def audit_path(index: int, leaves: Sequence[bytes]) -> tuple[bytes, ...]:
    """The nodes that, with leaf ``index`` (from 0), give the root (RFC 6962, 2.1.1)."""
    if len(leaves) <= 1:
        return ()
    half = _left(len(leaves))
    if index < half:
        return (*audit_path(index, leaves[:half]), root(leaves[half:]))
    return (*audit_path(index - half, leaves[half:]), root(leaves[:half]))


def root_from_path(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes | None:
    """The root that an audit path leads to; None where it has not the length that the tree's size asks for."""
    if size < 1 or not 0 <= index < size:
        return None
    node, last = leaf, size - 1
    nodes = iter(path)
    used = 0
    while last:
        if index & 1 or index < last:
            sibling = next(nodes, None)
            if sibling is None:
                return None
            used += 1
            node = node_hash(sibling, node) if index & 1 else node_hash(node, sibling)
        index, last = index >> 1, last >> 1
    return node if used == len(path) else None


def _left(size: int) -> int:
    """How many of ``size`` leaves are in the left subtree: the largest power of two below it."""
    return 1 << (size - 1).bit_length() - 1

"""Signed heads: what the whole ledger was after so many entries, in a form that can be kept anywhere.

A head is the Merkle root and the last entry's hash under an Ed25519 signature. Kept outside the database, it shows
what the database alone cannot: that entries are missing at its end, or that it is an older copy.
"""

from __future__ import annotations

import json

from pydantic import AwareDatetime, Field, ValidationError

from consent.errors import ProofInvalid
from consent.keys import verifies
from consent.records import Frozen


class Head(Frozen):
    """The tree after ``size`` entries, signed; ``leaf`` is the last entry's hash. Hashes are hexadecimal."""

    size: int = Field(ge=1)
    root: str
    leaf: str
    signed_at: AwareDatetime
    public_key: str
    signature: str

    @property
    def message(self) -> bytes:
        """What is signed."""
        return head_message(self.size, self.root, self.leaf, self.signed_at.isoformat())

    @property
    def is_genuine(self) -> bool:
        """Whether it was signed with the key that it names."""
        return verifies(self.public_key, self.message, self.signature)


class Verification(Frozen):
    """What was found: how many entries, the root above them, and the first that is not as it was written."""

    entries: int
    root: str
    first_bad: int | None = None
    problem: str = ""


def read_head(content: bytes) -> Head:
    """A head that was kept.

    Raises:
        ProofInvalid: the content is no head.
    """
    try:
        return Head.model_validate_json(content)
    except ValidationError:
        raise ProofInvalid(
            "Ce fichier n'est pas une tête signée du registre ; donnez celui que vous aviez gardé."
        ) from None


def canonical(value: object) -> str:
    """JSON that is always written the same way."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def head_message(size: int, root: str, leaf: str, at: str) -> bytes:
    """What is signed of a head; hashes in hexadecimal, the instant in ISO 8601."""
    return canonical(["videotheque-ledger-head-1", size, root, leaf, at]).encode()

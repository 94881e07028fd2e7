"""Cursors: where the next page of an answer begins, in the generation that gave the first one.

A cursor is opaque text that names the generation, the page and a hash of the question: another question's is refused.
It holds nothing of the question itself.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.errors import InvalidQuery

if TYPE_CHECKING:
    from pipeline.index.search import Request

_LAST_PAGE = 50
"""Nobody turns fifty pages; each costs what all before it cost."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The page ``page`` (from 0) of an answer of ``generation``."""

    generation: str
    page: int

    def written(self, request: Request) -> str:
        """The cursor as text, for that request only."""
        plain = f"{self.generation} {self.page} {_digest(request)}"
        return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, request: Request) -> Cursor | None:
        """The cursor that a request carries; None where it asks for the first page.

        Raises:
            InvalidQuery: it is damaged, or comes from another question.
        """
        if not request.cursor:
            return None
        try:
            plain = base64.urlsafe_b64decode(request.cursor + "=" * (-len(request.cursor) % 4)).decode()
            generation, page, digest = plain.split(" ")
            cursor = cls(generation, int(page))
        except (binascii.Error, ValueError):  # UnicodeDecodeError is a ValueError
            raise _refused() from None
        if digest != _digest(request) or not 0 < cursor.page <= _LAST_PAGE:
            raise _refused()
        return cursor


def _digest(request: Request) -> str:
    asked = f"{request.text}\0{request.mode}\0{request.limit}\0{request.per_meeting}\0{request.filters}"
    return hashlib.sha256(asked.encode("utf-8", "replace")).hexdigest()[:16]


def _refused() -> InvalidQuery:
    return InvalidQuery("Ce lien vers la suite ne correspond pas à cette question ; relancez la recherche.")

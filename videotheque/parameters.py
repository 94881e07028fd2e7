"""What the API and the page take from a request: the library to show, the question, the mode, the limit."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Query, Request
from pydantic import StringConstraints

from pipeline.records import Mode
from videotheque.view import LibraryView

MAX_QUERY_CHARACTERS = 1000
"""A long paragraph: beyond it a query is a pasted document, which neither engine is made for."""

MAX_LIMIT = 50
"""Most clips in one answer; each costs a consent check."""

DEFAULT_LIMIT = 20
"""Clips in an answer when nothing is said: some screens of a phone."""


def library_of(request: Request) -> LibraryView:
    """The library that the application was created with."""
    return cast("LibraryView", request.app.state.library)


Shown = Annotated[LibraryView, Depends(library_of)]
"""The clips that may be shown now."""

Question = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_QUERY_CHARACTERS),
    Query(description="The question, in French, as one would ask it."),
]
"""A question that is not blank."""

OptionalQuestion = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_QUERY_CHARACTERS), Query()]
"""A question, or nothing."""

ModeChoice = Annotated[Mode, Query(description="Match words, meaning, or both.")]
"""How the question is matched."""

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Most clips to return.")]
"""How many clips to return."""

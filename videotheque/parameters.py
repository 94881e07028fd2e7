"""What the API and the page take from a request: the library to show, the question, the mode, the limit."""

from __future__ import annotations

from datetime import date
from typing import Annotated, cast

from fastapi import Depends, Query, Request
from pydantic import StringConstraints

from pipeline.records import Choice, FacetName, Filters, Mode
from videotheque.view import LibraryView

MAX_QUERY_CHARACTERS = 1000
"""A long paragraph: beyond it a query is a pasted document, which neither engine is made for."""

MAX_LIMIT = 50
"""Most clips in one answer; each costs a consent check."""

DEFAULT_LIMIT = 20
"""Clips in an answer when nothing is said: some screens of a phone."""


async def library_of(request: Request) -> LibraryView:
    """The library that the application was created with.

    Asynchronous, like what follows: it waits for nothing, and a thread of its own would cost more than it does.
    """
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

PerMeeting = Annotated[
    int, Query(ge=0, le=MAX_LIMIT, description="Most clips of one meeting on a page; 0: any number.")
]
"""How many clips of one meeting a page may hold."""

Cursor = Annotated[str | None, Query(max_length=200, description="`cursor` of the former answer: the page after it.")]
"""Where the former page ended."""

Seed = Annotated[str, Query(max_length=64, description="Any text: the same text gives the same order all day long.")]
"""What a random order is drawn from."""

_MOST_VALUES = 20
"""Values in one facet: more is no choice."""

_Values = Annotated[list[str], Query(max_length=_MOST_VALUES)]
_Day = Annotated[date | None, Query(description="A day, YYYY-MM-DD, included.")]


async def filters_of(  # noqa: PLR0913, PLR0917 - one parameter a facet
    question: _Values = [],  # noqa: B006 - FastAPI copies it
    sector: _Values = [],  # noqa: B006
    occupation: _Values = [],  # noqa: B006
    level: _Values = [],  # noqa: B006
    length: _Values = [],  # noqa: B006
    language: _Values = [],  # noqa: B006
    captions: _Values = [],  # noqa: B006
    year: _Values = [],  # noqa: B006
    since: _Day = None,
    until: _Day = None,
) -> Filters:
    """The filters in an address: a parameter a facet, repeated for several values."""
    given = (question, sector, occupation, level, length, language, captions, year)
    chosen = tuple(
        Choice(facet=facet, value=value[:200])
        for facet, values in zip(FacetName, given, strict=True)
        for value in values
    )
    return Filters(chosen=chosen, since=since, until=until)


Chosen = Annotated[Filters, Depends(filters_of)]
"""What the answer is restricted to."""

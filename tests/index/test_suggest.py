"""Suggestions while typing."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.index.suggest import suggest
from pipeline.records import Suggestion, SuggestionKind
from tests.index.shelf import Shelf


def suggested(shelf: Shelf, typed: str, limit: int = 8) -> list[Suggestion]:
    return list(suggest(shelf.reader.current(), typed, limit, shelf))


@pytest.mark.parametrize(
    ("typed", "occupation"),
    [
        ("infir", "infirmière"),
        ("INFIRMI", "infirmière"),
        ("vete", "vétérinaire"),
        ("ingénieur du s", "ingénieur du son"),
        ("developp", "développeuse"),
        ("boulenger", "boulanger"),
        ("infrimiere", "infirmière"),
    ],
)
def test_a_beginning_suggests_its_occupation_first(shelf: Shelf, typed: str, occupation: str) -> None:
    """Without accents, in capitals, misspelt; with the number of its clips."""
    first = suggested(shelf, typed)[0]

    assert (SuggestionKind.OCCUPATION, occupation, 2) == (first.kind, first.text, first.clips)


def test_titles_are_suggested_too(shelf: Shelf) -> None:
    """By any of their words."""
    assert "Quelles études pour devenir infirmière ?" in [one.text for one in suggested(shelf, "études inf")]


@pytest.mark.parametrize("typed", ["", "i", "zzzzzz", "😀", "l'"])
def test_nothing_is_suggested_for_nothing(shelf: Shelf, typed: str) -> None:
    """One letter is no beginning, nonsense none either."""
    assert suggested(shelf, typed) == []


def test_what_may_not_be_shown_suggests_nothing(shelf: Shelf) -> None:
    """Half a meeting withdrawn: half the count. The whole: no suggestion, title or trade."""
    clips = [entry.clip for entry in shelf.entries if entry.clip.occupation == "vétérinaire"]
    shelf.withdrawn.add(clips[0].id)
    assert [1] == [one.clips for one in suggested(shelf, "vétéri") if one.kind is SuggestionKind.OCCUPATION]

    shelf.withdrawn.add(clips[1].id)
    assert suggested(shelf, "vétéri") == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=30))
def test_no_typing_breaks_it(shelf: Shelf, typed: str) -> None:
    """Regular expression characters, controls, anything."""
    assert len(suggested(shelf, typed, 3)) <= 3

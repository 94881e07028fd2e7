"""Filters and facets: exact, whatever is chosen, and never counting what may not be shown."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.index.facets import facet_terms, term
from pipeline.records import Choice, FacetName, Filters, Mode, SearchPage
from tests.index.shelf import Shelf, make_clip

QUERY = "une journée de nuit avec des heures"

CHOICES = [
    Choice(facet=FacetName.OCCUPATION, value="boulanger"),
    Choice(facet=FacetName.OCCUPATION, value="infirmier"),
    Choice(facet=FacetName.OCCUPATION, value="astronaute"),
    Choice(facet=FacetName.LENGTH, value="court"),
    Choice(facet=FacetName.LENGTH, value="long"),
    Choice(facet=FacetName.LANGUAGE, value="fr"),
    Choice(facet=FacetName.YEAR, value="2026"),
]


def found(page: SearchPage) -> set[str]:
    return {hit.clip.id for hit in page.hits}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen=st.lists(st.sampled_from(CHOICES), max_size=4, unique=True), mode=st.sampled_from(Mode))
@pytest.mark.usefixtures("without_floor")
def test_a_filter_gives_exactly_the_clips_that_pass_it(shelf: Shelf, chosen: list[Choice], mode: Mode) -> None:
    """The filtered page is the whole page without those that do not pass: nothing lost, nothing added."""
    filters = Filters(chosen=tuple(chosen))
    everything = shelf.find(QUERY, mode, limit=50)
    page = shelf.find(QUERY, mode, limit=50, filters=filters)

    expected = {
        hit.clip.id
        for hit in everything.hits
        if all(
            not filters.of(facet) or {term(facet, value) for value in filters.of(facet)} & facet_terms(hit.clip).keys()
            for facet in FacetName
        )
    }
    assert expected == found(page)
    assert len(expected) == page.total


@pytest.mark.parametrize("mode", Mode)
def test_a_count_is_what_choosing_it_shows(shelf: Shelf, mode: Mode) -> None:
    """Every value of every facet, with and without another filter."""
    for filters in (Filters(), Filters(chosen=(CHOICES[0],)), Filters(chosen=(CHOICES[3], CHOICES[1]))):
        for facet in shelf.find(QUERY, mode, 50, filters=filters).facets:
            for value in facet.values:
                one = Choice(facet=facet.name, value=value.value)
                chosen = (*filters.without(facet.name).chosen, one)
                page = shelf.find(QUERY, mode, 50, filters=Filters(chosen=chosen))
                assert (value.count, value.chosen) == (page.total, one in filters.chosen)


def test_counts_leave_out_what_may_not_be_shown(shelf: Shelf) -> None:
    """A withdrawn clip is counted nowhere, at once."""
    before = shelf.find("boulanger", Mode.KEYWORD, 50)
    shelf.withdrawn.add(before.hits[0].clip.id)
    after = shelf.find("boulanger", Mode.KEYWORD, 50)

    (occupation,) = [facet for facet in after.facets if facet.name is FacetName.OCCUPATION]
    assert before.total - 1 == after.total
    assert {("boulanger", before.total - 1)} == {(value.value, value.count) for value in occupation.values}


def test_days_are_included_on_both_sides(shelf: Shelf) -> None:
    """All clips are of the same day."""
    day = date(2026, 3, 20)
    counts = [
        shelf.find("heures", Mode.KEYWORD, 50, filters=Filters(since=since, until=until)).total
        for since, until in ((day, day), (None, date(2026, 3, 19)), (date(2026, 3, 21), None), (None, None))
    ]

    assert counts[0] == counts[3] > 0
    assert [0, 0] == counts[1:3]


@pytest.mark.parametrize(("seconds", "value"), [(59.9, "court"), (60.0, "moyen"), (120.0, "moyen"), (121.0, "long")])
def test_lengths_are_three(seconds: float, value: str) -> None:
    """Less than a minute, up to two, more."""
    clip = make_clip("boulanger", 0, "Un titre", ("Une phrase.",)).model_copy(update={"duration": seconds})

    assert term(FacetName.LENGTH, value) in facet_terms(clip)

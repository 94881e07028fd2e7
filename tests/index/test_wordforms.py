"""Occupations in the feminine and the masculine, and the short words that people use."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.index.analysis import mark
from pipeline.index.facets import occupation_value
from pipeline.index.wordforms import equivalent, masculine

PAIRS = [
    ("infirmière", "infirmier"),
    ("développeuse", "développeur"),
    ("vendeuses", "vendeurs"),
    ("directrice", "directeur"),
    ("autrice", "auteur"),
    ("agricultrice", "agriculteurs"),
    ("boulangère", "boulanger"),
    ("cheffe", "chef"),
    ("paysanne", "paysan"),
    ("informaticiennes", "informaticien"),
    ("ingénieure", "ingénieur"),
    ("écrivaine", "écrivain"),
    ("maîtresse", "maître"),
    ("championne", "champion"),
    ("sportive", "sportif"),
    ("conductrice de train", "conducteur de train"),
]


@pytest.mark.parametrize(("feminine", "masculine_form"), PAIRS)
def test_feminine_and_masculine_find_each_other(feminine: str, masculine_form: str) -> None:
    """In both directions, and they are one value of the facet."""
    assert mark(f"je suis {feminine}", masculine_form) != ()
    assert mark(f"je suis {masculine_form}", feminine) != ()
    assert occupation_value(feminine.rstrip("s")) == occupation_value(masculine_form.rstrip("s"))


@pytest.mark.parametrize(
    "word", ["matiere", "carriere", "lumiere", "semaine", "heure", "mere", "personne", "initiative"]
)
def test_ordinary_words_have_no_masculine(word: str) -> None:
    """An ending is no proof: « matière » is not the feminine of « matier »."""
    assert masculine(word) is None


@pytest.mark.parametrize(
    ("short", "full"),
    [("kiné", "kinésithérapeute"), ("véto", "vétérinaire"), ("le taf", "travail"), ("les profs", "professeur")],
)
def test_short_words_find_the_long_ones(short: str, full: str) -> None:
    """What is said in the video is often the short form, what is asked the long one, or the reverse."""
    assert mark(short, full) != ()
    assert mark(full, short) != ()


@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=14))
def test_a_word_is_never_its_own_equivalent(word: str) -> None:
    """And what it leads to is a folded word."""
    other = equivalent(word)

    assert other is None or (other != word and other.isalpha())

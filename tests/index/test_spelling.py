"""The speller: typing mistakes, sounds, words run together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.index.question import understand
from pipeline.index.sounds import sound
from pipeline.index.spelling import Speller, edit_distance

WORDS = {
    "infirmiere": 9, "boulanger": 7, "cuisinier": 5, "data": 3, "scientist": 3, "photographe": 2, "weekend": 2,
    "salaire": 8, "architecte": 2, "pharmacien": 3, "journee": 12, "metier": 30,
}  # fmt: skip


@pytest.fixture(scope="module")
def speller() -> Speller:
    return Speller(list(WORDS), list(WORDS.values()))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("infrimiere", "infirmiere"),
        ("infirmere", "infirmiere"),
        ("boulangr", "boulanger"),
        ("kuisinier", "cuisinier"),
        ("fotografe", "photographe"),
        ("farmacien", "pharmacien"),
        ("arkitecte", "architecte"),
        ("datascientist", "data scientist"),
    ],
)
def test_mistakes_are_corrected(speller: Speller, typed: str, meant: str) -> None:
    """An exchange, a letter missing or wrong, a sound spelt otherwise, two words run together."""
    correction = speller.correct(typed)

    assert correction is not None
    assert meant == " ".join(correction.words)


@pytest.mark.parametrize("typed", ["xqzvbn", "infirmieres", "boulanger", "bac", "12345", "astronaute"])
def test_what_is_known_short_or_like_nothing_is_left(speller: Speller, typed: str) -> None:
    """A plural is known; three letters, digits and other words are not corrected."""
    assert speller.correct(typed) is None


def test_a_correction_is_searched_beside_what_was_typed(speller: Speller) -> None:
    """The word as typed keeps its terms, and is what the model reads: it knows more words than the library does."""
    question = understand("la journée d'une infrimiere", speller)

    assert question.changed
    assert question.text == "la journée d'une infirmiere"
    assert question.written == "la journée d'une infrimiere"
    assert {"infrimi", "infirmi"} <= {term[:7] for term in question.terms}


def test_where_every_word_is_a_slip_the_correction_is_embedded(speller: Speller) -> None:
    """A model makes anything of letters that are no word; of one it knows beside them, it makes the best."""
    assert "infirmiere" == understand("infrimiere", speller).written
    assert "infrimiere stage" == understand("infrimiere stage", speller).written


def test_words_are_joined_where_the_library_joins_them(speller: Speller) -> None:
    """« week end » finds « weekend »."""
    assert "weekend" in understand("travailler le week end", speller).terms


@given(st.sampled_from(sorted(WORDS)), st.integers(0, 12), st.sampled_from("abcdefghijklmnopqrstuvwxyz"))
def test_one_letter_added_to_a_long_word_is_always_corrected(word: str, place: int, letter: str) -> None:
    """To a known word at one edit, whichever letter and wherever."""
    speller = Speller(list(WORDS), list(WORDS.values()))
    typed = word[:place] + letter + word[place:]
    correction = speller.correct(typed)

    assert speller.knows(typed) or correction is not None or len(typed) < 4
    assert correction is None or len(correction.words) == 2 or edit_distance(typed, correction.words[0], 2) <= 2


@given(st.text("abcdé", max_size=8), st.text("abcdé", max_size=8))
def test_distance_is_symmetric_and_bounded(one: str, other: str) -> None:
    """Zero for the same word only; never more than the limit plus one."""
    assert edit_distance(one, other, 3) == edit_distance(other, one, 3)
    assert (edit_distance(one, other, 3) == 0) == (one == other)
    assert edit_distance(one, other, 3) <= 4


@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=15))
def test_every_word_sounds_like_something(word: str) -> None:
    """A key is never empty, and doubling a letter in the middle does not change it much."""
    assert sound(word)

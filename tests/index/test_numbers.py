"""Numbers said in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.index.analysis import analyse, mark
from pipeline.index.numbers import digit_terms, numbers


def said(text: str) -> list[str]:
    return [number.term for number in numbers(text.split())]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("trois", ["3"]),
        ("deux mille cinq cents euros", ["2500"]),
        ("quatre vingt dix sept", ["97"]),
        ("quatre vingts", ["80"]),
        ("soixante et onze", ["71"]),
        ("soixante quinze", ["75"]),
        ("vingt et un ans", ["21"]),
        ("mille neuf cent quatre vingt quatre", ["1984"]),
        ("deux cent mille", ["200000"]),
        ("trois quatre jours", ["3", "4"]),
        ("bac plus trois", ["bac+3"]),
        ("bac plus 5", ["bac+5"]),
        ("troisieme", ["3e"]),
        ("neuvieme", ["9e"]),
        ("une heure", []),
        ("une seconde", []),
        ("et un", []),
    ],
)
def test_numbers_in_words_are_read(text: str, terms: list[str]) -> None:
    """As French says them; « une » and « seconde » alone are no numbers."""
    assert terms == said(text)


@given(
    st.lists(
        st.sampled_from(
            ["un", "deux", "dix", "vingt", "et", "cent", "mille", "million", "plus", "bac", "troisieme", "chat", "3"]
        ),
        max_size=9,
    )
)
def test_numbers_never_overlap(words: list[str]) -> None:
    """Whatever the words: in order, inside the text, at least one word each."""
    ends = [0, *(number.past for number in numbers(words))]

    assert all(end <= one.first < one.past <= len(words) for end, one in zip(ends, numbers(words), strict=False))


@pytest.mark.parametrize(
    ("folded", "terms"), [("18h", ("18", "heures")), ("3eme", ("3e",)), ("2k", ("2000",)), ("3", ()), ("b2", ())]
)
def test_what_follows_digits_is_read(folded: str, terms: tuple[str, ...]) -> None:
    """Hours, ordinals, thousands; what is only digits says nothing more."""
    assert terms == digit_terms(folded)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("trois ans d'école", "3 ans"),
        ("en 3ème", "troisième"),
        ("je gagne deux mille cinq cents euros", "2 500 €"),
        ("je gagne 2 500 euros", "deux mille cinq cents"),
        ("un bac plus trois", "bac+3"),
        ("un Bac +3", "bac plus trois"),
        ("à dix-huit heures", "18h"),
        ("à 18h30", "18 heures"),
    ],
)
def test_words_and_digits_meet(text: str, query: str) -> None:
    """Whoever writes the digits finds who said the words, and the other way round."""
    shared = {term for token in analyse(text) for term in token.terms} & {
        term for token in analyse(query) for term in token.terms if any(char.isdigit() for char in term)
    }

    assert shared
    assert mark(text, query) != ()

"""French as it is read on the page."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from consent.records import Role, Span
from pipeline.records import Mark, Sentence, Why
from videotheque import wording


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.2, "1 s"),
        (42, "42 s"),
        (59.6, "1 min"),
        (60, "1 min"),
        (192.4, "3 min 12 s"),
        (3599.7, "1 h 00 min"),
        (3720, "1 h 02 min"),
    ],
)
def test_a_duration_is_read_in_words(seconds: float, expected: str) -> None:
    """Durations are rounded to the second and never broken at the end of a line."""
    told = wording.duration(seconds)

    assert told.replace("\u202f", " ").replace("\u00a0", " ") == expected
    assert " " not in told


@pytest.mark.parametrize(
    ("seconds", "words", "digits"), [(0, "0 min 0 s", "0:00"), (42.9, "0 min 42 s", "0:42"), (125, "2 min 5 s", "2:05")]
)
def test_an_instant_is_rounded_down(seconds: float, words: str, digits: str) -> None:
    """Who goes to the time that is written does not miss the beginning of the sentence."""
    assert wording.instant(seconds).replace("\u202f", " ").replace("\u00a0", " ") == words
    assert wording.clock(seconds) == digits


def test_a_date_is_told_by_its_month() -> None:
    """The month and the year, no day."""
    assert wording.month(datetime(2026, 8, 1, tzinfo=UTC)) == "août\u00a02026"


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, "0 extrait"), (1, "1 extrait"), (2, "2 extraits"), (12_345, "12 345 extraits")],
)
def test_french_counts_zero_in_the_singular(value: int, expected: str) -> None:
    """Zero and one are singular; thousands are set apart."""
    told = wording.counted(value, "extrait", "extraits")

    assert told.replace("\u202f", " ").replace("\u00a0", " ") == expected
    assert " " not in told


def test_every_role_and_reason_has_a_name() -> None:
    """No role, and no reason, is shown by its code."""
    roles = [wording.role_name(role) for role in (*Role, None)]
    reasons = [wording.reason(why) for why in Why]

    assert roles == ["Professionnel·le", "Jeune", "Représentant·e légal·e", "Autre personne", "Voix non identifiée"]
    assert len(set(reasons)) == len(Why)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Vraiment ?", "Vraiment\u202f?"),
        ("Oui ! Non ; si : « peut-être ».", "Oui\u202f! Non\u202f; si\u00a0: «\u00a0peut-être\u00a0»."),
        ("2 100 euros, 20 % ou 35 €", "2\u202f100 euros, 20\u202f% ou 35\u202f€"),
        ("rien à changer", "rien à changer"),
    ],
)
def test_spaces_that_french_never_breaks(text: str, expected: str) -> None:
    """Before high punctuation, inside quotation marks and inside numbers."""
    assert wording.typography(text) == expected


@given(st.text(alphabet="ab1 ?!:;«»€%\u00a0"))
def test_typography_keeps_the_length(text: str) -> None:
    """Marks computed on the text still fit, and doing it twice changes nothing more."""
    once = wording.typography(text)

    assert len(text) == len(once)
    assert once == wording.typography(once)


@given(
    st.text(alphabet="ab<>&\"' é", max_size=20),
    st.lists(st.builds(Mark, start=st.integers(0, 25), end=st.integers(0, 25)), max_size=5),
)
def test_highlighting_changes_nothing_but_adds_marks(text: str, marks: list[Mark]) -> None:
    """Whatever the marks, overlapping, reversed or outside, the escaped text is whole and marks are balanced."""
    shown = wording.highlighted(text, marks)

    assert str(escape(text)) == shown.replace("<mark>", "").replace("</mark>", "")
    assert shown.count("<mark>") == shown.count("</mark>")
    assert "<mark></mark>" not in shown
    assert "<mark><mark>" not in shown


def test_highlighting_marks_those_characters() -> None:
    """Overlapping marks become one; markup in the text is shown, not obeyed."""
    shown = wording.highlighted("un <b>métier</b>", [Mark(start=6, end=9), Mark(start=8, end=12)])

    assert shown == "un &lt;b&gt;<mark>métier</mark>&lt;/b&gt;"


def test_sentences_are_grouped_by_turn() -> None:
    """Sentences of the same voice, one after the other, are one turn."""

    def sentence(role: Role | None, start: int) -> Sentence:
        return Sentence(role=role, span=Span(start=start, end=start + 1), text="oui")

    roles = [Role.YOUNG_PERSON, Role.PROFESSIONAL, Role.PROFESSIONAL, None, Role.PROFESSIONAL]
    turns = wording.turns([sentence(role, number) for number, role in enumerate(roles)])

    assert [len(turn) for turn in turns] == [1, 2, 1, 1]


def test_a_long_text_is_shortened_with_an_ellipsis() -> None:
    """At most the limit, the ellipsis included."""
    assert wording.shortened("x" * 60) == "x" * 60
    assert wording.shortened("x" * 61) == "x" * 59 + "…"
    assert wording.capitalised("l'IA") == "L'IA"

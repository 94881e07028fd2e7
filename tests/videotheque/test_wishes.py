"""What a person asks of a clip, to the second: what goes, what stays its neighbours', and what cannot be done."""

from __future__ import annotations

import unicodedata
from typing import Literal

import pytest

from consent.records import Span
from pipeline.records import Clip, ClipId
from tests.videotheque.shelf import make_clip
from videotheque.wishes import LONGEST_TITLE, InvalidWish, hidden, title, trimmed


def clip_of(start: float = 100, length: float = 30) -> Clip:
    """A clip of that length, from there on in its recording."""
    made = make_clip(ClipId("clip-" + "a" * 20), "Un titre", "boulangère", ("Pourquoi ?", "Parce que."))
    return made.model_copy(update={"span": Span(start=start, end=start + length), "duration": length})


def spans(*found: Span) -> list[tuple[float, float]]:
    """As numbers, to the millisecond."""
    return [(round(one.start, 3), round(one.end, 3)) for one in found]


@pytest.mark.parametrize(
    ("start", "end", "goes"),
    [
        (5, 8, (105, 108)),
        (5, 6, (105, 106)),
        (5, 5.2, (104.6, 105.6)),  # one second at least, around it
        (0, 0.2, (100.25, 101)),  # at the edges too, but for the breath that its neighbour shares
        (29.9, 30, (129, 129.75)),
        (0, 30, (100.25, 129.75)),
    ],
)
def test_what_is_hidden_is_what_was_asked_and_a_second_at_least(
    start: float, end: float, goes: tuple[float, float]
) -> None:
    """In seconds of the recording, inside the clip."""
    assert [goes] == spans(*hidden(clip_of(), start, end))


@pytest.mark.parametrize(("start", "end"), [(-0.1, 5), (5, 5), (6, 5), (5, 30.1), (float("nan"), 5), (5, float("inf"))])
def test_what_is_no_part_of_the_clip_is_refused(start: float, end: float) -> None:
    """Before it, after it, backwards, empty, or no number: told, and nothing is hidden or cut."""
    for wish in (hidden, trimmed):
        with pytest.raises(InvalidWish):
            wish(clip_of(), start, end)


@pytest.mark.parametrize(
    ("start", "end", "goes"),
    [
        (10, 18, [(100.25, 110), (118, 129.75)]),  # eight seconds are enough
        (0, 20, [(120, 129.75)]),
        (10, 30, [(100.25, 110)]),
        (0.25, 20, [(120, 129.75)]),
    ],
)
def test_trimming_hides_what_is_before_and_after(start: float, end: float, goes: list[tuple[float, float]]) -> None:
    """What is kept stays; of the rest nothing but the breath shared with a neighbour."""
    assert goes == spans(*trimmed(clip_of(), start, end))


def test_too_little_or_all_of_a_clip_is_no_trimming() -> None:
    """Under eight seconds the clip would be dropped whole; all of it changes nothing: each is told as what it is."""
    with pytest.raises(InvalidWish, match="au moins 8 secondes"):
        trimmed(clip_of(), 10, 17.9)
    with pytest.raises(InvalidWish, match="rien n’est changé"):
        trimmed(clip_of(), 0, 30)


def test_a_title_is_cleaned_and_has_its_length() -> None:
    """Spaces are one, unseen characters none; one character is enough, and a hundred and twenty fit."""
    assert "Un métier qui bouge" == title("  Un\tmétier \u202equi\n bouge ")
    assert "x" * LONGEST_TITLE == title("x" * LONGEST_TITLE)
    assert "?" == title("?")
    for wrong in ("", " \u200b ", "x" * (LONGEST_TITLE + 1)):
        with pytest.raises(InvalidWish, match="de 1 à 120"):
            title(wrong)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_title_that_names_somebody_is_refused_however_its_accents_are_written(form: Literal["NFC", "NFD"]) -> None:
    """An accent by itself, as macOS types it, parts no name in two; and what is kept is composed."""
    with pytest.raises(InvalidWish, match="ne nomme personne"):
        title(unicodedata.normalize(form, "le métier de lefèvre"), (), ("Sébastien Lefèvre",))

    assert "Un métier à sauver" == title(unicodedata.normalize(form, "Un métier à sauver"))

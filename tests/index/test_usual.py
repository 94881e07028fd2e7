"""Words that no clip holds and that are no slip."""

from __future__ import annotations

import pytest

from pipeline.index.question import understand
from pipeline.index.spelling import Speller
from pipeline.index.usual import is_usual

_SPELLER = Speller(["line", "commence", "revenir", "meme", "boulanger", "infirmiere"], [3, 3, 3, 3, 3, 3])


@pytest.mark.parametrize("typed", ["kiné", "commerce", "devenir", "nurse", "mène", "électricienne"])
def test_a_usual_word_is_read_as_typed(typed: str) -> None:
    """A library that lacks it says nothing of how it is written."""
    question = understand(typed, _SPELLER)

    assert not question.changed
    assert () == question.words[0].guessed


@pytest.mark.parametrize(("typed", "meant"), [("bulanger", "boulanger"), ("infirmiaire", "infirmiere")])
def test_a_slip_is_still_corrected(typed: str, meant: str) -> None:
    """Nobody writes it so."""
    assert meant == understand(typed, _SPELLER).text


def test_the_rest_of_a_word_is_no_word() -> None:
    """Pieces that only end words are none."""
    assert not is_usual("##er")
    assert not is_usual("bulanger")
    assert is_usual("boulanger")

"""Announcements: the turns that open a topic stand out, in any talk, by words that the package carries."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.segment.announcements import features_of, learned, log_odds
from pipeline.segment.chapters import places_of
from pipeline.segment.cohesion import tf_idf
from pipeline.segment.talk import Said

FAMILIES = ("c:", "1:", "p:", "n:", "_")


def odds(talk: list[Said]) -> np.ndarray:
    places = places_of(talk)
    return log_odds(features_of(talk, places, tf_idf([said.text for said in talk])), learned())


def test_a_chair_who_moves_on_stands_out() -> None:
    """Of ten turns, the one that calls the next presentation is the likeliest opening."""
    talk = [
        Said("A", "the case would be made of rubber and the buttons are soft"),
        Said("B", "yeah rubber is nice to hold"),
        Said("A", "and it does not break when it falls"),
        Said("B", "mm-hmm"),
        Said("A", "so rubber it is then"),
        Said("C", "okay thank you let's move on to the next presentation about the market"),
        Said("D", "right so I asked a hundred people what they watch on television"),
        Said("C", "mm-hmm"),
        Said("D", "most of them zap and only use ten per cent of the buttons"),
        Said("C", "that is not many"),
    ]

    assert 5 == int(odds(talk)[1:].argmax()) + 1


def test_every_weight_belongs_to_a_feature() -> None:
    """A weight that no feature can ever ask for is a mistake of the training program."""
    names = learned().weights

    assert [] == [name for name in names if not name.startswith(FAMILIES)]
    assert 0 < len(names) <= 3000


@given(
    st.lists(
        st.tuples(st.sampled_from("AB"), st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)), min_size=1
    )
)
def test_every_turn_of_any_talk_has_a_finite_number(lines: list[tuple[str, str]]) -> None:
    """Emoji, other alphabets, one word or a thousand: one finite number a turn."""
    talk = [Said(speaker, text) for speaker, text in lines if text.split()]
    if not talk:
        return
    found = odds(talk)

    assert len(places_of(talk)) == len(found)
    assert np.isfinite(found).all()

"""How teenagers type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.index.shorthand import written_out


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("c koi la journée d'une infirmiere", "c'est quoi la journée d'une infirmiere"),
        ("c quoi le salaire", "c'est quoi le salaire"),
        ("pk tu fé sa", "pourquoi tu fais ça"),
        ("keske tu fais ds la vie", "qu'est-ce que tu fais ds la vie"),
        ("combi1 on gagne", "combien on gagne"),
        ("slt comment dvenir prof stp", "comment devenir prof"),
    ],
)
def test_shorthand_is_written_out(typed: str, meant: str) -> None:
    """What can be nothing else at once, what could be another word beside it."""
    assert meant == written_out(typed)


@pytest.mark.parametrize(
    "typed", ["permis C", "vitamine D", "le fer forgé", "un bac G", "2 ans", "Le CAP pâtissier ?", "q"]
)
def test_plain_french_is_left_alone(typed: str) -> None:
    """A letter may be a licence, a vitamin, a level."""
    assert typed == written_out(typed)


@given(st.text(max_size=60))
def test_something_is_always_left(typed: str) -> None:
    """Whatever is typed: no error, and never an empty question out of one that was not."""
    assert bool(typed.strip()) <= bool(written_out(typed).strip())


@given(
    st.lists(
        st.sampled_from(["c", "koi", "la", "journée", "permis", "C", "pk", "prof", "et", "2", "ds", "le", "fer", "g"]),
        min_size=1,
        max_size=8,
    )
)
def test_writing_out_twice_is_writing_out_once(words: list[str]) -> None:
    """What was written out holds nothing more that is sure to be shorthand."""
    once = written_out(" ".join(words))

    assert written_out(once).split()[:1] == once.split()[:1] or len(written_out(once)) >= len(once)

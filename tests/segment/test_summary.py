"""Summaries: two sentences of the answer, cleaned, in their order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.segment.cleaning import without_noise
from pipeline.segment.faithful import invented_words
from pipeline.segment.summary import SENTENCES, summary_of


def test_a_summary_is_two_sentences_that_answer() -> None:
    """Courtesy and back-channels go, hesitations too; what speaks of the question stays, in order."""
    told = [
        "Oui, bien sûr.",
        "Euh, ben, le matin je prépare le pain à trois heures.",
        "Voilà.",
        "Après, je sers les clients jusqu'à midi.",
        "Et le matin suivant on recommence.",
    ]

    found = summary_of(["À quoi ressemble votre matin ?"], told)

    assert 2 == len(found)
    assert "Le matin je prépare le pain à trois heures." == found[0]
    assert found[1] in ("Je sers les clients jusqu'à midi.", "Le matin suivant on recommence.")


def test_names_called_out_are_not_in_the_summary() -> None:
    """Nobody is named on the page."""
    told = ["Alors, Camille, tu commences par un stage de trois semaines dans un garage.", "Tu verras, Camille."]

    assert not any("Camille" in one for one in summary_of(["Vous me conseillez quoi ?"], told))


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("On gagne trois mille, trois mille cinq cents euros.", "On gagne trois mille, trois mille cinq cents euros"),
        ("Il y en a deux, deux ou trois.", "Il y en a deux ou trois"),
        ("Il faut deux deux ans.", "Il faut deux ans"),
        ("Il faut 20, 20 ans.", "Il faut 20 ans"),
    ],
)
def test_a_range_of_numbers_is_no_stutter(said: str, kept: str) -> None:
    """Said twice, a number is kept once; where it begins another number, both stay."""
    assert kept == without_noise(said).rstrip(".")


def test_nothing_told_gives_no_summary() -> None:
    """An empty answer is not padded."""
    assert () == summary_of(["Vous gagnez combien ?"], ["Oui.", "Mm-hm."])


@given(
    asked=st.lists(st.text(max_size=50), max_size=2),
    told=st.lists(
        st.sampled_from(
            [
                "Euh, on commence à 7h30, hein.",
                "Merci, Yanis !",
                "C'est c'est difficile, quoi…",
                "Alors du coup le chantier dure deux ans et demi.",
                "«  Bien sûr  »",
                "35 000 euros par an.",
                "",
            ]
        ),
        max_size=6,
    ),
)
def test_a_summary_says_only_what_is_said(asked: list[str], told: list[str]) -> None:
    """For any answer: at most two sentences, each ended, no word that nobody said."""
    found = summary_of(asked, told)

    assert len(found) <= SENTENCES
    assert all(one and one[-1] in ".!?…" for one in found)
    assert () == invented_words(" ".join(found), told, None)


@pytest.mark.parametrize("hidden", ["\u202e", "\x07", "\x1b[31m", "\u200b"])
def test_what_is_not_read_is_not_written(hidden: str) -> None:
    """Control, bidirectional and invisible characters go from summaries too."""
    told = f"Je soigne {hidden}les patients de l'hôpital{hidden} avec toute une équipe."

    assert ("Je soigne les patients de l'hôpital avec toute une équipe.",) == summary_of([], [told])

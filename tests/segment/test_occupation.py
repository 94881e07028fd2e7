"""Occupations in a sentence: gender, article, elision."""

from __future__ import annotations

import pytest

from pipeline.segment.conjugation import same_verb, third_person
from pipeline.segment.occupation import occupation_of


@pytest.mark.parametrize(
    ("declared", "indefinite", "of", "of_one"),
    [
        ("Infirmière", "une infirmière", "d'infirmière", "d'une infirmière"),
        ("soudeur", "un soudeur", "de soudeur", "d'un soudeur"),
        ("commissaire-priseuse", "une commissaire-priseuse", "de commissaire-priseuse", "d'une commissaire-priseuse"),
        ("ébéniste", None, "d'ébéniste", "de l'ébéniste"),
        ("comptable", None, "de comptable", "de comptable"),
        ("UX designer", None, "d'UX designer", "d'UX designer"),
        ("handballeuse", "une handballeuse", "de handballeuse", "d'une handballeuse"),
        ("hôtesse de l'air", "une hôtesse de l'air", "d'hôtesse de l'air", "d'une hôtesse de l'air"),
        ("technicienne de maintenance", "une technicienne de maintenance", "de technicienne de maintenance",
         "d'une technicienne de maintenance"),
        ("chargée de communication", "une chargée de communication", "de chargée de communication",
         "d'une chargée de communication"),
        ("sage-femme", "une sage-femme", "de sage-femme", "d'une sage-femme"),
        ("médecin", None, "de médecin", "de médecin"),
    ],
)  # fmt: skip
def test_an_occupation_takes_its_article(declared: str, indefinite: str | None, of: str, of_one: str) -> None:
    """The gender as declared; none where the form is the same for all."""
    found = occupation_of(declared)

    assert found is not None
    assert (indefinite, of, of_one) == (found.indefinite, found.of, found.of_one)


@pytest.mark.parametrize("declared", [None, "", "  ", "?", "infirmier/infirmière", "soudeur·euse", "x" * 80])
def test_what_cannot_stand_in_a_sentence_is_left_out(declared: str | None) -> None:
    """Both forms at once, nothing, or a paragraph: no occupation in the title."""
    assert occupation_of(declared) is None


@pytest.mark.parametrize(
    ("verb", "subject", "third"),
    [
        ("gagnez", "vous", "gagne"), ("levez", "vous", "lève"), ("gérez", "vous", "gère"), ("faites", "vous", "fait"),
        ("finissez", "vous", "finit"), ("donneriez", "vous", "donnerait"), ("gagnes", "tu", "gagne"),
        ("conseillerais", "tu", "conseillerait"), ("étiez", "vous", None), ("faisiez", "vous", None),
    ],
)  # fmt: skip
def test_the_second_person_becomes_the_third(verb: str, subject: str, third: str | None) -> None:
    """Present and conditional; past tenses tell one life and stay as they are."""
    assert third == third_person(verb, subject)


def test_two_forms_of_a_verb_are_one_word() -> None:
    """What is conjugated otherwise is still what was said; another verb is not."""
    assert same_verb("gagne", "gagnez")
    assert same_verb("fait", "faites")
    assert not same_verb("gagne", "garde")

"""Titles that people type: none names anybody, however it is typed; and words that are names too stay words."""

from __future__ import annotations

import pytest

from pipeline.segment.typed import names_somebody

DECLARED = ("Zorvania Dupré-Kalt", "Paul de Villiers", "Pierre Boulanger")


@pytest.mark.parametrize(
    "title",
    [
        "Le parcours de Zorvania",
        "le parcours de zorvania",
        "Chez les Dupré, on soigne",
        "la famille dupre",
        "KALT, une vie",
        "Dupré-Kalt et son métier",
        "Que fait Madame X ?",
        "que fait madame x ?",
        "L'avis de Mme D.",
        "Docteur K répond",
        "M. V explique",
        "Comment Malik est devenu infirmier",
        "comment malik est devenu infirmier",
        "COMMENT MALIK EST DEVENU INFIRMIER",
        "Les conseils d'Helene",
        "les conseils de jean-baptiste",
        "La question de Zyriane",
        "la question de zyriane",
        "Suivez @zoz",
        "Appelle le 06 12 34 56 78",
        "Voir https://exemple.fr/moi",
        "Pierre et son métier",
        "Avec Boulanger au four",
    ],
)
def test_a_title_that_names_somebody_is_told(title: str) -> None:
    """Declared, a given name, said in the clip, or after « Madame »: with its capital and accents or without."""
    said = ("Moi je m'appelle Zyriane.", "On cuit le pain.", "Et zorvania m'a dit oui.")

    assert names_somebody(title, said, DECLARED)


@pytest.mark.parametrize(
    "title",
    [
        "La journée d'une infirmière",
        "LA JOURNÉE D'UNE INFIRMIÈRE",
        "De quoi vit-on, et combien gagne la boulangère ?",
        "Tailler la pierre, un métier",
        "Boulanger, tu te lèves à quelle heure ?",
        "Ce que j'aime dans ce métier",
        "Une réponse claire sur les études après le bac",
        "Le lycée Jean-Moulin, en 2024",
        "Monsieur ou madame, qui embauche ?",
        "Maître nageur : quel diplôme ?",
        "1 800 euros par mois, 35 heures",
    ],
)
def test_a_title_that_names_nobody_is_left(title: str) -> None:
    """Trades, words that are names too where the clip says them in small letters, schools, sums of money."""
    assert not names_somebody(title, ("Un boulanger taille-t-il la pierre ?", "Moi je m'appelle Zyriane."), DECLARED)

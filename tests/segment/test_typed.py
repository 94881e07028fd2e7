"""Titles that people type: none names anybody, however it is typed; and words that are names too stay words."""

from __future__ import annotations

import unicodedata

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


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("une journée avec camille", "bonjour camille tu fais quoi"),
        ("Camille raconte sa journée", "bonjour camille tu fais quoi"),
        ("le métier de dupont", "monsieur dupont vous êtes boulanger"),
        ("Dupont, boulanger", "monsieur dupont vous êtes boulanger"),
        ("chez les dupont", "moi je m'appelle camille dupont"),
        ("zoubida raconte", "bonjour zoubida"),
        ("une journée avec malik", "alors malik tu as choisi quoi"),
    ],
)
def test_in_a_transcript_without_capitals_a_small_letter_makes_no_word_of_a_name(title: str, said: str) -> None:
    """A given name, whoever is called « monsieur », and a name said whole name somebody there too."""
    assert names_somebody(title, (said,), ("Camille Dupont", "Zoubida Benali"))


def test_in_a_transcript_without_capitals_words_stay_words() -> None:
    """What is said of stone, roses, laws and bread names nobody, whoever is declared."""
    said = ("on va tailler la pierre et une rose puis lire les lois avec le boulanger",)
    titles = ("Tailler la pierre", "Les lois du métier", "Boulanger, la nuit")

    assert [False] * 3 == [names_somebody(one, said, ("Pierre Durand", "Marc Boulanger")) for one in titles]


def test_a_declared_name_with_its_accents_apart_is_known() -> None:
    """« Maïwenn » as macOS writes it, decomposed, is the same name."""
    declared = (unicodedata.normalize("NFD", "Maïwenn Kerboulé"),)

    assert [True, True] == [names_somebody(one, (), declared) for one in ("l'atelier de maïwenn", "avec kerboulé")]

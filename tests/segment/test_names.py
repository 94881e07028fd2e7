"""Names: who is named goes from titles and summaries, what is no person stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.segment.names import given_names, names_in, names_left, without_names
from pipeline.segment.summary import summary_of
from pipeline.segment.titles import title_of


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("Ma collègue Fatou m'a appris à écrire.", "Ma collègue m'a appris à écrire."),
        ("Le papa, Karim, a tenu la lampe.", "Le papa a tenu la lampe."),
        ("Mes collègues Paul et Nadia lisent les polars.", "Mes collègues lisent les polars."),
        ("J'ai travaillé chez un maître italien, Stefano Conia.", "J'ai travaillé chez un maître italien."),
        ("J'ai eu un professeur, monsieur Courtois, qui m'a aidé.", "J'ai eu un professeur qui m'a aidé."),
        ("Le président, monsieur Delmas, m'a fait confiance.", "Le président m'a fait confiance."),
        ("Oui, madame Martin, je travaille à Lyon.", "Oui, je travaille à Lyon."),
        ("ma collègue fatou m'a appris à écrire", "ma collègue m'a appris à écrire"),
        ("Oui, monsieur bertrand, je travaille à Lyon.", "Oui, je travaille à Lyon."),
        ("Soazig, vous êtes océanographe, en quoi ça consiste ?", "vous êtes océanographe, en quoi ça consiste ?"),
        ("Alors, Camille, tu commences par un stage.", "Alors, tu commences par un stage."),
    ],
)
def test_a_name_goes_where_the_sentence_can_do_without(said: str, left: str) -> None:
    """After who somebody is, in apposition, spoken to: the rest still reads as French."""
    names = names_in([said])

    assert left == without_names(said, names)
    assert not names_left(left, names)


@pytest.mark.parametrize(
    "said",
    [
        "Avec Noah, par exemple, j'utilise des images.",
        "L'autre s'appelle Jade.",
        "J'ai fait une table pour Léa.",
        "J'ai soigné Zinédine Zidane.",
        "Je travaille avec Mouss tous les jours.",
    ],
)
def test_a_sentence_built_on_a_name_is_told(said: str) -> None:
    """A name that cannot go stays, and is known to be there."""
    names = names_in([said])

    assert names_left(without_names(said, names), names)


@pytest.mark.parametrize(
    "said",
    [
        "On travaille au lycée Jean Moulin à Paris avec Renault.",
        "J'ai fait un stage chez Louis Vuitton.",
        "La Marine nationale recrute à Brest.",
        "Pierre par pierre, on monte le mur.",
        "J'ai passé mon BTS à Égletons, puis Parcoursup m'a envoyée à Châlons-en-Champagne.",
        "Je demande toujours l'adresse en premier.",
        "Python, on l'utilise tous les jours.",
        "madame rose et ma petite constance, ce sont des mots",
    ],
)
def test_places_institutions_and_firms_stay(said: str) -> None:
    """What visitors look for is no person."""
    assert frozenset() == names_in([said])
    assert said == without_names(said, frozenset())


_SENTENCES = st.sampled_from(
    [
        "Ma patronne {} dit qu'un bonbon mat est raté.",
        "Avec {}, par exemple, j'utilise des images.",
        "On a fini le chantier avec {} et son équipe de peintres.",
        "{} m'a appris le métier de la pierre en deux ans.",
        "Oui, et {} reprend la ferme de ses parents l'an prochain.",
        "Le matin je prépare le pain à trois heures.",
        "Vous travaillez avec {} depuis combien de temps ?",
        "{}, vous gagnez combien par mois ?",
    ]
)


@given(
    asked=st.lists(_SENTENCES, max_size=3),
    told=st.lists(_SENTENCES, max_size=5),
    name=st.sampled_from(["Léa", "Karim", "Jean-Baptiste", "Fatou", "Nadia", "Mathéo"]),
)
def test_nobody_is_named_in_what_is_read(asked: list[str], told: list[str], name: str) -> None:
    """Wherever a given name stands, neither title nor summary has it."""
    said = [[text.format(name) for text in texts] for texts in (asked, told)]

    assert name not in title_of(said[0], said[1], "boulangère")
    assert not any(name in sentence for sentence in summary_of(said[0], said[1]))


def test_given_names_are_names() -> None:
    """One word each, with a capital; no town that clips speak of."""
    assert len(given_names()) > 800
    assert all(name[0].isupper() and name.isalpha() for name in given_names())
    assert not given_names() & {"Paris", "Florence", "Milan", "Nancy", "Lourdes", "Vienne"}

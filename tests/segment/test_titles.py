"""Titles: real French questions, cleaned, able to stand alone, without a word that nobody said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.segment.lexicon import tokens
from pipeline.segment.titles import MAX_TITLE, title_of

_ANSWER = ["Oui, tout à fait.", "Parce que j'aime le contact avec les patients, surtout les enfants."]
_FROM_ANSWER = "J'aime le contact avec les patients, surtout les enfants"

_CASES = [
    ("Bonjour Madame Dupont, est-ce qu'il y a un concours ?", "Est-ce qu'il y a un concours ?"),
    ("Euh, ben du coup, vous gagnez combien ?", "Vous gagnez combien ?"),
    ("Et une journée type ?", "Une journée type ?"),
    ("Mm-hm. Et le salaire ?", "Le salaire ?"),
    ("Ah oui d'accord, et c'est, c'est quoi le plus dur, Monsieur ?", "C'est quoi le plus dur ?"),
    ("Est-ce que… est-ce que vous travaillez le week-end ?", "Est-ce que vous travaillez le week-end ?"),
    ("Vous vous levez à quelle heure ?", "Vous vous levez à quelle heure ?"),
    (
        "Alors moi je voulais savoir si c'était difficile de trouver un stage ?",
        "C'était difficile de trouver un stage ?",
    ),
    ("J'aimerais savoir comment on devient pompier.", "Comment on devient pompier ?"),
    ("Ma première question, c'est : quelles études il faut faire ?", "Quelles études il faut faire ?"),
    ("Ma première question est simple : c'est quoi, développeuse web ?", "C'est quoi, développeuse web ?"),
    ("Dernière question : on peut vivre de ce métier ?", "On peut vivre de ce métier ?"),
    ("Pour finir, vous me conseillez quoi, si je veux essayer ?", "Vous me conseillez quoi, si je veux essayer ?"),
    ("Est-ce que vous pouvez me dire combien d'heures vous travaillez ?", "Combien d'heures vous travaillez ?"),
    ("Je me demandais s'il fallait être bon en maths ?", "Il fallait être bon en maths ?"),
    ("Et donc, au niveau des horaires, vous finissez tard, du coup ?", "Au niveau des horaires, vous finissez tard ?"),
    ("C'est quoi un architecte", "C'est quoi un architecte ?"),
    ("tu gagnes combien", "Tu gagnes combien ?"),
    ("Pourquoi vous avez choisi ce métier ?", "Pourquoi vous avez choisi ce métier ?"),
    ("Et sinon, est-ce qu'on peut évoluer ?", "Est-ce qu'on peut évoluer ?"),
    ("Y a-t-il beaucoup de concurrence ?", "Y a-t-il beaucoup de concurrence ?"),
    ("Qu'est-ce que vous pensez de l'apprentissage, hein ?", "Qu'est-ce que vous pensez de l'apprentissage ?"),
    (
        "Et euh… l'intelligence artificielle, elle écrit du code, non ?",
        "L'intelligence artificielle, elle écrit du code ?",
    ),
    ("Ok super merci, et est-ce qu'il y a un concours ?", "Est-ce qu'il y a un concours ?"),
    ("D'accord. Et euh, ça vous plaît ?", "Infirmière : ça vous plaît ?"),
    ("Et c'est difficile ?", "Infirmière : c'est difficile ?"),
    ("Et vous, Camille, vous avez toujours voulu faire ça ?", "Infirmière : vous avez toujours voulu faire ça ?"),
    ("Et ça ?", _FROM_ANSWER),
    ("Pourquoi ?", _FROM_ANSWER),
    ("Comment ça ?", _FROM_ANSWER),
]


@pytest.mark.parametrize(("question", "expected"), _CASES)
def test_a_question_becomes_a_title(question: str, expected: str) -> None:
    """Hesitations, courtesy and announcements go; what cannot stand alone leans on occupation or answer."""
    assert expected == title_of([question], _ANSWER, "infirmière").replace("\u202f", " ")


def test_a_narrow_space_stands_before_the_mark() -> None:
    """French typography, whatever the transcript wrote."""
    assert "Une journée type\u202f?" == title_of(["Une journée type?"], [], None)


def test_the_last_question_with_content_wins() -> None:
    """Of several sentences in the asking turns, the last that carries content names the clip."""
    asked = ["Et les études…", "Comment on apprend ça ?", "Vous avez suivi quelle école d'art ?", "Et pourquoi ?"]

    assert "Vous avez suivi quelle école d'art\u202f?" == title_of(asked, _ANSWER, None)


def test_a_reformulation_does_not_name_the_clip() -> None:
    """« Je veux dire… » explains the question before it."""
    asked = ["Les horaires, euh… ça ne vous pèse pas ?", "Je veux dire, le soir et le week-end ?"]

    assert "Les horaires… ça ne vous pèse pas\u202f?" == title_of(asked, _ANSWER, None)


def test_a_pronoun_gets_what_it_stands_for() -> None:
    """« Elle » alone means nothing: the remark before the question tells who."""
    asked = ["Tout le monde parle de l'intelligence artificielle… Euh…", "Est-ce qu'elle peut remplacer un ébéniste ?"]

    assert "L'intelligence artificielle : est-ce qu'elle peut remplacer un ébéniste\u202f?" == title_of(asked, [], None)


def test_a_long_question_is_cut_at_a_clause() -> None:
    """At most eighty characters, at a clause, never inside a word."""
    asked = ["Quels conseils vous donneriez à un jeune qui veut faire votre métier, qui hésite entre plusieurs voies ?"]

    assert "Quels conseils vous donneriez à un jeune qui veut faire votre métier\u202f?" == title_of(asked, [], None)


def test_a_clip_without_content_is_named_by_the_occupation() -> None:
    """When neither question nor answer says anything, only the occupation is left."""
    assert "Infirmière" == title_of(["Et ça ?"], ["Oui, voilà."], "infirmière")


_TEXT = st.lists(
    st.sampled_from(
        [
            "euh",
            "Bonjour",
            "Madame,",
            "Martin,",
            "est-ce",
            "que",
            "vous",
            "ça",
            "pourquoi",
            "?",
            "salaire,",
            "études…",
            "je",
            "voulais",
            "savoir",
            "si",
            "s'il",
            "merci",
            "d'accord.",
            "hôpital",
            "l'école",
            "c'est",
            "quoi",
            "elle",
            "(oui)",
            "«",
            "non",
            "»",
            "!",
            "35",
            "parce",
            "que",
            "mm-hm",
            "et",
        ]
    ),
    min_size=1,
    max_size=30,
).map(" ".join)


@given(asked=st.lists(_TEXT, max_size=3), told=st.lists(_TEXT, max_size=3))
def test_a_title_invents_nothing(asked: list[str], told: list[str]) -> None:
    """For any text: 1 to 80 characters, on one line, every word said in the clip or part of the occupation."""
    title = title_of(asked, told, "sage-femme")

    said = {word for text in [*asked, *told, "sage-femme"] for word in tokens(text)}
    assert 1 <= len(title) <= MAX_TITLE
    assert title == title.strip()
    assert "\n" not in title
    assert set(tokens(title)) <= said

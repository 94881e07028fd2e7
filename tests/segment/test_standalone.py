"""The self-contained check: what a clip takes from before it, told in French."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.segment.standalone import REVIEW_BELOW, depends_on_previous, standalone_of
from pipeline.segment.tags import Line


@pytest.mark.parametrize(
    "opening",
    [
        "Oui, comme je disais tout à l'heure, c'est long.",
        "Et pour revenir à ce que vous disiez, c'est payé ?",
        "Ça, ça me plaît beaucoup.",
        "Et pourquoi ?",
        "Celui-là, il est compliqué.",
        "Je reviens sur le danger, est-ce que vous avez peur des fois ?",
        "Revenons à votre salaire, vous gagnez combien ?",
        "On revient sur les études, il faut quel bac ?",
    ],
)
def test_an_unresolved_opening_depends_on_what_came_before(opening: str) -> None:
    """A clip that opens so should follow what it needs, or be looked at."""
    found = depends_on_previous([Line(opening, True)])

    assert found.strength >= 0.5
    assert found.reasons


@pytest.mark.parametrize(
    "opening",
    [
        "À quoi ressemble une journée ?",
        "Ça ressemble à quoi, une journée ?",
        "Ça se passe comment, les études ?",
        "Il faut quelles études ?",
        "Bonjour. Vous gagnez combien ?",
        "Est-ce que ça fait peur de monter là-haut ?",
        "On revient à la caserne à quelle heure ?",
        "Je reviens d'un stage, est-ce que vous en prenez ?",
    ],
)
def test_an_opening_that_says_what_it_is_about_depends_on_nothing(opening: str) -> None:
    """« Ça » is no reference where its noun follows in the same sentence."""
    assert 0 == depends_on_previous([Line(opening, True)]).strength


def test_a_clip_that_stops_in_the_middle_is_marked() -> None:
    """An unfinished sentence, an enumeration without its second item, a question without an answer."""
    question, answer = Line("Quelles études il faut ?", True), Line("Un CAP suffit.", False)
    whole = standalone_of([question, answer])
    cut = standalone_of([question, Line("Il y a plusieurs voies et", False)])
    counted = standalone_of([question, Line("Il y a deux voies : la première, c'est l'apprentissage.", False)])
    open_end = standalone_of([question, answer, Line("Et le salaire ?", True)])

    assert (1.0, (), False) == (whole.score, whole.reasons, whole.needs_review)
    assert cut.needs_review
    assert "l'extrait s'arrête au milieu d'une énumération" in counted.reasons
    assert "l'extrait se termine sur une question sans réponse" in open_end.reasons


def test_there_is_no_article() -> None:
    """« Là » ends a sentence, « la » does not, though both fold alike: some transcripts mark no sentence."""
    there, article = (
        standalone_of([Line("Vous avez appris où ?", True), Line(told, False)])
        for told in ("à l'atelier j'étais payé pendant ce temps là", "à l'atelier et ensuite j'ai fait la")
    )

    assert there.score > article.score


@given(st.lists(st.builds(Line, st.text(max_size=60), st.booleans()), max_size=6))
def test_the_score_is_between_0_and_1_and_explained(lines: list[Line]) -> None:
    """For any text: a score below 1 has a reason, a low one is marked, and the same clip gets the same."""
    found = standalone_of(lines)

    assert 0 <= found.score <= 1
    assert (found.score < 1) == bool(found.reasons)
    assert found.needs_review == (found.score < REVIEW_BELOW)
    assert found == standalone_of(lines)

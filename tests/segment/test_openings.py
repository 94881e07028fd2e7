"""How openings are weighed, seen through the clips that come out."""

from __future__ import annotations

import pytest

from pipeline.records import Segmentation
from pipeline.settings import ClipLengths
from tests.segment.meetings import cut, dialogue, said

_STUDIES = (
    "P: Trois ans dans un institut de formation après le bac. On y entre sur dossier, avec les notes de première et de "
    "terminale. La moitié du temps se passe en stage, à l'hôpital, en maison de retraite ou en "
    "psychiatrie. Les examens "
    "sont exigeants mais les formateurs nous accompagnent, et la plupart des élèves obtiennent leur "
    "diplôme au bout des "
    "trois années. Moi j'avais un bac technologique de la santé."
)
_PAY = (
    "P: On débute autour de deux mille euros net chaque mois. Les nuits et les dimanches apportent des "
    "primes, et chaque "
    "échelon augmente un peu la fiche de paie. Dans le privé, certaines cliniques offrent davantage, "
    "surtout quand elles "
    "manquent de bras. Personne ne devient riche, mais mon logement et mes vacances sont payés, et je mets même un peu "
    "de côté tous les mois pour acheter."
)


def _first_words(found: Segmentation) -> list[str]:
    return [segment.utterances[0].text for segment in found.segments]


def test_two_topics_of_half_a_minute_are_two_clips() -> None:
    """People look for one answer: an exchange that is long enough is a clip of its own."""
    questions = ("J: Il faut quelles études ?", "J: Et vous gagnez combien ?")
    found = cut(dialogue(questions[0], _STUDIES, questions[1], _PAY))

    assert [question[3:] for question in questions] == _first_words(found)
    assert all(20 < segment.span.duration < 40 for segment in found.segments)


def test_a_short_follow_up_joins_its_exchange() -> None:
    """Twelve seconds on the same subject stay with the answer they follow, not with the next topic."""
    follow_up = "P: Oui, les annales de l'institut, pendant tout un été, avec une camarade de ma classe."
    found = cut(
        dialogue(
            "J: Il faut quelles études ?",
            _STUDIES,
            "J: Vous aviez révisé avant ?",
            follow_up,
            "J: Et le salaire ?",
            _PAY,
        )
    )

    assert ["Il faut quelles études ?", "Et le salaire ?"] == _first_words(found)


def test_a_question_that_points_back_joins_what_it_points_to() -> None:
    """« Et ça vous plaisait ? », twenty-five seconds with its answer, cannot be read without what came before."""
    pointing = (
        "P: Oui, beaucoup, surtout les stages à l'hôpital. Les formateurs de l'institut étaient présents, les élèves "
        "s'entraidaient avant les examens, et le diplôme donnait du courage à chacun de nous. Je garde de ces trois "
        "années de formation un très grand souvenir, malgré la fatigue."
    )
    long_answer = f"{_STUDIES} {_STUDIES[3:].replace('Trois', 'Quatre')}"
    found = cut(dialogue("J: Il faut quelles études ?", long_answer, "J: Et ça vous plaisait ?", pointing))

    assert ["Il faut quelles études ?"] == _first_words(found)


def test_a_question_spoken_over_the_end_of_an_answer_still_opens_its_clip() -> None:
    """The cut goes before the last short sentence that the question overlaps: no word is cut, none is lost."""
    utterances = dialogue("J: Il faut quelles études ?", f"{_STUDIES} Voilà pour moi.")
    end = utterances[-1].span.end
    question = said(utterances[0].speaker, "Et vous gagnez combien ?", end - 0.2)
    answer = said(utterances[-1].speaker, _PAY[3:], question.span.end + 0.5)

    found = cut([*utterances, question, answer])

    assert ["Voilà pour moi.", "Et vous gagnez combien ?"] == [one.text for one in found.segments[1].utterances[:2]]


@pytest.mark.parametrize("times", [8, 14])
def test_a_long_answer_is_cut_as_few_times_as_may_be(times: int) -> None:
    """An answer longer than the maximum is cut at sentence starts into clips that all fit."""
    lengths = ClipLengths()
    found = cut(dialogue("J: Il faut quelles études ?", f"P: {' '.join([_STUDIES[3:]] * times)}"), lengths)

    spoken = found.segments[-1].span.end - found.segments[0].span.start
    assert all(segment.span.duration <= lengths.maximum_s for segment in found.segments)
    assert len(found.segments) <= spoken // lengths.maximum_s + 2

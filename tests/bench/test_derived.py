"""Sets derived from texts that are already here."""

from __future__ import annotations

import pytest

from bench.derived import derived
from bench.retrieval import RetrievalSet
from training.encoder.material import TEXT


def set_of(name: str, split: str = "dev") -> RetrievalSet:
    (one,) = (one for one in derived() if (one.name, one.split) == (name, split))
    return one


def test_every_question_has_its_passage() -> None:
    """In each set of both halves, and no question is asked in both."""
    for one in derived():
        ids = {passage.id for passage in one.passages}
        assert {question.passage_id for question in one.questions} <= ids
        assert len(one.questions) >= 40
    for name in ("questions", "rest"):
        halves = [{question.passage_id for question in set_of(name, split).questions} for split in ("dev", "held_out")]
        assert not halves[0] & halves[1]


@pytest.mark.parametrize("split", ["dev", "held_out"])
def test_a_sentence_is_not_left_in_its_passage(split: str) -> None:
    """What is asked was taken out of what is searched."""
    rest = set_of("rest", split)
    said = {passage.id: passage.text for passage in rest.passages}

    assert [] == [one.text for one in rest.questions if one.text in said[one.passage_id]]


def test_training_never_saw_the_occupations_asked_for() -> None:
    """Every sixth line is kept aside, with its definition."""
    lines = (TEXT / "jobs.txt").read_text("utf-8").splitlines()
    asked = {one.passage_id for one in set_of("occupations").questions}

    assert {str(number) for number in range(len(lines)) if number % 6 == 5} == asked

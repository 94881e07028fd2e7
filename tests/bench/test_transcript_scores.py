"""Scores of a transcript: counted as anybody would by hand, and the committed result says what its values say."""

from __future__ import annotations

import pytest

from bench.hearing import HeardWord
from bench.transcribe import RESULT, TranscribeReport
from bench.transcript_scores import sentences_of, speaker_error, start_error, word_error_rate
from consent.records import PersonId, Span
from demo.truth import TrueWord, Truth, utterance

PRO, YOUNG = PersonId("pro"), PersonId("jeune")


def _truth(*turns: tuple[PersonId, str]) -> Truth:
    """Turns one after the other, a second a word."""
    utterances, at = [], 0
    for speaker, text in turns:
        words = text.split()
        utterances.append(
            utterance(
                [
                    TrueWord(text=word, speaker=speaker, span=Span(start=at + n, end=at + n + 1))
                    for n, word in enumerate(words)
                ]
            )
        )
        at += len(words)
    return Truth(meeting="essai", duration=at + 1, utterances=tuple(utterances), exchanges=())


def _heard(text: str, person: PersonId | None = PRO, first: float = 0.0) -> list[HeardWord]:
    return [
        HeardWord(text=word, start=first + n, end=first + n + 1, person=person) for n, word in enumerate(text.split())
    ]


@pytest.mark.parametrize(
    ("heard", "rate"),
    [
        ("Je fais le pain du matin.", 0.0),
        ("je FAIS le pain, du matin", 0.0),
        ("Je fais du pain du matin.", 1 / 6),
        ("Je fais le pain matin.", 1 / 6),
        ("Je fais bien le pain du matin.", 1 / 6),
        ("", 1.0),
    ],
)
def test_words_wrong_missing_or_too_many_are_errors(heard: str, rate: float) -> None:
    """One edit in six words is a sixth; case and signs are none."""
    found = sentences_of(_truth((PRO, "Je fais le pain du matin.")), _heard(heard))

    assert pytest.approx(rate, abs=1e-4) == word_error_rate(found).value


def test_word_starts_are_those_of_right_words_alone() -> None:
    """Half a second late on every right word; the wrong one does not count."""
    found = sentences_of(_truth((PRO, "Je fais le pain.")), _heard("Je fais du pain.", first=0.5))

    assert pytest.approx(0.5) == start_error(found).value
    assert 3 == sum(len(one.starts) for one in found)


def test_errors_are_counted_in_their_own_sentence() -> None:
    """The interval is drawn over sentences: each keeps its own."""
    found = sentences_of(_truth((PRO, "Je fais le pain. Il est bon.")), _heard("Je fais le pain. Il était."))

    assert [(4, 0), (3, 2)] == [(one.tokens, one.edits) for one in found]


def test_a_word_given_to_whom_is_silent_is_a_speaker_error() -> None:
    """One of four words; nobody knows is an error too, a word in a pause is not judged."""
    truth = _truth((YOUNG, "Et toi ?"), (PRO, "Moi, rien."))
    heard = [*_heard("Et toi", YOUNG), *_heard("Moi,", None, 3), *_heard("rien.", PRO, 4), *_heard("euh", PRO, 20)]

    assert 0.25 == speaker_error(truth, heard).value


def test_the_committed_result_is_whole_and_its_verdicts_are_those_of_its_values() -> None:
    """Nothing in the file was typed by hand."""
    report = TranscribeReport.model_validate_json(RESULT.read_bytes())

    assert report.cpu.goal is not None
    assert report.cpu.goal.holds_for(report.cpu.ratio)
    assert report.wall_goal.holds_for(report.wall_ratio)
    memory = report.memory
    assert pytest.approx(memory.product_mib / memory.bare_mib, rel=1e-3) == memory.ratio
    assert memory.goal.reached == (memory.ratio <= memory.goal.at_most)
    for level in report.speakers:
        assert level.goal.reached == (level.product.value <= level.goal.at_most)
        assert level.product.low <= level.product.value <= level.product.high

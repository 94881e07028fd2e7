"""Retrieval sets made of texts that are already here, asked in other ways.

Takes the labelled exchanges, the spoken passages and the occupations of the encoder's training text; gives what a young
person really asked over the answers, a sentence over the passage it was taken out of, and titles of occupations that
training never saw over all definitions.
"""

from __future__ import annotations

from bench.exchanges import read as read_exchanges
from bench.retrieval import Passage, Question, RetrievalSet, spoken
from pipeline.index.texts import sentences_of
from training.encoder.material import HELD_OUT_JOB, read_jobs

_FEWEST_SENTENCES = 3
"""Of a passage that a sentence is taken out of: two are left at least."""


def derived() -> tuple[RetrievalSet, ...]:
    """Every set, dev before held out; occupations are dev only, for checkpoints of the encoder were chosen on them."""
    return (
        _questions("dev", "dev"),
        _rest("dev"),
        _occupations(),
        _questions("held_out", "unseen"),
        _rest("held_out"),
    )


def _questions(split: str, half: str) -> RetrievalSet:
    exchanges = read_exchanges()
    return RetrievalSet(
        name="questions",
        split=split,
        passages=tuple(Passage(id=one.id, text=" ".join(one.told)) for one in exchanges),
        questions=tuple(
            Question(text=" ".join(one.asked), passage_id=one.id) for one in exchanges if one.split == half
        ),
    )


def _rest(split: str) -> RetrievalSet:
    passages: list[Passage] = []
    questions: list[Question] = []
    for one in spoken():
        sentences = sentences_of(one.text)
        if one.split == split and len(sentences) >= _FEWEST_SENTENCES:
            longest = max(range(len(sentences)), key=lambda place: len(sentences[place].split()))
            questions.append(Question(text=sentences.pop(longest), passage_id=one.id))
        passages.append(Passage(id=one.id, text=" ".join(sentences)))
    return RetrievalSet(name="rest", split=split, passages=tuple(passages), questions=tuple(questions))


def _occupations() -> RetrievalSet:
    jobs = read_jobs()
    return RetrievalSet(
        name="occupations",
        split="dev",
        passages=tuple(Passage(id=str(number), text=job.definition) for number, job in enumerate(jobs)),
        questions=tuple(
            Question(text=title, passage_id=str(number))
            for number, job in enumerate(jobs)
            if number % HELD_OUT_JOB == HELD_OUT_JOB - 1
            for title in job.titles
        ),
    )

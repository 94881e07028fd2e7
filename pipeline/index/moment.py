"""The moment of a hit: the one sentence of the clip that answers best, and its matching words.

A sentence is worth the share of the question's words (by rarity) that it holds, plus the cosine of its vector where
there is one. Only what the professional says answers; an « Alors, euh… » does not.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from consent.records import Role
from pipeline.index.analysis import analyse, mark_tokens
from pipeline.index.embed import Vectors
from pipeline.index.opened import Generation
from pipeline.index.part import Said
from pipeline.index.question import Question
from pipeline.records import Clip, Mark, Moment, Sentence

_CLEARLY_BETTER = 0.15
"""By how much a later sentence must pass the answer's first one where the question itself matches best: a third of
the words of a short question, or the cosine that separates a sentence on the subject from one beside it."""

_REAL_WORDS = 3
"""Significant words of a sentence that says something: « Oui, bien sûr » has one, « Je me lève à six heures » three."""


Wants = tuple[tuple[frozenset[str], float], ...]
"""The words of a question: the terms that each is found by, and its rarity."""


def wants_of(generation: Generation, question: Question) -> Wants:
    """What a question looks for in every clip of a generation."""
    return tuple((frozenset((*word.terms, *word.guessed)), generation.rarity(word)) for word in question.words)


def find_moment(
    generation: Generation, clip: Clip, question: Question, wants: Wants, vector: Vectors | None
) -> tuple[Moment, tuple[Mark, ...]]:
    """The sentence of ``clip`` that answers best, of equals the first; and the question's words in the clip's title.

    ``vector`` is the question's (None where only words count).
    """
    texts = (clip.title, *(sentence.text for sentence in clip.sentences))
    title, *said = generation.remembered(clip.id, texts, _said)
    title_marks = mark_tokens(title.tokens, question.terms)
    if not said:
        return Moment(at=0.0, in_meeting=clip.span.start, text="", marks=()), title_marks
    scores = _word_scores(said, wants)
    if vector is not None:
        meanings = generation.sentence_scores(clip.id, vector)
        # The catalogue's clip is the one that was indexed (its id is a hash of its text); never trust it blindly.
        if len(meanings) == len(scores):
            scores = scores + meanings
    place = _answering(clip.sentences, said, scores)
    best = clip.sentences[place]
    moment = Moment(
        at=best.span.start,
        in_meeting=clip.span.start + best.span.start,
        text=best.text,
        marks=mark_tokens(said[place].tokens, question.terms),
    )
    return moment, title_marks


def _answering(sentences: Sequence[Sentence], said: Sequence[Said], scores: Vectors) -> int:
    """The professional's sentence with the best score; any sentence where nobody answers.

    A question holds the visitor's words better than its answer does, and answers nothing: where it matches best, the
    moment is the beginning of its answer, unless a sentence of the answer is clearly better.
    """
    best = int(np.argmax(scores))
    answers = [place for place, sentence in enumerate(sentences) if sentence.role is Role.PROFESSIONAL]
    real = [place for place in answers if said[place].says_something] or answers
    if not real:
        return best
    answer = max(real, key=lambda place: (float(scores[place]), -place))
    if best in answers:
        return answer
    opening = next((place for place in real if place > best), real[0])
    return answer if scores[answer] >= scores[opening] + _CLEARLY_BETTER else opening


def _said(text: str) -> Said:
    tokens = analyse(text)
    words = sum(not token.function_word and not token.whole for token in tokens)
    return Said(tokens, frozenset(term for token in tokens for term in token.terms), words >= _REAL_WORDS)


def _word_scores(said: Sequence[Said], wants: Wants) -> Vectors:
    """``(sentences,)`` float32 in 0..1: the share of the question's words, by rarity, that each sentence holds."""
    scores = np.zeros(len(said), dtype=np.float32)
    total = sum(rarity for _, rarity in wants)
    if not wants or total <= 0:
        return scores
    for place, one in enumerate(said):
        found = sum(rarity for terms, rarity in wants if not terms.isdisjoint(one.terms))
        scores[place] = found / total
    return scores

"""The moment of a hit: the one sentence of the clip that answers best, and its matching words.

By words: the sum of the rarity of the query's words that the sentence holds. By meaning: the cosine of its
vector with the query's. By both: the share of the query's words (by rarity) plus the cosine.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from consent.records import Role
from pipeline.index.analysis import analyse, mark, query_tokens
from pipeline.index.embed import Vectors
from pipeline.index.reader import Generation
from pipeline.records import Clip, Moment, Sentence, Why


def find_moment(generation: Generation, clip: Clip, query: str, vector: Vectors | None, why: Why) -> Moment:
    """The sentence of ``clip`` that answers ``query`` best, according to what found it; ties to the earliest.

    ``vector`` is the query's (None where it was not embedded). A clip that was found by the words of its title
    alone is judged by meaning where there is a vector, else begins at its answer.
    """
    if not clip.sentences:
        return Moment(at=0.0, in_meeting=clip.span.start, text="", marks=())
    words = _word_scores(generation, clip.sentences, query)
    scores = words
    if vector is not None:
        meanings = generation.sentence_scores(clip.id, vector)
        # The catalogue's clip is the one that was indexed (its id is a hash of its text); never trust it blindly.
        if len(meanings) == len(words):
            if why is Why.BOTH:
                scores = words + meanings
            elif why is Why.MEANING or not words.any():
                scores = meanings
    best = clip.sentences[_answering(clip.sentences, scores)]
    return Moment(
        at=best.span.start,
        in_meeting=clip.span.start + best.span.start,
        text=best.text,
        marks=mark(best.text, query),
    )


def _answering(sentences: Sequence[Sentence], scores: Vectors) -> int:
    """The professional's sentence with the best score, the first of equals; any sentence where nobody answers.

    A question holds the query's words better than its answer does, and answers nothing: where only it matches,
    the moment is the answer's beginning, right after it.
    """
    answers = [place for place, sentence in enumerate(sentences) if sentence.role is Role.PROFESSIONAL]
    best = int(np.argmax(scores))
    if not answers or best in answers:
        return best
    answer = max(answers, key=lambda place: (float(scores[place]), -place))
    if scores[answer] > 0:
        return answer
    return next((place for place in answers if place > best), answers[0])


def _word_scores(generation: Generation, sentences: Sequence[Sentence], query: str) -> Vectors:
    """``(sentences,)`` float32 in 0..1: the share of the query's words, by rarity, that each sentence holds."""
    scores = np.zeros(len(sentences), dtype=np.float32)
    wanted = [(frozenset(token.terms), generation.rarity(token)) for token in query_tokens(query)]
    total = sum(rarity for _, rarity in wanted)
    if not wanted or total <= 0:
        return scores
    for place, sentence in enumerate(sentences):
        held = {term for token in analyse(sentence.text) for term in token.terms}
        found = sum(rarity for terms, rarity in wanted if not terms.isdisjoint(held))
        scores[place] = found / total
    return scores

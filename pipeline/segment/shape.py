"""The shape of a talk: an interview or not, and how many topics a person would list in it.

Takes lines with their speakers; gives counts and two decisions made from them, never from a name. An interview has a
side that asks much and says little. Elsewhere the number of topics hardly depends on length: in the 97 training
transcripts of QMSum-AMI the logarithms of words and of topics correlate by .03. People list about four topics in a
lively meeting whether it lasts twenty minutes or ninety, and about seven where speeches are long and somebody gives
the floor (debates, committees); see docs/decisions/0006.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from consent.records import Role
from pipeline.segment.askers import askers_of
from pipeline.segment.sentences import SentenceUnit

_ASKING_WORDS = 0.45  # of the words, at most, are the asking side's
_ASKING_QUESTIONS = 0.7  # of the questions, at least
_LEAST_EXCHANGES = 2
_WORDS_A_QUESTION = 100  # in an interview; a hearing of many speakers has 110 and more
_FEW_SPEAKERS = 3  # whose answers may be longer

_LIVELY, _ALONE, _SHORT, _FORMAL = 4, 4, 5, 7
"""Topics: see above. Four where one person tells what was done (four monologues of TinyRec: 3, 4, 4 and 6), five where
several do, in less time than a public event takes."""
_SPEECH_WORDS = 30  # a turn: lively meetings stay under 25, debates and committees over 38
_FORMAL_WORDS = 6000  # about forty minutes; less is no public event
_LEAST_TOPIC_WORDS = 80  # half a minute


@dataclass(frozen=True, slots=True)
class Shape:
    """What is counted of a talk."""

    words: int
    turns: int
    speakers: int
    interview: bool

    @property
    def topics(self) -> int:
        """How many topics a person would list; for an interview its questions tell better."""
        if self.speakers < 2:
            usual = _ALONE
        elif self.words >= self.turns * _SPEECH_WORDS:
            usual = _FORMAL if self.words >= _FORMAL_WORDS else _SHORT
        else:
            usual = _LIVELY
        return max(1, min(usual, self.words // _LEAST_TOPIC_WORDS))


def shape_of(sentences: Sequence[SentenceUnit], questions: Sequence[bool], exchanges: int) -> Shape:
    """Count.

    Args:
        sentences: of the whole talk.
        questions: for each sentence, whether it asks.
        exchanges: how many there are.
    """
    words: Counter[object] = Counter()
    asked: Counter[object] = Counter()
    turns, before = 0, object()
    for sentence, asks in zip(sentences, questions, strict=True):
        words[sentence.speaker] += len(sentence.words)
        asked[sentence.speaker] += asks
        turns += sentence.speaker != before
        before = sentence.speaker
    askers = askers_of(sentences) if sentences else frozenset()
    dense = words.total() <= _WORDS_A_QUESTION * max(1, asked.total())
    if any(sentence.role is Role.YOUNG_PERSON for sentence in sentences):
        interview = True  # told, not inferred
    elif askers:
        asking = sum(asked[one] for one in askers) >= _ASKING_QUESTIONS * asked.total()
        asking = asking and sum(words[one] for one in askers) <= _ASKING_WORDS * words.total()
        interview = asking and (dense or len(words) <= _FEW_SPEAKERS)
    else:
        interview = dense and len(words) == 1
    return Shape(words.total(), turns, len(words), interview and exchanges >= _LEAST_EXCHANGES)

"""Talk: a transcript as others write it, one line an utterance, brought to the words and times that clips need.

Takes utterances with or without speakers, times and punctuation; gives :class:`Utterance` records whose words are
spread evenly over the time of each line, at a spoken pace where there is none, and the line each came from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from consent.records import PersonId, Span
from pipeline.records import Utterance, Word

WORDS_A_SECOND = 2.6
"""Conversational French; English is about the same."""

_TURN_GAP_S = 0.3  # between two people: enough to be a silence, too little to be noticed
_LINE_GAP_S = 0.1  # between two lines of one person
_LEAST_WORD_S = 0.05  # where a clock leaves no time for the words
_LATEST_S = 1e12  # beyond, a float no longer tells two words apart


@dataclass(frozen=True, slots=True)
class Said:
    """One line of a transcript: who, what, and when in seconds where it is known."""

    speaker: str | None
    text: str
    start: float | None = None
    end: float | None = None


@dataclass(frozen=True, slots=True)
class Timed:
    """Utterances in the order of the lines, and the line that each came from; lines without a word have none."""

    utterances: tuple[Utterance, ...]
    lines: tuple[int, ...]


def timed(talk: Sequence[Said]) -> Timed:
    """Give every word a time.

    Times are kept if every line with words has a start, none goes back and all are seconds that a clock can tell (0
    to 1e12); else all of them are counted anew, since half a clock is none.

    Args:
        talk: lines in the order in which they were said.
    """
    spoken = [(line, said, said.text.split()) for line, said in enumerate(talk) if said.text.split()]
    starts = [said.start for _, said, _ in spoken]
    known = [start for start in starts if start is not None and 0 <= start <= _LATEST_S]
    clocked = len(known) == len(spoken) and all(before <= after for before, after in pairwise(known))
    utterances: list[Utterance] = []
    at = 0.0
    for number, (_, said, words) in enumerate(spoken):
        start, end = at, at + len(words) / WORDS_A_SECOND
        if clocked and said.start is not None:
            following = known[number + 1] if number + 1 < len(known) else said.start + len(words) / WORDS_A_SECOND
            start = said.start
            end = said.end if said.end is not None and start < said.end <= _LATEST_S else following
            end = max(end, start + len(words) * _LEAST_WORD_S)
        utterances.append(_utterance(said, words, start, end))
        other = number + 1 < len(spoken) and spoken[number + 1][1].speaker != said.speaker
        at = end + (_TURN_GAP_S if other else _LINE_GAP_S)
    return Timed(tuple(utterances), tuple(line for line, _, _ in spoken))


def _utterance(said: Said, words: Sequence[str], start: float, end: float) -> Utterance:
    step = max(0.0, end - start) / len(words)
    spans = [Span(start=start + step * index, end=start + step * (index + 1)) for index in range(len(words))]
    speaker = PersonId(said.speaker) if said.speaker else None
    return Utterance(
        speaker=speaker,
        words=tuple(Word(text=word, span=span, probability=1) for word, span in zip(words, spans, strict=True)),
    )

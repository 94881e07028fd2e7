"""The truth of a demo meeting: every word with its speaker and times, the turns, the exchanges.

Owns ``truth.json``, written beside each meeting's media for tests and benchmarks; the pipeline never reads it.
Times are seconds from the recording's start.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from consent.records import Frozen, PersonId, Span

TRUTH_FILE = "truth.json"
_SENTENCE_ENDS = (".", "?", "!", "…")


class TrueWord(Frozen):
    """A written word, punctuation attached, and when it is heard."""

    text: str = Field(min_length=1)
    speaker: PersonId
    span: Span


class TrueUtterance(Frozen):
    """One turn: who, when, and its words."""

    speaker: PersonId
    span: Span
    words: tuple[TrueWord, ...] = Field(min_length=1)

    @property
    def text(self) -> str:
        """The words, one space apart."""
        return " ".join(word.text for word in self.words)

    def sentences(self) -> tuple[TrueUtterance, ...]:
        """The turn cut after each word that ends a sentence."""
        found: list[list[TrueWord]] = [[]]
        for word in self.words:
            found[-1].append(word)
            if word.text.endswith(_SENTENCE_ENDS):
                found.append([])
        return tuple(utterance(words) for words in found if words)


class TrueExchange(Frozen):
    """A question with its answer, from its first word's start to its last word's end."""

    topic: str
    question: str = Field(min_length=1)
    span: Span


class Truth(Frozen):
    """All of it. ``duration`` is that of the sound and the picture."""

    meeting: str
    duration: float = Field(gt=0)
    utterances: tuple[TrueUtterance, ...]
    exchanges: tuple[TrueExchange, ...]

    @property
    def words(self) -> tuple[TrueWord, ...]:
        """Every word, in order of time."""
        return tuple(word for utterance in self.utterances for word in utterance.words)


def utterance(words: list[TrueWord]) -> TrueUtterance:
    """The utterance made of these words of one speaker."""
    span = Span(start=words[0].span.start, end=words[-1].span.end)
    return TrueUtterance(speaker=words[0].speaker, span=span, words=tuple(words))


def read_truth(folder: Path) -> Truth:
    """The truth beside a demo meeting."""
    return Truth.model_validate_json((folder / TRUTH_FILE).read_text("utf-8"))

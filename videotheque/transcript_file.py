"""The JSON of ``videotheque transcribe --json``: who said what and when, word by word, for other programs.

Times are seconds of the recording, to the millisecond. Field names are public: they change with the version only.
"""

from __future__ import annotations

from consent.records import Frozen, PersonId, Role
from pipeline.records import Word
from pipeline.transcribe.listening import Heard


class WordLine(Frozen):
    """A word, in seconds of the recording."""

    text: str
    start: float
    end: float
    probability: float


class UtteranceLine(Frozen):
    """What one person says without a break; ``speaker`` is a role, or None where nothing tells."""

    speaker: Role | None
    start: float
    end: float
    text: str
    words: tuple[WordLine, ...]


class DoubtLine(Frozen):
    """A text that nobody is believed to have said, and why."""

    speaker: Role | None
    start: float
    end: float
    text: str
    reason: str


class TranscriptFile(Frozen):
    """What ``--json`` prints."""

    language: str
    duration: float
    model: str
    utterances: tuple[UtteranceLine, ...]
    doubts: tuple[DoubtLine, ...]


def written_of(heard: Heard, language: str, duration: float, model: str) -> TranscriptFile:
    """What is printed, times rounded to the millisecond."""

    def role(person: PersonId | None) -> Role | None:
        return Role(person) if person is not None else None

    return TranscriptFile(
        language=language,
        duration=round(duration, 3),
        model=model,
        utterances=tuple(
            UtteranceLine(
                speaker=role(one.speaker),
                start=round(one.span.start, 3),
                end=round(one.span.end, 3),
                text=one.text,
                words=tuple(_word(word) for word in one.words),
            )
            for one in heard.utterances
        ),
        doubts=tuple(
            DoubtLine(
                speaker=role(one.speaker),
                start=round(one.span.start, 3),
                end=round(one.span.end, 3),
                text=one.text,
                reason=one.reason.value,
            )
            for one in heard.doubts
        ),
    )


def _word(word: Word) -> WordLine:
    return WordLine(
        text=word.text,
        start=round(word.span.start, 3),
        end=round(word.span.end, 3),
        probability=round(word.probability, 3),
    )

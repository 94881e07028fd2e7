"""Sentences: the smallest things a clip is made of, and the blocks of sentences that are said together.

Takes the utterances of a transcript, gives sentences (one speaker, whole words, in order of their start) cut at
French punctuation, or at pauses where it is missing; then blocks, the largest groups of sentences with silence
(or at least no shared instant) around them: the only places where a cut is inside nobody's word or sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from consent.records import PersonId, Role
from pipeline.records import Recording, Utterance, Word

_TERMINAL = re.compile(r"[.?!…][\"'»”’)\]]*$")
_ELLIPSIS = re.compile(r"(?:…|\.\.)[\"'»”’)\]]*$")
_NO_LETTER = re.compile(r"^[^\w«“(\[]+$")
_ABBREVIATION = re.compile(
    r"^(?:[\"«“(]*)(?:[A-ZÀ-Ý]|[A-Z]\.-?[A-Z]|MM|Mr|Mme|Mlle|Dr|Pr|Me|St|Ste|cf|ex|env|art|p|pp|vol|n°|no|tél|av|"
    r"bd|min|"
    r"max|hab|ap|J\.-C)\.$"
)
_ETC = re.compile(r"^etc(?:…|\.+)$", re.IGNORECASE)

_JOIN_GAP_S = 2.0  # a longer silence of one person ends a sentence, whatever the punctuation says
_PAUSE_S = 0.6  # a breath between two sentences; within a sentence, words follow within about 0.3 s
_RUN_ON_WORDS = 60  # no spoken French sentence is longer; such a run has lost its punctuation
_WORDS_A_MARK = 60  # fewer marks than one in so many words: the transcript is not punctuated


@dataclass(frozen=True, slots=True)
class Place:
    """Where a word stands in the transcript."""

    utterance: int
    word: int


@dataclass(frozen=True, slots=True)
class SentenceUnit:
    """Words that one person says as one sentence. Times in seconds of the recording."""

    speaker: PersonId | None
    role: Role | None
    words: tuple[Word, ...]
    places: tuple[Place, ...]
    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """Sentences ``[first, past)`` that share instants, from ``start`` to ``end`` seconds."""

    first: int
    past: int
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class _Heard:
    word: Word
    place: Place


def sentence_units(recording: Recording, utterances: Sequence[Utterance]) -> tuple[SentenceUnit, ...]:
    """Cut what everybody says into sentences.

    Args:
        recording: for the roles of the speakers.
        utterances: any order, overlapping or nested; every word ends up in exactly one sentence.

    Returns:
        Sentences in order of (start, end, place in the transcript).
    """
    return sentences_of(utterances, {one.id: one.role for one in recording.participants})


def sentences_of(utterances: Sequence[Utterance], roles: Mapping[PersonId, Role]) -> tuple[SentenceUnit, ...]:
    """The same where there is no recording: the roles that are known, by person."""
    units = [
        _unit(speaker, roles.get(speaker) if speaker is not None else None, run)
        for speaker, stream in _streams(utterances)
        for run in _cut_stream(speaker, stream)
    ]
    units.sort(key=lambda unit: (unit.start, unit.end, unit.places[0].utterance, unit.places[0].word))
    return tuple(units)


def blocks_of(sentences: Sequence[SentenceUnit]) -> tuple[Block, ...]:
    """Group sentences, in order of their start, that overlap directly or through others."""
    blocks: list[Block] = []
    for index, sentence in enumerate(sentences):
        last = blocks[-1] if blocks else None
        if last is not None and sentence.start < last.end:
            blocks[-1] = Block(last.first, index + 1, last.start, max(last.end, sentence.end))
        else:
            blocks.append(Block(index, index + 1, sentence.start, sentence.end))
    return tuple(blocks)


def _unit(speaker: PersonId | None, role: Role | None, run: list[_Heard]) -> SentenceUnit:
    return SentenceUnit(
        speaker=speaker,
        role=role,
        words=tuple(heard.word for heard in run),
        places=tuple(heard.place for heard in run),
        start=min(heard.word.span.start for heard in run),
        end=max(heard.word.span.end for heard in run),
        text=" ".join(heard.word.text for heard in run),
    )


def _streams(utterances: Sequence[Utterance]) -> Iterator[tuple[PersonId | None, list[_Heard]]]:
    """What each person says, in the order of the transcript; unknown speakers are taken together."""
    streams: dict[PersonId | None, list[_Heard]] = {}
    for number, utterance in enumerate(utterances):
        heard = [_Heard(word, Place(number, index)) for index, word in enumerate(utterance.words)]
        streams.setdefault(utterance.speaker, []).extend(heard)
    yield from streams.items()


def _cut_stream(speaker: PersonId | None, stream: list[_Heard]) -> Iterator[list[_Heard]]:
    marks = sum(bool(_TERMINAL.search(heard.word.text)) for heard in stream)
    punctuated = marks * _WORDS_A_MARK >= len(stream)
    # Unknown speakers may be several: what joins one person's words across a breath may not join theirs.
    patience = _JOIN_GAP_S if speaker is not None else _PAUSE_S
    run: list[_Heard] = []
    for index, heard in enumerate(stream):
        run.append(heard)
        following = stream[index + 1] if index + 1 < len(stream) else None
        # « Venez ! » with spaces: the mark stands in a word of its own, before the one that closes the quotation.
        closes = len(run) > 1 and _NO_LETTER.match(heard.word.text) is not None
        written = run[-2].word.text + heard.word.text if closes else heard.word.text
        if following is None or _ends(heard, written, following, punctuated, patience):
            yield from _without_run_on(run)
            run = []


def _ends(heard: _Heard, written: str, following: _Heard, punctuated: bool, patience: float) -> bool:
    """Whether a sentence ends between two words of one person."""
    gap = following.word.span.start - heard.word.span.end
    other_utterance = following.place.utterance != heard.place.utterance
    if _NO_LETTER.match(following.word.text) and not other_utterance:
        return False  # « ? » standing alone belongs to the word before it
    if abs(gap) > patience and (other_utterance or gap > patience):
        return True
    if not punctuated:
        return other_utterance or gap >= _PAUSE_S
    return _ends_in_writing(written, following.word.text)


def _ends_in_writing(text: str, following: str) -> bool:
    if not _TERMINAL.search(text) or _ABBREVIATION.match(text):
        return False
    goes_on = following.lstrip("«“\"'([-–—")[:1].islower()
    if _ETC.match(text) or _ELLIPSIS.search(text):
        return not goes_on  # a hesitation, unless a capital follows
    return True


def _without_run_on(run: list[_Heard]) -> Iterator[list[_Heard]]:
    """Cut a run of too many words at its longest pauses; a run without a pause stays whole."""
    waiting = [run]
    while waiting:
        part = waiting.pop()
        at = _longest_pause(part) if len(part) > _RUN_ON_WORDS else 0
        if at:
            waiting += [part[at:], part[:at]]
        else:
            yield part


def _longest_pause(run: list[_Heard]) -> int:
    gaps = [
        (after.word.span.start - before.word.span.end, -index)
        for index, (before, after) in enumerate(pairwise(run), start=1)
    ]
    gap, index = max(gaps)
    return -index if gap >= _PAUSE_S else 0

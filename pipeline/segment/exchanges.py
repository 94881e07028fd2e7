"""Exchanges: where the young person opens a question, and where its answer begins.

Takes sentences in order, gives exchange openings. An opening is the start of an asker's turn, of at least six words
or with a real question, that gets a real answer; a question asked over several turns opens once, before its first
turn; back-channels open nothing. The asker is the young person by role when known, else a speaker with less than half
of the words and more than 1.2 times the mean rate of question marks. Source: role-aware exchange starts, from the
project's notes on segmentation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from consent.records import PersonId
from pipeline.segment.askers import askers_of, marked_near
from pipeline.segment.lexicon import (
    fold_line,
    is_back_channel,
    is_question,
    is_small_talk,
    reports_question,
    tokens,
    weight,
)
from pipeline.segment.sentences import SentenceUnit
from pipeline.segment.themes import themes

_STATEMENT_WORDS = 6  # a turn of fewer words without a question is a reaction
_ANSWER_WORDS = 12  # about five seconds: the least that is an answer and not « oui, voilà »
_BRIEF_ANSWER_WORDS = 3  # « trente-cinq heures, oui »: enough to close a plain question
_STATEMENT_ANSWER_WORDS = 40  # a remark opens an exchange only if it sets off a long answer
_PRELUDE_WORDS = 8  # « vas-y, il n'y a pas de tabou ici »: between an announcement and the question itself
HANGING = ("…", "...")
"""How a sentence ends that was left in the air (« j'aimerais savoir… »)."""
_NAMES = re.compile(
    r"(?:(?:ah|ok|d'accord|alors|bon|sinon|du coup),? )*et (?:pour |niveau |cote |sur )?(?:vos|votre|tes|ton|ta|"
    r"les?|la|l'|une?)\b"
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and the beginning of its answer, as indexes of sentences.

    ``first`` is the first sentence of the asking turns, ``answer`` the first of the answer, ``questions`` what
    the asker says in the asking turns; ``asked`` is False for a remark that set off an answer.
    """

    first: int
    answer: int
    questions: tuple[int, ...]
    asked: bool


@dataclass(frozen=True, slots=True)
class _Turn:
    """Sentences of one side; back-channels of the other side that fall inside are not in it."""

    asker: bool
    sentences: tuple[int, ...]
    words: int  # without back-channels, courtesy and sounds
    asks: bool
    completes: bool  # asks, and not by a sentence left hanging (« j'aimerais savoir… »)
    announces: bool  # « j'avais une question »

    @property
    def counts(self) -> bool:
        """Whether the turn is more than a reaction."""
        return self.asks or self.announces or self.words >= _STATEMENT_WORDS


def exchanges_of(sentences: Sequence[SentenceUnit]) -> tuple[Exchange, ...]:
    """Find where exchanges open, in order. Without an asker, each real question opens one."""
    askers = askers_of(sentences)
    turns = _turns(sentences, askers) if askers else _turns_by_question(sentences)
    if askers:
        marked = marked_near([sentence.text for sentence in sentences])
        turns = [turn if marked[turn.sentences[0]] else _asking(turn) for turn in turns]
    found: list[Exchange] = []
    pending: list[_Turn] = []
    answer: list[_Turn] = []
    for index, turn in enumerate(turns):
        if not turn.asker:
            answer.append(turn)
            continue
        if pending and not _answered(pending, answer, sentences):
            if turn.counts:
                pending.append(turn)
            continue
        if not _opens(turns, index):
            continue
        found += _exchange(pending, answer)
        pending, answer = [turn], []
    return (*found, *_exchange(pending, answer))


def _opens(turns: Sequence[_Turn], index: int) -> bool:
    """Whether an asker's turn, after an answer, opens a new exchange."""
    turn = turns[index]
    if turn.asks:
        return True
    if not turn.counts:
        return False
    following = 0
    for other in turns[index + 1 :]:
        if other.asker and other.counts:
            return following >= _STATEMENT_ANSWER_WORDS or (other.asks and following < _PRELUDE_WORDS)
        following += 0 if other.asker else other.words
    return following >= _STATEMENT_ANSWER_WORDS


def _answered(pending: Sequence[_Turn], answer: Sequence[_Turn], sentences: Sequence[SentenceUnit]) -> bool:
    words = 0
    for turn in answer:
        words += turn.words
        if words >= _ANSWER_WORDS:
            return True
    asked_back = bool(answer) and sentences[answer[-1].sentences[-1]].text.rstrip('"» )').endswith("?")
    return words >= _BRIEF_ANSWER_WORDS and any(turn.completes for turn in pending) and not asked_back


def _exchange(pending: Sequence[_Turn], answer: Sequence[_Turn]) -> list[Exchange]:
    """The exchange that these turns make; none if nothing was answered."""
    spoken = [turn for turn in answer if turn.words]
    if not pending or sum(turn.words for turn in spoken) < _BRIEF_ANSWER_WORDS:
        return []
    last_asked = pending[-1].sentences[-1]
    after = [index for turn in spoken for index in turn.sentences if index > last_asked]
    return [
        Exchange(
            first=pending[0].sentences[0],
            answer=min(after, default=spoken[-1].sentences[0]),
            questions=tuple(index for turn in pending for index in turn.sentences),
            asked=any(turn.asks for turn in pending),
        )
    ]


def _turns(sentences: Sequence[SentenceUnit], askers: frozenset[PersonId | None]) -> list[_Turn]:
    sides = [sentence.speaker in askers for sentence in sentences]
    listens = _listens(sentences, sides)
    groups: list[tuple[bool, list[int]]] = []
    for index, side in enumerate(sides):
        if groups and groups[-1][0] is side:
            groups[-1][1].append(index)
        elif not groups or not listens[index]:
            groups.append((side, [index]))
    return [_turn(sentences, side, members) for side, members in groups]


def _listens(sentences: Sequence[SentenceUnit], sides: Sequence[bool]) -> list[bool]:
    """For each sentence, whether its side only back-channels from there until the other side speaks again."""
    found = [True] * len(sentences)
    for index in range(len(sentences) - 1, -1, -1):
        goes_on = index + 1 < len(sentences) and sides[index + 1] is sides[index]
        found[index] = is_back_channel(sentences[index].text) and (not goes_on or found[index + 1])
    return found


def _turns_by_question(sentences: Sequence[SentenceUnit]) -> list[_Turn]:
    """With nobody to ask: a run of real questions is the asker's, the rest is the answer's."""
    groups: list[tuple[bool, list[int]]] = []
    for index, sentence in enumerate(sentences):
        side = is_question(sentence.text) and ("?" in sentence.text or reports_question(sentence.text))
        if groups and groups[-1][0] is side:
            groups[-1][1].append(index)
        else:
            groups.append((side, [index]))
    return [_turn(sentences, side, members) for side, members in groups]


def _asking(turn: _Turn) -> _Turn:
    """Where no mark is written, what the asker says beside courtesy asks."""
    if not turn.asker or turn.words < _BRIEF_ANSWER_WORDS:
        return turn
    return replace(turn, asks=True, completes=True)


def _names_a_theme(text: str) -> bool:
    """« Et vos horaires alors… »: a theme named in few words, left for the other to speak of."""
    folded = fold_line(text)
    return weight(text) <= _PRELUDE_WORDS and _NAMES.match(folded) is not None and bool(themes(text))


def _asks_by_tag(texts: Sequence[str]) -> bool:
    """« On dit que c'est ennuyeux. C'est vrai ? »: a remark that a mere tag turns into a question."""
    return any("?" in text for text in texts) and sum(weight(text) for text in texts) >= _STATEMENT_WORDS


def _turn(sentences: Sequence[SentenceUnit], asker: bool, members: list[int]) -> _Turn:
    texts = [sentences[index].text for index in members]
    told = [text for text in texts if not is_back_channel(text) and not is_small_talk(text)]
    return _Turn(
        asker=asker,
        sentences=tuple(members),
        words=sum(weight(text) for text in told),
        asks=asker and (any(is_question(text) or _names_a_theme(text) for text in told) or _asks_by_tag(texts)),
        completes=asker and any(is_question(text) and not text.endswith(HANGING) for text in told),
        announces=asker and any("question" in tokens(text) for text in told),
    )

"""French typography: from transcribed words to the pieces of text that captions and sentences are made of.

Takes utterances; gives :class:`Piece` records, each a word with the punctuation that must stay on its line
(narrow no-break spaces before ? ! : ; » and after «), its times, and whether something ends after it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from consent.records import Frozen, PersonId
from pipeline.records import Utterance

NARROW = "\u202f"
"""Narrow no-break space."""

_HIGH = "?!:;»"
_HIGH_RUN = re.compile(rf"(?<=[^\s{_HIGH}«])\s*([{_HIGH}]+[.…)\"”]*)$")
_OPENING = re.compile(r"^([(\"“]*«)\s*(?=\S)")
_AFTER_QUOTE = re.compile(r"»\s*(?=[?!:;])")
_MARKS_ONLY = re.compile(r"^[?!:;»,.…)\"”]+$")
_CLOSERS = ')"”» ' + NARROW
_OPENERS = '«("“' + NARROW
_WEAK_WORDS = (
    "à au aux avec ce ces cet cette chez comme dans de des donc du elle en et est il ils elles je la le les leur "
    "leurs ma mais me mes mon ne ni nos notre nous on ou où par parce pas pour qu que quand qui sa sans se ses si "
    "son sur ta te tes ton tu un une vos votre vous y"
)
_WEAK = frozenset(_WEAK_WORDS.split())
"""Words that announce the next one: a line or a caption that ends with one reads badly."""

_ABBREVIATIONS = frozenset({"m", "mm", "mme", "mmes", "mlle", "dr", "pr", "me", "st", "ste", "cf", "ex", "p", "n"})
"""Words whose full stop ends no sentence."""


class Piece(Frozen):
    """A word as displayed. Times are seconds from the recording's start, ``start <= end``."""

    text: str
    start: float
    end: float
    speaker: PersonId | None

    @property
    def ends_clause(self) -> bool:
        """Whether it closes a clause: a comma, a semicolon, a colon, a dash."""
        return self.text.rstrip(_CLOSERS)[-1:] in tuple(",;:–—")

    @property
    def is_weak(self) -> bool:
        """Whether it announces the next word: an article, a preposition, « M. »."""
        return self.text.casefold() in _WEAK or is_abbreviation(self.text)


def is_abbreviation(text: str) -> bool:
    """Whether the full stop at the end of ``text`` shortens a title or a first name and ends no sentence."""
    stem = text[:-1].lstrip(_OPENERS)
    return text.endswith(".") and (stem.casefold() in _ABBREVIATIONS or (len(stem) == 1 and stem.isupper()))


def pieces(utterances: Sequence[Utterance]) -> list[list[Piece]]:
    """The pieces of each utterance, in order; an utterance without a visible character gives an empty list."""
    return [_pieces(utterance) for utterance in utterances]


def _pieces(utterance: Utterance) -> list[Piece]:
    found: list[Piece] = []
    opening = ""
    for word in utterance.words:
        for token in visible(word.text).split():
            if token.strip(_OPENERS) == "" and "«" in token:
                opening += token
                continue
            text, opening = french(opening + token), ""
            if found and _MARKS_ONLY.match(text):
                last = found[-1]
                end = max(last.end, word.span.end)
                found[-1] = last.model_copy(update={"text": french(last.text + text), "end": end})
                continue
            end = max(word.span.start, word.span.end)
            found.append(Piece(text=text, start=word.span.start, end=end, speaker=utterance.speaker))
    if opening and found:
        found[-1] = found[-1].model_copy(update={"text": found[-1].text + opening})
    return found


def visible(text: str) -> str:
    """The text without control characters, and with plain spaces for every kind of space."""
    spaced = (" " if one.isspace() else one for one in text)
    return "".join(one for one in spaced if unicodedata.category(one) not in ("Cc", "Cs"))


def french(token: str) -> str:
    """Put the narrow no-break spaces of one token: ``va?`` becomes ``va ?``; ``10:30`` stays."""
    token = _OPENING.sub(lambda match: match.group(1) + NARROW, token)
    token = _HIGH_RUN.sub(lambda match: NARROW + match.group(1), token)
    return _AFTER_QUOTE.sub(f"»{NARROW}", token)


def joined(parts: Sequence[Piece]) -> str:
    """The pieces as text, one space apart."""
    return " ".join(part.text for part in parts)


def ends_sentence(piece: Piece, following: Piece | None) -> bool:
    """Whether a sentence ends after ``piece``, given the piece that follows it."""
    bare = piece.text.rstrip(_CLOSERS)
    if following is None:
        return True
    if bare.endswith(("?", "!")):
        return True
    if bare.endswith(("…", "...")) or bare.casefold() == "etc.":
        return following.text.lstrip(_OPENERS)[:1].isupper()
    return bare.endswith(".") and not is_abbreviation(bare)

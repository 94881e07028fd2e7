"""The French analyser: one for the keyword engine, the query and the highlighting.

Takes a text, gives its words with their index terms and their place in the text. Elided articles and pronouns
(l', qu', jusqu'…) are split off; a hyphenated word gives its parts and the whole. Case, accents and ligatures
are folded, and each word gives both ``stem(fold(word))`` and ``fold(stem(word))`` (Snowball French): folding
first lets a query without accents find everything, stemming first keeps the conflations that accents carry.
A feminine occupation also gives its masculine's terms, a clipped word its full form's (:mod:`.wordforms`), a
number in words its digits (:mod:`.numbers`), all at the same place.
Function words are kept, but flagged: a query leaves them out unless it has nothing else.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import Stemmer

from pipeline.index.numbers import digit_terms, numbers
from pipeline.index.wordforms import equivalent
from pipeline.records import Mark

ANALYSER_VERSION = "2"
"""Change it whenever the same text would give other terms: indexes are then rebuilt."""

_LONGEST_TERM = 64
"""Characters kept of a term; longer than any French word, and far below tantivy's limit of 65,530 bytes."""

_CACHED_WORDS = 50_000
"""Distinct words whose terms are remembered; a French library of thousands of hours holds about that many."""

_APOSTROPHES = "'’ʼ‘´`＇"
_HYPHENS = "-‐‑"

_LETTER = r"[^\W_]"
# Combining accents belong to the word they follow; soft hyphens and joiners may stand inside it.
_PART = rf"{_LETTER}(?:{_LETTER}|[\u0300-\u036f\u00ad\u200c\u200d\u2060])*"
_WORD = re.compile(
    rf"(?P<acronym>(?<![^\W_])(?:[^\W\d_]\.){{2,}}(?:[^\W\d_](?![^\W_]))?)"  # C.A.P.
    r"|(?P<grouped>(?<![\d.,])\d{1,3}(?:[ \u00a0\u202f.]\d{3})+(?![\d.,]\d|\d))"  # 2 500
    r"|(?P<diploma>(?<![^\W_])[Bb][Aa][Cc] ?\+ ?\d(?![^\W_]))"  # bac+3
    rf"|(?P<sharp>(?<![^\W_])[A-Za-z](?:\+\+|\#))"  # C++, C#
    rf"|{_PART}(?:[{_APOSTROPHES}{re.escape(_HYPHENS)}](?![^\W\d_]\.[^\W\d_]\.){_PART})*"
)
_PIECE = re.compile(_PART)

_ELIDED = frozenset({"l", "d", "qu", "j", "n", "s", "t", "m", "c", "jusqu", "lorsqu", "puisqu", "quelqu", "quoiqu"})
"""What stands before an apostrophe without being a word of its own."""

# Folded. Left out on purpose, for a trade or a subject bears the same name: son (sound), or (gold), car (coach),
# été (summer), and single letters that no apostrophe follows (permis C, vitamine D, bac L).
_FUNCTION_LIST = """
    a ai ais ait as au aux avait avaient avais avec avez avoir avons ayant ca ce cela celle celles celui ces cet
    cette ceux chez ci comme dans de des donc du elle elles en entre est et etaient etais etait etant etes
    etions etre eux il ils je la le les leur leurs lui ma mais me mes moi mon ne ni nos notre nous on ont ou par
    pas pour qu quand que quel quelle quelles quels qui quoi sa sans se sera serait ses si sommes sont suis sur
    ta te tes toi ton tu un une vos votre vous y
"""
_FUNCTION_WORDS = frozenset(_FUNCTION_LIST.split())

# Letters that Unicode does not decompose.
_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text: its index terms, characters ``[start, end)``, and whether it is a function word.

    A ``whole`` covers the tokens of its parts: a compound (aide-soignante) or a number of several words.
    """

    terms: tuple[str, ...]
    start: int
    end: int
    function_word: bool = False
    whole: bool = False


def analyse(text: str) -> tuple[Token, ...]:
    """The words of ``text`` in order. Never raises; a text without letters or digits has none.

    A compound's whole comes before its parts and covers them: tokens may overlap.
    """
    return tuple(_with_numbers(text, [token for token in _tokens(text) if token.terms]))


def significant(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """The tokens that a query is about: without function words, unless there is nothing else."""
    content = tuple(token for token in tokens if not token.function_word)
    return content or tokens


def query_tokens(query: str) -> tuple[Token, ...]:
    """What to look for: the significant tokens of a query, each once."""
    once = {token.terms: token for token in reversed(significant(analyse(query)))}
    return tuple(sorted(once.values(), key=lambda token: (token.start, -token.end)))


def terms_of(word: str) -> tuple[str, ...]:
    """The index terms of one word; none for what holds no letter or digit."""
    return _terms(word)


def mark(text: str, query: str) -> tuple[Mark, ...]:
    """Where the words of ``query`` stand in ``text``: in order, never overlapping."""
    return mark_tokens(analyse(text), frozenset(term for token in query_tokens(query) for term in token.terms))


def mark_tokens(tokens: Sequence[Token], wanted: frozenset[str]) -> tuple[Mark, ...]:
    """Where a word of a text already analysed has one of the terms ``wanted``: in order, never overlapping."""
    marks: list[Mark] = []
    for token in tokens:
        if wanted.isdisjoint(token.terms):
            continue
        if marks and token.start < marks[-1].end:
            marks[-1] = Mark(start=marks[-1].start, end=max(marks[-1].end, token.end))
        else:
            marks.append(Mark(start=token.start, end=token.end))
    return tuple(marks)


@lru_cache(maxsize=_CACHED_WORDS)
def fold(text: str) -> str:
    """Lower case, without accents or ligatures; only letters, digits, ``+`` and ``#`` remain."""
    letters = unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)
    # A second case folding: decomposition can bring capitals back (℃ gives °C).
    return "".join(char for char in letters.casefold() if char.isalnum() or char in "+#")


def _tokens(text: str) -> Iterator[Token]:
    for word in _WORD.finditer(text):
        if word["acronym"] or word["sharp"] or word["grouped"]:
            yield Token(_terms(word[0]), word.start(), word.end())
        elif word["diploma"]:
            yield Token(_terms(word[0]), word.start(), word.end(), whole=True)
            yield from (_part(text, *piece.span()) for piece in _PIECE.finditer(text, word.start(), word.end()))
        elif word[0].isalpha():  # the most by far: nothing to split
            yield _part(text, *word.span())
        else:
            yield from _compound(text, word.start(), word.end())


def _compound(text: str, start: int, end: int) -> Iterator[Token]:
    """Split off elided words, then give the whole (where it is one) and its parts."""
    spans = [piece.span() for piece in _PIECE.finditer(text, start, end)]
    parts = [part for part in (_part(text, *span) for span in spans) if part.terms]
    while len(parts) > 1 and fold(text[parts[0].start : parts[0].end]) in _ELIDED and parts[0].function_word:
        yield parts.pop(0)
    # avez-vous, celui-ci: a final pronoun does not make a compound.
    if len(parts) > 1 and not parts[-1].function_word:
        joined = _terms("".join(text[part.start : part.end] for part in parts))
        # As one word (weekend), and with each part's ending cut off (aides-soignantes).
        stemmed = "".join(part.terms[0] for part in parts)[:_LONGEST_TERM]
        yield Token(tuple(dict.fromkeys((*joined, stemmed))), parts[0].start, parts[-1].end, whole=True)
    yield from parts


_NUMBER = re.compile(
    r"\d|[iI][èeÈE]me|\b(?:deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingts?"
    r"|trente|[a-z]+ante|cents?|mille|millions?|premi[eè]re?|plus)\b",
    re.IGNORECASE,
)
"""What must be there before the words are read for numbers: most sentences say none."""


def _with_numbers(text: str, tokens: list[Token]) -> list[Token]:
    """The tokens, and with them the numbers that they say: on a word's own token, or as a whole over several."""
    if not _NUMBER.search(text):
        return tokens
    leaves = [place for place, token in enumerate(tokens) if not token.whole]
    said = numbers([fold(text[tokens[place].start : tokens[place].end]) for place in leaves])
    wholes: list[Token] = []
    for number in said:
        first, last = tokens[leaves[number.first]], tokens[leaves[number.past - 1]]
        if number.past - number.first > 1:
            wholes.append(Token((number.term,), first.start, last.end, whole=True))
        elif number.term not in first.terms:
            tokens[leaves[number.first]] = Token((*first.terms, number.term), first.start, first.end)
    return sorted([*tokens, *wholes], key=lambda token: (token.start, -token.end)) if wholes else tokens


def _part(text: str, start: int, end: int) -> Token:
    folded = fold(text[start:end])
    elided = folded in _ELIDED and text[end : end + 1] in _APOSTROPHES and text[end + 1 : end + 2].isalnum()
    return Token(_terms(text[start:end]), start, end, function_word=elided or folded in _FUNCTION_WORDS)


_local = threading.local()


def _stem(word: str) -> str:
    """Snowball's French stem. A stemmer is not thread-safe: each thread has its own."""
    stemmer = getattr(_local, "stemmer", None)
    if stemmer is None:
        stemmer = _local.stemmer = Stemmer.Stemmer("french")
    return str(stemmer.stemWord(word))


@lru_cache(maxsize=_CACHED_WORDS)
def _terms(word: str) -> tuple[str, ...]:
    folded = fold(word)
    if not folded:
        return ()
    if not folded.isalpha():  # C++, 3e, b2: nothing to stem
        more = [_stem(one) if one.isalpha() else one for one in digit_terms(folded)]
        return _distinct([folded, *more])
    lower = unicodedata.normalize("NFC", word).lower()
    plain = "".join(char for char in lower if char.isalpha())
    other = equivalent(folded)
    return _distinct([_stem(folded), fold(_stem(plain)), *([] if other is None else [_stem(other)])])


def _distinct(terms: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(term[:_LONGEST_TERM] for term in terms if term))

"""Declared names in transcripts without capitals: which words name somebody there, and which are words.

Takes what is said and the names that the operator declared; gives the words of these that name somebody even in small
letters: a given name that is no ordinary word (« camille », not « pierre »), whoever is called « monsieur » or
« madame », and a given name and a family name said in a row.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from functools import cache
from itertools import pairwise

from pipeline.segment.names import declared_parts, folded, given_names, is_uncommon

WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_CALLED = re.compile(r"\b(?:madame|monsieur|mademoiselle|mme|mlle|mr)\b\.?\s*([^\W\d_]+(?:-[^\W\d_]+)*)", re.I)
_PART = re.compile(r"[\w-]+")

_WORDS_TOO_LIST = """
    aime ambre ange aurore blanche capucine claire clemence clementine come constance constant desire diane honore jade
    jasmine jean joy line lise lois marc marie martial max maxime melodie noel octave olive pascal pierre prosper
    prudence romain romane urbain victoire violette
"""
_WORDS_TOO = frozenset(_WORDS_TOO_LIST.split())
"""Given names that are words too: without a capital they say nothing."""


def named_in_small(texts: Collection[str], declared: Collection[str]) -> frozenset[str]:
    """The words of declared names, folded, that name somebody in these sentences without a capital."""
    known, said = declared_parts(declared), [[word for word in WORD.findall(text) if word.islower()] for text in texts]
    # One that is not common in France is no French word either; « rose » and « boulanger » are.
    first = {folded(word) for word in map(_first, declared) if is_uncommon(word) or is_no_word(word)}
    rows = {
        folded(word)
        for words in said
        for row in pairwise(words)
        if len(found := {folded(one) for one in row}) == 2 and found <= known
        for word in row
    }
    return known & (first | called_in_small(texts) | rows)


def called_in_small(texts: Iterable[str]) -> frozenset[str]:
    """Who is called « monsieur » or « madame » without a capital, folded."""
    return frozenset(folded(found[1]) for text in texts for found in _CALLED.finditer(text) if found[1].islower())


def is_no_word(name: str) -> bool:
    """Whether a given name, however it is written, is no ordinary word."""
    return folded(name) in given_by_fold() and not is_word_too(name)


def is_word_too(name: str) -> bool:
    """Whether a given name is an ordinary word too."""
    return folded(name) in _WORDS_TOO


@cache
def given_by_fold() -> dict[str, str]:
    """Given names by their folded form."""
    return {folded(name): name for name in given_names()}


def _first(name: str) -> str:
    found = _PART.search(unicodedata.normalize("NFC", name))
    return found[0] if found else ""

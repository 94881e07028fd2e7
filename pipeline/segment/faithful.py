"""Faithfulness: which words of a title nobody said.

Takes a title, what is said in the clip and its declared occupation; gives the words and numbers of the title that
are in neither. Small words, and a closed list of words that rephrase without adding a fact, may come from us.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from pipeline.segment.conjugation import same_verb
from pipeline.segment.lexicon import STOP_WORDS, stem, tokens

_REPHRASING_LIST = """
    metier ressemble ressemblent consiste devenir passe passent
"""
REPHRASING = frozenset(_REPHRASING_LIST.split())
"""Words that a rephrased title may bring: each only says that the clip speaks of the occupation.

« Le métier de… » names what the occupation already is; « à quoi ressemble » and « comment se passe » are what
« et une journée ? » asks; « en quoi consiste » is what « c'est quoi » asks; « devenir » is what « les études
pour ça » asks.
"""

_CLITICS_LIST = """
    ce se son sa ses leur lui eux pourquoi quoi que qui
"""
_CLITICS = frozenset(_CLITICS_LIST.split())


def invented_words(title: str, said: Iterable[str], occupation: str | None) -> tuple[str, ...]:
    """The content words and numbers of a title that are neither said nor in the occupation, in order.

    A word counts as said in any of its forms (plural, feminine of the same beginning, other person of the verb); a
    number only as it was said.
    """
    known = frozenset(one for text in (*said, occupation or "") for one in tokens(text))
    return tuple(one for one in tokens(title) if not _is_known(one, known))


def _is_known(word: str, known: frozenset[str]) -> bool:
    if word in known:
        return True
    if any(letter.isdigit() for letter in word):
        return False
    if word in STOP_WORDS or word in REPHRASING or word in _CLITICS or len(word) == 1:
        return True
    return any(_same(word, one) for one in known)


@lru_cache(maxsize=65536)
def _same(word: str, said: str) -> bool:
    return (len(word) > 3 and stem(word) == stem(said)) or same_verb(word, said)

"""Titles that people type: whether one names somebody, so that no title does.

Takes what was typed, what is said in the clip and the names that the operator declared. Who types on a phone writes no
capital, or only capitals, and no accent: a given name or a declared one is found all the same, but where the clip says
that word in small letters (« tailler la pierre », in a meeting with Pierre).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from pipeline.segment.names import declared_parts, folded, names_in
from pipeline.segment.uncapitalised import (
    WORD,
    called_in_small,
    given_by_fold,
    is_no_word,
    is_word_too,
    named_in_small,
)

_SAID_TO = re.compile(
    r"\b(?:madame|monsieur|mademoiselle|mme|mlle|mr)\b\.?\s*(?!(?:la|le|les|tout|tous|et|ou|qui|que)\b)[^\W\d_]"
    r"|\b(?-i:M)\.\s*[^\W\d_]|\b(?:docteure?|dr\.?|maître)\s+(?-i:[A-ZÀ-ÝŒ](?![A-ZÀ-ÝŒ]))",
    re.I,
)
_REACHES = re.compile(r"@|https?:|www\.|(?:\d[\s./-]*){8}", re.I)
"""A handle, an address, a telephone number: it leads to somebody as surely as a name."""


def names_somebody(title: str, said: Iterable[str] = (), declared: Collection[str] = ()) -> bool:
    """Whether a title names somebody, or says how to reach them: by itself, by what is said, or by who was declared."""
    texts = list(said)
    if _SAID_TO.search(title) or _REACHES.search(title):
        return True
    # In a transcript without capitals a small letter makes no word of a name.
    names = named_in_small(texts, declared) | called_in_small(texts)
    small = {
        one
        for text in texts
        for one in WORD.findall(text)
        if one.islower() and folded(one) not in names and not is_no_word(one)
    }
    known = declared_parts(declared)
    spelled = WORD.sub(lambda found: _spelled(found[0], small), title)
    heard = {folded(name) for name in names_in([spelled, title, *texts])}
    return any(
        folded(one) in known | heard
        for found in WORD.finditer(title)
        for one in (found[0], *found[0].split("-"))
        # At the start of a title the capital says nothing.
        if one.lower() not in small or (one[:1].isupper() and found.start() > 0)
    )


def _spelled(word: str, small: Collection[str]) -> str:
    """A given name as it is written; any other word as it was typed."""
    plain = folded(word)
    if "-" in word and plain.split("-")[0] in given_by_fold():  # « jean-baptiste »
        return "-".join(given_by_fold().get(part, part.capitalize()) for part in plain.split("-"))
    return word if is_word_too(plain) or word in small else given_by_fold().get(plain, word)

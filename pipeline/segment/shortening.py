"""Shortening: a question too long for a title, without what it can do without.

Takes a text and a number of characters; gives it without asides, or cut at a clause, or between words (with « … »).
What is left always asks: « quand vous êtes là-haut » alone asks nothing.
"""

from __future__ import annotations

import re

from pipeline.segment.lexicon import content

_MIN_CLAUSE = 30  # characters: a clause shorter than this says less than a longer one cut short
_MIN_HEAD = 12  # characters: « en tant que femme », « quand il pleut »
_FIRST_AND_LAST = 2
_CLAUSE_END = re.compile(r"\s*[,;:–(]\s|\s(?=(?:et|ou|mais|parce|quand|pour|dans|avec|comme|alors)\s)", re.I)
_OPEN_WORD = re.compile(
    r"\s(?:et|ou|mais|de|du|des|d['’]|le|la|les|un|une|à|au|aux|en|dans|pour|par|sur|que|qui|est|vous|votre|ce|"
    r"plus|avec|c['’]est|si|se|sa|son|ses|ne|n['’]|y|où|quand)$",
    re.I,
)
_ASIDE = re.compile(
    r"^(?:et |ou |mais )?(?:quand|lorsque|si|s['’]il|comme|puisque|vu que|même si|qu['’]|que|qui|alors que|parce|avec|"
    r"pour|dans|en|à|au|aux|après|avant|sans|depuis|pendant|chez|sur|sauf|genre|surtout)\b",
    re.I,
)
_BEGINS_ASIDE = re.compile(r"^(?:quand|lorsque|si|s['’]il|comme|puisque|avec|à part|sans|en tant que|en étant)\b", re.I)


def trimmed(text: str, limit: int) -> str:
    """A text too long without the asides between its first words and its last clause; perhaps still too long."""
    parts = text.split(", ")
    while len(", ".join(parts)) > limit and len(parts) > _FIRST_AND_LAST:
        asides = [number for number in range(1, len(parts) - 1) if _ASIDE.match(parts[number])]
        if not asides:
            break
        parts.pop(asides[-1])
    return ", ".join(parts)


def shortened(text: str, limit: int) -> str:
    """At most ``limit`` characters, cut at a clause, else between words (with « … »)."""
    text = trimmed(text.strip(" \u00a0\u202f?.!…,;:"), limit)
    if len(text) <= limit:
        return text
    clauses = [match.start() for match in _CLAUSE_END.finditer(text) if _MIN_CLAUSE <= match.start() <= limit]
    if clauses and clauses[-1] >= limit // 2 and not _asks_nothing(text[: clauses[-1]]):
        return _closed(text[: clauses[-1]])
    first, main = text.split(", ", 1)[0], text.rsplit(", ", 1)[-1]
    heads = [first[: match.start()] for match in _CLAUSE_END.finditer(first) if match.start() >= _MIN_HEAD]
    joined = [f"{head}, {main}" for head in [first, *reversed(heads)] if len(head) + 2 + len(main) <= limit]
    if _BEGINS_ASIDE.match(text) and first != main and joined:
        return _closed(joined[0])
    if _BEGINS_ASIDE.match(text) and len(main) <= limit and len(content(main)) > 1:
        return _closed(main)
    cut = text[:limit].rfind(" ")
    return _closed(text[:cut]) + "…" if cut > 0 else text[: max(1, limit - 1)] + "…"


def _asks_nothing(text: str) -> bool:
    return _BEGINS_ASIDE.match(text) is not None and all(
        _ASIDE.match(part) or _BEGINS_ASIDE.match(part) for part in text.split(", ")
    )


def _closed(text: str) -> str:
    """Without the small words that a cut leaves hanging."""
    text = text.rstrip(" ,;:–(")
    while (shorter := _OPEN_WORD.sub("", text).rstrip(" ,;:–(")) != text:
        text = shorter
    return text

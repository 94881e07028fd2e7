"""How a French word sounds, roughly: what two spellings of one pronunciation share.

Takes a folded word, gives a key: silent endings cut, each sound written one way (eau, au → o; ph → f; qu, k → k;
ss, ç, c before e → s; double letters once). Coarse on purpose: it only proposes, the vocabulary decides.
"""

from __future__ import annotations

import re

_RULES = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"(?:eaux|eau|aux|au)", "o"),
        (r"ph", "f"),
        (r"(?:sch|sh|ch)", "ʃ"),
        (r"tion", "sion"),
        (r"qu|q|ck|k", "k"),
        (r"c(?=[eiy])", "s"),
        (r"c", "k"),
        (r"g(?=[eiy])", "j"),
        (r"ge(?=[ao])", "j"),
        (r"gu(?=[eiy])", "g"),
        (r"(?:ain|ein|ym|yn|im(?=[bpf])|aim)", "in"),
        (r"(?:am|em|en)(?=[bcdfgjklpqrstvxz])", "an"),
        (r"oeu|oe|eu", "e"),
        (r"(?:ais|ait|aient|ai|ei|ets|et|er|ez|es)$", "e"),
        (r"(?:ai|ei|ay|ey)", "e"),
        (r"y", "i"),
        (r"ill?(?=e)", "i"),
        (r"h", ""),
        (r"z", "s"),
        (r"x$", ""),
        (r"(.)\1+", r"\1"),
        (r"[estdpx]+$", ""),
    )
)
"""In order: a rule reads what those before it wrote."""


def sound(folded: str) -> str:
    """The key of a folded word; never empty for a word of letters."""
    key = folded
    for pattern, written in _RULES:
        key = pattern.sub(written, key)
    return key or folded

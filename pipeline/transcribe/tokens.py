"""A text as bare tokens, to be compared: no case, no accent, no sign; « d'Amara.org » is d, amara, org."""

from __future__ import annotations

import re
import unicodedata

_TOKEN = re.compile(r"[^\W_]+")


def tokens_of(text: str) -> tuple[str, ...]:
    """The letters and digits of a text, folded, cut wherever something else stands between them."""
    folded = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("æ", "ae"))
    return tuple(_TOKEN.findall("".join(one for one in folded if not unicodedata.combining(one))))

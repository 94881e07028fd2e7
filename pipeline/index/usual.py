"""Words that are no slip though no clip holds them: those that the bundled encoder learned whole.

Takes nothing but the encoder's vocabulary; gives a predicate on folded words. Without it, « commerce » was read as
« commence », « kiné » as « line » and « devenir » as « revenir » by libraries that lack them. A few slips are in that
vocabulary too: they are searched as typed.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

_VOCABULARY = Path(__file__).with_name("encoder_fr") / "tokenizer.json"
_INSIDE = "##"
"""How a piece begins that is the rest of a word."""


def is_usual(word: str) -> bool:
    """Whether a folded word is written so by many, French mostly."""
    return word in _words()


@lru_cache(1)
def _words() -> frozenset[str]:
    vocabulary = json.loads(_VOCABULARY.read_bytes())["model"]["vocab"]
    return frozenset(word for word in vocabulary if not word.startswith(_INSIDE))

"""The lines of one caption: at most two of at most 40 characters, balanced, broken where the sense allows.

Takes the texts of a caption (words that keep their punctuation); gives its lines as displayed.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.render.typography import Piece

MAX_LINES = 2
MAX_CHARACTERS = 40
SPEAKER_DASH = "– "
"""French dialogue: whoever takes the floor is announced by a dash."""

_PENALTY_WEAK = 12
"""A line that ends with a word announcing the next reads as badly as lines twelve characters apart."""

_BONUS_CLAUSE = 8
"""A break at the end of a clause is worth eight characters of imbalance."""

_PENALTY_ORPHAN = 15
"""A line of one short word among many looks like a mistake."""


def broken(text: str) -> tuple[str, ...]:
    """The text, or its parts of 38 characters where no line can hold it with a dash in front."""
    room = MAX_CHARACTERS - len(SPEAKER_DASH)
    return tuple(text[at : at + room] for at in range(0, len(text), room))


def fits(texts: Sequence[str], *, dashed: bool) -> bool:
    """Whether the words can stand on two lines."""
    return bool(_breaks(texts, dashed))


def layout(texts: Sequence[str], *, dashed: bool) -> tuple[str, ...]:
    """Lay the words out; they must fit (see :func:`fits`). ``dashed``: another speaker than before."""
    dash = SPEAKER_DASH if dashed else ""
    at = min(_breaks(texts, dashed), key=lambda one: _ugliness(texts, one, dash))
    lines = (dash + " ".join(texts[:at]), " ".join(texts[at:]))
    return lines if at < len(texts) else lines[:1]


def _breaks(texts: Sequence[str], dashed: bool) -> list[int]:
    """The numbers of words that the first line may take; all of them where they fit on one."""
    dash = len(SPEAKER_DASH) if dashed else 0
    if dash + _length(texts) <= MAX_CHARACTERS:
        return [len(texts)]
    return [
        at
        for at in range(1, len(texts))
        if dash + _length(texts[:at]) <= MAX_CHARACTERS and _length(texts[at:]) <= MAX_CHARACTERS
    ]


def _length(texts: Sequence[str]) -> int:
    return sum(map(len, texts)) + len(texts) - 1


def _ugliness(texts: Sequence[str], at: int, dash: str) -> int:
    if at == len(texts):
        return 0
    first, second = len(dash) + _length(texts[:at]), _length(texts[at:])
    last = Piece(text=texts[at - 1], start=0, end=0, speaker=None)
    ugly = abs(first - second)
    if last.is_weak:
        ugly += _PENALTY_WEAK
    elif last.ends_clause or last.text.endswith((".", "?", "!", "…")):
        ugly -= _BONUS_CLAUSE
    if min(at, len(texts) - at) == 1 and len(texts) > 3 and min(first, second) < MAX_CHARACTERS // 2:
        ugly += _PENALTY_ORPHAN
    return ugly

"""Numbers in words and in digits: « trois », « troisième », « deux mille cinq cents », « bac plus trois », « 18h ».

Takes folded words in order, gives the values they say and where; the analyser turns each into one more term, so that
whoever writes the digits finds who said the words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_UNIT_NAMES = (
    "zero", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize",
    "quatorze", "quinze", "seize",
)  # fmt: skip
_UNITS = {name: value for value, name in enumerate(_UNIT_NAMES)} | {"une": 1}
_TENS = {
    "vingt": 20, "vingts": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60, "septante": 70,
    "huitante": 80, "nonante": 90,
}  # fmt: skip
_SCALES = {"cent": 100, "cents": 100, "mille": 1000, "million": 1_000_000, "millions": 1_000_000}
_LINK = "et"

_ORDINALS = {"premier": 1, "premiere": 1, "second": 2, "seconde": 2, "neuvieme": 9, "cinquieme": 5}
_ORDINAL = re.compile(r"^(?P<stem>[a-z]+?)ieme(?:s)?$")
_DIGIT_ORDINAL = re.compile(r"^(?P<digits>\d{1,4})(?:e|er|ere|eme|ieme|nd|nde)s?$")
_DIGIT_UNIT = re.compile(r"^(?P<digits>\d{1,6})(?P<unit>h|k|ans|min|mn|km|eur|euros)(?P<rest>\d{0,2})$")
_UNIT_WORDS = {"h": "heures", "k": "", "ans": "ans", "min": "minutes", "mn": "minutes", "km": "kilometres"}
_EURO = "euros"

_AMBIGUOUS = frozenset({"un", "une", "second", "seconde"})
"""An article, and a unit of time: alone, no number."""


@dataclass(frozen=True, slots=True)
class Number:
    """Words ``[first, past)`` that say one number, as a term: ``3``, ``3e`` or ``bac+3``."""

    term: str
    first: int
    past: int


def numbers(words: Sequence[str]) -> list[Number]:
    """Every number said in words among folded ``words``, from left to right, never overlapping."""
    found: list[Number] = []
    place = 0
    while place < len(words):
        number = _diploma(words, place) or _ordinal(words, place) or _cardinal(words, place)
        if number is None:
            place += 1
        else:
            found.append(number)
            place = number.past
    return found


def digit_terms(folded: str) -> tuple[str, ...]:
    """What a word that begins with digits also says: ``18h`` 18 and heures, ``3eme`` 3e, ``2k`` 2000."""
    ordinal = _DIGIT_ORDINAL.match(folded)
    if ordinal:
        return (f"{int(ordinal['digits'])}e",)
    unit = _DIGIT_UNIT.match(folded)
    if unit is None:
        return ()
    value = int(unit["digits"])
    if unit["unit"] == "k":
        return (str(value * 1000),)
    return (str(value), _UNIT_WORDS.get(unit["unit"], _EURO))


def _diploma(words: Sequence[str], place: int) -> Number | None:
    """« bac plus trois », « bac plus 3 »."""
    if words[place] != "bac" or words[place + 1 : place + 2] != ["plus"] or place + 2 >= len(words):
        return None
    years = words[place + 2]
    value = _UNITS.get(years) if not years.isdigit() else int(years)
    return None if value is None or not 0 < value < 10 else Number(f"bac+{value}", place, place + 3)


def _ordinal(words: Sequence[str], place: int) -> Number | None:
    word = words[place]
    value = _ORDINALS.get(word) if word not in _AMBIGUOUS else None
    match = _ORDINAL.match(word)
    if value is None and match:
        stem = match["stem"]
        value = next((_UNITS[one] for one in (stem, f"{stem}e", stem.removesuffix("u")) if one in _UNITS), None)
    return None if value is None else Number(f"{value}e", place, place + 1)


def _cardinal(words: Sequence[str], place: int) -> Number | None:
    """The longest run of number words from ``place``."""
    past, total, current = place, 0, 0
    while past < len(words):
        word = words[past]
        if word in _UNITS or word in _TENS:
            value = _UNITS.get(word, _TENS.get(word, 0))
            if not _follows(current, word):
                break
            # quatre-vingts: the only tens that are multiplied
            current = current + 76 if word.startswith("vingt") and current % 100 == 4 else current + value
        elif word in _SCALES:
            scale = _SCALES[word]
            if scale > 100:
                total, current = (total + max(1, current) * scale), 0
            else:
                current = max(1, current) * scale if current < 10 else current + scale
        elif not (
            word == _LINK and past > place and past + 1 < len(words) and words[past + 1] in ("un", "une", "onze")
        ):
            break
        past += 1
    if past == place or (past == place + 1 and words[place] in _AMBIGUOUS):
        return None
    return Number(str(total + current), place, past)


def _follows(current: int, word: str) -> bool:
    """Whether a unit or a ten can continue a number of that value: « trois quatre » are two numbers."""
    below = current % 100
    if word in _TENS:
        return below == 0 or (word.startswith("vingt") and below == 4)
    value = _UNITS[word]
    if below == 0:
        return True
    if below in (60, 80):
        return value < 17
    return below % 10 == 0 and below != 10 and value < 10 if below != 10 else value in (7, 8, 9)

"""Locality: a small edit of a long transcript moves only what is cut near it."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

import pytest

from pipeline.segment.cutting import Wish, cut
from pipeline.segment.talk import Said
from pipeline.settings import ClipLengths

_ROOT = Path(__file__).parents[2]
_SCRIPTS = (*(_ROOT / "bench" / "meetings").glob("*.txt"), *(_ROOT / "demo" / "scripts").glob("*.txt"))
_REACH = 30  # lines, about five clips; 180 edits drawn at random moved nothing beyond 19


@cache
def _talk(marks: float) -> tuple[Said, ...]:
    """All our meetings as one of more than an hour, with that share of their question marks left."""
    chance = random.Random(5)
    lines = [line for file in sorted(_SCRIPTS) for line in file.read_text("utf-8").splitlines()]
    said = [line.split(": ", 1) for line in lines if line.strip() and not line.startswith("#")]
    return tuple(
        Said("P" if who == "P" else "J", text if chance.random() < marks else text.replace("?", "").strip())
        for who, text in said
    )


@cache
def _opens(talk: tuple[Said, ...]) -> frozenset[int]:
    return frozenset(cut(talk, Wish(lengths=ClipLengths())))


def _edited(talk: tuple[Said, ...], kind: str, line: int) -> tuple[tuple[Said, ...], int]:
    """The talk with one edit at the first line from ``line`` that it suits, and that line."""
    at = next(
        number
        for number in [*range(line, len(talk)), *range(line)]
        if kind in ("add", "word")
        or (kind == "lose" and "?" in talk[number].text)
        or (kind == "drop" and len(talk[number].text.split()) <= 5)
    )
    who, text = talk[at].speaker, talk[at].text
    other = {"lose": text.replace("?", "", 1), "add": f"{text.rstrip('.!')} ?", "word": f"{text} mouton"}.get(kind)
    return (*talk[:at], *([Said(who, other)] if other is not None else []), *talk[at + 1 :]), at


@pytest.mark.parametrize(
    ("marks", "kind"),
    [(marks, kind) for marks in (1.0, 0.5) for kind in ("lose", "add", "word", "drop")]
    + [(0.0, kind) for kind in ("add", "word", "drop")],
)
def test_a_small_edit_moves_only_what_is_near(marks: float, kind: str) -> None:
    """A mark lost or added, a word changed, a short line dropped, anywhere: far from it the same lines open."""
    talk = _talk(marks)
    chance = random.Random(f"{marks}{kind}")
    for _ in range(3):
        changed, at = _edited(talk, kind, chance.randrange(len(talk)))
        shift = len(talk) - len(changed)
        after = {line + shift * (line >= at) for line in _opens(changed)}

        moved = {line for line in _opens(talk) ^ after if abs(line - at) > _REACH}
        assert set() == moved

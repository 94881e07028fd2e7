"""The script of a demo meeting: who says what, and where each exchange opens. Owns the reading of ``scripts/*.txt``.

The format is ours and trivial: ``# occupation`` first; ``P:`` (professional) or ``J:`` (young person) before
each turn; ``## topic`` opens an exchange; ``##`` alone ends the last one, before the farewells. French spaces
before ``? ! ; :`` are typed as ordinary ones and become no-break here, so that a word keeps its punctuation.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from pydantic import Field

from consent.records import Frozen, Role

FOLDER = Path(__file__).parent / "scripts"
NARROW_SPACE = "\u202f"
"""What French typography puts before ``? ! ;`` (and here ``:``): part of the word it follows."""

_SPEAKERS = {"P": Role.PROFESSIONAL, "J": Role.YOUNG_PERSON}


class Turn(Frozen):
    """What one person says without being interrupted; words are separated by single ordinary spaces."""

    role: Role
    text: str = Field(min_length=1)

    @property
    def words(self) -> tuple[str, ...]:
        """The written words, punctuation attached."""
        return tuple(self.text.split(" "))


class Exchange(Frozen):
    """A question and its answer, follow-ups included."""

    topic: str = Field(min_length=1)
    turns: tuple[Turn, ...] = Field(min_length=2)

    @property
    def question(self) -> str:
        """What the young person asks: their turns up to the first that ends with a question mark."""
        asked: list[str] = []
        for turn in self.turns:
            if turn.role is Role.YOUNG_PERSON:
                asked.append(turn.text)
                if turn.text.endswith("?"):
                    break
        return " ".join(asked)

    @property
    def length(self) -> int:
        """Number of characters spoken."""
        return sum(len(turn.text) for turn in self.turns)


class Script(Frozen):
    """A whole meeting: greetings, exchanges, farewells."""

    occupation: str = Field(min_length=1)
    opening: tuple[Turn, ...]
    exchanges: tuple[Exchange, ...]
    closing: tuple[Turn, ...]

    @property
    def turns(self) -> tuple[Turn, ...]:
        """Every turn, in order."""
        exchanged = tuple(turn for exchange in self.exchanges for turn in exchange.turns)
        return (*self.opening, *exchanged, *self.closing)

    def shortened(self, exchanges: int) -> Script:
        """The same meeting with its greetings and its ``exchanges`` shortest exchanges, in their order."""
        kept = sorted(range(len(self.exchanges)), key=lambda place: self.exchanges[place].length)[:exchanges]
        chosen = tuple(self.exchanges[place] for place in sorted(kept))
        return self.model_copy(update={"exchanges": chosen, "closing": self.closing[-1:]})


def parse(content: str) -> Script:
    """Read a script.

    Raises:
        ValueError: a line is none of ``# occupation``, ``## topic``, ``P: …``, ``J: …``.
    """
    occupation = ""
    sections: list[tuple[str, list[Turn]]] = [("", [])]
    for line in filter(None, map(str.strip, content.splitlines())):
        head, _, rest = line.partition(" ")
        if head == "#":
            occupation = rest
        elif head == "##":
            sections.append((rest, []))
        elif head[:-1] in _SPEAKERS and head.endswith(":") and rest:
            sections[-1][1].append(Turn(role=_SPEAKERS[head[:-1]], text=_typeset(rest)))
        else:
            raise ValueError(f"not a line of a script: {line!r}")
    closing = sections.pop()[1] if len(sections) > 1 and not sections[-1][0] else []
    return Script(
        occupation=occupation,
        opening=tuple(sections[0][1]),
        exchanges=tuple(Exchange(topic=topic, turns=tuple(turns)) for topic, turns in sections[1:]),
        closing=tuple(closing),
    )


@cache
def load(name: str) -> Script:
    """The script ``scripts/<name>.txt``."""
    return parse((FOLDER / f"{name}.txt").read_text("utf-8"))


def names() -> tuple[str, ...]:
    """The scripts there are, in alphabetical order."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.txt")))


def _typeset(text: str) -> str:
    return re.sub(r" +(?=[?!;:])", NARROW_SPACE, re.sub(r" {2,}", " ", text.strip()))

"""The rules that earn tags, read once from two small files beside this module.

Owns :class:`Rule`, :class:`Model` and :class:`Sector`; takes ``tag_rules.toml`` and ``sector_rules.toml``, gives
compiled patterns over folded text, with the confidence that a score is worth. Source: weighted lexical rules, their
scores made probabilities by Platt's method (a logistic function of one score).
"""

from __future__ import annotations

import math
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

_FILES = ("tag_rules.toml", "sector_rules.toml")


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern over folded text and what it is worth."""

    weight: float
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Label:
    """What a tag may say: its identifier, its French name, the rules that earn it."""

    value: str
    french: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Sector:
    """A sector: how occupations of it are written, and words that are said in it."""

    value: str
    french: str
    occupation: re.Pattern[str]
    said: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Calibration:
    """From a score to a probability."""

    slope: float
    intercept: float

    def confidence(self, score: float) -> float:
        """Between 0 and 1, rounded to the third decimal so that outputs are the same on every machine."""
        return round(1 / (1 + math.exp(-(self.slope * score + self.intercept))), 3)


@dataclass(frozen=True, slots=True)
class Model:
    """Every rule, and how scores become confidences. ``told_share``: what a rule is worth in the answer."""

    questions: tuple[Label, ...]
    levels: tuple[Label, ...]
    sectors: tuple[Sector, ...]
    told_share: float
    question: Calibration
    level: Calibration
    declared_sector: float
    said_sector: float


@cache
def model() -> Model:
    """The rules shipped with the program."""
    tags, sectors = (
        tomllib.loads(resources.files(__package__).joinpath(name).read_text(encoding="utf-8")) for name in _FILES
    )
    return Model(
        questions=_labels(tags["question"]),
        levels=_labels(tags["level"]),
        sectors=tuple(
            Sector(one["value"], one["label"], re.compile(one["occupation"]), re.compile(one["said"]))
            for one in sectors["sector"]
        ),
        told_share=tags["told_share"],
        question=Calibration(**tags["calibration"]["question"]),
        level=Calibration(**tags["calibration"]["level"]),
        declared_sector=sectors["confidence"]["declared"],
        said_sector=sectors["confidence"]["said"],
    )


def _labels(written: list[dict[str, Any]]) -> tuple[Label, ...]:
    return tuple(
        Label(
            one["value"],
            one["label"],
            tuple(Rule(float(weight), re.compile(pattern)) for weight, pattern in one["rules"]),
        )
        for one in written
    )

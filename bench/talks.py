"""Talks with known topics, and the judge of a cut: what ``bench.segment`` measures on.

Takes a folder of corpora (JSONL, one transcript a line, never part of the project) and the scripts of career meetings
beside this file; gives talks with the lines that open a topic. The judge computes Pk (Beeferman et al. 1999) and
WindowDiff (Pevzner and Hearst 2002) with half the mean reference topic for a window, and F1 of openings matched one
to one at a small distance.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from pipeline.segment.talk import Said

MEETINGS = Path(__file__).with_name("meetings")
SCRIPTS = Path(__file__).parents[1] / "demo" / "scripts"
_PROFESSIONAL = "P"
_ANSWER_WORDS = 8


@dataclass(frozen=True, slots=True)
class Talk:
    """A transcript and the lines that open its topics, the first line apart."""

    id: str
    said: tuple[Said, ...]
    opens: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """How near a cut is to the known one; ``ratio`` is topics found ÷ topics known."""

    pk: float
    wd: float
    f1: float
    ratio: float


def corpus(file: Path, split: str, key: str = "boundaries") -> Iterator[Talk]:
    """The transcripts of a split of a corpus."""
    for line in filter(None, file.read_text("utf-8").split("\n")):  # not splitlines: U+2028 may stand in a text
        one = json.loads(line)
        if one["split"] == split and key in one:
            said = tuple(Said(u["speaker"], u["text"], u["start"], u["end"]) for u in one["utterances"])
            yield Talk(one["id"], said, tuple(one[key]))


def meetings(folder: Path) -> list[Talk]:
    """The scripts of a folder: ``P: …`` lines, ``##`` before each topic."""
    return [_talk(file.stem, _lines(file)) for file in sorted(folder.glob("*.txt"))]


def plain_meetings(folder: Path) -> list[Talk]:
    """The same without follow-up questions: each question opens a topic."""
    return [_talk(file.stem, _without_follow_ups(_lines(file))) for file in sorted(folder.glob("*.txt"))]


def _lines(file: Path) -> list[tuple[Said, bool]]:
    found: list[tuple[Said, bool]] = []
    opens = False
    for line in file.read_text("utf-8").splitlines():
        if line.startswith("##"):
            opens = True
        elif line.strip() and not line.startswith("#"):
            speaker, text = line.split(": ", 1)
            found.append((Said(speaker, text), opens))
            opens = False
    return found


def _without_follow_ups(lines: Sequence[tuple[Said, bool]]) -> list[tuple[Said, bool]]:
    """Of each topic between the greetings and the farewells, all until somebody asks after a first answer."""
    topics = list(accumulate(opens for _, opens in lines))
    kept: list[tuple[Said, bool]] = []
    answered = over = False
    for topic, (said, opens) in zip(topics, lines, strict=True):
        if opens:
            answered = over = False
        answers = said.speaker == _PROFESSIONAL
        over = over or (answered and not answers)
        if topic in (0, topics[-1]) or not over:
            kept.append((said, opens))
        answered = answered or (answers and len(said.text.split()) >= _ANSWER_WORDS)
    return kept


def _talk(name: str, lines: Sequence[tuple[Said, bool]]) -> Talk:
    return Talk(name, tuple(said for said, _ in lines), tuple(i for i, (_, opens) in enumerate(lines) if opens and i))


def judge(known: Sequence[int], found: Sequence[int], lines: int, reach: int) -> Score:
    """Judge a cut of so many lines; openings match at ``reach`` lines at most."""
    window = max(2, math.floor(lines / (2 * (len(known) + 1)) + 0.5))
    ours, theirs = _counts(found, lines), _counts(known, lines)
    probes = max(0, lines - window)
    differ = wrong = 0
    for start in range(probes):
        one, other = ours[start + window] - ours[start], theirs[start + window] - theirs[start]
        differ += (one == 0) != (other == 0)
        wrong += one != other
    ratio = (len(found) + 1) / (len(known) + 1)
    return Score(differ / max(1, probes), wrong / max(1, probes), _f1(known, found, reach), ratio)


def _counts(opens: Sequence[int], lines: int) -> list[int]:
    marks = set(opens)
    return list(accumulate(line in marks for line in range(lines)))


def _f1(known: Sequence[int], found: Sequence[int], reach: int) -> float:
    if not known and not found:
        return 1.0
    hits, left, right = 0, 0, 0
    while left < len(known) and right < len(found):
        gap = known[left] - found[right]
        if abs(gap) <= reach:
            hits, left, right = hits + 1, left + 1, right + 1
        elif gap < 0:
            left += 1
        else:
            right += 1
    return 2 * hits / (len(known) + len(found))

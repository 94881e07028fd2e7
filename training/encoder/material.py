"""What the encoder is trained on, read and put into two shapes.

Takes the English–French pairs (one ``[source, english, french]`` a line), the French text of ``text/`` and the
scripted meetings of this repository; gives *lessons* (a French text and the English one that says the same, for the
teacher) and *couples* (two French texts that belong together: a heading and its paragraph, a question and its answer,
an occupation and its definition, two names of one thing).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

TEXT = Path(__file__).with_name("text")
ROOT = Path(__file__).parents[2]

HELD_OUT_JOB = 6
"""Every sixth occupation is kept for choosing a model: a title must find a definition it was never trained with."""

_LONGEST_ENGLISH = 116
"""Characters: the longest sixth of the pairs, manuals mostly, would cost the teacher as much time as all others."""

_PROSE = ("pydoc", "gnome", "asp")
_HEADING_WORDS = 14
_PARAGRAPH_WORDS = 12


@dataclass(frozen=True, slots=True)
class Lesson:
    """A French text and its English counterpart."""

    source: str
    english: str
    french: str


@dataclass(frozen=True, slots=True)
class Couple:
    """Two French texts of which one should find the other."""

    source: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Job:
    """An occupation: its titles, what it is in English, and its definition."""

    titles: tuple[str, ...]
    english: str
    definition: str


@dataclass(frozen=True, slots=True)
class Material:
    """Everything there is to learn from, and the occupations that are not."""

    lessons: tuple[Lesson, ...]
    couples: tuple[Couple, ...]
    unseen_jobs: tuple[Job, ...]
    jobs: tuple[Job, ...]
    spoken: tuple[str, ...]

    @property
    def written(self) -> tuple[str, ...]:
        """French prose, by paragraphs."""
        return tuple(one.french for one in self.lessons if one.source in _PROSE)


def read(pairs: Path) -> Material:
    """Read the pairs and the text of this repository."""
    parallel = [Lesson(*json.loads(line)) for line in pairs.read_text("utf-8").splitlines()]
    jobs = read_jobs()
    known = [job for number, job in enumerate(jobs) if number % HELD_OUT_JOB != HELD_OUT_JOB - 1]
    lines = [*_lexicon("lexicon_work.txt"), *_lexicon("lexicon_life.txt")]
    lessons = [
        *(lesson for lesson in parallel if len(lesson.english) <= _LONGEST_ENGLISH),
        *(Lesson("lexicon", english, french) for english, names in lines for french in names),
        *(Lesson("job", job.english, title) for job in known for title in job.titles),
        *_sentences(),
    ]
    couples = [
        *_headings(parallel),
        *_same_english(parallel),
        *(Couple("lexicon", first, second) for _, names in lines for first, second in pairwise([*names, names[0]])),
        *(Couple("job", title, job.definition) for job in known for title in job.titles),
        *_questions(),
    ]
    return Material(
        lessons=tuple(lessons),
        couples=tuple(couples),
        unseen_jobs=tuple(job for job in jobs if job not in known),
        jobs=jobs,
        spoken=tuple(_spoken()),
    )


def read_jobs() -> tuple[Job, ...]:
    """The occupations of ``text/jobs.txt``, those kept aside too."""
    found: list[Job] = []
    for line in (TEXT / "jobs.txt").read_text("utf-8").splitlines():
        titles, english, definition = line.split("|")
        found.append(Job(tuple(one.strip() for one in titles.split(" ; ")), english, definition))
    return tuple(found)


def _lexicon(name: str) -> Iterator[tuple[str, list[str]]]:
    for line in (TEXT / name).read_text("utf-8").splitlines():
        english, names = line.split(": ", 1)
        yield english, list(dict.fromkeys(one.strip() for one in names.split(";")))


def _sentences() -> Iterator[Lesson]:
    """``english | french | french…`` a line: the same thing said in several ways."""
    for line in (TEXT / "sentences.txt").read_text("utf-8").splitlines():
        english, *french = (part.strip() for part in line.split("|"))
        for one in french:
            yield Lesson("sentences", english, one)


def _headings(lessons: Sequence[Lesson]) -> Iterator[Couple]:
    """A short text followed by a long one of the same manual, or two long ones in a row."""
    for first, second in pairwise(lessons):
        if first.source != second.source or first.source not in _PROSE:
            continue
        before, after = len(first.french.split()), len(second.french.split())
        if after >= _PARAGRAPH_WORDS and (before <= _HEADING_WORDS or first.source != "pydoc"):
            yield Couple(f"{first.source}, next", first.french, second.french)


def _same_english(lessons: Sequence[Lesson]) -> Iterator[Couple]:
    """Several French renderings of one English text."""
    renderings: dict[str, list[str]] = defaultdict(list)
    for lesson in lessons:
        if lesson.source in ("esco", "esco_alt", "tatoeba"):
            renderings[lesson.english.lower()].append(lesson.french)
    for french in renderings.values():
        for first, second in pairwise(french):
            if first.lower() != second.lower():
                yield Couple("same english", first, second)


def _questions() -> Iterator[Couple]:
    """What a young person asks in a scripted meeting, and what is answered."""
    for path in _scripts():
        asked = ""
        for line in path.read_text("utf-8").splitlines():
            who, _, said = line.partition(": ")
            if who == "J":
                asked = said
            elif who == "P" and asked and len(said.split()) >= _PARAGRAPH_WORDS:
                yield Couple("meeting", asked, said)
                asked = ""


def _spoken() -> Iterator[str]:
    """What is said in the scripted meetings, and the answers: one line a turn."""
    for path in _scripts():
        for line in path.read_text("utf-8").splitlines():
            who, _, said = line.partition(": ")
            if len(who) == 1 and said:
                yield said
    for line in (TEXT / "answers.txt").read_text("utf-8").splitlines():
        yield line.split("|")[1]


def _scripts() -> list[Path]:
    return sorted([*(ROOT / "demo" / "scripts").glob("*.txt"), *(ROOT / "bench" / "meetings").rglob("*.txt")])

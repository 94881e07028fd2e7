"""Facets: what a clip can be filtered and counted by, and the columns that answer for a whole generation.

Takes clips, gives terms ``facet=value`` (kind of question, sector, occupation, level of study, length, language,
captions, year) with their French label; :class:`FacetColumns` holds them by row, so that a filter is an exact set of
rows however few it leaves. Occupations are one value whatever their gender.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.index.analysis import analyse, fold
from pipeline.index.wordforms import masculine
from pipeline.outputs import write_synced
from pipeline.records import Belonging, Clip, FacetName, Filters, TagKind

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]

_SHORT_S = 60.0
_LONG_S = 120.0
"""Most clips last 75 seconds (the setting ``clips.ideal_s``): a minute less and two minutes part them in three."""

_LENGTHS = {"court": "Moins d’une minute", "moyen": "Une à deux minutes", "long": "Plus de deux minutes"}
_LANGUAGES = {"fr": "Français", "en": "Anglais", "es": "Espagnol", "de": "Allemand", "ar": "Arabe", "pt": "Portugais"}
_TAG_FACETS = {
    TagKind.QUESTION: FacetName.QUESTION,
    TagKind.SECTOR: FacetName.SECTOR,
    TagKind.LEVEL: FacetName.LEVEL,
}

BALANCED = ("gender", "region")
"""Beside the facets, what chance shows everybody alike by; neither is the name of a facet."""

_EPOCH = date(1970, 1, 1).toordinal()


def facet_terms(clip: Clip) -> dict[str, str]:
    """The clip's terms, each with its label."""
    terms: dict[str, str] = {}
    for tag in clip.tags:
        if tag.kind in _TAG_FACETS:
            terms[term(_TAG_FACETS[tag.kind], tag.value)] = tag.label
    if clip.occupation:
        terms[term(FacetName.OCCUPATION, occupation_value(clip.occupation))] = clip.occupation
    length = "court" if clip.duration < _SHORT_S else "moyen" if clip.duration <= _LONG_S else "long"
    terms[term(FacetName.LENGTH, length)] = _LENGTHS[length]
    terms[term(FacetName.LANGUAGE, clip.language)] = _LANGUAGES.get(clip.language, clip.language)
    if clip.captions:
        terms[term(FacetName.CAPTIONS, "oui")] = "Avec sous-titres"
    year = str(clip.recorded_at.year)
    terms[term(FacetName.YEAR, year)] = year
    return terms


def balance_terms(belonging: Belonging) -> dict[str, str]:
    """Terms that are no facet: chance alone looks at them (:mod:`pipeline.index.discovery`). They have no label."""
    told = {BALANCED[0]: belonging.gender, BALANCED[1]: belonging.region}
    return {f"{name}={fold(value)}": "" for name, value in told.items() if value}


def term(facet: FacetName, value: str) -> str:
    """The term of a value; its spaces, which separate terms, become hyphens."""
    return f"{facet.value}={'-'.join(value.split())}"


def occupation_value(occupation: str) -> str:
    """One value for « infirmière », « Infirmier » and « infirmiers »."""
    words = [fold(occupation[token.start : token.end]) for token in analyse(occupation) if not token.whole]
    return "-".join(masculine(word) or word for word in words) or "autre"


def day_number(day: date) -> int:
    """Days since 1 January 1970."""
    return day.toordinal() - _EPOCH


def meeting_number(meeting: str) -> int:
    """A number that a meeting has in every generation, and that does not say which it is: 64 bits, signed."""
    return int.from_bytes(hashlib.sha256(meeting.encode()).digest()[:8], signed=True)


def write_facets(columns: Sequence[Iterable[int]], days: Sequence[int], meetings: Sequence[int], path: Path) -> None:
    """Write the columns: for each row its term numbers, its day and its meeting's number.

    Raises:
        StorageFull: no room left.
    """
    flat: list[int] = []
    ends = [0]
    for column in columns:
        flat += sorted(column)
        ends.append(len(flat))
    buffer = io.BytesIO()
    np.savez(
        buffer,
        ends=np.asarray(ends, dtype=np.int64),
        terms=np.asarray(flat, dtype=np.int32),
        days=np.asarray(days, dtype=np.int32),
        meetings=np.asarray(meetings, dtype=np.int64),
    )
    write_synced(path, buffer.getvalue())


def write_labels(labels: dict[str, str], path: Path) -> None:
    """Write every term with its label; a term's number is its place."""
    write_synced(path, json.dumps(list(labels.items()), ensure_ascii=False).encode())


class FacetColumns:
    """The opened columns of a generation. Immutable.

    ``labels`` are terms with their French label, a term's number is its place; the terms of row n are
    ``terms[ends[n]:ends[n + 1]]``.
    """

    def __init__(
        self,
        labels: Sequence[tuple[str, str]],
        ends: Rows,
        terms: NDArray[np.int32],
        days: NDArray[np.int32],
        meetings: Rows,
    ) -> None:
        self.labels, self.days, self.meetings = labels, days, meetings
        self.size = len(days)
        self._numbers = {one: number for number, (one, _) in enumerate(labels)}
        self._ends, self._terms = ends, terms
        # The same, by term: which rows hold it.
        order = np.argsort(terms, kind="stable")
        self._rows = np.repeat(np.arange(self.size, dtype=np.int32), np.diff(ends))[order]
        self._starts = np.searchsorted(terms[order], np.arange(len(self.labels) + 1))

    @classmethod
    def read(cls, path: Path, labels: Path) -> FacetColumns:
        """Read both files.

        Raises:
            ValueError, KeyError, OSError: one is not what was written.
        """
        told = [(str(one), str(label)) for one, label in json.loads(labels.read_text("utf-8"))]
        with np.load(path, allow_pickle=False) as held:
            return cls(told, held["ends"], held["terms"], held["days"], held["meetings"])

    @classmethod
    def joined(cls, parts: Sequence[tuple[FacetColumns, Rows]]) -> FacetColumns:
        """One after the other, of each only those rows, in order."""
        labels: dict[str, str] = {}
        for columns, _ in parts:
            labels.update(columns.labels)
        numbers = {one: number for number, one in enumerate(labels)}
        lengths, terms = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int32)]
        for columns, rows in parts:
            mine = np.asarray([numbers[one] for one, _ in columns.labels], dtype=np.int32)
            counts = np.diff(columns._ends)
            kept = np.zeros(columns.size, dtype=np.bool_)
            kept[rows] = True
            lengths.append(counts[rows])
            terms.append(mine[columns._terms[np.repeat(kept, counts)]])
        return cls(
            list(labels.items()),
            np.cumsum(np.concatenate([[0], *lengths])),
            np.concatenate(terms),
            np.concatenate([columns.days[rows] for columns, rows in parts]),
            np.concatenate([columns.meetings[rows] for columns, rows in parts]),
        )

    def rows_of(self, one: str) -> NDArray[np.int32]:
        """The rows that hold a term, in order; none for an unknown one."""
        number = self._numbers.get(one)
        if number is None:
            return self._rows[:0]
        return self._rows[self._starts[number] : self._starts[number + 1]]

    def groups(self, name: str) -> Rows:
        """Which value each row has of what ``name`` counts: the term's number, -1 where it has none."""
        found = np.full(self.size, -1, dtype=np.int64)
        for number, (one, _) in enumerate(self.labels):
            if one.startswith(f"{name}="):
                found[self.rows_of(one)] = number
        return found

    def allowed(self, filters: Filters) -> Mask | None:
        """Which rows pass: any chosen value of a facet, and every facet. None where nothing is filtered."""
        if filters.is_empty:
            return None
        mask = np.ones(self.size, dtype=np.bool_)
        for facet in FacetName:
            values = filters.of(facet)
            if values:
                held = np.zeros(self.size, dtype=np.bool_)
                for value in values:
                    held[self.rows_of(term(facet, value))] = True
                mask &= held
        if filters.since is not None:
            mask &= self.days >= day_number(filters.since)
        if filters.until is not None:
            mask &= self.days <= day_number(filters.until)
        return mask

    def counts(self, rows: NDArray[np.integer]) -> dict[str, int]:
        """How many of ``rows`` hold each term; terms that none holds are left out."""
        if not len(rows):
            return {}
        held = np.concatenate([self._terms[self._ends[row] : self._ends[row + 1]] for row in rows])
        numbers, counts = np.unique(held, return_counts=True)
        return {self.labels[number][0]: int(count) for number, count in zip(numbers, counts, strict=True)}

    def label(self, one: str) -> str:
        """The French label of a term."""
        return self.labels[self._numbers[one]][1]

    def values(self, row: int, facet: FacetName) -> list[str]:
        """The values of a row in one facet."""
        prefix = f"{facet.value}="
        held = (self.labels[number][0] for number in self._terms[self._ends[row] : self._ends[row + 1]])
        return [one.removeprefix(prefix) for one in held if one.startswith(prefix)]

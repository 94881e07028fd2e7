"""Discovery: clips to look at without a question, and clips like one that was watched.

The order of the day is drawn from a seed (the visitor's, and the date): the same all day long for the same seed,
another tomorrow. Occupations take turns, then meetings inside an occupation, so that one with fifty clips is shown no
more often than one with two. Among the occupations of one turn, so do the genders of the professionals where the
operator told them, then the regions inside a gender; those of whom nothing is told are a group like the others.
Nothing is kept about any visitor: the seed travels in the address.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pipeline.index.facets import BALANCED, FacetColumns
from pipeline.index.opened import Generation
from pipeline.index.search import Gate
from pipeline.records import EVERYTHING, Clip, ClipId, FacetName, Filters

_ASKED_AT_ONCE = 50
"""Clips asked of the gate while a page fills: most often the first fifty are enough."""

_RELATED_POOL = 60
"""Nearest clips among which other meetings are preferred."""

_SAME_OCCUPATION = 0.05
_SAME_KIND = 0.04
"""What a shared occupation, or a shared kind of question, adds to a cosine; two clips on one subject differ by more."""


def draw(generation: Generation, seed: str, filters: Filters = EVERYTHING) -> Iterator[ClipId]:
    """Every clip that passes the filters, in the order of ``seed``, occupations taking turns."""
    mask = generation.facets.allowed(filters)
    rows = np.arange(generation.size) if mask is None else np.flatnonzero(mask)
    for row in turns(generation.facets, rows, seed):
        yield generation.clip_id(int(row))


def turns(columns: FacetColumns, rows: NDArray[np.int64], seed: str) -> NDArray[np.int64]:
    """``rows`` in the order of ``seed``: the n-th clips of all occupations before their n+1-th."""
    occupations = columns.groups(FacetName.OCCUPATION.value)
    start = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8])
    luck = _mixed(rows, start)
    meetings = columns.meetings[rows].astype(np.int64)
    # A clip's turn in its meeting, then that meeting's clip's turn in its occupation.
    in_meeting = _turn(meetings, luck, luck)
    turn = _turn(occupations[rows], in_meeting, _mixed(meetings, start))
    own = _mixed(occupations[rows], start)
    # Of one turn: regions inside a gender, then genders, each by a luck of its own: the best of many is not luck.
    genders, regions = (_numbered(columns.groups(name)[rows]) for name in BALANCED)
    of_gender = turn * len(rows) + genders
    in_region = _turn(_numbered(of_gender) * len(rows) + regions, own, own)
    in_gender = _turn(of_gender, in_region, _mixed(regions, start))
    order = np.lexsort((own, _mixed(genders, start), in_gender, turn))
    return rows[order]


def _numbered(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """The same groups, numbered from 0."""
    numbers: NDArray[np.int64] = np.unique(groups, return_inverse=True)[1]
    return numbers


def fill(ids: Iterator[ClipId], limit: int, gate: Gate) -> tuple[Clip, ...]:
    """The first ``limit`` clips of ``ids`` that may be shown."""
    kept: list[Clip] = []
    while len(kept) < limit:
        part = [one for one, _ in zip(ids, range(_ASKED_AT_ONCE), strict=False)]
        if not part:
            break
        allowed = gate.clips(part)
        kept += [allowed[one] for one in part if one in allowed]
    return tuple(kept[:limit])


def related(generation: Generation, clip_id: ClipId, limit: int, gate: Gate) -> tuple[Clip, ...]:
    """Clips like one: the nearest of other meetings first, one a meeting, then whatever is near; never itself."""
    row = generation.row(clip_id)
    if row is None:
        return ()
    columns = generation.facets
    near = [one for one in generation.semantic(generation.vector(row), _RELATED_POOL + 1) if one.row != row]
    liked = sorted(near, key=lambda one: (-one.score - _shared(columns, row, one.row), one.row))
    seen = {int(columns.meetings[row])}
    first: list[int] = []
    rest: list[int] = []
    allowed = gate.clips([generation.clip_id(one.row) for one in liked])
    for one in liked:
        if generation.clip_id(one.row) in allowed:
            meeting = int(columns.meetings[one.row])
            (rest if meeting in seen else first).append(one.row)
            seen.add(meeting)
    own = int(columns.meetings[row])
    rest.sort(key=lambda one: int(columns.meetings[one]) == own)  # the clip's own meeting comes last
    return tuple(allowed[generation.clip_id(one)] for one in [*first, *rest][:limit])


def _shared(columns: FacetColumns, one: int, other: int) -> float:
    """What two rows have in common beside their vectors."""
    return sum(
        bonus
        for facet, bonus in ((FacetName.OCCUPATION, _SAME_OCCUPATION), (FacetName.QUESTION, _SAME_KIND))
        if set(columns.values(one, facet)) & set(columns.values(other, facet))
    )


def _mixed(numbers: NDArray[np.integer], start: int) -> NDArray[np.uint64]:
    """A number's luck: SplitMix64 (Steele, Lea and Flood, 2014), the same on every machine."""
    mixed = numbers.astype(np.int64).view(np.uint64) + np.uint64(start)
    with np.errstate(over="ignore"):
        mixed = mixed + np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _turn(groups: NDArray[np.int64], first: NDArray[np.integer], then: NDArray[np.integer]) -> NDArray[np.int64]:
    """Each place's rank inside its group, ordered by ``first``, then ``then``."""
    order = np.lexsort((then, first, groups))
    ordered = groups[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])) if len(order) else order
    sizes = np.diff(np.append(starts, len(order)))
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.arange(len(order)) - np.repeat(starts, sizes)
    return ranks

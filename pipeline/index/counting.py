"""Counting what was found: facets with their counts, and occupations near a question that nothing answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import Protocol

import numpy as np

from pipeline.index.embed import Vectors
from pipeline.index.facets import term
from pipeline.index.opened import Generation
from pipeline.records import ClipId, Facet, FacetName, FacetValue, Filters, Suggestion, SuggestionKind

_SHOWN_VALUES = 12
"""Values of a facet on a page; those chosen are always there."""

_NEARBY = 6
"""Occupations proposed where nothing answers: two lines of a phone."""

_LOOKED_AT = 60
"""Nearest clips among which occupations are looked for."""


class _Counts(Protocol):
    def showable(self, clip_ids: Sequence[ClipId]) -> AbstractSet[ClipId]: ...


def facets_of(
    generation: Generation, filters: Filters, rows_of: Callable[[FacetName | None], list[int]]
) -> tuple[Facet, ...]:
    """The facets of an answer, the commonest values first.

    ``rows_of`` gives the rows found without one facet's own filter: a value's count is what choosing it instead shows.
    """
    columns = generation.facets
    counts = columns.counts(np.asarray(rows_of(None), dtype=np.int64))
    facets: list[Facet] = []
    for name in FacetName:
        chosen = filters.of(name)
        own = columns.counts(np.asarray(rows_of(name), dtype=np.int64)) if chosen else counts
        prefix = f"{name.value}="
        values = [
            FacetValue(
                value=one.removeprefix(prefix),
                label=columns.label(one),
                count=count,
                chosen=one in {term(name, value) for value in chosen},
            )
            for one, count in own.items()
            if one.startswith(prefix)
        ]
        values.sort(key=lambda one: (-one.count, one.label))
        kept = values[:_SHOWN_VALUES] + [one for one in values[_SHOWN_VALUES:] if one.chosen]
        if kept:
            facets.append(Facet(name=name, values=tuple(kept)))
    return tuple(facets)


def nearby_occupations(generation: Generation, vector: Vectors | None, gate: _Counts) -> tuple[Suggestion, ...]:
    """Occupations of the clips nearest to a vector (without one, the commonest) among those that may be shown."""
    if vector is None:
        rows = list(range(0, generation.size, max(1, generation.size // _LOOKED_AT)))
    else:
        rows = [one.row for one in generation.semantic(vector, _LOOKED_AT)]
    allowed = gate.showable([generation.clip_id(row) for row in rows])
    columns = generation.facets
    held: Counter[str] = Counter()
    for row in rows:
        if generation.clip_id(row) in allowed:
            held.update(columns.values(row, FacetName.OCCUPATION))
    # Counter keeps the order of first meeting: the nearest occupation comes first.
    chosen = list(held)[:_NEARBY] if vector is not None else [one for one, _ in held.most_common(_NEARBY)]
    return tuple(
        Suggestion(
            kind=SuggestionKind.OCCUPATION,
            text=columns.label(term(FacetName.OCCUPATION, value)),
            clips=count_showable(generation, term(FacetName.OCCUPATION, value), gate),
        )
        for value in chosen
    )


def count_showable(generation: Generation, one: str, gate: _Counts) -> int:
    """How many clips that hold a facet term may be shown."""
    return len(gate.showable([generation.clip_id(int(row)) for row in generation.facets.rows_of(one)]))

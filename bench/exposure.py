"""``python -m bench.exposure``: who is shown to those who come without a question.

Takes the 202 occupations of our development passages, as they were declared, and gives them libraries of very unequal
sizes (the first four hundred clips, the second two hundred, the third a hundred and thirty-three…, five a meeting).
Asks the product's own draw for the first page of thousands of visitors, and writes ``bench/results/exposure.json``: how
unequally occupations, meetings and the grammatical genders of the declared occupations are shown, by the draw and by a
plain shuffle of the same clips. Then the same with professionals of whom it is told, or not, whether they are women (a
fifth) and of which of thirteen regions: how much these are shown.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from bench.conditions import Conditions, before, conditions
from consent.records import Frozen
from pipeline.index.discovery import turns
from pipeline.index.facets import (
    BALANCED,
    FacetColumns,
    balance_terms,
    occupation_value,
    term,
    write_facets,
    write_labels,
)
from pipeline.outputs import replace_synced
from pipeline.records import UNTOLD, Belonging, FacetName
from pipeline.segment.occupation import gender_of
from videotheque.french import FrenchParser, speak_french
from videotheque.pages import HOME_CLIPS

RESULT = Path(__file__).with_name("results") / "exposure.json"
_DATA = Path(__file__).with_name("data") / "retrieval.jsonl"
_MOST_CLIPS, _CLIPS_A_MEETING = 400, 5
_REGIONS = 13
"""As many as metropolitan France has."""

Order = Callable[[int], NDArray[np.int64]]
"""The rows of the library in a visitor's order."""


class Share(Frozen):
    """A group: its part of the occupations (of what is told: of the groups), of the clips, and of what was shown."""

    name: str
    occupations: float
    clips: float
    shown: float


class Exposure(Frozen):
    """How one order shows the library.

    ``gini`` is 0 where every occupation is shown as often as another, 1 where only one is; ``most`` is the largest
    occupation's exposure over the mean; ``never`` counts occupations that no visitor saw first.
    """

    order: str
    gini: float
    most: float
    never: int
    meetings_gini: float
    genders: tuple[Share, ...]
    told: tuple[Share, ...] = ()


class ExposureReport(Frozen):
    """What was measured, on how much."""

    conditions: Conditions
    occupations: int
    clips: int
    visitors: int
    page: int
    orders: tuple[Exposure, ...]


class Shelf(Frozen):
    """A library without words: the declared occupation of each clip, and the meeting it comes from."""

    names: tuple[str, ...]
    meetings: tuple[int, ...]
    told: tuple[Belonging, ...] = ()

    def columns(self, folder: Path) -> FacetColumns:
        """Its facets, as the product writes and reads them."""
        values = [[term(FacetName.OCCUPATION, occupation_value(name))] for name in self.names]
        if self.told:
            values = [[*own, *balance_terms(told)] for own, told in zip(values, self.told, strict=True)]
        numbers = {value: number for number, value in enumerate(dict.fromkeys(chain.from_iterable(values)))}
        columns = [[numbers[one] for one in own] for own in values]
        write_facets(columns, [0] * len(values), self.meetings, folder / "facets.npz")
        write_labels({one: one for one in numbers}, folder / "facets.json")
        return FacetColumns.read(folder / "facets.npz", folder / "facets.json")


def shelf_of(names: Sequence[str], most: int = _MOST_CLIPS) -> Shelf:
    """``most`` clips of the first occupation, half as many of the second, a third of the third…, one at least."""
    clips: list[str] = []
    meetings: list[int] = []
    for rank, name in enumerate(names, start=1):
        first = meetings[-1] + 1 if meetings else 0
        for number in range(max(1, most // rank)):
            clips.append(name)
            meetings.append(first + number // _CLIPS_A_MEETING)
    return Shelf(names=tuple(clips), meetings=tuple(meetings))


def told_of(shelf: Shelf) -> Shelf:
    """The same, each meeting's professional told of or not: a third not, of the rest a fifth women, regions by rank."""
    luck = np.random.default_rng(5)
    weights = 1 / np.arange(1, _REGIONS + 1)
    meetings = shelf.meetings[-1] + 1
    regions = luck.choice(_REGIONS, meetings, p=weights / weights.sum())
    known, women = luck.random(meetings) >= 1 / 3, luck.random(meetings) < 1 / 5
    told = [
        Belonging(gender="woman" if women[one] else "man", region=f"region {regions[one]}") if known[one] else UNTOLD
        for one in shelf.meetings
    ]
    return shelf.model_copy(update={"told": tuple(told)})


def gini(counts: Iterable[float]) -> float:
    """Of how often each is shown: 0 where all are alike, nearly 1 where one has all."""
    held = np.sort(np.asarray(list(counts), dtype=np.float64))
    places = np.arange(1, len(held) + 1)
    return float((2 * places - len(held) - 1) @ held / (len(held) * held.sum()))


def exposure(shelf: Shelf, name: str, order: Order, visitors: int, page: int) -> Exposure:
    """What the first page of so many visitors shows."""
    rows = np.concatenate([order(visitor)[:page] for visitor in range(visitors)])
    values = [occupation_value(one) for one in shelf.names]
    shown = Counter(values[row] for row in rows)
    counts = [shown[one] for one in dict.fromkeys(values)]
    meetings = np.bincount(np.asarray(shelf.meetings)[rows], minlength=shelf.meetings[-1] + 1)
    return Exposure(
        order=name,
        gini=round(gini(counts), 4),
        most=round(max(counts) / float(np.mean(counts)), 2),
        never=counts.count(0),
        meetings_gini=round(gini(meetings.tolist()), 4),
        genders=_genders(shelf, rows),
        told=_told(shelf, rows),
    )


def _told(shelf: Shelf, rows: NDArray[np.int64]) -> tuple[Share, ...]:
    """By what is told of the professionals, genders then regions; « untold » where nothing is."""
    shares: list[Share] = []
    genders, regions = ([getattr(one, name) or "untold" for one in shelf.told] for name in BALANCED)
    for of in (genders, regions) if shelf.told else ():
        clips, shown = Counter(of), Counter(of[row] for row in rows)
        shares += [
            Share(
                name=name,
                occupations=round(1 / len(clips), 3),
                clips=round(clips[name] / clips.total(), 3),
                shown=round(shown[name] / shown.total(), 3),
            )
            for name in sorted(clips)
        ]
    return tuple(shares)


def _genders(shelf: Shelf, rows: NDArray[np.int64]) -> tuple[Share, ...]:
    """By the grammatical gender of the occupation as declared; « same » where it has one form."""
    of = {name: gender.value if (gender := gender_of(name)) else "same" for name in dict.fromkeys(shelf.names)}
    groups = [
        Counter(of.values()),
        Counter(of[name] for name in shelf.names),
        Counter(of[shelf.names[row]] for row in rows),
    ]
    return tuple(
        Share(
            name=name,
            occupations=round(groups[0][name] / groups[0].total(), 3),
            clips=round(groups[1][name] / groups[1].total(), 3),
            shown=round(groups[2][name] / groups[2].total(), 3),
        )
        for name in sorted(groups[0])
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, show, write the result."""
    speak_french()
    parser = FrenchParser(prog="bench.exposure", description="Qui est montré à qui vient sans question.")
    parser.add_argument("--visitors", type=int, default=4000, help="visiteurs simulés")
    options = parser.parse_args(arguments)
    start, console = before(), Console(highlight=False)
    lines = _DATA.read_text("utf-8").splitlines()
    names = list(dict.fromkeys(str(json.loads(line)["occupation"]) for line in lines))
    shelf = shelf_of([names[place] for place in np.random.default_rng(0).permutation(len(names))])
    told = told_of(shelf)
    with tempfile.TemporaryDirectory() as folder:
        columns, told_columns = shelf.columns(Path(folder)), told.columns(Path(folder))
    rows = np.arange(len(shelf.names))
    orders: dict[str, tuple[Shelf, Order]] = {
        "shuffled": (told, lambda visitor: np.random.default_rng(visitor).permutation(len(rows))),
        "drawn": (shelf, lambda visitor: turns(columns, rows, f"2026-01-05 {visitor}")),
        "drawn, professionals told of": (told, lambda visitor: turns(told_columns, rows, f"2026-01-05 {visitor}")),
    }
    report = ExposureReport(
        conditions=conditions(start),
        occupations=len({occupation_value(one) for one in names}),
        clips=len(rows),
        visitors=options.visitors,
        page=HOME_CLIPS,
        orders=tuple(exposure(own, name, order, options.visitors, HOME_CLIPS) for name, (own, order) in orders.items()),
    )
    replace_synced(RESULT, (report.model_dump_json(indent=1) + "\n").encode())
    for one in report.orders:
        console.print(
            f"{one.order} : Gini {one.gini} entre métiers ({one.meetings_gini} entre rencontres), le plus montré "
            f"{one.most} fois la moyenne, {one.never} jamais montrés",
            soft_wrap=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())

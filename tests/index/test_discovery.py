"""Clips without a question, and clips like one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.index.discovery import draw, fill, related, turns
from pipeline.index.facets import BALANCED, FacetColumns, balance_terms, term, write_facets, write_labels
from pipeline.index.suggest import suggest
from pipeline.records import Belonging, Choice, FacetName, Filters, Mode
from tests.index.shelf import Shelf


def columns_of(folder: Path, sizes: dict[str, int]) -> FacetColumns:
    """A library in which each occupation has that many clips, two a meeting."""
    names = [name for name, size in sizes.items() for _ in range(size)]
    labels = {term(FacetName.OCCUPATION, name): name for name in sizes}
    numbers = {name: number for number, name in enumerate(sizes)}
    write_facets(
        [[numbers[name]] for name in names],
        [0] * len(names),
        [place // 2 for place in range(len(names))],
        folder / "facets.npz",
    )
    write_labels(labels, folder / "facets.json")
    return FacetColumns.read(folder / "facets.npz", folder / "facets.json")


def test_a_seed_is_an_order_and_another_seed_another(shelf: Shelf) -> None:
    """Stable for a visitor all day long; all clips are in it once."""
    generation = shelf.reader.current()
    first, again, other = (list(draw(generation, seed)) for seed in ("lundi a", "lundi a", "mardi a"))

    assert first == again != other
    assert {entry.clip.id for entry in shelf.entries} == set(first) == set(other)
    assert len(first) == len(shelf.entries)


def test_occupations_take_turns(shelf: Shelf) -> None:
    """Six occupations of two clips: the first six clips are of six occupations."""
    generation = shelf.reader.current()

    for seed in map(str, range(20)):
        clips = fill(draw(generation, seed), 6, shelf)
        assert len({clip.occupation for clip in clips}) == 6


def test_no_occupation_dominates(tmp_path: Path) -> None:
    """Exposure over 600 visitors' first six clips: the occupation with 200 clips is shown as often as that with 4."""
    columns = columns_of(tmp_path, {"boulanger": 200, "infirmier": 40, "avocat": 10, "maçon": 4, "juge": 4, "son": 4})
    rows = np.arange(columns.size)
    shown: Counter[str] = Counter()
    for seed in range(600):
        first = turns(columns, rows, str(seed))[:3]
        shown.update(columns.values(int(row), FacetName.OCCUPATION)[0] for row in first)

    assert len(shown) == 6
    assert max(shown.values()) < 1.25 * min(shown.values())


def test_genders_and_regions_take_turns_where_they_are_told(tmp_path: Path) -> None:
    """Of sixty occupations one woman in ten and one region in ten rare, a third untold: each group is shown alike."""
    told = [
        Belonging()
        if number % 3 == 0
        else Belonging(gender="woman" if number % 10 == 1 else "man", region="Île-de-France")
        for number in range(60)
    ]
    values = [[term(FacetName.OCCUPATION, f"m{number}"), *balance_terms(one)] for number, one in enumerate(told)]
    numbers = {one: number for number, one in enumerate(dict.fromkeys(one for own in values for one in own))}
    write_facets([[numbers[one] for one in own] for own in values], [0] * 60, range(60), tmp_path / "facets.npz")
    write_labels(dict.fromkeys(numbers, ""), tmp_path / "facets.json")
    columns, rows = FacetColumns.read(tmp_path / "facets.npz", tmp_path / "facets.json"), np.arange(60)
    shown: Counter[str] = Counter()
    for seed in range(200):
        order = turns(columns, rows, str(seed))
        assert sorted(order) == list(rows)
        shown.update(told[row].gender or "untold" for row in order[:6])

    assert {"woman", "man", "untold"} == set(shown)
    assert min(shown.values()) > 0.2 * shown.total()


def test_what_is_told_of_a_professional_is_no_facet() -> None:
    """Neither counted nor chosen: it balances chance, and that is all."""
    assert not set(BALANCED) & {name.value for name in FacetName}
    assert {"gender=woman": "", "region=iledefrance": ""} == balance_terms(
        Belonging(gender="woman", region="Île-de-France")
    )


def test_what_is_told_of_a_professional_reaches_chance_and_no_answer(shelf: Shelf, tmp_path: Path) -> None:
    """The index has it by row; no page, no count, no suggestion tells it, and no word finds it."""
    own = shelf.copy(tmp_path)
    told = Belonging(gender="woman", region="Zanskar")
    own.rebuild([replace(entry, belonging=told) for entry in shelf.entries])
    generation = own.reader.current()
    page = own.find("infirmière", Mode.HYBRID)

    assert {0} == {len(set(generation.facets.groups(name).tolist()) - {-1}) - 1 for name in BALANCED}
    assert page.hits
    assert "zanskar" not in page.model_dump_json().lower()
    assert "woman" not in page.model_dump_json()
    assert () == own.find("zanskar").hits
    assert () == suggest(generation, "zansk", 5, own)


def test_discovery_passes_the_gate_and_the_filters(shelf: Shelf) -> None:
    """A page is filled with what may be shown, of what was chosen."""
    filters = Filters(chosen=(Choice(facet=FacetName.OCCUPATION, value="boulanger"),))
    generation = shelf.reader.current()
    before = fill(draw(generation, "x", filters), 10, shelf)
    shelf.withdrawn.add(before[0].id)
    after = fill(draw(generation, "x", filters), 10, shelf)

    assert {"boulanger"} == {clip.occupation for clip in before}
    assert before[1:] == after


def test_related_clips_come_from_other_meetings_first(shelf: Shelf) -> None:
    """Never the clip itself; its own meeting's other clip comes last, though it is nearest."""
    generation, own = shelf.reader.current(), shelf.entries[0].clip
    clips = related(generation, own.id, 12, shelf)

    recordings = [clip.recording_id for clip in clips]
    assert own.id not in {clip.id for clip in clips}
    assert len(shelf.entries) - 1 == len(clips)
    assert own.recording_id == recordings[-1]
    assert len(set(recordings[:5])) == 5


def test_related_clips_pass_the_gate(shelf: Shelf) -> None:
    """A withdrawn neighbour is replaced by the next one."""
    generation, own = shelf.reader.current(), shelf.entries[0].clip
    before = related(generation, own.id, 3, shelf)
    shelf.withdrawn.add(before[0].id)
    after = related(generation, own.id, 3, shelf)

    assert before[0].id not in {clip.id for clip in after}
    assert len(after) == 3


@pytest.mark.parametrize("unknown", ["clip-00000000000000000000"])
def test_a_clip_that_is_not_indexed_has_no_relatives(shelf: Shelf, unknown: str) -> None:
    """Published since the last night: nothing yet, and no error."""
    assert related(shelf.reader.current(), unknown, 3, shelf) == ()  # type: ignore[arg-type]

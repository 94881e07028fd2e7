"""The index benchmark: engines answer the same questions on the same clips, and its committed result is its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.index import RESULT, IndexGoal, IndexReport
from bench.index_engines import ENGINES
from bench.index_jobs import Work, ask, build
from bench.index_material import SHARES, Material, allowed_rows, exact, make, rows, texts

OWN = ("our-words", "fts5", "our-vectors", "our-hybrid")
"""What is installed with the tests."""


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    """Two thousand clips and eight questions."""
    made = Material(folder=tmp_path_factory.mktemp("material"), documents=2000, dimension=32, queries=8)
    make(made)
    return made


def test_the_same_numbers_make_the_same_clips(material: Material, tmp_path: Path) -> None:
    """So that engines are compared, not luck."""
    again = material.model_copy(update={"folder": tmp_path})
    make(again)

    assert texts(material) == texts(again)
    assert np.array_equal(rows(material), rows(again))
    assert 2000 == len(texts(material)) == len(set(texts(material)))


@pytest.mark.parametrize("share", SHARES)
def test_a_filter_lets_its_share_through(material: Material, share: float) -> None:
    """And the exact answers under it are among what it lets through."""
    allowed = allowed_rows(material, share)

    assert round(share * 2000) == np.count_nonzero(allowed)
    assert all(allowed[row] for nearest in exact(material, share) for row in nearest)


def test_every_engine_answers_the_same_questions(material: Material) -> None:
    """Each kind once; ours, exact at this size, find all of the ten nearest."""
    found = {}
    for name in OWN:
        place = material.folder / name
        place.mkdir()
        work = Work(material=material, engine=name, place=place)
        build(work)
        found[name] = ask(work).answers

    every = ["all", "1%", "10%", "50%"]
    assert {"our-words": every, "fts5": ["all"], "our-vectors": every, "our-hybrid": every} == {
        name: [one.kind for one in answers] for name, answers in found.items()
    }
    assert [1.0] * 4 == [one.recall for one in found["our-vectors"]]


def test_words_are_found_alike_by_both_engines(material: Material) -> None:
    """Of a question of one word, what SQLite finds holds it, and so does what ours finds."""
    asks = {}
    for name in ("our-words", "fts5"):
        place = material.folder / f"{name}-again"
        place.mkdir()
        engine = ENGINES[name]()
        engine.build(material, place)
        asks[name] = [one() for one in engine.asks(material, place)["all"]]

    assert [bool(one) for one in asks["fts5"]] == [bool(one) for one in asks["our-words"]]


def test_a_goal_says_what_its_numbers_say() -> None:
    """At most, at least; the limit itself is reached."""
    assert [True, False, True, False] == [
        IndexGoal.of("a", found, 1, at_most=at_most).reached
        for found, at_most in ((1, True), (1.1, True), (1, False), (0.9, False))
    ]


def test_the_committed_result_is_of_this_benchmark() -> None:
    """Every engine that was there, on hundreds of thousands of clips."""
    report = IndexReport.model_validate_json(RESULT.read_bytes())

    assert set(ENGINES) == {one.name for one in report.engines} | set(report.absent)
    assert report.documents >= 100_000
    assert all(goal == IndexGoal.of(goal.name, goal.found, goal.limit, goal.at_most) for goal in report.goals)

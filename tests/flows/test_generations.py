"""The last step of a run: the night builds whole, a recording done again is a small step, an erasure keeps nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.generations import refresh_index
from flows.night import withdraw
from flows.progress import Silence
from flows.workshop import Workshop
from pipeline.index.manifest import CURRENT
from pipeline.index.opened import Generation
from pipeline.index.reader import IndexReader
from tests.flows.nights import Library, workshop_of


@pytest.fixture
def workshop(library: Library, tmp_path: Path) -> Workshop:
    """A library after a real night, free to change."""
    return workshop_of(library.copy(tmp_path / "home"))


def current(workshop: Workshop) -> Generation:
    return IndexReader(workshop.settings.index_folder).current()


def directories(workshop: Workshop) -> set[str]:
    return {path.name for path in workshop.settings.index_folder.iterdir() if path.name != CURRENT}


def test_a_small_step_then_the_night(workshop: Workshop) -> None:
    """What is gone is searched no more at once; its files go with the next whole build."""
    before = current(workshop)
    gone = workshop.catalogue.published_recordings()[0]
    clips = workshop.catalogue.unpublish(gone)
    small = refresh_index(workshop, only=[gone])
    shared, kept = current(workshop), directories(workshop)
    whole = refresh_index(workshop)

    assert clips > 0
    assert (before.size - clips, "") == (small.clips, small.problem)
    assert [before.name] == [part.name for part in shared.manifest.parts]
    assert {before.name, shared.name} == kept
    assert {whole.generation} == directories(workshop)
    assert (small.clips, ()) == (current(workshop).size, current(workshop).manifest.parts)


def test_a_withdrawal_after_a_small_step_leaves_one_directory(workshop: Workshop) -> None:
    """What a small step shares holds words of what is withdrawn: the index is built whole, and the rest goes."""
    first, second = workshop.catalogue.published_recordings()[:2]
    workshop.catalogue.unpublish(first)
    refresh_index(workshop, only=[first])
    meeting = next(one for one in workshop.catalogue.meetings() if one.recording_id == second)
    report = withdraw(workshop, meeting, workshop.register.parties(second)[0].id, Silence())

    assert "" == report.problem
    assert all(one.done for one in report.erasures)
    assert {current(workshop).name} == directories(workshop)
    assert () == current(workshop).manifest.parts

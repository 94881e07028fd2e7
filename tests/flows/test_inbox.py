"""Registering folders: each meeting has one of its own, and its erasure takes nothing else away."""

from __future__ import annotations

from pathlib import Path

import pytest

from consent.narrowings import mark_unread
from consent.records import PART, Purpose, RecordingId
from flows import night
from flows.due import Due
from flows.inbox import look, register_folder
from flows.progress import Silence
from flows.stores import HANDLINGS
from flows.workshop import Workshop
from pipeline.erasure import Cause
from pipeline.errors import DatabaseLost, InvalidMeeting
from pipeline.meeting import Meeting
from pipeline.records import Stage
from pipeline.settings import Settings
from pipeline.store import Store
from tests.databases import stops_beside
from videotheque.example import EXAMPLE


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    """An empty library whose inbox holds nothing."""
    (tmp_path / "inbox").mkdir()
    return Workshop(Settings(home=tmp_path / "home", inbox=tmp_path / "inbox"))


def _written(folder: Path, name: str) -> Meeting:
    """A meeting's folder with every file that its description names."""
    meeting = EXAMPLE.model_copy(update={"id": name})
    folder.mkdir(parents=True, exist_ok=True)
    for file in meeting.files():
        (folder / file).write_bytes(b"x")
    (folder / "meeting.json").write_text(meeting.model_dump_json(exclude_defaults=True), "utf-8")
    return meeting


def _due(recording_id: RecordingId) -> Due:
    return Due(
        basis="",
        recording_id=recording_id,
        removed=False,
        stages=frozenset(Stage),
        clips=frozenset(),
        whole=True,
        source=True,
    )


def _files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def _known_before(workshop: Workshop, folder: Path, name: str) -> RecordingId:
    """A meeting that a version of before registered, wherever it is."""
    meeting = _written(folder, name)
    workshop.catalogue.register_meeting(meeting.recording_id, name, folder.resolve(), workshop.clock())
    return meeting.recording_id


@pytest.mark.parametrize("which", ["inbox", "above"])
def test_the_inbox_itself_is_no_meetings_folder(workshop: Workshop, which: str) -> None:
    """Nor is a folder that contains it: a withdrawal would take all the others away."""
    inbox = workshop.settings.inbox_folder
    folder = inbox if which == "inbox" else inbox.parent
    _written(folder, "racine")

    with pytest.raises(InvalidMeeting, match=r"l'inbox elle-même, ou la contient ; .*\.$"):
        register_folder(workshop, folder)

    assert workshop.catalogue.meetings() == ()


@pytest.mark.parametrize(("first", "second"), [("a", "a/b"), ("a/b", "a")])
def test_a_meetings_folder_is_in_no_other_ones(workshop: Workshop, first: str, second: str) -> None:
    """Whichever came first; one that was registered there before is heard all the same."""
    inbox = workshop.settings.inbox_folder
    _written(inbox / first, "premiere")
    register_folder(workshop, inbox / first)
    _written(inbox / second, "seconde")

    with pytest.raises(InvalidMeeting, match=r"« premiere ».* mettez-les côte à côte .*\.$"):
        register_folder(workshop, inbox / second)

    _known_before(workshop, inbox / second, "seconde")
    assert [register_folder(workshop, inbox / one)[1] for one in (first, second)] == [False, False]


@pytest.mark.parametrize("place", [".", "a"])
def test_erasing_a_source_leaves_every_other_meetings_files(workshop: Workshop, place: str) -> None:
    """Of the inbox's root, or of a folder around another one, only what the description names goes."""
    inbox = workshop.settings.inbox_folder
    inner = inbox / place / "interieure"
    outer = _known_before(workshop, inbox / place, "exterieure")
    _known_before(workshop, inner, "interieure")
    kept = _files(inner)

    erased = HANDLINGS[Store.SOURCE].erase(workshop, _due(outer))

    assert len(kept) == erased
    assert {f"{inner.relative_to(inbox)}/{name}" for name in kept} == _files(inbox)
    assert HANDLINGS[Store.SOURCE].verify(workshop, _due(outer)) == ""


def test_a_lost_database_has_no_output_deleted(workshop: Workshop) -> None:
    """Outputs without any known meeting: neither the night, nor an erasure, nor a new meeting touches them."""
    output = workshop.settings.recordings_folder / "rec-0123456789abcdef" / "render" / "key" / "clip.mp4"
    output.parent.mkdir(parents=True)
    output.write_bytes(b"x")
    folder = workshop.settings.inbox_folder / "a"
    _written(folder, "a")

    for run in (
        lambda: night.nightly(workshop, Silence()),
        lambda: night.erase(workshop, Silence()),
        lambda: register_folder(workshop, folder),
    ):
        with pytest.raises(DatabaseLost, match=r"^La base ne connaît aucune rencontre, .*restaurez.*\.$"):
            run()

    assert output.exists()
    assert stops_beside(workshop.settings.keys_folder).through == 0
    assert workshop.catalogue.meetings() == ()


def test_what_an_erasure_explains_is_still_swept(workshop: Workshop) -> None:
    """The last meeting's removal was interrupted: what is left of it goes."""
    recording_id = RecordingId("rec-0123456789abcdef")
    workshop.erasures.request(recording_id, Cause.REMOVAL)
    (workshop.settings.recordings_folder / recording_id).mkdir(parents=True)

    workshop.enforce_every_consent()

    assert workshop.outputs.recordings() == ()


def test_a_folder_of_its_own_goes_whole(workshop: Workshop) -> None:
    """Whatever else was put beside its recording; the inbox stays."""
    inbox = workshop.settings.inbox_folder
    recording_id = _known_before(workshop, inbox / "a", "a")
    (inbox / "a" / "notes.txt").write_text("de la même rencontre", "utf-8")

    HANDLINGS[Store.SOURCE].erase(workshop, _due(recording_id))

    assert not (inbox / "a").exists()
    assert inbox.exists()


def test_what_waited_for_its_description_is_kept_and_looked_at_again(workshop: Workshop, tmp_path: Path) -> None:
    """Of an older copy nothing is shown, and nothing erased for that alone; read again, the night has it to do."""
    folder = tmp_path / "inbox" / "un"
    meeting = _written(folder, "un")
    register_folder(workshop, folder)
    register, made = workshop.register, workshop.settings.recordings_folder / meeting.recording_id / "ingest"
    made.mkdir(parents=True)
    (found,) = look(workshop).meetings
    workshop.catalogue.settle(meeting.recording_id, found.state)
    settled = [one.changed for one in look(workshop).meetings]
    allowed = register.decide(meeting.recording_id, [Purpose.TRANSCRIBE], PART).allowed
    with register.writing() as connection:
        mark_unread(connection, register.ledger, {meeting.recording_id: "another declaration"}, workshop.clock())

    workshop.enforce_every_consent()
    waiting = register.decide(meeting.recording_id, [Purpose.TRANSCRIBE], PART).allowed
    (again,) = look(workshop).meetings

    assert ([False], True, False) == (settled, allowed, waiting)
    assert made.is_dir()
    assert workshop.erasures.jobs() == ()
    assert again.changed
    assert register.decide(meeting.recording_id, [Purpose.TRANSCRIBE], PART).allowed

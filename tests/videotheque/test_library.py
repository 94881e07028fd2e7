"""The library on real clips: what it finds, what it gives, and what it says of what is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import InvalidQuery
from pipeline.records import ClipId, Mode
from pipeline.settings import Settings
from tests.conftest import SmallMeeting
from tests.flows.nights import Library as Made
from tests.flows.nights import library_of, workshop_of
from videotheque.library import Library
from videotheque.view import ClipUnknown, ClipWithdrawn, MediaKind


@pytest.fixture(scope="session")
def made(small_meeting: SmallMeeting, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Six meetings after a real night."""
    return library_of(small_meeting, tmp_path_factory)


@pytest.fixture(scope="session")
def library(made: Made) -> Library:
    """The library that visitors see."""
    return _library(Settings(home=made.home))


def _library(settings: Settings) -> Library:
    shown = Library(settings)
    shown.__dict__["_embedder"] = workshop_of(settings).embedder
    return shown


@pytest.mark.parametrize("mode", list(Mode))
def test_a_title_finds_its_clip_first(library: Library, mode: Mode) -> None:
    """Every clip is found first, or beside its equal, by its own title, in every mode."""
    for clip in library.explore(50):
        hits = library.search(clip.title, mode, 5).hits

        assert clip.title in [hit.clip.title for hit in hits[:2]]


def test_every_file_of_every_clip_is_there(library: Library) -> None:
    """Video, captions and poster exist, and are not empty."""
    clips = library.explore(50)

    assert library.count() == len(clips)
    assert len(clips) >= 4
    assert all(library.media(clip.id, kind).stat().st_size > 0 for clip in clips for kind in MediaKind)


def test_what_never_was_and_what_is_gone_are_told_apart(made: Made, tmp_path: Path) -> None:
    """An unknown address is a mistake; one that was published says that it was withdrawn."""
    settings = made.copy(tmp_path / "home")
    library, workshop = Library(settings), workshop_of(settings)
    meeting = workshop.catalogue.meeting("essai-stereo")
    (gone, *_) = workshop.catalogue.live_of(meeting.recording_id)

    workshop.catalogue.unpublish(meeting.recording_id)

    with pytest.raises(ClipWithdrawn):
        library.clip(gone)
    with pytest.raises(ClipUnknown):
        library.clip(ClipId("clip-00000000000000000000"))


def test_exploring_never_shows_what_may_not_be_shown(made: Made, tmp_path: Path) -> None:
    """A page without a question passes the gate too, and is filled with other clips."""
    settings = made.copy(tmp_path / "home")
    library, workshop = Library(settings), workshop_of(settings)
    meeting = workshop.catalogue.meeting("essai-stereo")
    before = library.explore(50)

    workshop.register.withdraw(meeting.recording_id, workshop.register.parties(meeting.recording_id)[0].id)

    after = library.explore(50)
    assert meeting.recording_id in {clip.recording_id for clip in before}
    assert [clip.id for clip in before if clip.recording_id != meeting.recording_id] == [clip.id for clip in after]


def test_the_site_can_start_before_the_first_night(tmp_path: Path) -> None:
    """An empty home is an empty library, not an error; no model is loaded for it."""
    library = Library(Settings(home=tmp_path / "home"))

    pages = [library.search("métier", mode, 5) for mode in Mode]

    assert [()] * 3 == [page.hits for page in pages]
    assert library.explore(5) == ()
    assert library.count() == 0
    assert "_embedder" not in library.__dict__


@pytest.mark.parametrize("question", ["", " \n", "x" * 10_000])
def test_a_question_that_is_none_is_refused(library: Library, question: str) -> None:
    """Empty and endless questions get a sentence, in every mode."""
    for mode in Mode:
        with pytest.raises(InvalidQuery):
            library.search(question, mode, 5)

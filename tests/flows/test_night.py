"""The night: what becomes of each meeting, and that a second night does nothing twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from demo.cast import Variant
from flows import night
from flows.progress import Silence
from pipeline.errors import UnknownRecording
from pipeline.records import Outcome, Stage
from pipeline.settings import Settings
from tests.conftest import SmallMeeting
from tests.flows.nights import PUBLISHED, Library, half_written, outputs, registered, stages, workshop_of
from videotheque.library import Library as Shown


def _line(printed: str, name: str) -> str:
    """The table's row of a meeting, its folded lines joined."""
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in printed.splitlines() if line.startswith("│")]
    start = next(number for number, row in enumerate(rows) if row[0] == name)
    end = next((number for number in range(start + 1, len(rows)) if rows[number][0]), len(rows))
    return " ".join(cell for row in rows[start:end] for cell in row if cell)


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_good_meeting_is_published_and_the_table_says_so(library: Library, name: str) -> None:
    """Every form of a sound and consented meeting becomes clips in one night."""
    line = _line(library.first.stdout, name)

    assert "traité" in line
    assert "publié" in line


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("essai-truncated", ("refusé", "tronqué", "exportez-le de nouveau")),
        ("essai-not-consented", ("sans accord", "le jeune n'a pas donné son accord")),
    ],
)
def test_what_is_not_published_is_told_with_its_reason(library: Library, name: str, said: tuple[str, ...]) -> None:
    """The table gives one sentence that says why."""
    line = _line(library.first.stdout, name)

    assert all(part in line for part in said), line


def test_one_bad_meeting_makes_the_status_1_and_stops_no_other(library: Library) -> None:
    """A scheduler sees that something is wrong; the others are published all the same; nothing is on stderr."""
    workshop = workshop_of(Settings(home=library.home, inbox=library.inbox))
    visible = {one.meeting_id for one in workshop.catalogue.meetings() if workshop.catalogue.live_of(one.recording_id)}

    assert library.first.returncode == 1
    assert library.first.stderr == ""
    assert visible == set(PUBLISHED)


def test_nothing_of_a_meeting_without_consent_is_kept(library: Library) -> None:
    """Its media was not even opened: it has no stage output."""
    workshop = workshop_of(Settings(home=library.home, inbox=library.inbox))
    denied = workshop.catalogue.meeting("essai-not-consented")

    assert not (library.home / "recordings" / denied.recording_id).exists()


def test_the_second_night_does_nothing_again(library: Library) -> None:
    """Same outputs, not rewritten; no Prefect server is started; the truncated one is not tried again."""
    assert library.second.returncode == 1
    assert library.second.stderr == ""
    assert all("à jour" in _line(library.second.stdout, name) for name in PUBLISHED)
    assert "pas essayé de nouveau" in _line(library.second.stdout, "essai-truncated")
    assert not library.second_started_prefect
    assert library.after_first == outputs(library.home)
    assert half_written(library.home) == []


def test_an_unknown_recording_is_not_redone(library: Library, tmp_path: Path) -> None:
    """Reprocessing what nobody registered is an error that names it."""
    workshop = workshop_of(library.copy(tmp_path / "home"))

    with pytest.raises(UnknownRecording, match="essai-inconnu"):
        night.reprocess(workshop, "essai-inconnu", Silence())


def test_a_removed_meeting_leaves_nothing_but_its_consents(library: Library, tmp_path: Path) -> None:
    """Its clips, files, reports and vectors go; the operator's folder and the register stay."""
    settings = library.copy(tmp_path / "home")
    workshop = workshop_of(settings)
    meeting = workshop.catalogue.meeting("essai-webm")
    (clip_id, *_) = workshop.catalogue.live_of(meeting.recording_id)

    night.remove(workshop, meeting, Silence())

    assert workshop.register.history(meeting.recording_id) != []
    assert (meeting.folder / "meeting.json").exists()
    assert not (settings.recordings_folder / meeting.recording_id).exists()
    assert workshop.catalogue.was_published(clip_id)
    assert _holding(settings.index_folder, clip_id) == []
    with pytest.raises(UnknownRecording):
        workshop.catalogue.meeting("essai-webm")


def _holding(folder: Path, text: str) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


def test_a_recording_that_changed_is_read_again_and_its_former_clips_go(
    alone: tuple[Settings, Path], small_meeting: SmallMeeting
) -> None:
    """Another file in the recording's place: another hash, other outputs, the former ones removed."""
    settings, folder = alone
    workshop = workshop_of(settings)
    meeting = workshop.catalogue.meeting("essai-plain")
    before = outputs(settings.home)
    videos = {one.clip.video_sha256 for one in workshop.catalogue.live_of(meeting.recording_id).values()}
    other = (small_meeting(Variant.NOT_CONSENTED) / "rencontre.mp4").read_bytes()  # nobody refuses: other files
    (folder / "rencontre.mp4").write_bytes(other)
    (folder / "scenario.vtt").write_bytes((small_meeting(Variant.NOT_CONSENTED) / "scenario.vtt").read_bytes())

    reports = stages(workshop, registered(workshop, folder))

    now = {one.clip.video_sha256 for one in workshop.catalogue.live_of(meeting.recording_id).values()}
    assert [report.outcome for report in reports] == [Outcome.DONE] * 5
    assert now
    assert not now & videos
    assert len(outputs(settings.home)) == 5
    assert not set(before) & set(outputs(settings.home))


def test_consents_taken_out_of_the_description_hide_its_clips_at_once(alone: tuple[Settings, Path]) -> None:
    """Silence is not agreement: read again, the description without consents closes the gate before any night."""
    settings, folder = alone
    workshop = workshop_of(settings)
    shown = Shown(settings)
    assert shown.explore(5) != ()
    text = (folder / "meeting.json").read_text("utf-8")
    (folder / "meeting.json").write_text(text[: text.index('"consents"')].rstrip().rstrip(",") + "\n}", "utf-8")

    meeting = registered(workshop, folder)
    still = shown.explore(5)
    workshop.enforce_consent(meeting.recording_id)

    assert still == ()
    assert not (settings.recordings_folder / meeting.recording_id / Stage.INGEST).exists()


def test_a_recording_replaced_by_a_broken_one_keeps_what_was_published(alone: tuple[Settings, Path]) -> None:
    """A failed copy over a good recording is told, and takes nothing away."""
    settings, folder = alone
    workshop = workshop_of(settings)
    meeting = workshop.catalogue.meeting("essai-plain")
    before = workshop.catalogue.live_of(meeting.recording_id)
    whole = (folder / "rencontre.mp4").read_bytes()
    (folder / "rencontre.mp4").write_bytes(whole[: len(whole) // 2])

    reports = stages(workshop, registered(workshop, folder))

    assert [report.outcome for report in reports] == [Outcome.FAILED]
    assert "tronqué" in reports[0].detail
    assert before == workshop.catalogue.live_of(meeting.recording_id)

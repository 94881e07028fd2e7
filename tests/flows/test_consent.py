"""Consent at every stage: what is withdrawn is not done, not published, not kept, and not shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from consent.errors import ConsentDenied
from consent.records import PersonId, Purpose
from consent.rules import PUBLICATION
from flows import night
from flows.inbox import register_folder
from flows.progress import Silence
from flows.recording import RecordingRun
from flows.workshop import STAGE_PURPOSES
from pipeline.errors import LibraryBusy
from pipeline.lock import library_lock
from pipeline.records import ClipId, Mode, Outcome, Rendering, Stage
from pipeline.settings import Settings
from tests.flows.nights import Library, environment, outputs, registered, run, stages, workshop_of
from videotheque import addresses
from videotheque.app import create_app
from videotheque.library import Library as Shown
from videotheque.view import ClipWithdrawn, MediaKind

WITHDRAWN = "essai-platform-transcript"


@pytest.mark.parametrize(
    ("stage", "person", "purpose"),
    [
        (Stage.INGEST, "jeune", Purpose.RECORD),
        (Stage.TRANSCRIBE, "pro", Purpose.TRANSCRIBE),
        (Stage.SEGMENT, "jeune", Purpose.CUT_AND_INDEX),
        (Stage.RENDER, "pro", Purpose.PUBLISH),
        (Stage.INDEX, "jeune", Purpose.SHOW_FACE),
        (Stage.INDEX, "pro", Purpose.ORIGINAL_VOICE),
    ],
)
def test_a_withdrawal_just_before_a_stage_stops_it(
    unpublished: Settings, stage: Stage, person: str, purpose: Purpose
) -> None:
    """The stage is denied, nothing is published, and the outputs that needed the agreement are removed."""
    workshop = workshop_of(unpublished)
    meeting = workshop.catalogue.meeting("essai-plain")
    work = RecordingRun(workshop, meeting, Silence())
    order = list(Stage)
    for before in order[: order.index(stage)]:
        assert work.run(before).outcome is Outcome.REUSED

    workshop.register.withdraw(meeting.recording_id, PersonId(person), frozenset({purpose}))
    report = work.run(stage)

    kept = {one for one in Stage if workshop.outputs.has(meeting.recording_id, one)}
    allowed = {one for one in order[:4] if workshop.register.decide(meeting.recording_id, STAGE_PURPOSES[one]).allowed}
    assert report.outcome is Outcome.DENIED
    assert "a retiré son accord" in report.detail
    assert stage not in allowed
    assert allowed == kept
    assert workshop.catalogue.clip_ids() == ()


def test_a_withdrawal_between_the_decision_and_the_publication_wins(unpublished: Settings) -> None:
    """The catalogue decides again inside the transaction that publishes: an older clearance is not enough."""
    workshop = workshop_of(unpublished)
    meeting = workshop.catalogue.meeting("essai-plain")
    (key,) = (path.name for path in (unpublished.recordings_folder / meeting.recording_id / "render").iterdir())
    rendering = workshop.outputs.load(meeting.recording_id, Stage.RENDER, key, Rendering)
    assert rendering is not None
    clearance = workshop.register.clear(meeting.recording_id, *PUBLICATION)

    workshop.register.withdraw(meeting.recording_id, PersonId("jeune"))

    with pytest.raises(ConsentDenied, match="le jeune a retiré son accord"):
        workshop.catalogue.publish(clearance, meeting.recording_id, rendering.clips, key, "embedding")
    assert workshop.catalogue.clip_ids() == ()
    assert not workshop.catalogue.was_published(rendering.clips[0].id)


def test_a_withdrawal_by_id_says_nothing_of_other_meetings(library: Library, tmp_path: Path) -> None:
    """Pseudonyms mean something inside one recording only: « jeune » elsewhere still agrees."""
    workshop = workshop_of(library.copy(tmp_path / "home"))
    meeting = workshop.catalogue.meeting(WITHDRAWN)

    night.withdraw(workshop, meeting, PersonId("jeune"), Silence())

    others = [one for one in workshop.catalogue.meetings() if workshop.catalogue.live_of(one.recording_id)]
    assert [one.meeting_id for one in others] == ["essai-separate-files", "essai-stereo", "essai-webm"]


def _withdraw_elsewhere(settings: Settings) -> None:
    assert settings.inbox is not None
    env = environment(settings.home, settings.inbox)
    done = run(env, "consent", "withdraw", WITHDRAWN, "--person", "young_person")
    assert (0, "") == (done.returncode, done.stderr)
    assert "plus rien n'en est montré" in done.stdout


def _withdraw_here(settings: Settings) -> None:
    workshop = workshop_of(settings)  # the register alone: no file is removed, the gate must be enough
    workshop.register.withdraw(workshop.catalogue.meeting(WITHDRAWN).recording_id, PersonId("pro"))


@pytest.mark.parametrize("withdraw", [_withdraw_elsewhere, _withdraw_here])
def test_a_withdrawn_clip_is_refused_at_the_very_next_call(
    library: Library, tmp_path: Path, withdraw: Callable[[Settings], None]
) -> None:
    """Search in every mode, the clip, its files, its page, the API: all refuse at once; the rest is still found."""
    settings = library.copy(tmp_path / "home")
    workshop = workshop_of(settings)
    ids = list(workshop.catalogue.live_of(workshop.catalogue.meeting(WITHDRAWN).recording_id))
    shown = Shown(settings)
    shown.__dict__["_embedder"] = workshop.embedder
    title = shown.clip(ids[0]).title
    for mode in Mode:
        assert ids[0] in _found(shown, title, mode)
    with TestClient(create_app(shown)) as visitor:
        places = [f"/api/v1/clips/{ids[0]}", addresses.clip_url(ids[0])]
        places += [addresses.media_url(ids[0], kind) for kind in MediaKind]
        assert [200] * 5 == [visitor.get(place).status_code for place in places]
        etag = visitor.get(addresses.video_url(ids[0])).headers["etag"]

        withdraw(settings)

        assert [410] * 5 == [visitor.get(place).status_code for place in places]
        kept = {"if-none-match": etag, "range": "bytes=0-9"}
        assert visitor.get(addresses.video_url(ids[0]), headers=kept).status_code == 410
    for mode in Mode:
        assert not set(ids) & _found(shown, title, mode)
    assert _found(shown, title, Mode.SEMANTIC) != set()
    with pytest.raises(ClipWithdrawn):
        shown.clip(ids[0])
    for kind in MediaKind:
        with pytest.raises(ClipWithdrawn):
            shown.media(ids[0], kind)


def _found(shown: Shown, text: str, mode: Mode) -> set[ClipId]:
    return {hit.clip.id for hit in shown.search(text, mode, 50).hits}


def test_nothing_of_a_withdrawn_meeting_stays_in_the_files(library: Library, tmp_path: Path) -> None:
    """Outputs, index and Prefect's files: neither its clips' ids nor a word that only it said is in any byte."""
    settings = library.copy(tmp_path / "home")
    workshop = workshop_of(settings)
    meeting = workshop.catalogue.meeting(WITHDRAWN)
    ids = list(workshop.catalogue.live_of(meeting.recording_id))
    words = _own_words(library, "platform-transcript")
    folders = [settings.recordings_folder, settings.index_folder, settings.home / "prefect"]
    assert _traces(folders, ids) != set()
    assert _traces(folders, words) != set()

    report = night.withdraw(workshop, meeting, PersonId("jeune"), Silence())

    assert not report.still_shown
    assert [one.done for one in report.erasures] == [True]
    assert _traces(folders, [*ids, *words]) == set()
    assert outputs(settings.home) != {}


def _own_words(library: Library, folder: str) -> list[str]:
    """Long words that only this meeting's transcript holds, with their stems (what the index keeps)."""
    texts = {path.parent.name: path.read_text("utf-8").casefold() for path in library.inbox.glob("*/*.vtt")}
    others = " ".join(text for name, text in texts.items() if name != folder)
    words = sorted(word for word in set(re.findall(r"[a-z]{8,}", texts[folder])) if word[:6] not in others)
    assert len(words) >= 5
    return words


def _traces(folders: list[Path], texts: list[str] | list[ClipId]) -> set[str]:
    contents = [path.read_bytes().lower() for folder in folders for path in folder.rglob("*") if path.is_file()]
    return {text for text in texts if any(text.encode() in content for content in contents)}


def test_a_withdrawal_during_a_run_is_in_force_and_the_night_erases(library: Library, tmp_path: Path) -> None:
    """The library is held by a run: the clips are hidden all the same, and the next run removes the files."""
    settings = library.copy(tmp_path / "home")
    workshop = workshop_of(settings)
    meeting = workshop.catalogue.meeting(WITHDRAWN)

    with library_lock(settings.home / "library.lock", 0, print):
        report = night.withdraw(workshop_of(settings), meeting, PersonId("jeune"), Silence())

        assert (report.still_shown, report.postponed, report.erasures) == (False, True, ())
        assert workshop.catalogue.live_of(meeting.recording_id) == {}
        with pytest.raises(LibraryBusy):
            night.remove(workshop_of(settings.model_copy(update={"lock_wait_s": 0})), meeting, Silence())
    workshop.enforce_every_consent()
    assert not (settings.recordings_folder / meeting.recording_id / "render").exists()


def test_an_agreement_given_again_publishes_again(alone: tuple[Settings, Path]) -> None:
    """After a withdrawal, a newer agreement in the description allows everything anew, under the same addresses."""
    settings, folder = alone
    workshop = workshop_of(settings)
    meeting = workshop.catalogue.meeting("essai-plain")
    before = set(workshop.catalogue.live_of(meeting.recording_id))
    night.withdraw(workshop, meeting, PersonId("pro"), Silence(), frozenset({Purpose.PUBLISH}))
    assert [one.outcome for one in stages(workshop, meeting)][-1] is Outcome.DENIED
    text = (folder / "meeting.json").read_text("utf-8")

    register_folder(workshop, folder)  # an older agreement, read again, must not undo the withdrawal
    assert [one.outcome for one in stages(workshop, meeting)][-1] is Outcome.DENIED
    later = workshop.clock().isoformat()
    (folder / "meeting.json").write_text(text.replace("2025-11-15T14:00:00+01:00", later), "utf-8")
    reports = stages(workshop, registered(workshop, folder))

    assert [one.outcome for one in reports][-2:] == [Outcome.DONE] * 2
    assert before
    assert before == set(workshop.catalogue.live_of(meeting.recording_id))

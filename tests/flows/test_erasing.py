"""Erasure: after a withdrawal no byte is left, whatever interrupts or refuses it, and a certificate says so."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import wave
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from consent.approvals import Approval
from consent.records import PersonId, RecordingId, Span
from flows import night
from flows.erasing import pursue
from flows.generations import refresh_index
from flows.progress import Silence
from flows.recording import RecordingRun
from flows.stores import HANDLINGS
from flows.workshop import Workshop
from pipeline.catalogue import content_of
from pipeline.certificate import CertificateInvalid, read_certificate
from pipeline.erasure import Cause, StepState
from pipeline.records import Mode, Outcome, Recording, Stage
from pipeline.settings import Settings
from pipeline.sound import frame_loudness
from pipeline.store import Store
from pipeline.withdrawal import Channel, Taken, withdraw
from tests.databases import on_either
from tests.flows.nights import (
    ROOT,
    Library,
    copied,
    environment_of,
    half_written,
    on_server,
    outputs,
    registered,
    run,
    stages,
    told_by,
    workshop_of,
)
from videotheque.library import Library as Shown
from videotheque.view import MediaKind

WITHDRAWN = "essai-platform-transcript"


def _markers(settings: Settings, folder: Path) -> dict[str, bytes]:
    """What only this meeting holds: names, words, an address, the sound of a track, the picture of a clip."""
    workshop = workshop_of(settings)
    meeting = workshop.catalogue.meeting(WITHDRAWN)
    (track,) = sorted((settings.recordings_folder / meeting.recording_id / "ingest").glob("*/*.wav"))[:1]
    with wave.open(str(track)) as sound:
        sound.setpos(sound.getnframes() // 2)
        heard = sound.readframes(400)
    video = next((settings.recordings_folder / meeting.recording_id / "render").glob("*/*.mp4")).read_bytes()
    source = (folder / "rencontre.mp4").read_bytes()
    clip = next(iter(workshop.catalogue.live_of(meeting.recording_id).values())).clip
    return {
        "name": b"Awa N.",
        "title": clip.title.encode(),
        "sentence": max((one.text for one in clip.sentences), key=len).encode(),
        "folder": folder.name.encode(),
        "meeting": WITHDRAWN.encode(),
        "sound": heard,
        "clip": video[len(video) // 2 :][:400],
        "source": source[len(source) // 2 :][:400],
    }


def _holding(folders: list[Path], needle: bytes) -> list[str]:
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return [str(path) for path in files if needle in path.read_bytes() or needle in str(path).encode()]


@pytest.fixture
def held(library: Library, tmp_path: Path, server_address: str | None) -> tuple[Settings, Path, dict[str, bytes]]:
    """A library after a real night, its meeting to be withdrawn, and what must be found nowhere afterwards."""
    settings = library.copy(tmp_path / "data")
    if server_address is not None:
        settings = on_server(settings, server_address)
    folder = workshop_of(settings).catalogue.meeting(WITHDRAWN).folder
    assert (settings.home / "prefect").is_dir()
    return settings, folder, _markers(settings, folder)


@on_either
def test_after_a_withdrawal_no_byte_of_the_meeting_is_left(held: tuple[Settings, Path, dict[str, bytes]]) -> None:
    """Every file of the home, of Prefect's and of the inbox is read: no name, word, sound, picture; the rest stays."""
    settings, folder, markers = held
    places = [settings.home, settings.inbox_folder]
    before = {what: bool(_holding(places, needle)) for what, needle in markers.items()}
    workshop = workshop_of(settings)
    others = workshop.catalogue.count_live()[0] - len(
        workshop.catalogue.live_of(workshop.catalogue.meeting(WITHDRAWN).recording_id)
    )

    done = run(environment_of(settings), "consent", "withdraw", WITHDRAWN, "--person", "jeune")

    left = {what: _holding(places, needle) for what, needle in markers.items()}
    told = told_by(settings)
    assert [what for what, needle in markers.items() if needle in told] == []
    assert before == dict.fromkeys(markers, True)
    assert (0, "") == (done.returncode, done.stderr), done.stdout
    assert left == {what: [] for what in markers}
    assert not folder.exists()
    assert others == workshop_of(settings).catalogue.count_live()[0] > 0


@on_either
def test_the_ids_that_the_operator_gave_are_nowhere_after_an_erasure(alone: tuple[Settings, Path]) -> None:
    """An id that is a name, of somebody asked about each clip and who approved one: no file, no row says it."""
    settings, folder = alone
    described = (folder / "meeting.json").read_text("utf-8")
    (folder / "meeting.json").write_text(described.replace('"jeune"', '"kevin-dupont"'), "utf-8")
    workshop = workshop_of(settings)
    meeting = registered(workshop, folder)
    stages(workshop, meeting)
    clip = next(iter(workshop.catalogue.live_of(meeting.recording_id).values())).clip
    approval = Approval(
        recording_id=meeting.recording_id,
        person_id=PersonId("kevin-dupont"),
        clip_id=clip.id,
        content=content_of(clip),
        said_at=datetime.now(UTC),
        channel="link",
    )
    with workshop.catalogue.database.writing() as connection:
        workshop.catalogue.approvals.say_within(connection, approval, "Un titre à lui")
    before = _holding([settings.home, settings.inbox_folder], b"kevin-dupont")

    (report,) = night.withdraw(workshop, meeting, PersonId("kevin-dupont"), Silence()).erasures

    assert before
    assert report.done, report.sentence
    assert _holding([settings.home, settings.inbox_folder], b"kevin-dupont") == []
    assert b"kevin-dupont" not in told_by(settings)
    with workshop.register.database.reading() as connection:
        asked = connection.exec_driver_sql("SELECT count(*) FROM clip_reviewers").scalar_one()
        said = connection.exec_driver_sql("SELECT person_id FROM clip_approvals").scalars().all()
    assert asked == 0
    assert len(said) == 1
    assert "kevin-dupont" not in said


def test_the_certificate_is_signed_and_holds_nothing_personal(held: tuple[Settings, Path, dict[str, bytes]]) -> None:
    """It names every store, checks offline, and a changed byte is seen."""
    settings, _, markers = held
    workshop = workshop_of(settings)

    (report,) = night.withdraw(workshop, workshop.catalogue.meeting(WITHDRAWN), PersonId("jeune"), Silence()).erasures

    document = (settings.certificates_folder / f"{report.erasure_id}.json").read_bytes()
    certificate = read_certificate(document)
    assert list(Store) == [one.store for one in certificate.stores]
    assert Cause.WITHDRAWAL is certificate.cause
    assert [what for what, needle in markers.items() if needle in document] == []
    with pytest.raises(CertificateInvalid, match="intact"):
        read_certificate(document.replace(b'"cause": "withdrawal"', b'"cause": "removal"'))


def test_a_source_kept_by_the_operator_is_not_touched_and_that_is_certified(library: Library, tmp_path: Path) -> None:
    """With the setting, the inbox's folder stays, everything derived goes, and the next night owes nothing."""
    settings = library.copy(tmp_path / "data").model_copy(update={"source_kept_by_operator": True})
    workshop = workshop_of(settings)
    meeting = workshop.catalogue.meeting(WITHDRAWN)

    (report,) = night.withdraw(workshop, meeting, PersonId("jeune"), Silence()).erasures

    certificate = read_certificate((settings.certificates_folder / f"{report.erasure_id}.json").read_bytes())
    told = {one.store: one.detail for one in certificate.stores}
    assert (meeting.folder / "rencontre.mp4").exists()
    assert "par l'opérateur" in told[Store.SOURCE]
    assert not (settings.recordings_folder / meeting.recording_id).exists()
    registered(workshop, meeting.folder)
    assert night.erase(workshop, Silence()) == ()


def test_outside_the_inbox_only_what_the_description_names_is_erased(library: Library, tmp_path: Path) -> None:
    """A folder registered elsewhere may hold other things: they stay."""
    settings = library.copy(tmp_path / "data")
    workshop = workshop_of(settings)
    elsewhere = tmp_path / "partage"
    shutil.move(workshop.catalogue.meeting(WITHDRAWN).folder, elsewhere)
    (elsewhere / "autre.txt").write_text("à quelqu'un d'autre", "utf-8")
    meeting = registered(workshop, elsewhere)

    night.withdraw(workshop, meeting, PersonId("jeune"), Silence())

    left = {path.name for path in elsewhere.iterdir()}
    assert "autre.txt" in left
    assert not left & {"rencontre.mp4", "transcription.vtt", "meeting.json"}


class _Refusing:
    """A store that refuses as often as told."""

    def __init__(self, times: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left = times
        real = HANDLINGS[Store.OUTPUTS]

        def erase(workshop: Workshop, due: object) -> int:
            if self.left:
                self.left -= 1
                raise PermissionError(13, "Permission denied")
            return real.erase(workshop, due)  # type: ignore[arg-type]

        monkeypatch.setitem(HANDLINGS, Store.OUTPUTS, real._replace(erase=erase))


@on_either
def test_a_store_that_refuses_is_told_and_tried_again_and_the_certificate_waits(
    held: tuple[Settings, Path, dict[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Suppressed at once; failed, shown with what is left, late after its deadline; done once the store gives way."""
    settings, folder, _ = held
    workshop = workshop_of(settings)
    meeting = workshop.catalogue.meeting(WITHDRAWN)
    _Refusing(2, monkeypatch)

    report = night.withdraw(workshop, meeting, PersonId("jeune"), Silence())

    (first,) = report.erasures
    assert workshop.catalogue.live_of(meeting.recording_id) == {}
    assert not first.done
    assert "Permission denied" in first.sentence
    assert not folder.exists()
    assert not settings.certificates_folder.exists()
    shown = run(environment_of(settings), "status")
    assert shown.returncode == 1
    assert f"Effacement {first.erasure_id}" in shown.stdout
    later = Workshop(settings, lambda: datetime.now(UTC) + timedelta(hours=73))
    (second,) = pursue(later, Silence())
    (third,) = pursue(workshop, Silence())
    assert (False, True) == (second.done, second.late)
    assert "EN RETARD" in second.sentence
    assert third.done
    job = workshop.erasures.job(first.erasure_id)
    assert {one.store: one.attempts for one in job.steps}[Store.OUTPUTS] == 3
    assert (settings.certificates_folder / f"{first.erasure_id}.json").exists()


_EVERY_STEP = os.environ.get("VIDEOTHEQUE_TEST_KILLS") == "all"
"""Minutes of killing: before a release; else a step in three or four."""

_KILLER = """
import sys
from pathlib import Path
from flows import erasing, stores
from flows.progress import Silence
from flows.recording import RecordingRun
from flows.workshop import Workshop
from pipeline.settings import Settings
from tests.killing import Killing
home, inbox, watched = Path(sys.argv[1]), Path(sys.argv[2]), Killing(int(sys.argv[3])).watched

for store, handling in list(stores.HANDLINGS.items()):
    stores.HANDLINGS[store] = stores.Handling(watched(handling.erase), handling.verify)
workshop = Workshop(Settings(home=home, inbox=inbox))
workshop.erasures.note = watched(workshop.erasures.note)
workshop.erasures.complete = watched(workshop.erasures.complete)
erasing.certify = watched(erasing.certify)
with workshop.locked(Silence()):
    reports = erasing.pursue(workshop, Silence())
print([one.done for one in reports])
"""


@pytest.mark.slow
def test_killed_at_every_step_of_an_erasure_it_ends_all_the_same(held: tuple[Settings, Path, dict[str, bytes]]) -> None:
    """Kill -9 before and after each store is erased, noted, certified: run again, nothing is left, one certificate."""
    settings, _, markers = held
    workshop = workshop_of(settings)
    meeting = workshop.catalogue.meeting(WITHDRAWN)
    workshop.register.withdraw(meeting.recording_id, PersonId("jeune"))
    job = workshop.erasures.request(meeting.recording_id, Cause.WITHDRAWAL)

    ends: list[int] = []
    # A store is struck once it is erased, before it is noted, once it is (all three, or each in its turn); then ever
    # further on.
    blows = [2, 3, 4] * (len(Store) - 1) if _EVERY_STEP else [(2, 3, 4)[number % 3] for number in range(len(Store))]
    for blow in [*blows, *range(2, 20)]:
        arguments = [sys.executable, "-c", _KILLER, str(settings.home), str(settings.inbox), str(blow)]
        ended = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
        ends.append(ended.returncode)
        if ended.returncode != -signal.SIGKILL:
            assert ended.returncode == 0, ended.stderr
            assert ended.stdout in ("[True]\n", "[]\n")
            break

    assert ends[-1] == 0
    assert ends.count(-signal.SIGKILL) >= len(Store) // 2
    assert {what: _holding([settings.home, settings.inbox_folder], needle) for what, needle in markers.items()} == {
        what: [] for what in markers
    }
    assert [job.id] == [one.id for one in workshop.erasures.jobs() if one.completed_at is not None]
    assert [f"{job.id}.json"] == [path.name for path in settings.certificates_folder.iterdir()]


@on_either
def test_one_clip_withdrawn_leaves_the_others_and_comes_back_in_no_other_cut(alone: tuple[Settings, Path]) -> None:
    """Its files, words and vectors go, its neighbour stays visible; done again, nothing of its seconds is shown."""
    settings, _ = alone
    workshop = workshop_of(settings)
    meeting = workshop.catalogue.meeting("essai-plain")
    first, second = sorted(
        (one.clip for one in workshop.catalogue.live_of(meeting.recording_id).values()), key=lambda one: one.span.start
    )

    report = night.take_back(workshop, meeting, PersonId("jeune"), Taken(clip_id=first.id), Silence())

    assert (True, 1) == (report.still_shown, report.clips)
    assert [one.done for one in report.erasures] == [True]
    assert {second.id} == set(workshop.catalogue.live_of(meeting.recording_id))
    made = [settings.recordings_folder / meeting.recording_id / stage for stage in ("render", "index")]
    assert _holding([*made, settings.index_folder], first.id.encode()) == []
    assert first.title.encode() not in told_by(settings)
    certificate = read_certificate(
        (settings.certificates_folder / f"{report.erasures[0].erasure_id}.json").read_bytes()
    )
    stores = {one.store: one.detail for one in certificate.stores}
    left_alone = {store for store, detail in stores.items() if detail.startswith("non concerné")}
    assert list(Store) == list(stores)
    assert {Store.SOURCE, Store.PREFECT, Store.MEETING, Store.IDENTITIES} == left_alone
    assert workshop.keyring.known(meeting.recording_id) is None
    assert workshop.register.ledger.verify().problem == ""
    reports = stages(workshop, meeting)
    assert reports[-1].outcome is not Outcome.FAILED
    assert {second.id} == set(workshop.catalogue.live_of(meeting.recording_id))


def test_a_passage_hides_every_clip_that_holds_a_second_of_it(alone: tuple[Settings, Path]) -> None:
    """At once; and what is cut again from the rest holds none of its seconds."""
    settings, _ = alone
    workshop = workshop_of(settings)
    meeting = workshop.catalogue.meeting("essai-plain")
    before = [one.clip for one in workshop.catalogue.live_of(meeting.recording_id).values()]
    longest = max(before, key=lambda one: one.duration)
    passage = Span(start=longest.span.end - 6, end=longest.span.end - 5)

    night.take_back(workshop, meeting, PersonId("pro"), Taken(passages=(passage,)), Silence())

    assert {one.id for one in before} - {longest.id} == set(workshop.catalogue.live_of(meeting.recording_id))
    stages(workshop, meeting)
    again = [one.clip for one in workshop.catalogue.live_of(meeting.recording_id).values()]
    assert longest.id not in {one.id for one in again}
    assert len(again) == len(before)
    assert not any(one.span.overlaps(passage) for one in again)
    assert not any(
        one.span.start + sentence.span.start < passage.end and one.span.start + sentence.span.end > passage.start
        for one in again
        for sentence in one.sentences
    )


def test_a_passage_taken_back_for_everything_is_heard_and_written_nowhere(library: Library, tmp_path: Path) -> None:
    """Said in meeting.json without a purpose: silent in the tracks, in no word, in no clip; the rest is shown again."""
    settings = library.copy(tmp_path / "data")
    workshop = workshop_of(settings)
    meeting = workshop.catalogue.meeting(WITHDRAWN)
    clips = [one.clip for one in workshop.catalogue.live_of(meeting.recording_id).values()]
    other, last = sorted(clips, key=lambda one: one.span.start)
    spoken = max(last.sentences, key=lambda one: len(one.text))
    passage = Span(start=last.span.start + spoken.span.start + 0.1, end=last.span.start + spoken.span.end - 0.1)
    _say_no(meeting.folder, passage)

    registered(workshop, meeting.folder)
    at_once = set(workshop.catalogue.live_of(meeting.recording_id))
    (report,) = night.erase(workshop, Silence())

    assert at_once == {other.id} == set(workshop.catalogue.live_of(meeting.recording_id))
    assert report.done, report.sentence
    home = settings.recordings_folder / meeting.recording_id
    assert not any((home / stage).exists() for stage in ("ingest", "transcribe", "segment"))
    assert _holding([settings.home], spoken.text.encode()) == []
    told = {step.store: step.detail for step in workshop.erasures.job(report.erasure_id).steps}
    assert "n'en sont plus lus" in told[Store.SOURCE]
    assert Outcome.FAILED not in [one.outcome for one in stages(workshop, meeting)]
    assert night.erase(workshop, Silence()) == ()
    again = [one.clip for one in workshop.catalogue.live_of(meeting.recording_id).values()]
    assert again
    assert not any(one.span.overlaps(passage) for one in again)
    assert _holding([home, settings.index_folder], spoken.text.encode()) == []
    _assert_unheard(workshop, meeting.recording_id, passage)


def _say_no(folder: Path, passage: Span) -> None:
    """A withdrawal of some seconds in the description, for whatever purpose."""
    described = json.loads((folder / "meeting.json").read_bytes())
    said = {"start": passage.start, "end": passage.end}
    no = {"participant": "jeune", "decision": "withdrawn", "at": datetime.now(UTC).isoformat(), "passages": [said]}
    described["consents"].append(no)
    (folder / "meeting.json").write_text(json.dumps(described), "utf-8")


def _assert_unheard(workshop: Workshop, recording_id: RecordingId, passage: Span) -> None:
    """Silent in every track, which all say something elsewhere, and in no caption."""
    (folder,) = workshop.outputs.finished(recording_id, Stage.INGEST)
    recording = workshop.outputs.load(recording_id, Stage.INGEST, folder.name, Recording)
    assert recording is not None
    assert recording.sidecar is not None
    assert not any(cue.span.overlaps(passage) for cue in recording.sidecar.cues)
    for track in recording.tracks:
        heard = frame_loudness(folder / track.file, 0.05)
        first, end = (round((at - track.offset) / track.rate / 0.05) for at in (passage.start, passage.end))
        assert not heard[first + 1 : end - 1].any()
        assert heard.any()


def test_a_passage_hidden_between_rendering_and_publication_is_not_published(unpublished: Settings) -> None:
    """The running flow publishes nothing of it: the rules are asked again inside the transaction that publishes."""
    workshop = workshop_of(unpublished)
    meeting = workshop.catalogue.meeting("essai-plain")
    work = RecordingRun(workshop, meeting, Silence())
    for stage in list(Stage)[:4]:
        assert work.run(stage).outcome is Outcome.REUSED
    everything = Span(start=0, end=3600)
    taken = Taken(passages=(everything,))
    withdraw(workshop.catalogue, workshop.erasures, meeting, PersonId("pro"), Channel.OPERATOR, taken)
    work.run(Stage.INDEX)
    refresh_index(workshop)

    assert workshop.catalogue.clip_ids() == ()


@on_either
def test_an_agreement_at_its_term_goes_through_the_same_erasure(alone: tuple[Settings, Path]) -> None:
    """Reminded before, then suppressed at the instant itself, erased by the next run, with "expiry" as its cause."""
    settings, folder = alone
    workshop = workshop_of(settings)
    meeting = workshop.catalogue.meeting("essai-plain")
    now = datetime.now(UTC)
    text = (folder / "meeting.json").read_text("utf-8")
    ends = (now + timedelta(days=10)).isoformat()
    dated = text.replace('"notice_version"', f'"expires_at": "{ends}", "notice_version"')
    (folder / "meeting.json").write_text(dated, "utf-8")
    registered(workshop, folder)

    shown = run(environment_of(settings), "status")
    later = Workshop(settings, lambda: now + timedelta(days=11))
    (report,) = night.erase(later, Silence())

    told = " ".join(shown.stdout.split())
    assert "Échéance : dans essai-plain, l'accord du jeune (" in told
    assert told.count("prend fin le") == dated.count('"expires_at"')
    assert "dans 9 jours" in told
    assert report.done
    assert Cause.EXPIRY is later.erasures.job(report.erasure_id).cause
    assert not (settings.recordings_folder / meeting.recording_id).exists()
    assert not folder.exists()


def test_what_was_never_agreed_to_is_no_erasure(library: Library, tmp_path: Path) -> None:
    """A silence takes nothing of the operator's away: they may still be collecting the agreements."""
    settings = library.copy(tmp_path / "data")
    workshop = workshop_of(settings)
    silent = workshop.catalogue.meeting("essai-not-consented")

    reports = night.erase(workshop, Silence())

    assert reports == ()
    assert (silent.folder / "rencontre.mp4").exists()


def test_a_removed_meeting_is_erased_with_its_certificate(library: Library, tmp_path: Path) -> None:
    """The operator's folder is not touched; everything derived goes, verified."""
    settings = library.copy(tmp_path / "data")
    workshop = workshop_of(settings)
    meeting = workshop.catalogue.meeting("essai-webm")

    (report,) = night.remove(workshop, meeting, Silence())

    assert report.done
    assert (meeting.folder / "meeting.json").exists()
    assert [StepState.VERIFIED] * len(Store) == [one.state for one in workshop.erasures.job(report.erasure_id).steps]
    assert _holding([settings.home], b"essai-webm") == []


_PUBLISHER = """
import sys
from pathlib import Path
from flows import generations
from flows.progress import Silence
from flows.recording import RecordingRun
from flows.workshop import Workshop
from pipeline.records import Stage
from pipeline.settings import Settings
from tests.killing import Killing

home, inbox, watched = Path(sys.argv[1]), Path(sys.argv[2]), Killing(int(sys.argv[3])).watched
workshop = Workshop(Settings(home=home, inbox=inbox))
workshop.catalogue.publish = watched(workshop.catalogue.publish)
workshop.outputs.produce = watched(workshop.outputs.produce)
workshop.outputs.keep_only = watched(workshop.outputs.keep_only)
generations.build = watched(generations.build)
generations.publish = watched(generations.publish)
generations.prune = watched(generations.prune)
Path.rename, Path.replace = watched(Path.rename), watched(Path.replace)
meeting = workshop.catalogue.meeting("essai-plain")
with workshop.locked(Silence()):
    run = RecordingRun(workshop, meeting, Silence())
    for stage in Stage:
        print(run.run(stage).outcome.value)
    print(generations.refresh_index(workshop).problem)
"""


@pytest.mark.slow
def test_killed_at_every_step_of_a_publication_nothing_half_is_shown(unpublished: Settings, tmp_path: Path) -> None:
    """Kill -9 before and after each write: what is shown has its files, and the end is that of an undisturbed run."""
    calm = copied(unpublished, tmp_path / "calm")
    arguments = [sys.executable, "-c", _PUBLISHER]
    undisturbed = subprocess.run([*arguments, str(calm.home), str(calm.inbox), "0"], cwd=ROOT, check=True)
    assert undisturbed.returncode == 0
    blows = 0
    for at in range(1, 60, 1 if _EVERY_STEP else 4):
        home = [str(unpublished.home), str(unpublished.inbox), str(at)]
        ended = subprocess.run([*arguments, *home], cwd=ROOT, capture_output=True, text=True, check=False)
        shown, workshop = Shown(unpublished), workshop_of(unpublished)
        for clip in shown.explore(50):
            assert all(shown.media(clip.id, kind).stat().st_size for kind in MediaKind)
        if ended.returncode != -signal.SIGKILL:
            assert ended.returncode == 0, ended.stderr
            break
        blows += 1

    assert blows >= (10 if _EVERY_STEP else 5)
    assert set(workshop.catalogue.clip_ids()) == set(workshop_of(calm).catalogue.clip_ids())
    assert set(outputs(unpublished.home)) == set(outputs(calm.home))
    assert half_written(unpublished.home) == []
    title = next(iter(shown.explore(1))).title
    assert shown.search(title, Mode.KEYWORD, 5).hits

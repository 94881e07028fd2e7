"""Kill -9, Ctrl-C, two runs at once, a full disk, no model: nothing is lost, nothing is done twice."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

import pytest

from demo.cast import Variant
from pipeline.records import Mode, Outcome, Stage
from pipeline.settings import Settings
from tests.conftest import SmallMeeting
from tests.flows.nights import (
    copy_home,
    environment,
    half_written,
    kill_group,
    outputs,
    run,
    stages,
    started,
    wait_until,
    workshop_of,
)
from tests.transcribe.whisper_model import build
from videotheque.library import Library as Shown


class Scene:
    """One small meeting in its own home and inbox."""

    def __init__(self, base: Path, meeting: Path, api: str) -> None:
        self.home, self.inbox = base / "home", base / "inbox"
        self.folder = self.inbox / meeting.name
        shutil.copytree(meeting, self.folder)
        self.env = environment(self.home, self.inbox, PREFECT_API_URL=api)
        self.settings = Settings(home=self.home, inbox=self.inbox)

    def reached(self, stage: Stage, pattern: str) -> Callable[[], bool]:
        """Whether something of a stage is on the disk."""
        return lambda: any(self.home.glob(f"recordings/*/{stage.value}/{pattern}"))

    def clips(self) -> set[str]:
        """Ids of the clips that may be shown now."""
        workshop = workshop_of(self.settings)
        return {
            clip_id for one in workshop.catalogue.meetings() for clip_id in workshop.catalogue.live_of(one.recording_id)
        }


@pytest.fixture
def scene(small_meeting: SmallMeeting, tmp_path: Path, prefect_api: str) -> Scene:
    """A meeting whose words come with it, never processed."""
    return Scene(tmp_path, small_meeting(Variant.PLAIN), prefect_api)


@pytest.fixture(scope="session")
def undisturbed(rendered: Settings, tmp_path_factory: pytest.TempPathFactory) -> tuple[set[str], set[str]]:
    """The outputs and the clips of that same meeting processed in peace."""
    home = tmp_path_factory.mktemp("undisturbed") / "home"
    copy_home(rendered.home, home)
    workshop = workshop_of(rendered.model_copy(update={"home": home}))
    meeting = workshop.catalogue.meeting("essai-plain")
    stages(workshop, meeting)
    return set(outputs(home)), set(workshop.catalogue.live_of(meeting.recording_id))


def _told(printed: str, stage: Stage) -> str:
    """What a run said became of a stage."""
    (line,) = [
        one for one in printed.splitlines() if one.startswith((f"  ✓ {stage.french} :", f"  ✗ {stage.french} :"))
    ]
    return line


def test_a_run_killed_or_interrupted_anywhere_is_taken_up_where_it_was(
    scene: Scene, undisturbed: tuple[set[str], set[str]]
) -> None:
    """Four runs are stopped, each further on: what was done is never done again, and the end is the same."""
    blows = [
        (scene.reached(Stage.INGEST, ".tmp-*"), signal.SIGKILL),
        (scene.reached(Stage.TRANSCRIBE, "*/output.json"), signal.SIGKILL),
        (scene.reached(Stage.RENDER, ".tmp-*/*.vtt"), signal.SIGINT),
        (scene.reached(Stage.RENDER, "[!.]*/output.json"), signal.SIGKILL),
    ]
    done: dict[str, int] = {}
    for reached, blow in blows:
        with started(scene.env, "nightly") as process:
            wait_until(reached, process)
            kill_group(process, blow)
            _, errors = process.communicate()
        now = outputs(scene.home)
        assert done == {name: now.get(name) for name in done}
        done = now
        if blow is signal.SIGINT:
            assert process.returncode == 130
            assert errors == "Interrompu ; ce qui était terminé est gardé, relancez pour continuer.\n"

    last = run(scene.env, "nightly")

    now = outputs(scene.home)
    assert (0, "") == (last.returncode, last.stderr)
    assert len(done) >= 4
    assert done == {name: now.get(name) for name in done}
    for stage in Stage:
        made_before = any(f"/{stage.value}/" in name for name in done)
        assert f": {'déjà fait' if made_before else 'fait'} (" in _told(last.stdout, stage)
    assert undisturbed == (set(now), scene.clips())
    assert half_written(scene.home) == []


def test_two_runs_at_once_do_not_meet(scene: Scene, undisturbed: tuple[set[str], set[str]]) -> None:
    """The second says that it waits, then finds all done; one told not to wait says so and ends."""
    with started(scene.env, "nightly") as first:
        wait_until(scene.reached(Stage.INGEST, "*"), first)
        with started(scene.env, "nightly") as second:
            impatient = run(scene.env, "nightly", "--no-wait")
            first_printed, first_errors = first.communicate()
            printed, errors = second.communicate()

    assert (1, "") == (impatient.returncode, impatient.stdout)
    assert impatient.stderr == (
        f"Une autre exécution (processus {first.pid}) travaille déjà sur cette vidéothèque ; attendez sa fin puis "
        "relancez.\n"
    )
    assert (0, "") == (first.returncode, first_errors)
    assert (0, "") == (second.returncode, errors)
    assert f"Une autre exécution (processus {first.pid}) est en cours ; j'attends qu'elle finisse…" in printed
    assert "à jour" in printed
    assert "traité" in first_printed
    assert undisturbed == (set(outputs(scene.home)), scene.clips())


def test_a_full_disk_is_told_and_the_next_run_goes_on(unpublished: Settings, prefect_api: str) -> None:
    """The limit stops the video: one French sentence; with room again, what had been done is not done again."""
    shutil.rmtree(next(unpublished.recordings_folder.glob("*/render")))
    before = outputs(unpublished.home)
    env = environment(unpublished.home, unpublished.inbox, PREFECT_API_URL=prefect_api)

    full = run(env, "nightly", file_blocks=600)  # 300 kB: the clips are larger, the database is smaller
    after_full = outputs(unpublished.home)
    roomy = run(env, "nightly")

    assert full.returncode == 1
    assert "Il n'y a plus de place pour écrire la vidéo" in full.stdout
    assert "Traceback" not in full.stdout + full.stderr
    assert before == after_full
    assert half_written(unpublished.home) == []
    assert (0, "") == (roomy.returncode, roomy.stderr)
    assert before.items() <= outputs(unpublished.home).items()
    assert len(outputs(unpublished.home)) == 5


def test_a_disk_too_full_for_the_register_stops_everything_in_one_sentence(
    unpublished: Settings, prefect_api: str
) -> None:
    """What cannot be noted is not done: no traceback, and nothing already made is touched."""
    before = outputs(unpublished.home)
    env = environment(unpublished.home, unpublished.inbox, PREFECT_API_URL=prefect_api)

    full = run(env, "nightly", file_blocks=8)

    assert full.returncode == 1
    assert full.stderr.startswith("Le registre des accords")
    assert full.stderr.count("\n") == 1
    assert before == outputs(unpublished.home)


def test_without_a_speech_model_only_the_meetings_that_need_one_fail(
    alone: tuple[Settings, Path], small_meeting: SmallMeeting, tmp_path: Path, prefect_api: str
) -> None:
    """The sentence names the setting, the other meeting goes on; with a real model the first one is heard."""
    settings, folder = alone
    silent = folder.parent / "stereo"
    shutil.copytree(small_meeting(Variant.STEREO), silent)
    text = (silent / "meeting.json").read_text("utf-8")
    described = text[: text.index('"transcript"')] + text[text.index('"consents"') :]
    (silent / "meeting.json").write_text(described, "utf-8")
    env = environment(settings.home, settings.inbox, PREFECT_API_URL=prefect_api)
    workshop = workshop_of(settings)

    without = run({**env, "VIDEOTHEQUE_ASR_MODEL": str(tmp_path / "nowhere")}, "nightly")
    stereo = workshop.catalogue.meeting("essai-stereo")
    refused = workshop.journal.reports(stereo.recording_id)
    after = run({**env, "VIDEOTHEQUE_ASR_MODEL": str(build(tmp_path / "whisper"))}, "nightly")
    heard = {report.stage: report for report in workshop.journal.reports(stereo.recording_id)}

    assert without.returncode == 1
    assert [Outcome.DONE, Outcome.FAILED] == [report.outcome for report in refused]
    assert "VIDEOTHEQUE_ASR_MODEL" in refused[1].detail
    assert "2 extraits publiés" in without.stdout
    assert (0, "") == (after.returncode, after.stderr)
    assert heard[Stage.INGEST].outcome is Outcome.REUSED
    assert "modèle de parole" in heard[Stage.TRANSCRIBE].detail
    assert len(workshop.catalogue.live_of(workshop.catalogue.meeting("essai-plain").recording_id)) == 2


def test_a_redo_keeps_the_clips_in_sight(unpublished: Settings, prefect_api: str) -> None:
    """Redoing from the rendering leaves the rest alone, and a visitor finds and watches the clip all the while."""
    workshop = workshop_of(unpublished)
    meeting = workshop.catalogue.meeting("essai-plain")
    stages(workshop, meeting)
    before = outputs(unpublished.home)
    clip_id, published = next(iter(workshop.catalogue.live_of(meeting.recording_id).items()))
    shown, over, found = Shown(unpublished), Event(), list[bool]()

    def look() -> None:
        while not over.is_set():
            hits = shown.search(published.clip.title, Mode.KEYWORD, 5).hits
            found.append(any(hit.clip.id == clip_id for hit in hits))
            shown.clip(clip_id)

    visitor = Thread(target=look)
    visitor.start()
    try:
        env = environment(unpublished.home, unpublished.inbox, PREFECT_API_URL=prefect_api)
        done = run(env, "reprocess", "essai-plain", "--from", "render")
    finally:
        over.set()
        visitor.join()

    now = outputs(unpublished.home)
    assert (0, "") == (done.returncode, done.stderr)
    assert set(before) == set(now)
    assert {name.split("/")[1] for name in before if now[name] != before[name]} == {"render", "index"}
    assert half_written(unpublished.home) == []
    assert len(found) > 10
    assert all(found)


def test_a_redo_that_is_killed_is_looked_at_again_by_the_night(unpublished: Settings, prefect_api: str) -> None:
    """Killed while it replaces what exists, it leaves the meeting unsettled: the next night does not skip it."""
    workshop = workshop_of(unpublished)
    meeting = workshop.catalogue.meeting("essai-plain")
    workshop.catalogue.settle(meeting.recording_id, "state")
    env = environment(unpublished.home, unpublished.inbox, PREFECT_API_URL=prefect_api)
    before = outputs(unpublished.home)

    with started(env, "reprocess", "essai-plain", "--from", "render") as process:
        wait_until(lambda: any(unpublished.home.glob("recordings/*/render/.tmp-*")), process)

    assert workshop.catalogue.meeting("essai-plain").settled is None
    assert before == outputs(unpublished.home)


def test_the_temporary_server_does_not_outlive_a_killed_run(small_meeting: SmallMeeting, tmp_path: Path) -> None:
    """Without a server of the operator's, the one that a run starts ends with it, even by kill -9."""
    scene = Scene(tmp_path, small_meeting(Variant.TRUNCATED), "")
    del scene.env["PREFECT_API_URL"]

    with started(scene.env, "nightly") as process:
        wait_until(lambda: bool(_servers_of(process.pid)), process)
        (server,) = _servers_of(process.pid)
        process.kill()
        process.communicate()  # returns once nobody holds its output any more: the server held it too

    for _ in range(600):  # its output closes an instant before it is gone
        if not _alive(server):
            break
        time.sleep(0.1)
    assert not _alive(server)


def _servers_of(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(maxsplit=2) for line in listed.splitlines()]
    return [int(row[0]) for row in rows if int(row[1]) == pid and "flows.server" in row[2]]


def _alive(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text("utf-8").rpartition(")")[2].split()[0] != "Z"

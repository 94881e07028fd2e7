"""Prefect: the operator's own server shows the run, learns no personal data, and may be missing."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from demo.cast import Variant
from pipeline.records import Stage
from pipeline.settings import Settings
from tests.conftest import SmallMeeting
from tests.flows.nights import copy_home, environment, outputs, run, workshop_of


@pytest.fixture(scope="session")
def shown_run(rendered: Settings, prefect_api: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home whose night ran on the tests' own Prefect server."""
    home = tmp_path_factory.mktemp("shown") / "home"
    copy_home(rendered.home, home)
    done = run(environment(home, rendered.inbox, PREFECT_API_URL=prefect_api), "nightly")
    assert (0, "") == (done.returncode, done.stderr)
    return rendered.model_copy(update={"home": home})


def test_the_run_appears_on_the_operators_server(shown_run: Settings, prefect_api: str) -> None:
    """One flow run that completed, and one task run a stage, named by the opaque id."""
    recording_id = workshop_of(shown_run).catalogue.meeting("essai-plain").recording_id

    flows = httpx.post(f"{prefect_api}/flow_runs/filter", json={"sort": "START_TIME_DESC"}).json()
    tasks = httpx.post(
        f"{prefect_api}/task_runs/filter",
        json={"task_runs": {"name": {"like_": recording_id}}, "flow_runs": {"id": {"any_": [flows[0]["id"]]}}},
    ).json()

    names = {f"{stage.value}-{recording_id}" for stage in Stage}
    assert flows[0]["state_type"] == "COMPLETED"
    assert names == {task["name"] for task in tasks}
    assert {task["state_type"] for task in tasks} == {"COMPLETED"}


def test_the_server_learns_no_personal_data(
    shown_run: Settings, prefect_home: Path, small_meeting: SmallMeeting
) -> None:
    """No name, no title, no folder and no long word of the transcript is in any of its files."""
    folder = small_meeting(Variant.PLAIN)
    workshop = workshop_of(shown_run)
    meeting = workshop.catalogue.meeting("essai-plain")
    clips = workshop.catalogue.live_of(meeting.recording_id).values()
    names = re.findall(r'"name": "([^"]+)"', (folder / "meeting.json").read_text("utf-8"))
    said = {
        word.casefold() for one in clips for part in one.clip.sentences for word in re.findall(r"\w{9,}", part.text)
    }
    secrets = [*names, *(one.clip.title for one in clips), "essai-plain", str(shown_run.home), *said]
    assert len(names) == 2
    assert len(said) > 5

    contents = [path.read_bytes().decode("utf-8", "replace").casefold() for path in prefect_home.rglob("*.db*")]

    assert any(meeting.recording_id in content for content in contents)
    assert [one for one in secrets if any(one.casefold() in content for content in contents)] == []


def test_a_server_that_does_not_answer_is_told_in_one_sentence(unpublished: Settings) -> None:
    """The operator's setting is named, the status is 1, and nothing is lost."""
    before = outputs(unpublished.home)
    env = environment(unpublished.home, unpublished.inbox, PREFECT_API_URL="http://127.0.0.1:9/api")

    done = run(env, "nightly")

    assert done.returncode == 1
    assert done.stderr.startswith("Le serveur Prefect ne répond pas")
    assert "PREFECT_API_URL" in done.stderr
    assert done.stderr.count("\n") == 1
    assert before == outputs(unpublished.home)

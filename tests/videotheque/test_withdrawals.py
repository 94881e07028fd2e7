"""Withdrawal over the wire: the very next request, on any server, is refused; and the platform's door is kept."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.testclient import TestClient

from pipeline.certificate import read_certificate
from pipeline.records import ClipId, Mode
from pipeline.settings import Settings
from tests.conftest import SmallMeeting
from tests.flows.nights import GENEROUS_S, environment, library_of, started, workshop_of
from tests.flows.nights import Library as Night
from tests.videotheque.shelf import BAKER, Shelf
from videotheque import addresses
from videotheque.app import create_app
from videotheque.desk import Desk
from videotheque.library import Library
from videotheque.server import configuration
from videotheque.view import MediaKind

TOKEN = "un-jeton-de-quarante-caracteres-au-moins-0"
WITHDRAWN = "essai-platform-transcript"


@pytest.fixture(scope="session")
def night(small_meeting: SmallMeeting, tmp_path_factory: pytest.TempPathFactory) -> Night:
    """Six meetings after a real night; copied before any change."""
    return library_of(small_meeting, tmp_path_factory)


@pytest.fixture
def settings(night: Night, tmp_path: Path) -> Settings:
    """A home of its own, with the platform's door open."""
    copy = night.copy(tmp_path / "home")
    return Settings(home=copy.home, inbox=copy.inbox, withdrawal_token=TOKEN)


class _Unhurried(Desk):
    """A desk whose erasures are left to the night."""

    def erase(self) -> None:
        """Leave it."""


@pytest.fixture
def platform(settings: Settings) -> Iterator[TestClient]:
    """The platform's client, with its token."""
    app = create_app(Library(settings), _Unhurried(settings))
    with TestClient(app, headers={"authorization": f"Bearer {TOKEN}"}) as client:
        yield client


@contextmanager
def _server(settings: Settings) -> Iterator[httpx.Client]:
    """``videotheque serve`` as a process of its own, and a client of it."""
    assert settings.inbox is not None
    env = environment(settings.home, settings.inbox, VIDEOTHEQUE_WITHDRAWAL_TOKEN=TOKEN)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with started(env, "serve", "--port", str(port)) as process:
        assert process.stdout is not None
        assert "La vidéothèque est sur" in process.stdout.readline()
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=120) as client:
            yield client


def _found(client: httpx.Client, text: str, mode: Mode, limit: int) -> list[str]:
    answer = client.get("/api/v1/clips", params={"q": text, "mode": mode.value, "limit": limit})
    assert answer.status_code == 200
    return [item["id"] for item in answer.json()["items"]]


def test_what_is_withdrawn_on_one_server_is_gone_at_the_next_request_on_another(settings: Settings) -> None:
    """Two servers with open indexes: search in every mode (refilled), pages, API, kept media addresses; then erased."""
    workshop = workshop_of(settings)
    meeting = workshop.catalogue.meeting(WITHDRAWN)
    gone = {clip_id: one.clip for clip_id, one in workshop.catalogue.live_of(meeting.recording_id).items()}
    (title, *_) = [clip.title for clip in gone.values()]
    with ExitStack() as servers:
        here, there = (servers.enter_context(_server(settings)) for _ in range(2))
        for client in (here, there):
            for mode in Mode:
                assert _found(client, title, mode, 1)[0] in gone
        places = [place for one in gone for place in (addresses.clip_url(one), f"/api/v1/clips/{one}")]
        places += [addresses.media_url(one, kind) for one in gone for kind in MediaKind]
        assert {200} == {there.get(place).status_code for place in places}

        answer = here.post(
            "/api/v1/withdrawals",
            json={"meeting": WITHDRAWN, "person": "jeune"},
            headers={"authorization": f"Bearer {TOKEN}"},
        )

        assert answer.status_code == 200
        assert set(gone) == set(answer.json()["clips"])
        for client in (there, here):
            assert {410} == {client.get(place).status_code for place in places}
            assert {410} == {client.get(place, headers={"range": "bytes=0-9"}).status_code for place in places}
            for mode in (Mode.SEMANTIC, Mode.HYBRID):
                assert 1 == len(_found(client, title, mode, 1))  # the page is refilled
            for mode in Mode:
                assert not set(gone) & set(_found(client, title, mode, 50))
        certificate = settings.certificates_folder / f"{answer.json()['erasure']}.json"
        deadline = time.monotonic() + GENEROUS_S
        while not certificate.exists() and time.monotonic() < deadline:
            time.sleep(0.1)  # the server has it erased in a process of its own
    assert read_certificate(certificate.read_bytes()).recording == meeting.recording_id
    assert not meeting.folder.exists()


def test_the_door_is_closed_unless_a_token_is_set(night: Night, settings: Settings) -> None:
    """Without a setting nobody withdraws by the API; with one, only who has it; told in French, and nothing done."""
    closed = create_app(Library(settings), _Unhurried(settings.model_copy(update={"withdrawal_token": None})))
    order = {"meeting": WITHDRAWN, "person": "jeune"}
    bearer = {"authorization": f"Bearer {TOKEN}"}

    with TestClient(closed) as client:
        shut = client.post("/api/v1/withdrawals", json=order, headers=bearer)
    with TestClient(create_app(Library(settings), _Unhurried(settings))) as client:
        nobody = client.post("/api/v1/withdrawals", json=order)
        wrong = client.post("/api/v1/withdrawals", json=order, headers={"authorization": f"Bearer {TOKEN}x"})
    with TestClient(create_app(Library(settings))) as client:
        no_desk = client.post("/api/v1/withdrawals", json=order, headers=bearer)

    assert [403, 401, 401, 403] == [one.status_code for one in (shut, nobody, wrong, no_desk)]
    for one in (shut, nobody, wrong):
        assert one.headers["content-type"] == "application/problem+json"
    assert "VIDEOTHEQUE_WITHDRAWAL_TOKEN" in shut.json()["detail"]
    workshop = workshop_of(settings)
    assert workshop.catalogue.live_of(workshop.catalogue.meeting(WITHDRAWN).recording_id)


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"meeting": "inconnue"}, 404, "Aucune rencontre"),
        ({"person": "voisin"}, 422, "ne désigne pas une seule personne"),
        ({"purposes": ["rire"]}, 422, "n'est pas une finalité"),
        ({"clip": "clip-" + "0" * 20}, 422, "Aucun extrait"),
        ({"passage": {"start": 9, "end": 3}}, 422, ""),
        ({"clip": "clip-" + "0" * 20, "purposes": ["publish"]}, 422, ""),
        ({"couleur": "bleu"}, 422, ""),
    ],
)
def test_an_impossible_withdrawal_is_told_in_french(
    platform: TestClient, change: dict[str, object], status: int, said: str
) -> None:
    """A problem report with one French sentence; nothing is suppressed."""
    answer = platform.post("/api/v1/withdrawals", json={"meeting": WITHDRAWN, "person": "jeune", **change})

    assert status == answer.status_code
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in re.sub(r"[\u00a0\u202f]", " ", answer.json()["detail"])


def test_one_clip_or_one_passage_is_withdrawn_by_the_platform(platform: TestClient, settings: Settings) -> None:
    """Only the clips that hold it go, at once."""
    workshop = workshop_of(settings)
    recording = workshop.catalogue.meeting(WITHDRAWN).recording_id
    first, second = sorted(
        (one.clip for one in workshop.catalogue.live_of(recording).values()), key=lambda clip: clip.span.start
    )
    middle = (second.span.start + second.span.end) / 2

    one = platform.post("/api/v1/withdrawals", json={"meeting": WITHDRAWN, "person": "pro", "clip": first.id})
    left = set(workshop.catalogue.live_of(recording))
    other = platform.post(
        "/api/v1/withdrawals",
        json={"meeting": WITHDRAWN, "person": "pro", "passage": {"start": middle, "end": middle + 1}},
    )

    assert ([first.id], True) == (one.json()["clips"], one.json()["still_shown"])
    assert {second.id} == left
    assert ([second.id], False) == (other.json()["clips"], other.json()["still_shown"])
    assert workshop.catalogue.live_of(recording) == {}


@pytest.fixture
def large(tmp_path: Path) -> Iterator[tuple[int, Shelf]]:
    """A server of a video far larger than what a connection holds in advance: its port and its library."""
    for kind in MediaKind:
        (tmp_path / kind.value).write_bytes(b"")
    with (tmp_path / MediaKind.VIDEO.value).open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    shelf = Shelf(tmp_path)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(configuration(shelf, "127.0.0.1", 0))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    yield int(listening.getsockname()[1]), shelf
    server.should_exit = True
    thread.join()
    listening.close()


@pytest.mark.logs_errors
@pytest.mark.parametrize("withdrawn", [ClipId(""), BAKER])
def test_a_video_being_sent_stops_when_it_is_withdrawn(large: tuple[int, Shelf], withdrawn: ClipId) -> None:
    """After some megabytes somebody withdraws: the rest is not sent. Without a withdrawal, every byte comes."""
    port, shelf = large
    received = 0

    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(f"GET /medias/{BAKER}/video.mp4 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
        while part := connection.recv(65_536):
            received += len(part)
            if received > 4 * 1024 * 1024:
                shelf.withdrawn.add(withdrawn)

    size = 200 * 1024 * 1024
    assert received < size / 2 if withdrawn else received > size

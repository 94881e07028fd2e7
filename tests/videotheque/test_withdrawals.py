"""Withdrawal over the wire: the very next request, on any server, is refused; and the platform's door is kept."""

from __future__ import annotations

import re
import shutil
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.testclient import TestClient

from consent.links import PersonalLink, sign_link
from consent.purposes import SHOWING
from consent.records import EventKind, PersonId, Purpose, RecordingId, Scope
from flows.workshop import Workshop
from pipeline.certificate import read_certificate
from pipeline.keys import LibraryKeys
from pipeline.opening import open_register
from pipeline.records import ClipId, Mode
from pipeline.settings import Settings
from tests.conftest import SmallMeeting
from tests.consent.people import PRO, RECORDING, YOUNG, given_by
from tests.flows.nights import GENEROUS_S, environment, library_of, run, started, workshop_of
from tests.flows.nights import Library as Night
from tests.videotheque.conftest import TOKEN
from tests.videotheque.shelf import BAKER, Shelf
from videotheque import addresses
from videotheque.app import create_app
from videotheque.desk import Desk
from videotheque.library import Library
from videotheque.server import configuration
from videotheque.view import MediaKind

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
        ({"passage": {"start": 9000, "end": 9100}}, 422, "après la fin de l'enregistrement"),
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


@pytest.mark.parametrize("end", ["1e999", "NaN", "-1"])
def test_a_passage_without_an_end_never_reaches_the_register(
    platform: TestClient, settings: Settings, end: str
) -> None:
    """Numbers that JSON cannot keep would make the recording's entries unreadable for ever: refused at the door."""
    workshop = workshop_of(settings)
    meeting = workshop.catalogue.meeting(WITHDRAWN)
    said = len(workshop.register.history(meeting.recording_id))
    order = f'{{"meeting": "{WITHDRAWN}", "person": "jeune", "passage": {{"start": 0, "end": {end}}}}}'

    answer = platform.post("/api/v1/withdrawals", content=order, headers={"content-type": "application/json"})
    told = run(
        environment(settings.home, settings.inbox),
        *("consent", "withdraw", WITHDRAWN, "--person", "jeune", "--passage", f"0-{end}"),
    )

    assert (422, 1) == (answer.status_code, told.returncode)
    assert "n'est pas un passage" in told.stderr
    assert said == len(workshop.register.history(meeting.recording_id))


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
    said = len(workshop.register.history(recording))
    again = platform.post("/api/v1/withdrawals", json={"meeting": WITHDRAWN, "person": "pro", "clip": first.id})
    assert (200, [], said) == (again.status_code, again.json()["clips"], len(workshop.register.history(recording)))
    assert one.json()["erasure"] == again.json()["erasure"]
    other = platform.post(
        "/api/v1/withdrawals",
        json={"meeting": WITHDRAWN, "person": "pro", "passage": {"start": middle, "end": middle + 1}},
    )

    assert ([first.id], True) == (one.json()["clips"], one.json()["still_shown"])
    assert {second.id} == left
    assert ([second.id], False) == (other.json()["clips"], other.json()["still_shown"])
    assert workshop.catalogue.live_of(recording) == {}


def _link(settings: Settings, recording_id: RecordingId, person: str, days: float = 1) -> str:
    link = PersonalLink(
        recording_id=recording_id, person_id=PersonId(person), expires_at=datetime.now(UTC) + timedelta(days=days)
    )
    return addresses.review_url(sign_link(link, LibraryKeys(settings.keys_folder).for_links()))


def _by_command(settings: Settings, clip: ClipId | None, purpose: str | None) -> None:
    more = (["--clip", clip] if clip else []) + (["--purpose", purpose] if purpose else [])
    done = run(environment(settings.home, settings.inbox), "consent", "withdraw", WITHDRAWN, "--person", "jeune", *more)
    assert (0, "") == (done.returncode, done.stderr), done.stdout


def _by_platform(settings: Settings, clip: ClipId | None, purpose: str | None) -> None:
    order = {"meeting": WITHDRAWN, "person": "jeune", **({"purposes": [purpose]} if purpose else {})}
    bearer = {"authorization": f"Bearer {TOKEN}"}
    with TestClient(create_app(Library(settings), _Unhurried(settings)), headers=bearer) as client:
        answer = client.post("/api/v1/withdrawals", json={**order, **({"clip": clip} if clip else {})})
    assert answer.status_code == 200, answer.text


def _by_link(settings: Settings, clip: ClipId | None, purpose: str | None) -> None:
    address = _link(settings, workshop_of(settings).catalogue.meeting(WITHDRAWN).recording_id, "jeune")
    form = {"action": "refuser", "extrait": clip} if clip else {"action": "retirer"}
    if purpose:
        form = {"action": "retirer-en-partie", "finalite": purpose}
    with TestClient(create_app(Library(settings), _Unhurried(settings))) as client:
        assert client.post(address, data=form, follow_redirects=True).status_code == 200


@pytest.mark.parametrize(
    ("door", "channel"), [(_by_command, "operator"), (_by_platform, "platform"), (_by_link, "link")]
)
@pytest.mark.parametrize(("of_a_clip", "purpose"), [(False, None), (True, None), (False, "show_face")])
def test_three_doors_lead_to_the_same(
    settings: Settings,
    door: Callable[[Settings, ClipId | None, str | None], None],
    channel: str,
    of_a_clip: bool,
    purpose: str | None,
) -> None:
    """The same event but for its channel; the same clips are gone; an erasure is owed; the list of stops holds it."""
    workshop = workshop_of(settings)
    meeting = workshop.catalogue.meeting(WITHDRAWN)
    clips = [one.clip for one in workshop.catalogue.live_of(meeting.recording_id).values()]
    first, second = sorted(clips, key=lambda clip: clip.span.start)

    door(settings, first.id if of_a_clip else None, purpose)

    last = workshop.register.history(meeting.recording_id)[-1]
    purposes = frozenset({Purpose(purpose)}) if purpose else SHOWING if of_a_clip else frozenset()
    scope = Scope.of_clip(first.id, first.span) if of_a_clip else Scope()
    assert (EventKind.WITHDRAWN, purposes, scope) == (last.kind, last.purposes, last.scope)
    assert "jeune" == last.person_id or (door is _by_command and scope.is_whole and not purpose)  # erased: no name left
    assert channel == last.channel
    assert set(workshop.catalogue.live_of(meeting.recording_id)) == ({second.id} if of_a_clip else set())
    assert [job.recording_id for job in workshop.erasures.jobs()] == [meeting.recording_id]
    assert last.event_id in (settings.keys_folder / "withdrawals.jsonl").read_text("utf-8")


@pytest.mark.parametrize("of_a_clip", [False, True])
def test_nothing_that_was_kept_shows_what_is_withdrawn(settings: Settings, of_a_clip: bool) -> None:
    """An old cursor, facets, suggestions, neighbours, a browser's copy, HEAD, a Range: none has it, pages are full."""
    workshop = workshop_of(settings)
    recording = workshop.catalogue.meeting(WITHDRAWN).recording_id
    clips = [one.clip for one in workshop.catalogue.live_of(recording).values()]
    first, second = sorted(clips, key=lambda clip: clip.span.start)
    gone = {first.id} if of_a_clip else {first.id, second.id}
    with TestClient(create_app(Library(settings), _Unhurried(settings))) as client:
        asked = " ".join(item["title"] for item in client.get("/api/v1/discover").json()["items"])[:900]
        everything = {"q": asked, "mode": "hybrid", "limit": "50", "facets": "true", "per_meeting": "0"}
        before = client.get("/api/v1/clips", params=everything).json()
        found = {item["id"] for item in before["items"]}
        assert first.id in found
        assert found - gone
        page = client.get("/api/v1/clips", params={**everything, "limit": "1"}).json()
        media = [addresses.media_url(one, kind) for one in gone for kind in MediaKind]
        tags = {place: client.get(place).headers["etag"] for place in media}
        suggested = client.get("/api/v1/suggestions", params={"q": first.title[:20]}).json()["items"]
        count = client.get("/sante").json()["clips"]

        _by_link(settings, first.id if of_a_clip else None, None)

        after = client.get("/api/v1/clips", params=everything).json()
        assert {item["id"] for item in after["items"]} == found - gone
        assert count - len(gone) == client.get("/sante").json()["clips"]
        assert before["total"] - len(gone & found) == after["total"]
        languages = next(one for one in after["facets"] if one["name"] == "language")
        assert sum(one["count"] for one in languages["values"]) == after["total"]
        cursor, rest = page["cursor"], list[str]()
        while cursor:
            more = client.get("/api/v1/clips", params={**everything, "limit": "1", "cursor": cursor}).json()
            rest += [item["id"] for item in more["items"]]
            cursor = more["cursor"]
        assert len(rest) >= len(after["items"]) - 1
        assert not gone & set(rest)
        seen = client.get("/api/v1/discover", params={"limit": "50"}).json()["items"]
        assert not gone & {item["id"] for item in seen}
        still = client.get("/api/v1/suggestions", params={"q": first.title[:20]}).json()["items"]
        assert first.title in {one["text"] for one in suggested}
        assert first.title not in {one["text"] for one in still}
        for place in media:
            kept = {"if-none-match": tags[place]}
            for headers in ({}, {"range": "bytes=0-99"}, kept, {**kept, "range": "bytes=5-"}):
                answers = (client.request(method, place, headers=headers) for method in ("GET", "HEAD"))
                assert {410} == {answer.status_code for answer in answers}
        for one in gone:
            places = [addresses.clip_url(one), f"/api/v1/clips/{one}", f"/api/v1/clips/{one}/related"]
            assert [client.get(place).status_code for place in places] == [410, 410, 410]
        if of_a_clip:
            near = client.get(f"/api/v1/clips/{second.id}/related", params={"limit": "50"}).json()["items"]
            assert not gone & {item["id"] for item in near}


def test_an_older_database_under_a_running_server_shows_nothing_withdrawn(night: Night, tmp_path: Path) -> None:
    """The file of before the withdrawal takes its place: it is held to the list of withdrawals at the next question."""
    copy = night.copy(tmp_path / "home")
    settings = Settings(home=copy.home, inbox=copy.inbox, keys=tmp_path / "keys", withdrawal_token=TOKEN)
    shutil.move(copy.home / "keys", tmp_path / "keys")
    workshop = workshop_of(settings)
    clip, *_ = workshop.catalogue.live_of(workshop.catalogue.meeting(WITHDRAWN).recording_id)
    with sqlite3.connect(tmp_path / "older.sqlite3") as older:
        sqlite3.connect(settings.database_file).backup(older)
    older.close()
    with TestClient(create_app(Library(settings), _Unhurried(settings))) as client:
        assert client.get(addresses.clip_url(clip)).status_code == 200
        _by_platform(settings, None, None)
        assert client.get(addresses.clip_url(clip)).status_code == 410

        for left in settings.home.glob("videotheque.sqlite3-*"):
            left.unlink()
        (tmp_path / "older.sqlite3").replace(settings.database_file)

        assert client.get(addresses.video_url(clip)).status_code == 410
        found = client.get("/api/v1/clips", params={"q": "métier", "mode": "semantic", "limit": "50"}).json()["items"]
        assert found
        assert clip not in {item["id"] for item in found}


def test_a_withdrawal_goes_into_the_file_that_took_the_databases_place(tmp_path: Path) -> None:
    """Even where no visitor asked anything since; and the older copy is first told what was withdrawn before."""
    settings = Settings(home=tmp_path / "home", inbox=tmp_path / "inbox", keys=tmp_path / "keys")
    workshop = Workshop(settings)
    workshop.catalogue.register_meeting(RECORDING, "essai", tmp_path / "inbox" / "essai", workshop.clock())
    workshop.register.declare(RECORDING, (PRO, YOUNG), [given_by(PRO), given_by(YOUNG)])
    with sqlite3.connect(tmp_path / "older.sqlite3") as older:
        sqlite3.connect(settings.database_file).backup(older)
    older.close()
    desk = _Unhurried(settings)
    desk.withdraw("essai", PRO.id, [Purpose.SHOW_FACE.value])
    for left in settings.home.glob("videotheque.sqlite3-*"):
        left.unlink()
    (tmp_path / "older.sqlite3").replace(settings.database_file)

    desk.withdraw("essai", YOUNG.id, [Purpose.SHOW_FACE.value])

    events = open_register(settings).history(RECORDING)
    assert {PRO.id, YOUNG.id} == {one.person_id for one in events if one.kind is EventKind.WITHDRAWN}


def test_the_link_that_the_command_prints_withdraws_a_part(settings: Settings) -> None:
    """A whole address for one person; nothing ticked, or something unknown, changes nothing; the voice ticked does."""
    public = "https://videotheque.exemple.fr"
    env = environment(settings.home, settings.inbox, VIDEOTHEQUE_PUBLIC_URL=public)

    told = run(env, "consent", "link", WITHDRAWN, "--person", "jeune")
    unknown = run(env, "consent", "link", WITHDRAWN, "--person", "voisin")

    assert (0, "", 1) == (told.returncode, told.stderr, unknown.returncode)
    address = told.stdout.split()[0].removeprefix(public)
    review = address.removesuffix("/retrait")
    workshop = workshop_of(settings)
    recording = workshop.catalogue.meeting(WITHDRAWN).recording_id
    with TestClient(create_app(Library(settings), _Unhurried(settings))) as client:
        assert "Retirer mon accord" in client.get(address).text
        for ticked in ({}, {"finalite": "ai_training"}, {"finalite": ["show_face", "tout"]}):
            answer = client.post(review, data={"action": "retirer-en-partie", **ticked})
            assert answer.status_code == 422
            assert "cocher au moins une case" in answer.text
        assert workshop.catalogue.live_of(recording)
        client.post(review, data={"action": "retirer-en-partie", "finalite": ["original_voice", "show_face"]})
    last = workshop.register.history(recording)[-1]
    assert {Purpose.ORIGINAL_VOICE, Purpose.SHOW_FACE} == set(last.purposes)
    assert workshop.catalogue.live_of(recording) == {}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "GET"])
def test_a_withdrawal_by_a_wrong_method_is_told_in_french(platform: TestClient, method: str) -> None:
    """Nothing but POST withdraws: 405, one sentence."""
    answer = platform.request(method, "/api/v1/withdrawals", json={"meeting": WITHDRAWN, "person": "jeune"})

    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["allow"] == "POST"
    assert answer.json()["detail"]


def test_who_is_declared_no_longer_sees_nothing_by_their_link_and_may_still_refuse(settings: Settings) -> None:
    """A link outlives its person's place in meeting.json: no clip, no media; their withdrawal is heard."""
    workshop = workshop_of(settings)
    meeting = workshop.catalogue.meeting(WITHDRAWN)
    clip, *_ = workshop.catalogue.live_of(meeting.recording_id)
    address = _link(settings, meeting.recording_id, "parent")
    others = [one for one in workshop.register.parties(meeting.recording_id) if one.id != "parent"]
    with TestClient(create_app(Library(settings), _Unhurried(settings))) as client:
        assert clip in client.get(address).text
        workshop.register.declare(meeting.recording_id, others, ())

        assert clip not in client.get(address).text
        assert client.get(f"{address}/medias/{clip}/video.mp4").status_code in (404, 410)
        assert client.post(address, data={"action": "retirer"}, follow_redirects=True).status_code == 200
    assert "link" == workshop.register.history(meeting.recording_id)[-1].channel


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

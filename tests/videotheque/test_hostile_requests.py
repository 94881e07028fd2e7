"""Hostile requests: whatever is sent to a door, in whichever field, is answered in French and never with a 500."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from consent.links import PersonalLink, sign_link
from consent.records import PersonId
from consent.register import now_utc
from pipeline.keys import LibraryKeys
from pipeline.settings import Settings
from tests.videotheque.conftest import BEARER, DESCRIBED, entries
from videotheque import addresses
from videotheque.app import create_app
from videotheque.desk import Desk
from videotheque.library import Library

CLIP = "clip-" + "0" * 20

RAW = (
    '"\\ud800"', '"a\\udfff\\ud800b"', '"\\u0000"', '"a\\u0000b"', '"' + "x" * 15_000 + '"', '"\\u202e\\u2028"', '""',
    "1", "-1", "1e400", "-1e400", "1" * 6_000, "NaN", "Infinity", "true", "null", "[]", "{}", '[""]', "[null]",
    "[" * 3_000 + "]" * 3_000, '{"a":' * 2_000 + "1" + "}" * 2_000, '["\\ud800"]', '["\\u0000"]', "[1e400]",
    '{"start":"\\ud800","end":1}', '{"start":0,"end":1e400}', '{"start":-1,"end":1}', '{"start":1,"end":0}',
    '{"start":1e308,"end":1.7e308}', '{"\\ud800":1}',
)  # fmt: skip
"""JSON values that no field of an order may hold."""

TEXTS = (
    "\0", "a\0b", "\x1b[31m", "\u202e", "\u2028", "\ufffd", "x" * 1_001, "9" * 5_000, "-1", "1e400", "nan", "null",
    "[]", "{}", "' OR 1=1 --", "../../etc/passwd", "%", "%s", "0001-01-01", "9999-12-31", "0000-00-00",
    "99999999999-01-01",
    "é" * 500, "🜏" * 300, "a\r\nb: c", "\\ud800", "*", '"', "(", "AND OR NOT", "+-&&||!(){}[]^~*?:\\/",
)  # fmt: skip
"""Texts for every parameter of an address."""

BYTES = ("%ff%fe", "%c3%28", "%ed%a0%80", "%00", "%", "%zz", "+%2B", "%f0%9f")
"""The same, as the wire carries what is no text."""


@pytest.fixture
def door(described: Settings) -> Iterator[TestClient]:
    """A client of the site that sees what visitors would: no exception comes through."""
    with TestClient(create_app(Library(described), Desk(described)), raise_server_exceptions=False) as client:
        yield client


def _link(described: Settings) -> str:
    meeting = Library(described)._catalogue.meeting(DESCRIBED.id)
    link = PersonalLink(
        recording_id=meeting.recording_id, person_id=PersonId("jeune"), expires_at=now_utc() + timedelta(days=1)
    )
    return addresses.review_url(sign_link(link, LibraryKeys(described.keys_folder).for_links()))


def _order(field: str, value: str) -> str:
    told = {"meeting": json.dumps(DESCRIBED.id), "person": '"jeune"', field: value}
    return "{" + ",".join(f'"{name}":{said}' for name, said in told.items()) + "}"


def test_no_field_of_an_order_can_break_the_door(door: TestClient, described: Settings) -> None:
    """Every field with every value that it may not hold: 4xx, one French sentence in readable JSON, nothing said."""
    before = entries(described)
    kept = {("clip", "null"), ("passage", "null")}  # what is left out may be said to be

    answers = {
        (field, value[:40]): door.post("/api/v1/withdrawals", content=_order(field, value), headers=BEARER)
        for field in ("meeting", "person", "purposes", "clip", "passage", "autre", "\\ud800")
        for value in RAW
        if (field, value) not in kept
    }

    wrong = {key: one.status_code for key, one in answers.items() if not 400 <= one.status_code < 500}
    assert {} == wrong
    assert all(" " in one.json()["detail"] for one in answers.values())
    assert before == entries(described)


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ('{"meeting":"a","person":"jeune","person":"pro"}', 422, "écrit deux fois"),
        ('{"meeting":"a","person":"jeune","passage":{"start":1,"end":2,"end":900}}', 422, "écrit deux fois"),
        ("x" * 20_000, 413, "dépasse 16 Kio"),
        ("[" * 10_000, 422, "trop imbriqué"),
        ('{"meeting":"\\ud800', 422, "pas du JSON"),
        ("null", 422, "pas un objet JSON"),
    ],
)
def test_an_ambiguous_or_endless_order_is_refused_whole(door: TestClient, body: str, status: int, said: str) -> None:
    """A key said twice has no meaning that a person would be sure of; what is too long is not read to its end."""
    answer = door.post("/api/v1/withdrawals", content=body, headers=BEARER)

    assert status == answer.status_code
    assert said in answer.json()["detail"].replace("\u202f", " ").replace("\u00a0", " ")


def test_no_field_of_a_persons_form_can_break_the_page(door: TestClient, described: Settings) -> None:
    """Every field of every action of the personal page; nothing is written, nobody is told that it was."""
    address, before = _link(described), entries(described)
    actions = ("approuver", "refuser", "raccourcir", "cacher", "titre", "retirer-en-partie", "danser")
    fields = ("extrait", "debut", "fin", "titre", "vu", "finalite")

    statuses = {
        (action, field, value[:20]): door.post(
            address, content=f"action={action}&extrait={CLIP}&{field}={value}", follow_redirects=False
        ).status_code
        for action in actions
        for field in fields
        for value in (*(quote(text) for text in TEXTS), *BYTES)
    }
    statuses |= {("action", "", text): door.post(address, data={"action": text}).status_code for text in TEXTS}

    assert {} == {key: status for key, status in statuses.items() if not 400 <= status < 500}
    assert before == entries(described)


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/", ("q", "mode", "hasard", "suite", "sector", "occupation", "since", "until", "year")),
        ("/api/v1/clips", ("q", "mode", "limit", "per_meeting", "facets", "cursor", "level", "since", "until")),
        ("/api/v1/suggestions", ("q", "limit")),
        ("/api/v1/discover", ("seed", "limit", "language", "since")),
        (f"/api/v1/clips/{CLIP}/related", ("limit",)),
        (f"/extraits/{CLIP}", ("t",)),
        (f"/medias/{CLIP}/video.mp4", ("t",)),
        ("/sante", ("x",)),
    ],
)
def test_no_parameter_of_an_address_can_break_an_answer(door: TestClient, path: str, names: tuple[str, ...]) -> None:
    """Every parameter with every text: an answer or a 4xx, in French where it is refused."""
    for name in names:
        for value in (*(quote(text) for text in TEXTS), *BYTES):
            with_question = "q=jour&" if path == "/api/v1/clips" and name != "q" else ""

            answer = door.get(f"{path}?{with_question}{name}={value}&{name}=")

            assert answer.status_code < 500, (name, value)


@pytest.mark.parametrize(
    "place",
    [
        "/extraits/{}",
        "/medias/{}/video.mp4",
        "/medias/x/{}",
        "/relecture/{}",
        "/relecture/{}/retrait",
        "/relecture/a.b/medias/{}/x",
        "/api/v1/clips/{}",
    ],
)
def test_no_place_in_an_address_can_break_an_answer(door: TestClient, place: str) -> None:
    """What stands for a clip, a file or a link may be anything."""
    for value in (*(quote(text, safe="") for text in TEXTS), *BYTES):
        assert 400 <= door.get(place.format(value)).status_code < 500, value

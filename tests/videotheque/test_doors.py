"""What operators and platforms mistype at the doors of consent: told in one French sentence, and nothing is done."""

from __future__ import annotations

import base64
import json
import re
import sqlite3
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from starlette.testclient import TestClient

from consent.records import Purpose, RecordingId
from consent.register import now_utc
from pipeline.certificate import Certificate
from pipeline.erasure import Cause, ErasureBook
from pipeline.opening import open_register
from pipeline.settings import Settings
from pipeline.withdrawal import purposes_of
from tests.videotheque.conftest import BEARER, DESCRIBED, Command, entries
from videotheque.app import create_app
from videotheque.desk import Desk
from videotheque.library import Library


class _Unhurried(Desk):
    """A desk whose erasures are left to the night."""

    def erase(self) -> None:
        """Leave it."""


@pytest.fixture
def door(described: Settings) -> Iterator[TestClient]:
    """A client of the site, without a token."""
    with TestClient(create_app(Library(described), _Unhurried(described))) as client:
        yield client


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (f'{{"meeting": "{DESCRIBED.id}", "person": "jeune", "purposes": []}}', "« purposes » est vide"),
        ('{"meeting": ', "n’est pas du JSON"),
        ("", "n’est pas un objet JSON"),
        ("[]", "n’est pas un objet JSON"),
    ],
)
def test_a_body_that_says_nothing_takes_nothing_back(
    door: TestClient, described: Settings, body: str, told: str
) -> None:
    """An empty list of purposes is not every purpose; what is no JSON is called so; without a token, 401 first."""
    before = entries(described)

    answer = door.post("/api/v1/withdrawals", content=body, headers=BEARER)
    nobody = door.post("/api/v1/withdrawals", content=body, headers={"content-type": "application/json"})

    assert (422, 401) == (answer.status_code, nobody.status_code)
    assert told in answer.json()["detail"].replace("\u00a0", " ").replace("\u202f", " ")
    assert before == entries(described)


def test_a_name_is_kept_until_another_is_given(videotheque: Command, tmp_path: Path) -> None:
    """Nothing given: refused, nothing wiped; contacts alone leave the name, a name alone leaves the contacts."""
    who = (DESCRIBED.id, "--person", "jeune")
    videotheque("consent", "identify", *who, "--name", "Malik Zyx", "--contact", "zyx@exemple.fr")

    status, out, err = videotheque("consent", "identify", *who)
    blank = videotheque("consent", "identify", *who, "--name", " ")
    videotheque("consent", "identify", *who, "--contact", "01 02 03 04 05")
    videotheque("consent", "identify", *who, "--name", "Malika Zyx")

    assert (1, "", 1) == (status, out, err.count("\n"))
    assert "--name" in err
    assert blank[0] == 1
    path = tmp_path / "dossier.zip"
    videotheque("consent", "file", *who, "--output", str(path))
    with zipfile.ZipFile(path) as archive:
        kept = json.loads(archive.read("dossier.json"))["identity"]
    assert ("Malika Zyx", ["01 02 03 04 05"]) == (kept["name"], kept["contacts"])


def test_erasures_of_an_older_version_are_still_read(described: Settings, videotheque: Command, tmp_path: Path) -> None:
    """A store that is no more neither ends the list nor spoils the certificate that names it; a change still does."""
    book = ErasureBook(open_register(described).database, now_utc)
    job = book.request(RecordingId("rec-0000000000000000"), Cause.WITHDRAWAL)
    old = {"erasure_id": job.id, "store": "wishes", "state": "verified", "attempts": 1, "erased": 2, "detail": ""}
    with book.database.writing() as connection:
        columns, values = ", ".join(old), ", ".join(f":{name}" for name in old)
        said = text(f"INSERT INTO erasure_steps ({columns}, at) VALUES ({values}, :at)")
        connection.execute(said, {**old, "at": now_utc().isoformat()})
    key = Ed25519PrivateKey.generate()
    step = {"store": "wishes", "what": "titres corrigés", "erased": 2, "detail": "", "verified_at": now_utc()}
    written = Certificate.model_validate(
        {
            "erasure": job.id,
            "recording": job.recording_id,
            "cause": job.cause,
            "requested_at": now_utc(),
            "completed_at": now_utc(),
            "stores": [step],
            "signature": "",
            "public_key": base64.b64encode(key.public_key().public_bytes_raw()).decode(),
        }
    )
    signed = written.model_copy(update={"signature": base64.b64encode(key.sign(written.signed_bytes())).decode()})
    path = tmp_path / "certificat.json"
    path.write_text(signed.model_dump_json(), "utf-8")
    with book.database.writing() as connection:
        book.complete(connection, job.id, now_utc(), signed.model_dump_json())

    status, out, err = videotheque("erasures")

    assert (0, "") == (status, err)
    assert job.id in out.replace("\n", "")
    assert "à faire" not in videotheque("erasures", job.id)[1]
    assert 0 == videotheque("certificate", str(path))[0]
    path.write_text(signed.model_dump_json().replace("wishes", "titles"), "utf-8")
    assert 1 == videotheque("certificate", str(path))[0]


@pytest.mark.logs_errors
def test_a_database_that_went_away_is_missed_and_found_again(door: TestClient, described: Settings) -> None:
    """Nothing is answered from the file that is gone, no empty one takes its place, and no restart is needed."""
    place = described.database_file
    away = place.with_name("ailleurs.sqlite3")
    answers = [door.get("/sante").status_code]

    with sqlite3.connect(place) as connection:  # a copy, as a restoration brings one: another file of the same name
        connection.execute("VACUUM INTO ?", (str(away),))
    connection.close()
    for left in place.parent.glob(f"{place.name}*"):
        left.unlink()
    answers += [door.get("/sante").status_code for _ in range(2)]
    made = place.exists()
    away.rename(place)
    answers.append(door.get("/sante").status_code)

    assert [200, 503, 503, 200] == answers
    assert not made


def test_agreements_are_shown_in_french(videotheque: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Doors, instants and "all purposes" in words: no code of the register, no offset."""
    monkeypatch.setenv("COLUMNS", "300")
    assert videotheque("consent", "withdraw", DESCRIBED.id, "--person", "pro", "--purpose", "visage")[0] == 0

    out = videotheque("consent", "show", DESCRIBED.id)[1]

    assert "l'opérateur" in out
    assert "toutes" in out
    assert re.search(r"\d\d/\d\d/\d{4} à \d\d h \d\d", out)
    assert not re.search(r"meeting file|operator|[+-]\d{4} ", out)


def test_purposes_are_named_as_people_are_told_of_them(
    videotheque: Command, described: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """The French label, its one word, or the code; a refusal and the help list the labels."""
    assert frozenset({Purpose.SHOW_FACE}) == purposes_of(["visage"]) == purposes_of(["Montrer le visage"])
    assert frozenset({Purpose.SHOW_FACE}) == purposes_of(["show_face"])

    status, _, err = videotheque("consent", "withdraw", DESCRIBED.id, "--person", "pro", "--purpose", "rire")

    assert (1, 1) == (status, err.count("\n"))
    assert "montrer le visage (show_face)" in err
    with pytest.raises(SystemExit):
        videotheque("consent", "withdraw", "--help")
    assert "faire entendre la voix" in " ".join(capsys.readouterr().out.split())


def test_a_link_is_one_line_that_can_be_copied(videotheque: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole on a narrow terminal, with its meeting and person; as JSON for a program."""
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("VIDEOTHEQUE_PUBLIC_URL", "https://exemple.fr")

    lines = videotheque("review", "links", DESCRIBED.id)[1].splitlines()
    links = json.loads(videotheque("review", "links", DESCRIBED.id, "--json")[1])

    assert all(
        re.fullmatch(rf"{DESCRIBED.id} · \w+ \(.+\) : https://exemple\.fr/relecture/\S+", one) for one in lines[:-1]
    )
    assert len(lines) == len(links) + 1
    assert {"jeune", "pro"} <= {one["person"] for one in links}
    assert {"meeting", "person", "role", "url", "expires_at"} == set(links[0])


@pytest.mark.parametrize("option", ["--clip", "--passage"])
def test_an_empty_option_takes_nothing_back(videotheque: Command, described: Settings, option: str) -> None:
    """A script's variable that is not set must not withdraw everything and erase the source."""
    before = entries(described)

    status, out, err = videotheque("consent", "withdraw", DESCRIBED.id, "--person", "pro", option, "")

    assert (1, "") == (status, out)
    assert "est vide" in err
    assert before == entries(described)

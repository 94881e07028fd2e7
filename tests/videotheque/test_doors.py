"""What operators and platforms mistype at the doors of consent: told in one French sentence, and nothing is done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from pipeline.opening import open_register
from pipeline.settings import Settings
from tests.videotheque.conftest import DESCRIBED, Command
from videotheque.app import create_app
from videotheque.desk import Desk
from videotheque.library import Library

TOKEN = "un-jeton-de-quarante-caracteres-au-moins-0"


class _Unhurried(Desk):
    """A desk whose erasures are left to the night."""

    def erase(self) -> None:
        """Leave it."""


@pytest.fixture
def settings(home: Path, videotheque: Command) -> Settings:  # noqa: ARG001 - the command adds the meeting
    """The settings of a home where one meeting was added."""
    return Settings(home=home, withdrawal_token=TOKEN)


@pytest.fixture
def door(settings: Settings) -> Iterator[TestClient]:
    """A client of the site, without a token."""
    with TestClient(create_app(Library(settings), _Unhurried(settings))) as client:
        yield client


def _said(settings: Settings) -> int:
    return open_register(settings).ledger.verify().entries


BEARER = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}


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
    door: TestClient, settings: Settings, body: str, told: str
) -> None:
    """An empty list of purposes is not every purpose; what is no JSON is called so; without a token, 401 first."""
    before = _said(settings)

    answer = door.post("/api/v1/withdrawals", content=body, headers=BEARER)
    nobody = door.post("/api/v1/withdrawals", content=body, headers={"content-type": "application/json"})

    assert (422, 401) == (answer.status_code, nobody.status_code)
    assert told in answer.json()["detail"].replace("\u00a0", " ").replace("\u202f", " ")
    assert before == _said(settings)

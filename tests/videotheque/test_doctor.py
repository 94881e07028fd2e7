"""``videotheque doctor``: what is well is said, what is wrong is named with its remedy, and nothing is changed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from consent.database import Database
from consent.register import Register
from tests.transcribe.whisper_model import build
from videotheque import cli

Doctor = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A complete speech model of random weights."""
    return build(tmp_path_factory.mktemp("modele"))


@pytest.fixture
def home(tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data home that does not exist yet, with that model."""
    for name in [name for name in os.environ if name.startswith("VIDEOTHEQUE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("VIDEOTHEQUE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("VIDEOTHEQUE_ASR_MODEL", str(model))
    return tmp_path / "home"


@pytest.fixture
def doctor(home: Path, capsys: pytest.CaptureFixture[str]) -> Doctor:
    """The command: its status, and its table with the frames and folds of its cells taken out."""

    def call(*arguments: str) -> tuple[int, str]:
        status = cli.main(["doctor", *arguments])
        table = capsys.readouterr().out
        return status, " ".join(table.replace("│", " ").replace("┃", " ").split())

    return call


def test_a_new_library_is_well_and_is_left_as_it_was(doctor: Doctor, home: Path) -> None:
    """Everything is looked at, the hour's cost measured, and not even the folder is made."""
    status, table = doctor()

    assert status == 0
    for told in (
        "Réglages bon 2 donnés par l'environnement",
        "sera créé",
        "ffmpeg bon",
        "Base de données à savoir Pas encore créée",
        "Index à savoir Pas encore construit",
        "Modèle sémantique bon videotheque-encoder-fr",
        "sur processeur (int8)",
        "de calcul pour une heure de paroles",
    ):
        assert told in table
    assert not home.exists()


def test_a_contact_that_is_missing_is_told(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    """The setting is named, with why it matters; it is no reason for a night to fail. Set: it is repeated."""
    monkeypatch.delenv("VIDEOTHEQUE_CONTROLLER__CONTACT", raising=False)
    monkeypatch.delenv("VIDEOTHEQUE_CONTROLLER__NAME", raising=False)
    _, without = doctor("--no-measure")
    monkeypatch.setenv("VIDEOTHEQUE_CONTROLLER__NAME", "Association Exemple")
    monkeypatch.setenv("VIDEOTHEQUE_CONTROLLER__CONTACT", "accords@exemple.fr")

    _, table = doctor("--no-measure")

    assert "VIDEOTHEQUE_CONTROLLER__NAME et VIDEOTHEQUE_CONTROLLER__CONTACT ne sont pas réglés" in without
    assert "à qui écrire" in without
    assert "accords@exemple.fr" in table
    assert "à qui écrire" not in table


def test_a_misspelt_setting_is_found(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting that nobody reads would silently be the default one."""
    monkeypatch.setenv("VIDEOTHEQUE_ASR_MODLE", "small")
    monkeypatch.setenv("VIDEOTHEQUE_CLIPS__IDEAL_S", "60")

    status, table = doctor("--no-measure")

    assert status == 1
    assert "Réglages à corriger VIDEOTHEQUE_ASR_MODLE n'est pas un réglage" in table
    assert "IDEAL_S" not in table


def test_a_model_that_is_not_there_is_wrong(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence is the one that the night would fail with."""
    monkeypatch.setenv("VIDEOTHEQUE_ASR_MODEL", "/nulle/part")

    status, table = doctor("--no-measure")

    assert status == 1
    assert "Modèle de parole à corriger Le dossier du modèle de parole « /nulle/part » n'existe pas" in table
    assert "une heure de paroles" not in table


def test_damaged_weights_are_found_by_measuring(
    doctor: Doctor, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A directory that looks complete is loaded before the night does it."""
    copy = Path(shutil.copytree(model, tmp_path / "modele"))
    (copy / "model.bin").write_bytes((copy / "model.bin").read_bytes()[:5000])
    monkeypatch.setenv("VIDEOTHEQUE_ASR_MODEL", str(copy))

    status, table = doctor()

    assert status == 1
    assert "Une heure de rencontre à corriger Le modèle de parole ne peut pas être chargé" in table


def test_a_damaged_database_is_wrong(doctor: Doctor, home: Path) -> None:
    """A whole one is sound; one with its middle overwritten is not."""
    Register(Database(home / "videotheque.sqlite3")).database.close()
    path = home / "videotheque.sqlite3"

    whole = doctor("--no-measure")
    content = bytearray(path.read_bytes())
    content[4096 : len(content)] = bytes(len(content) - 4096)
    path.write_bytes(content)
    damaged = doctor("--no-measure")

    assert whole[0] == 0
    assert "Base de données bon Saine" in whole[1]
    assert damaged[0] == 1
    assert "Base de données à corriger « videotheque.sqlite3 » est abîmée" in damaged[1]


def test_a_database_server_that_does_not_answer_is_wrong(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    """The register on a server is asked there, and its absence told in one sentence."""
    monkeypatch.setenv("VIDEOTHEQUE_DATABASE_URL", "postgresql://127.0.0.1:1/videotheque")

    status, table = doctor("--no-measure")

    assert status == 1
    assert "Base de données à corriger Le registre des accords (base PostgreSQL) ne peut pas être lu" in table


def test_a_damaged_index_is_wrong(doctor: Doctor, home: Path) -> None:
    """A pointer to a generation that is not there is told as visitors would be."""
    (home / "index").mkdir(parents=True)
    (home / "index" / "CURRENT").write_text("rien")

    status, table = doctor("--no-measure")

    assert status == 1
    assert "Index à corriger" in table


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("tokenizer.json", "{}", "Modèle de parole à corriger Le fichier tokenizer.json"),
        ("config.json", "[]", "Modèle de parole à corriger Le fichier config.json"),
        ("preprocessor_config.json", '{"feature_size": 128}', "128 bandes de fréquences au lieu de 80"),
    ],
)
def test_a_damaged_model_is_told_and_the_rest_is_looked_at(
    doctor: Doctor, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, content: str, told: str
) -> None:
    """A line of the table, not the end of it."""
    copy = Path(shutil.copytree(model, tmp_path / "modele"))
    (copy / file).write_text(content)
    monkeypatch.setenv("VIDEOTHEQUE_ASR_MODEL", str(copy))

    status, table = doctor()

    assert status == 1
    assert told in table
    assert "ffmpeg bon" in table


def test_a_language_that_no_model_knows_is_wrong(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Found before the night, which would fail on every recording."""
    monkeypatch.setenv("VIDEOTHEQUE_LANGUAGE", "xx")

    status, table = doctor("--no-measure")

    assert status == 1
    assert "ne connaissent pas la langue « xx »" in table

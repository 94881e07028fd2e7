"""``videotheque transcribe``: a file outside the library, and who said what, when, word by word."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from consent.database import Database
from consent.records import AgeBand, ConsentEvent, EventKind, Party, PersonId, Purpose, RecordingId, Role
from consent.register import Register, now_utc
from pipeline.journal import Journal, KnownFile
from tests.transcribe.recordings import after
from tests.transcribe.speech import say, write_wav
from tests.transcribe.whisper_model import build
from videotheque import cli

Command = Callable[..., tuple[int, str, str]]
QUESTION = "Bonjour, est-ce que vous pouvez présenter votre métier en quelques mots ?"
ANSWER = "Je suis boulangère depuis douze ans, j'ai commencé par un apprentissage."


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that says one sentence wherever somebody speaks."""
    return build(tmp_path_factory.mktemp("modele"))


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with each person's sound and the mix of both: a question, then the answer."""
    folder = tmp_path_factory.mktemp("paroles")
    asked, answered = after(1, say(QUESTION), 14), after(8, say(ANSWER, "fr+f2"), 14)
    for name, samples in (("jeune", asked), ("pro", answered), ("rencontre", asked + answered)):
        write_wav(folder / f"{name}.wav", samples)
    return folder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data home, named by the environment."""
    for name in [name for name in os.environ if name.startswith("VIDEOTHEQUE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("VIDEOTHEQUE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def transcribe(home: Path, model: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command with that model."""

    def call(*arguments: str) -> tuple[int, str, str]:
        status = cli.main(["transcribe", "--model", str(model), *arguments])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return call


def test_each_person_s_words_are_printed_with_their_times(transcribe: Command, talk: Path, home: Path) -> None:
    """Two tracks give two speakers; utterances and words have times inside the recording; nothing is kept."""
    status, out, _ = transcribe(
        str(talk / "rencontre.wav"),
        *("--track", f"professionnel={talk / 'pro.wav'}", "--track", f"jeune={talk / 'jeune.wav'}", "--json"),
    )

    found = json.loads(out)
    assert (0, "fr", 14.0) == (status, found["language"], found["duration"])
    assert found["model"].startswith("sha256:")
    assert ["young_person", "professional"] == list(dict.fromkeys(one["speaker"] for one in found["utterances"]))
    for one in found["utterances"]:
        assert " ".join(word["text"] for word in one["words"]) == one["text"]
        for word in one["words"]:
            assert one["start"] <= word["start"] < word["end"] <= one["end"] <= 14
            assert 0 <= word["probability"] <= 1
    assert not home.exists()


def test_without_tracks_nobody_is_named(transcribe: Command, talk: Path) -> None:
    """A mix gives words of an unknown speaker, on the screen too; one person's track alone changes nothing."""
    _, out, _ = transcribe(str(talk / "rencontre.wav"), "--json")
    _, read, told = transcribe(str(talk / "rencontre.wav"), "--track", f"jeune={talk / 'jeune.wav'}")

    assert {None} == {one["speaker"] for one in json.loads(out)["utterances"]}
    assert "locuteur inconnu : Bonjour" in read
    assert "le son mélangé" in told


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["absent.wav"], "« absent.wav » n'est pas un fichier"),
        (["{talk}/rencontre.wav", "--track", "voisin={talk}/pro.wav"], "n'est pas de la forme RÔLE=FICHIER"),
        (["{talk}/rencontre.wav", "--track", "pro="], "n'est pas de la forme RÔLE=FICHIER"),
        (["{talk}/rencontre.wav", "--track", "pro=left", "--track", "jeune=right"], "n'est pas en stéréo"),
        (
            ["{talk}/rencontre.wav", "--track", "pro={talk}/pro.wav@900", "--track", "jeune={talk}/jeune.wav"],
            "hors de l'enregistrement",
        ),
    ],
)
def test_what_cannot_be_transcribed_is_told(transcribe: Command, talk: Path, arguments: list[str], why: str) -> None:
    """One French sentence and the status 1."""
    status, out, errors = transcribe(*(one.format(talk=talk) for one in arguments))

    assert (1, "", 1) == (status, out, errors.count("\n"))
    assert why in errors


def test_a_recording_of_the_library_is_allowed_by_its_register_alone(
    transcribe: Command, talk: Path, home: Path, tmp_path: Path
) -> None:
    """The young person withdrew: typing the command does not replace their agreement, whatever the file is called."""
    recording_id, now = RecordingId("rec-0123456789abcdef"), now_utc()
    database = Database(home / "videotheque.sqlite3")
    register, journal = Register(database), Journal(database)
    roles = {"pro": Role.PROFESSIONAL, "jeune": Role.YOUNG_PERSON}
    people = [Party(id=PersonId(name), role=role, age_band=AgeBand.ADULT) for name, role in roles.items()]
    kinds = {"pro": EventKind.GIVEN, "jeune": EventKind.REFUSED}
    events = [
        ConsentEvent(
            event_id=f"e-{one.id}",
            recording_id=recording_id,
            person_id=one.id,
            kind=kinds[one.id],
            purposes=frozenset(Purpose),
            indicated_at=now,
            recorded_at=now,
        )
        for one in people
    ]
    register.declare(recording_id, people, events)
    content = (talk / "rencontre.wav").read_bytes()
    copy = tmp_path / "autre nom.wav"
    copy.write_bytes(content)
    known = KnownFile(
        path=talk / "rencontre.wav", size_bytes=len(content), modified_ns=0, sha256=hashlib.sha256(content).hexdigest()
    )
    journal.remember_file(recording_id, known)

    status, out, errors = transcribe(str(copy), "--json")

    assert (1, "") == (status, out)
    assert "le jeune a refusé" in errors

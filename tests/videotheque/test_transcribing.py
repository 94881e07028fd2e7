"""``videotheque transcribe``: a file outside the library, and who said what, when, word by word."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from consent.records import AgeBand, ConsentEvent, EventKind, Party, PersonId, Purpose, RecordingId, Role
from consent.register import now_utc
from pipeline import ffmpeg
from pipeline.journal import Journal, KnownFile
from pipeline.opening import open_register
from pipeline.settings import Settings
from tests.transcribe.recordings import after
from tests.transcribe.speech import say, silence, write_wav
from tests.transcribe.whisper_model import build
from videotheque import cli
from videotheque.aside import temporary_folder

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


def _ffmpeg(*arguments: object) -> None:
    subprocess.run([ffmpeg.executable(), "-loglevel", "error", *map(str, arguments)], check=True)


def test_every_stream_of_a_file_is_heard(transcribe: Command, talk: Path, tmp_path: Path) -> None:
    """A stream a person, and nothing that says whose: both are heard, nobody is named, and it is told."""
    both = tmp_path / "flux.mkv"
    _ffmpeg("-i", talk / "jeune.wav", "-i", talk / "pro.wav", "-map", "0", "-map", "1", both)

    _, out, errors = transcribe(str(both), "--json")

    said = json.loads(out)["utterances"]
    assert ({None}, {False, True}) == ({one["speaker"] for one in said}, {one["start"] > 7 for one in said})
    assert "2 flux audio : ils sont mélangés" in errors


def test_sides_that_are_one_sound_name_nobody(transcribe: Command, talk: Path, tmp_path: Path) -> None:
    """A mono sound written as stereo: no side is anybody's, and it is told."""
    stereo = tmp_path / "stereo.wav"
    _ffmpeg("-i", talk / "rencontre.wav", "-ac", "2", stereo)

    _, out, errors = transcribe(str(stereo), "--track", "pro=left", "--track", "jeune=right", "--json")

    assert {None} == {one["speaker"] for one in json.loads(out)["utterances"]}
    assert "portent le même son" in errors


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


def _refused(home: Path, file: Path) -> None:
    """Make a file one of the library, whose young person refused."""
    recording_id, now = RecordingId("rec-0123456789abcdef"), now_utc()
    register = open_register(Settings(home=home))
    journal = Journal(register.database)
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
    content = file.read_bytes()
    known = KnownFile(path=file, size_bytes=len(content), modified_ns=0, sha256=hashlib.sha256(content).hexdigest())
    journal.remember_file(recording_id, known)


def test_a_recording_of_the_library_is_allowed_by_its_register_alone(
    transcribe: Command, talk: Path, home: Path, tmp_path: Path
) -> None:
    """The young person withdrew: typing the command does not replace their agreement, whatever the file is called."""
    _refused(home, talk / "rencontre.wav")
    copy = tmp_path / "autre nom.wav"
    copy.write_bytes((talk / "rencontre.wav").read_bytes())

    status, out, errors = transcribe(str(copy), "--json")

    assert (1, "") == (status, out)
    assert "le jeune a refusé" in errors


@pytest.mark.parametrize(
    "tracks",
    [
        ["pro={talk}/pro.wav", "jeune={talk}/pro.wav"],
        ["pro={talk}/rencontre.wav", "jeune={talk}/jeune.wav"],
        ["pro=left", "jeune=left"],
    ],
)
def test_one_sound_for_two_persons_is_refused(transcribe: Command, talk: Path, tracks: list[str]) -> None:
    """The same file or side twice, or the recording itself: its words would be both persons'."""
    given = [part for one in tracks for part in ("--track", one.format(talk=talk))]

    status, out, errors = transcribe(str(talk / "rencontre.wav"), *given)

    assert (1, "") == (status, out)
    assert "Le même son est donné deux fois" in errors


@pytest.mark.parametrize("language", ["klingon", "FR"])
def test_an_unknown_language_is_refused_before_anything_is_read(transcribe: Command, talk: Path, language: str) -> None:
    """One sentence, where the speech model would die."""
    status, out, errors = transcribe(str(talk / "rencontre.wav"), "--language", language)

    assert (1, "", 1) == (status, out, errors.count("\n"))
    assert f"la langue « {language} »" in errors


def test_a_short_file_that_the_sound_does_not_place_is_told(transcribe: Command, talk: Path, tmp_path: Path) -> None:
    """Three seconds of an answer given at second eight: put at the start for want of better, and said so."""
    short = tmp_path / "court.wav"
    write_wav(short, say(ANSWER, "fr+f2")[: 3 * 16_000])

    status, _, errors = transcribe(
        str(talk / "rencontre.wav"), "--track", f"pro={short}", "--track", f"jeune={talk / 'jeune.wav'}"
    )

    assert status == 0
    assert "La piste du professionnel (3,0 s) n'a pas été retrouvée dans le son" in errors
    assert "--track RÔLE=FICHIER@SECONDES" in errors
    assert "meeting.json" not in errors


def test_a_refused_file_is_not_read_as_a_track_either(
    transcribe: Command, talk: Path, home: Path, tmp_path: Path
) -> None:
    """The recording is a new file, the young person's track is one of the library that was refused."""
    _refused(home, talk / "jeune.wav")
    copy, other = tmp_path / "copie.wav", tmp_path / "silence.wav"
    copy.write_bytes((talk / "jeune.wav").read_bytes())
    write_wav(other, silence(14))

    status, out, errors = transcribe(
        str(other), "--track", f"pro={talk / 'pro.wav'}", "--track", f"jeune={copy}", "--json"
    )

    assert (1, "") == (status, out)
    assert "le jeune a refusé" in errors


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_stopped_command_leaves_no_sound_behind(home: Path, model: Path, talk: Path, number: signal.Signals) -> None:
    """Nor does it promise what is not kept; the whole meeting's sound was in the temporary folder."""
    aside = home.parent / "tmp"
    aside.mkdir()
    former = signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the tests run in the background
    process = subprocess.Popen(
        [sys.executable, "-m", "videotheque", "transcribe", "--model", str(model), str(talk / "rencontre.wav")],
        env={**os.environ, "TMPDIR": str(aside), "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    signal.signal(signal.SIGINT, former)
    while not any(aside.glob("videotheque-*/mix/*.wav")):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(number)
    _, errors = process.communicate()

    assert [] == [path for path in aside.iterdir() if path.name.startswith("videotheque-")]
    assert 128 + number == process.returncode
    assert ("rien n'a été gardé" in errors) is (number is signal.SIGINT)
    assert "conservés" not in errors


def test_what_a_killed_command_left_is_taken_away_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder whose lock is free goes; one that is in use stays, and so does what is not ours."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left, foreign = tmp_path / "videotheque-tuee", tmp_path / "videotheque-autre"
    for folder in (left, foreign):
        folder.mkdir()
    (left / "lock").touch()
    (left / "track-0.wav").write_bytes(b"son")

    with temporary_folder() as first, temporary_folder() as second:
        assert first.is_dir()
        assert second.is_dir()
        assert not left.exists()

    assert [foreign] == list(tmp_path.iterdir())

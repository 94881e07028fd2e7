"""The command: every fault is one French sentence and a status, and nothing is a traceback."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from demo.cast import Variant
from tests.conftest import SmallMeeting
from tests.flows.nights import Library, command, environment, hear_interruptions, library_of, run
from videotheque import __version__, cli

Command = Callable[..., tuple[int, str, str]]
"""Runs the command in this process: its status, its output, its errors."""


@pytest.fixture(scope="session")
def library(small_meeting: SmallMeeting, tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Six meetings after a real night; tests here only read it, or copy it."""
    return library_of(small_meeting, tmp_path_factory)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data home that does not exist yet, named by the environment."""
    for name in [name for name in os.environ if name.startswith(("VIDEOTHEQUE_", "PREFECT_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("VIDEOTHEQUE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def videotheque(home: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command, on that home."""

    def call(*arguments: str) -> tuple[int, str, str]:
        try:
            status = cli.main(arguments)
        except SystemExit as end:
            status = int(end.code or 0)
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return call


@pytest.fixture
def meeting(small_meeting: SmallMeeting, tmp_path: Path) -> Path:
    """A meeting's folder, free to change."""
    folder = tmp_path / "rencontre-un"
    shutil.copytree(small_meeting(Variant.PLAIN), folder)
    return folder


def _change(folder: Path, change: Callable[[dict[str, object]], object]) -> None:
    path = folder / "meeting.json"
    described = json.loads(path.read_text("utf-8"))
    change(described)
    path.write_text(json.dumps(described), "utf-8")


def _one_sentence(errors: str) -> str:
    """The errors, checked: one line, no traceback."""
    assert errors.count("\n") == 1, errors
    assert "Traceback" not in errors
    return errors.strip()


CHANGES: list[tuple[Callable[[dict[str, object]], object], str]] = [
    (lambda one: one.update(couleur="bleu"), "couleur : champ inconnu"),
    (lambda one: one.update(recording="absent.mp4"), "« absent.mp4 » cité par meeting.json"),
    (lambda one: one.update(recording="../rencontre.mp4"), "le chemin sort du dossier"),
    (lambda one: one.update(recording="/etc/passwd"), "relatif au dossier"),
    (lambda one: _roles(one, "professional", "professional"), "exactement un professionnel"),
    (lambda one: _roles(one, "professional", "guardian"), "exactement un jeune"),
    (lambda one: one.update(recording="\ud800.mp4"), "UTF-8"),
    (lambda one: one.update({"[/b]": 1}), "[/b] : champ inconnu"),
]


def _roles(described: dict[str, object], *roles: str) -> None:
    people = described["participants"]
    assert isinstance(people, list)
    for person, role in zip(people, roles, strict=True):
        person["role"] = role


@pytest.mark.parametrize(("change", "said"), CHANGES)
def test_a_bad_description_is_not_registered(
    videotheque: Command, meeting: Path, change: Callable[[dict[str, object]], object], said: str
) -> None:
    """One sentence names the fault and its place; the meeting is unknown afterwards."""
    _change(meeting, change)

    status, printed, errors = videotheque("add", str(meeting))

    assert (1, "") == (status, printed)
    assert said in _one_sentence(errors)
    assert videotheque("status", "essai-plain")[0] == 1


def test_what_is_no_folder_is_refused_and_the_good_one_is_registered(videotheque: Command, meeting: Path) -> None:
    """One bad argument does not stop the others, but the status tells."""
    status, printed, errors = videotheque("add", str(meeting / "meeting.json"), str(meeting))

    assert status == 1
    assert "n'est pas un dossier" in _one_sentence(errors)
    assert "essai-plain : enregistrée" in printed


def test_two_folders_with_the_same_id_are_told_apart(videotheque: Command, meeting: Path) -> None:
    """The second is refused; the sentence names the first one's folder."""
    twin = meeting.with_name("rencontre-deux")
    shutil.copytree(meeting, twin)

    status, printed, errors = videotheque("add", str(meeting), str(twin))

    assert status == 1
    assert "essai-plain" in printed
    assert f"déjà celui de la rencontre du dossier « {meeting} »" in _one_sentence(errors)


def test_consents_taken_out_are_told_as_soon_as_the_folder_is_added_again(videotheque: Command, meeting: Path) -> None:
    """The operator learns at once that the meeting can no longer be shown."""
    assert "Les accords nécessaires sont donnés." in videotheque("add", str(meeting))[1]
    _change(meeting, lambda one: one.pop("consents"))

    status, printed, _ = videotheque("add", str(meeting))

    assert status == 0
    assert "déjà enregistrée, relue" in printed
    assert "le professionnel n'a pas donné son accord" in " ".join(printed.split())


def test_a_folder_removed_after_its_registration_is_told_by_the_night(videotheque: Command, meeting: Path) -> None:
    """The table names the meeting and its folder; the status is 1."""
    videotheque("add", str(meeting))
    shutil.rmtree(meeting)

    status, printed, errors = videotheque("nightly")

    assert (1, "") == (status, errors)
    assert "essai-plain" in printed
    assert "« rencontre-un » n'existe plus" in " ".join(printed.split())


def test_hostile_inbox_folders_stop_neither_the_night_nor_its_table(videotheque: Command, home: Path) -> None:
    """Half characters, endless numbers, deep nesting, a pipe, a device, a name that is no text: all told."""
    inbox = home / "inbox"
    contents = {"nombre": '{"schema_version": ' + "9" * 5000 + "}", "profond": "[" * 200_000, "balise": '{"[/b]": 1}'}
    for name, content in contents.items():
        (inbox / name).mkdir(parents=True)
        (inbox / name / "meeting.json").write_text(content, "utf-8")
    for name in ("tuyau", "appareil"):
        (inbox / name).mkdir()
    os.mkfifo(inbox / "tuyau" / "meeting.json")
    (inbox / "appareil" / "meeting.json").symlink_to("/dev/zero")
    (inbox / os.fsdecode(b"caf\xe9")).mkdir()

    status, printed, errors = videotheque("nightly")

    assert (1, "") == (status, errors)
    assert printed.count("refusé") == 6
    assert "caf?" in printed


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("VIDEOTHEQUE_PORT", "abc", "port : nombre entier attendu"),
        ("VIDEOTHEQUE_CLIPS__MINIMUM_S", "500", "il faut minimum ≤ idéal ≤ maximum"),
        ("VIDEOTHEQUE_CLIPS", "abc", "VIDEOTHEQUE_CLIPS__IDEAL_S=60"),
        ("VIDEOTHEQUE_ASR_BLOCK_S", "1", "asr_block_s"),
    ],
)
def test_a_bad_setting_is_named(
    videotheque: Command, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    """The sentence names the setting and what is wrong with it; no command runs."""
    monkeypatch.setenv(name, value)

    status, printed, errors = videotheque("status")

    assert (1, "") == (status, printed)
    assert said in _one_sentence(errors)


def _file_in_its_place(home: Path) -> None:
    home.write_text("", "utf-8")


def _unwritable(home: Path) -> None:
    home.symlink_to("/proc/videotheque")  # where not even an administrator writes


def _corrupt_database(home: Path) -> None:
    home.mkdir()
    (home / "videotheque.sqlite3").write_bytes(b"ceci n'est pas une base\n" * 100)


@pytest.mark.parametrize("spoil", [_file_in_its_place, _unwritable, _corrupt_database])
@pytest.mark.parametrize("arguments", [("status",), ("nightly",), ("search", "bonjour"), ("serve", "--port", "0")])
def test_a_home_that_cannot_be_used_is_told(
    videotheque: Command, home: Path, spoil: Callable[[Path], None], arguments: tuple[str, ...]
) -> None:
    """Nothing runs and nothing is shown without the register; the setting is named."""
    spoil(home)

    status, printed, errors = videotheque(*arguments)

    assert (1, "") == (status, printed)
    assert "VIDEOTHEQUE_HOME" in _one_sentence(errors)


@pytest.mark.parametrize("mode", ["hybrid", "keyword", "semantic"])
def test_an_empty_library_is_told_as_such(videotheque: Command, mode: str) -> None:
    """Nothing found because nothing is there: status 1, and what to do."""
    status, _, errors = videotheque("search", "bonjour", "--mode", mode)

    assert status == 1
    assert "La vidéothèque est vide : lancez « videotheque nightly »" in _one_sentence(errors)


@pytest.mark.parametrize(
    "question",
    ["🙂", '"', "(((", "))(*:^~ AND OR NOT", "'; DROP TABLE clips; --", "\\", "-", "\udcff", "[/b]", "title:x^9"],
)
def test_no_question_breaks_the_search(
    videotheque: Command, library: Library, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    """Signs of query languages are text like any other; the library is the same afterwards."""
    monkeypatch.setenv("VIDEOTHEQUE_HOME", str(library.home))

    status, printed, errors = videotheque("search", "--mode", "keyword", "--", question)

    assert (0, "") == (status, errors)
    assert printed.strip() != ""
    assert videotheque("status")[1].count("publié") == 4


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("search", "a" * 10_000), 1, "trop longue (10000 caractères, 1000 au plus)"),
        (("search", "   "), 1, "La question est vide"),
        (("search", "métier", "--limit", "0"), 1, "--limit va de 1 à 50"),
        (("reprocess", "essai-inconnu"), 1, "Aucune rencontre « essai-inconnu »"),
        (("reprocess", "\udcff"), 1, "Aucune rencontre « ? »"),
        (("reprocess", "essai-stereo", "--from", "montage"), 2, "« montage » n'est pas admis"),
        (("status", "[/b]"), 1, "Aucune rencontre « [/b] »"),
        (("remove", "essai-inconnu"), 1, "Aucune rencontre « essai-inconnu »"),
        (("consent", "show", "essai-inconnu"), 1, "Aucune rencontre « essai-inconnu »"),
        (("consent", "withdraw", "essai-stereo", "--person", "voisin"), 1, "« voisin » ne désigne pas une seule"),
        (("consent", "withdraw", "essai-stereo", "--person", "pro", "--purpose", "tout"), 1, "pas une finalité"),
        (("serve", "--port", "99999"), 1, "choisissez un autre port"),
        (("partir",), 2, "« partir » n'est pas admis"),
        ((), 2, "il manque"),
    ],
)
def test_a_wrong_command_is_one_french_sentence(
    videotheque: Command,
    library: Library,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    status: int,
    said: str,
) -> None:
    """What, why, what to do; 1 for a fault of content, 2 for a fault of form."""
    monkeypatch.setenv("VIDEOTHEQUE_HOME", str(library.copy(tmp_path / "copy").home))

    ended, _, errors = videotheque(*arguments)

    assert status == ended
    assert said in _one_sentence(errors)


def test_a_corrupt_pointer_is_told_and_the_night_mends_it(
    videotheque: Command, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Search says that the index is damaged; a night that has nothing else to do makes it again."""
    settings = library.copy(tmp_path / "copy")
    monkeypatch.setenv("VIDEOTHEQUE_HOME", str(settings.home))
    monkeypatch.setenv("VIDEOTHEQUE_INBOX", str(library.inbox))
    (settings.index_folder / "CURRENT").write_bytes(b"\x00\xff")

    status, _, errors = videotheque("search", "métier", "--mode", "keyword")
    night = videotheque("nightly")
    mended = videotheque("search", "métier", "--mode", "keyword")

    assert status == 1
    assert "CURRENT" in _one_sentence(errors)
    assert "extraits à chercher" in night[1]
    assert mended[0] == 0


def test_a_file_where_the_index_should_be_is_told_in_the_run(
    videotheque: Command, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The night still prints its table; the index line says what the system refused; status 1."""
    settings = library.copy(tmp_path / "copy")
    monkeypatch.setenv("VIDEOTHEQUE_HOME", str(settings.home))
    monkeypatch.setenv("VIDEOTHEQUE_INBOX", str(library.inbox))
    shutil.rmtree(settings.index_folder)
    settings.index_folder.write_text("", "utf-8")

    status, printed, errors = videotheque("nightly")

    assert (1, "") == (status, errors)
    assert "Index : Le système a refusé" in " ".join(printed.split())


def test_the_answer_as_json_is_json_alone(
    videotheque: Command, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program can read the whole of standard output."""
    monkeypatch.setenv("VIDEOTHEQUE_HOME", str(library.home))

    status, printed, errors = videotheque("search", "métier", "--mode", "keyword", "--json")

    assert (0, "") == (status, errors)
    assert json.loads(printed)["query"] == "métier"


def test_the_schema_accepts_a_demo_meeting_and_refuses_an_unknown_field(videotheque: Command, meeting: Path) -> None:
    """The printed JSON Schema says what ``add`` says."""
    status, printed, _ = videotheque("schema", "meeting")
    schema = json.loads(printed)
    described = json.loads((meeting / "meeting.json").read_text("utf-8"))

    jsonschema.validate(described, schema)

    assert status == 0
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**described, "couleur": "bleu"}, schema)


def test_the_version_is_that_of_the_package(videotheque: Command) -> None:
    """``--version`` prints one line."""
    assert (0, f"videotheque {__version__}\n", "") == videotheque("--version")


def test_the_help_is_french(videotheque: Command) -> None:
    """No English word of argparse's is left."""
    status, printed, _ = videotheque("--help")

    assert status == 0
    assert printed.startswith("usage : ")
    assert not {"show", "positional", "exit"} & set(printed.split())


def test_a_terminal_without_our_letters_shows_marks_in_their_place(library: Library) -> None:
    """An ASCII terminal or log gets the table all the same."""
    done = run(environment(library.home, PYTHONIOENCODING="ascii"), "status")

    assert done.stderr == ""
    assert "essai-stereo" in done.stdout


def test_the_site_ends_quietly_on_ctrl_c(library: Library) -> None:
    """``serve`` says its address, and Ctrl-C ends it without a traceback."""
    env = {**environment(library.home), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command("serve", "--port", "0"),
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hear_interruptions,
    )
    assert process.stdout is not None
    try:
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=120)
    finally:
        process.kill()

    assert "Ctrl-C pour arrêter" in first
    assert process.returncode in (0, 130, -signal.SIGINT)
    assert "Traceback" not in errors

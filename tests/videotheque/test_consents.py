"""The commands of proof, as an operator types them."""

from __future__ import annotations

import json
import re
import sqlite3
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from consent.records import PersonId, Span
from pipeline.catalogue import Catalogue
from pipeline.opening import open_register
from pipeline.outputs import OutputStore, provenance
from pipeline.records import Stage, Transcript, TranscriptOrigin, Utterance, Word
from pipeline.settings import Settings
from tests.videotheque.conftest import DESCRIBED, Command


def test_a_whole_register_is_told_with_its_root(videotheque: Command) -> None:
    """Nothing was changed: the command says so, and how many entries there are."""
    status, out, err = videotheque("consent", "verify")

    assert (status, err) == (0, "")
    assert out.startswith("Le registre est entier : 4 entrées, racine ")


def test_a_changed_register_is_told_with_its_first_bad_entry(videotheque: Command, home: Path) -> None:
    """One edited entry: the status is 1, and the sentence names the entry."""
    with sqlite3.connect(home / "videotheque.sqlite3") as connection:
        connection.execute("DROP TRIGGER consent_events_no_update")
        connection.execute("UPDATE consent_events SET document = replace(document, 'given', 'refused') WHERE seq = 3")
    connection.close()

    status, _, err = videotheque("consent", "verify")

    assert status == 1
    assert "première entrée en cause : 3" in err
    assert err.count("\n") == 1


def test_a_head_that_was_kept_shows_a_rollback(videotheque: Command, home: Path, tmp_path: Path) -> None:
    """The head written before the file was put back names the first entry that is gone, even without the keys' head."""
    database = home / "videotheque.sqlite3"
    with sqlite3.connect(database) as connection:
        connection.execute("VACUUM INTO ?", (str(tmp_path / "older.sqlite3"),))
    connection.close()
    videotheque("consent", "withdraw", DESCRIBED.id, "--person", "jeune")
    head = tmp_path / "head.json"
    head.write_text(videotheque("consent", "head")[1], "utf-8")
    for left in home.glob("videotheque.sqlite3*"):
        left.unlink()
    (tmp_path / "older.sqlite3").rename(database)

    assert "première entrée en cause : 5" in videotheque("consent", "verify")[2]
    (home / "keys" / "head.json").unlink()
    assert "première entrée en cause : 5" in videotheque("consent", "verify", "--head", str(head))[2]


def test_a_receipt_is_written_and_checked(videotheque: Command, tmp_path: Path) -> None:
    """What the command writes is checked by the command, with the public key, and refused once changed."""
    _, receipt, _ = videotheque("consent", "receipt", DESCRIBED.id, "--person", "jeune")
    _, key, _ = videotheque("consent", "public-key")
    path = tmp_path / "recu.json"
    path.write_text(receipt, "utf-8")

    assert json.loads(receipt)["statement"]["parties"][0]["name"] == "Association Exemple"
    status, out, _ = videotheque("consent", "check-receipt", str(path), "--key", key.strip())
    assert (status, "signé par cette vidéothèque" in out) == (0, True)
    path.write_text(receipt.replace("Exemple", "exemple"), "utf-8")
    assert videotheque("consent", "check-receipt", str(path))[0] == 1
    assert "ne peut pas être lu" in videotheque("consent", "check-receipt", str(tmp_path / "absent"))[2]


def test_a_persons_file_is_an_archive_of_what_is_theirs(videotheque: Command, tmp_path: Path) -> None:
    """Name and contacts given with the command are in the person's archive, and in clear nowhere in the home."""
    path = tmp_path / "dossier.zip"
    who = (DESCRIBED.id, "--person", "young_person")
    assert videotheque("consent", "identify", *who, "--name", "Malik Zyx", "--contact", "zyx@exemple.fr")[0] == 0
    assert videotheque("consent", "file", *who, "--output", str(path))[0] == 0

    with zipfile.ZipFile(path) as archive:
        names, dossier = set(archive.namelist()), json.loads(archive.read("dossier.json"))
    assert {"dossier.json", "recu.json"} <= names
    assert dossier["identity"] == {"person_id": "jeune", "name": "Malik Zyx", "contacts": ["zyx@exemple.fr"]}
    assert all(b"zyx@exemple.fr" not in one.read_bytes() for one in (tmp_path / "home").rglob("*") if one.is_file())
    assert videotheque("consent", "file", DESCRIBED.id, "--person", "voisin", "--output", str(path))[0] == 1


def test_a_persons_file_tells_of_nobody_elses_answers(videotheque: Command, tmp_path: Path) -> None:
    """The professional's refusal is his: the young person's file says that nothing is shown, and not who said no."""
    videotheque("consent", "withdraw", DESCRIBED.id, "--person", "pro", "--purpose", "show_face")
    path = tmp_path / "dossier.zip"

    assert videotheque("consent", "file", DESCRIBED.id, "--person", "jeune", "--output", str(path))[0] == 0

    with zipfile.ZipFile(path) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert not any('"pro"' in text or "withdrawn" in text for text in texts.values())
    assert json.loads(texts["dossier.json"])["shown"] is False
    assert json.loads(texts["ce-qui-est-garde.json"])["source"]["files"] == len(DESCRIBED.files())


def test_a_persons_file_is_for_its_owners_eyes_and_replaces_no_other(videotheque: Command, tmp_path: Path) -> None:
    """Nobody else on the machine reads it; a file of that name is left as it was, and said to be there."""
    path, other = tmp_path / "dossier.zip", tmp_path / "autre.zip"
    other.write_text("à moi", "utf-8")
    who = (DESCRIBED.id, "--person", "jeune", "--output")

    status, _, err = videotheque("consent", "file", *who, str(other))

    assert 0 == videotheque("consent", "file", *who, str(path))[0]
    assert 0o600 == path.stat().st_mode & 0o777
    assert (1, 1, "à moi") == (status, err.count("\n"), other.read_text("utf-8"))
    assert "existe déjà" in err
    assert 1 == videotheque("consent", "file", *who, str(path))[0]


def test_a_persons_words_and_no_others_are_in_their_file(videotheque: Command, home: Path, tmp_path: Path) -> None:
    """What each said, as it was written down; a guardian's file holds their child's."""
    settings = Settings(home=home)
    recording = Catalogue(open_register(settings), settings.reviewers).meeting(DESCRIBED.id).recording_id
    made = provenance(Stage.TRANSCRIBE, "test", (), {}, datetime(2026, 5, 1, tzinfo=UTC))
    said = {"jeune": "Pourquoi ce métier ?", "pro": "Parce que j'aime soigner."}
    utterances = tuple(
        Utterance(speaker=PersonId(who), words=(Word(text=text, span=Span(start=at, end=at + 1), probability=1),))
        for at, (who, text) in enumerate(said.items())
    )
    transcript = Transcript(
        recording_id=recording, language="fr", origin=TranscriptOrigin.MODEL, utterances=utterances, provenance=made
    )
    OutputStore(settings.recordings_folder).produce(recording, Stage.TRANSCRIBE, made.key, lambda _: transcript)
    words = {}

    for who in said:
        path = tmp_path / f"{who}.zip"
        assert 0 == videotheque("consent", "file", DESCRIBED.id, "--person", who, "--output", str(path))[0]
        with zipfile.ZipFile(path) as archive:
            words[who] = [json.loads(line)["text"] for line in archive.read("paroles.jsonl").decode().splitlines()]

    assert {who: [text] for who, text in said.items()} == words


def test_a_notice_says_whom_to_write_to(videotheque: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below the text whose hash is kept; where no contact is set, the operator is told, and the text is printed."""
    without = videotheque("consent", "notice", "guardian")
    monkeypatch.setenv("VIDEOTHEQUE_CONTROLLER__CONTACT", "accords@exemple.fr")

    status, out, err = videotheque("consent", "notice", "guardian")

    assert (0, "") == (status, err)
    assert out.endswith("Pour nous joindre : Association Exemple, accords@exemple.fr.\n")
    assert without[0] == 0
    assert "VIDEOTHEQUE_CONTROLLER__CONTACT" in without[2]


def test_lost_links_are_revoked_by_a_command(videotheque: Command) -> None:
    """One sentence that says what to do next; somebody who is not there is refused."""
    status, out, _ = videotheque("review", "revoke", DESCRIBED.id, "--person", "jeune")

    assert (0, 1) == (status, out.count("\n"))
    assert "ne marchent plus" in out
    assert 1 == videotheque("review", "revoke", DESCRIBED.id, "--person", "voisin")[0]
    told = re.search(r"\(videotheque (.*?)\)", out)
    assert told is not None
    status, links, _ = videotheque(*told[1].split())  # the very command that the sentence names
    assert (0, True) == (status, "jeune" in links)


def test_the_record_of_processing_is_json(videotheque: Command) -> None:
    """Twelve activities, counted on the register."""
    status, out, _ = videotheque("consent", "registry")
    record = json.loads(out)

    assert (status, record["recordings"], len(record["activities"])) == (0, 1, 12)
    assert record["controller"]["name"] == "Association Exemple"


def test_everybodys_notice_can_be_printed(videotheque: Command) -> None:
    """The operator hands over the very text whose hash the receipt will bear."""
    status, out, _ = videotheque("consent", "notice", "young_person")

    assert (status, out.splitlines()[0]) == (0, "# Ta rencontre filmée : ce que tu acceptes, et comment dire stop")


def test_a_policy_that_is_not_one_is_refused(
    videotheque: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Neither an absent file nor a permissive one is taken: one sentence, and nothing runs."""
    path = tmp_path / "policy.toml"
    monkeypatch.setenv("VIDEOTHEQUE_CONSENT_POLICY", str(path))
    assert "ne peut pas être lu" in videotheque("consent", "verify")[2]
    path.write_text('version = "x"\n[guardians.adult]\ndefault = "none"\n', "utf-8")

    status, _, err = videotheque("consent", "verify")

    assert (status, err.count("\n")) == (1, 1)
    assert "n'est pas admis" in err

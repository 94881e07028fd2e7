"""Backups: what is withdrawn after one was taken is served by none that is restored, on this machine or on another."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from consent.errors import KeysUnusable
from consent.links import PersonalLink
from consent.records import PART, PersonId, Purpose, Span
from consent.revocations import Revocations
from flows import night
from flows.backup import RestoreReport, backup, restore
from flows.progress import Silence
from flows.workshop import Workshop
from pipeline.errors import LibraryBusy, PipelineError
from pipeline.keys import LibraryKeys
from pipeline.lock import library_lock
from pipeline.manifest import BackupRefused, copied, read_manifest
from pipeline.opening import open_register
from pipeline.outputs import OUTPUT_FILE
from pipeline.records import Mode
from pipeline.sealed import SealBroken, SealedReader
from pipeline.settings import Settings
from pipeline.withdrawal import Taken
from tests.consent.people import PRO, RECORDING, given_by
from tests.databases import on_either
from tests.flows.nights import PUBLISHED, ROOT, Library, environment, on_server, run, workshop_of
from videotheque.cli import main
from videotheque.library import Library as Shown
from videotheque.view import ClipUnknown, ClipWithdrawn, MediaKind

WITHDRAWN = "essai-platform-transcript"


def _quiet(line: str) -> None:
    del line


@pytest.fixture
def saved(library: Library, tmp_path: Path, server_address: str | None) -> tuple[Settings, Path]:
    """A library and a backup of it."""
    settings = library.copy(tmp_path / "data")
    if server_address is not None:
        settings = on_server(settings, server_address)
    backup(workshop_of(settings), tmp_path / "sauvegarde", _quiet)
    return settings, tmp_path / "sauvegarde"


def _shown(settings: Settings) -> dict[str, set[str]]:
    workshop = workshop_of(settings)
    return {
        one.meeting_id: set(found)
        for one in workshop.catalogue.meetings()
        if (found := workshop.catalogue.live_of(one.recording_id))
    }


def _elsewhere(settings: Settings, folder: Path, tmp_path: Path, keys: Path | None) -> tuple[Settings, RestoreReport]:
    """Restore onto an empty machine that has a copy of the keys' folder."""
    empty = Settings(home=tmp_path / "other", inbox=tmp_path / "other-inbox")
    if keys is not None:
        shutil.copytree(keys, empty.keys_folder)
    return empty, restore(workshop_of(empty), folder, Silence(), _quiet)


@on_either
def test_a_backup_restored_on_an_empty_machine_serves_what_it_served(
    saved: tuple[Settings, Path], tmp_path: Path
) -> None:
    """With the keys: the same clips, found and played; nothing was withdrawn."""
    settings, folder = saved

    empty, report = _elsewhere(settings, folder, tmp_path, settings.keys_folder)

    assert set(PUBLISHED) == set(_shown(empty))
    assert _shown(settings) == _shown(empty)
    left_out = (report.denied, report.erased, report.removed, report.damaged, report.present)
    assert (((),) * 5, "") == (left_out, report.problem)
    shown = Shown(empty)
    shown.__dict__["_embedder"] = workshop_of(empty).embedder
    (clip, *_) = shown.explore(1)
    assert clip.id in {hit.clip.id for hit in shown.search(clip.title, Mode.HYBRID, 20).hits}
    assert shown.media(clip.id, MediaKind.VIDEO).stat().st_size > 0


def test_what_anybody_wrote_of_their_agreement_is_restored(tmp_path: Path) -> None:
    """A channel that holds a separator of lines, as earlier versions took it, is read back as it was said."""
    before = Workshop(Settings(home=tmp_path / "home", inbox=tmp_path / "inbox"))
    said = given_by(PRO).model_copy(update={"channel": "papier\u2028signé\x85"})
    before.register.declare(RECORDING, (PRO,), [said])
    backup(before, tmp_path / "sauvegarde", _quiet)

    empty, report = _elsewhere(before.settings, tmp_path / "sauvegarde", tmp_path, before.settings.keys_folder)

    assert report.problem == ""
    assert [said.channel] == [one.channel for one in Workshop(empty).register.history(RECORDING)]


def test_a_backup_holds_no_word_and_no_key(saved: tuple[Settings, Path]) -> None:
    """No title, name, meeting's id, sound or picture can be read of it, and no key opens it."""
    settings, folder = saved
    workshop = workshop_of(settings)
    live = [workshop.catalogue.live_of(meeting.recording_id).values() for meeting in workshop.catalogue.meetings()]
    clips = [one.clip for found in live for one in found]
    words = [clip.title.encode() for clip in clips] + [b"Awa N.", *(name.encode() for name in PUBLISHED)]
    words += [path.read_bytes() for path in settings.keys_folder.rglob("*.key")]
    content = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())

    assert len(words) > 8
    assert [word for word in words if word in content] == []
    assert b"ftypisom" not in content
    assert b"RIFF" not in content[: 16 * 1024 * 1024]


@pytest.mark.parametrize("erased", [True, False])
def test_what_was_withdrawn_since_a_backup_is_not_served_by_it(
    saved: tuple[Settings, Path], tmp_path: Path, erased: bool
) -> None:
    """On an empty machine with the keys of today: the withdrawn meeting stays away, erased already or not yet."""
    settings, folder = saved
    workshop = workshop_of(settings)
    meeting = workshop.catalogue.meeting(WITHDRAWN)
    gone = set(workshop.catalogue.live_of(meeting.recording_id))
    if erased:
        night.withdraw(workshop, meeting, PersonId("jeune"), Silence())
    else:
        with library_lock(settings.home / "library.lock", 0, print):  # a run is at work: suppressed, not erased
            night.withdraw(workshop_of(settings), meeting, PersonId("jeune"), Silence())

    empty, report = _elsewhere(settings, folder, tmp_path, settings.keys_folder)

    assert set(PUBLISHED) - {WITHDRAWN} == set(_shown(empty))
    assert ((meeting.recording_id,), (), ()) == (report.denied, report.erased, report.removed)
    assert not (empty.recordings_folder / meeting.recording_id).exists()
    assert "" == workshop_of(empty).register.ledger.verify().problem
    assert list(empty.keys_folder.glob("head-before-restore-*.json"))
    for clip_id in gone:
        with pytest.raises((ClipWithdrawn, ClipUnknown)):
            Shown(empty).clip(clip_id)


def test_an_erased_recording_cannot_be_read_in_an_older_backup(saved: tuple[Settings, Path]) -> None:
    """Its key is destroyed: no key of the library opens the archive, which did open before."""
    settings, folder = saved
    workshop = workshop_of(settings)
    meeting = workshop.catalogue.meeting(WITHDRAWN)
    archive = folder / "recordings" / f"{meeting.recording_id}.sealed"
    before = workshop.keyring.known(meeting.recording_id)
    assert before is not None
    with archive.open("rb") as file:
        assert SealedReader(file, before, meeting.recording_id).read(100)

    night.withdraw(workshop, meeting, PersonId("jeune"), Silence())

    keys = [path.read_bytes() for path in settings.keys_folder.rglob("*.key")]
    assert workshop.keyring.known(meeting.recording_id) is None
    assert before not in keys
    for key in keys:
        with archive.open("rb") as file, pytest.raises(SealBroken):
            SealedReader(file, key, meeting.recording_id).read(100)


def test_a_restore_over_a_library_that_knows_more_brings_nothing_withdrawn_back(saved: tuple[Settings, Path]) -> None:
    """The present register is newer and is kept; a meeting that is still there is left as it is."""
    settings, folder = saved
    workshop = workshop_of(settings)
    night.withdraw(workshop, workshop.catalogue.meeting(WITHDRAWN), PersonId("pro"), Silence())
    before = _shown(settings)

    report = restore(workshop_of(settings), folder, Silence(), _quiet)

    assert before == _shown(settings)
    assert report.recordings == ()
    assert len(report.denied) == 1


@on_either
def test_a_clip_refused_since_a_backup_stays_away_and_its_recording_is_not_readable(
    saved: tuple[Settings, Path], tmp_path: Path
) -> None:
    """A copy cannot forget a part: the recording's key is destroyed with it, and the next backup has another."""
    settings, folder = saved
    workshop = workshop_of(settings)
    meeting = workshop.catalogue.meeting("essai-stereo")
    first, *_ = sorted(
        (one.clip for one in workshop.catalogue.live_of(meeting.recording_id).values()), key=lambda one: one.span.start
    )
    passage = Span(start=first.span.start, end=first.span.start + 1)
    night.take_back(workshop, meeting, PersonId("pro"), Taken(passages=(passage,)), Silence())
    rest = _shown(settings)
    backup(workshop_of(settings), tmp_path / "suivante", _quiet)

    old, _ = _elsewhere(settings, folder, tmp_path / "a", settings.keys_folder)
    new, _ = _elsewhere(settings, tmp_path / "suivante", tmp_path / "b", settings.keys_folder)

    assert "essai-stereo" not in _shown(old)
    assert rest == _shown(new)


def test_a_clip_taken_back_and_not_erased_yet_is_not_restored(saved: tuple[Settings, Path], tmp_path: Path) -> None:
    """Its recording's key still opens the copy: the others come back, and of that clip no row and no file is left."""
    settings, folder = saved
    meeting = workshop_of(settings).catalogue.meeting("essai-stereo")
    first, *others = workshop_of(settings).catalogue.live_of(meeting.recording_id)
    with library_lock(settings.home / "library.lock", 0, print):  # a run is at work: suppressed, not erased
        night.take_back(workshop_of(settings), meeting, PersonId("pro"), Taken(clip_id=first), Silence())

    empty, report = _elsewhere(settings, folder, tmp_path, settings.keys_folder)

    assert meeting.recording_id in report.recordings
    assert tuple(sorted(others)) == workshop_of(empty).catalogue.ids_of(meeting.recording_id)
    files = [path for path in empty.home.rglob("*") if path.is_file() and "keys" not in path.parts]
    assert not [path for path in files if first in path.name]


def test_what_the_operator_is_having_removed_is_not_restored(saved: tuple[Settings, Path], tmp_path: Path) -> None:
    """Nobody withdrew anything, nothing is erased yet: it stays away, and is told as what it is."""
    settings, folder = saved
    workshop = workshop_of(settings.model_copy(update={"lock_wait_s": 0.0}))
    meeting = workshop.catalogue.meeting("essai-webm")
    with library_lock(settings.home / "library.lock", 0, print), pytest.raises(LibraryBusy):
        night.remove(workshop, meeting, Silence())

    empty, report = _elsewhere(settings, folder, tmp_path, settings.keys_folder)

    assert ((meeting.recording_id,), ()) == (report.removed, report.denied)
    assert set(PUBLISHED) - {"essai-webm"} == set(_shown(empty))


def test_the_command_says_why_each_is_left_out(
    saved: tuple[Settings, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a clip's erasure made unreadable is no withdrawal of the meeting, and is not called one."""
    settings, folder = saved
    workshop = workshop_of(settings)
    meeting = workshop.catalogue.meeting("essai-stereo")
    first, *_ = workshop.catalogue.live_of(meeting.recording_id)
    night.take_back(workshop, meeting, PersonId("pro"), Taken(clip_id=first), Silence())
    night.withdraw(workshop, workshop.catalogue.meeting(WITHDRAWN), PersonId("jeune"), Silence())
    other = Settings(home=tmp_path / "other", inbox=tmp_path / "other-inbox")
    shutil.copytree(settings.keys_folder, other.keys_folder)
    monkeypatch.setenv("VIDEOTHEQUE_HOME", str(other.home))
    monkeypatch.setenv("COLUMNS", "200")

    status = main(["restore", str(folder)])

    told = capsys.readouterr().out
    assert 0 == status
    assert "Laissées de côté : 1 dont tout ou partie a été effacé depuis" in told
    assert "Laissées de côté : 1 que les accords ne permettent plus de garder" in told
    assert "La sauvegarde ignorait 3 refus, retraits, échéances, effacements ou corrections" in told
    assert "retirées" not in told


def test_without_the_list_of_withdrawals_nothing_is_restored(saved: tuple[Settings, Path], tmp_path: Path) -> None:
    """An empty machine without the keys' folder: refused in one sentence, and nothing is there afterwards."""
    settings, folder = saved

    with pytest.raises(BackupRefused, match="liste des retraits"):
        _elsewhere(settings, folder, tmp_path, None)

    assert _shown(Settings(home=tmp_path / "other", inbox=tmp_path / "other-inbox")) == {}


def test_a_database_put_back_by_hand_is_held_to_the_list_before_it_is_served(library: Library, tmp_path: Path) -> None:
    """The database file itself, of before the withdrawal, under keys kept elsewhere: served, it shows nothing of it."""
    settings = library.copy(tmp_path / "data")
    shutil.move(settings.keys_folder, tmp_path / "keys")
    settings = settings.model_copy(update={"keys": tmp_path / "keys"})
    workshop = workshop_of(settings)
    meeting = workshop.catalogue.meeting(WITHDRAWN)
    copy = sqlite3.connect(tmp_path / "copy.sqlite3")
    sqlite3.connect(settings.database_file).backup(copy)
    copy.close()
    night.withdraw(workshop, meeting, PersonId("jeune"), Silence())
    workshop.register.database.close()
    for left in settings.home.glob("videotheque.sqlite3*"):
        left.unlink()
    shutil.copy(tmp_path / "copy.sqlite3", settings.database_file)

    assert set(PUBLISHED) - {WITHDRAWN} == set(_shown(settings))


def test_a_changed_backup_is_refused(saved: tuple[Settings, Path], tmp_path: Path) -> None:
    """A byte of an archive, or of the register, that is not what was written: nothing is restored."""
    settings, folder = saved
    register = folder / "register.jsonl"
    register.write_bytes(register.read_bytes().replace(b"given", b"givem", 1))

    with pytest.raises(BackupRefused, match="a changé"):
        _elsewhere(settings, folder, tmp_path, settings.keys_folder)


def test_a_backup_taken_while_outputs_are_replaced_is_whole(saved: tuple[Settings, Path], tmp_path: Path) -> None:
    """What a run left half-written is not copied; the commands tell what was done."""
    settings, _ = saved
    workshop = workshop_of(settings)
    meeting = workshop.catalogue.meeting("essai-webm")
    half = settings.recordings_folder / meeting.recording_id / "render" / ".tmp-half"
    half.mkdir()
    (half / OUTPUT_FILE).write_text("{", "utf-8")
    env = environment(settings.home, settings.inbox)

    with library_lock(settings.home / "library.lock", 0, print):
        done = run(env, "backup", str(tmp_path / "deux"))
        again = run(env, "backup", str(tmp_path / "deux"))
    manifest = json.loads((tmp_path / "deux" / "backup.json").read_bytes())
    empty = Settings(home=tmp_path / "other", inbox=tmp_path / "other-inbox")
    shutil.copytree(settings.keys_folder, empty.keys_folder)
    restored = run(environment(empty.home, empty.inbox), "restore", str(tmp_path / "deux"))

    assert (0, "") == (done.returncode, done.stderr)
    assert "Les clés n'y sont pas" in done.stdout
    assert again.returncode == 1
    assert "n'est pas vide" in again.stderr
    assert meeting.recording_id in manifest["recordings"]
    assert (0, "") == (restored.returncode, restored.stderr)
    assert _shown(settings) == _shown(empty)
    assert not (empty.recordings_folder / meeting.recording_id / "render" / ".tmp-half").exists()


def _small(tmp_path: Path) -> tuple[Workshop, Path]:
    """A register of two entries, a certificate, and their backup."""
    workshop = Workshop(Settings(home=tmp_path / "home", inbox=tmp_path / "inbox"))
    workshop.register.declare(RECORDING, (PRO,), [given_by(PRO)])
    certificates = workshop.settings.certificates_folder
    certificates.mkdir()
    (certificates / "eff-0123456789abcdef.json").write_text("{}", "utf-8")
    (certificates / "à lire.json").write_text("{}", "utf-8")
    backup(workshop, tmp_path / "sauvegarde", _quiet)
    return workshop, tmp_path / "sauvegarde"


def _changed(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the manifest as whoever has not the key can."""
    written = json.loads((folder / "backup.json").read_bytes())
    change(written)
    (folder / "backup.json").write_text(json.dumps(written), "utf-8")


def _rewritten(workshop: Workshop, folder: Path, change: Callable[[bytes], bytes]) -> None:
    """Change the register, and sign all of it anew, as whoever has the key can."""
    register = folder / "register.jsonl"
    register.write_bytes(change(register.read_bytes()))
    manifest = read_manifest(folder).model_copy(update={"register_file": copied(folder, "register.jsonl")})
    signed = manifest.signed(workshop.keyring.for_certificates())
    (folder / "backup.json").write_text(signed.model_dump_json(), "utf-8")


def _last_event_cut(content: bytes) -> bytes:
    return b"".join(line for line in content.splitlines(keepends=True) if b'"seq": 2' not in line)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda content: content.replace(b"given", b"refused", 1), "n'est pas celle qui a été écrite"),
        (_last_event_cut, "manquent"),
        (lambda content: content + b"pas du JSON\n", "ne se relit pas"),
        (lambda content: content + b"[1, 2]\n", "ne se relit pas"),
        (lambda content: content + b"\xff\xfe\n", "ne se relit pas"),
    ],
)
def test_a_register_that_is_not_the_one_written_is_never_put_in_place(
    tmp_path: Path, change: Callable[[bytes], bytes], told: str
) -> None:
    """Even signed anew with the very key: chain, signatures and head are checked before; then nothing is there."""
    workshop, folder = _small(tmp_path)
    _rewritten(workshop, folder, change)

    with pytest.raises(PipelineError, match=told):
        _elsewhere(workshop.settings, folder, tmp_path, workshop.settings.keys_folder)

    assert Workshop(Settings(home=tmp_path / "other")).register.ledger.head() is None


def _a_file_instead(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("un fichier", "utf-8")


def _without_signature(written: dict[str, Any]) -> None:
    written["signature"] = ""


def _another_date(written: dict[str, Any]) -> None:
    written["made_at"] = "2020-01-01T00:00:00Z"


def _leading_out(written: dict[str, Any]) -> None:
    written["others"] = [{"name": "../../evil", "sha256": "0" * 64}]


def _recording_leading_out(written: dict[str, Any]) -> None:
    written["recordings"] = {"../../evil": {"name": "register.jsonl", "sha256": "0" * 64}}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: _changed(folder, _without_signature),
        lambda folder: _changed(folder, _another_date),
        lambda folder: _changed(folder, _leading_out),
        lambda folder: _changed(folder, _recording_leading_out),
        lambda folder: (folder / "backup.json").write_text("[]", "utf-8"),
        lambda folder: (folder / "backup.json").write_bytes(b"\xff"),
        lambda folder: (folder / "backup.json").unlink(),
        lambda folder: (folder / "register.jsonl").unlink(),
        lambda folder: (folder / "register.jsonl").write_bytes((folder / "register.jsonl").read_bytes()[:-9]),
        _a_file_instead,
        shutil.rmtree,
    ],
)
def test_whatever_is_no_sound_backup_is_told_in_one_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    spoil: Callable[[Path], object],
) -> None:
    """Changed, cut, of another kind, naming files outside of it: refused, and nothing here or there is lost."""
    workshop, folder = _small(tmp_path)
    evil = tmp_path / "other" / "evil"
    evil.mkdir(parents=True)
    shutil.copytree(workshop.settings.keys_folder, tmp_path / "other" / "home" / "keys")
    monkeypatch.setenv("VIDEOTHEQUE_HOME", str(tmp_path / "other" / "home"))
    spoil(folder)

    status = main(["restore", str(folder)])

    told = capsys.readouterr().err
    assert (1, 1) == (status, told.count("\n"))
    assert "Traceback" not in told
    assert evil.is_dir()
    assert Workshop(Settings(home=tmp_path / "other" / "home")).register.ledger.head() is None
    assert workshop.register.ledger.verify().problem == ""


def test_a_backup_may_be_written_where_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """« . » is a folder like any other: taken where it is empty, refused in one sentence where it is not."""
    workshop, _ = _small(tmp_path)
    (tmp_path / "vide").mkdir()
    monkeypatch.setenv("VIDEOTHEQUE_HOME", str(workshop.settings.home.resolve()))
    monkeypatch.chdir(tmp_path / "vide")

    statuses = [main(["backup", "."]), main(["backup", "."])]

    assert [0, 1] == statuses
    assert "n'est pas vide" in capsys.readouterr().err
    assert (tmp_path / "vide" / "backup.json").exists()


@pytest.mark.parametrize("former", [False, True])
def test_a_link_revoked_since_a_backup_is_dead_where_it_is_restored(tmp_path: Path, former: bool) -> None:
    """As a withdrawal is; and so is one revoked before a backup that an earlier version took, out of the ledger."""
    workshop, folder = _small(tmp_path)
    now = workshop.clock()
    link = PersonalLink(recording_id=RECORDING, person_id=PRO.id, expires_at=now, issued_at=now)
    if former:
        with workshop.register.database.reading() as connection:
            (hidden,) = workshop.register.vault.of(connection, [RECORDING])
        row = {"id": "a", "recording_id": RECORDING, "person_id": hidden, "until": workshop.clock().isoformat()}
        told = json.dumps({"table": "consent_links_revoked", "row": row}).encode() + b"\n"
        _rewritten(workshop, folder, lambda content: content + told)
    else:
        Revocations(workshop.register).revoke(RECORDING, PRO.id)

    empty, report = _elsewhere(workshop.settings, folder, tmp_path, workshop.settings.keys_folder)

    assert "" == report.problem
    assert Revocations(Workshop(empty).register).kills(link)
    assert "" == open_register(empty, held=False).ledger.verify().problem


_KILLED = """
import os, sys
from pathlib import Path
from consent.ledger import Ledger
from flows import backup as module, reinstating
from flows.progress import Silence
from flows.workshop import Workshop
from pipeline.settings import Settings
from pipeline.stops import StopBook
from tests.killing import Killing

def run(home, folder, at):
    watched = Killing(at).watched
    for name in ("insert_rows", "announce_restoring", "finish_restoring"):
        setattr(reinstating, name, watched(getattr(reinstating, name)))
    module.refresh_index = watched(module.refresh_index)
    Ledger.write_beside = watched(Ledger.write_beside)
    StopBook.keep = watched(StopBook.keep)
    module.restore(Workshop(Settings(home=home, inbox=home / "inbox")), folder, Silence(), lambda line: None)

for line in sys.stdin:  # each in a process of its own, which has imported everything already
    home, at = line.split()
    child = os.fork()
    if not child:
        run(Path(home), Path(sys.argv[1]), int(at))
        os._exit(0)
    print(os.waitpid(child, 0)[1], flush=True)
"""


def test_killed_anywhere_a_restoration_accuses_nobody_and_shows_nothing_taken_back(tmp_path: Path) -> None:
    """Kill -9 around each of its writes: what is in place verifies whole, holds to the list, and is gone on with."""
    workshop, folder = _small(tmp_path)
    workshop.register.withdraw(RECORDING, PRO.id, frozenset({Purpose.PUBLISH}))
    workshop.register.append(given_by(PRO, "later", workshop.clock()))
    workshop.register.withdraw(RECORDING, PRO.id)
    states = []
    arguments = [sys.executable, "-c", _KILLED, str(folder)]
    with subprocess.Popen(arguments, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdin is not None
        assert killed.stdout is not None
        for at in range(1, 60):
            settings = Settings(home=tmp_path / f"home-{at}", inbox=tmp_path / f"home-{at}" / "inbox")
            shutil.copytree(workshop.settings.keys_folder, settings.keys_folder)
            killed.stdin.write(f"{settings.home} {at}\n")
            killed.stdin.flush()
            ended = int(killed.stdout.readline())
            found = open_register(settings, held=False)
            there = found.ledger.head() is not None
            states.append((there, there and found.ledger.verify().problem))
            assert not open_register(settings).decide(RECORDING, [Purpose.PUBLISH], PART).allowed
            restore(Workshop(settings), folder, Silence(), _quiet)
            assert "" == open_register(settings, held=False).ledger.verify().problem
            assert list(settings.keys_folder.glob("head-before-restore-*.json"))
            if not ended:
                break
        killed.stdin.close()

    assert {(False, False), (True, "")} == set(states)
    assert len(states) > 12


def test_certificates_are_in_a_backup_and_come_back(tmp_path: Path) -> None:
    """They are the proof that something was erased; what else lies beside them is not copied."""
    workshop, folder = _small(tmp_path)

    empty, _ = _elsewhere(workshop.settings, folder, tmp_path, workshop.settings.keys_folder)

    assert ["eff-0123456789abcdef.json"] == [path.name for path in empty.certificates_folder.iterdir()]


def test_the_keys_are_for_the_operator_alone(saved: tuple[Settings, Path]) -> None:
    """Files of 0600 in folders of 0700; a damaged key is told, not replaced."""
    settings, _ = saved
    keys = list(settings.keys_folder.rglob("*.key"))
    ring = LibraryKeys(settings.keys_folder)
    meeting = Workshop(settings).catalogue.meeting("essai-webm")
    (settings.keys_folder / "recordings" / f"{meeting.recording_id}.key").write_bytes(b"court")

    assert len(keys) >= len(PUBLISHED)
    assert {0o600} == {path.stat().st_mode & 0o777 for path in keys}
    assert {0o700} == {path.parent.stat().st_mode & 0o777 for path in keys}
    with pytest.raises(KeysUnusable, match="est abîmé"):
        ring.for_recording(meeting.recording_id)

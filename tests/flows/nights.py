"""Real nights for tests: the command as a process of its own, and homes that it filled."""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from pydantic import SecretStr

from consent.records import RecordingId
from demo.cast import Variant
from flows.generations import refresh_index
from flows.inbox import register_folder
from flows.progress import Silence
from flows.recording import RecordingRun
from flows.workshop import Workshop
from pipeline.catalogue import RegisteredMeeting
from pipeline.index.embed import Embedder, load_embedder
from pipeline.outputs import OUTPUT_FILE
from pipeline.records import Outcome, Stage, StageReport
from pipeline.settings import Settings
from pipeline.tables import insert_rows, recording_rows, register_rows
from tests.conftest import SmallMeeting
from tests.shared import once

ROOT = Path(__file__).parents[2]

VARIANTS = (
    Variant.SEPARATE_FILES,
    Variant.STEREO,
    Variant.PLATFORM_TRANSCRIPT,
    Variant.WEBM,
    Variant.NOT_CONSENTED,
    Variant.TRUNCATED,
)
"""The meetings of the library that many tests read."""

PUBLISHED = ("essai-platform-transcript", "essai-separate-files", "essai-stereo", "essai-webm")

DATABASE = "videotheque.sqlite3"

GENEROUS_S = 300.0
"""Where a command or a wait must end some day; far more than a busy machine needs."""


def environment(home: Path, inbox: Path | None = None, **more: str) -> dict[str, str]:
    """Ours without any setting of the product or of Prefect, then those given."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("VIDEOTHEQUE_", "PREFECT_"))}
    place = {"VIDEOTHEQUE_INBOX": str(inbox)} if inbox else {}
    return {**clean, "VIDEOTHEQUE_HOME": str(home), **place, **more}


def command(*arguments: str, file_blocks: int | None = None) -> list[str]:
    """The command line; ``file_blocks`` limits every file it writes to so many blocks of 512 bytes."""
    plain = [sys.executable, "-m", "videotheque", *arguments]
    if file_blocks is None:
        return plain
    return ["/bin/sh", "-c", f'ulimit -f {file_blocks}; exec "$@"', "videotheque", *plain]


def run(
    env: dict[str, str], *arguments: str, file_blocks: int | None = None, cwd: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Run one command of the product to its end."""
    return subprocess.run(
        command(*arguments, file_blocks=file_blocks),
        env=env,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=GENEROUS_S,
        check=False,
    )


def hear_interruptions() -> None:
    """Have a process to be started hear Ctrl-C, whoever started the tests."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def started(env: dict[str, str], *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A command under way, in a process group of its own; whatever is left of the group is killed in the end."""
    process = subprocess.Popen(
        command(*arguments),
        env=env,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A shell that starts the tests in the background has them ignore Ctrl-C, and so would their children.
        preexec_fn=hear_interruptions,
    )
    try:
        yield process
    finally:
        kill_group(process)
        process.communicate()


def kill_group(process: subprocess.Popen[str], number: int = signal.SIGKILL) -> None:
    """Send a signal to a process and to what it started."""
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return


def wait_until(true: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait for something that a running command does; fail where it ends, or time passes, before."""
    deadline = time.monotonic() + GENEROUS_S
    while not true():
        assert process.poll() is None, "the command ended before"
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.002)


def outputs(home: Path) -> dict[str, int]:
    """Every finished stage output of a home (``recording/stage/key``), with the time its record was written."""
    records = sorted((home / "recordings").glob(f"*/*/*/{OUTPUT_FILE}"))
    return {
        str(path.parent.relative_to(home / "recordings")): path.stat().st_mtime_ns
        for path in records
        if not path.parent.name.startswith(".")
    }


def half_written(home: Path) -> list[str]:
    """What is left under a temporary name."""
    return [str(path.relative_to(home)) for path in home.rglob("*") if ".tmp-" in path.name]


@dataclass(frozen=True)
class Library:
    """A home filled by one real night, its inbox (outside of it), what the night said, and what the next one did."""

    home: Path
    inbox: Path
    first: subprocess.CompletedProcess[str]
    after_first: dict[str, int]
    second: subprocess.CompletedProcess[str]
    second_started_prefect: bool

    def copy(self, folder: Path) -> Settings:
        """A copy of the home and of its inbox, which a test may change: a withdrawal erases sources too."""
        return copied(Settings(home=self.home, inbox=self.inbox), folder)


def copy_home(home: Path, copy: Path) -> None:
    """Copy a home that another test may be reading: SQLite's side files come and go with its readers."""
    shutil.copytree(home, copy, ignore=shutil.ignore_patterns(f"{DATABASE}*"))
    with closing(sqlite3.connect(home / DATABASE)) as held, closing(sqlite3.connect(copy / DATABASE)) as made:
        held.backup(made)


def copied(settings: Settings, home: Path) -> Settings:
    """A copy of a home at ``home`` and of its inbox beside it; the catalogue names the copies."""
    inbox = home.with_name(f"{home.name}-inbox")
    copy_home(settings.home, home)
    shutil.copytree(settings.inbox_folder, inbox)
    former, moved = str(settings.inbox_folder.resolve()), str(inbox.resolve())
    database = sqlite3.connect(home / DATABASE)
    for table, column in (("recordings", "folder"), ("files", "path")):
        database.execute(f"UPDATE {table} SET {column} = replace({column}, ?, ?)", (former, moved))
    database.execute("UPDATE recordings SET home = ?", (str(home.resolve()),))
    database.commit()
    database.close()
    return Settings(home=home, inbox=inbox)


@cache
def _embedder() -> Embedder:
    return load_embedder("bundled", None)


def on_server(settings: Settings, address: str) -> Settings:
    """The same home, its database row for row at a PostgreSQL address instead of in a file."""
    moved = settings.model_copy(update={"database_url": SecretStr(address)})
    file, server = Workshop(settings).register.database, Workshop(moved).register.database
    with file.reading() as source:
        ids = [RecordingId(one) for one in source.exec_driver_sql("SELECT recording_id FROM recordings").scalars()]
        rows = [*register_rows(source), *(row for one in ids for row in recording_rows(source, one))]
    with server.writing() as target:
        insert_rows(target, rows)
    file.close()
    for left in settings.home.glob("videotheque.sqlite3*"):
        left.unlink()
    return moved


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment in which a command works on that home."""
    url = settings.database_url
    server = {} if url is None else {"VIDEOTHEQUE_DATABASE_URL": url.get_secret_value()}
    return environment(settings.home, settings.inbox, **server)


def told_by(settings: Settings) -> bytes:
    """Everything that the database holds: the file's bytes, deleted or not; of a server, every row."""
    if settings.database_url is None:
        return settings.database_file.read_bytes()
    with Workshop(settings).register.database.reading() as connection:
        ids = [RecordingId(one) for one in connection.exec_driver_sql("SELECT recording_id FROM recordings").scalars()]
        rows = [*register_rows(connection), *(row for one in ids for row in recording_rows(connection, one))]
    return "\n".join(rows).encode()


def workshop_of(settings: Settings) -> Workshop:
    """A workshop with the real embedding model, loaded once for all tests."""
    workshop = Workshop(settings)
    workshop.__dict__["embedder"] = _embedder()  # where the cached property keeps it
    return workshop


def library_of(small_meeting: SmallMeeting, paths: pytest.TempPathFactory) -> Library:
    """The library of the six forms of meetings; made by two real nights, once a session."""
    base = once(paths, "library", lambda base: _make_library(small_meeting, base))
    library: Library = pickle.loads((base / "library.pickle").read_bytes())
    return library


def _make_library(small_meeting: SmallMeeting, base: Path) -> None:
    for variant in VARIANTS:
        shutil.copytree(small_meeting(variant), base / "inbox" / variant.value)
    env = environment(base / "home", base / "inbox")
    first = run(env, "nightly")
    after_first = outputs(base / "home")
    shutil.move(base / "home" / "prefect", base / "prefect")
    second = run(env, "nightly")
    started_prefect = (base / "home" / "prefect").exists()
    shutil.rmtree(base / "home" / "prefect", ignore_errors=True)
    shutil.move(base / "prefect", base / "home" / "prefect")
    library = Library(base / "home", base / "inbox", first, after_first, second, started_prefect)
    (base / "library.pickle").write_bytes(pickle.dumps(library))


def registered(workshop: Workshop, folder: Path) -> RegisteredMeeting:
    """Register a folder as the product does."""
    meeting, _ = register_folder(workshop, folder)
    return workshop.catalogue.meeting(meeting.id)


def stages(workshop: Workshop, meeting: RegisteredMeeting, last: Stage = Stage.INDEX) -> list[StageReport]:
    """Run the stages up to ``last`` in this process, without Prefect; then the index, where it is the last one."""
    work = RecordingRun(workshop, meeting, Silence())
    reports = []
    for stage in Stage:
        reports.append(work.run(stage))
        if stage is last or reports[-1].outcome in (Outcome.FAILED, Outcome.DENIED):
            break
    if last is Stage.INDEX:
        refresh_index(workshop)
    return reports

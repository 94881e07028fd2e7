"""One of two processes that race: ``python -m bench.race WHERE HOME ROUNDS FIRST publish|withdraw``.

Both meet at the same round by looking at the clock of a file each writes; each prints ``RECORDING WHAT`` once its
own act has returned and it has looked what is shown.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

from bench.agreed import clip_of, recording_of
from consent.database import Database
from consent.errors import ConsentDenied
from consent.records import PersonId, RecordingId
from consent.register import Register
from consent.reviewers import Reviewers
from consent.rules import PUBLICATION
from pipeline.catalogue import Catalogue

_PATIENCE_S = 120
"""How long one waits for the other before giving up: a busy machine may stop a process for seconds."""


def main() -> None:
    """Run every round."""
    where, home, rounds, first, part = sys.argv[1:]
    folder = Path(home)
    database = Database(where if where.startswith("postgresql") else Path(where), folder)
    catalogue = Catalogue(Register(database), Reviewers.NOBODY)
    for number in range(int(rounds)):
        recording = recording_of(int(first) + number)
        meet(folder, part, number)
        what = publish(catalogue, recording, number) if part == "publish" else withdraw(catalogue, recording)
        print(recording, what)
    database.close()


def meet(folder: Path, part: str, number: int) -> None:
    """Wait until the other is at this round too; one byte a round is appended to a file of one's own."""
    other = {"publish": "withdraw", "withdraw": "publish"}[part]
    with (folder / f"at-{part}").open("ab") as mine:
        mine.write(b".")
    until = time.monotonic() + _PATIENCE_S
    while not (folder / f"at-{other}").exists() or (folder / f"at-{other}").stat().st_size <= number:
        if time.monotonic() > until:
            raise SystemExit(3)
        time.sleep(0)


def publish(catalogue: Catalogue, recording: RecordingId, number: int) -> str:
    """Publish, then wait for the withdrawal to be known and look."""
    clip = clip_of(recording, number, random.Random(number))
    try:
        catalogue.publish(catalogue.register.clear(recording, *PUBLICATION), recording, [clip], "render", "embedding")
        did = "published"
    except ConsentDenied:
        did = "denied"
    until = time.monotonic() + _PATIENCE_S
    while not any(event.kind.is_no for event in catalogue.register.history(recording)):
        if time.monotonic() > until:
            raise SystemExit(3)
    return f"{did} then {seen(catalogue, recording)}"


def withdraw(catalogue: Catalogue, recording: RecordingId) -> str:
    """Withdraw, then look at once."""
    catalogue.register.withdraw(recording, PersonId("jeune"))
    return seen(catalogue, recording)


def seen(catalogue: Catalogue, recording: RecordingId) -> str:
    """What a visitor would be shown."""
    return "seen" if catalogue.live_of(recording) else "unseen"


if __name__ == "__main__":
    main()

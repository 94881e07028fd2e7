"""Putting a backup's register back where there is none, verified, and told all that was taken back since.

One transaction fills it, checks every entry and says the list of stops to it; its proof begins anew from there
(:mod:`consent.restoring`), whenever the process is killed.
"""

from __future__ import annotations

from pathlib import Path

from consent.restoring import announce_restoring, finish_restoring
from consent.revocations import expect_former, take_former_over_within
from flows.workshop import Workshop
from pipeline.former_stops import FormerStops
from pipeline.manifest import REGISTER, BackupRefused, Manifest
from pipeline.stops import Stops
from pipeline.tables import insert_rows, is_empty, lines_of


def put_register_back(workshop: Workshop, folder: Path, manifest: Manifest, listed: Stops | FormerStops) -> int:
    """Fill an empty register, verified, and say to it what was taken back since; how much of that was new to it.

    Raises:
        BackupRefused: the backup's register is not the one that was written.
    """
    register = workshop.register
    with register.database.writing() as connection:
        empty = is_empty(connection)
        if empty:
            expect_former(connection)
            insert_rows(connection, lines_of((folder / REGISTER).read_bytes().decode(errors="replace")))
            found = register.ledger.verify_within(connection, [manifest.head] if manifest.head else [])
            if found.problem:
                raise BackupRefused(
                    f"Le registre de la sauvegarde n'est pas celui qui a été écrit ({found.problem}) ; rien n'est "
                    "rétabli : prenez-en une autre."
                )
            take_former_over_within(register, connection)
        # In the transaction that puts it back: nobody else sees it without what was taken back since.
        replayed = listed.replay_within(register, connection)
        if empty:  # an older register, put back knowingly: else its proof would rightly say that entries are missing
            announce_restoring(register.ledger, connection)
    finish_restoring(register.ledger)
    return replayed

"""Putting an older register back knowingly: its proof begins anew from it, and a crash leaves nothing half told.

The head beside the keys says how far the register ever was; put back from a backup it ends before, and verification
would rightly accuse. So the restoration is announced beside the keys before it is committed, and the former head is
set aside, dated, after: killed before the commit the announcement means nothing, killed after it whoever opens the
register next finishes.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from consent.errors import ProofInvalid
from consent.heads import Head, read_head
from consent.ledger import Ledger


def announce_restoring(ledger: Ledger, connection: Connection) -> None:
    """Say which register the caller's transaction is about to put back: call it last in it.

    Raises:
        RegisterUnavailable: the keys' folder cannot be written.
    """
    head = ledger.head_within(connection)
    if head is not None:
        ledger.write_beside(_announcement(ledger), head)


def finish_restoring(ledger: Ledger) -> None:
    """Where an announced register is in place, set the former head aside and begin anew from this one; else nothing.

    Raises:
        RegisterUnavailable: the keys' folder, or the database, cannot be read or written.
    """
    announced = _announced(ledger)
    if announced is None or not ledger.continues(announced):  # never committed, or not yet
        return
    former, head = ledger.anchored(), ledger.head()
    if former is not None and not ledger.continues(former):
        ledger.write_beside(ledger.anchor_file.with_name(f"head-before-restore-{former.size}.json"), former)
        former = None
    if former is None and head is not None:
        ledger.write_beside(ledger.anchor_file, head)
    _announcement(ledger).unlink(missing_ok=True)


def _announcement(ledger: Ledger) -> Path:
    return ledger.anchor_file.with_name("head-restoring.json")


def _announced(ledger: Ledger) -> Head | None:
    try:
        head = read_head(_announcement(ledger).read_bytes())
    except (OSError, ProofInvalid):  # most often there is none; one that cannot be read announces nothing
        return None
    return head if head.public_key == ledger.signer.public_key and head.is_genuine else None

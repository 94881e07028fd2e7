"""What is due of a recording when something must go: the outputs of some stages, clips, everything, the source too.

Asked of the register each time, with a hash of what it was asked of (the basis): a store that was erased on another
basis is erased again, so that what is taken back while an erasure runs is done before it is certified.
"""

from __future__ import annotations

import hashlib
import json

from sqlalchemy import Connection

from consent.holdings import last_hashes
from consent.records import PART, Frozen, Purpose, RecordingId
from consent.rules import PUBLICATION
from flows.workshop import Workshop
from pipeline.erasure import Cause
from pipeline.records import ClipId, Stage


class Due(Frozen):
    """What must not be there any more: the outputs of some stages, single clips, everything, the source too.

    ``released``: nobody is to keep the recording itself; its clips stay. ``basis`` is a hash of what the register said
    when it was asked, and of whether the operator removes the meeting.
    """

    basis: str
    recording_id: RecordingId
    removed: bool
    stages: frozenset[Stage]
    clips: frozenset[ClipId]
    whole: bool
    source: bool
    released: bool = False

    @property
    def only_released(self) -> bool:
        """Whether nothing but the recording itself goes."""
        return self.released and not (self.whole or self.stages or self.clips)


def due_of(workshop: Workshop, recording_id: RecordingId, cause: Cause) -> Due:
    """What is due at this instant.

    Where the very recording is no longer agreed to (withdrawn, or at its term), all goes, source included, whoever
    asked first: the operator who removes the meeting takes nothing out of what a person is owed.
    """
    removed = cause is Cause.REMOVAL
    with workshop.register.database.reading() as connection:
        basis = basis_of(workshop, connection, recording_id, removed=removed)
        denied = frozenset(workshop.denied_within(connection, recording_id))
        ended = workshop.record_ended_within(connection, recording_id)
        released = workshop.release_due_within(connection, recording_id)
    # What is said between that reading and these makes another basis: the stores are then gone through again.
    return Due(
        basis=basis,
        recording_id=recording_id,
        removed=removed,
        stages=frozenset(Stage) if removed or ended else denied | workshop.stale_stages(recording_id),
        clips=frozenset(workshop.hidden_clips(recording_id)),
        whole=removed or ended,
        source=ended,
        released=released,
    )


def basis_of(workshop: Workshop, connection: Connection, recording_id: RecordingId, *, removed: bool) -> str:
    """A hash of all that an erasure rests upon: everything said of the recording, and what the clock made of it.

    Not of the files that are left, which become fewer while one erases.
    """
    register = workshop.register
    heard = register.decide_within(connection, [recording_id], [Purpose.CUT_AND_INDEX], PART)[recording_id]
    shown = register.decide_within(connection, [recording_id], PUBLICATION, PART)[recording_id]
    told = {
        "removed": removed,
        "last": last_hashes(connection, [recording_id]).get(recording_id, ""),
        "denied": sorted(workshop.denied_within(connection, recording_id)),
        "released": workshop.release_due_within(connection, recording_id),
        "ended": workshop.record_ended_within(connection, recording_id),
        "named": shown.form.names.value,
        "left_out": sorted(f"{one.purpose} {one.scope.french}" for one in (*heard.exclusions, *shown.exclusions)),
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()

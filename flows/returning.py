"""What comes back by the operator's own hand: a meeting that they had removed, a source that had been erased.

Takes a workshop and a meeting whose folder is being read; notes in the ledger that what a fact took away is there
again, so that no older copy of the database, held to the list of stops, takes it away once more.
"""

from __future__ import annotations

from datetime import datetime

from consent import facts
from consent.facts import Fact
from consent.records import RecordingId
from flows.workshop import Workshop
from pipeline.erasure import Cause
from pipeline.errors import InvalidMeeting
from pipeline.meeting import Meeting


def take_up_again(workshop: Workshop, meeting: Meeting, now: datetime) -> None:
    """Note that a meeting which the operator removed is there again: from now on, no list of stops takes it away.

    Raises:
        InvalidMeeting: its removal is not finished.
    """
    with workshop.register.database.reading() as connection:
        if facts.since(connection, meeting.recording_id, Fact.REMOVED, Fact.ADDED) is None:
            return
    if any(one.cause is Cause.REMOVAL for one in workshop.erasures.jobs(of=meeting.recording_id, pending=True)):
        raise InvalidMeeting(
            f"La rencontre « {meeting.id} » a été retirée, et son effacement n'est pas fini ; finissez-le (videotheque "
            "erase), puis ajoutez-la de nouveau si vous la voulez (videotheque add)."
        )
    with workshop.register.writing() as connection:
        facts.note(connection, workshop.register.ledger, meeting.recording_id, Fact.ADDED, now)


def note_returned(workshop: Workshop, recording_id: RecordingId, now: datetime) -> None:
    """Note that a source which was released is there again; not while it is still being erased."""
    with workshop.register.database.reading() as connection:
        released = workshop.released_within(connection, recording_id)
    gone = workshop.catalogue.source_gone(recording_id) is not None  # of a version before, no fact says so
    if not (released or gone) or workshop.erasures.jobs(of=recording_id, pending=True):
        return
    with workshop.register.writing() as connection:
        if released:
            facts.note(connection, workshop.register.ledger, recording_id, Fact.RETURNED, now)
        workshop.catalogue.note_source_gone_within(connection, recording_id, None)

"""What a personal link's pages tell of a withdrawal, before and after: asked of the register both times.

Takes the catalogue and a link; gives what would be left, should the person take something back, and what is written
down of what they took back. Nothing is told that the register does not say.
"""

from __future__ import annotations

from consent.links import PersonalLink
from consent.majority import is_outgrown
from consent.records import ConsentEvent, EventKind, Purpose, Role
from pipeline.aftermath import aftermath_of
from pipeline.catalogue import Catalogue, PublishedClip, content_of
from videotheque.reviewed import Done, Foresight

OFFERED = (
    Purpose.SHOW_FACE,
    Purpose.ORIGINAL_VOICE,
    Purpose.SHOW_FIRST_NAME,
    Purpose.PUBLISH,
    Purpose.CUT_AND_INDEX,
    Purpose.TRANSCRIBE,
    Purpose.RETAIN_SOURCE,
)
"""What a person may take back by itself: what the program acts upon."""


def role_of(catalogue: Catalogue, link: PersonalLink) -> Role | None:
    """The role of whom a link speaks for; None where they are no longer declared."""
    parties = catalogue.register.parties(link.recording_id)
    return next((one.role for one in parties if one.id == link.person_id), None)


def outgrown(catalogue: Catalogue, link: PersonalLink) -> bool:
    """Whether a link is a guardian's, of somebody who has come of age: what is not public is that person's alone."""
    register = catalogue.register
    held = register.held(link.recording_id)
    return is_outgrown(link.person_id, held.parties, held.events, register.clock(), register.policy)


def foreseen(catalogue: Catalogue, link: PersonalLink, *, clipless: bool) -> Foresight:
    """What would be left, should the person take everything back, or one of the purposes offered."""
    register = catalogue.register
    now = register.clock()
    said = {
        one: ConsentEvent(
            event_id="foreseen",
            recording_id=link.recording_id,
            person_id=link.person_id,
            kind=EventKind.WITHDRAWN,
            purposes=frozenset() if one is None else frozenset({one}),
            indicated_at=now,
            recorded_at=now,
        )
        for one in (None, *OFFERED)
    }
    left = {one: aftermath_of(register, link.recording_id, event, clipless=clipless) for one, event in said.items()}
    return Foresight(
        role=role_of(catalogue, link),
        known=catalogue.find_meeting(link.recording_id) is not None,
        remade=catalogue.source_gone(link.recording_id) is None,
        now=aftermath_of(register, link.recording_id, clipless=clipless),
        everything=left[None],
        parts={one: left[one] for one in OFFERED},
    )


def written_down(
    catalogue: Catalogue, link: PersonalLink, made: PublishedClip | None, name: str, *, clipless: bool
) -> Done | None:
    """What is written down of a decision: of a clip ``made``, an approval; else the register's entry of that name."""
    after = aftermath_of(catalogue.register, link.recording_id, clipless=clipless)
    remade = catalogue.source_gone(link.recording_id) is None
    if made is not None:
        approvals = catalogue.approvals.of(link.recording_id)
        approved = approvals.approved(link.person_id, made.clip.id, content_of(made.clip))
        return Done(remade=remade, approved=made.clip.title, before=after, after=after) if approved else None
    for event in catalogue.register.history(link.recording_id):
        if event.event_id == name and event.person_id == link.person_id and event.kind is EventKind.WITHDRAWN:
            before = aftermath_of(catalogue.register, link.recording_id, unsaid=event, clipless=clipless)
            return Done(remade=remade, event=event, before=before, after=after)
    return None

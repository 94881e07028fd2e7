"""Withdrawals: what somebody no longer agrees to disappears at once, and its erasure is asked for.

Takes a person of a recording and what they take back: purposes, one clip, or one passage of seconds. When it returns
the register holds it, so that the very next answer does not have it; the files follow (:mod:`flows.erasing`).
"""

from __future__ import annotations

from consent.records import Frozen, PersonId, Purpose, Span
from consent.rules import PUBLICATION
from consent.wishes import Wish, WishKind
from pipeline.catalogue import Catalogue, RegisteredMeeting
from pipeline.erasure import Cause, ErasureBook
from pipeline.errors import PipelineError
from pipeline.records import ClipId


class UnknownPerson(PipelineError):
    """The name given is not that of one person of the meeting: choose one of those listed."""


class UnknownClip(PipelineError):
    """The meeting has no published clip of that id: check it, or name the passage by its seconds."""


class InvalidPurpose(PipelineError):
    """A purpose named is none: choose among those listed."""


class Withdrawn(Frozen):
    """What a withdrawal did: whether anything of the recording may still be shown, and the clips that are gone."""

    erasure_id: str
    still_shown: bool
    clips: tuple[ClipId, ...] = ()


def withdraw(
    catalogue: Catalogue,
    erasures: ErasureBook,
    meeting: RegisteredMeeting,
    person: PersonId,
    purposes: frozenset[Purpose] = frozenset(),
) -> Withdrawn:
    """Record that a person takes back their agreement (to everything by default); in force when this returns."""
    recording_id = meeting.recording_id
    catalogue.register.withdraw(recording_id, person, purposes)
    shown = catalogue.register.decide(recording_id, PUBLICATION).allowed
    gone = () if shown else tuple(catalogue.ids_of(recording_id))
    if not shown:
        catalogue.unpublish(recording_id)
    catalogue.settle(recording_id, None)
    job = erasures.request(recording_id, Cause.WITHDRAWAL)
    return Withdrawn(erasure_id=job.id, still_shown=shown, clips=gone)


def withdraw_clip(
    catalogue: Catalogue,
    erasures: ErasureBook,
    meeting: RegisteredMeeting,
    person: PersonId,
    clip_id: ClipId,
    channel: str,
) -> Withdrawn:
    """Record that a person refuses one clip, whatever it is cut into again.

    Raises:
        UnknownClip: the meeting has no such clip.
    """
    span = catalogue.span_of(meeting.recording_id, clip_id)
    if span is None:
        raise UnknownClip(
            f"Aucun extrait « {clip_id[:40]} » dans la rencontre « {meeting.meeting_id} » ; vérifiez sa référence "
            "(videotheque status), ou nommez le passage par ses secondes."
        )
    return _hide(catalogue, erasures, meeting, person, WishKind.REFUSED, span, clip_id, channel)


def withdraw_passage(
    catalogue: Catalogue,
    erasures: ErasureBook,
    meeting: RegisteredMeeting,
    person: PersonId,
    passage: Span,
    channel: str,
) -> Withdrawn:
    """Record that a passage (seconds of the recording) must not be shown: every clip that holds a second of it goes."""
    return _hide(catalogue, erasures, meeting, person, WishKind.HIDDEN, passage, None, channel)


def _hide(
    catalogue: Catalogue,
    erasures: ErasureBook,
    meeting: RegisteredMeeting,
    person: PersonId,
    kind: WishKind,
    span: Span,
    clip_id: ClipId | None,
    channel: str,
) -> Withdrawn:
    recording_id = meeting.recording_id
    wish = Wish(
        recording_id=recording_id,
        person_id=person,
        kind=kind,
        clip_id=clip_id,
        span=span,
        said_at=catalogue.register.clock(),
        channel=channel,
    )
    catalogue.wishes.say(wish)
    gone = catalogue.unpublish_hidden(recording_id)
    catalogue.settle(recording_id, None)
    job = erasures.request(recording_id, Cause.WITHDRAWAL)
    return Withdrawn(erasure_id=job.id, still_shown=bool(catalogue.live_of(recording_id)), clips=gone)


def person_of(catalogue: Catalogue, meeting: RegisteredMeeting, name: str) -> PersonId:
    """The person of a meeting named by pseudonym, or by a role that one person has.

    Raises:
        UnknownPerson: nobody, or several.
    """
    parties = catalogue.register.parties(meeting.recording_id)
    matching = [party.id for party in parties if party.id == name] or [
        party.id for party in parties if party.role.value == name
    ]
    if len(matching) != 1:
        known = ", ".join(f"{party.id} ({party.role.french})" for party in parties)
        raise UnknownPerson(
            f"« {name[:80]} » ne désigne pas une seule personne de cette rencontre ; choisissez : {known}."
        )
    return matching[0]


def purposes_of(names: list[str]) -> frozenset[Purpose]:
    """The purposes of those names.

    Raises:
        InvalidPurpose: one is none.
    """
    known = {purpose.value: purpose for purpose in Purpose}
    for name in names:
        if name not in known:
            raise InvalidPurpose(f"« {name[:80]} » n'est pas une finalité ; choisissez parmi : {', '.join(known)}.")
    return frozenset(known[name] for name in names)

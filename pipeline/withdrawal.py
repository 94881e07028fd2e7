"""Withdrawals: what somebody no longer agrees to disappears at once, and its erasure is asked for.

Takes a person of a recording and what they take back: purposes, one clip, some passages, or the purposes of those.
One transaction appends the signed event, takes out the clips that the rules no longer allow, and asks for the
erasure: the very next answer does not have them, and a process that is killed leaves all of it or nothing. The files
follow (:mod:`flows.erasing`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import model_validator

from consent.records import PART, Frozen, PersonId, Purpose, Scope, Span
from consent.rules import PUBLICATION
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


class Channel(StrEnum):
    """By which door a withdrawal came, as the register keeps it."""

    OPERATOR = "operator"
    PLATFORM = "platform"
    LINK = "link"


class Taken(Frozen):
    """What a person takes back: everything by default; else one clip or some passages, and only some purposes."""

    purposes: frozenset[Purpose] = frozenset()
    clip_id: ClipId | None = None
    passages: tuple[Span, ...] = ()

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.clip_id is not None and self.passages:
            raise ValueError("a clip or passages, one of them at most")
        return self


EVERYTHING = Taken()


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
    channel: Channel,
    taken: Taken = EVERYTHING,
) -> Withdrawn:
    """Record that a person takes back their agreement; in force when this returns, whichever door it came by.

    Raises:
        UnknownClip: the meeting has no such clip.
    """
    recording_id, register = meeting.recording_id, catalogue.register
    with register.writing() as connection:
        scope = Scope(passages=taken.passages)
        if taken.clip_id is not None:
            span = catalogue.span_within(connection, recording_id, taken.clip_id)
            if span is None:
                raise UnknownClip(
                    f"Aucun extrait « {taken.clip_id[:40]} » dans la rencontre « {meeting.meeting_id} » ; vérifiez sa "
                    "référence (videotheque status), ou nommez le passage par ses secondes."
                )
            scope = Scope.of_clip(taken.clip_id, span)
        register.withdraw_within(connection, recording_id, person, taken.purposes, scope, channel.value)
        gone = catalogue.unpublish_denied_within(connection, recording_id)
        catalogue.settle_within(connection, recording_id, None)
        job = erasures.request_within(connection, recording_id, Cause.WITHDRAWAL)
        rest = register.decide_within(connection, [recording_id], PUBLICATION, PART)[recording_id].allowed
        left = rest and (scope.is_whole or catalogue.has_clips_within(connection, recording_id))
    return Withdrawn(erasure_id=job.id, still_shown=left, clips=gone)


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

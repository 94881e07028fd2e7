"""Withdrawals: what somebody no longer agrees to disappears at once, and its erasure is asked for.

Takes a person of a recording and what they take back: purposes, one clip, some passages, or the purposes of those.
One transaction appends the signed event, takes out the clips that the rules no longer allow, and asks for the
erasure: the very next answer does not have them, and a process that is killed leaves all of it or nothing. The files
follow (:mod:`flows.erasing`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Self

from pydantic import model_validator

from consent.purposes import SHOWING
from consent.records import (
    PART,
    ConsentEvent,
    EventKind,
    Frozen,
    PersonId,
    Purpose,
    RecordingId,
    Scope,
    Span,
)
from consent.rules import PUBLICATION
from pipeline.catalogue import Catalogue, RegisteredMeeting
from pipeline.erasure import Cause, ErasureBook
from pipeline.errors import PipelineError
from pipeline.outputs import OutputStore
from pipeline.records import ClipId, Recording, Stage


class UnknownPerson(PipelineError):
    """The name given is not that of one person of the meeting: choose one of those listed."""


class UnknownClip(PipelineError):
    """The meeting has no published clip of that id: check it, or name the passage by its seconds."""


class InvalidPurpose(PipelineError):
    """A purpose named is none: choose among those listed."""


class InvalidPassage(PipelineError):
    """A passage begins after the recording's end: check its seconds."""


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
    """What a withdrawal did: whether anything of the recording may still be shown, and the clips that are gone.

    ``event_id`` names what the register says of it. ``again``: it was a clip that the same person had taken back
    already; nothing was written.
    """

    erasure_id: str
    event_id: str
    still_shown: bool
    clips: tuple[ClipId, ...] = ()
    again: bool = False


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
    former = _taken_before(register.history(recording_id), person, taken)
    jobs = erasures.jobs(of=recording_id)
    with register.writing() as connection:
        scope = Scope(passages=taken.passages)
        if taken.clip_id is not None:
            span = catalogue.span_within(connection, recording_id, taken.clip_id)
            if span is None and former is not None and jobs:
                left = catalogue.has_clips_within(connection, recording_id)
                return Withdrawn(erasure_id=jobs[-1].id, event_id=former.event_id, still_shown=left, again=True)
            if span is None:
                raise UnknownClip(
                    f"Aucun extrait « {taken.clip_id[:40]} » dans la rencontre « {meeting.meeting_id} » ; vérifiez sa "
                    "référence (videotheque status), ou nommez le passage par ses secondes."
                )
            scope = Scope.of_clip(taken.clip_id, span)
        said = register.withdraw_within(connection, recording_id, person, taken.purposes, scope, channel.value)
        gone = catalogue.unpublish_denied_within(connection, recording_id)
        catalogue.settle_within(connection, recording_id, None)
        job = erasures.request_within(connection, recording_id, Cause.WITHDRAWAL)
        rest = register.decide_within(connection, [recording_id], PUBLICATION, PART)[recording_id].allowed
        left = rest and (scope.is_whole or catalogue.has_clips_within(connection, recording_id))
    return Withdrawn(erasure_id=job.id, event_id=said.event_id, still_shown=left, clips=gone)


def _taken_before(said: Sequence[ConsentEvent], person: PersonId, taken: Taken) -> ConsentEvent | None:
    """That person's withdrawal of that clip, for at least those purposes, if they said yes to nothing since."""
    if taken.clip_id is None:
        return None
    wanted = taken.purposes or SHOWING
    for event in reversed([one for one in said if one.person_id == person]):
        if event.kind.is_yes:
            return None
        if (
            event.kind is EventKind.WITHDRAWN
            and event.scope.clip_id == taken.clip_id
            and all(map(event.covers, wanted))
        ):
            return event
    return None


def check_passage(outputs: OutputStore, recording_id: RecordingId, passage: Span, longest_s: float) -> None:
    """Refuse a passage that begins after the recording's end: a slip, which would take nothing back.

    One that only ends after it reaches to the end. A recording that was not read yet is at most ``longest_s`` seconds
    long, as the settings say.

    Raises:
        InvalidPassage: it does.
    """
    if passage.start >= longest_s:
        raise InvalidPassage(
            f"Ce passage commence après {longest_s / 3600:g} heures, la plus longue durée admise ; vérifiez ses deux "
            "instants."
        )
    for made in outputs.loaded(recording_id, Stage.INGEST, Recording):
        if passage.start >= made.media.duration:
            raise InvalidPassage(
                f"Ce passage commence après la fin de l'enregistrement, qui dure {made.media.duration:.0f} secondes ; "
                "vérifiez ses deux instants."
            )


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
    """The purposes of those names: the register's, or the words by which people are told of them, or one of these.

    « visage » is enough for « montrer le visage », where no other purpose has that word.

    Raises:
        InvalidPurpose: one is none.
    """
    return frozenset(_purpose(name) for name in names)


def _purpose(name: str) -> Purpose:
    said = name.strip().casefold()
    for purpose in Purpose:
        if said in (purpose.value, purpose.french):
            return purpose
    holding = [purpose for purpose in Purpose if said in re.findall(r"\w+", purpose.french)]
    if len(holding) == 1:
        return holding[0]
    known = " ; ".join(f"{purpose.french} ({purpose.value})" for purpose in Purpose)
    raise InvalidPurpose(f"« {name[:80]} » n'est pas une finalité ; choisissez parmi : {known}.")

"""The aftermath of a word: what of a recording would be shown and kept, had somebody said it.

Takes the register, and an event that was not said, or was (or none: as things are); gives an :class:`Aftermath`, by the
very rules that the erasure follows. A page can so tell a person exactly what their withdrawal will do before they
confirm it: at 16, a parent's "no" takes the clips away and leaves the recording, a child's takes everything.
"""

from __future__ import annotations

from enum import StrEnum

from consent.records import PART, ConsentEvent, Decision, Frozen, Obstacle, Purpose, RecordingId
from consent.register import Register
from consent.rules import PUBLICATION, decide
from pipeline.catalogue import Catalogue
from pipeline.outputs import OutputStore
from pipeline.records import Stage

_ENDED = (Obstacle.WITHDRAWN, Obstacle.EXPIRED)

_REFUSED = (Obstacle.REFUSED, *_ENDED)


class Parting(StrEnum):
    """When a recording goes that somebody does not want kept: what the pages promise, and the nights do."""

    TONIGHT = "la nuit prochaine"
    REVIEWED = "dès que les extraits sont faits et relus"
    LATEST = "dans trente jours au plus"


class Aftermath(Frozen):
    """What is left: clips that may be shown, names said in them, what was written down, the recording itself.

    ``parting``: when the recording goes, where it is not ``retained``.
    """

    shown: bool
    named: bool
    written: bool
    recorded: bool
    retained: bool
    parting: Parting = Parting.TONIGHT


def aftermath_of(
    register: Register,
    recording_id: RecordingId,
    said: ConsentEvent | None = None,
    unsaid: ConsentEvent | None = None,
    *,
    clipless: bool = False,
) -> Aftermath:
    """What is left of a recording, once ``said`` is said, or had ``unsaid`` not been (None: now).

    ``clipless``: everything was done, and no clip is there (:func:`is_clipless`).
    """
    held, now = register.held(recording_id), register.clock()
    history = [event for event in held.events if unsaid is None or event.event_id != unsaid.event_id]
    # At the end of the register, as it would be: its place decides what it undoes.
    events = history if said is None else [*history, said.model_copy(update={"seq": len(history) + _LATER})]

    def ask(*purposes: Purpose) -> Decision:
        return decide(recording_id, held.asked, events, purposes, now, PART, register.policy)

    publication = ask(*PUBLICATION)
    return Aftermath(
        shown=publication.allowed,
        named=publication.allowed and ask(Purpose.SHOW_FIRST_NAME).allowed,
        written=ask(Purpose.TRANSCRIBE).allowed,
        recorded=not ended(ask(Purpose.RECORD)),
        retained=not refused(ask(Purpose.RETAIN_SOURCE)),
        parting=parting(publication, clipless=clipless),
    )


_LATER = 1 << 40
"""Beyond any place of a ledger."""


def parting(publication: Decision, *, clipless: bool) -> Parting:
    """When a recording that somebody does not want kept goes, as the decision to show its clips stands."""
    if publication.allowed:
        return Parting.TONIGHT if clipless else Parting.REVIEWED
    if any(reason.obstacle in _REFUSED for reason in publication.reasons):  # no clip will be made
        return Parting.TONIGHT
    return Parting.LATEST  # the agreements may still be collected


def is_clipless(catalogue: Catalogue, outputs: OutputStore, recording_id: RecordingId) -> bool:
    """Whether a recording went through every stage and no clip of it is left: all were refused, or none was found.

    Not where a stage failed: its clips are still to come.
    """
    meeting = catalogue.find_meeting(recording_id)
    done = meeting is not None and meeting.settled is not None and outputs.has(recording_id, Stage.RENDER)
    return done and not catalogue.has_clips(recording_id)


def ended(recorded: Decision) -> bool:
    """Whether somebody's agreement to the very recording was withdrawn, or is over: then everything goes.

    A refusal or a silence is no such thing: the operator may still be collecting the agreements.
    """
    return any(reason.obstacle in _ENDED for reason in recorded.reasons)


def refused(retained: Decision) -> bool:
    """Whether somebody said no to keeping the whole recording once its clips are made; a silence is no such word."""
    return any(reason.obstacle in _REFUSED and reason.purpose is Purpose.RETAIN_SOURCE for reason in retained.reasons)

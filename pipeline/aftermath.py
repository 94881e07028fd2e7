"""The aftermath of a word: what of a recording would be shown and kept, had somebody said it.

Takes the register, and an event that was not said, or was (or none: as things are); gives an :class:`Aftermath`, by the very
rules that the erasure follows. A page can so tell a person exactly what their withdrawal will do before they confirm
it: at 16, a parent's "no" takes the clips away and leaves the recording, a child's takes everything.
"""

from __future__ import annotations

from consent.records import PART, ConsentEvent, Decision, Frozen, Obstacle, Purpose, RecordingId
from consent.register import Register
from consent.rules import PUBLICATION, decide

_ENDED = (Obstacle.WITHDRAWN, Obstacle.EXPIRED)

_REFUSED = (Obstacle.REFUSED, *_ENDED)


class Aftermath(Frozen):
    """What is left: clips that may be shown, names said in them, what was written down, the recording itself."""

    shown: bool
    named: bool
    written: bool
    recorded: bool
    retained: bool


def aftermath_of(
    register: Register,
    recording_id: RecordingId,
    said: ConsentEvent | None = None,
    unsaid: ConsentEvent | None = None,
) -> Aftermath:
    """What is left of a recording, once ``said`` is said, or had ``unsaid`` not been (None: now)."""
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
    )


_LATER = 1 << 40
"""Beyond any place of a ledger."""


def ended(recorded: Decision) -> bool:
    """Whether somebody's agreement to the very recording was withdrawn, or is over: then everything goes.

    A refusal or a silence is no such thing: the operator may still be collecting the agreements.
    """
    return any(reason.obstacle in _ENDED for reason in recorded.reasons)


def refused(retained: Decision) -> bool:
    """Whether somebody said no to keeping the whole recording once its clips are made; a silence is no such word."""
    return any(reason.obstacle in _REFUSED and reason.purpose is Purpose.RETAIN_SOURCE for reason in retained.reasons)

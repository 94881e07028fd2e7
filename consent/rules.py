"""The rules: pure functions from parties and events to a decision. No clock, no file, no network.

Laws (property-tested): total; deterministic; indifferent to the order and repetition of events; adding a
refusal, a withdrawal, an expiry or an invalidation never allows more, nor a fuller form, nor for longer; unknown
means no; an unknown age means under 15. The form is the meet of what everybody present agreed to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from consent.clearance import SEAL, Clearance
from consent.errors import ConsentDenied
from consent.inquiry import Inquiry
from consent.policy import Policy, strict
from consent.purposes import ORDER, PREREQUISITES, PUBLICATION, with_prerequisites
from consent.records import WHOLE, ConsentEvent, Decision, Party, Place, Purpose, RecordingId
from consent.standing import Standings

__all__ = ["PREREQUISITES", "PUBLICATION", "clear", "decide", "with_prerequisites"]


def decide(
    recording_id: RecordingId,
    parties: Sequence[Party],
    events: Iterable[ConsentEvent],
    purposes: Iterable[Purpose],
    now: datetime,
    place: Place = WHOLE,
    policy: Policy | None = None,
    ledger_seq: int = 0,
) -> Decision:
    """Say whether ``purposes`` (and what they presuppose) are allowed at a place of a recording at ``now``.

    Events of other recordings are ignored. Every required person must hold, for every purpose, a consent
    that was given, is in force, and came after that person's last refusal or withdrawal. ``policy`` is the strict
    one by default; ``ledger_seq`` is only written into the decision.
    """
    policy = policy or strict()
    known = [event for event in events if event.recording_id == recording_id]
    inquiry = Inquiry(parties, Standings(known, place, now, policy), place, now, policy)
    asked = with_prerequisites(purposes)
    answers = [inquiry.answer(purpose) for purpose in sorted(asked, key=ORDER.__getitem__)]
    reasons = tuple(reason for answer in answers for reason in answer.reasons)
    return Decision(
        recording_id=recording_id,
        purposes=asked,
        allowed=bool(asked) and not reasons,
        reasons=reasons,
        decided_at=now,
        valid_until=min((end for answer in answers for end in answer.ends), default=None),
        place=place,
        form=inquiry.form(),
        exclusions=inquiry.exclusions(asked) if place.part else (),
        uniform=inquiry.uniform,
        next_change=inquiry.next_change(),
        ledger_seq=ledger_seq,
        policy_sha256=policy.sha256,
    )


def clear(
    recording_id: RecordingId,
    parties: Sequence[Party],
    events: Iterable[ConsentEvent],
    purposes: Iterable[Purpose],
    now: datetime,
    place: Place = WHOLE,
    policy: Policy | None = None,
    ledger_seq: int = 0,
) -> Clearance:
    """Decide, and make the :class:`Clearance` that stages ask for.

    Raises:
        ConsentDenied: the decision is no; it carries the reasons.
    """
    decision = decide(recording_id, parties, events, purposes, now, place, policy, ledger_seq)
    if not decision.allowed:
        raise ConsentDenied(decision)
    return Clearance(
        recording_id,
        decision.purposes,
        now,
        decision.valid_until,
        SEAL,
        form=decision.form,
        place=place,
        exclusions=decision.exclusions,
        ledger_seq=ledger_seq,
        policy_sha256=decision.policy_sha256,
    )

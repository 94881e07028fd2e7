"""The permit that every function opening media, reading a transcript or publishing asks for.

Only :func:`consent.rules.clear` makes one: forgetting the consent check is then a type error, not a leak.
"""

from __future__ import annotations

from dataclasses import InitVar, dataclass
from datetime import datetime

from consent.records import NOTHING, WHOLE, Exclusion, Form, Place, Purpose, RecordingId

SEAL = object()
"""Known to :mod:`consent.rules` alone (a test reads every import of it)."""


@dataclass(frozen=True, slots=True)
class Clearance:
    """Proof that the rules allowed ``purposes`` at one place of one recording at ``decided_at``.

    ``form`` is the fullest in which it may be published, ``exclusions`` what must be left out of it;
    ``ledger_seq`` and ``policy_sha256`` say on what register and policy the decision rested.
    """

    recording_id: RecordingId
    purposes: frozenset[Purpose]
    decided_at: datetime
    valid_until: datetime | None
    seal: InitVar[object]
    form: Form = NOTHING
    place: Place = WHOLE
    exclusions: tuple[Exclusion, ...] = ()
    ledger_seq: int = 0
    policy_sha256: str = ""

    def __post_init__(self, seal: object) -> None:
        if seal is not SEAL:
            raise TypeError("only consent.rules.clear makes a Clearance")

    def require(self, recording_id: RecordingId, *purposes: Purpose) -> None:
        """Check that this clearance is for that recording and those purposes.

        Raises:
            PermissionError: it is not; a programming error, never a person's decision.
        """
        if recording_id != self.recording_id:
            raise PermissionError(f"clearance of {self.recording_id} used for {recording_id}")
        beyond = set(purposes) - self.purposes
        if beyond:
            raise PermissionError(f"clearance does not cover {', '.join(sorted(beyond))}")

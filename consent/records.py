"""What the consent package hands over: spans, persons, events, decisions.

Everything is frozen. Persons are pseudonyms that mean something inside one recording only; names and
contacts never enter this package.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NewType, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

RecordingId = NewType("RecordingId", str)
"""Opaque id of a recording: ``rec-`` and 16 hexadecimal digits."""

PersonId = NewType("PersonId", str)
"""Pseudonym of a person inside one recording."""


class Frozen(BaseModel):
    """A record that never changes and knows all its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Span(Frozen):
    """An interval in seconds from the recording's start, ``0 <= start < end``."""

    start: float = Field(ge=0)
    end: float

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.start < self.end:
            raise ValueError("a span must end after it starts")
        return self

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.end - self.start

    def overlaps(self, other: Span) -> bool:
        """Whether the two share more than a point."""
        return self.start < other.end and other.start < self.end

    def shifted(self, seconds: float) -> Span:
        """The same interval, ``seconds`` later (earlier where negative)."""
        return Span(start=self.start + seconds, end=self.end + seconds)


class Role(StrEnum):
    """The part a person has in a meeting."""

    PROFESSIONAL = "professional"
    YOUNG_PERSON = "young_person"
    GUARDIAN = "guardian"

    @property
    def french(self) -> str:
        """How an operator reads it."""
        return {
            Role.PROFESSIONAL: "professionnel",
            Role.YOUNG_PERSON: "jeune",
            Role.GUARDIAN: "représentant légal",
        }[self]


class AgeBand(StrEnum):
    """Age when the meeting was recorded; ``unknown`` is treated as the youngest."""

    UNDER_15 = "under-15"
    FROM_15_TO_17 = "15-17"
    ADULT = "adult"
    UNKNOWN = "unknown"


class Purpose(StrEnum):
    """What a person may agree to. None is implied by another."""

    RECORD = "record"
    TRANSCRIBE = "transcribe"
    CUT_AND_INDEX = "cut_and_index"
    PUBLISH = "publish"
    SHOW_FACE = "show_face"
    ORIGINAL_VOICE = "original_voice"

    @property
    def french(self) -> str:
        """How an operator reads it."""
        return {
            Purpose.RECORD: "enregistrer",
            Purpose.TRANSCRIBE: "transcrire",
            Purpose.CUT_AND_INDEX: "découper et indexer",
            Purpose.PUBLISH: "publier",
            Purpose.SHOW_FACE: "montrer le visage",
            Purpose.ORIGINAL_VOICE: "faire entendre la voix",
        }[self]


class Party(Frozen):
    """A person whose agreement matters for one recording."""

    id: PersonId
    role: Role
    age_band: AgeBand = AgeBand.UNKNOWN


class EventKind(StrEnum):
    """What happened to a consent."""

    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    INVALIDATED = "invalidated"


class ConsentEvent(Frozen):
    """One line of the register. It is appended, never changed and never deleted.

    ``purposes`` empty means every purpose, for a refusal or a withdrawal only. ``indicated_at`` is when
    the person said it, ``recorded_at`` when the register learnt it. ``invalidates`` names the one event
    that an ``invalidated`` event cancels (a correction of the file that brought it).
    """

    seq: int = Field(0, ge=0, description="Place in the register; 0 while it is not in it.")
    event_id: str = Field(min_length=1)
    recording_id: RecordingId
    person_id: PersonId
    kind: EventKind
    purposes: frozenset[Purpose] = frozenset()
    indicated_at: AwareDatetime
    recorded_at: AwareDatetime
    expires_at: AwareDatetime | None = None
    notice_version: str | None = None
    channel: str | None = None
    evidence_sha256: str | None = None
    invalidates: str | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.kind is EventKind.GIVEN and not self.purposes:
            raise ValueError("a consent names its purposes")
        if (self.kind is EventKind.INVALIDATED) != (self.invalidates is not None):
            raise ValueError("an invalidation, and nothing else, names the event it cancels")
        return self

    def covers(self, purpose: Purpose) -> bool:
        """Whether this event speaks of ``purpose``."""
        return not self.purposes or purpose in self.purposes


class Obstacle(StrEnum):
    """Why a person's agreement does not count."""

    MISSING = "missing"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    NO_SUCH_PERSON = "no_such_person"
    UNDECLARED_NO = "undeclared_no"


class Reason(Frozen):
    """One obstacle: whose agreement (None: somebody no longer declared), to what, and what is wrong with it."""

    obstacle: Obstacle
    role: Role | None
    purpose: Purpose


class Decision(Frozen):
    """What the rules say at one moment: allowed or not, why not, and until when."""

    recording_id: RecordingId
    purposes: frozenset[Purpose]
    allowed: bool
    reasons: tuple[Reason, ...] = ()
    decided_at: AwareDatetime
    valid_until: datetime | None = None

    @property
    def explanation(self) -> str:
        """The reasons as one French sentence, one clause for each person and obstacle."""
        if self.allowed:
            return "Les accords nécessaires sont donnés."
        grouped: dict[tuple[Role | None, Obstacle], list[str]] = {}
        for reason in self.reasons:
            grouped.setdefault((reason.role, reason.obstacle), []).append(reason.purpose.french)
        clauses = [
            _CLAUSES[obstacle].format(who=role.french if role else "", what=", ".join(dict.fromkeys(purposes)))
            for (role, obstacle), purposes in grouped.items()
        ]
        return f"Accord insuffisant : {' ; '.join(clauses)}."


_CLAUSES = {
    Obstacle.MISSING: "le {who} n'a pas donné son accord ({what})",
    Obstacle.REFUSED: "le {who} a refusé ({what})",
    Obstacle.WITHDRAWN: "le {who} a retiré son accord ({what})",
    Obstacle.EXPIRED: "l'accord du {who} est arrivé à son terme ({what})",
    Obstacle.UNDECLARED_NO: "une personne qui n'est plus déclarée a dit non ({what})",
    Obstacle.NO_SUCH_PERSON: "aucun {who} n'est déclaré, or son accord est nécessaire ({what})",
}

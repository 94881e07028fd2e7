"""What the consent package hands over: spans, persons, events, decisions.

Everything is frozen. Persons are pseudonyms that mean something inside one recording only; names and contacts
are kept by :mod:`consent.vault` alone. An event speaks of a person, some purposes and a scope; a decision
answers a question about some purposes and a place.
"""

from __future__ import annotations

from datetime import date, datetime
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
    """An interval in seconds from the recording's start, ``0 <= start < end``, both finite: JSON has no infinity."""

    start: float = Field(ge=0, allow_inf_nan=False)
    end: float = Field(allow_inf_nan=False)

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

    def within(self, other: Span) -> bool:
        """Whether no instant of this interval is outside ``other``."""
        return other.start <= self.start and self.end <= other.end


class Role(StrEnum):
    """The part a person has in a meeting."""

    PROFESSIONAL = "professional"
    YOUNG_PERSON = "young_person"
    GUARDIAN = "guardian"
    THIRD_PARTY = "third_party"
    """Somebody seen, heard or named without being one of the two: a parent who walks in, a colleague."""

    @property
    def french(self) -> str:
        """How an operator reads it."""
        return {
            Role.PROFESSIONAL: "professionnel",
            Role.YOUNG_PERSON: "jeune",
            Role.GUARDIAN: "représentant légal",
            Role.THIRD_PARTY: "tiers présent",
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
    SHOW_FIRST_NAME = "show_first_name"
    SHOW_ORGANISATION = "show_organisation"
    SEARCH_ENGINES = "search_engines"
    SOCIAL_REDISTRIBUTION = "social_redistribution"
    RETAIN_SOURCE = "retain_source"
    AI_TRAINING = "ai_training"

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
            Purpose.SHOW_FIRST_NAME: "dire le prénom",
            Purpose.SHOW_ORGANISATION: "nommer l'établissement ou l'entreprise",
            Purpose.SEARCH_ENGINES: "laisser les moteurs de recherche l'indexer",
            Purpose.SOCIAL_REDISTRIBUTION: "rediffuser sur les réseaux sociaux",
            Purpose.RETAIN_SOURCE: "garder l'enregistrement entier",
            Purpose.AI_TRAINING: "entraîner un modèle",
        }[self]


class Basis(StrEnum):
    """Why one guardian decides alone."""

    COURT_DECISION = "court_decision"
    OTHER_PARENT_DECEASED = "other_parent_deceased"
    OTHER_PARENT_DEPRIVED = "other_parent_deprived"
    SINGLE_PARENTAGE = "single_parentage"
    APPOINTED_GUARDIAN = "appointed_guardian"


class Party(Frozen):
    """A person whose agreement matters for one recording.

    ``comes_of_age_on`` is the young person's eighteenth birthday. ``sole_authority`` is why a guardian decides
    without the other. ``present`` is where a third party is seen, heard or named (None: nobody knows, so everywhere).
    ``waived``: they gave up approving each clip before it is shown.
    """

    id: PersonId
    role: Role
    age_band: AgeBand = AgeBand.UNKNOWN
    comes_of_age_on: date | None = None
    sole_authority: Basis | None = None
    present: tuple[Span, ...] | None = None
    waived: bool = False

    def is_at(self, place: Place) -> bool:
        """Whether this person may be seen, heard or named at ``place``; yes, where nobody can tell."""
        if self.present is None or not place.spans:
            return True
        return any(mine.overlaps(span) for mine in self.present for span in place.spans)


class Place(Frozen):
    """What a question is about: a clip, some seconds, the whole recording, or ``part`` of it, whichever.

    Asked about the whole, the rules say no as soon as one second is out; asked about a part, they say what must
    be left out.
    """

    clip_id: str | None = None
    spans: tuple[Span, ...] = ()
    part: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether every second is meant."""
        return not self.part and self.clip_id is None and not self.spans


WHOLE = Place()
PART = Place(part=True)


BREATH_S = 0.25
"""Two clips that follow one another meet in a silence and end on whole frames: what is said of the one must not
reach the other for the breath they share."""


class Scope(Frozen):
    """How far an event reaches: the whole recording by default, one clip (by its content's id), some passages."""

    clip_id: str | None = None
    passages: tuple[Span, ...] = ()

    @classmethod
    def of_clip(cls, clip_id: str, span: Span) -> Self:
        """A clip and its seconds, so that whatever is cut from them again is meant too; its edges are shared."""
        margin = min(BREATH_S, span.duration / 4)
        return cls(clip_id=clip_id, passages=(Span(start=span.start + margin, end=span.end - margin),))

    @property
    def is_whole(self) -> bool:
        """Whether the event speaks of the whole recording."""
        return self.clip_id is None and not self.passages

    @property
    def french(self) -> str:
        """How an operator reads it."""
        passages = ", ".join(f"{span.start:g}-{span.end:g} s".replace(".", ",") for span in self.passages)
        return ", ".join(filter(None, (self.clip_id, passages))) or "tout"

    def covers(self, place: Place) -> bool:
        """Whether a yes of this scope is surely a yes to everything at ``place``."""
        if self.is_whole:
            return True
        if place.part or place.is_whole:
            return False
        inside = all(any(span.within(passage) for passage in self.passages) for span in place.spans)
        if self.passages and not (place.spans and inside):
            return False
        return self.clip_id is None or self.clip_id == place.clip_id

    def touches(self, place: Place) -> bool:
        """Whether a no of this scope may be a no to something at ``place``; yes, where nobody can tell."""
        if self.is_whole or place.is_whole:
            return True
        if place.part:
            return False
        if self.clip_id is not None and place.clip_id in (None, self.clip_id):
            return True
        if self.passages and not place.spans:
            return True
        return any(passage.overlaps(span) for passage in self.passages for span in place.spans)


class Controller(Frozen):
    """Who is responsible: what article 13 asks to be told. Empty fields are told as missing, never invented."""

    name: str = ""
    address: str = ""
    contact: str = ""


class EventKind(StrEnum):
    """What happened to a consent."""

    REQUESTED = "requested"
    GIVEN = "given"
    RENEWED = "renewed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    INVALIDATED = "invalidated"

    @property
    def is_yes(self) -> bool:
        """Whether it says yes."""
        return self in (EventKind.GIVEN, EventKind.RENEWED)

    @property
    def is_no(self) -> bool:
        """Whether a person says no by it."""
        return self in (EventKind.REFUSED, EventKind.WITHDRAWN)

    @property
    def ends(self) -> bool:
        """Whether it ends the consents that came before."""
        return self.is_no or self is EventKind.EXPIRED

    @property
    def french(self) -> str:
        """How an operator reads it."""
        return {
            EventKind.REQUESTED: "demande",
            EventKind.GIVEN: "accord",
            EventKind.RENEWED: "accord renouvelé",
            EventKind.REFUSED: "refus",
            EventKind.WITHDRAWN: "retrait",
            EventKind.EXPIRED: "échéance",
            EventKind.INVALIDATED: "corrigé dans meeting.json",
        }[self]


class ConsentEvent(Frozen):
    """One line of the register. It is appended, never changed and never deleted.

    ``purposes`` empty means every purpose, for what ends consents only. ``indicated_at`` is when the person
    said it, ``recorded_at`` when the register learnt it; a yes holds from the later of the two (and of
    ``valid_from``), a no at once. ``invalidates`` names the one event that an ``invalidated`` event cancels (a
    correction of the file that brought it). ``language`` is that of the notice read, ``evidence_sha256`` the hash
    of the proof kept elsewhere.
    """

    seq: int = Field(0, ge=0, description="Place in the register; 0 while it is not in it.")
    event_id: str = Field(min_length=1)
    recording_id: RecordingId
    person_id: PersonId
    kind: EventKind
    purposes: frozenset[Purpose] = frozenset()
    scope: Scope = Scope()
    indicated_at: AwareDatetime
    recorded_at: AwareDatetime
    valid_from: AwareDatetime | None = None
    expires_at: AwareDatetime | None = None
    notice_version: str | None = None
    language: str | None = None
    channel: str | None = None
    evidence_sha256: str | None = None
    invalidates: str | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.kind.is_yes or self.kind is EventKind.REQUESTED) and not self.purposes:
            raise ValueError("a consent, or a request for one, names its purposes")
        if (self.kind is EventKind.INVALIDATED) != (self.invalidates is not None):
            raise ValueError("an invalidation, and nothing else, names the event it cancels")
        return self

    def covers(self, purpose: Purpose) -> bool:
        """Whether this event speaks of ``purpose``."""
        return not self.purposes or purpose in self.purposes

    @property
    def begins(self) -> datetime:
        """From when a yes counts: said, known, and come into force."""
        return max(self.indicated_at, self.recorded_at, self.valid_from or self.indicated_at)


class Showing(StrEnum):
    """Of whom something may be shown; a little order: nobody, the professional, all."""

    NONE = "none"
    PROFESSIONAL = "professional"
    ALL = "all"


class Naming(StrEnum):
    """Whether names may be read or heard."""

    MASKED = "masked"
    SHOWN = "shown"


class Asking(StrEnum):
    """How the question may appear."""

    OMITTED = "omitted"
    CARD = "card"
    ORIGINAL = "original"


class Form(Frozen):
    """The fullest form in which something may be published; each field is ordered as its values are written."""

    video: Showing = Showing.NONE
    audio: Showing = Showing.NONE
    names: Naming = Naming.MASKED
    organisations: Naming = Naming.MASKED
    question: Asking = Asking.OMITTED

    def fits(self, other: Form) -> bool:
        """Whether a thing made in this form shows no more than ``other`` allows."""
        return all(
            list(type(mine)).index(mine) <= list(type(mine)).index(theirs)
            for mine, theirs in zip(self._values, other._values, strict=True)
        )

    @property
    def _values(self) -> tuple[Showing | Naming | Asking, ...]:
        return self.video, self.audio, self.names, self.organisations, self.question


NOTHING = Form()
"""The form of what is not published."""


class Obstacle(StrEnum):
    """Why a person's agreement does not count."""

    MISSING = "missing"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    NO_SUCH_PERSON = "no_such_person"
    UNDECLARED_NO = "undeclared_no"
    SECOND_GUARDIAN = "second_guardian"
    CAME_OF_AGE = "came_of_age"


class Reason(Frozen):
    """One obstacle: whose agreement (None: somebody no longer declared), to what, and what is wrong with it."""

    obstacle: Obstacle
    role: Role | None
    purpose: Purpose
    person_id: PersonId | None = None


class Request(Frozen):
    """An agreement to ask for: of whom (None: nobody of that role is declared), for what."""

    role: Role
    person_id: PersonId | None
    purposes: tuple[Purpose, ...]


class Exclusion(Frozen):
    """A place that an allowed recording must leave out, for one purpose."""

    purpose: Purpose
    scope: Scope


class Decision(Frozen):
    """What the rules say at one moment: allowed or not, in which form, why not, and until when.

    ``form`` is what may be published at that place, whatever was asked. ``exclusions`` are the places to leave out
    where a part was asked about. ``uniform``: the answer is the same at every place of the recording. ``valid_until``
    is when the first agreement relied upon ends; ``next_change`` when the clock alone may change anything.
    ``ledger_seq`` and ``policy_sha256`` say on what it rests.
    """

    recording_id: RecordingId
    purposes: frozenset[Purpose]
    allowed: bool
    reasons: tuple[Reason, ...] = ()
    decided_at: AwareDatetime
    valid_until: datetime | None = None
    place: Place = WHOLE
    form: Form = NOTHING
    exclusions: tuple[Exclusion, ...] = ()
    uniform: bool = False
    next_change: datetime | None = None
    ledger_seq: int = 0
    policy_sha256: str = ""

    @property
    def missing(self) -> tuple[Request, ...]:
        """Whom to ask, and for what, before the answer can be yes."""
        asked: dict[tuple[Role, PersonId | None], list[Purpose]] = {}
        for reason in self.reasons:
            if reason.role is not None:
                asked.setdefault((reason.role, reason.person_id), []).append(reason.purpose)
        return tuple(
            Request(role=role, person_id=person, purposes=tuple(dict.fromkeys(purposes)))
            for (role, person), purposes in asked.items()
        )

    @property
    def explanation(self) -> str:
        """The reasons as one French sentence, one clause for each person and obstacle."""
        if self.allowed and self.exclusions:
            left_out = " ; ".join(dict.fromkeys(one.scope.french for one in self.exclusions))
            return f"Les accords nécessaires sont donnés, sauf ce qui doit être laissé de côté : {left_out}."
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
    Obstacle.SECOND_GUARDIAN: (
        "un seul {who} est déclaré : il faut les deux, ou dire pourquoi il décide seul, « sole_authority » ({what})"
    ),
    Obstacle.CAME_OF_AGE: "le {who} est devenu majeur et n'a pas confirmé lui-même son accord ({what})",
}

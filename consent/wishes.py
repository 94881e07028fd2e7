"""What people say about single clips: approved, refused, a passage hidden, a title corrected; and who must approve.

Owns two tables beside the register: what was said (appended, never changed) and who is asked. Takes pseudonyms,
clip ids and seconds; gives :class:`Wishes`, a pure fold that can only narrow what the rules allow. Titles, the only
words of a person here, are kept apart so that they can be erased.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from pydantic import AwareDatetime, Field
from sqlalchemy import Column, Connection, Float, Integer, MetaData, Row, String, Table, Text, delete, insert, select

from consent.database import Database
from consent.records import AgeBand, Frozen, Party, PersonId, RecordingId, Role, Span
from consent.reviewers import Reviewers

_metadata = MetaData()

_said = Table(
    "clip_wishes",
    _metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("recording_id", String, nullable=False, index=True),
    Column("person_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("clip_id", String),
    Column("content", String),
    Column("starts", Float),
    Column("ends", Float),
    Column("said_at", String, nullable=False),
    Column("channel", String, nullable=False),
    sqlite_autoincrement=True,
)

_titles = Table(
    "clip_titles",
    _metadata,
    Column("clip_id", String, primary_key=True),
    Column("recording_id", String, nullable=False, index=True),
    Column("title", Text, nullable=False),
)

_reviewers = Table(
    "clip_reviewers",
    _metadata,
    Column("recording_id", String, primary_key=True),
    Column("person_id", String, primary_key=True),
    Column("party", Text, nullable=False),
    Column("waived", Integer, nullable=False),
)

_APPEND_ONLY = {
    "sqlite": tuple(
        f"CREATE TRIGGER IF NOT EXISTS clip_wishes_no_{verb} BEFORE {verb} ON clip_wishes "
        "BEGIN SELECT RAISE(ABORT, 'what people said of clips is append-only'); END"
        for verb in ("update", "delete")
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION clip_wishes_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'what people said of clips is append-only'; END $$",
        "CREATE OR REPLACE TRIGGER clip_wishes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON clip_wishes "
        "FOR EACH STATEMENT EXECUTE FUNCTION clip_wishes_append_only()",
    ),
}
"""What refuses to rewrite what was said, in the database itself."""

TOLERANCE_S = 0.25
"""Two clips that follow one another meet in a silence and end on whole frames: a refusal of the one, which reaches
whatever is cut again from the same seconds, must not reach the other for the breath they share."""


class WishKind(StrEnum):
    """What a person says of a clip."""

    APPROVED = "approved"
    REFUSED = "refused"
    HIDDEN = "hidden"


class Wish(Frozen):
    """One thing said. ``span`` is in seconds of the recording; ``content`` says which state of the clip was seen."""

    seq: int = Field(0, ge=0)
    recording_id: RecordingId
    person_id: PersonId
    kind: WishKind
    clip_id: str | None = None
    content: str | None = None
    span: Span | None = None
    said_at: AwareDatetime
    channel: str


class Reviewer(Frozen):
    """A person of the meeting, and whether they gave up seeing each clip before it is shown."""

    party: Party
    waived: bool = False


class Wishes(Frozen):
    """Everything said about the clips of one recording. Adding a refusal or a hidden passage never shows more."""

    said: tuple[Wish, ...] = ()
    reviewers: tuple[Reviewer, ...] = ()
    titles: dict[str, str] = Field(default_factory=dict)

    @property
    def hidden(self) -> tuple[Span, ...]:
        """The passages that nobody may see again, whatever clip they would be in."""
        spans = [wish.span for wish in self.said if wish.kind is WishKind.HIDDEN and wish.span is not None]
        spans += [_within(wish.span) for wish in self._refusals() if wish.span is not None]
        return tuple(sorted(spans, key=lambda span: (span.start, span.end)))

    @property
    def refused(self) -> frozenset[str]:
        """Ids of the clips that somebody refuses."""
        return frozenset(wish.clip_id for wish in self._refusals() if wish.clip_id is not None)

    def hides(self, clip_id: str, span: Span) -> bool:
        """Whether somebody wants that clip, or any second of it, not to be shown."""
        return clip_id in self.refused or any(span.overlaps(hidden) for hidden in self.hidden)

    def awaited(self, clip_id: str, content: str, reviewers: Reviewers) -> tuple[Party, ...]:
        """Who must still approve that state of the clip."""
        last = self._last()
        return tuple(
            one.party
            for one in _asked(self.reviewers, reviewers)
            if not one.waived
            and not (
                (wish := last.get((one.party.id, clip_id))) is not None
                and wish.kind is WishKind.APPROVED
                and wish.content == content
            )
        )

    def allow(self, clip_id: str, span: Span, content: str, reviewers: Reviewers) -> bool:
        """Whether the clip may be shown, as far as wishes go; nobody to ask, where somebody must be, means no."""
        if self.hides(clip_id, span):
            return False
        if reviewers is Reviewers.NOBODY:
            return True
        return bool(_asked(self.reviewers, reviewers)) and not self.awaited(clip_id, content, reviewers)

    def may_hold_back(self, reviewers: Reviewers) -> bool:
        """Whether any clip of the recording could be held back; if not, all that consent allows is shown."""
        asked = _asked(self.reviewers, reviewers)
        awaiting = reviewers is not Reviewers.NOBODY and (not asked or not all(one.waived for one in asked))
        return awaiting or bool(self.said)

    def verdict(self, person: PersonId, clip_id: str, content: str) -> WishKind | None:
        """What a person last said of a clip; an approval of another state of it is none."""
        wish = self._last().get((person, clip_id))
        if wish is None or (wish.kind is WishKind.APPROVED and wish.content != content):
            return None
        return wish.kind

    def _last(self) -> dict[tuple[PersonId, str], Wish]:
        return {
            (wish.person_id, wish.clip_id): wish
            for wish in sorted(self.said, key=lambda wish: wish.seq)
            if wish.kind is not WishKind.HIDDEN and wish.clip_id is not None
        }

    def _refusals(self) -> list[Wish]:
        return [wish for wish in self._last().values() if wish.kind is WishKind.REFUSED]


class WishBook:
    """Reads and appends what people say of clips; ``clock`` gives the present."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self.database = database
        self.clock = clock
        database.create(_metadata)
        with database.reading() as connection:
            dialect = connection.dialect.name
        database.create(_metadata, *_APPEND_ONLY[dialect])

    def declare(self, recording_id: RecordingId, parties: Sequence[Party], waived: Iterable[PersonId]) -> None:
        """Take over who may be asked, and who gave up being asked, from a meeting's description."""
        gave_up = set(waived)
        wanted = {party.id: (party.model_dump_json(), int(party.id in gave_up)) for party in parties}
        own = _reviewers.c.recording_id == recording_id
        with self.database.reading() as connection:  # night after night, most descriptions say the same
            rows = connection.execute(select(_reviewers).where(own)).all()
        if {row.person_id: (row.party, row.waived) for row in rows} == wanted:
            return
        with self.database.writing() as connection:
            connection.execute(delete(_reviewers).where(own))
            for person, (party, given_up) in wanted.items():
                values = {"recording_id": recording_id, "person_id": person, "party": party, "waived": given_up}
                connection.execute(insert(_reviewers).values(values))

    def say(self, wish: Wish) -> None:
        """Append what a person says; in force when this returns."""
        with self.database.writing() as connection:
            self.say_within(connection, wish)

    def say_within(self, connection: Connection, wish: Wish) -> None:
        """The same inside the caller's transaction."""
        connection.execute(
            insert(_said).values(
                recording_id=wish.recording_id,
                person_id=wish.person_id,
                kind=wish.kind.value,
                clip_id=wish.clip_id,
                content=wish.content,
                starts=wish.span.start if wish.span else None,
                ends=wish.span.end if wish.span else None,
                said_at=wish.said_at.isoformat(),
                channel=wish.channel,
            )
        )

    def entitle(self, recording_id: RecordingId, clip_id: str, title: str) -> None:
        """Keep a clip's corrected title, in place of a former correction."""
        with self.database.writing() as connection:
            connection.execute(delete(_titles).where(_titles.c.clip_id == clip_id))
            connection.execute(insert(_titles).values(clip_id=clip_id, recording_id=recording_id, title=title))

    def of(self, recording_id: RecordingId) -> Wishes:
        """What is said of one recording's clips."""
        with self.database.reading() as connection:
            return self.within(connection, [recording_id])[recording_id]

    def within(self, connection: Connection, recording_ids: Iterable[RecordingId]) -> Mapping[RecordingId, Wishes]:
        """The same for several recordings, inside the caller's transaction."""
        ids = list(dict.fromkeys(recording_ids))
        found: dict[RecordingId, tuple[list[Wish], list[Reviewer], dict[str, str]]] = {one: ([], [], {}) for one in ids}
        for row in connection.execute(select(_said).where(_said.c.recording_id.in_(ids)).order_by(_said.c.seq)):
            found[row.recording_id][0].append(_wish(row))
        for row in connection.execute(select(_reviewers).where(_reviewers.c.recording_id.in_(ids))):
            reviewer = Reviewer(party=Party.model_validate_json(row.party), waived=bool(row.waived))
            found[row.recording_id][1].append(reviewer)
        for row in connection.execute(select(_titles).where(_titles.c.recording_id.in_(ids))):
            found[row.recording_id][2][row.clip_id] = row.title
        return {
            one: Wishes(said=tuple(said), reviewers=tuple(people), titles=titles)
            for one, (said, people, titles) in found.items()
        }

    def erase_words(self, recording_id: RecordingId) -> int:
        """Remove the corrected titles of a recording; what was refused or hidden stays, in numbers."""
        with self.database.writing() as connection:
            return connection.execute(delete(_titles).where(_titles.c.recording_id == recording_id)).rowcount


def _asked(reviewers: Sequence[Reviewer], policy: Reviewers) -> tuple[Reviewer, ...]:
    """Whose approval a policy wants: the two who are seen, and every guardian of a minor (or of an unknown age)."""
    minor = any(one.party.role is Role.YOUNG_PERSON and one.party.age_band is not AgeBand.ADULT for one in reviewers)
    roles = {
        Reviewers.NOBODY: set[Role](),
        Reviewers.YOUNG_PERSON: {Role.YOUNG_PERSON},
        Reviewers.BOTH: {Role.YOUNG_PERSON, Role.PROFESSIONAL},
    }[policy]
    if minor and roles:
        roles = roles | {Role.GUARDIAN}
    return tuple(one for one in reviewers if one.party.role in roles)


def _within(span: Span) -> Span:
    """A refused clip's seconds without the breath shared with its neighbours."""
    margin = min(TOLERANCE_S, span.duration / 4)
    return Span(start=span.start + margin, end=span.end - margin)


def _wish(row: Row[tuple[object, ...]]) -> Wish:
    return Wish(
        seq=row.seq,
        recording_id=row.recording_id,
        person_id=row.person_id,
        kind=WishKind(row.kind),
        clip_id=row.clip_id,
        content=row.content,
        span=None if row.starts is None else Span(start=row.starts, end=row.ends),
        said_at=datetime.fromisoformat(row.said_at),
        channel=row.channel,
    )

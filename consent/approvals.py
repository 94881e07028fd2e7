"""Who approved which clip before it is shown, who must, and the titles that were corrected.

Owns the tables of approvals (appended, never changed), of who is asked, and of titles. Takes clip ids and the state of
their content; gives :class:`Approvals`, a pure fold that can only hold back what the rules allow. It is kept in memory
until the recording changes (:mod:`consent.changes`), which is asked at each question.
Refusals are no matter of this module: they are events of the register, with the clip as their scope. Who approved is
kept under the pseudonym of the :mod:`consent.vault`; titles, and who is asked, are kept apart so that they can be
erased.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property

from pydantic import AwareDatetime, Field
from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, Text, delete, insert, select, update

from consent.append_only import append_only
from consent.changes import MARK, changed_since, note_change
from consent.changes import metadata as changes_metadata
from consent.database import Database
from consent.majority import as_of
from consent.records import AgeBand, Frozen, Party, PersonId, RecordingId, Role
from consent.reviewers import Reviewers
from consent.vault import Vault, new_pseudonym

_metadata = MetaData()

_said = Table(
    "clip_approvals",
    _metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("recording_id", String, nullable=False, index=True),
    Column("person_id", String, nullable=False),
    Column("clip_id", String, nullable=False),
    Column("content", String, nullable=False),
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

_MOST_REMEMBERED = 20_000
"""Recordings whose approvals are kept in memory, as many as their decisions (:mod:`consent.holdings`)."""

_LIFTED = {
    "sqlite": tuple(f"DROP TRIGGER clip_approvals_no_{verb}" for verb in ("update", "delete")),
    "postgresql": ("DROP TRIGGER clip_approvals_append_only ON clip_approvals",),
}
"""What lets it be rewritten once, by the upgrade of a library of before."""

_IN_CLEAR = _said.c.person_id.not_like(f"p-{'_' * 16}")
"""Rows of a library of before, which say the operator's own ids; a pseudonym is ``p-`` and sixteen digits."""


class Approval(Frozen):
    """A person's yes to one clip; ``content`` says which state of it they saw."""

    recording_id: RecordingId
    person_id: PersonId
    clip_id: str
    content: str
    said_at: AwareDatetime
    channel: str


class Reviewer(Frozen):
    """A person of the meeting, and whether they gave up seeing each clip before it is shown."""

    party: Party
    waived: bool = False


class Approvals(Frozen):
    """Every approval of the clips of one recording, who is asked, and the corrected titles."""

    said: tuple[Approval, ...] = ()
    reviewers: tuple[Reviewer, ...] = ()
    titles: dict[str, str] = Field(default_factory=dict)

    def awaited(self, clip_id: str, content: str, reviewers: Reviewers) -> tuple[Party, ...]:
        """Who must still approve that state of the clip."""
        last = self._last
        return tuple(
            one.party
            for one in self._asked[reviewers]
            if not one.waived and last.get((one.party.id, clip_id)) != content
        )

    def approved(self, person: PersonId, clip_id: str, content: str) -> bool:
        """Whether a person's last approval of a clip is of that state of it."""
        return self._last.get((person, clip_id)) == content

    def allow(self, clip_id: str, content: str, reviewers: Reviewers) -> bool:
        """Whether the clip is approved by all who are asked; nobody to ask, where somebody must be, means no."""
        if reviewers is Reviewers.NOBODY:
            return True
        return bool(self._asked[reviewers]) and not self.awaited(clip_id, content, reviewers)

    def may_hold_back(self, reviewers: Reviewers) -> bool:
        """Whether any clip of the recording could be held back; if not, all that consent allows is shown."""
        asked = self._asked[reviewers]
        return reviewers is not Reviewers.NOBODY and (not asked or not all(one.waived for one in asked))

    @cached_property
    def _last(self) -> dict[tuple[PersonId, str], str]:
        return {(one.person_id, one.clip_id): one.content for one in self.said}

    @cached_property
    def _asked(self) -> dict[Reviewers, tuple[Reviewer, ...]]:
        return {policy: _asked(self.reviewers, policy) for policy in Reviewers}


class ApprovalBook:
    """Reads and appends approvals; ``clock`` gives the present, ``vault`` the pseudonyms."""

    def __init__(self, database: Database, clock: Callable[[], datetime], vault: Vault) -> None:
        self.database = database
        self.clock = clock
        self.vault = vault
        self._remembered: tuple[str, dict[RecordingId, Approvals]] = ("", {})
        self._dialect = "sqlite" if database.is_sqlite else "postgresql"
        self._guards = append_only(database, "clip_approvals", ("seq",))
        database.create(changes_metadata)
        database.create(_metadata, *self._guards)
        self._hide_ids()

    def declare(self, recording_id: RecordingId, parties: Sequence[Party], waived: Iterable[PersonId]) -> None:
        """Take over who may be asked, and who gave up being asked, from a meeting's description.

        Read again each night, it says when a minor has come of age: from then on nobody answers for them.
        """
        gave_up, now = set(waived), self.clock()
        # Who is asked depends on an age, never on a birthday.
        asked = [as_of(party, now).model_copy(update={"comes_of_age_on": None}) for party in parties]
        wanted = {party.id: (party.model_dump_json(), int(party.id in gave_up)) for party in asked}
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
            note_change(connection, recording_id)

    def say_within(self, connection: Connection, approval: Approval, title: str | None = None) -> None:
        """Append an approval inside the caller's transaction, with the clip's corrected title where there is one."""
        if title is not None:
            connection.execute(delete(_titles).where(_titles.c.clip_id == approval.clip_id))
            values = {"clip_id": approval.clip_id, "recording_id": approval.recording_id, "title": title}
            connection.execute(insert(_titles).values(values))
        said_at = approval.said_at.isoformat()
        hidden = self.vault.pseudonym(connection, approval.recording_id, approval.person_id)
        values = {**approval.model_dump(), "said_at": said_at, "person_id": hidden}
        connection.execute(insert(_said).values(values))
        note_change(connection, approval.recording_id)

    def of(self, recording_id: RecordingId) -> Approvals:
        """What is said of one recording's clips."""
        with self.database.reading() as connection:
            return self.within(connection, [recording_id])[recording_id]

    def within(
        self, connection: Connection, recording_ids: Iterable[RecordingId], mark: str | None = None
    ) -> Mapping[RecordingId, Approvals]:
        """The same for several recordings, inside the caller's transaction.

        ``mark`` is :data:`consent.changes.MARK` as that transaction sees it, where it was asked already.
        """
        if mark is None:
            mark = connection.execute(MARK).scalar() or ""
        known, ids = self._known(connection, mark), list(recording_ids)
        if unknown := [one for one in ids if one not in known]:
            known.update(self._read(connection, unknown))
        return {one: known[one] for one in ids}

    def _known(self, connection: Connection, mark: str) -> dict[RecordingId, Approvals]:
        """What is remembered of any recording and true under that mark; another thread may go on with the former."""
        former, known = self._remembered
        if former == mark and len(known) <= _MOST_REMEMBERED:
            return known
        changed = None if len(known) > _MOST_REMEMBERED else changed_since(connection, former)
        known = {} if changed is None else dict(known)
        for one in changed or ():
            known.pop(one, None)
        self._remembered = (mark, known)
        return known

    def _read(self, connection: Connection, ids: Sequence[RecordingId]) -> dict[RecordingId, Approvals]:
        found: dict[RecordingId, tuple[list[Approval], list[Reviewer], dict[str, str]]]
        found = {one: ([], [], {}) for one in ids}
        rows = connection.execute(select(_said).where(_said.c.recording_id.in_(ids)).order_by(_said.c.seq)).all()
        people = self.vault.of(connection, {row.recording_id for row in rows})
        for row in rows:
            said = {name: value for name, value in row._mapping.items() if name != "seq"}
            if row.person_id in people:  # else forgotten: a pseudonym that speaks of nobody
                said["person_id"] = people[row.person_id].person_id
            found[row.recording_id][0].append(Approval.model_validate(said))
        for row in connection.execute(select(_reviewers).where(_reviewers.c.recording_id.in_(ids))):
            reviewer = Reviewer(party=Party.model_validate_json(row.party), waived=bool(row.waived))
            found[row.recording_id][1].append(reviewer)
        for row in connection.execute(select(_titles).where(_titles.c.recording_id.in_(ids))):
            found[row.recording_id][2][row.clip_id] = row.title
        return {
            one: Approvals(said=tuple(said), reviewers=tuple(people), titles=titles)
            for one, (said, people, titles) in found.items()
        }

    def erase_titles(self, recording_id: RecordingId, keep: Iterable[str]) -> int:
        """Remove the corrected titles of a recording, but those of some clips; how many were removed."""
        own = (_titles.c.recording_id == recording_id) & _titles.c.clip_id.not_in(list(keep))
        with self.database.writing() as connection:
            note_change(connection, recording_id)
            return connection.execute(delete(_titles).where(own)).rowcount

    def erase_reviewers(self, recording_id: RecordingId) -> int:
        """Remove who is asked about a recording's clips (ids, ages, roles); how many were removed."""
        with self.database.writing() as connection:
            note_change(connection, recording_id)
            return connection.execute(delete(_reviewers).where(_reviewers.c.recording_id == recording_id)).rowcount

    def _hide_ids(self) -> None:
        """Put pseudonyms in place of the ids that a library of before kept in clear; once, in one transaction."""
        with self.database.reading() as connection:
            if connection.execute(select(_said.c.seq).where(_IN_CLEAR).limit(1)).first() is None:
                return
        with self.database.writing() as connection:
            rows = connection.execute(select(_said).where(_IN_CLEAR)).all()
            hidden = {
                (one, identity.person_id): name
                for one in {RecordingId(row.recording_id) for row in rows}
                for name, identity in self.vault.of(connection, [one]).items()
            }
            for statement in _LIFTED[self._dialect]:
                connection.exec_driver_sql(statement)
            for row in rows:
                # Who was forgotten meanwhile is given a pseudonym of nobody: the vault must not know them again.
                name = hidden.get((row.recording_id, row.person_id)) or new_pseudonym()
                connection.execute(update(_said).where(_said.c.seq == row.seq).values(person_id=name))
            for statement in self._guards:
                connection.exec_driver_sql(statement)
            note_change(connection, None)


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

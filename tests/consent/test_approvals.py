"""Approvals can only hold back: a clip waits for each person who is asked, as it is now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError

from consent.approvals import Approval, ApprovalBook, Approvals, Reviewer
from consent.errors import RegisterUnavailable
from consent.records import AgeBand, Party, PersonId, RecordingId, Role
from consent.register import Register
from consent.reviewers import Reviewers
from tests.databases import Clock, Opens

RECORDING = RecordingId("rec-0000000000000001")
AT = datetime(2026, 3, 1, tzinfo=UTC)
PEOPLE = (
    Party(id=PersonId("pro"), role=Role.PROFESSIONAL, age_band=AgeBand.ADULT),
    Party(id=PersonId("jeune"), role=Role.YOUNG_PERSON, age_band=AgeBand.UNKNOWN),
    Party(id=PersonId("parent"), role=Role.GUARDIAN, age_band=AgeBand.ADULT),
)
CLIPS = ("clip-a", "clip-b")


def _approval(person: str, clip: str = "clip-a", content: str = "as it is") -> Approval:
    return Approval(
        recording_id=RECORDING,
        person_id=PersonId(person),
        clip_id=clip,
        content=content,
        said_at=AT,
        channel="link",
    )


approvals = st.builds(
    _approval,
    st.sampled_from([one.id for one in PEOPLE]),
    st.sampled_from(CLIPS),
    st.sampled_from(["as it is", "as it was"]),
)


def _all(said: list[Approval], waived: set[str]) -> Approvals:
    people = tuple(Reviewer(party=one, waived=one.id in waived) for one in PEOPLE)
    return Approvals(said=tuple(said), reviewers=people)


def _shown(held: Approvals, reviewers: Reviewers) -> set[str]:
    return {clip for clip in CLIPS if held.allow(clip, "as it is", reviewers)}


@given(st.lists(approvals, max_size=12), st.sets(st.sampled_from(["pro", "jeune", "parent"])))
def test_asking_more_people_never_shows_more(said: list[Approval], waived: set[str]) -> None:
    """Both (and the guardian of a minor) show a part of what the young person alone shows; nobody asked shows most."""
    held = _all(said, waived)

    assert _shown(held, Reviewers.BOTH) <= _shown(held, Reviewers.YOUNG_PERSON) <= _shown(held, Reviewers.NOBODY)


@given(
    st.lists(approvals, max_size=12), st.sets(st.sampled_from(["pro", "jeune", "parent"])), st.sampled_from(Reviewers)
)
def test_where_nobody_may_hold_back_everything_is_shown(
    said: list[Approval], waived: set[str], reviewers: Reviewers
) -> None:
    """The shortcut that counts by recording says the same as each clip would."""
    held = _all(said, waived)

    assert held.may_hold_back(reviewers) or _shown(held, reviewers) == set(CLIPS)


def test_nobody_to_ask_is_a_no() -> None:
    """A recording of which no person is declared is shown only where nobody has to be asked."""
    held = Approvals()

    assert _shown(held, Reviewers.BOTH) == _shown(held, Reviewers.YOUNG_PERSON) == set()
    assert _shown(held, Reviewers.NOBODY) == set(CLIPS)


def test_an_approval_is_of_the_clip_as_it_was_seen() -> None:
    """Each for themselves; once the clip changes, each is asked again."""
    said = [_approval(person) for person in ("pro", "jeune", "parent")]

    shown = [_shown(_all(said[:count], set()), Reviewers.BOTH) for count in range(4)]
    changed = _all(said, set()).awaited("clip-a", "as it became", Reviewers.BOTH)

    assert shown == [set(), set(), set(), {"clip-a"}]
    assert {one.id for one in changed} == {"pro", "jeune", "parent"}


def test_approvals_are_kept_and_cannot_be_rewritten(reopen: Opens, clock: Clock) -> None:
    """Another process reads them; the database itself refuses to change or delete one; titles can be erased."""
    book = _book(reopen, clock)
    book.declare(RECORDING, PEOPLE, [PersonId("parent")])
    with book.database.writing() as connection:
        book.say_within(connection, _approval("jeune"), "Un autre titre")
        book.say_within(connection, _approval("pro", "clip-b"), "Encore un")

    again = _book(reopen, clock)

    assert [one.person_id for one in again.of(RECORDING).said] == ["jeune", "pro"]
    assert {one.party.id for one in again.of(RECORDING).reviewers if one.waived} == {"parent"}
    replaced = (
        "INSERT OR REPLACE INTO clip_approvals SELECT seq, recording_id, person_id, clip_id, 'x', said_at, channel"
    )
    for statement in (
        "UPDATE clip_approvals SET content = 'x'",
        "DELETE FROM clip_approvals",
        f"{replaced} FROM clip_approvals",  # to PostgreSQL, no statement at all
    ):
        with pytest.raises((RegisterUnavailable, DBAPIError)), again.database.writing() as connection:
            connection.exec_driver_sql(statement)
    assert again.erase_titles(RECORDING, keep=["clip-b"]) == 1
    assert again.of(RECORDING).titles == {"clip-b": "Encore un"}


def _book(reopen: Opens, clock: Clock) -> ApprovalBook:
    register = Register(reopen(), clock)
    return ApprovalBook(register.database, clock, register.vault)


def test_who_approved_is_kept_under_a_pseudonym_and_forgotten_with_its_key(reopen: Opens, clock: Clock) -> None:
    """The id that the operator gave is in no row; once the person is forgotten, the row speaks of nobody."""
    book = _book(reopen, clock)
    with book.database.writing() as connection:
        book.say_within(connection, _approval("kevin-dupont"))
    known = [one.person_id for one in book.of(RECORDING).said]
    Register(reopen(), clock).forget_people(RECORDING)

    with book.database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT person_id FROM clip_approvals").scalars().all()
    (left,) = _book(reopen, clock).of(RECORDING).said

    assert known == ["kevin-dupont"]
    assert [left.person_id] == rows
    assert left.person_id.startswith("p-")


def test_ids_in_clear_of_a_library_of_before_are_hidden_at_its_opening(reopen: Opens, clock: Clock) -> None:
    """Once; the approvals still count, those of a forgotten person are nobody's, and the rows are locked again."""
    book = _book(reopen, clock)
    with book.database.writing() as connection:
        book.vault.pseudonym(connection, RECORDING, PersonId("kevin-dupont"))
        for person in ("kevin-dupont", "parti-depuis"):
            connection.exec_driver_sql(
                "INSERT INTO clip_approvals (recording_id, person_id, clip_id, content, said_at, channel) "
                f"VALUES ('{RECORDING}', '{person}', 'clip-a', 'seen', '2026-05-04T10:00:00+00:00', 'link')"
            )

    again = _book(reopen, clock)

    with again.database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT person_id FROM clip_approvals ORDER BY seq").scalars().all()
        known = {identity.person_id for identity in again.vault.of(connection, [RECORDING]).values()}
    kevin, gone = again.of(RECORDING).said
    assert all(row.startswith("p-") for row in rows)
    assert (kevin.person_id, gone.person_id, known) == ("kevin-dupont", rows[1], {"kevin-dupont"})
    with pytest.raises((RegisterUnavailable, DBAPIError)), again.database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM clip_approvals")


def test_from_their_eighteenth_birthday_on_nobody_else_is_asked(reopen: Opens, clock: Clock) -> None:
    """Read again after the birthday, the description asks the young person, and their guardians no longer."""
    book, (pro, young, parent) = _book(reopen, clock), PEOPLE
    minor = {"age_band": AgeBand.FROM_15_TO_17, "comes_of_age_on": clock.now.date() + timedelta(days=1)}
    asked = []

    for _ in range(2):
        book.declare(RECORDING, [pro, young.model_copy(update=minor), parent], waived=())
        asked.append({one.id for one in book.of(RECORDING).awaited("clip-a", "content", Reviewers.BOTH)})
        clock.now += timedelta(days=1)

    assert [{"pro", "jeune", "parent"}, {"pro", "jeune"}] == asked

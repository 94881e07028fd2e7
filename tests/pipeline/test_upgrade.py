"""A library of before the ledger knew of parts: nothing that somebody refused comes back."""

from __future__ import annotations

from pathlib import Path

from consent.records import EventKind, Purpose, Scope, Span
from consent.register import Register
from consent.reviewers import Reviewers
from pipeline.catalogue import Catalogue, content_of
from tests.consent.people import MORNING, PRO, RECORDING, YOUNG, given_by
from tests.databases import Clock, Opens
from tests.pipeline.test_withdrawal import SPANS, A, B, C, clip_at

_TABLES = (
    "CREATE TABLE clips (clip_id VARCHAR PRIMARY KEY, recording_id VARCHAR NOT NULL, render_key VARCHAR NOT NULL, "
    "embedding_key VARCHAR NOT NULL, document TEXT NOT NULL)",
    "CREATE TABLE clip_wishes (seq INTEGER PRIMARY KEY, recording_id VARCHAR, person_id VARCHAR, kind VARCHAR, "
    "clip_id VARCHAR, content VARCHAR, starts FLOAT, ends FLOAT, said_at VARCHAR, channel VARCHAR)",
)


def _say(kind: str, clip_id: str | None, content: str | None, span: tuple[float, float] | None) -> tuple[object, ...]:
    return (RECORDING, "jeune", kind, clip_id, content, *(span or (None, None)), MORNING.isoformat(), "link")


def test_what_was_refused_before_is_refused_still(reopen: Opens) -> None:
    """Wishes become signed events, approvals stay approvals, clips say where they are; opened twice, nothing is new."""
    database = reopen()
    register = Register(database, Clock())
    register.declare(RECORDING, [PRO, YOUNG], [given_by(PRO), given_by(YOUNG)])
    clips = [clip_at(one) for one in (A, B, C)]
    wishes = [
        _say("approved", B, content_of(clips[1]), SPANS[B]),
        _say("refused", A, None, SPANS[A]),
        _say("hidden", None, None, (129.0, 131.0)),
    ]
    mark = "?" if database.is_sqlite else "%s"
    with database.writing() as connection:
        for statement in _TABLES:
            connection.exec_driver_sql(statement)
        for clip in clips:
            values = (clip.id, RECORDING, "render", "index", clip.model_dump_json())
            connection.exec_driver_sql(f"INSERT INTO clips VALUES ({', '.join([mark] * 5)})", values)
        for number, wish in enumerate(wishes, start=1):
            marks = ", ".join([mark] * 10)
            connection.exec_driver_sql(f"INSERT INTO clip_wishes VALUES ({marks})", (number, *wish))

    catalogue = Catalogue(register, Reviewers.NOBODY)

    assert set(catalogue.live([A, B, C])) == {B}
    said = [event for event in register.history(RECORDING) if event.kind is EventKind.WITHDRAWN]
    assert [event.scope for event in said] == [
        Scope.of_clip(A, Span(start=SPANS[A][0], end=SPANS[A][1])),
        Scope(passages=(Span(start=129, end=131),)),
    ]
    assert catalogue.approvals.of(RECORDING).approved(YOUNG.id, B, content_of(clips[1]))
    size = register.ledger.head()
    assert set(Catalogue(Register(reopen(), Clock()), Reviewers.NOBODY).live([A, B, C])) == {B}
    assert size == register.ledger.head()
    assert register.ledger.verify().problem == ""
    register.withdraw(RECORDING, YOUNG.id, frozenset({Purpose.SHOW_FIRST_NAME}))
    assert catalogue.live([B]) == {}  # it was made without looking whether it names somebody


def test_a_library_of_today_is_left_as_it_is(reopen: Opens, tmp_path: Path) -> None:
    """Nothing is read of the clips, nothing is written."""
    first = Catalogue(Register(reopen(), Clock()), Reviewers.NOBODY)

    Catalogue(Register(reopen(), Clock()), Reviewers.NOBODY)

    assert first.register.ledger.head() is None
    assert list(tmp_path.glob("home/*-before*")) == []

"""What refuses to rewrite a table of what was said, in the database itself: its triggers, for both databases."""

from __future__ import annotations

from collections.abc import Sequence

from consent.database import Database

_VERBS = ("update", "delete")


def append_only(database: Database, table: str, unique: Sequence[str]) -> tuple[str, ...]:
    """Statements that forbid to update, delete or replace a row of ``table``; ``unique`` names its unique columns."""
    told = f"{table} is append-only"
    if not database.is_sqlite:
        return (
            f"CREATE OR REPLACE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{told}'; END $$",
            f"CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()",
        )
    refusal = f"BEGIN SELECT RAISE(ABORT, '{told}'); END"
    same = " OR ".join(f"{column} = NEW.{column}" for column in unique)
    there = f"SELECT 1 FROM {table} WHERE {same}"  # noqa: S608 - names of ours, never of a visitor
    return (
        *(f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb} BEFORE {verb} ON {table} {refusal}" for verb in _VERBS),
        # INSERT OR REPLACE deletes what is in its way without any trigger of deletion (recursive_triggers is off).
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_replace BEFORE INSERT ON {table} WHEN EXISTS ({there}) {refusal}",
    )

"""Stops: everything that was ever taken back, in one list kept with the keys, outside every backup.

A backup, or a database put back by hand, is older than what was taken back after it. The list says at which entry of
the ledger it was gathered: a database that has not that very entry is older (or another), and is told the whole list
again before anything is read of it. What cannot be said again, that a description was corrected, makes its recording
wait until the description was read anew. It holds pseudonyms, clip ids, hashes and seconds: no word, no name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from pydantic import AwareDatetime, Field, ValidationError, model_validator
from sqlalchemy import Connection

from consent.errors import KeysUnusable
from consent.holdings import HEAD
from consent.narrowings import mark_unread, narrowings
from consent.records import ConsentEvent, Frozen, RecordingId
from consent.register import Register
from pipeline.keys import LibraryKeys
from pipeline.upgrade import event_of_wish


class Stops(Frozen):
    """What was taken back, as the ledger had it up to entry ``through``, of which ``leaf`` is the hash.

    ``declared`` is the hash of the last declaration of each recording that was declared more than once; ``removing``
    names the recordings that the operator is having removed.
    """

    version: int = 3
    written_at: AwareDatetime
    through: int = 0
    leaf: str = ""
    events: tuple[ConsentEvent, ...]
    declared: dict[RecordingId, str] = Field(default_factory=dict)
    removing: tuple[RecordingId, ...]

    @model_validator(mode="before")
    @classmethod
    def _of_before(cls, written: Any) -> Any:
        """A list of before kept refusals of clips beside the events."""
        if not isinstance(written, dict) or "wishes" not in written:
            return written
        said = [
            event_of_wish(
                {**wish, "starts": (wish["span"] or {}).get("start"), "ends": (wish["span"] or {}).get("end")}
            )
            for wish in written["wishes"]
        ]
        rest = {name: value for name, value in written.items() if name != "wishes"}
        return {**rest, "events": [*written["events"], *(event.model_dump(mode="json") for event in said)]}

    def is_of(self, register: Register, connection: Connection) -> bool:
        """Whether the register has the very history that this was gathered from: then it knows all of it."""
        return bool(self.through) and register.ledger.leaf_at(connection, self.through) == self.leaf

    def replay_within(self, register: Register, connection: Connection) -> int:
        """Say it all again to a register that may be older; how much of it was new to it."""
        said = sum(register.append_within(connection, one.model_copy(update={"seq": 0})) for one in self.events)
        return said + len(mark_unread(connection, register.ledger, self.declared, register.clock()))


def keep_stops(
    register: Register,
    keyring: LibraryKeys,
    removing: Iterable[RecordingId] | None = None,
    forgotten: RecordingId | None = None,
) -> int:
    """Bring the list beside the keys and the register to one another; how much of the list was new to the register.

    What the list has and the register does not know (the database was put back from an older copy) is said to it
    again: the list never loses anything.

    Args:
        register: where things are said.
        keyring: where the list is.
        removing: the recordings that the operator is having removed; those of the list by default.
        forgotten: a recording whose persons were just forgotten, and must be in the list under no name.

    Raises:
        KeysUnusable: the list is damaged, or cannot be written.
    """
    # Else of two who read the same list, the second would write the first's away.
    with keyring.holding_stops(), register.database.unguarded():
        former, replayed = read_stops(keyring), 0
        with register.database.reading() as connection:
            same = former is None or former.is_of(register, connection)
        if former is not None and not same:
            with register.writing(keeping=False) as connection:
                replayed = former.replay_within(register, connection)
        found = _gathered(register, former if same else None, forgotten)
        left = former.removing if former is not None and removing is None else tuple(removing or ())
        keyring.write_stops(found.model_copy(update={"removing": left}).model_dump_json(indent=1).encode())
    return replayed


def _gathered(register: Register, former: Stops | None, forgotten: RecordingId | None) -> Stops:
    with register.database.reading() as connection:
        head = register.ledger.head_within(connection)
        size, leaf = (0, "") if head is None else (head.size, head.leaf)
        new = narrowings(connection, register.vault, 0 if former is None else former.through, size)
        kept = () if former is None else former.events
        if forgotten is not None:
            again = narrowings(connection, register.vault, 0, size, forgotten).events
            kept = (*(one for one in kept if one.recording_id != forgotten), *again)
    known = {one.event_id for one in kept}
    return Stops(
        written_at=register.clock(),
        through=size,
        leaf=leaf,
        events=(*kept, *(one for one in new.events if one.event_id not in known)),
        declared=(former.declared if former is not None else {}) | new.declared,
        removing=(),
    )


def read_stops(keyring: LibraryKeys) -> Stops | None:
    """The list beside the keys, None where there is none.

    Raises:
        KeysUnusable: it is damaged.
    """
    content = keyring.stops()
    if content is None:
        return None
    try:
        return Stops.model_validate_json(content)
    except ValidationError as error:
        raise KeysUnusable(
            "La liste des retraits du dossier des clés est abîmée ; remettez-la depuis sa propre copie : rien n'est "
            "servi ni sauvegardé sans elle."
        ) from error


class _Seen(NamedTuple):
    """A list that was read, and the head of the ledger under which the database was found to know it."""

    stamp: object
    stops: Stops | None
    head: str | None


class StopsGuard:
    """Implements :class:`consent.database.Guard`: no transaction is older than the list beside the keys.

    A look at the file and one row tell that nothing changed; the list is read again where one of them did. Where
    nobody ever said anything there is nothing to serve, and a restoration may begin.
    """

    def __init__(self, register: Register, keyring: LibraryKeys) -> None:
        self._register = register
        self._keyring = keyring
        self._seen: _Seen | None = None

    def stamp(self) -> object:
        """Which list is beside the keys."""
        return self._keyring.stops_stamp()

    def is_current(self, connection: Connection, stamp: object) -> bool:
        """Whether the database, as this transaction sees it, has the entry at which the list was gathered."""
        if stamp is None:
            self._refuse_lost_list()
            return True
        head, seen = connection.execute(HEAD).scalar(), self._seen
        listed = seen if seen is not None and seen.stamp == stamp else None
        if head is None or (listed is not None and listed.head == head):
            return True
        stops = read_stops(self._keyring) if listed is None else listed.stops
        if stops is not None and not stops.is_of(self._register, connection):
            return False
        self._seen = _Seen(stamp, stops, head)
        return True

    def _refuse_lost_list(self) -> None:
        # It is begun with the keys, before anything is signed: beside a signed head, one that is not there is lost.
        if self._register.ledger.anchor_file.exists():
            raise KeysUnusable(
                "La liste des retraits (withdrawals.json) n'est plus dans le dossier des clés, et sans elle une copie "
                "ancienne de la base montrerait ce qui a été retiré depuis : rien n'est montré ni traité ; remettez-la "
                "depuis la copie la plus récente de ce dossier (VIDEOTHEQUE_KEYS)."
            )

    def hold(self) -> None:
        """Say the list again."""
        keep_stops(self._register, self._keyring)

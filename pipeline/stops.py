"""Stops: everything that was ever taken back, in one list kept with the keys, outside every backup.

A backup is older than what was withdrawn after it. Before a restored library serves anything, this list is said to
its register again. It holds pseudonyms, clip ids and seconds: no word, no name.
"""

from __future__ import annotations

from typing import Any

from pydantic import AwareDatetime, ValidationError, model_validator

from consent.errors import KeysUnusable
from consent.records import ConsentEvent, EventKind, Frozen, RecordingId
from consent.register import Register
from pipeline.catalogue import Catalogue
from pipeline.erasure import Cause, ErasureBook
from pipeline.keys import LibraryKeys
from pipeline.upgrade import event_of_wish

_ALLOWING = frozenset({EventKind.REQUESTED, EventKind.GIVEN, EventKind.RENEWED})
"""Kinds of events that allow something. Every other one can only narrow, and must outlive a backup."""


class Stops(Frozen):
    """What was taken back, as the ledger had it up to entry ``through``, of which ``leaf`` is the hash.

    ``removing`` names the recordings that the operator is having removed.
    """

    version: int = 2
    written_at: AwareDatetime
    through: int = 0
    leaf: str = ""
    events: tuple[ConsentEvent, ...]
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

    def replay(self, register: Register) -> int:
        """Say it all again to a register that may be older; how much of it was new to it."""
        with register.writing() as connection:
            return sum(register.append_within(connection, one.model_copy(update={"seq": 0})) for one in self.events)


def keep_stops(catalogue: Catalogue, erasures: ErasureBook, keyring: LibraryKeys, *, anew: bool = False) -> None:
    """Write the list beside the keys again: after every withdrawal and every night.

    What the former list has and the register does not know (the database was put back from an older copy) is said
    again first: the list never loses anything. ``anew``: gathered from the first entry on, as after an erasure, when
    those who are forgotten must be in it under no name.
    """
    register, former = catalogue.register, read_stops(keyring)
    if former is not None and not _is_of(register, former):
        former.replay(register)
        former = None
    kept, through = (former.events, former.through) if former is not None and not anew else ((), 0)
    head = register.ledger.head()
    size, leaf = (0, "") if head is None else (head.size, head.leaf)
    # What is said between these two readings is beyond ``size``, and comes with the next list.
    said = [one for one in register.since(through) if one.seq <= size and one.kind not in _ALLOWING]
    stops = Stops(
        written_at=register.clock(),
        through=size,
        leaf=leaf,
        events=(*kept, *said),
        removing=tuple(job.recording_id for job in erasures.jobs(pending=True) if job.cause is Cause.REMOVAL),
    )
    keyring.write_stops(stops.model_dump_json(indent=1).encode())


def replay_stops(catalogue: Catalogue, keyring: LibraryKeys) -> int:
    """Hold the register to the list beside the keys; how much of it was new to it.

    Raises:
        KeysUnusable: the list is damaged.
    """
    stops = read_stops(keyring)
    return 0 if stops is None or _is_of(catalogue.register, stops) else stops.replay(catalogue.register)


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


def _is_of(register: Register, stops: Stops) -> bool:
    """Whether the register has the very history that a list was gathered from: then it knows all of it."""
    with register.database.reading() as connection:
        return bool(stops.through) and register.ledger.leaf_at(connection, stops.through) == stops.leaf

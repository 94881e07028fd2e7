"""The list of stops of a version before: one document, written anew at each withdrawal.

Takes ``withdrawals.json`` of a keys' folder; gives what it says, to be said again to a register, and to be written as
the list of today (:mod:`pipeline.stoplist`). Events are in it under the operator's ids of their persons.
"""

from __future__ import annotations

from typing import Any

from pydantic import AwareDatetime, Field, ValidationError, model_validator
from sqlalchemy import Connection

from consent import facts
from consent.errors import KeysUnusable
from consent.facts import Fact
from consent.narrowings import mark_unread
from consent.records import ConsentEvent, Frozen, RecordingId
from consent.register import Register
from pipeline.keys import LibraryKeys, unusable_list
from pipeline.upgrade import event_of_wish


class FormerStops(Frozen):
    """What was taken back, as the ledger had it up to entry ``through``, of which ``leaf`` is the hash.

    ``declared`` is the hash of the last declaration of each recording that was declared more than once; ``removing``
    names the recordings that the operator was having removed.
    """

    version: int = 3
    written_at: AwareDatetime
    through: int = 0
    leaf: str = ""
    events: tuple[ConsentEvent, ...]
    declared: dict[RecordingId, str] = Field(default_factory=dict)
    removing: tuple[RecordingId, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _of_before(cls, written: Any) -> Any:
        """A list of earlier still kept refusals of clips beside the events."""
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

    def replay_within(self, register: Register, connection: Connection) -> int:
        """Say it all again to a register that may be older; how much of it was new to it."""
        ledger, now = register.ledger, register.clock()
        older = not self.through or ledger.leaf_at(connection, self.through) != self.leaf
        said = 0
        if older:
            said = sum(register.append_within(connection, one.model_copy(update={"seq": 0})) for one in self.events)
            said += len(mark_unread(connection, ledger, self.declared, now))
        for one in self.removing:
            if facts.since(connection, one, Fact.REMOVED, Fact.ADDED) is None:
                facts.note(connection, ledger, one, Fact.REMOVED, now)
        return said


def read_former(keyring: LibraryKeys) -> FormerStops | None:
    """The list of a version before, None where there is none.

    Raises:
        KeysUnusable: it is damaged, or cannot be read.
    """
    try:
        return FormerStops.model_validate_json(keyring.former_stops_path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unusable_list(error) from error
    except ValidationError as error:
        raise KeysUnusable(
            "La liste des retraits du dossier des clés (withdrawals.json) est abîmée ; remettez-la depuis sa propre "
            "copie : rien n'est servi ni sauvegardé sans elle."
        ) from error

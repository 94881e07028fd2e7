"""Stops: everything that was ever taken back, in one list kept with the keys, outside every backup.

A backup is older than what was withdrawn after it. Before a restored library serves anything, this list is said to
its register again. It holds pseudonyms, clip ids and seconds: no word, no name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from pydantic import AwareDatetime, ValidationError

from consent.records import ConsentEvent, Frozen, RecordingId
from consent.register import Register
from consent.wishes import Wish, WishBook, WishKind
from pipeline.catalogue import Catalogue
from pipeline.erasure import Cause, Erasure, ErasureBook
from pipeline.keys import Keyring, KeysUnusable

_ALLOWING = frozenset({"requested", "given", "renewed"})
"""Kinds of events that allow something. Every other one can only narrow, and must outlive a backup."""


class Stops(Frozen):
    """What was taken back. ``removing`` names the recordings that the operator is having removed."""

    version: int = 1
    written_at: AwareDatetime
    events: tuple[ConsentEvent, ...]
    wishes: tuple[Wish, ...]
    removing: tuple[RecordingId, ...]

    @classmethod
    def gathered(
        cls, register: Register, book: WishBook, recording_ids: Iterable[RecordingId], jobs: Iterable[Erasure]
    ) -> Self:
        """Everything that was taken back of some recordings, and what was removed whole."""
        ids = tuple(recording_ids)
        return cls(
            written_at=register.clock(),
            events=tuple(event for one in ids for event in register.history(one) if event.kind.value not in _ALLOWING),
            wishes=tuple(wish for one in ids for wish in book.of(one).said if wish.kind is not WishKind.APPROVED),
            removing=tuple(job.recording_id for job in jobs if job.cause is Cause.REMOVAL and job.completed_at is None),
        )

    def replay(self, register: Register, book: WishBook) -> int:
        """Say it all again to a register that may be older; how much of it was new to it."""
        new = sum(register.append(event.model_copy(update={"seq": 0})) for event in self.events)
        for recording_id in {wish.recording_id for wish in self.wishes}:
            said = [wish.model_copy(update={"seq": 0}) for wish in book.of(recording_id).said]
            for wish in self.wishes:
                again = wish.model_copy(update={"seq": 0})
                if wish.recording_id == recording_id and again not in said:
                    book.say(again)
                    new += 1
        return new


def keep_stops(catalogue: Catalogue, erasures: ErasureBook, keyring: Keyring) -> None:
    """Write the list anew beside the keys: after every withdrawal and every night.

    What the former list has and the register does not know (the database was put back from an older copy) is said
    again first: the list never loses anything.
    """
    replay_stops(catalogue, keyring)
    jobs = erasures.jobs()
    known = [one.recording_id for one in catalogue.meetings()]
    ids = dict.fromkeys([*known, *(job.recording_id for job in jobs)])
    stops = Stops.gathered(catalogue.register, catalogue.wishes, ids, jobs)
    keyring.write_stops(stops.model_dump_json(indent=1).encode())


def replay_stops(catalogue: Catalogue, keyring: Keyring) -> int:
    """Hold the register to the list beside the keys; how much of it was new to it.

    Raises:
        KeysUnusable: the list is damaged.
    """
    content = keyring.stops()
    if content is None:
        return 0
    try:
        stops = Stops.model_validate_json(content)
    except ValidationError as error:
        raise KeysUnusable(
            "La liste des retraits du dossier des clés est abîmée ; remettez-la depuis sa propre copie : rien n'est "
            "servi ni sauvegardé sans elle."
        ) from error
    return stops.replay(catalogue.register, catalogue.wishes)

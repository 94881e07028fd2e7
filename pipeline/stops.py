"""Stops: everything that was ever taken back, in one list kept with the keys, outside every backup.

A backup, or a database put back by hand, is older than what was taken back after it. The list says at which entry of
the ledger it was gathered: a database that has not that very entry is older (or another), and is told the whole list
again before anything is read of it. What cannot be said again, that a description was corrected, makes its recording
wait until the description was read anew. It holds pseudonyms, clip ids, hashes and seconds: no word, no name; whom the
operator calls a pseudonym is sealed with that person's own key, and goes with it.
"""

from __future__ import annotations

from typing import NamedTuple, NoReturn, Self

from sqlalchemy import Connection

from consent.database import Database
from consent.errors import KeysUnusable
from consent.facts import FACTS
from consent.holdings import HEAD
from consent.keys import Signer
from consent.narrowings import Told, mark_unread, narrowings, say_again
from consent.records import RecordingId
from consent.register import Register
from consent.vault import SealedName
from pipeline.former_stops import FormerStops, read_former
from pipeline.keys import LibraryKeys, unusable_list
from pipeline.restating import Restating
from pipeline.stoplist import Line, Reading, StopList


class Stops(NamedTuple):
    """What was taken back, as the ledger had it up to entry ``through``: all that the lines of the list say."""

    through: int
    told: tuple[Told, ...]
    people: tuple[SealedName, ...]
    declared: dict[RecordingId, str]

    @classmethod
    def of(cls, lines: tuple[Line, ...]) -> Self:
        """The sum of lines; what was told twice, to two databases, counts once."""
        return cls(
            through=lines[-1].through if lines else 0,
            told=tuple({one.event_id: one for line in lines for one in line.told}.values()),
            people=tuple({one.pseudonym: one for line in lines for one in line.people}.values()),
            declared={one: leaf for line in lines for one, leaf in line.declared.items()},
        )

    def replay_within(self, register: Register, connection: Connection) -> int:
        """Say it all again to a register that may be older; how much of it was new to it."""
        register.vault.know_again(connection, self.people)
        said = say_again(connection, register.ledger, self.told, register.clock())
        return said + len(mark_unread(connection, register.ledger, self.declared, register.clock()))


class _Seen(NamedTuple):
    """A list that was looked at, and the head of the ledger under which the database was found to know it."""

    stamp: object
    head: str


class StopBook:
    """The list beside the keys of a register: adds to it what is taken back, and holds the database to it.

    Implements :class:`consent.database.Guard`: no transaction is older than the list. A look at the file and one row
    tell that nothing changed; what was added to the list is read where one of them did. Where nobody ever said
    anything there is nothing to serve, and a restoration may begin.

    Raises (every method):
        KeysUnusable: the list is damaged, is lost, or cannot be read or written.
        StorageFull: there is no room for it.
    """

    def __init__(self, register: Register, keyring: LibraryKeys) -> None:
        self._register = register
        self._keyring = keyring
        self._list = StopList(keyring.stops_path, Signer(keyring.folder))
        self._reading: Reading | None = None
        self._seen: _Seen | None = None

    @property
    def _database(self) -> Database:
        return self._register.database

    # --- the list ---

    def begin(self) -> None:
        """Begin the list with the library, take over that of a version before, or add what a killed process did not.

        Of a library whose list was lost nothing is begun: see :meth:`rebuild`.
        """
        with self._database.unguarded(), self._database.reading() as connection:
            said = connection.execute(HEAD).first() is not None
        former = read_former(self._keyring)
        if former is not None:
            self._prefer_former()
        if self._keyring.stops_stamp() is not None:
            if said and self._owes():
                self.keep()
            if said:  # else a restoration reads them both
                self._forget_former()
        elif former is not None:
            if said:
                self._take_over(former)
        elif self._register.of_before or not (said or self._keyring.ever_signed()):
            self.rebuild()

    def _prefer_former(self) -> None:
        """Put away a list that says nothing, begun before the keys of a version before were put beside it."""
        with self._keyring.holding_stops():
            if not self._list.is_only_begun():
                return
            try:
                self._keyring.stops_path.unlink()
            except OSError as error:
                raise unusable_list(error) from error

    def _take_over(self, former: FormerStops) -> None:
        with self._database.unguarded(), self._register.writing(keeping=False) as connection:
            former.replay_within(self._register, connection)
        self.rebuild(former.declared)
        self._forget_former()

    def _forget_former(self) -> None:
        """Remove the list of a version before once it was taken over: persons are in it as the operator calls them."""
        try:
            self._keyring.former_stops_path.unlink(missing_ok=True)
        except OSError as error:
            raise unusable_list(error) from error

    def rebuild(self, declared: dict[RecordingId, str] | None = None) -> Stops:
        """Make a list that is not there anew, of all that the ledger has; who calls it has verified the ledger."""
        with self._keyring.holding_stops(), self._database.unguarded():
            if self._list.read() is None:
                tables = Restating(self._register)
                with self._register.writing(keeping=False) as connection:
                    tables.state_within(connection)
                line = self._gathered(0, declared or {})
                self._list.add(line, None)
        return self.stops()

    def keep(self) -> int:
        """Bring the list and the register to one another; how much of the list was new to the register.

        What the list has and the register does not know (the database was put back from an older copy) is said to it
        again: the list never loses anything. What is added takes one line, however long the list is.
        """
        # Else of two who read the same list, the second would write over the first's line.
        with self._keyring.holding_stops(), self._database.unguarded():
            former = self._list.read(self._reading)
            if former is None:
                self._refuse_lost_list()
            with self._database.reading() as connection:
                head = connection.execute(HEAD).first()
                same = self._is_of(former, connection)
            if head is None:  # nobody said anything here: a restoration tells it all
                return 0
            replayed, whole = 0, None
            if not same:
                whole, tables = self.stops(), Restating(self._register)
                with self._register.writing(keeping=False) as connection:
                    replayed = whole.replay_within(self._register, connection)
                    tables.apply_within(connection, {one.recording_id for one in whole.told if one.source in FACTS})
            line = self._gathered(former.through if same else 0, {}, whole)
            if (line.through, line.leaf) != (former.through, former.leaf):
                self._list.add(line, former)
                self._reading = self._list.read(former)
            return replayed

    def stops(self) -> Stops:
        """All that the list says."""
        return Stops.of(self._list.lines())

    def listed(self) -> Stops | FormerStops | None:
        """All that the list says, or that of a version before does; None where there is neither."""
        if self._keyring.stops_stamp() is not None:
            return self.stops()
        return read_former(self._keyring)

    def _gathered(self, since: int, declared: dict[RecordingId, str], known: Stops | None = None) -> Line:
        """What the ledger says was taken back after an entry, without what is listed already."""
        register = self._register
        with self._database.reading() as connection:
            head = register.ledger.head_within(connection)
            size, leaf = (0, "") if head is None else (head.size, head.leaf)
            new = narrowings(connection, since, size)
            listed = {one.event_id for one in known.told} if known is not None else set()
            told = tuple(one for one in new.told if one.event_id not in listed)
            people = register.vault.names_of(connection, {one.person for one in told if one.person is not None})
        return Line(
            written_at=register.clock(), through=size, leaf=leaf, told=told, people=people,
            declared=declared | new.declared,
        )  # fmt: skip

    def _owes(self) -> bool:
        """Whether the ledger has what the list of this very history lacks: a process was killed between the two."""
        with self._database.unguarded(), self._database.reading() as connection:
            listed, head = self._list.read(), self._register.ledger.head_within(connection)
            if listed is None or head is None or not self._is_of(listed, connection):
                return False
            return any(narrowings(connection, listed.through, head.size))

    def _is_of(self, listed: Reading, connection: Connection) -> bool:
        """Whether the register has the very history that this was gathered from: then it knows all of it."""
        return bool(listed.through) and self._register.ledger.leaf_at(connection, listed.through) == listed.leaf

    # --- the guard ---

    def stamp(self) -> object:
        """Which list is beside the keys."""
        return self._keyring.stops_stamp()

    def is_current(self, connection: Connection, stamp: object) -> bool:
        """Whether the database, as this transaction sees it, has the entry at which the list was gathered."""
        head, seen = connection.execute(HEAD).scalar(), self._seen
        if head is None:
            return True
        if stamp is None:
            self._refuse_lost_list()
        if seen == (stamp, head):
            return True
        listed = self._list.read(self._reading)
        if listed is None or not self._is_of(listed, connection):
            return False
        self._reading, self._seen = listed, _Seen(stamp, head)
        return True

    def hold(self) -> None:
        """Say the list again."""
        self.keep()

    def _refuse_lost_list(self) -> NoReturn:
        # It is begun with the library, before anything is said: beside a register that says anything, it is lost.
        raise KeysUnusable(
            "La liste des retraits (withdrawals.jsonl) n'est plus dans le dossier des clés, et sans elle une copie "
            "ancienne de la base montrerait ce qui a été retiré depuis : rien n'est montré ni traité ; remettez-la "
            "depuis la copie la plus récente de ce dossier (VIDEOTHEQUE_KEYS), ou refaites-la si le registre est "
            "entier (videotheque consent rebuild-list)."
        )


def keep_stops(register: Register, keyring: LibraryKeys) -> int:
    """Bring the list beside the keys and the register to one another; how much was new to the register."""
    return StopBook(register, keyring).keep()

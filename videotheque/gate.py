"""The gate of every answer: which clips may be shown at this instant, asked as often as needed and read once.

What the register and the catalogue said is remembered only while neither has changed and no agreement has come to its
end: the database's own change counter and its files are looked at before each answer, so a withdrawal, written by
whichever process, holds from the next question on. What changed is read by one of those who ask at that instant, for
all. A refusal is remembered for seconds: nothing is written when an agreement begins.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock

from consent.database import identity, parts
from pipeline.catalogue import Catalogue, PublishedClip
from pipeline.records import Clip, ClipId

_REMEMBERED_CLIPS = 5_000
"""Clips kept read, about 10 kB each."""

_REMEMBERED_IDS = 1_000_000
"""Permissions kept, about 150 bytes each."""

_REFUSED_FOR = timedelta(seconds=5)
"""How long a refusal is taken as said: what begins to be allowed is shown that much later at most."""

State = tuple[object, ...]


class Gate:
    """Implements :class:`pipeline.index.search.Gate` on the catalogue. Safe to use from several threads."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Begin with nothing remembered; the catalogue is asked whenever something changed."""
        self._catalogue = catalogue
        # A server's database tells no such state: nothing is remembered of it.
        self._path = catalogue.database.path if catalogue.database.is_sqlite else None
        self._file: object = None
        self._lock = Lock()
        self._filling: AbstractContextManager[object] = Lock() if self._path is not None else nullcontext()
        self._watch: sqlite3.Connection | None = None
        self._state: State | None = None
        self._clips: dict[ClipId, tuple[Clip, datetime | None]] = {}
        self._showable: dict[ClipId, datetime | None] = {}
        self._refused: dict[ClipId, datetime] = {}
        self._count: tuple[int, datetime | None] | None = None

    def clips(self, clip_ids: Sequence[ClipId]) -> Mapping[ClipId, Clip]:
        """Of the clips asked, those that may be shown."""
        known, missing, _ = self._held_clips(clip_ids)
        if not missing:
            return known
        with self._filling:
            known, missing, state = self._held_clips(clip_ids)
            return known | self._read_clips(missing, state) if missing else known

    def showable(self, clip_ids: Sequence[ClipId]) -> AbstractSet[ClipId]:
        """Of the clips asked, those that may be shown, without reading them."""
        known, missing, _ = self._held_showable(clip_ids)
        if not missing:
            return known
        with self._filling:
            known, missing, state = self._held_showable(clip_ids)
            for part in parts(missing):
                known |= self._read_showable(part, state)
            return known

    def _held_clips(self, clip_ids: Sequence[ClipId]) -> tuple[dict[ClipId, Clip], list[ClipId], State | None]:
        """Clips known to be allowed, those of which nothing is known, and the state in which that is so."""
        with self._lock:
            state, now = self._refreshed(), self._catalogue.register.clock()
            known = {one: held[0] for one in clip_ids if (held := self._clips.get(one)) and _lasts(held[1], now)}
            return known, self._unknown(clip_ids, known, now), state

    def _held_showable(self, clip_ids: Sequence[ClipId]) -> tuple[set[ClipId], list[ClipId], State | None]:
        with self._lock:
            state, now = self._refreshed(), self._catalogue.register.clock()
            held = self._showable
            # Written out: asked of hundreds of clips at each question.
            known = {one for one in clip_ids if one in held and ((until := held[one]) is None or now < until)}
            return known, self._unknown(clip_ids, known, now), state

    def _unknown(self, clip_ids: Sequence[ClipId], known: Collection[ClipId], now: datetime) -> list[ClipId]:
        refused = self._refused
        return [one for one in clip_ids if one not in known and not (one in refused and now < refused[one])]

    def _read_clips(self, missing: Sequence[ClipId], state: State | None) -> dict[ClipId, Clip]:
        found = {one: published.clip for one, published in self._catalogue.live(missing).items()}
        until = self._catalogue.showable(list(found))
        shown = {one: clip for one, clip in found.items() if one in until}
        with self._lock:
            if state is not None and state == self._state:
                if len(self._clips) > _REMEMBERED_CLIPS:
                    self._clips.clear()
                self._clips.update({one: (clip, until[one]) for one, clip in shown.items()})
                self._refuse(missing, shown)
        return shown

    def _read_showable(self, missing: Sequence[ClipId], state: State | None) -> AbstractSet[ClipId]:
        found = self._catalogue.showable(missing)
        with self._lock:
            if state is not None and state == self._state:
                if len(self._showable) > _REMEMBERED_IDS:
                    self._showable.clear()
                self._showable.update(found)
                self._refuse(missing, found)
        return found.keys()

    def _refuse(self, asked: Sequence[ClipId], allowed: Collection[ClipId]) -> None:
        until = self._catalogue.register.clock() + _REFUSED_FOR
        if len(self._refused) > _REMEMBERED_IDS:
            self._refused.clear()
        self._refused.update({one: until for one in asked if one not in allowed})

    def live(self, clip_id: ClipId) -> PublishedClip | None:
        """A clip with where its files are, asked of the catalogue each time; None where it may not be shown."""
        with self._lock:
            self._refreshed()
        return self._catalogue.live([clip_id]).get(clip_id)

    def count(self) -> int:
        """How many clips may be shown."""
        with self._lock:
            state, now = self._refreshed(), self._catalogue.register.clock()
            if self._count is not None and _lasts(self._count[1], now):
                return self._count[0]
        counted = self._catalogue.count_live()
        with self._lock:
            if state is not None and state == self._state:
                self._count = counted
        return counted[0]

    def _refreshed(self) -> State | None:
        """The database's state; what was remembered of another state is forgotten. None: nothing is remembered."""
        self._catalogue.database.renew()
        if self._path is not None and (file := identity(self._path)) != self._file:
            self._watch, self._file = None, file
        state = self._read_state()
        if state is None or state != self._state:
            self._clips, self._showable, self._refused, self._count = {}, {}, {}, None
            self._state = state
        return state

    def _read_state(self) -> State | None:
        """SQLite's count of other connections' commits, what is kept outside, what the system says of its files."""
        if self._path is None:
            return None
        try:
            if self._watch is None:
                self._watch = sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, check_same_thread=False)
            (version,) = self._watch.execute("PRAGMA data_version").fetchone()
            kept = self._catalogue.database.stamp()
            return version, kept, _file(self._path), _file(self._path.with_name(f"{self._path.name}-wal"))
        except (sqlite3.Error, OSError):
            # Whatever it is, the catalogue's own question will say it.
            self._watch = None
            return None


def _file(path: Path) -> tuple[int, ...]:
    try:
        held = path.stat()
    except FileNotFoundError:
        return ()
    return held.st_dev, held.st_ino, held.st_size, held.st_mtime_ns, held.st_ctime_ns


def _lasts(until: datetime | None, now: datetime) -> bool:
    return until is None or now < until

"""The gate of every answer: which clips may be shown at this instant, asked as often as needed and read once.

What the register and the catalogue said of a recording is remembered only while neither changed for it and no
agreement has come to its end: the database's own change counter and its files are looked at before each answer, so a
withdrawal, written by whichever process, holds from the next question on. Where they tell a change, the database says
of which recordings, and these are forgotten; where it cannot say, everything is. What is missing is read by one of
those who ask at that instant, for all. A refusal is remembered for seconds: nothing is written when an agreement
begins.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Container, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from consent.database import identity, parts
from consent.errors import ConsentError
from consent.records import RecordingId
from pipeline.catalogue import Catalogue, PublishedClip
from pipeline.clips import Seen
from pipeline.records import Clip, ClipId

_REMEMBERED_CLIPS = 5_000
"""Clips kept read, about 10 kB each."""

_REMEMBERED_IDS = 1_000_000
"""Permissions kept, about 300 bytes each."""

_REFUSED_FOR = timedelta(seconds=5)
"""How long a refusal is taken as said: what begins to be allowed is shown that much later at most."""


class State(NamedTuple):
    """SQLite's count of other connections' commits, what is kept outside, what the system says of its files.

    ``file`` is what it says of the database's own, ``log`` of its log, each beginning with which file that is.
    """

    version: int
    kept: object
    file: tuple[int, ...]
    log: tuple[int, ...]


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
        self._seen: Seen | None = None
        self._permits: dict[ClipId, datetime | None] = {}
        self._ids: dict[RecordingId, set[ClipId]] = {}  # of the permits
        self._clips: dict[ClipId, Clip] = {}
        self._refused: dict[ClipId, datetime] = {}
        self._count: tuple[int, datetime | None] | None = None

    def clips(self, clip_ids: Sequence[ClipId]) -> Mapping[ClipId, Clip]:
        """Of the clips asked, those that may be shown."""
        known, missing, _ = self._held_clips(clip_ids)
        if not missing:
            return known
        with self._filling:
            known, missing, state = self._held_clips(clip_ids)
            for part in parts(missing):
                found = self._catalogue.live(part)
                clips = {one: published.clip for one, published in found.items()}
                permits = {one: (clips[one].recording_id, published.until) for one, published in found.items()}
                self._remember(part, permits, clips, state)
                known |= clips
            return known

    def showable(self, clip_ids: Sequence[ClipId]) -> AbstractSet[ClipId]:
        """Of the clips asked, those that may be shown, without reading them."""
        known, missing, _ = self._held_showable(clip_ids)
        if not missing:
            return known
        with self._filling:
            known, missing, state = self._held_showable(clip_ids)
            for part in parts(missing):
                found = self._catalogue.showable(part)
                permits = {one: (permit.recording_id, permit.until) for one, permit in found.items()}
                self._remember(part, permits, {}, state)
                known |= found.keys()
            return known

    def live(self, clip_id: ClipId) -> PublishedClip | None:
        """A clip with where its files are, asked of the catalogue each time; None where it may not be shown."""
        with self._lock:
            self._refreshed()
        return self._catalogue.live([clip_id]).get(clip_id)

    def count(self) -> int:
        """How many clips may be shown."""
        with self._lock:
            state, now = self._refreshed(), self._catalogue.register.clock()
            if self._count is not None and (self._count[1] is None or now < self._count[1]):
                return self._count[0]
        counted = self._catalogue.count_live()
        with self._lock:
            if state is not None and state == self._state:
                self._count = counted
        return counted[0]

    def _held_clips(self, clip_ids: Sequence[ClipId]) -> tuple[dict[ClipId, Clip], list[ClipId], State | None]:
        """Clips known to be allowed, those to be asked or read, and the state in which that is so."""
        with self._lock:
            state, now, clips = self._refreshed(), self._catalogue.register.clock(), self._clips
            known = {one: clips[one] for one in self._allowed(clip_ids, now) if one in clips}
            return known, self._unknown(clip_ids, known, now), state

    def _held_showable(self, clip_ids: Sequence[ClipId]) -> tuple[set[ClipId], list[ClipId], State | None]:
        with self._lock:
            state, now = self._refreshed(), self._catalogue.register.clock()
            known = self._allowed(clip_ids, now)
            return known, self._unknown(clip_ids, known, now), state

    def _allowed(self, clip_ids: Sequence[ClipId], now: datetime) -> set[ClipId]:
        held = self._permits
        # Written out: asked of hundreds of clips at each question.
        return {one for one in clip_ids if one in held and ((until := held[one]) is None or now < until)}

    def _unknown(self, clip_ids: Sequence[ClipId], known: Container[ClipId], now: datetime) -> list[ClipId]:
        refused = self._refused
        return [one for one in clip_ids if one not in known and not (one in refused and now < refused[one])]

    def _remember(
        self,
        asked: Sequence[ClipId],
        permits: Mapping[ClipId, tuple[RecordingId, datetime | None]],
        clips: Mapping[ClipId, Clip],
        state: State | None,
    ) -> None:
        """Keep what was read in a state, if it still is the database's."""
        with self._lock:
            if state is None or state != self._state:
                return
            if len(self._permits) + len(self._refused) > _REMEMBERED_IDS:
                self._forget(None)
            if len(self._clips) > _REMEMBERED_CLIPS:
                self._clips.clear()
            self._clips.update(clips)
            for one, (recording_id, until) in permits.items():
                self._permits[one] = until
                self._ids.setdefault(recording_id, set()).add(one)
            until = self._catalogue.register.clock() + _REFUSED_FOR
            self._refused.update({one: until for one in asked if one not in permits})

    def _forget(self, recordings: Iterable[RecordingId] | None) -> None:
        """Forget what is remembered of some recordings, None of all; and what is said of no recording."""
        self._refused, self._count = {}, None
        if recordings is None:
            self._permits, self._ids, self._clips = {}, {}, {}
            return
        for recording_id in recordings:
            for one in self._ids.pop(recording_id, ()):
                self._permits.pop(one, None)
                self._clips.pop(one, None)

    def _refreshed(self) -> State | None:
        """The database's state, what is no longer sure forgotten. None: nothing is remembered.

        Raises:
            RegisterUnavailable: it tells a change, and not which.
        """
        self._catalogue.database.renew()
        if self._path is not None and (file := identity(self._path)) != self._file:
            self._watch, self._file, self._state = None, file, None
        state = self._read_state()
        if state is not None and state == self._state:
            return state
        former, seen = self._state, self._seen
        self._state = self._seen = None
        if state is None or former is None or (state.file, state.log[:2]) != (former.file, former.log[:2]):
            # A commit goes into the log. Whatever else is written in the file itself (the log brought into it, another
            # content put in its place), it is not told which recordings it touches.
            self._forget(None)
            seen = None
            if state is not None and former is not None and former.log and state.log[:2] != former.log[:2]:
                # While we hold it open nobody takes the log away but with the file: what our connections still have
                # of both is not what is there.
                self._catalogue.database.close()
                self._watch = None
        if state is None:
            return None
        try:
            changes = self._catalogue.changes(seen)
        except ConsentError:
            self._forget(None)
            raise
        self._forget(changes.recordings)
        self._seen, self._state = changes.seen, state
        return state

    def _read_state(self) -> State | None:
        if self._path is None:
            return None
        try:
            if self._watch is None:
                self._watch = sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, check_same_thread=False)
            (version,) = self._watch.execute("PRAGMA data_version").fetchone()
            kept = self._catalogue.database.stamp()
            return State(version, kept, _file(self._path), _file(self._path.with_name(f"{self._path.name}-wal")))
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

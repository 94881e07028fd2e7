"""The list of stops as a file: lines that are added and never changed, each signed over all those before it.

Takes what one commit took back; gives what the last line says, or all of it. A line is added by one write and one
sync, whatever the list's length; one that a crash cut short has no end of line, is not read, and is written over. Each
line holds the SHA-256 of all the bytes before it under the library's signature: the last one vouches for every other.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import NamedTuple, Protocol

from pydantic import AwareDatetime, Field, ValidationError

from consent.errors import KeysUnusable
from consent.heads import canonical
from consent.keys import Signer, verifies
from consent.narrowings import Told
from consent.records import Frozen, RecordingId
from consent.vault import SealedName
from pipeline.keys import unusable_list
from pipeline.outputs import replace_synced


class Line(Frozen):
    """What was taken back since the line before, as the ledger had it up to entry ``through``, whose hash is ``leaf``.

    ``told`` are entries, under pseudonyms; ``people`` what the operator calls these, sealed with each person's own key.
    ``declared`` is the hash of the last declaration of each recording that was declared anew. ``before`` is the SHA-256
    of the file up to this line, ``signature`` on all the rest.
    """

    version: int = 4
    written_at: AwareDatetime
    through: int = 0
    leaf: str = ""
    told: tuple[Told, ...] = ()
    people: tuple[SealedName, ...] = ()
    declared: dict[RecordingId, str] = Field(default_factory=dict)
    before: str = ""
    signature: str = ""

    @property
    def message(self) -> bytes:
        """What is signed: what is written, so that a field which a later version adds breaks no line of before."""
        told = self.model_dump(mode="json", exclude={"signature"}, exclude_defaults=True)
        return canonical(["videotheque-stops-1", told]).encode()


class _Digest(Protocol):
    def copy(self) -> _Digest: ...
    def update(self, content: bytes, /) -> None: ...
    def hexdigest(self) -> str: ...


class _State(NamedTuple):
    """Which file was read, and when it was last written."""

    device: int
    inode: int
    size: int
    modified_ns: int
    changed_ns: int


class Reading(NamedTuple):
    """How far a list was read: of which file, up to which byte, the digest of those, and the last line's entry."""

    state: _State
    end: int
    digest: _Digest
    through: int
    leaf: str


class StopList:
    """The list in one file; whoever adds to it holds :meth:`pipeline.keys.LibraryKeys.holding_stops`.

    Raises (every method):
        KeysUnusable: the file cannot be read or written, is damaged, or another library signed it.
        StorageFull: there is no room for a line; the file is as it was.
    """

    def __init__(self, path: Path, signer: Signer) -> None:
        self._path = path
        self._signer = signer

    def read(self, known: Reading | None = None) -> Reading | None:
        """What the last line says, every byte checked; after ``known``, only those added since. None: there is none."""
        found = self._content(known)
        if found is None:
            return None
        state, start, content = found
        if known is not None and known.state == state:
            return known
        end = content.rfind(b"\n") + 1  # what follows was cut short by a crash
        if not end:
            if start is None:
                raise _damaged()
            return start
        last = content.rfind(b"\n", 0, end - 1) + 1
        digest = hashlib.sha256() if start is None else start.digest.copy()
        digest.update(content[:last])
        line = _parsed(content[last:end])
        if line.before != digest.hexdigest() or not verifies(self._signer.public_key, line.message, line.signature):
            raise _damaged()
        digest.update(content[last:end])
        return Reading(state, (0 if start is None else start.end) + end, digest, line.through, line.leaf)

    def lines(self) -> tuple[Line, ...]:
        """Every line, checked."""
        if self.read() is None:
            return ()
        try:
            content = self._path.read_bytes()
        except OSError as error:
            raise unusable_list(error) from error
        return tuple(_parsed(one) for one in content[: content.rfind(b"\n") + 1].splitlines())

    def is_only_begun(self) -> bool:
        """Whether the list is there and says nothing, whichever library began it."""
        found = self._content(None)
        try:
            return found is not None and Line.model_validate_json(found[2]).through == 0
        except ValidationError:  # several lines, or damaged
            return False

    def add(self, line: Line, former: Reading | None) -> None:
        """Add a line after what was just read; begin the list where there is none."""
        digest = hashlib.sha256() if former is None else former.digest
        chained = line.model_copy(update={"before": digest.hexdigest()})
        signed = chained.model_copy(update={"signature": self._signer.sign(chained.message)})
        content = signed.model_dump_json(exclude_defaults=True).encode() + b"\n"
        try:
            if former is None:
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                replace_synced(self._path, content)
            else:
                self._append(content, former.end)
        except OSError as error:
            raise unusable_list(error) from error

    def _append(self, content: bytes, end: int) -> None:
        with self._path.open("r+b", buffering=0) as file:
            file.truncate(end)
            try:
                file.seek(end)
                if file.write(content) != len(content):
                    raise OSError("une ligne n'a été écrite qu'en partie")
                os.fsync(file.fileno())
            except OSError:
                file.truncate(end)
                raise

    def _content(self, known: Reading | None) -> tuple[_State, Reading | None, bytes] | None:
        """The file's state, up to where it is known, and the bytes after that."""
        try:
            with self._path.open("rb") as file:
                held = os.fstat(file.fileno())
                state = _State(held.st_dev, held.st_ino, held.st_size, held.st_mtime_ns, held.st_ctime_ns)
                # Longer than it was, it was added to; else it was changed in place, and is read from its beginning.
                added = known is not None and state[:2] == known.state[:2] and state.size > known.end
                start = known if added else None
                if known is not None and known.state == state:
                    return state, None, b""
                file.seek(0 if start is None else start.end)
                return state, start, file.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise unusable_list(error) from error


def _parsed(content: bytes) -> Line:
    try:
        return Line.model_validate_json(content)
    except ValidationError as error:
        raise _damaged() from error


def _damaged() -> KeysUnusable:
    return KeysUnusable(
        "La liste des retraits du dossier des clés est abîmée, ou d'une autre vidéothèque ; remettez-la depuis sa "
        "propre copie : rien n'est servi ni sauvegardé sans elle."
    )

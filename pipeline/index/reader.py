"""Reading the index while it is being served: what ``CURRENT`` names is opened, checked and kept.

A new generation is seen at the next query; of its parts, those that the former one had open are shared. The former one
stays usable by whoever holds it: its files are in memory or mapped, and are never written to, so removing them takes
nothing away from a query in flight.
"""

from __future__ import annotations

import threading
from pathlib import Path

from pipeline.errors import IndexUnavailable
from pipeline.index.manifest import CURRENT, MANIFEST, Part, damaged, parse_pointer, read_manifest, verify
from pipeline.index.opened import Generation
from pipeline.index.part import OpenedPart

_KEPT_OPEN = 4
"""Former generations kept for their cursors: some recordings done again, or nights, since the page was begun. Those
that differ by a small part share the rest. What was withdrawn since is held back by the gate, like everywhere."""


class IndexReader:
    """The current generation under ``root``, whichever it is at each call. Safe to use from several threads."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._opening = threading.Lock()
        self._opened: tuple[bytes, Generation] | None = None
        self._former: dict[str, Generation] = {}

    @property
    def is_empty(self) -> bool:
        """Whether no generation has been published yet (an empty library, not a fault)."""
        return not (self.root / CURRENT).exists()

    def current(self) -> Generation:
        """The generation that ``CURRENT`` names now.

        While one thread opens a new generation, the others go on with the former one.

        Raises:
            IndexUnavailable: none is published, or a file is missing or damaged; the sentence names it.
        """
        opened = self._opened
        pointer = self._pointer()
        if opened is not None and opened[0] == pointer:
            return opened[1]
        if not self._opening.acquire(blocking=opened is None):
            assert opened is not None
            return opened[1]
        try:
            return self._open_latest()
        finally:
            self._opening.release()

    def named(self, name: str) -> Generation:
        """The generation of that name where it is current or was of late (its cursors stay valid), else the current.

        Raises:
            IndexUnavailable: as :meth:`current`.
        """
        generation = self.current()
        return generation if generation.name == name else self._former.get(name, generation)

    def _open_latest(self) -> Generation:
        pointer = self._pointer()
        while self._opened is None or self._opened[0] != pointer:
            try:
                generation = self._open(pointer)
            except IndexUnavailable:
                # Replaced, then pruned, while it was being opened: only a pointer that stands is at fault.
                latest = self._pointer()
                if latest == pointer:
                    raise
                pointer = latest
            else:
                if self._opened is not None:
                    self._former = {self._opened[1].name: self._opened[1], **self._former}
                    self._former = dict(list(self._former.items())[:_KEPT_OPEN])
                self._opened = (pointer, generation)
        return self._opened[1]

    def _open(self, content: bytes) -> Generation:
        pointer = parse_pointer(content)
        manifest = read_manifest(self.root / pointer.name, pointer.manifest_sha256)
        if manifest.name != pointer.name:
            raise damaged(MANIFEST)
        known = {} if self._opened is None else self._opened[1].parts
        wanted = [*manifest.parts, Part(name=manifest.name, manifest_sha256=manifest.sha256)]
        parts = [known.get(one.manifest_sha256) or self._open_part(one) for one in wanted]
        generation = Generation(manifest, parts)
        if self._opened is not None and "speller" in vars(self._opened[1]):
            generation.speller  # noqa: B018 - made here, so that no visitor waits for it
        return generation

    def _open_part(self, part: Part) -> OpenedPart:
        folder = self.root / part.name
        manifest = read_manifest(folder, part.manifest_sha256)
        verify(folder, manifest)
        return OpenedPart(folder, manifest)

    def _pointer(self) -> bytes:
        # Read each time: it is one line, and no combination of times and sizes is as sure as the content.
        try:
            return (self.root / CURRENT).read_bytes()
        except FileNotFoundError:
            raise IndexUnavailable(
                "Aucun index n'a encore été publié ; enregistrez des rencontres et lancez la nuit."
            ) from None
        except OSError as error:
            raise damaged(CURRENT) from error

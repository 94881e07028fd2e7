"""The manifest of an index generation, the pointer to the current one, and the check of their files.

The pointer ``CURRENT`` names a generation and the SHA-256 of its manifest; the manifest gives the size and SHA-256 of
every file of its own, and names the generations whose files it shares with the SHA-256 of their manifests: what is
read is what was built.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import AwareDatetime, Field, ValidationError

from consent.records import Frozen
from pipeline.errors import IndexUnavailable
from pipeline.index.analysis import ANALYSER_VERSION
from pipeline.records import ClipId

FORMAT_VERSION = 4
"""Change it whenever an older reader could not read the directory."""

CURRENT = "CURRENT"
MANIFEST = "manifest.json"
VECTORS = "vectors.faiss"
SENTENCES = "sentences.npy"
CLIPS = "clips.json"
KEYWORDS = "keywords"
FACETS = "facets.npz"
LABELS = "facets.json"
VOCABULARY = "vocabulary.txt"
GENERATION_PREFIX = "gen-"
TEMPORARY_PREFIX = ".tmp-"

_LOCK_SUFFIX = ".lock"
"""tantivy's lock files: always empty, and touched by readers."""


class FileSum(Frozen):
    """A file of the generation, by its relative name."""

    name: str
    size: int
    sha256: str


class Part(Frozen):
    """The files of an earlier generation, by its name; its rows ``dropped`` are searched no more."""

    name: str = Field(pattern=r"^gen-[0-9A-Za-z]+-[0-9a-f]+$")
    manifest_sha256: str
    dropped: tuple[int, ...] = ()


class Manifest(Frozen):
    """What a generation is made of.

    ``content`` is a hash of everything that went in; ``clips`` counts what is searched, in its own ``files`` and in the
    earlier ``parts``; ``sentences`` counts its own.
    """

    format_version: int
    name: str = Field(pattern=r"^gen-[0-9A-Za-z]+-[0-9a-f]+$")
    content: str
    clips: int
    sentences: int
    dimension: int
    embedder: str
    analyser_version: str
    made_at: AwareDatetime
    files: tuple[FileSum, ...]
    parts: tuple[Part, ...] = ()

    def encoded(self) -> bytes:
        """The bytes of ``manifest.json``."""
        return self.model_dump_json(indent=1).encode()

    @property
    def sha256(self) -> str:
        """Of those bytes."""
        return hashlib.sha256(self.encoded()).hexdigest()


class ClipRow(Frozen):
    """A clip of the generation; its row is its place in the list. Its sentences are consecutive rows.

    ``content`` is a hash of what is searched of it.
    """

    clip_id: ClipId
    content: str
    first_sentence: int
    sentences: int


class ClipRows(Frozen):
    """The content of ``clips.json``: ids and numbers only."""

    clips: tuple[ClipRow, ...]


class Pointer(Frozen):
    """The content of ``CURRENT``."""

    name: str = Field(pattern=r"^gen-[0-9A-Za-z]+-[0-9a-f]+$")
    manifest_sha256: str

    def encoded(self) -> bytes:
        """One line."""
        return f"{self.name} {self.manifest_sha256}\n".encode()


def parse_pointer(content: bytes) -> Pointer:
    """Read what ``CURRENT`` holds.

    Raises:
        IndexUnavailable: it holds something else.
    """
    fields = content.decode("utf-8", "replace").split()
    try:
        name, checksum = fields
        return Pointer(name=name, manifest_sha256=checksum)
    except ValueError:  # pydantic's too
        raise damaged(CURRENT) from None


def sums(folder: Path) -> tuple[FileSum, ...]:
    """Size and SHA-256 of every file of a generation, but its manifest and tantivy's locks."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return tuple(
        FileSum(name=name, size=(folder / name).stat().st_size, sha256=_sha256(folder / name))
        for name in names
        if name != MANIFEST and not name.endswith(_LOCK_SUFFIX)
    )


def read_manifest(folder: Path, checksum: str | None = None) -> Manifest:
    """Read a generation's manifest and check it against the pointer's checksum.

    Raises:
        IndexUnavailable: it is missing or damaged, or another version of the program wrote it.
    """
    try:
        content = (folder / MANIFEST).read_bytes()
        if checksum is not None and hashlib.sha256(content).hexdigest() != checksum:
            raise damaged(MANIFEST)
        manifest = Manifest.model_validate_json(content)
    except OSError as error:
        raise damaged(MANIFEST) from error
    except ValidationError as error:
        # With the right checksum it is whole: another version of the program wrote it.
        raise damaged(MANIFEST) if checksum is None else _foreign() from error
    if (manifest.format_version, manifest.analyser_version) != (FORMAT_VERSION, ANALYSER_VERSION):
        raise _foreign()
    return manifest


def _foreign() -> IndexUnavailable:
    return IndexUnavailable(
        "L'index a été construit par une autre version du programme ; relancez la nuit, ou la reconstruction de "
        "l'index."
    )


def verify(folder: Path, manifest: Manifest) -> None:
    """Check size and SHA-256 of every file that the manifest names.

    Raises:
        IndexUnavailable: one is missing or damaged; the sentence names it.
    """
    for file in manifest.files:
        path = folder / file.name
        try:
            sound = path.stat().st_size == file.size and _sha256(path) == file.sha256
        except OSError as error:
            raise damaged(file.name) from error
        if not sound:
            raise damaged(file.name)


def damaged(name: str) -> IndexUnavailable:
    """The error for a file that cannot be trusted."""
    return IndexUnavailable(
        f"Le fichier « {name} » de l'index est manquant ou abîmé ; relancez la nuit, ou la reconstruction de l'index : "
        "elle le refait à partir des extraits."
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

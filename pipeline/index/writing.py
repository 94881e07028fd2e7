"""The files of a generation: passages in, one directory of columns, vectors and terms out.

Takes passages (what is searched of a clip, its facets and its vectors) in the order of their rows and writes
everything but the manifest; no text is kept but the folded words of all passages together, with their counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pipeline.index.embed import Vectors
from pipeline.index.facets import meeting_number, write_facets, write_labels
from pipeline.index.keywords import KeywordDocument, KeywordIndex, write_keywords
from pipeline.index.manifest import (
    CLIPS,
    FACETS,
    KEYWORDS,
    LABELS,
    SENTENCES,
    VECTORS,
    VOCABULARY,
    ClipRow,
    ClipRows,
    damaged,
)
from pipeline.index.vectors import quantised, write_vectors
from pipeline.outputs import write_synced
from pipeline.records import ClipId


@dataclass(frozen=True, slots=True)
class Passage:
    """What is indexed of a clip.

    ``vector`` is ``(dimension,)`` and ``sentences`` ``(n, dimension)``, float32 of unit length; ``facets`` gives each
    term its label; ``meeting`` is any name that the clips of one meeting share; ``content`` is a hash of all of it.
    """

    clip_id: ClipId
    content: str
    document: KeywordDocument
    facets: dict[str, str]
    meeting: str
    vector: Vectors
    sentences: Vectors


@dataclass(frozen=True, slots=True)
class Shape:
    """How much there is to write: clips, sentences, and the length of a vector."""

    clips: int
    sentences: int
    dimension: int


@dataclass
class _Columns:
    """What grows row after row."""

    rows: list[ClipRow] = field(default_factory=list)
    terms: list[list[int]] = field(default_factory=list)
    days: list[int] = field(default_factory=list)
    meetings: list[int] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)

    def add(self, passage: Passage, first_sentence: int) -> None:
        """One more row."""
        for one, label in passage.facets.items():
            self.numbers.setdefault(one, len(self.numbers))
            self.labels.setdefault(one, label)
        self.terms.append([self.numbers[one] for one in passage.facets])
        self.days.append(passage.document.day)
        self.meetings.append(meeting_number(passage.meeting))
        self.rows.append(
            ClipRow(
                clip_id=passage.clip_id,
                content=passage.content,
                first_sentence=first_sentence,
                sentences=len(passage.sentences),
            )
        )


def write_files(passages: Iterable[Passage], shape: Shape, folder: Path) -> None:
    """Write everything but the manifest into an empty folder.

    Raises:
        StorageFull: no room left.
        IndexUnavailable: the keyword engine does not hold what it was given.
    """
    vectors = np.empty((shape.clips, shape.dimension), dtype=np.float32)
    columns = _Columns()
    (folder / KEYWORDS).mkdir()

    def documents() -> Iterator[KeywordDocument]:
        written = 0
        with (folder / SENTENCES).open("wb") as file:
            # Written by hand, block by block: mapped memory would die of a full disk instead of raising.
            header = {"descr": "|i1", "fortran_order": False, "shape": (shape.sentences, shape.dimension)}
            np.lib.format.write_array_header_1_0(file, header)
            for row, passage in enumerate(passages):
                vectors[row] = passage.vector
                file.write(quantised(passage.sentences).tobytes())
                columns.add(passage, written)
                written += len(passage.sentences)
                yield passage.document

    vocabulary = write_keywords(documents(), folder / KEYWORDS)
    if KeywordIndex(folder / KEYWORDS).count != shape.clips:
        raise damaged(KEYWORDS)
    write_vectors(vectors, folder / VECTORS)
    write_synced(folder / CLIPS, ClipRows(clips=tuple(columns.rows)).model_dump_json().encode())
    write_facets(columns.terms, columns.days, columns.meetings, folder / FACETS)
    write_labels(columns.labels, folder / LABELS)
    lines = (f"{count} {word}\n" for word, count in sorted(vocabulary.items()))
    write_synced(folder / VOCABULARY, "".join(lines).encode())

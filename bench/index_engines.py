"""The engines of ``bench.index``: ours, SQLite's FTS5, hnswlib and LanceDB, each built, opened and asked alike.

Keyword engines get the terms of our analyser; vector engines the same rows. Each builds in one process and is asked in
another, so that what it holds in memory is what the second one grew by. One thread each, but LanceDB, which takes what
threads it wants: compare its processor time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bench.index_material import SHARES, TOP, Floats, Material, allowed_rows, asked, questions, rows, share_of, texts
from pipeline.index.analysis import terms_of
from pipeline.index.embed import Vectors
from pipeline.index.facets import term
from pipeline.index.keywords import Collection, KeywordDocument, KeywordIndex, write_keywords
from pipeline.index.matching import Asked, rank
from pipeline.index.question import Wanted, understand
from pipeline.index.ranking import Background, RowScore, background_of, cosines_with
from pipeline.index.vectors import VectorIndex, write_vectors
from pipeline.records import EVERYTHING, Choice, ClipId, FacetName, Filters, Mode

Ask = Callable[[], list[int]]
"""One question, asked: the rows found."""

_HYBRID_DEPTH = 100
"""Candidates of each side, as for a page of search."""

_BACKGROUND = 256


class Engine(Protocol):
    """Something that is built from the material, then opened and asked."""

    exact: bool
    """Whether its answers are compared with the exact nearest."""

    def build(self, material: Material, place: Path) -> None:
        """Write the index below ``place``."""
        ...

    def asks(self, material: Material, place: Path) -> dict[str, list[Ask]]:
        """Open the index: its questions by kind (« all », or a filter's share)."""
        ...


def filter_of(share: float) -> Filters:
    """What keeps that share of the clips."""
    return Filters(chosen=(Choice(facet=FacetName.SECTOR, value=f"{share * 100:.0f}"),))


def documents(material: Material) -> Iterable[KeywordDocument]:
    """The clips as our keyword engine takes them."""
    for row, text in enumerate(texts(material)):
        yield KeywordDocument(row, str(row), "", "", "", text, (term(FacetName.SECTOR, share_of(row)),))


class OurWords:
    """tantivy through our analyser, all fields and roots, as the product asks it."""

    exact = False

    def build(self, material: Material, place: Path) -> None:
        """Index the texts."""
        write_keywords(documents(material), place)

    def asks(self, material: Material, place: Path) -> dict[str, list[Ask]]:
        """Without and with a filter."""
        index, words = Collection([KeywordIndex(place)]), [understand(one).words for one in questions(material)]
        return {
            _kind(share): [_keyword(index, one, EVERYTHING if share is None else filter_of(share)) for one in words]
            for share in (None, *SHARES)
        }


class Fts5:
    """SQLite's own full text, on the first form of each term."""

    exact = False

    def build(self, material: Material, place: Path) -> None:
        """Index the texts."""
        database = sqlite3.connect(place / "fts5.sqlite3")
        database.execute("CREATE VIRTUAL TABLE held USING fts5(body, content='', detail='column')")
        database.executemany("INSERT INTO held(rowid, body) VALUES (?, ?)", enumerate(_terms(texts(material))))
        database.execute("INSERT INTO held(held) VALUES ('optimize')")
        database.commit()
        database.close()

    def asks(self, material: Material, place: Path) -> dict[str, list[Ask]]:
        """Any of the words, best first."""
        database = sqlite3.connect(place / "fts5.sqlite3")
        statement = f"SELECT rowid FROM held WHERE held MATCH ? ORDER BY rank LIMIT {TOP}"  # noqa: S608 - a constant
        queries = [" OR ".join(f'"{one}"' for one in line.split()) for line in _terms(questions(material))]

        def ask(query: str) -> Ask:
            return lambda: [int(row) for (row,) in database.execute(statement, (query,))]

        return {"all": [ask(query) for query in queries]}


class OurVectors:
    """FAISS as the product opens it."""

    exact = True

    def build(self, material: Material, place: Path) -> None:
        """Quantise and write."""
        write_vectors(rows(material), place / "vectors.faiss")

    def asks(self, material: Material, place: Path) -> dict[str, list[Ask]]:
        """Without and with a filter."""
        index, vectors = VectorIndex(place / "vectors.faiss"), asked(material)
        masks = {share: None if share is None else allowed_rows(material, share) for share in (None, *SHARES)}

        def ask(vector: Floats, mask: NDArray[np.bool_] | None) -> Ask:
            return lambda: [found.row for found in index.search(vector, TOP, mask)]

        return {_kind(share): [ask(vector, mask) for vector in vectors] for share, mask in masks.items()}


class Hnswlib:
    """A graph: M 16, ef 100 to build, 64 to search."""

    exact = True

    def build(self, material: Material, place: Path) -> None:
        """Add row after row."""
        import hnswlib  # none of the others needs it

        graph = hnswlib.Index(space="ip", dim=material.dimension)
        graph.init_index(max_elements=material.documents, ef_construction=100, M=16)
        graph.add_items(rows(material), num_threads=1)
        graph.save_index(str(place / "hnsw"))

    def asks(self, material: Material, place: Path) -> dict[str, list[Ask]]:
        """Without a filter."""
        import hnswlib

        graph = hnswlib.Index(space="ip", dim=material.dimension)
        graph.load_index(str(place / "hnsw"))
        graph.set_num_threads(1)
        graph.set_ef(64)

        def ask(vector: Floats) -> Ask:
            return lambda: [int(row) for row in graph.knn_query(vector, k=TOP)[0][0]]

        return {"all": [ask(vector) for vector in asked(material)]}


class LanceWords:
    """LanceDB's full text on the same terms."""

    exact = False

    def build(self, material: Material, place: Path) -> None:
        """Index the terms, cut at spaces only."""
        import lancedb
        import pyarrow as arrow

        body = arrow.array(list(_terms(texts(material))))
        table = lancedb.connect(place).create_table("clips", arrow.table({"row": np.arange(len(body)), "body": body}))
        table.create_fts_index(
            "body", base_tokenizer="whitespace", stem=False, remove_stop_words=False, ascii_folding=False
        )

    def asks(self, material: Material, place: Path) -> dict[str, list[Ask]]:
        """Any of the words, best first."""
        import lancedb

        table = lancedb.connect(place).open_table("clips")

        def ask(query: str) -> Ask:
            return lambda: _rows_of(table.search(query, query_type="fts").limit(TOP))

        return {"all": [ask(query) for query in _terms(questions(material))]}


class LanceVectors:
    """LanceDB's IVF_HNSW_SQ, with a filter on a column of its own."""

    exact = True

    def build(self, material: Material, place: Path) -> None:
        """Write the rows, then index them."""
        import lancedb
        import pyarrow as arrow

        held = rows(material)
        vectors = arrow.FixedSizeListArray.from_arrays(arrow.array(held.ravel()), material.dimension)
        facets = arrow.array([share_of(row) for row in range(len(held))])
        columns = arrow.table({"row": np.arange(len(held)), "facet": facets, "vector": vectors})
        table = lancedb.connect(place).create_table("clips", columns)
        table.create_index(metric="dot", index_type="IVF_HNSW_SQ", vector_column_name="vector")
        table.create_scalar_index("facet", index_type="BITMAP")

    def asks(self, material: Material, place: Path) -> dict[str, list[Ask]]:
        """Without and with a filter."""
        import lancedb

        # Its types know only the parent of what a vector's search is; where it is not installed there are none.
        table: Any = lancedb.connect(place).open_table("clips")

        def ask(vector: Floats, share: float | None) -> Ask:
            search = table.search(vector).distance_type("dot").ef(64).limit(TOP)
            kept = search if share is None else search.where(f"facet = '{share * 100:.0f}'", prefilter=True)
            return lambda: _rows_of(kept)

        return {_kind(share): [ask(vector, share) for vector in asked(material)] for share in (None, *SHARES)}


class OurHybrid:
    """Both our engines and the product's own fusion; the indexes are those of the two others."""

    exact = False

    def build(self, material: Material, place: Path) -> None:
        """Nothing of its own."""

    def asks(self, material: Material, place: Path) -> dict[str, list[Ask]]:
        """Words and a vector together, without and with a filter."""
        both = _Both(material, place.parent)
        pairs = list(zip(questions(material), asked(material), strict=True))

        def ask(typed: str, vector: Floats, filters: Filters) -> Ask:
            question = understand(typed)
            wanted = Asked(question=question, vector=vector, mode=Mode.HYBRID, filters=filters)
            return lambda: [one.row for one in rank(both, wanted, _HYBRID_DEPTH).candidates[:TOP]]

        kept = {share: EVERYTHING if share is None else filter_of(share) for share in (None, *SHARES)}
        return {_kind(share): [ask(*pair, filters) for pair in pairs] for share, filters in kept.items()}


class _Both:
    """The seam of the index over the two engines: a million clips without their texts and sentences."""

    def __init__(self, material: Material, places: Path) -> None:
        self._words = Collection([KeywordIndex(places / "our-words")])
        self._vectors = VectorIndex(places / "our-vectors" / "vectors.faiss")
        self._masks = {filter_of(share): allowed_rows(material, share) for share in SHARES}
        self._ordinary = np.linspace(0, material.documents - 1, _BACKGROUND).astype(np.int64)
        self.name, self.size = "bench", material.documents

    def clip_id(self, row: int) -> ClipId:
        return ClipId(f"clip-{row:020d}")

    def keyword(self, words: Iterable[Wanted], limit: int, filters: Filters) -> list[RowScore]:
        return self._words.search(0, list(words), limit, filters)

    def semantic(self, vector: Vectors, limit: int, filters: Filters) -> list[RowScore]:
        return self._vectors.search(vector, limit, self._masks.get(filters))

    def cosines(self, wanted: NDArray[np.int64], vector: Vectors) -> Vectors:
        return cosines_with(self._vectors.rows(wanted), vector)

    def nearest_sentence(self, wanted: NDArray[np.int64], vector: Vectors) -> Vectors:
        return self.cosines(wanted, vector)

    def background(self, vector: Vectors) -> Background:
        return background_of(self.cosines(self._ordinary, vector))

    def rarity(self, word: Wanted) -> float:
        return self._words.rarity(word)


def _kind(share: float | None) -> str:
    return "all" if share is None else f"{share:.0%}"


def _keyword(index: Collection, words: Iterable[Wanted], filters: Filters) -> Ask:
    wanted = list(words)
    return lambda: [one.row for one in index.search(0, wanted, TOP, filters)]


def _terms(lines: Iterable[str]) -> Iterable[str]:
    """One form of each word of ours, for engines that have no analyser of their own here."""
    return (" ".join(terms_of(word)[0] for word in line.split()) for line in lines)


def _rows_of(search: Any) -> list[int]:
    found = search.select(["row"]).to_arrow()
    return [int(row) for row in found["row"].to_pylist()]


ENGINES: dict[str, type[Engine]] = {
    "our-words": OurWords,
    "fts5": Fts5,
    "lance-words": LanceWords,
    "our-vectors": OurVectors,
    "hnswlib": Hnswlib,
    "lance-vectors": LanceVectors,
    "our-hybrid": OurHybrid,
}
"""In the order measured: the last needs two before it."""

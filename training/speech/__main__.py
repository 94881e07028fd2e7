"""Train the demo's speech model: ``python -m training.speech --pairs FILE``.

Writes sentences, learns their pieces, has espeak-ng speak them, trains (sounds first, then text), exports to the
format of faster-whisper and judges the result on meetings and voices it has never heard. Everything is kept under
``--work``: run the same command again after an interruption and it goes on where it was. On two cores the whole takes
about two hours; time, not memory or disk (8 GB), is what limits the result.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import torch
from torch import distributed

from training.speech import learning, sentences, tokens, windows
from training.speech.export import export
from training.speech.judging import judge
from training.speech.network import Network

PIECES = 2000
"""Of text: frequent words are one piece, « l'infirmière » is three; about two a word."""

_SHARD_SENTENCES = 600
"""Half an hour of speech in a file."""

_PATIENCE = timedelta(hours=3)
"""How long a rank waits for the others: a machine may be suspended."""

_MEMORY = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "-1", "MALLOC_TOP_PAD_": "536870912"}
"""glibc keeps what it has: giving large buffers back to the system and faulting them in again costs a third more."""


def main() -> None:
    """Run from the command line."""
    options = _parser().parse_args()
    work: Path = options.work
    (work / "shards").mkdir(parents=True, exist_ok=True)
    os.environ.update(_MEMORY, OMP_NUM_THREADS="1")  # read by the processes started below
    alphabet = _alphabet(options.pairs, work, options.sentences, options.seed)
    _each(options.ranks, _speak, work, alphabet.file, options.seed)
    first = work / "start.pt"
    if not first.exists():
        torch.manual_seed(options.seed)
        network = _begun(Network(alphabet.size, alphabet.pieces), options.start_from)
        learning.save(first, learning.Learner(network, alphabet, "encoder").state())
    for stage, before, minutes in (
        ("encoder", first, options.encoder_minutes),
        ("decoder", work / "encoder.pt", options.decoder_minutes),
    ):
        _each(options.ranks, _learn, work, stage, before, 60.0 * minutes)
    export(work / "decoder.pt", alphabet.file, options.out)
    print(judge(options.out))


def _alphabet(pairs: Path, work: Path, count: int, seed: int) -> tokens.Alphabet:
    """The sentences and the pieces of the training, made once."""
    texts, pieces = work / "sentences.txt", work / "tokenizer.json"
    if not texts.exists():
        found = sentences.corpus(pairs, seed, count)
        tokens.train(found, PIECES, pieces)
        texts.write_text("\n".join(found) + "\n", "utf-8")
    return tokens.Alphabet(pieces)


def _begun(network: Network, start: Path | None) -> Network:
    """The network, with those weights of an earlier checkpoint whose names and shapes fit."""
    if start is not None:
        own = network.state_dict()
        saved = torch.load(start, map_location="cpu", weights_only=True)["weights"]
        own.update({name: one for name, one in saved.items() if name in own and own[name].shape == one.shape})
        network.load_state_dict(own)
    return network


def _each(ranks: int, work: Callable[..., None], *arguments: object) -> None:
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


def _speak(rank: int, ranks: int, work: Path, pieces: Path, seed: int) -> None:
    """This rank's part of the shards that are not there yet."""
    texts = (work / "sentences.txt").read_text("utf-8").splitlines()
    alphabet = tokens.Alphabet(pieces)
    for number in range(rank, -(-len(texts) // _SHARD_SENTENCES), ranks):
        target = work / "shards" / f"s_{number:04d}.npz"
        if not target.exists():
            own = texts[number * _SHARD_SENTENCES : (number + 1) * _SHARD_SENTENCES]
            windows.write_shard(target, own, alphabet, seed * 10_000 + number)


def _learn(rank: int, ranks: int, work: Path, stage: str, before: Path, seconds: float) -> None:
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.speech", description=__doc__)
    parser.add_argument("--pairs", type=Path, required=True, help="English–French pairs, one JSON list a line")
    parser.add_argument("--work", type=Path, default=Path("data") / "speech", help="what is kept between runs")
    parser.add_argument("--out", type=Path, default=sentences.ROOT / "demo" / "models" / "demo-espeak-fr")
    parser.add_argument("--sentences", type=int, default=64_000, help="600 are half an hour of speech")
    parser.add_argument("--encoder-minutes", type=float, default=15)
    parser.add_argument("--decoder-minutes", type=float, default=80)
    parser.add_argument("--ranks", type=int, default=2, help="processes, one core each")
    parser.add_argument("--start-from", type=Path, help="checkpoint of an earlier model")
    parser.add_argument("--seed", type=int, default=1)
    return parser


if __name__ == "__main__":
    main()

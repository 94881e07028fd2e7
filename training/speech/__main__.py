"""Train the demo's speech model: ``python -m training.speech --pairs FILE``.

Writes sentences, learns their pieces, has espeak-ng speak them, trains (sounds first, then text), exports to the
format of faster-whisper and judges the result on meetings and voices it has never heard. Everything is kept under
``--work``: run the same command again after an interruption and it goes on where it was. On two cores the whole takes
about two hours; time, not memory or disk (8 GB), is what limits the result.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import torch

from training.speech import learning, ranks, sentences, tokens
from training.speech.export import export
from training.speech.judging import judge
from training.speech.network import Network

PIECES = 2000
"""Of text: frequent words are one piece, « l'infirmière » is three; about two a word."""

_MEMORY = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "-1", "MALLOC_TOP_PAD_": "536870912"}
"""glibc keeps what it has: giving large buffers back to the system and faulting them in again costs a third more."""


def main() -> None:
    """Run from the command line."""
    options = _parser().parse_args()
    work: Path = options.work
    (work / "shards").mkdir(parents=True, exist_ok=True)
    os.environ.update(_MEMORY, OMP_NUM_THREADS="1")  # read by the processes started below
    alphabet = _alphabet(options, work)
    count = min(options.ranks, ranks.shards(work))  # a rank without a shard would have nothing to learn from
    ranks.each(count, ranks.speak, work, alphabet.file, options.seed)
    first = work / "start.pt"
    if not first.exists():
        torch.manual_seed(options.seed)
        network = _begun(Network(alphabet.size, alphabet.pieces), options.start_from)
        learning.save(first, learning.Learner(network, alphabet, "encoder").state())
    for stage, before, minutes in (
        ("encoder", first, options.encoder_minutes),
        ("decoder", work / "encoder.pt", options.decoder_minutes),
    ):
        ranks.each(count, ranks.learn, work, stage, before, 60.0 * minutes)
    export(work / "decoder.pt", alphabet.file, options.out)
    if not options.no_judging:
        print(judge(options.out))


def _alphabet(options: argparse.Namespace, work: Path) -> tokens.Alphabet:
    """The sentences and the pieces of the training, made once."""
    texts, pieces = work / "sentences.txt", work / "tokenizer.json"
    if not texts.exists():
        found = sentences.corpus(options.pairs, options.seed, options.sentences, options.texts)
        if not pieces.exists():  # those of an earlier model may have been put there, to begin from its weights
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.speech", description=__doc__)
    parser.add_argument("--pairs", type=Path, required=True, help="English–French pairs, one JSON list a line")
    parser.add_argument(
        "--texts", type=Path, nargs="*", default=[], help="other French texts, a sentence a line; heard in turn"
    )
    parser.add_argument("--work", type=Path, default=Path("data") / "speech", help="what is kept between runs")
    parser.add_argument("--out", type=Path, default=sentences.ROOT / "demo" / "models" / "demo-espeak-fr")
    parser.add_argument(
        "--sentences", type=int, default=64_000, help=f"{ranks.SHARD_SENTENCES} are half an hour of speech"
    )
    parser.add_argument("--encoder-minutes", type=float, default=15)
    parser.add_argument("--decoder-minutes", type=float, default=80)
    parser.add_argument("--ranks", type=int, default=2, help="processes, one core each")
    parser.add_argument("--start-from", type=Path, help="checkpoint of an earlier model")
    parser.add_argument("--no-judging", action="store_true", help="leave out the last part, ten minutes of listening")
    parser.add_argument("--seed", type=int, default=1)
    return parser


if __name__ == "__main__":
    main()

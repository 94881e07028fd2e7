"""Batches of windows from the shards, each with its targets ready.

Takes shards as they appear in a folder; gives batches: pictures while the encoder learns sounds; afterwards the frozen
layers' states, computed once a shard and kept on the disk (about 70 MB an hour in bfloat16). A rank reads only its
own shards.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.speech.network import STATES
from training.speech.tokens import Alphabet
from training.speech.windows import STEPS

_SHARDS_AT_ONCE = 4
"""New shards mixed with one another, and with as many windows already seen."""

_WRONG_SHARE = 0.02
"""Of the tokens given to the decoder: it must listen rather than trust what was written. 0.1 made it lose its place."""

_TIMED_SHARE = 0.65
"""Of the windows, with time tokens: the product decodes with them and aligns words without."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One file's targets, and where its input is: (windows, 80, 800) or (windows, 402, width)."""

    inputs: NDArray[np.generic]
    phonemes: NDArray[np.int16]
    pieces: NDArray[np.int16]
    first: NDArray[np.int64]
    tokens: NDArray[np.int16]
    middle: NDArray[np.float32]
    half: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Batch:
    """``inputs``; ``phonemes``, ``pieces`` (n, 400); ``given``, ``wanted`` (n, m), -1 nothing; guidance in seconds."""

    inputs: Tensor
    phonemes: Tensor
    pieces: Tensor
    given: Tensor
    wanted: Tensor
    middle: Tensor
    half: Tensor


class Material:
    """The windows of one rank."""

    def __init__(
        self,
        folder: Path,
        alphabet: Alphabet,
        rank: int,
        world: int,
        seed: int,
        frozen: Callable[[Tensor], Tensor] | None,
    ) -> None:
        self._folder, self._alphabet, self._rank, self._world = folder, alphabet, rank, world
        self._chance = random.Random(seed * 100 + rank)
        self._frozen = frozen
        self._names: set[str] = set()
        self._shards: list[Shard] = []
        self._queue: list[tuple[int, int]] = []

    def batch(self, count: int, decoder: bool) -> Batch:
        """The next windows."""
        while len(self._queue) < count:
            self._more()
        chosen = [self._queue.pop() for _ in range(count)]
        shards = [self._shards[shard] for shard, _ in chosen]
        inputs = np.stack([shard.inputs[at] for shard, (_, at) in zip(shards, chosen, strict=True)])
        tensor = torch.from_numpy(inputs)
        tensor = tensor.view(torch.bfloat16) if self._frozen else tensor.bfloat16()
        phonemes = np.stack([shard.phonemes[at] for shard, (_, at) in zip(shards, chosen, strict=True)])
        pieces = np.stack([shard.pieces[at] for shard, (_, at) in zip(shards, chosen, strict=True)])
        texts = [self._text(shard, at) for shard, (_, at) in zip(shards, chosen, strict=True)] if decoder else []
        return Batch(tensor, torch.from_numpy(phonemes).long(), torch.from_numpy(pieces).long(), *self._padded(texts))

    def _more(self) -> None:
        """Queue new shards with as many old windows; where there is none, everything again."""
        files = [
            file
            for file in sorted(self._folder.glob("*.npz"))
            if ".tmp" not in file.name and file.name not in self._names
        ]
        files = [file for file in files if int(file.stem.rpartition("_")[2]) % self._world == self._rank]
        old = [(shard, at) for shard in range(len(self._shards)) for at in range(len(self._shards[shard].phonemes))]
        new: list[tuple[int, int]] = []
        for file in files[:_SHARDS_AT_ONCE]:
            self._names.add(file.name)
            self._shards.append(self._load(file))
            new += [(len(self._shards) - 1, at) for at in range(len(self._shards[-1].phonemes))]
        again = self._chance.sample(old, min(len(old), len(new) // 2)) if new else old
        self._queue = [*new, *again]
        self._chance.shuffle(self._queue)
        if not self._queue:
            raise FileNotFoundError(f"no shard in {self._folder}")

    def _load(self, file: Path) -> Shard:
        with np.load(file) as archive:
            rest = {name: archive[name] for name in ("phonemes", "pieces", "counts", "tokens", "middle", "half")}
            inputs = archive["pictures"] if self._frozen is None else self._states(file, archive)
        first = np.concatenate([[0], np.cumsum(rest.pop("counts"))])
        return Shard(inputs=inputs, first=first, **rest)

    def _states(self, file: Path, archive: Mapping[str, NDArray[np.generic]]) -> NDArray[np.generic]:
        assert self._frozen is not None
        target = file.with_suffix(".states")
        count = len(archive["counts"])
        if not target.exists():
            pictures = archive["pictures"]
            made = [self._frozen(torch.from_numpy(pictures[at : at + 8]).bfloat16()) for at in range(0, count, 8)]
            temporary = target.with_suffix(".tmp")
            torch.cat(made).view(torch.int16).numpy().tofile(temporary)
            temporary.replace(target)
        return np.memmap(target, np.int16, "r").reshape(count, STATES, -1)

    def _text(self, shard: Shard, at: int) -> tuple[list[int], list[int], list[float], list[float]]:
        """Given and wanted tokens, guidance: one window's."""
        alphabet = self._alphabet
        span = slice(int(shard.first[at]), int(shard.first[at + 1]))
        tokens, middle, half = shard.tokens[span].tolist(), shard.middle[span].tolist(), shard.half[span].tolist()
        timed = self._chance.random() < _TIMED_SHARE
        if not tokens:
            ids = [alphabet.start, alphabet.french, alphabet.transcribe, alphabet.time if timed else alphabet.no_times]
            return [*ids], [alphabet.no_speech, *ids[2:], alphabet.end], [-1.0] * 4, [0.0] * 4
        head = [alphabet.start, alphabet.french, alphabet.transcribe]
        if not timed:
            kept = [place for place, token in enumerate(tokens) if token < alphabet.time]
            tokens, middle, half = ([one[place] for place in kept] for one in (tokens, middle, half))
            head.append(alphabet.no_times)
        ids = [*head, *tokens]
        given = [
            self._chance.randrange(alphabet.pieces)
            if token < alphabet.pieces and self._chance.random() < _WRONG_SHARE
            else token
            for token in ids
        ]
        blank = [-1.0] * (len(head) - 1)
        return given, [*ids[1:], alphabet.end], [*blank, *middle, -1.0], [*(0.0 for _ in blank), *half, 0.0]

    def _padded(self, texts: list[tuple[list[int], list[int], list[float], list[float]]]) -> tuple[Tensor, ...]:
        longest = max((len(text[0]) for text in texts), default=0)

        def stack(place: int, filler: float, dtype: torch.dtype) -> Tensor:
            rows = [[*text[place], *([filler] * (longest - len(text[place])))] for text in texts]
            return torch.tensor(rows, dtype=dtype)

        return (
            stack(0, self._alphabet.end, torch.long),
            stack(1, -1, torch.long),
            stack(2, -1.0, torch.float32),
            stack(3, 0.0, torch.float32),
        )


assert STATES == STEPS + 2

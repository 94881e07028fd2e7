"""Training: sounds first, then words and text over frozen sounds, by one or more ranks, restartable.

Takes shards and a budget of time; gives a checkpoint with weights, optimisers and the learning curve so far. Stages:
``encoder`` learns, at every 20 ms, the phoneme (lower layers) and the piece of text (all layers), whose times
espeak-ng gives exactly; ``decoder`` freezes the lower layers, keeps their states on the disk, and learns to write.
Two heads of the first decoder layer are guided to where the token just written was heard, two of the last one to
where the next is: these are the exported alignment heads. Weights compute in bfloat16 with a float32 master.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import numpy as np
import torch
from torch import Tensor, distributed
from torch.nn import functional

from training.speech.material import Batch, Material
from training.speech.muon import Muon, in_parts
from training.speech.network import STATES, Network
from training.speech.tokens import STEPS_PER_S, Alphabet
from training.speech.windows import STEPS, WINDOW_S

GUIDED = 2
"""Heads of the first and of the last decoder layer."""

_WINDOWS, _PARTS = 4, 4
"""Of a part, and parts of an update: ranks take parts one by one, so that a slower core does fewer."""

_MATRIX_RATE, _OTHER_RATE, _WARM_UP, _LEAST = 0.015, 1.5e-3, 60, 0.01
"""Length of Muon's and AdamW's steps at first; updates until they are whole; share left at the end."""

_PIECE_EVERY = 3
"""One step in so many is asked for its piece of text: neighbours say the same."""

_PIECE_WEIGHT, _GUIDE_WEIGHT, _SMOOTHING = 0.5, 0.5, 0.03
_SAVE_EVERY_S, _TELL_EVERY = 60.0, 25


@dataclass(slots=True)
class Progress:
    """What a checkpoint says of the past. ``spent_s`` is time under way in this stage."""

    stage: str = "encoder"
    updates: int = 0
    audio_h: float = 0.0
    spent_s: float = 0.0
    curve: list[dict[str, float]] = field(default_factory=list)


class Learner:
    """One rank of a training."""

    def __init__(self, network: Network, alphabet: Alphabet, stage: str, rank: int = 0, world: int = 1) -> None:
        self.alphabet, self.stage, self.rank, self.world = alphabet, stage, rank, world
        self.progress = Progress(stage=stage)
        trained = trained_names(network, stage)
        self.master = {
            name: one.detach().clone().float().requires_grad_()
            for name, one in network.named_parameters()
            if name in trained
        }
        self._frozen = {name: one.detach().clone() for name, one in network.named_parameters() if name not in trained}
        self.network = network.bfloat16()
        self._working = {name: one for name, one in self.network.named_parameters() if name in trained}
        for name, one in self.network.named_parameters():
            one.requires_grad_(name in trained)
        matrices = [name for name, one in self.master.items() if one.ndim == 2 and name[0] in "ED" and "." in name]
        self.muon = Muon([self.master[name] for name in matrices], rank, world)
        others = [one for name, one in self.master.items() if name not in matrices]
        self.adam = torch.optim.AdamW(others, lr=_OTHER_RATE, betas=(0.9, 0.98), weight_decay=0.01)
        layers = len(self.network.D)
        self._kept = [GUIDED if layer in (0, layers - 1) else 0 for layer in range(layers)]

    def material(self, folder: Path) -> Material:
        """The windows this rank learns from."""
        frozen = self._sounds if self.stage == "decoder" else None
        return Material(folder, self.alphabet, self.rank, self.world, self.progress.updates, frozen)

    @torch.no_grad()
    def _sounds(self, pictures: Tensor) -> Tensor:
        return self.network.sounds(pictures)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """What is to be made small, by name."""
        found: dict[str, Tensor] = {}
        sounds = batch.inputs
        if self.stage == "encoder":
            sounds = self.network.sounds(sounds)
            scores = self.network.phonemes(sounds).float().flatten(0, 1)
            found["phoneme"] = functional.cross_entropy(scores, batch.phonemes.flatten(), ignore_index=-1)
        memory = self.network.memory(sounds)
        first = int(torch.randint(_PIECE_EVERY, ()).item())
        heard = self.network.heard(memory[:, first:STEPS:_PIECE_EVERY]).float().flatten(0, 1)
        said = batch.pieces[:, first::_PIECE_EVERY].flatten()
        found["piece"] = functional.cross_entropy(heard, said, ignore_index=-1)
        if self.stage != "encoder":
            found |= self._text_losses(batch, memory)
        return found

    def _text_losses(self, batch: Batch, memory: Tensor) -> dict[str, Tensor]:
        scores, weights = self.network.decode(batch.given, memory, self._kept)
        wanted = batch.wanted.flatten()
        text = functional.cross_entropy(
            scores.float().flatten(0, 1), wanted, ignore_index=-1, label_smoothing=_SMOOTHING
        )
        before = functional.pad(batch.middle[:, :-1], (1, 0), value=-1.0), functional.pad(batch.half[:, :-1], (1, 0))
        return {
            "text": text,
            "guide_first": guide(weights[0], *before),
            "guide_last": guide(weights[-1], batch.middle, batch.half),
        }

    def part(self, batch: Batch) -> dict[str, float]:
        """Add the gradient of some windows."""
        losses = self.losses(batch)
        weights = {"piece": _PIECE_WEIGHT, "guide_first": 0.5 * _GUIDE_WEIGHT, "guide_last": _GUIDE_WEIGHT}
        total = torch.stack([weights.get(name, 1.0) * loss for name, loss in losses.items()]).sum()
        total.backward()  # type: ignore[no-untyped-call]
        return {name: float(loss.detach()) for name, loss in losses.items()}

    def update(self, parts: int, rate: float) -> None:
        """Move the weights by the sum of all ranks' gradients. ``parts``: how many gradients that is, in all."""
        names = list(self.master)
        flat = torch.cat(
            [
                torch.zeros(self.master[name].numel())
                if (grad := self._working[name].grad) is None
                else grad.float().flatten()
                for name in names
            ]
        )
        if self.world > 1:
            distributed.all_reduce(flat)
        flat /= parts
        flat *= min(1.0, 1.0 / (float(flat.norm()) + 1e-9))
        for name, grad in zip(names, in_parts(flat, list(self.master.values())), strict=True):
            self.master[name].grad = grad
            self._working[name].grad = None
        self.muon.step(_MATRIX_RATE * rate)
        self.adam.param_groups[0]["lr"] = _OTHER_RATE * rate
        self.adam.step()
        with torch.no_grad():
            torch._foreach_copy_([self._working[name] for name in names], [self.master[name] for name in names])
        self.progress.updates += 1

    def state(self) -> dict[str, Any]:
        """Everything to go on from."""
        weights = {name: one.detach().clone() for name, one in (self._frozen | self.master).items()}
        return {
            "weights": weights,
            "shape": self.network.shape,
            "momentum": self.muon.momentum,
            "adam": self.adam.state_dict(),
            "progress": asdict(self.progress),
        }

    def resume(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint of this very stage."""
        self.progress = Progress(**state["progress"])
        for mine, saved in zip(self.muon.momentum, state["momentum"], strict=True):
            mine.copy_(saved)
        self.adam.load_state_dict(state["adam"])


def trained_names(network: Network, stage: str) -> set[str]:
    """Which weights a stage moves."""
    names = {name for name, _ in network.named_parameters()}
    decoder = {name for name in names if name.startswith(("D.", "dn.", "pd"))}
    lower = {name for name in names if name.startswith(("c1.", "c2.", "pn.", "ph."))}
    lower |= {name for name in names for layer in range(network.lower) if name.startswith(f"E.{layer}.")}
    return names - decoder if stage == "encoder" else names - lower


def guide(weights: Tensor, middle: Tensor, half: Tensor) -> Tensor:
    """Mean of minus the log of the attention that falls where the token was heard."""
    centres = (torch.arange(STATES) + 0.5)[None, None] / STEPS_PER_S
    inside = ((centres - middle[..., None]).abs() <= half[..., None])[:, None]
    known = (middle >= 0)[:, None]
    mass = (weights * inside).sum(-1).clamp(min=1e-4).log()
    return -(mass * known).sum() / (known.sum() * mass.shape[1]).clamp(min=1)


def load(checkpoint: Path) -> tuple[Network, dict[str, Any]]:
    """The network of a checkpoint, and all the checkpoint says."""
    state: dict[str, Any] = torch.load(checkpoint, map_location="cpu", weights_only=False)
    network = Network(**state["shape"])
    network.load_state_dict(state["weights"], strict=False)
    return network, state


def save(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint, whole or not at all."""
    temporary = path.with_suffix(".tmp")
    torch.save(state, temporary)
    temporary.replace(path)


def learn(learner: Learner, shards: Path, checkpoint: Path, seconds: float, store: Any = None) -> None:
    """Train until ``seconds`` of this stage are spent; the rate falls linearly from the start.

    Args:
        learner: one rank.
        shards: folder of the windows; new files are taken as they appear.
        checkpoint: written by rank 0 every minute and at the end.
        seconds: of this stage in all, those before an interruption included.
        store: the ranks' common counter (``torch.distributed.Store``), for more than one.
    """
    batches = _prefetched(learner, shards)
    began, before = time.monotonic(), learner.progress.spent_s
    saved, sums, count = time.monotonic(), dict[str, float](), 0
    while True:
        share = _common(learner, (before + time.monotonic() - began) / seconds)
        if share >= 1:
            break
        for _ in _parts(learner, store):
            for name, loss in learner.part(next(batches)).items():
                sums[name] = sums.get(name, 0.0) + loss
            count += 1
        rate = min(1.0, (learner.progress.updates + 1) / _WARM_UP) * max(_LEAST, 1 - share)
        learner.update(_PARTS, rate)
        learner.progress.audio_h += _PARTS * _WINDOWS * WINDOW_S / 3600
        learner.progress.spent_s = before + time.monotonic() - began
        if learner.progress.updates % _TELL_EVERY == 0 and learner.rank == 0:
            _tell(learner, {name: total / max(1, count) for name, total in sums.items()}, checkpoint)
            sums, count = {}, 0
        if learner.rank == 0 and time.monotonic() - saved > _SAVE_EVERY_S:
            save(checkpoint, learner.state())
            saved = time.monotonic()
    if learner.rank == 0:
        learner.progress.spent_s = max(seconds, learner.progress.spent_s)
        save(checkpoint, learner.state())


def _common(learner: Learner, share: float) -> float:
    """Rank 0's clock for all: ranks must end, and slow down, together."""
    if learner.world == 1:
        return share
    shared = torch.tensor([share])
    distributed.broadcast(shared, 0)
    return float(shared)


def _parts(learner: Learner, store: Any) -> Iterator[int]:
    """This rank's share of an update's parts, taken one by one."""
    if learner.world == 1:
        yield from range(_PARTS)
        return
    key = f"{learner.stage}-{learner.progress.updates}"
    while (number := store.add(key, 1) - 1) < _PARTS:
        yield number


def _prefetched(learner: Learner, shards: Path) -> Iterator[Batch]:
    """Batches made ready in a thread. A mistake there ends the run with its message."""
    queue: Queue[Batch | BaseException] = Queue(3)
    material = learner.material(shards)

    def feed() -> None:
        try:
            while True:
                queue.put(material.batch(_WINDOWS, learner.stage != "encoder"))
        except BaseException as error:
            queue.put(error)

    Thread(target=feed, daemon=True, name="batches").start()
    while True:
        found = queue.get()
        if isinstance(found, BaseException):
            raise found
        yield found


def _tell(learner: Learner, losses: dict[str, float], checkpoint: Path) -> None:
    """Add a point to the learning curve and to the log beside the checkpoint."""
    progress = learner.progress
    point = {"minutes": progress.spent_s / 60, "updates": progress.updates, "audio_h": progress.audio_h, **losses}
    point = {name: round(float(np.float32(value)), 4) for name, value in point.items()}
    progress.curve.append(point)
    with checkpoint.with_suffix(".log").open("a", encoding="utf-8") as log:
        log.write(json.dumps({"stage": progress.stage, **point}) + "\n")

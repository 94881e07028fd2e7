"""The training itself: distillation from the teacher and contrast between French texts, by turns in one step.

Takes the material, the teacher's vectors and a seed; gives the folded table that did best on the dev sets. Loss: cosine
to the teacher's vector, InfoNCE against the other vectors of the batch (van den Oord et al., 2018; near-duplicates in
the teacher's eyes are no negatives), and symmetric InfoNCE between the two texts of a couple. A checkpoint is written
at every look at the dev sets, so an interrupted run goes on.
"""

from __future__ import annotations

import math
import random
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from training.encoder.material import Couple, Lesson
from training.encoder.noise import typed
from training.encoder.student import Student

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a run is made of."""

    seed: int = 1
    dimension: int = 256
    vocabulary: int = 40_000
    steps: int = 600
    slope_steps: int = 1500
    lessons_a_step: int = 384
    couples_a_step: int = 256
    look_every: int = 100
    rate: float = 4e-3
    weights_faster: float = 1.0
    sharpened: float = 1.3
    temperature: float = 0.05
    noise: float = 0.25
    dropped: float = 0.1
    couples_weight: float = 1.0
    infonce_weight: float = 0.5
    lesson_shares: dict[str, float] = field(
        default_factory=lambda: {
            "tatoeba": 3, "esco": 2, "esco_alt": 1, "pydoc": 2, "gnome": 1, "asp": 0.7, "lexicon": 3, "job": 0.4,
            "sentences": 2,
        }
    )  # fmt: skip
    couple_shares: dict[str, float] = field(
        default_factory=lambda: {
            "pydoc, next": 2, "gnome, next": 2, "asp, next": 1, "same english": 1.5, "lexicon": 2, "job": 1,
            "meeting": 1,
        }
    )  # fmt: skip


class Sampler:
    """Draws items by source, in the shares of the recipe."""

    def __init__(self, sources: Sequence[str], shares: dict[str, float], rng: np.random.Generator) -> None:
        places: dict[str, list[int]] = defaultdict(list)
        for place, source in enumerate(sources):
            places[source].append(place)
        names = sorted(places)
        weights = np.array([shares[name] for name in names])
        self._lists = [np.array(places[name]) for name in names]
        self._shares = weights / weights.sum()
        self._rng = rng

    def draw(self, count: int) -> NDArray[np.int64]:
        """``count`` places, each at most once."""
        drawn = self._rng.choice(len(self._lists), count, p=self._shares)
        parts = []
        for source, wanted in Counter(drawn.tolist()).items():
            available = self._lists[source]
            parts.append(self._rng.choice(available, min(wanted, len(available)), replace=False))
        return np.concatenate(parts)


class Learner:
    """One run of a recipe."""

    def __init__(self, recipe: Recipe, tokenizer: Tokenizer, lessons: Sequence[Lesson], targets: Vectors,
                 couples: Sequence[Couple]) -> None:  # fmt: skip
        self.recipe = recipe
        self._tokenizer = tokenizer
        self._words = random.Random(recipe.seed)
        self._lessons = self._written([one.french for one in lessons])
        self._targets = targets
        self._firsts = self._written([one.first for one in couples])
        self._seconds = self._written([one.second for one in couples])
        frequencies = self._frequencies()
        self.student = Student(tokenizer, frequencies, recipe.dimension, recipe.seed)
        tables = [self.student.own.weight, self.student.stem.weight, self.student.gram.weight]
        self._tables = torch.optim.SparseAdam(tables, lr=recipe.rate)
        self._weights = torch.optim.Adam([self.student.log_weight], lr=recipe.rate)
        self._rng = np.random.default_rng(recipe.seed)
        self._draw_lessons = Sampler([one.source for one in lessons], recipe.lesson_shares, self._rng)
        self._draw_couples = Sampler([one.source for one in couples], recipe.couple_shares, self._rng)
        self.step = 0

    def _frequencies(self) -> NDArray[np.float64]:
        counts = np.zeros(self._tokenizer.get_vocab_size())
        for clean, *_ in self._lessons:
            np.add.at(counts, clean, 1)
        frequencies: NDArray[np.float64] = (counts + 0.5) / counts.sum()
        return frequencies

    def advance(self, steps: int) -> float:
        """Learn for that many steps; return the mean loss."""
        total = 0.0
        for _ in range(steps):
            rate = self._rate()
            for optimizer, factor in ((self._tables, 1.0), (self._weights, self.recipe.weights_faster)):
                for group in optimizer.param_groups:
                    group["lr"] = rate * factor
                optimizer.zero_grad()
            loss = self._lesson_loss() + self.recipe.couples_weight * self._couple_loss()
            loss.backward()  # type: ignore[no-untyped-call]
            self._tables.step()  # type: ignore[no-untyped-call]
            self._weights.step()
            total += loss.item()
            self.step += 1
        return total / steps

    def _rate(self) -> float:
        """Rises over a tenth of the slope, then falls along a cosine; the run stops half-way down: see the decision."""
        done = self.step / self.recipe.slope_steps
        return self.recipe.rate * min(1.0, 10 * done + 0.01) * (0.02 + 0.98 * (0.5 + 0.5 * math.cos(math.pi * done)))

    def _lesson_loss(self) -> torch.Tensor:
        drawn = self._draw_lessons.draw(self.recipe.lessons_a_step)
        found = self.student(self._drawn(self._lessons, drawn))
        targets = torch.from_numpy(self._targets[drawn])
        near = targets @ targets.T
        logits = (found @ targets.T) / self.recipe.temperature
        own = torch.eye(len(drawn), dtype=torch.bool)
        logits = logits.masked_fill((near > 0.75) & ~own, -1e4)
        contrast = torch.nn.functional.cross_entropy(logits, torch.arange(len(drawn)))
        cosine: torch.Tensor = 1 - (found * targets).sum(dim=1).mean()
        return 2 * cosine + self.recipe.infonce_weight * contrast

    def _couple_loss(self) -> torch.Tensor:
        drawn = self._draw_couples.draw(self.recipe.couples_a_step)
        first = self.student(self._drawn(self._firsts, drawn))
        second = self.student(self._drawn(self._seconds, drawn))
        logits = (first @ second.T) / self.recipe.temperature
        right = torch.arange(len(drawn))
        both = torch.nn.functional.cross_entropy
        loss: torch.Tensor = 0.25 * (both(logits, right) + both(logits.T, right))
        return loss

    def _written(self, texts: Sequence[str]) -> list[tuple[NDArray[np.int64], ...]]:
        """Token ids of each text: as it stands, then misspelled in two ways."""
        ways = [texts, *([typed(one, self._words) for one in texts] for _ in range(2))]
        found = [[_ids(one) for one in self._tokenizer.encode_batch(list(way))] for way in ways]
        return list(zip(*found, strict=True))

    def _drawn(self, texts: list[tuple[NDArray[np.int64], ...]], drawn: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """The texts drawn, some misspelled, a few words lost."""
        found = []
        for place, noisy, way in zip(
            drawn, self._rng.random(len(drawn)), self._rng.integers(1, 3, len(drawn)), strict=True
        ):
            ids = texts[place][way if noisy < self.recipe.noise else 0]
            kept = ids[self._rng.random(len(ids)) >= self.recipe.dropped] if len(ids) > 2 else ids
            found.append(kept if len(kept) else ids)
        return found

    def save(self, path: Path) -> None:
        """Write everything a later run needs to go on."""
        aside = path.with_suffix(".tmp")
        state = {
            "student": self.student.state_dict(),
            "tables": self._tables.state_dict(),
            "weights": self._weights.state_dict(),
            "step": self.step,
            "numpy": self._rng.bit_generator.state,
            "words": self._words.getstate(),
        }
        torch.save(state, aside)
        aside.rename(path)

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint that :meth:`save` wrote."""
        state = torch.load(path, weights_only=False)
        self.student.load_state_dict(state["student"])
        self._tables.load_state_dict(state["tables"])
        self._weights.load_state_dict(state["weights"])
        self._rng.bit_generator.state = state["numpy"]
        self._words.setstate(state["words"])
        self.step = state["step"]


def _ids(encoding: Encoding) -> NDArray[np.int64]:
    return np.array(encoding.ids, dtype=np.int64)


def now() -> str:
    """The time of day, for progress lines."""
    return time.strftime("%H:%M:%S")

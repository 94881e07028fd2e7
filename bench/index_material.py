"""Synthetic clips for ``bench.index``: French words drawn by Zipf's law, vectors in clusters, questions on both.

Takes how many; writes into a folder what every engine reads, so that all see the same: ``texts.txt`` (one clip a line),
``rows.npy`` (``(documents, dimension)`` float32, unit rows), questions, and the exact ten nearest of each. Words are
those of our own French texts; a fifth of each clip comes from one of 200 subjects. No syntax, no real nearness: ratios
between engines are worth more than figures.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from consent.records import Frozen
from pipeline.index.analysis import fold

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

TOP = 10
SHARES = (0.01, 0.1, 0.5)
"""Of the clips that a filter lets through."""

_DATA = Path(__file__).with_name("data")
_SUBJECTS, _SUBJECT_WORDS, _COMMON_WORDS, _OWN_WORDS = 200, 200, 56, 14
_AT_ONCE = 20_000
_CLIPS_PER_CLUSTER = 100
_SPREAD = 0.15
"""Of a clip around the middle of its cluster, in each of 32 directions: its noise is about as long as the middle."""


class Material(Frozen):
    """Where it lies, and how much there is."""

    folder: Path
    documents: int
    dimension: int
    queries: int


def make(material: Material) -> None:
    """Write the clips, the questions and the exact answers; always the same for the same numbers."""
    _write_texts(material)
    rows = _clustered(material)
    np.save(material.folder / "rows.npy", rows)
    luck = np.random.default_rng(2)
    near = luck.normal(0, 0.02, (material.queries, material.dimension)).astype(np.float32)
    asked = rows[luck.integers(0, material.documents, material.queries)] + near
    asked /= np.linalg.norm(asked, axis=1, keepdims=True)
    np.save(material.folder / "asked.npy", asked)
    for share in (None, *SHARES):
        allowed = np.arange(material.documents) if share is None else np.flatnonzero(allowed_rows(material, share))
        held = rows if share is None else rows[allowed]
        nearest = np.stack([allowed[np.argpartition(-(held @ one), TOP)[:TOP]] for one in asked])
        np.save(material.folder / _exact_name(share), nearest)


def texts(material: Material) -> list[str]:
    """The clips' words."""
    return (material.folder / "texts.txt").read_text("utf-8").splitlines()


def questions(material: Material) -> list[str]:
    """One to four words each, of any rarity but the fifty commonest."""
    luck, words = np.random.default_rng(3), np.asarray(_vocabulary())
    return [" ".join(words[luck.integers(50, len(words), luck.integers(1, 5))]) for _ in range(material.queries)]


def rows(material: Material) -> Floats:
    """The clips' vectors."""
    read: Floats = np.load(material.folder / "rows.npy")
    return read


def asked(material: Material) -> Floats:
    """The questions' vectors: a clip's, moved a little."""
    read: Floats = np.load(material.folder / "asked.npy")
    return read


def exact(material: Material, share: float | None) -> list[set[int]]:
    """The ten nearest clips of each question among those that a filter lets through (None: all)."""
    return [set(one) for one in np.load(material.folder / _exact_name(share)).tolist()]


def share_of(row: int) -> str:
    """The facet value of a clip: « 1 », « 10 » or « 50 », of which about so many per cent have it; else « 0 »."""
    place = row * 7919 % 100  # a prime: spread evenly over subjects and clusters
    return "1" if place < 1 else "10" if place < 11 else "50" if place < 61 else "0"


def allowed_rows(material: Material, share: float) -> Mask:
    """The clips that a filter of this share lets through."""
    value = f"{share * 100:.0f}"
    return np.fromiter((share_of(row) == value for row in range(material.documents)), np.bool_, material.documents)


def _exact_name(share: float | None) -> str:
    return f"exact-{'all' if share is None else share}.npy"


def _vocabulary() -> list[str]:
    """The words of our own texts, the commonest first."""
    counts: Counter[str] = Counter()
    for path in sorted(_DATA.glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            for value in json.loads(line).values():
                for word in value.split() if isinstance(value, str) else ():
                    if fold(word).isalpha():
                        counts[fold(word)] += 1
    return sorted(counts, key=lambda word: (-counts[word], word))


def _write_texts(material: Material) -> None:
    words, luck = np.asarray(_vocabulary()), np.random.default_rng(1)
    chances = 1 / np.arange(1, len(words) + 1)
    subjects = np.stack([luck.permutation(len(words))[:_SUBJECT_WORDS] for _ in range(_SUBJECTS)])
    with (material.folder / "texts.txt").open("w", encoding="utf-8") as file:
        for first in range(0, material.documents, _AT_ONCE):
            count = min(_AT_ONCE, material.documents - first)
            common = luck.choice(len(words), (count, _COMMON_WORDS), p=chances / chances.sum())
            own = subjects[np.arange(first, first + count) % _SUBJECTS]
            own = np.take_along_axis(own, luck.integers(0, _SUBJECT_WORDS, (count, _OWN_WORDS)), axis=1)
            file.writelines(" ".join(line) + "\n" for line in words[np.concatenate([common, own], axis=1)])


def _clustered(material: Material) -> Floats:
    luck, dimension = np.random.default_rng(0), material.dimension
    middles = luck.normal(size=(max(1, material.documents // _CLIPS_PER_CLUSTER), dimension)).astype(np.float32)
    directions = luck.normal(size=(32, dimension)).astype(np.float32)
    made = middles[luck.integers(0, len(middles), material.documents)]
    for first in range(0, material.documents, _AT_ONCE):
        part = made[first : first + _AT_ONCE]
        part += luck.normal(0, _SPREAD, (len(part), 32)).astype(np.float32) @ directions
        part /= np.linalg.norm(part, axis=1, keepdims=True)
    return made

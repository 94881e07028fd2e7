"""What our cut is compared with: nothing, even cuts, and published methods written again from their descriptions.

Takes one vector a line (or the lines themselves), and the number of topics where a method cannot tell it; gives the
lines that open a topic. NLTK's TextTiling (Hearst 1997, block comparison), ClipsAI's variant on sentence vectors
(smoothed cosines, cut-off at the mean plus one deviation, one round), TreeSeg (Gklezakos et al. 2024, divisive split
of blocks of five lines, topics of five lines at least) and KernelCPD (exact programme on the cosine kernel).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from pipeline.segment.lexicon import content, stem

Matrix = NDArray[np.float64]

_PSEUDO_SENTENCE = 20  # words; NLTK's defaults: w = 20, k = 10, smoothing once over 3 gaps
_BLOCK = 10
_WINDOW = 5  # lines: ClipsAI's first; its longer ones only serve to merge in later rounds
_TREE_BLOCK, _TREE_LEAST = 5, 5


def even(lines: int, count: int) -> tuple[int, ...]:
    """Topics of the same number of lines."""
    return tuple(sorted({round(lines * number / count) for number in range(1, count)} - {0, lines}))


def text_tiling(texts: Sequence[str]) -> tuple[int, ...]:
    """NLTK's: depth of valleys between blocks of ten pseudo-sentences, cut-off at mean - deviation / 2."""
    words = [(stem(word), line) for line, text in enumerate(texts) for word in content(text)]
    bags = [
        Counter(word for word, _ in words[at : at + _PSEUDO_SENTENCE]) for at in range(0, len(words), _PSEUDO_SENTENCE)
    ]
    gaps = []
    for gap in range(1, len(bags)):
        reach = min(_BLOCK, gap, len(bags) - gap)
        left = Counter[str]()
        right = Counter[str]()
        for bag in bags[gap - reach : gap]:
            left.update(bag)
        for bag in bags[gap : gap + reach]:
            right.update(bag)
        gaps.append(_cosine(left, right))
    if len(gaps) < 3:
        return ()
    smooth = np.convolve(np.pad(gaps, 1, mode="edge"), np.ones(3) / 3, mode="valid")
    depths = _depths(smooth)
    limit = depths.mean() - depths.std() / 2
    cuts = [gap + 1 for gap in np.flatnonzero(depths > limit) if _is_peak(depths, int(gap))]
    return tuple(sorted({words[cut * _PSEUDO_SENTENCE][1] for cut in cuts} - {0}))


def clips_tiling(rows: Matrix) -> tuple[int, ...]:
    """ClipsAI's first round: valleys between windows of five lines, each beyond the mean plus one deviation."""
    if len(rows) < 2 * _WINDOW:
        return ()
    summed = np.concatenate([np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0)])
    at = np.arange(_WINDOW, len(rows) - _WINDOW + 1)
    left, right = summed[at] - summed[at - _WINDOW], summed[at + _WINDOW] - summed[at]
    norms = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    cosines = (left * right).sum(axis=1) / np.where(norms > 0, norms, 1.0)
    smooth = np.convolve(np.pad(cosines, 1, mode="edge"), np.ones(3) / 3, mode="valid")
    depths = _depths(smooth)
    peaks = [int(gap) for gap in np.flatnonzero(depths > depths.mean() + depths.std()) if _is_peak(depths, int(gap))]
    return tuple(int(at[gap]) for gap in peaks)


def tree_seg(rows: Matrix, count: int) -> tuple[int, ...]:
    """TreeSeg: split where the squared error falls most, until there are ``count`` topics."""
    costs = scatters(np.stack([rows[max(0, at - _TREE_BLOCK + 1) : at + 1].sum(axis=0) for at in range(len(rows))]))
    found = [(0, len(rows))]
    while len(found) < count:
        splits = [(*_split(costs, first, past), first, past) for first, past in found]
        gain, at, first, past = max(splits)
        if not math.isfinite(gain):
            break
        found.remove((first, past))
        found += [(first, at), (at, past)]
    return tuple(sorted(first for first, _ in found if first))


def _split(costs: Matrix, first: int, past: int) -> tuple[float, int]:
    at = np.arange(first + _TREE_LEAST, past - _TREE_LEAST + 1)
    if not len(at):
        return -math.inf, first
    gains = costs[first, past] - costs[first, at] - costs[at, past]
    return float(gains.max()), int(at[gains.argmax()])


def kernel_cpd(rows: Matrix, count: int) -> tuple[int, ...]:
    """KernelCPD on the cosine kernel: the cut into ``count`` of least scatter, exactly."""
    costs = scatters(rows)
    costs[np.tril_indices(len(costs))] = np.inf
    best, origins = costs[0].copy(), []
    for _ in range(count - 1):
        tried = best[:, None] + costs
        origins.append(tried.argmin(axis=0))
        best = tried.min(axis=0)
    opens, place = set(), len(rows)
    for origin in reversed(origins):
        place = int(origin[place])
        opens.add(place)
    return tuple(sorted(opens - {0}))


def scatters(rows: Matrix) -> Matrix:
    """The scatter of unit rows in every stretch, ``(lines + 1, lines + 1)``."""
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    unit = rows / np.where(norms > 1e-9, norms, 1.0)
    sums = np.concatenate([np.zeros((1, rows.shape[1])), np.cumsum(unit, axis=0)])
    own = np.concatenate([[0.0], np.cumsum((unit**2).sum(axis=1))])
    gram = sums @ sums.T
    square = np.diag(gram)[:, None] + np.diag(gram)[None, :] - 2 * gram
    size = np.arange(len(own))[None, :] - np.arange(len(own))[:, None]
    return np.asarray(own[None, :] - own[:, None] - square / np.where(size > 0, size, 1))


def _depths(scores: Matrix) -> Matrix:
    depths = np.zeros(len(scores))
    for gap, score in enumerate(scores):
        left = right = gap
        while left and scores[left - 1] >= scores[left]:
            left -= 1
        while right + 1 < len(scores) and scores[right + 1] >= scores[right]:
            right += 1
        depths[gap] = scores[left] + scores[right] - 2 * score
    return depths


def _is_peak(depths: Matrix, gap: int) -> bool:
    return bool(depths[gap] >= max(chain(depths[max(0, gap - 1) : gap + 2])) and depths[gap] > 0)


def _cosine(left: Counter[str], right: Counter[str]) -> float:
    dot = sum(count * right[word] for word, count in left.items())
    norms = math.sqrt(sum(c * c for c in left.values()) * sum(c * c for c in right.values()))
    return dot / norms if norms else 0.0

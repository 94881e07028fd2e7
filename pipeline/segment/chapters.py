"""Chapters: the topics of a talk that is no interview (a debate, a meeting, a monologue), a given number of them.

Takes the lines of a talk, what they say as vectors, and how many chapters are wanted; gives the lines that open one.
The cut is the exact optimum, by dynamic programming, of: the scatter of each chapter around its own centre, half by
words (sparse tf-idf) and half by sentence embeddings where there are any; how unlike its fellows it is in length; and
the announcements at its start, by phrases and as learned. Lines lend their words to their neighbours: the blocks of
TreeSeg (Gklezakos et al. 2024), centred, since blocks that look back only find every opening a line late.
A chapter opens where a turn does; at most a fixed number of places are tried, so that the cost grows with the talk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.segment.announcements import features_of, learned, log_odds
from pipeline.segment.cohesion import Vectors, in_columns
from pipeline.segment.talk import Said
from pipeline.segment.transitions import transition

Matrix = NDArray[np.float64]
_Signal = Callable[[], Iterable[Matrix]]
"""Gives one row a line, some columns at a time, as often as it is asked."""

MAX_PLACES = 1200
"""Where a cut is tried: three hours of talk have about as many turns."""

_SLACK = 1e6  # beyond a limit of length: never, unless there is no other cut
_REACH = 2  # lines before and after that lend their words: as wide as TreeSeg's blocks, but on both sides
_OPENING_WORDS = 30
_OPENING_LINES = 2


@dataclass(frozen=True, slots=True)
class Weights:
    """What an announcement is worth (by its words; as learned), and an unlike length, in shares of the whole scatter.

    Chosen by cross-validation on development transcripts, one pair for all corpora (bench/results/segment.json);
    their neighbours do as well, within the noise of so few transcripts.
    """

    announced: float = 0.003
    learned: float = 0.01
    unlike: float = 0.005


@dataclass(frozen=True, slots=True)
class Limits:
    """The least and the most seconds of a chapter."""

    least_s: float
    most_s: float


class Chapters:
    """A talk made ready to be cut into any number of chapters."""

    def __init__(
        self, talk: Sequence[Said], starts: Sequence[float], stems: Vectors, meanings: Matrix | None = None
    ) -> None:
        """Make ready.

        Args:
            talk: every line has a word at least.
            starts: of each line, in seconds, and the end of the last: one more than there are lines.
            stems: what the lines say, one row a line, by their words.
            meanings: the same by an embedder, one row a line; none: words alone tell.
        """
        self._words = np.array([float(len(said.text.split())) for said in talk])
        self._places = np.array([*places_of(talk), len(talk)])
        self._starts = np.asarray(starts)[self._places]
        announced = _announcements(talk)
        # The scatter of every stretch between two places, as a share of the whole talk's, all signals alike.
        signals: list[_Signal] = [lambda: in_columns(stems)]
        if meanings is not None:
            signals.append(lambda: [meanings])
        self._scatter = np.mean([_scatter(one, self._words, self._places) for one in signals], axis=0)
        opens = log_odds(features_of(talk, [int(place) for place in self._places[:-1]], stems), learned())
        self._learned = np.array([*opens, 0.0])
        self._announced = np.array([announced[place] for place in self._places[:-1]] + [0.0])

    @property
    def most(self) -> int:
        """No talk can be cut into more chapters than it has places to cut."""
        return len(self._places) - 1

    def cut(self, count: int, limits: Limits | None = None, weights: Weights | None = None) -> tuple[int, ...]:
        """The lines that open a chapter, ascending, the first being 0.

        Args:
            count: of chapters, 1 or more; fewer are given where the talk has fewer places to cut.
            limits: of length, where they can be kept.
            weights: others than the usual ones, for the benchmark.
        """
        count, weights = min(count, self.most), weights or Weights()
        costs = self._scatter + weights.unlike * self._unlikeness(count)
        costs -= (weights.announced * self._announced + weights.learned * self._learned)[:, None]
        if limits is not None:
            seconds = self._starts[None, :] - self._starts[:, None]
            costs += _SLACK * np.maximum(0.0, limits.least_s - seconds) / limits.least_s
            costs += _SLACK * np.maximum(0.0, seconds - limits.most_s) / limits.most_s
        costs[np.tril_indices(len(costs))] = np.inf
        return tuple(int(self._places[place]) for place in _cheapest(costs, count))

    def _unlikeness(self, count: int) -> Matrix:
        """The square of the logarithm of each stretch's length in words, the mean being 1."""
        ends = np.concatenate([[0.0], np.cumsum(self._words)])[self._places]
        lengths = np.maximum((ends[None, :] - ends[:, None]) / ends[-1] * count, 1e-3)
        return np.asarray(np.log(lengths) ** 2 / count)


def places_of(talk: Sequence[Said]) -> list[int]:
    """Where a cut is tried: the first lines of turns, or all lines of a monologue; the longest where too many."""
    turns = [0, *(line for line in range(1, len(talk)) if talk[line].speaker != talk[line - 1].speaker)]
    places = turns if len({said.speaker for said in talk}) > 1 else list(range(len(talk)))
    if len(places) <= MAX_PLACES:
        return places
    # The longest openings first: nobody opens a topic with « mm-hm ».
    by_words = sorted(places[1:], key=lambda line: (-len(talk[line].text.split()), line))
    return sorted([0, *by_words[: MAX_PLACES - 1]])


def _announcements(talk: Sequence[Said]) -> list[float]:
    """For each line, the strongest announcement among it and the next ones of the same breath."""
    own = [transition(said.text) for said in talk]
    several = len({said.speaker for said in talk}) > 1
    found: list[float] = []
    for line, said in enumerate(talk):
        best, words, following = own[line], len(said.text.split()), line + 1
        while (
            several
            and following < len(talk)
            and talk[following].speaker == said.speaker
            and words < _OPENING_WORDS
            and following <= line + _OPENING_LINES
        ):
            best = max(best, 0.8 * own[following])
            words += len(talk[following].text.split())
            following += 1
        found.append(best)
    return found


def _scatter(signal: _Signal, words: Matrix, places: NDArray[np.int64]) -> Matrix:
    """Σ w|v|² - |Σ w v|² / Σ w of every stretch ``[places[i], places[j])``, the whole talk being 1."""
    squares = np.zeros(len(words))
    for rows in signal():
        squares += (_blocks(rows, words) ** 2).sum(axis=1)
    norms = np.where(squares > 1e-18, np.sqrt(squares), 1.0)
    own = np.concatenate([[0.0], np.cumsum(words * squares / norms**2)])[places]
    weight = np.concatenate([[0.0], np.cumsum(words)])[places]
    gram = np.zeros((len(places), len(places)))
    for rows in signal():
        sums = _from_nothing(_blocks(rows, words) * (words / norms)[:, None])[places]
        gram += sums @ sums.T
    square = np.diag(gram)[:, None] + np.diag(gram)[None, :] - 2 * gram
    span = weight[None, :] - weight[:, None]
    scatter = own[None, :] - own[:, None] - square / np.where(span > 0, span, 1.0)
    whole = scatter[0, -1]
    return np.asarray(scatter / whole if whole > 1e-9 else np.zeros_like(scatter))


def _blocks(rows: Matrix, words: Matrix) -> Matrix:
    """Each line with those that lend it their words."""
    summed, line = _from_nothing(rows * words[:, None]), np.arange(len(rows))
    return summed[np.minimum(len(rows), line + _REACH + 1)] - summed[np.maximum(0, line - _REACH)]


def _from_nothing(rows: Matrix) -> Matrix:
    """The sums of the first 0, 1, 2… rows."""
    return np.concatenate([np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0)])


def _cheapest(costs: Matrix, count: int) -> list[int]:
    """The ``count`` stretches that cover everything at the least cost: their first places."""
    best = costs[0].copy()
    came_from: list[NDArray[np.int64]] = []
    for _ in range(count - 1):
        tried = best[:, None] + costs
        came_from.append(tried.argmin(axis=0))
        best = tried.min(axis=0)
    place = len(costs) - 1
    opens: list[int] = []
    for origin in reversed(came_from):
        place = int(origin[place])
        opens.append(place)
    return [0, *reversed(opens)]

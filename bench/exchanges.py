"""Labelled career exchanges, and what a headline is worth on them.

Takes ``bench/data/exchanges.jsonl`` (one exchange a line: occupation, sector, kinds, levels, what is asked, what is
told, titles a person would accept), gives one :class:`Half` of figures a split, each with a 95 % bootstrap interval
over exchanges. The faithfulness judge is apart from the program's own: Snowball stems.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import Stemmer

from consent.records import Frozen
from pipeline.records import Headline, Referential, TagKind
from pipeline.segment.conjugation import same_verb
from pipeline.segment.embedding import PassageEmbedder
from pipeline.segment.faithful import REPHRASING
from pipeline.segment.headlines import headline_of
from pipeline.segment.lexicon import STOP_WORDS, tokens
from pipeline.segment.standalone import standalone_of
from pipeline.segment.tags import Line
from pipeline.segment.titles import is_understood

DATA = Path(__file__).with_name("data") / "exchanges.jsonl"
ORAL = DATA.with_name("exchanges-oral.jsonl")
"""As people really ask: in three turns, without marks, in slang. Dev only: all were seen while titles were mended."""
FRESH = DATA.with_name("exchanges-fresh.jsonl")
"""Messier still, written after the rules, half of it never looked at while kinds were taught."""
HALVES = ("dev", "unseen", "unseen, oral")
"""Every dev half (they teach the kinds of question: see ``kind_examples.tsv``), then each unseen half on its own."""
NO_KIND = "other"
RESAMPLES = 2000
_SEED = 20260312


class Exchange(Frozen):
    """A question, its answer, and what a person says of them."""

    id: str
    split: str
    occupation: str
    sector: str
    kinds: tuple[str, ...]
    levels: tuple[str, ...]
    asked: tuple[str, ...]
    told: tuple[str, ...]
    titles: tuple[str, ...]

    @property
    def sectors(self) -> tuple[str, ...]:
        """What a tag may say: the sector, nothing where the occupation has none of ours."""
        return (self.sector,) if self.sector else ()


class Measured(Frozen):
    """A share or a mean, with the bounds of its 95 % interval."""

    value: float
    low: float
    high: float


class Half(Frozen):
    """What was measured on one half."""

    split: str
    exchanges: int
    faithfulness_violations: int
    summary_violations: int
    longest_title: int
    mean_title_length: Measured
    titles_that_stand_alone: Measured
    title_word_f1: Measured
    main_kind_accuracy: Measured
    main_kind_accuracy_words_alone: Measured
    kind_precision: Measured
    kind_recall: Measured
    sector_accuracy: Measured
    level_precision: Measured
    level_recall: Measured
    tags_without_evidence: int
    kind_calibration_error: float
    standalone_review_share: Measured


class Report(Frozen):
    """The benchmark's result. ``goals`` are those of the issue."""

    data: str
    embedder: str
    resamples: int
    rephrasing_words: tuple[str, ...]
    goals: dict[str, float]
    halves: tuple[Half, ...]


class Judged(Frozen):
    """One exchange and what was made of it."""

    exchange: Exchange
    headline: Headline
    review: bool

    def found(self, kind: TagKind) -> tuple[str, ...]:
        """The values of one kind of tag, in order."""
        return tuple(tag.value for tag in self.headline.tags if tag.kind is kind)

    @property
    def main_kind(self) -> str:
        """The first kind of question; « autre » where no tag says one."""
        return next(iter(self.found(TagKind.QUESTION)), NO_KIND)


def read(path: Path = DATA) -> tuple[Exchange, ...]:
    """The labelled exchanges, in the order of the file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return tuple(Exchange.model_validate_json(line) for line in lines if line)


def halves() -> dict[str, list[Exchange]]:
    """The exchanges of each of :data:`HALVES`."""
    written, oral = read(), (*read(ORAL), *read(FRESH))
    return {
        HALVES[0]: [one for one in (*written, *oral) if one.split == HALVES[0]],
        HALVES[1]: [one for one in written if one.split == HALVES[1]],
        HALVES[2]: [one for one in oral if one.split == HALVES[1]],
    }


def lines_of(exchange: Exchange) -> tuple[Line, ...]:
    """The sentences of an exchange as the stage would hand them over."""
    return (*(Line(text, True) for text in exchange.asked), *(Line(text, False) for text in exchange.told))


def judge(exchange: Exchange, embedder: PassageEmbedder | None = None) -> Judged:
    """Make the headline of one exchange."""
    lines = lines_of(exchange)
    headline = headline_of(lines, exchange.occupation, Referential(), embedder=embedder)
    return Judged(exchange=exchange, headline=headline, review=standalone_of(lines).needs_review)


def invented(text: str, exchange: Exchange) -> tuple[str, ...]:
    """Words of a title that nobody said: a judge apart from the program's own, on Snowball stems."""
    stemmer = Stemmer.Stemmer("french")
    said = {word for one in (*exchange.asked, *exchange.told, exchange.occupation) for word in tokens(one)}
    stems = {stemmer.stemWord(word) for word in said}
    free = STOP_WORDS | REPHRASING | {"se", "sa", "ses", "son"}
    return tuple(
        word
        for word in tokens(text)
        if word not in said
        and (any(letter.isdigit() for letter in word) or (len(word) > 1 and word not in free))
        and (any(letter.isdigit() for letter in word) or stemmer.stemWord(word) not in stems)
        and not any(same_verb(word, other) for other in said)
    )


def half_of(split: str, judged: Sequence[Judged], words_alone: Sequence[Judged]) -> Half:
    """Measure one half; ``words_alone`` are the same exchanges judged without an embedder."""
    resampled = _Resampler(len(judged))
    titles = [one.headline.title for one in judged]
    kinds = [(set(one.found(TagKind.QUESTION)), set(one.exchange.kinds) - {NO_KIND}) for one in judged]
    levels = [(set(one.found(TagKind.LEVEL)), set(one.exchange.levels)) for one in judged]
    return Half(
        split=split,
        exchanges=len(judged),
        faithfulness_violations=sum(bool(invented(one.headline.title, one.exchange)) for one in judged),
        summary_violations=sum(bool(invented(" ".join(one.headline.summary), one.exchange)) for one in judged),
        longest_title=max(map(len, titles)),
        mean_title_length=resampled.mean([len(title) for title in titles]),
        titles_that_stand_alone=resampled.mean(
            [is_understood(one.headline.title, one.exchange.occupation) for one in judged]
        ),
        title_word_f1=resampled.mean(
            [max(_f1(one.headline.title, title) for title in one.exchange.titles) for one in judged]
        ),
        main_kind_accuracy=resampled.mean([one.main_kind == one.exchange.kinds[0] for one in judged]),
        main_kind_accuracy_words_alone=resampled.mean([one.main_kind == one.exchange.kinds[0] for one in words_alone]),
        kind_precision=resampled.ratio([(len(found & true), len(found)) for found, true in kinds]),
        kind_recall=resampled.ratio([(len(found & true), len(true)) for found, true in kinds]),
        sector_accuracy=resampled.mean([one.found(TagKind.SECTOR) == one.exchange.sectors for one in judged]),
        level_precision=resampled.ratio([(len(found & true), len(found)) for found, true in levels]),
        level_recall=resampled.ratio([(len(found & true), len(true)) for found, true in levels]),
        tags_without_evidence=sum(
            tag.sentence is None
            for one in judged
            for tag in one.headline.tags
            if tag.kind in (TagKind.QUESTION, TagKind.LEVEL)
        ),
        kind_calibration_error=_calibration_error(judged),
        standalone_review_share=resampled.mean([one.review for one in judged]),
    )


class _Resampler:
    """Bootstrap over exchanges, the same draws for every figure."""

    def __init__(self, count: int) -> None:
        chance = random.Random(_SEED)
        self._draws = [[chance.randrange(count) for _ in range(count)] for _ in range(RESAMPLES)]

    def mean(self, values: Sequence[float]) -> Measured:
        return self.ratio([(float(value), 1.0) for value in values])

    def ratio(self, parts: Sequence[tuple[float, float]]) -> Measured:
        """Sum of the first parts over the sum of the second; 1 where there is nothing to divide by."""

        def share(indexes: Iterable[int]) -> float:
            chosen = [parts[index] for index in indexes]
            below = sum(part[1] for part in chosen)
            return sum(part[0] for part in chosen) / below if below else 1.0

        spread = np.percentile([share(draw) for draw in self._draws], [2.5, 97.5])
        value = share(range(len(parts)))
        return Measured(value=round(value, 4), low=round(float(spread[0]), 4), high=round(float(spread[1]), 4))


def _f1(title: str, wanted: str) -> float:
    own, other = set(tokens(title)), set(tokens(wanted))
    common = len(own & other)
    return 2 * common / (len(own) + len(other)) if common else 0.0


def _calibration_error(judged: Sequence[Judged]) -> float:
    """Expected calibration error of the kinds, in five bins of confidence."""
    pairs = [
        (tag.confidence, tag.value in one.exchange.kinds)
        for one in judged
        for tag in one.headline.tags
        if tag.kind is TagKind.QUESTION
    ]
    error = 0.0
    for low in np.arange(0.5, 1.0, 0.1):
        inside = [(sure, right) for sure, right in pairs if low <= sure < low + 0.1 + 1e-9]
        if inside:
            gap = abs(float(np.mean([sure for sure, _ in inside])) - float(np.mean([right for _, right in inside])))
            error += gap * len(inside) / len(pairs)
    return round(error, 4)

"""Tags: what a clip is about, each with the sentence that earned it.

Takes the clip's sentences, told apart into what is asked and what is told, the declared occupation and the imported
referential; gives tags above the threshold, the main kind of question first. Pure and offline: weighted patterns
over folded text (``tag_rules.toml``) and, for the main kind, what examples teach (:mod:`pipeline.segment.kinds`). What
nothing points to gets no tag: « autre » is the absence of a kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.records import Referential, Tag, TagKind, Trade, Word, trade_key
from pipeline.segment.embedding import PassageEmbedder
from pipeline.segment.kinds import OTHER, chances
from pipeline.segment.lexicon import fold_line, is_back_channel, is_question, is_small_talk
from pipeline.segment.rules import Label, Rule, model

THRESHOLD = 0.5
"""Below even odds a tag misleads more often than it helps."""

_JOINT = re.compile(r"\b(?:et|ou|puis)\b(?! (?:tout|toute|compagnie|cetera)\b)")
"""What parts the two halves of a question in two parts."""

_ON_THE_WAY = {"bac+3": "bac+5"}
"""A licence is the way to a master: where both are named, the master is the level."""

_NO_LEVEL = "none"
# A diploma that one did not get, need or take, or that somebody else has, is nobody's level here.
_DENIED = re.compile(
    r"(?:\b(?:pas|jamais|sans|aucun|ni|rate|loupe|rater|louper|plutot que|au lieu|avant) ?(?:besoin |eu |fait |"
    r"passe |forcement |"
    r"avoir |obligatoire\w* |oblige\w* )?(?:d'avoir |d'|de |du |des |le |la |mon |ma |un |une |par |fait |passe )*|"
    r"\b(?:aurais pu|aurait pu|voulais|aurais voulu) (?:faire|passer|avoir) (?:un |une |le |la )?|"
    r"\b(?:mon|ma|mes|son|sa|ses) (?:grand )?(?:freres?|soeurs?|mari|femme|fils|filles?|cousine?s?|collegues?|"
    r"copine?s?|amie?s?|"
    r"patronne?s?|chefs?|parents|pere|mere|associee?s?)\b[^,.;]*)$"
)


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of a clip. ``starts`` are the times of its folded words (:func:`fold_line`), where they are known.

    ``asks`` where it is of an asking turn, ``asker`` where who asks says anything else: « je suis en bac pro » in the
    middle of an answer is of neither the question nor the professional.
    """

    text: str
    asks: bool
    starts: tuple[float, ...] = ()
    asker: bool = False

    @property
    def from_asker(self) -> bool:
        """Whether it is said by who asks: nothing there is evidence of the professional's trade or diplomas."""
        return self.asks or self.asker


def line_of(words: Sequence[Word], *, asks: bool, asker: bool = False) -> Line:
    """A sentence from its timed words."""
    # A word as transcribed may fold into two (« type\u202f? »): each keeps its word's time.
    starts = [word.span.start for word in words for _ in fold_line(word.text).split()]
    return Line(" ".join(word.text for word in words), asks, tuple(starts), asker)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A label, its score, and the place that earned most of it: a sentence and characters of its folded text."""

    label: Label
    score: float
    line: int
    start: int
    end: int


def tags_of(
    lines: Sequence[Line],
    occupation: str | None,
    referential: Referential,
    embedder: PassageEmbedder | None = None,
) -> tuple[Tag, ...]:
    """The tags of a clip: kinds of question (the main one first), sector, occupation, levels of study."""
    return (
        *kinds_of(lines, embedder),
        *_sector(lines, occupation),
        *_occupation(lines, occupation, referential),
        *_levels(lines),
    )


def kinds_of(lines: Sequence[Line], embedder: PassageEmbedder | None = None) -> tuple[Tag, ...]:
    """The kinds of question that a clip answers, the main one first; none where nothing says it."""
    found = candidates(lines)
    main = _main(lines, found, embedder)
    if main is None:
        return ()
    kept = [main]
    for one in found:
        confidence = model().question.confidence(one.score)
        if confidence >= THRESHOLD and all(one.label != kind.label and _parted(one, kind, lines) for kind, _ in kept):
            kept.append((one, confidence))
    return tuple(_tag(TagKind.QUESTION, one, confidence, lines) for one, confidence in kept)


def _main(
    lines: Sequence[Line], found: Sequence[Candidate], embedder: PassageEmbedder | None
) -> tuple[Candidate, float] | None:
    """The kind that rules and examples together hold likeliest, where it is one of ours and sure enough."""
    asked = [index for index, line in enumerate(lines) if line.asks and _says_something(line.text)]
    answer = " ".join(line.text for line in lines if not line.asks)
    if not asked:  # what is told alone is told of many things: only a rule that is sure counts
        told_of = [(one, model().question.confidence(one.score)) for one in found[:1]]
        return next(((one, confidence) for one, confidence in told_of if confidence >= THRESHOLD), None)
    ruled = {one.label.value: one for one in found}
    whole = " ".join(lines[index].text for index in asked)
    sure = chances(whole, answer, {value: one.score for value, one in ruled.items()}, embedder)
    best = max(sure, key=sure.__getitem__)
    if best == OTHER:
        return None
    main = ruled.get(best)
    if main is None:  # no rule fired: the sentence asked that says most of it
        at = max(asked, key=lambda index: chances(lines[index].text, answer, {}, embedder)[best])
        label = next(one for one in model().questions if one.value == best)
        main = Candidate(label, 0.0, at, 0, len(fold_line(lines[at].text)))
    # What the other half of the question asks does not make this half less sure.
    beside = sum(sure[one.label.value] for one in found if one is not main and _parted(main, one, lines))
    confidence = round(sure[best] / (1 - beside), 3)  # to the third decimal: the same on every machine
    return (main, confidence) if confidence >= THRESHOLD else None


def candidates(lines: Sequence[Line]) -> tuple[Candidate, ...]:
    """Every kind with a score above 0, the best first; at equal scores in the order of the rules."""
    asked = [index for index, line in enumerate(lines) if line.asks and _says_something(line.text)]
    told = [index for index, line in enumerate(lines) if not line.asks]
    found = _scored(model().questions, lines, asked, 1.0)
    if not found:  # « Et ça ? »: only the answer tells
        found = _scored(model().questions, lines, told, model().told_share)
    return tuple(sorted(found, key=lambda one: -one.score))


def level_candidates(lines: Sequence[Line]) -> tuple[Candidate, ...]:
    """Every level of study that the professional names, in the order of the rules."""
    told = [index for index, line in enumerate(lines) if not line.from_asker]
    found = {one.label.value: one for one in _scored(model().levels, lines, told, 1.0, _DENIED)}
    for step, goal in _ON_THE_WAY.items():
        if goal in found:
            found.pop(step, None)
    return tuple(found[label.value] for label in model().levels if label.value in found)


def _says_something(text: str) -> bool:
    return is_question(text) or not (is_small_talk(text) or is_back_channel(text))


def _scored(
    labels: Sequence[Label],
    lines: Sequence[Line],
    among: Sequence[int],
    share: float,
    denied: re.Pattern[str] | None = None,
) -> list[Candidate]:
    found = []
    for label in labels:
        unless = None if label.value == _NO_LEVEL else denied
        hits = [hit for index in among for hit in _hits(label.rules, index, fold_line(lines[index].text), unless)]
        if hits:
            best = max(hits, key=lambda hit: hit[0])
            # Further rules confirm, the same one again does not: the sum of what each rule found once.
            rest = {id(hit[1]): hit[0] for hit in hits}
            score = best[0] + (sum(rest.values()) - best[0]) / 2
            found.append(Candidate(label, share * score, best[2], best[3], best[4]))
    return found


def _hits(
    rules: Sequence[Rule], index: int, folded: str, denied: re.Pattern[str] | None
) -> Iterator[tuple[float, Rule, int, int, int]]:
    for rule in rules:
        for match in rule.pattern.finditer(folded):
            if match.end() > match.start() and not (denied and denied.search(folded[: match.start()])):
                yield rule.weight, rule, index, match.start(), match.end()
                break


def _parted(one: Candidate, other: Candidate, lines: Sequence[Line]) -> bool:
    """Whether two kinds are asked by two questions, or by the two halves of one."""
    if not lines[one.line].asks:
        return False
    if one.line != other.line:
        return is_question(lines[one.line].text) and is_question(lines[other.line].text)
    first, second = sorted((one, other), key=lambda each: each.start)
    between = fold_line(lines[one.line].text)[first.end : second.start] if first.end < second.start else ""
    return _JOINT.search(between) is not None


def _tag(kind: TagKind, one: Candidate, confidence: float, lines: Sequence[Line]) -> Tag:
    return Tag(
        kind=kind,
        value=one.label.value,
        label=one.label.french,
        confidence=confidence,
        sentence=one.line,
        at=_time(lines[one.line], one.start),
    )


def _time(line: Line, start: int) -> float | None:
    """When the word at a character of the folded sentence begins."""
    word = fold_line(line.text)[:start].count(" ")
    return line.starts[word] if word < len(line.starts) else None


def _levels(lines: Sequence[Line]) -> Iterator[Tag]:
    for one in level_candidates(lines):
        confidence = model().level.confidence(one.score)
        if confidence >= THRESHOLD:
            yield _tag(TagKind.LEVEL, one, confidence, lines)


def _sector(lines: Sequence[Line], occupation: str | None) -> Iterator[Tag]:
    """By the declared occupation; the sentence is the first that speaks of the sector, if one does."""
    folded = fold_line(occupation or "")
    declared = next((one for one in model().sectors if folded and one.occupation.search(folded)), None)
    if declared is not None:
        spoken = _first(lines, declared.said) or _first(lines, declared.occupation)
        yield Tag(
            kind=TagKind.SECTOR,
            value=declared.value,
            label=declared.french,
            confidence=model().declared_sector,
            sentence=spoken[0] if spoken else None,
            at=_time(lines[spoken[0]], spoken[1]) if spoken else None,
        )
        return
    text = "\n".join(fold_line(line.text) for line in lines if not line.from_asker)
    counted = [(len(set(one.said.findall(text))), one) for one in model().sectors]
    best, sector = max(counted, key=lambda each: each[0])
    rivals = sum(count == best for count, _ in counted)
    spoken = _first(lines, sector.said)
    if best >= 2 and rivals == 1 and spoken is not None:
        yield Tag(
            kind=TagKind.SECTOR,
            value=sector.value,
            label=sector.french,
            confidence=model().said_sector,
            sentence=spoken[0],
            at=_time(lines[spoken[0]], spoken[1]),
        )


def _first(lines: Sequence[Line], pattern: re.Pattern[str]) -> tuple[int, int] | None:
    """Where the professional first says it: the sentence, and the character of it."""
    for index, line in enumerate(lines):
        match = None if line.from_asker else pattern.search(fold_line(line.text))
        if match:
            return index, match.start()
    return None


def _occupation(lines: Sequence[Line], occupation: str | None, referential: Referential) -> Iterator[Tag]:
    """The declared occupation, with its codes where the referential knows exactly one trade of that name."""
    name = " ".join((occupation or "").split())
    if not name:
        return
    trade = trade_of(name, referential)
    folded = fold_line(name)
    spoken = _first(lines, re.compile(rf"(?<!\S){re.escape(folded)}"))
    yield Tag(
        kind=TagKind.OCCUPATION,
        value=folded.replace(" ", "-"),
        label=name[:1].upper() + name[1:],
        confidence=1.0,
        sentence=spoken[0] if spoken else None,
        at=_time(lines[spoken[0]], spoken[1]) if spoken else None,
        rome=trade.rome if trade else None,
        onisep=trade.onisep if trade else None,
    )


def trade_of(occupation: str, referential: Referential) -> Trade | None:
    """The codes of an occupation: of all trades written so, what they agree on; None where they disagree on all.

    Two imported lists may each bring one code for the same name; two trades of one name with two ROME codes (an
    ambiguous name) bring none.
    """
    wanted = trade_key(occupation)
    same = [one for one in referential.trades if wanted in one.forms]
    romes = {one.rome for one in same if one.rome}
    oniseps = {one.onisep for one in same if one.onisep}
    rome = next(iter(romes)) if len(romes) == 1 else None
    onisep = next(iter(oniseps)) if len(oniseps) == 1 else None
    if rome is None and onisep is None:
        return None
    return Trade(label=same[0].label, forms=same[0].forms, rome=rome, onisep=onisep)

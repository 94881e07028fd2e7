"""Words and their times: from a caption to words, from words to utterances.

Takes cues (a text and its span) or runs of words by speaker; gives words that carry their punctuation, and
utterances in order of time. French sets a space before « ? », « : » and inside quotation marks, which no word may
become: a lone sign sticks to the word before it, an opening one to the word after it.
Source: our own rules; the share of a caption's time that a word gets is its share of the letters.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from operator import attrgetter

from consent.records import PersonId, Span
from pipeline.records import Cue, Utterance, Word

PAUSE_S = 1.0
"""A silence this long ends an utterance. Pauses inside a spoken sentence are shorter; captions of one speech
follow one another with less than a second between them."""

_AT_ONCE_S = 0.5
"""Captions that share more time than that are of two persons, where nobody is named: platforms let those of one speech
touch, no more."""

_MOST_LETTERS_PER_S = 25.0
"""A caption that another one of the same person overlaps ends where that one starts, unless its letters would then
come faster than this, a very fast speaker's rate."""

_OPENING = "«“‹([{¿¡"
_DASHES = "-–—"
_ENDING = (".", "?", "!", "…")

MIN_WORD_S = 0.02
"""Shortest word: one step of Whisper's clock, which sometimes gives a word no length at all."""


def words_of_cue(cue: Cue) -> tuple[Word, ...]:
    """Spread a caption's words over its span in proportion to their letters, with probability 1.

    Returns:
        Words in order, contiguous, the first starting and the last ending with the cue; none where the text
        holds no letter and no digit.
    """
    texts = [" ".join(tokens) for tokens in _grouped(cue.text.split())]
    weights = [_letters(text) for text in texts]
    total = sum(weights)
    times = [cue.span.start]
    done = 0
    for weight in weights:
        done += weight
        times.append(cue.span.start + cue.span.duration * done / total)
    if times[1:]:
        times[-1] = cue.span.end  # a rounding must not pass the cue
    return tuple(
        Word(text=text, span=Span(start=start, end=end), probability=1.0)
        for text, start, end in zip(texts, times, times[1:], strict=False)
        if start < end
    )


def attach_punctuation(words: Sequence[Word]) -> tuple[Word, ...]:
    """Join signs that stand alone to their word; the word keeps its own probability."""
    joined: list[Word] = []
    left = list(words)
    for tokens in _grouped([word.text for word in words]):
        parts, left = left[: len(tokens)], left[len(tokens) :]
        spoken = next(word for word in parts if _is_spoken(word.text))
        text = " ".join(word.text for word in parts)
        joined.append(spoken.model_copy(update={"text": text}))
    return tuple(joined)


def stretches_of_cues(cues: Sequence[Cue]) -> tuple[tuple[Word, ...], ...]:
    """Words of one speaker's captions, by caption, in order of start; overlapping captions are told apart first."""
    return tuple(words for cue in _untangled(cues) if (words := words_of_cue(cue)))


def apart(cues: Sequence[Cue]) -> tuple[tuple[Cue, ...], ...]:
    """Captions of nobody known, in order of start, parted so that none of a part is said over another one of it."""
    parts: list[list[Cue]] = []
    for cue in cues:
        free = (part for part in parts if part[-1].span.end - cue.span.start <= _AT_ONCE_S)
        part = next(free, None)
        if part is None or cue.span.start <= part[-1].span.start:
            parts.append([cue])
        else:
            part.append(cue)
    return tuple(tuple(part) for part in parts)


def regroup(runs: Iterable[Utterance]) -> tuple[Utterance, ...]:
    """Cut and order what each speaker said.

    A speaker's words stay together until a pause of :data:`PAUSE_S`, or until somebody else says a whole word
    between two of them; a « oui, oui » said *over* the speech does not tear it apart. Where the speaker is
    unknown two persons may be behind the words, so an utterance also ends with each sentence.

    Args:
        runs: words by speaker; several runs of one speaker are joined, in order of time; those of an unknown one are
            not, for they may be of several persons.

    Returns:
        Utterances in order of start, holding exactly the words given.
    """
    said: dict[PersonId | int, list[Word]] = {}
    for number, run in enumerate(runs):
        said.setdefault(number if run.speaker is None else run.speaker, []).extend(run.words)
    for words in said.values():
        words.sort(key=attrgetter("span.start"))
    utterances = []
    for speaker, words in said.items():
        others = sorted(
            (word.span for other, theirs in said.items() if other != speaker for word in theirs),
            key=attrgetter("start"),
        )
        utterances += _cut(None if isinstance(speaker, int) else speaker, words, others)
    return tuple(sorted(utterances, key=lambda one: (one.span.start, one.span.end, one.speaker or "")))


def _cut(speaker: PersonId | None, words: list[Word], others: list[Span]) -> list[Utterance]:
    starts = [span.start for span in others]
    cut: list[list[Word]] = []
    end = 0.0
    for word in words:
        if not cut or _breaks(speaker, cut[-1][-1], end, word, others, starts):
            cut.append([])
            end = 0.0
        cut[-1].append(word)
        end = max(end, word.span.end)
    return [Utterance(speaker=speaker, words=tuple(one)) for one in cut]


def _breaks(
    speaker: PersonId | None, before: Word, end: float, word: Word, others: list[Span], starts: list[float]
) -> bool:
    """Whether an utterance that ended at ``end`` with ``before`` stops there rather than go on with ``word``."""
    if word.span.start - end >= PAUSE_S:
        return True
    if speaker is None and before.text.rstrip(" »”)").endswith(_ENDING):
        return True
    between = others[bisect_left(starts, end) : bisect_left(starts, word.span.start)]
    return any(span.end <= word.span.start for span in between)


def _untangled(cues: Sequence[Cue]) -> list[Cue]:
    """Captions of one speaker, each ending where the next one starts at the latest; together where that is too soon."""
    told: list[Cue] = []
    for cue in cues:
        last = told[-1] if told else None
        if last is None or last.span.end <= cue.span.start:
            told.append(cue)
        elif _letters(last.text) > _MOST_LETTERS_PER_S * (cue.span.start - last.span.start):
            span = Span(start=last.span.start, end=max(last.span.end, cue.span.end))
            told[-1] = Cue(span=span, speaker=cue.speaker, text=f"{last.text} {cue.text}")
        else:
            told[-1] = last.model_copy(update={"span": Span(start=last.span.start, end=cue.span.start)})
            told.append(cue)
    return told


def _letters(text: str) -> int:
    return max(1, sum(character.isalnum() for character in text))


def _grouped(tokens: Sequence[str]) -> list[list[str]]:
    """Tokens by word: each group holds one token with a letter or a digit, and the signs that go with it."""
    groups: list[list[str]] = []
    waiting: list[str] = []
    for token in tokens:
        if _is_spoken(token):
            groups.append([*waiting, token])
            waiting = []
        elif token[0] in _OPENING or (token in _DASHES and not groups) or waiting or not groups:
            waiting.append(token)
        else:
            groups[-1].append(token)
    if waiting and groups:
        groups[-1] += waiting
    return groups


def _is_spoken(text: str) -> bool:
    return any(character.isalnum() for character in text)

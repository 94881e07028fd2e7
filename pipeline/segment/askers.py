"""Askers: who asks in a talk, by role where it is known, else by what everybody says.

Takes sentences, gives the speakers of the asking side; and tells whether a sentence asks, in any language.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate

from consent.records import PersonId, Role
from pipeline.segment.lexicon import is_question, is_small_talk, reports_question
from pipeline.segment.sentences import SentenceUnit

_MAX_ASKER_SHARE = 0.5  # of the words: who speaks more than half answers
_MIN_QUESTION_RATE = 1.2  # times the mean rate of « ? » per word
_NEAR = 20  # sentences on each side, two or three minutes: enough questions to tell whether they are marked


def askers_of(sentences: Sequence[SentenceUnit]) -> frozenset[PersonId | None]:
    """Who asks. Empty where nobody can be told from the others."""
    speakers = list(dict.fromkeys(sentence.speaker for sentence in sentences))
    roles = {sentence.speaker: sentence.role for sentence in sentences}
    if any(role is Role.YOUNG_PERSON for role in roles.values()):
        told = frozenset(one for one in speakers if roles[one] in (Role.YOUNG_PERSON, Role.GUARDIAN))
        # A classmate whom nobody declared asks too; a second professional answers.
        return told | _asking_most(sentences, [one for one in speakers if roles[one] is None])
    others = [one for one in speakers if roles[one] is not Role.PROFESSIONAL]
    if len(others) == 1 and len(speakers) == 2:
        return frozenset(others)  # who is not the professional, in a conversation of two
    return _inferred_askers(sentences, others)


def _inferred_askers(
    sentences: Sequence[SentenceUnit], others: Sequence[PersonId | None]
) -> frozenset[PersonId | None]:
    """Who asks, by what they say: everybody but the one who answers, else who asks more than others."""
    words, marks = _counts(sentences)
    total, asked = words.total(), marks.total()
    main, said = words.most_common(1)[0]
    # Two classmates, or a parent who speaks twice, ask together: one of them alone may ask too little to be told.
    if len(words) > 1 and said >= _MAX_ASKER_SHARE * total and asked - marks[main] > (total - said) / total * asked:
        return frozenset(one for one in others if one != main)
    return _asking_most(sentences, others)


def _asking_most(sentences: Sequence[SentenceUnit], among: Sequence[PersonId | None]) -> frozenset[PersonId | None]:
    """Those who speak less than half and ask more than others do."""
    words, marks = _counts(sentences)
    total, mean = words.total(), marks.total() / max(1, words.total())
    return frozenset(
        one
        for one in among
        if words[one] < _MAX_ASKER_SHARE * total and marks[one] / words[one] > _MIN_QUESTION_RATE * mean
    )


def _counts(sentences: Sequence[SentenceUnit]) -> tuple[Counter[PersonId | None], Counter[PersonId | None]]:
    """The words and the questions of each speaker."""
    words: Counter[PersonId | None] = Counter()
    marks: Counter[PersonId | None] = Counter()
    for sentence, written in zip(sentences, marked_near([one.text for one in sentences]), strict=True):
        words[sentence.speaker] += len(sentence.words)
        marks[sentence.speaker] += asks(sentence.text, marked=written)
    return words, marks


def marked_near(texts: Sequence[str]) -> tuple[bool, ...]:
    """For each sentence, whether questions around it are written with their mark.

    « Ça va ? » alone says nothing of the other sentences. Where nobody asks by the form either, a talk with full
    stops would have its marks. Counted around each sentence and not over the whole talk, so that a mark that is lost
    or added changes nothing far from it.
    """
    marks = _sums("?" in text and not is_small_talk(text) for text in texts)
    forms = _sums("?" not in text and is_question(text) for text in texts)
    stops = _sums(text.rstrip('"» )').endswith((".", "!", "…")) for text in texts)
    found = []
    for index in range(len(texts)):
        first, past = max(0, index - _NEAR), min(len(texts), index + _NEAR + 1)
        marked, unmarked, stopped = (one[past] - one[first] for one in (marks, forms, stops))
        found.append(marked >= unmarked if marked or unmarked else stopped > 0)
    return tuple(found)


def _sums(flags: Iterable[bool]) -> list[int]:
    return [0, *accumulate(map(int, flags))]


def asks(text: str, *, marked: bool) -> bool:
    """Whether a sentence asks, in any language: by its mark where those around are ``marked``; no courtesy does."""
    if not marked:
        return is_question(text)
    return ("?" in text and not is_small_talk(text)) or reports_question(text)

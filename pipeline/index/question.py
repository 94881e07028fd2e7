"""A question as it is searched: written out, its words analysed, and those that nobody said corrected.

Takes what the visitor typed and the words that the library knows, gives a :class:`Question`: the text that is embedded,
and the words that are looked for, each with what it may have been meant to be. A word that the library knows, or that
is usual elsewhere, is never changed; a correction is looked for beside the word as typed, never in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.index.analysis import Token, analyse, fold, query_tokens, terms_of
from pipeline.index.shorthand import written_out
from pipeline.index.spelling import Correction, Speller
from pipeline.index.usual import is_usual


@dataclass(frozen=True, slots=True)
class Wanted:
    """A word looked for: its terms, those of the word it may stand for, its root (empty where it is short).

    ``known`` says that a clip of the library holds it as typed.
    """

    terms: tuple[str, ...]
    guessed: tuple[str, ...] = ()
    root: str = ""
    known: bool = True


@dataclass(frozen=True, slots=True)
class Question:
    """What is searched.

    ``written`` is what is embedded: shorthand written out, no word corrected where one of them means something, for a
    word that the library lacks may be a good one. ``text`` also has the corrections, and is what is told to the
    visitor; ``changed`` says that it is not what was typed.
    """

    typed: str
    written: str
    text: str
    words: tuple[Wanted, ...]
    changed: bool = False

    @property
    def terms(self) -> frozenset[str]:
        """Every term that counts as one of the question's words: what is highlighted."""
        return frozenset(term for word in self.words for term in (*word.terms, *word.guessed))


ROOT_LETTERS = 5
"""Letters of a root: boulang-, infir-, ensei-. On the development sets five did better than six from an occupation to
what is said of it (.072 and .048), and as well elsewhere; see decision 0011."""


def understand(typed: str, speller: Speller | None = None, offered: Callable[[str], bool] = lambda _: True) -> Question:
    """Read a question; without a speller, as typed but for shorthand.

    ``offered`` says of a word of the library whether it may be told to the visitor at this instant.
    """
    text = written_out(typed)
    tokens = query_tokens(text)
    words: list[Wanted] = []
    corrected = text
    for token in reversed(tokens):
        folded = fold(text[token.start : token.end])
        is_slip = speller is not None and not token.whole and not is_usual(folded)
        correction = speller.correct(folded, offered) if speller is not None and is_slip else None
        guessed = () if correction is None else _terms(correction)
        if correction is not None:
            corrected = f"{corrected[: token.start]}{' '.join(correction.words)}{corrected[token.end :]}"
        known = speller is None or speller.knows(folded)
        words.append(Wanted(token.terms, guessed, root_of(token), known))
    words.reverse()
    if speller is not None:
        words += _joined(text, tokens, speller)
    # « bulanger » alone: of its letters a model makes anything.
    meant = any(word.known or not word.guessed for word in words)
    return Question(typed, text if meant else corrected, corrected, tuple(words), changed=corrected != typed)


def root_of(token: Token) -> str:
    """The beginning that a significant word shares with its family; empty for a short one."""
    first = token.terms[0]
    usable = not token.function_word and not token.whole and first.isalpha() and len(first) >= ROOT_LETTERS
    return first[:ROOT_LETTERS] if usable else ""


def _terms(correction: Correction) -> tuple[str, ...]:
    return tuple(dict.fromkeys(term for word in correction.words for term in terms_of(word)))


def _joined(text: str, tokens: Sequence[Token], speller: Speller) -> list[Wanted]:
    """« week end »: words that the library writes as one."""
    folded = [(fold(text[one.start : one.end]), one) for one in analyse(text) if not one.whole]
    found: list[Wanted] = []
    for (first, one), (second, other) in pairwise(folded):
        whole = None if one.function_word or other.function_word else speller.joined(first, second)
        if whole is not None and not any(set(terms_of(whole)) & set(token.terms) for token in tokens):
            found.append(Wanted(terms_of(whole)))
    return found

"""Words that may be told to a visitor: those of clips that may be shown at this very instant.

Takes a generation and the gate; gives a predicate on folded words. A generation keeps the words of withdrawn clips
until it is built again, and a word of one clip alone can say who was in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from pipeline.index.analysis import analyse, fold, terms_of
from pipeline.index.opened import Generation
from pipeline.index.question import Wanted
from pipeline.records import Clip, ClipId

_LOOKED_AT = 60
"""Clips in which a word is looked for; of a word that so many withdrawn clips hold, nothing is offered."""

_AT_ONCE = 10
"""Clips asked of the gate together: mostly the first of them holds the word."""


class _Shows(Protocol):
    def clips(self, clip_ids: Sequence[ClipId]) -> Mapping[ClipId, Clip]: ...


def living(generation: Generation, gate: _Shows) -> Callable[[str], bool]:
    """Whether a folded word is said in, or written beside, a clip that may be shown now."""

    def is_living(word: str) -> bool:
        rows = [row for row, _ in generation.keyword([Wanted(terms_of(word))], _LOOKED_AT)]
        ids = [generation.clip_id(row) for row in rows]
        return any(
            _says(clip, word)
            for first in range(0, len(ids), _AT_ONCE)
            for clip in gate.clips(ids[first : first + _AT_ONCE]).values()
        )

    return is_living


def _says(clip: Clip, word: str) -> bool:
    """Whether a folded word is one of a clip's, as the vocabulary counts them."""
    read = (clip.title, clip.occupation or "", *(tag.label for tag in clip.tags), *(one.text for one in clip.sentences))
    # Few texts hold its letters: analysing all of them took a millisecond of each mistyped question.
    holding = (text for text in read if word in fold(text))
    return any(word == fold(text[token.start : token.end]) for text in holding for token in analyse(text))

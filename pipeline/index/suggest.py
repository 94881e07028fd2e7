"""Suggestions while typing: occupations, themes and titles that begin as the visitor's words do.

Takes what is typed so far, asks the index which clips it may lead to, and reads the suggestions in those that may be
shown: a withdrawn clip suggests nothing, and the index holds no label to leak. Mistyped beginnings are corrected.
"""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.index.analysis import analyse, fold
from pipeline.index.counting import count_showable
from pipeline.index.facets import facet_terms, occupation_value, term
from pipeline.index.living import living
from pipeline.index.opened import Generation
from pipeline.index.search import Gate
from pipeline.index.shorthand import written_out
from pipeline.records import Clip, FacetName, Suggestion, SuggestionKind, TagKind

_LOOKED_AT = 60
"""Clips read for suggestions: enough for eight different ones among many of one occupation."""

_SHORTEST = 2
"""Letters from which there is something to suggest."""


def suggest(generation: Generation, typed: str, limit: int, gate: Gate) -> tuple[Suggestion, ...]:
    """At most ``limit`` suggestions, occupations first, then themes, then titles; the commonest first."""
    words = _words(typed)
    if not words or len("".join(words)) < _SHORTEST:
        return ()
    found = _suggestions(generation, words, gate)
    if not found:
        corrected = [_corrected(generation, word, gate) for word in words]
        if corrected != words:
            found = _suggestions(generation, corrected, gate)
    return tuple(found[:limit])


def _words(typed: str) -> list[str]:
    text = written_out(typed[:100])
    tokens = [token for token in analyse(text) if not token.whole]
    folded = [fold(text[token.start : token.end]) for token in tokens]
    kept = [word for word, token in zip(folded, tokens, strict=True) if not token.function_word]
    # The last word may be unfinished: « d » is not yet an article.
    if tokens and tokens[-1].function_word and text[-1:].isalnum():
        kept.append(folded[-1])
    return kept


def _corrected(generation: Generation, word: str, gate: Gate) -> str:
    correction = generation.speller.correct(word, living(generation, gate))
    return word if correction is None or len(correction.words) > 1 else correction.words[0]


def _suggestions(generation: Generation, words: list[str], gate: Gate) -> list[Suggestion]:
    rows = generation.starting_with(words, _LOOKED_AT)
    clips = gate.clips([generation.clip_id(row) for row in rows]).values()
    found: dict[tuple[SuggestionKind, str], Suggestion] = {}
    for clip in clips:
        for kind, text, key in _labels(clip):
            place = (kind, key or text)
            if place in found or not _begins(text, words):
                continue
            clips_of = 1 if not key else count_showable(generation, key, gate)
            found[place] = Suggestion(kind=kind, text=text, clips=clips_of)
    order = list(SuggestionKind)
    return sorted(found.values(), key=lambda one: (order.index(one.kind), -one.clips, one.text))


def _labels(clip: Clip) -> Iterable[tuple[SuggestionKind, str, str]]:
    """What a clip can suggest, each with the facet term that counts it (empty for a title)."""
    if clip.occupation:
        key = term(FacetName.OCCUPATION, occupation_value(clip.occupation))
        yield SuggestionKind.OCCUPATION, clip.occupation, key
    for key, label in facet_terms(clip).items():
        if key.split("=")[0] in (TagKind.QUESTION.value, TagKind.SECTOR.value, TagKind.LEVEL.value):
            yield SuggestionKind.TAG, label, key
    yield SuggestionKind.TITLE, clip.title, ""


def _begins(text: str, words: list[str]) -> bool:
    """Whether every word is in the text, the last one perhaps unfinished."""
    held = [fold(text[token.start : token.end]) for token in analyse(text)]
    return all(word in held for word in words[:-1]) and any(one.startswith(words[-1]) for one in held)

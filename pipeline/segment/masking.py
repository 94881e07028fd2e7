"""Masking: names of people taken out of everything that is written of a clip, where not everybody agreed to them.

Takes a segmentation, the names that the operator declared and the segments in which names may stay; gives a
segmentation whose words, titles, summaries and so captions, index and pages name nobody elsewhere. What names somebody
is said by :mod:`pipeline.segment.names`, over the whole meeting: a name that one sentence gives away is masked in all.
The sound is not touched.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection

from consent.records import Naming
from pipeline.records import ClipId, Segment, Segmentation, Tag, Utterance, Word
from pipeline.segment.names import declared_parts, folded, names_in
from pipeline.segment.uncapitalised import named_in_small

MASK = "[nom]"
"""What stands for a name, in captions too: it says that something was said."""

_CORE = re.compile(r"[\w-]+")
_SENTENCE = re.compile(r"(?<=[.?!…])\s+")


def named(segmentation: Segmentation, declared: Collection[str], may_name: Collection[ClipId]) -> Segmentation:
    """The segmentation with names where they may be, masked elsewhere.

    Args:
        segmentation: the clips to be made.
        declared: names of the meeting's persons, as the operator wrote them.
        may_name: the segments in which everybody agreed to be named.

    Returns:
        The same object where nobody is named; else one whose provenance has a key of its own.
    """
    names = _Names(segmentation, declared)
    made = tuple(_marked(one, names) if one.id in may_name else _masked(one, names) for one in segmentation.segments)
    if made == segmentation.segments:
        return segmentation
    told = "|".join(one.model_dump_json() for one in made)
    key = segmentation.provenance.key
    digest = hashlib.sha256(f"{key}|{told}".encode()).hexdigest()[: len(key)]
    provenance = segmentation.provenance.model_copy(update={"key": digest})
    return segmentation.model_copy(update={"segments": made, "provenance": provenance})


class _Names:
    """The names of one meeting."""

    def __init__(self, segmentation: Segmentation, declared: Collection[str]) -> None:
        texts = [text for segment in segmentation.segments for text in _texts(segment)]
        self.heard = names_in(texts)
        self.declared = declared_parts(declared)
        self.uncapitalised = named_in_small(texts, declared)

    def holds(self, text: str) -> bool:
        """Whether somebody is named in a text."""
        return any(self._is_name(found[0]) for found in _CORE.finditer(text))

    def without(self, text: str) -> str:
        """A text with every name masked."""
        return _CORE.sub(lambda found: MASK if self._is_name(found[0]) else found[0], text)

    def _is_name(self, word: str) -> bool:
        if word in self.heard:
            return True
        return folded(word) in (self.declared if word[:1].isupper() else self.uncapitalised)


def _texts(segment: Segment) -> list[str]:
    return [text for one in segment.utterances for text in _SENTENCE.split(one.text)]


def _marked(segment: Segment, names: _Names) -> Segment:
    """The segment, which says whether somebody is named in it."""
    holds = any(names.holds(text) for text in (segment.title, *segment.summary, *_texts(segment)))
    return segment.model_copy(update={"names": Naming.SHOWN}) if holds else segment


def _masked(segment: Segment, names: _Names) -> Segment:
    return segment.model_copy(
        update={
            "title": names.without(segment.title),
            "summary": tuple(map(names.without, segment.summary)),
            "tags": tuple(_tag(one, names) for one in segment.tags),
            "utterances": tuple(_utterance(one, names) for one in segment.utterances),
            "names": Naming.MASKED,
        }
    )


def _tag(tag: Tag, names: _Names) -> Tag:
    return tag.model_copy(update={"label": names.without(tag.label)}) if names.holds(tag.label) else tag


def _utterance(utterance: Utterance, names: _Names) -> Utterance:
    words = tuple(
        Word(text=names.without(word.text), span=word.span, probability=word.probability)
        if names.holds(word.text)
        else word
        for word in utterance.words
    )
    return utterance.model_copy(update={"words": words})

"""Edits: what the persons recorded do not want shown is left out of the clips, before anything is rendered.

Takes a segmentation and the places that the rules leave out; gives a segmentation without the refused clips, and with
the others cut back to their longest part that touches none of those passages. A clip cut back says something else: it
gets another id, title, summary and tags, made as the stage makes them. Untouched clips are handed on as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence

from consent.records import Exclusion, Span
from pipeline.records import ClipId, Recording, Referential, Segment, Segmentation, Utterance
from pipeline.segment.askers import askers_of
from pipeline.segment.embedding import PassageEmbedder
from pipeline.segment.exchanges import exchanges_of
from pipeline.segment.headlines import headline_of
from pipeline.segment.sentences import sentence_units
from pipeline.segment.standalone import standalone_of
from pipeline.segment.tags import line_of

LEAST_S = 8.0
"""A part shorter than this is a sentence without its question: nothing is left of the clip."""

_MARGIN_S = 0.5
"""The breath that the stage leaves around speech, where the passage allows it."""


def edited(
    recording: Recording,
    segmentation: Segmentation,
    exclusions: Sequence[Exclusion],
    referential: Referential,
    embedder: PassageEmbedder | None = None,
) -> Segmentation:
    """The segmentation as the persons recorded want it.

    Args:
        recording: the ingest output, for roles and occupation.
        segmentation: the stage's output.
        exclusions: the places that must be left out of what is published.
        referential: codes of occupations.
        embedder: the one that the segmentation was made with.

    Returns:
        The same object where nothing has to change; else one whose provenance has a key of its own.
    """
    refused = {one.scope.clip_id for one in exclusions}
    hidden = {passage for one in exclusions for passage in one.scope.passages}
    kept: list[Segment] = []
    for segment in segmentation.segments:
        if segment.id in refused:
            continue
        part = _longest(segment.span, hidden)
        if part == segment.span:
            kept.append(segment)
        elif part is not None and (shorter := _shortened(recording, segment, part, referential, embedder)) is not None:
            kept.append(shorter)
    if tuple(kept) == segmentation.segments:
        return segmentation
    cut = "|".join(segment.id for segment in kept)
    key = hashlib.sha256(f"{segmentation.provenance.key}|{cut}".encode()).hexdigest()[
        : len(segmentation.provenance.key)
    ]
    made = segmentation.provenance.model_copy(update={"key": key})
    return segmentation.model_copy(update={"segments": tuple(kept), "provenance": made})


def _longest(span: Span, hidden: Collection[Span]) -> Span | None:
    """The longest part of a span that shares no instant with the hidden ones; the first of several as long."""
    parts: list[Span] = []
    at = span.start
    for one in sorted(hidden, key=lambda passage: passage.start):
        if one.end <= at or one.start >= span.end:
            continue
        if one.start > at:
            parts.append(Span(start=at, end=one.start))
        at = one.end
    if at < span.end:
        parts.append(Span(start=at, end=span.end))
    return max(parts, key=lambda part: (part.duration, -part.start), default=None)


def _shortened(
    recording: Recording,
    segment: Segment,
    part: Span,
    referential: Referential,
    embedder: PassageEmbedder | None,
) -> Segment | None:
    """The segment cut back to ``part``, at whole words; None where too little is left."""
    spoken = _inside(segment.utterances, part)
    if not spoken:
        return None
    first, last = min(one.span.start for one in spoken), max(one.span.end for one in spoken)
    span = Span(start=max(part.start, first - _MARGIN_S), end=min(part.end, last + _MARGIN_S))
    if span.duration < LEAST_S:
        return None
    sentences = sentence_units(recording, spoken)
    asking = {index for exchange in exchanges_of(sentences) for index in exchange.questions}
    askers = askers_of(sentences)
    lines = tuple(
        line_of(sentence.words, asks=index in asking, asker=sentence.speaker in askers)
        for index, sentence in enumerate(sentences)
    )
    return Segment(
        id=_id(recording, span, spoken),
        recording_id=recording.id,
        span=span,
        utterances=spoken,
        standalone=standalone_of(lines),
        **dict(headline_of(lines, recording.occupation, referential, embedder=embedder)),
    )


def _inside(utterances: Sequence[Utterance], part: Span) -> tuple[Utterance, ...]:
    kept = []
    for utterance in utterances:
        words = tuple(word for word in utterance.words if part.start <= word.span.start and word.span.end <= part.end)
        if words:
            kept.append(Utterance(speaker=utterance.speaker, words=words))
    return tuple(kept)


def _id(recording: Recording, span: Span, spoken: Sequence[Utterance]) -> ClipId:
    said = " ".join(utterance.text for utterance in spoken)
    identity = f"{recording.id}|{round(span.start * 1000)}|{round(span.end * 1000)}|{said}"
    return ClipId("clip-" + hashlib.sha256(identity.encode()).hexdigest()[:20])

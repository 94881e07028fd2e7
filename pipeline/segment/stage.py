"""The segment stage: a transcript becomes clips, each with its cut, its title and what is said inside it.

Takes the ingest and transcribe outputs, a clearance and the clip lengths; gives a :class:`Segmentation` in which
every word spoken is in exactly one segment or under one omission, with its reason in French. Pure: no file, no
clock, no randomness; the same input gives the same clips, with the same ids.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from consent.clearance import Clearance
from consent.records import PersonId, Purpose, Span
from pipeline.errors import NothingToPublish
from pipeline.outputs import provenance
from pipeline.records import (
    ClipId,
    Omission,
    Provenance,
    Recording,
    Referential,
    Segment,
    Segmentation,
    Stage,
    Transcript,
    Utterance,
    Word,
)
from pipeline.segment.askers import askers_of
from pipeline.segment.boundaries import best_cut
from pipeline.segment.courtesy import between_courtesies
from pipeline.segment.embedding import PassageEmbedder
from pipeline.segment.exchanges import Exchange, exchanges_of
from pipeline.segment.headlines import headline_of
from pipeline.segment.lexicon import is_question
from pipeline.segment.openings import openings_of
from pipeline.segment.sentences import Block, SentenceUnit, blocks_of, sentence_units
from pipeline.segment.snapping import CutTimes, cut_times
from pipeline.segment.standalone import standalone_of
from pipeline.segment.tags import Line, line_of, trade_of
from pipeline.settings import ClipLengths

SEGMENT_VERSION = "8"
"""Changes whenever the same input would be cut or titled otherwise."""

_OPENING_COURTESY = "échanges d'accueil et vérifications techniques, avant la première question"
_CLOSING_COURTESY = "remerciements et au revoir, après la dernière réponse"
_TOO_SHORT = "passage isolé, trop court pour faire un extrait"
_BEYOND = "paroles datées après la fin de l'enregistrement"

_PRESENTS = re.compile(r"\b(?:vous|te) présenter\b|présentez-vous|présente-toi", re.I)

_NOTHING_IMPORTED = Referential()


@dataclass(frozen=True, slots=True)
class _Meeting:
    """What every segment of a meeting is made from."""

    recording: Recording
    utterances: tuple[Utterance, ...]
    sentences: tuple[SentenceUnit, ...]
    exchanges: tuple[Exchange, ...]
    askers: frozenset[PersonId | None]
    referential: Referential
    embedder: PassageEmbedder | None


def provenance_of(
    recording: Recording,
    transcript: Transcript,
    lengths: ClipLengths,
    made_at: datetime,
    referential: Referential = _NOTHING_IMPORTED,
    embedder: PassageEmbedder | None = None,
) -> Provenance:
    """Where the segmentation of this transcript, with these lengths, codes of occupations and embedder, comes from."""
    trade = trade_of(recording.occupation or "", referential)
    parameters: dict[str, object] = dict(lengths.model_dump())
    if trade is not None:  # only the codes of this occupation can change the output, not the whole referential
        parameters |= {"rome": trade.rome, "onisep": trade.onisep}
    return provenance(
        Stage.SEGMENT,
        SEGMENT_VERSION,
        (recording.provenance.key, transcript.provenance.key),
        parameters,
        made_at,
        None if embedder is None else embedder.identity,
    )


def segment(
    recording: Recording,
    transcript: Transcript,
    clearance: Clearance,
    lengths: ClipLengths,
    provenance: Provenance,
    referential: Referential = _NOTHING_IMPORTED,
    embedder: PassageEmbedder | None = None,
) -> Segmentation:
    """Cut a meeting into clips.

    Args:
        recording: the ingest output, for roles, occupation and duration.
        transcript: the transcribe output of the same recording.
        clearance: for this recording and :attr:`Purpose.CUT_AND_INDEX`.
        lengths: of a clip, in seconds. A clip is shorter than the minimum only if it is the only one, and longer
            than the maximum only if no silence between two sentences lies inside it.
        provenance: made by :func:`provenance_of`, for the same referential and embedder.
        referential: codes of occupations, where the operator imported some.
        embedder: the index's own, so that clips hold together, and questions are told, by what they mean too.

    Raises:
        PermissionError: the clearance is for something else.
        NothingToPublish: nothing is said, or nothing but courtesy.
    """
    clearance.require(recording.id, Purpose.CUT_AND_INDEX)
    inside, beyond = _within(transcript.utterances, recording.media.duration)
    sentences = sentence_units(recording, inside)
    if not sentences:
        raise NothingToPublish(
            "Aucune parole n'a été reconnue dans cette rencontre, il n'y a donc rien à découper ; vérifiez le son de "
            "l'enregistrement ou sa transcription."
        )
    blocks = blocks_of(sentences)
    edges = cut_times(blocks, recording.media.duration)
    exchanges = exchanges_of(sentences)
    kept = between_courtesies(sentences, blocks, exchanges)
    if not kept:
        raise NothingToPublish(
            "Cette rencontre ne contient que des salutations ou des vérifications techniques, il n'y a donc rien à "
            "publier ; vérifiez que l'enregistrement et sa transcription sont complets."
        )
    clips, short = _clips(sentences, blocks, edges, exchanges, kept, lengths, embedder)
    omissions = [
        *_omission(blocks[: kept.start], _OPENING_COURTESY),
        *(omission for clip in short for omission in _omission(blocks[clip.start : clip.stop], _TOO_SHORT)),
        *_omission(blocks[kept.stop :], _CLOSING_COURTESY),
        *_beyond(beyond),
    ]
    meeting = _Meeting(recording, inside, sentences, exchanges, askers_of(sentences), referential, embedder)
    segments: list[Segment] = []
    for clip in clips:
        titles = {one.title for one in segments}
        segments.append(_segment(meeting, blocks[clip.start : clip.stop], _span(edges, clip), titles))
    return Segmentation(
        recording_id=recording.id,
        segments=tuple(segments),
        omissions=tuple(sorted(omissions, key=lambda omission: omission.span.start)),
        provenance=provenance,
    )


def _within(utterances: Sequence[Utterance], duration: float) -> tuple[tuple[Utterance, ...], tuple[Word, ...]]:
    """Part the words that the recording holds from those dated after its end."""
    inside: list[Utterance] = []
    beyond: list[Word] = []
    for utterance in utterances:
        words = tuple(word for word in utterance.words if word.span.start < duration)
        beyond += [word for word in utterance.words if word.span.start >= duration]
        if words:
            inside.append(Utterance(speaker=utterance.speaker, words=words))
    return tuple(inside), tuple(beyond)


def _clips(
    sentences: Sequence[SentenceUnit],
    blocks: Sequence[Block],
    edges: Sequence[CutTimes],
    exchanges: Sequence[Exchange],
    kept: range,
    lengths: ClipLengths,
    embedder: PassageEmbedder | None,
) -> tuple[list[range], list[range]]:
    """The clips as ranges of blocks, and the stretches that are too short to be one."""
    at, past = kept.start, kept.stop
    openings, vectors = openings_of(sentences, blocks[at:past], edges[at:past], exchanges, lengths, embedder)
    cuts = [at + cut for cut in best_cut(openings, vectors, lengths)]
    clips = [range(start, stop) for start, stop in zip(cuts, [*cuts[1:], past], strict=True)]
    long_enough = [clip for clip in clips if _span(edges, clip).duration >= lengths.minimum_s]
    if not long_enough:  # a meeting shorter than the minimum, or whose silences are longer than its speech
        long_enough = [max(clips, key=lambda clip: (_span(edges, clip).duration, -clip.start))]
    return long_enough, [clip for clip in clips if clip not in long_enough]


def _span(edges: Sequence[CutTimes], clip: range) -> Span:
    return Span(start=edges[clip[0]].opens, end=edges[clip[-1]].closes)


def _segment(meeting: _Meeting, blocks: Sequence[Block], span: Span, taken: Collection[str]) -> Segment:
    recording, sentences, exchanges = meeting.recording, meeting.sentences, meeting.exchanges
    members = range(blocks[0].first, blocks[-1].past)
    spoken = _restricted(meeting.utterances, (sentences[index] for index in members))
    lines = _lines(meeting, members)
    main = [index - members.start for index in _main_questions(sentences, exchanges, members)]
    headline = headline_of(lines, recording.occupation, meeting.referential, main, meeting.embedder, taken)
    return Segment(
        id=_clip_id(recording, span, spoken),
        recording_id=recording.id,
        span=span,
        utterances=spoken,
        standalone=standalone_of(lines),
        **dict(headline),
    )


def _lines(meeting: _Meeting, members: range) -> tuple[Line, ...]:
    """The sentences of a clip, those of asking turns and those of who asks told apart."""
    asking = {index for exchange in meeting.exchanges for index in exchange.questions if index in members}
    told = [(index, meeting.sentences[index]) for index in members]
    return tuple(line_of(one.words, asks=index in asking, asker=one.speaker in meeting.askers) for index, one in told)


def _main_questions(
    sentences: Sequence[SentenceUnit], exchanges: Sequence[Exchange], members: range
) -> tuple[int, ...]:
    """The asking turns of the exchange that speaks most in the clip; the first one wins unless far behind."""
    own = [exchange for exchange in exchanges if exchange.answer in members]
    if not own:
        return ()
    # « Vous pouvez vous présenter ? » names nothing: the first question that does, where there is one.
    own = [one for one in own if not _only_presents(sentences, one)] or own
    stops = [*(exchange.first for exchange in own[1:]), members.stop]
    words = [
        sum(len(sentences[index].words) for index in range(exchange.answer, stop))
        for exchange, stop in zip(own, stops, strict=True)
    ]
    # The clip opens with the first question: another names it only if it got twice the answer.
    main = 0 if 2 * words[0] >= max(words) else words.index(max(words))
    return tuple(index for index in own[main].questions if index in members)


def _only_presents(sentences: Sequence[SentenceUnit], exchange: Exchange) -> bool:
    asked = [text for index in exchange.questions if is_question(text := sentences[index].text)]
    return bool(asked) and all(_PRESENTS.search(text) for text in asked)


def _restricted(utterances: Sequence[Utterance], sentences: Iterable[SentenceUnit]) -> tuple[Utterance, ...]:
    """The utterances, in their order, with only the words of these sentences."""
    places = sorted((place.utterance, place.word) for sentence in sentences for place in sentence.places)
    return tuple(
        Utterance(speaker=utterances[number].speaker, words=tuple(utterances[number].words[word] for _, word in group))
        for number, group in groupby(places, key=lambda place: place[0])
    )


def _clip_id(recording: Recording, span: Span, spoken: Sequence[Utterance]) -> ClipId:
    identity = "|".join(
        [
            recording.id,
            str(round(span.start * 1000)),
            str(round(span.end * 1000)),
            " ".join(utterance.text for utterance in spoken),
        ]
    )
    return ClipId("clip-" + hashlib.sha256(identity.encode()).hexdigest()[:20])


def _omission(blocks: Sequence[Block], reason: str) -> list[Omission]:
    return [Omission(span=Span(start=blocks[0].start, end=blocks[-1].end), reason=reason)] if blocks else []


def _beyond(words: Sequence[Word]) -> list[Omission]:
    if not words:
        return []
    start, end = min(word.span.start for word in words), max(word.span.end for word in words)
    return [Omission(span=Span(start=start, end=end), reason=_BEYOND)]

"""Meetings for tests: transcripts written as lines of dialogue, timed at a spoken pace."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction

from consent.records import PersonId, RecordingId, Role, Span
from pipeline.records import (
    MediaInfo,
    Participant,
    Provenance,
    Recording,
    Segmentation,
    Stage,
    Transcript,
    TranscriptOrigin,
    Utterance,
    Word,
)
from pipeline.segment.stage import provenance_of, segment
from pipeline.settings import ClipLengths
from tests.clearances import clearance_for

RECORDING_ID = RecordingId("rec-0123456789abcdef")
PRO, YOUNG = PersonId("pro"), PersonId("jeune")
AT = datetime(2026, 3, 12, 14, tzinfo=UTC)
MADE = Provenance(stage=Stage.INGEST, key="k", code_version="1", inputs=(), parameters="{}", made_at=AT)
_WORDS_A_SECOND = 2.6  # conversational French


def said(speaker: PersonId | None, text: str, start: float) -> Utterance:
    """An utterance of evenly paced words, a quarter of a second of silence after each sentence."""
    words: list[Word] = []
    at = start
    for one in text.split():
        words.append(Word(text=one, span=Span(start=at, end=at + 0.9 / _WORDS_A_SECOND), probability=1))
        at += 1 / _WORDS_A_SECOND + (0.25 if one[-1] in ".?!…" else 0)
    return Utterance(speaker=speaker, words=tuple(words))


def dialogue(*lines: str, gap: float = 0.5) -> list[Utterance]:
    """Utterances from lines such as ``J: Bonjour.`` or ``P: Oui.``; ``?:`` is an unknown speaker."""
    speakers: dict[str, PersonId | None] = {"P": PRO, "J": YOUNG, "G": PersonId("parent"), "?": None}
    spoken: list[Utterance] = []
    at = 1.0
    for line in lines:
        who, text = line.split(": ", 1)
        spoken.append(said(speakers[who], text, at))
        at = spoken[-1].span.end + gap
    return spoken


def recording(duration: float, occupation: str | None = "infirmière", *, known: bool = True) -> Recording:
    """A recording of that many seconds; without participants where nobody is ``known``."""
    people = (
        Participant(id=PRO, role=Role.PROFESSIONAL, occupation=occupation),
        Participant(id=YOUNG, role=Role.YOUNG_PERSON),
    )
    media = MediaInfo(
        sha256="0" * 64,
        size_bytes=1,
        container="mp4",
        duration=duration,
        width=640,
        height=360,
        frame_rate=Fraction(25),
        variable_frame_rate=False,
        audio_streams=1,
    )
    return Recording(
        id=RECORDING_ID,
        recorded_at=AT,
        language="fr",
        participants=people if known else (),
        media=media,
        tracks=(),
        sidecar=None,
        provenance=MADE,
    )


def transcript(utterances: Sequence[Utterance]) -> Transcript:
    """A transcript of these utterances, in order of their start."""
    return Transcript(
        recording_id=RECORDING_ID,
        language="fr",
        origin=TranscriptOrigin.SCRIPT,
        utterances=tuple(sorted(utterances, key=lambda one: one.span.start)),
        provenance=MADE,
    )


def cut(
    utterances: Sequence[Utterance],
    lengths: ClipLengths | None = None,
    duration: float | None = None,
    *,
    known: bool = True,
) -> Segmentation:
    """Segment these utterances; the recording ends two seconds after the last word unless told."""
    limits = lengths or ClipLengths()
    end = max((one.span.end for one in utterances), default=1.0) + 2
    meeting = recording(duration or end, known=known)
    spoken = transcript(utterances)
    return segment(meeting, spoken, clearance_for(RECORDING_ID), limits, provenance_of(meeting, spoken, limits, AT))

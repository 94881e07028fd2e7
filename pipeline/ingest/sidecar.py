"""The transcript that came with a recording: WebVTT and SRT as videoconference tools really write them.

Takes the file, the participants and the recording's length; gives cues in order of time, inside the recording,
without markup, with the speaker where a label names one for sure: Teams writes ``<v Name>``, Zoom ``Name: text``, Meet
a line « (Name) », others the name alone on a line. The grammar of cues is :mod:`pipeline.ingest.cues`'s, what is a
label :mod:`pipeline.ingest.labels`'s.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from consent.clearance import Clearance
from consent.records import Frozen, PersonId, Purpose, RecordingId, Span
from pipeline.errors import TranscriptRefused
from pipeline.ingest.cues import EMPTY, RawCue, cues_of, decode, plain
from pipeline.ingest.labels import Labels, labelled, labels_of, line_label
from pipeline.ingest.speakers import recognise
from pipeline.meeting import MeetingParticipant
from pipeline.records import Cue, Sidecar, TranscriptOrigin

_BEYOND_S, _BEYOND_RATIO = 5.0, 0.02
"""A caption may outlast the picture a little; further, the transcript is that of another recording."""

_INSTANT_S = 0.5
"""Length given to a cue that has none, where nothing follows sooner: about one short word."""

_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?[ \t]([^<>]*)>|</v>", re.IGNORECASE)
_ENDING, _CLOSING = (".", "?", "!", "…"), " \u00a0»”)"
"""After a sentence a line may be the next speaker's name; inside one it is said."""


class _Said(Frozen):
    """A part of a cue and the label before it."""

    label: str | None
    text: str


def read_sidecar(
    path: Path,
    origin: TranscriptOrigin,
    participants: Sequence[MeetingParticipant],
    duration: float,
    recording_id: RecordingId,
    clearance: Clearance,
) -> Sidecar:
    """Read a WebVTT or SRT file.

    Args:
        path: the file; UTF-8, UTF-16 or cp1252.
        origin: who wrote it.
        participants: the meeting's persons, whose names labels are compared with.
        duration: length of the recording in seconds.
        recording_id: of the meeting it came with.
        clearance: must cover ``Purpose.TRANSCRIBE`` for that recording.

    Returns:
        Cues sorted by start, each inside ``[0, duration]``, text on one line; the speaker is None where the label
        is absent, unknown or ambiguous.

    Raises:
        TranscriptRefused: no text, without any cue, over 10 MiB, or longer than the recording.
        UnreadableFile: it cannot be opened now.
    """
    clearance.require(recording_id, Purpose.TRANSCRIBE)
    raw = cues_of(decode(path))
    _check_length(raw, duration)

    @cache
    def who(label: str) -> PersonId | None:
        return recognise(label, participants)

    labels = labels_of(raw, participants)
    starts = [one.start for one in raw]
    cues: list[Cue] = []
    for one in raw:
        span = _span(one, starts, duration)
        if span is None:
            continue
        for said in _said(one.lines, labels):
            speaker = who(said.label) if said.label is not None else None
            cues.append(Cue(span=span, speaker=speaker, text=said.text))
    if not cues:
        raise TranscriptRefused(EMPTY)
    return Sidecar(origin=origin, cues=tuple(cues))


def _check_length(cues: list[RawCue], duration: float) -> None:
    end = max(max(cue.start, cue.end) for cue in cues)
    if end > duration + _BEYOND_S + _BEYOND_RATIO * duration:
        raise TranscriptRefused(
            f"La transcription va jusqu'à {_clock(end)} alors que l'enregistrement dure {_clock(duration)} "
            "; c'est sans doute celle d'une autre rencontre : corrigez « transcript » dans meeting.json."
        )


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"


def _span(cue: RawCue, starts: list[float], duration: float) -> Span | None:
    """The cue's time inside the recording, ``starts`` being those of all cues; None for a cue after its end."""
    end = cue.end
    if end <= cue.start:
        later = bisect_right(starts, cue.start)
        following = starts[later : later + 1]
        end = min([cue.start + _INSTANT_S, *following])
    end = min(end, duration)
    return Span(start=cue.start, end=end) if cue.start < end else None


def _said(lines: tuple[str, ...], labels: Labels) -> list[_Said]:
    """The parts of a cue by label: voice tags first, else labels at the start of a line."""
    text = "\n".join(lines)
    if _VOICE.search(text) is not None:
        return _voices(text)
    parts: list[tuple[str | None, list[str]]] = [(None, [])]
    shown = [line for line in map(plain, lines) if line.strip(" -–—")]  # Meet puts a lone dash between two speakers
    ended = True
    for place, line in enumerate(shown, start=1):
        found, name = labelled(line), line_label(line) if ended and place < len(shown) else None
        ended = line.rstrip(_CLOSING).endswith(_ENDING)
        if found is not None and found.name in labels.opening:
            parts.append((found.name, [found.text]))
        elif name is not None and name in labels.alone:
            parts.append((name, []))
        else:
            parts[-1][1].append(line)
    return [said for label, texts in parts if (said := _one(label, " ".join(texts))) is not None]


def _voices(text: str) -> list[_Said]:
    said: list[_Said | None] = []
    label, at = None, 0
    for tag in _VOICE.finditer(text):
        said.append(_one(label, plain(text[at : tag.start()])))
        label = " ".join(plain(tag[1]).split()) if tag[1] is not None else None
        at = tag.end()
    said.append(_one(label, plain(text[at:])))
    return [one for one in said if one is not None]


def _one(label: str | None, text: str) -> _Said | None:
    """A part with its text on one line; None where it holds no letter and no digit."""
    line = " ".join(text.split())
    return _Said(label=label, text=line) if any(character.isalnum() for character in line) else None

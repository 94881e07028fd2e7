"""WebVTT files that come with the demo meetings, written as platforms write them.

Takes the truth and the displayed names; gives the bytes of the file. Two manners: Zoom's (byte order mark,
CRLF, numbered cues, ``Name: text``) and Teams' (cue identifiers, ``<v Name>text</v>``). One cue per sentence.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from enum import StrEnum

from consent.records import PersonId
from demo.truth import TrueUtterance, Truth

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Manner(StrEnum):
    """Whose habits the file follows."""

    ZOOM = "zoom"
    TEAMS = "teams"


def captions(truth: Truth, names: Mapping[PersonId, str], manner: Manner) -> bytes:
    """The WebVTT of a meeting: UTF-8, one cue per sentence, in order of time."""
    sentences = [sentence for turn in truth.utterances for sentence in turn.sentences()]
    if manner is Manner.ZOOM:
        cues = [_zoom(number, sentence, names) for number, sentence in enumerate(sentences, start=1)]
        return _BYTE_ORDER_MARK + "\r\n\r\n".join(["WEBVTT", *cues, ""]).encode()
    # Teams names a cue after the meeting and its place in it.
    meeting = hashlib.sha256(truth.meeting.encode()).hexdigest()[:12]
    cues = [_teams(f"{meeting}/{number}-0", sentence, names) for number, sentence in enumerate(sentences)]
    return "\n\n".join(["WEBVTT", *cues, ""]).encode()


def _zoom(number: int, sentence: TrueUtterance, names: Mapping[PersonId, str]) -> str:
    return f"{number}\r\n{_times(sentence)}\r\n{names[sentence.speaker]}: {sentence.text}"


def _teams(identifier: str, sentence: TrueUtterance, names: Mapping[PersonId, str]) -> str:
    text = sentence.text.replace("&", "&amp;").replace("<", "&lt;")
    return f"{identifier}\n{_times(sentence)}\n<v {names[sentence.speaker]}>{text}</v>"


def _times(sentence: TrueUtterance) -> str:
    return f"{_clock(sentence.span.start)} --> {_clock(sentence.span.end)}"


def _clock(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"

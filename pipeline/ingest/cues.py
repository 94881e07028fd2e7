"""Cues of a WebVTT or SRT file: the text of the file, its cues in order, a text without its markup.

Grammar: WebVTT (W3C) and the customary SRT, read leniently, for no platform follows either to the letter: PeerTube
writes times without hours, Windows tools cp1252, others no fraction of a second. Captions that roll up (each cue
repeats the line above it, as YouTube and live captioning write them) are told once. Every pattern reads a line in
linear time: the file may be hostile.
"""

from __future__ import annotations

import html
import re
import unicodedata
from pathlib import Path

from consent.records import Frozen
from pipeline.errors import TranscriptRefused, UnreadableFile

_MAX_BYTES = 10 * 1024**2  # far above any meeting: four hours of dense speech are about one mebibyte

_TIME = r"(?:([0-9]{1,4}):)?([0-9]{1,2}):([0-9]{1,2})(?:[.,:;]([0-9]{1,6}))?"
_TIMING = re.compile(rf"^\s*{_TIME}\s*(?:[-–—]{{1,3}}>|→)\s*{_TIME}(?:\s.*)?$")
_NOT_CUES = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<[0-9:.,]+>|\{\\[^{}]*\}")
_BREAK = re.compile(r"<br[ ]?/?>", re.IGNORECASE)
_TURN = re.compile(r"^[ \t]*>{2,}[ \t]*")
"""« >> », which live captioners write where another person begins."""

_INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_HUGE = re.compile(r"&#[0-9]{8,};?")  # no character has such a number, and Python refuses to read 4,300 digits

_ROLLS_FROM, _ROLLS_SHARE = 3, 0.5
"""Cues that begin with the line before them: so many, and that share of all, are a file that rolls up. A person who
repeats a sentence does it now and then."""

_ROLLS_LINES = 4
"""Lines of a screen of captions, at most."""

_ROLLS_WITHIN_S = 0.1
"""A line rolls up as the next one appears."""

_UNMARKED = ("utf-16-le", "utf-16-be")
"""Without a mark nearly any bytes can be read so: only where an arrow is found are they text."""

EMPTY = "La transcription ne contient aucune réplique lisible (WebVTT ou SRT) ; exportez-la de nouveau."


class RawCue(Frozen):
    """A cue as written: times in seconds, text with its markup."""

    start: float
    end: float
    lines: tuple[str, ...]


def decode(path: Path) -> str:
    """The file's text, composed (Unicode NFC), lines ended by a line feed.

    Raises:
        TranscriptRefused: over 10 MiB, or no text in UTF-8, UTF-16 or cp1252.
        UnreadableFile: it cannot be opened now.
    """
    try:
        content = path.read_bytes() if path.stat().st_size <= _MAX_BYTES else None
    except OSError as error:
        raise UnreadableFile(
            f"La transcription ne peut pas être lue ({error.strerror}) ; vérifiez qu'elle est là et ses droits."
        ) from error
    if content is None:
        raise TranscriptRefused(
            "La transcription dépasse 10 Mio ; ce n'est sans doute pas un fichier WebVTT ou SRT : "
            "exportez-la de nouveau."
        )
    for encoding in _encodings(content):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text and ("-->" in text or encoding not in _UNMARKED):
            # Three signs where a tool ended lines that were ended already: one end, no empty line.
            text = text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n")
            return unicodedata.normalize("NFC", text)  # macOS writes accents apart, and these part a name in two
    raise TranscriptRefused(
        "La transcription n'est pas un fichier texte lisible ; exportez-la de nouveau en WebVTT ou SRT."
    )


def _encodings(content: bytes) -> tuple[str, ...]:
    """What the text may be written in: UTF-16 has a mark, or half of its bytes are zeros."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    first, second = content[::2].count(0), content[1::2].count(0)
    if 4 * max(first, second) >= len(content) > 0:
        return (_UNMARKED[0] if second > first else _UNMARKED[1],)
    return ("utf-8-sig", "cp1252")


def cues_of(text: str) -> list[RawCue]:
    """Every cue, in order of start: its timing line and what follows, in WebVTT up to an empty line.

    In SRT an empty line may stand inside a caption: what follows it is of that caption, up to the next one's number.

    Raises:
        TranscriptRefused: there is no cue.
    """
    webvtt = text.lstrip().startswith("WEBVTT")
    cues: list[RawCue] = []
    timing: re.Match[str] | None = None
    lines: list[str] = []
    comment = previous_empty = False
    for line in [*text.split("\n"), ""]:
        found = _TIMING.match(line)
        if found is not None and not comment:
            if timing is not None:
                cues.append(_raw(timing, _without_id(lines, webvtt=webvtt)))
            timing, lines = found, []
        elif line == "" and (webvtt or timing is None):
            if timing is not None:
                cues.append(_raw(timing, lines))
            timing, lines, comment = None, [], False
        elif timing is not None:
            lines.append(line)
        elif previous_empty and _NOT_CUES.match(line) is not None:
            comment = True
        previous_empty = line == ""
    if timing is not None:
        cues.append(_raw(timing, lines))
    if not cues:
        raise TranscriptRefused(EMPTY)
    return _unrolled(sorted(cues, key=lambda cue: (cue.start, cue.end)))


def _without_id(lines: list[str], *, webvtt: bool) -> list[str]:
    """Lines of a cue up to the next one: that one's number (in WebVTT any name, after a blank) is not its text."""
    named = webvtt and len(lines) > 1 and not lines[-2].strip()
    return lines[:-1] if lines and (named or lines[-1].strip().isdigit()) else lines


def _raw(timing: re.Match[str], lines: list[str]) -> RawCue:
    groups = timing.groups()
    return RawCue(start=_seconds(groups[:4]), end=_seconds(groups[4:]), lines=tuple(lines))


def _seconds(groups: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = (group or "0" for group in groups)
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(fraction) / float(10 ** len(fraction))


def _unrolled(cues: list[RawCue]) -> list[RawCue]:
    """Cues without the lines that only roll up from the cue before, where the file does that."""
    told: list[RawCue] = []
    rolling = 0
    above: tuple[str, ...] = ()
    end = float("-inf")
    for cue in cues:
        lines = tuple(line for line in cue.lines if plain(line).strip())
        texts = tuple(" ".join(plain(line).split()) for line in lines)
        again = _repeated(above, texts) if cue.start <= end + _ROLLS_WITHIN_S else 0
        rolling += again > 0
        if lines[again:]:
            told.append(RawCue(start=cue.start, end=cue.end, lines=lines[again:]))
        above, end = texts or above, max(end, cue.end)
    return told if rolling >= _ROLLS_FROM and rolling >= _ROLLS_SHARE * (len(cues) - 1) else cues


def _repeated(above: tuple[str, ...], lines: tuple[str, ...]) -> int:
    """How many first lines are the last ones of the cue above."""
    most = min(len(above), len(lines), _ROLLS_LINES)
    return next((count for count in range(most, 0, -1) if above[-count:] == lines[:count]), 0)


def plain(text: str) -> str:
    """Text without tags, entities and invisible characters."""
    shown = html.unescape(_HUGE.sub("", _TAG.sub("", _BREAK.sub(" ", text))))
    return _TURN.sub("", _INVISIBLE.sub("", shown))

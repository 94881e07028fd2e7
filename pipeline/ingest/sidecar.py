"""The transcript that came with a recording: WebVTT and SRT as videoconference tools really write them.

Takes the file, the participants and the recording's length; gives cues in order of time, inside the recording,
without markup, with the speaker where a label names one for sure: Teams writes ``<v Name>``, Zoom ``Name: text``, Meet
a line « (Name) ». The grammar of cues is :mod:`pipeline.ingest.cues`'s. Every pattern reads a line in linear time: the
file may be hostile.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from consent.clearance import Clearance
from consent.records import Frozen, PersonId, Purpose, RecordingId, Span
from pipeline.errors import TranscriptRefused
from pipeline.ingest.cues import EMPTY, RawCue, cues_of, decode, plain
from pipeline.ingest.speakers import recognise
from pipeline.meeting import MeetingParticipant
from pipeline.records import Cue, Sidecar, TranscriptOrigin

_BEYOND_S, _BEYOND_RATIO = 5.0, 0.02
"""A caption may outlast the picture a little; further, the transcript is that of another recording."""

_INSTANT_S = 0.5
"""Length given to a cue that has none, where nothing follows sooner: about one short word."""

_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?[ \t]([^<>]*)>|</v>", re.IGNORECASE)
_NOT_IN_LABEL = re.compile(r"[<>?!…\"«»]")
_LABEL_CHARACTERS = 60
_BLANKS = " \t\u00a0\u202f"
_NAME_LINE = re.compile(r"^[ \t]*\((?P<name>[^()]{1,60})\)[ \t]*$")

_DISCOURSE = re.compile(
    r"^(?:alors|donc|attention|bref|exemple|questions?|réponses?|note|voilà|oui|non|bon|bien|enfin|ensuite|après"
    r"|résultat|conclusion|conseil|précision|remarque|parcoursup)$",
    re.IGNORECASE,
)
"""Words that French puts before a colon without anybody being named."""

_DETERMINERS = re.compile(r"^(?:l[ea]s?|une?|d[ue]s?|de|aux?|[mts](?:on|a|es)|ce|cet|cette|en|à)$", re.IGNORECASE)
"""« Le BTS : » starts with a capital too."""


_TECHNICAL = re.compile(
    r"^(?:[^\s@]+@[^\s@]+\.\w+|\+?[0-9][0-9 .()-]{6,}[0-9]|(?:i ?phone|i ?pad|galaxy|samsung|mac ?book|redmi|pixel|"
    r"huawei|xiaomi)(?:[ ].*)?|(?:speaker|locuteur|locutrice|intervenante?|participante?|invitée?|utilisateur|user"
    r"|guest)[ ]?[0-9]+)$",
    re.IGNORECASE,
)
"""An address, a telephone number, a device or a rank in a person's place: no French sentence begins so."""

_LABELLED_FROM, _MOSTLY, _NEARLY_ALL = 2, 0.5, 0.8
"""Cues that known or recurring labels open: so many, and that share of all, are a file that names its speakers; from
the third on, even « Le Goff » is a name there, and not « Le BTS »."""


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
        path: the file; UTF-8, UTF-16 with its mark, or cp1252.
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

    labels = _labels(raw, participants)
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


def _labels(cues: list[RawCue], participants: Sequence[MeetingParticipant]) -> frozenset[str]:
    """The texts before a colon, or alone between parentheses, that name a speaker and are no speech.

    A participant's name is one, and so is what no French sentence begins with (an address, a number, « iPhone de »).
    Where labels that are known or come again open most cues, whatever opens another in the same way is one too: a
    third person's name must not stay in the text, however it is written. Elsewhere an unknown name is one where it
    recurs and has several capitalised words.
    """
    found = [one for cue in cues for line in cue.lines if (one := _labelled(plain(line))) is not None]
    seen = Counter(one.name for one in found)
    known = {
        name for name in seen if _TECHNICAL.match(name) or recognise(name, participants, spelling=False) is not None
    }
    recurring = {name for name, count in seen.items() if count > 1 and not _begins_speech(name)}
    openings = [one for cue in cues if cue.lines and (one := _labelled(plain(cue.lines[0]))) is not None]
    trusted = Counter(one.style for one in openings if one.name in known | recurring)
    style, count = trusted.most_common(1)[0] if trusted else ("", 0)
    share = count / len(cues)
    if count >= _LABELLED_FROM and share >= _MOSTLY:
        alike = {one.name for one in openings if one.style == style and not _DISCOURSE.match(one.name)}
        known |= alike if share >= _NEARLY_ALL else {name for name in alike if not _begins_speech(name)}
    return frozenset(known | {name for name in recurring if _like_a_name(name)})


class _Label(Frozen):
    """A line's label, the text after it, and how the two are parted: « : », « : » after a blank, or parentheses."""

    name: str
    text: str
    style: str


def _labelled(line: str) -> _Label | None:
    """A line's label, alone between parentheses or before a colon and a blank, and the text after it."""
    alone = _NAME_LINE.match(line)
    if alone is not None:
        return _Label(name=alone["name"], text="", style="()")
    before, colon, after = line.partition(":")
    name = before.lstrip(" \t")
    name = name[1:].lstrip(" \t") if name[:1] in ("-", "–", "—") else name
    bare = name.rstrip(_BLANKS)
    text = after.lstrip(_BLANKS)
    spoken = bool(colon) and text not in ("", after) and not text[0].isspace()
    if not spoken or not 1 <= len(bare) <= _LABEL_CHARACTERS or _NOT_IN_LABEL.search(bare) is not None:
        return None
    return _Label(name=bare, text=text, style=":" if bare == name else " :")


def _begins_speech(label: str) -> bool:
    """Whether French begins a sentence so before a colon, without anybody being named."""
    words = [bare for word in label.split() if (bare := word.strip("().'’-"))]
    return not words or _DETERMINERS.match(words[0]) is not None or all(_DISCOURSE.match(word) for word in words)


def _like_a_name(label: str) -> bool:
    """Whether there are several words, each with a capital, and none is one that French puts before a colon."""
    words = [bare for word in label.split() if (bare := word.strip("().'’-"))]
    if not 2 <= len(words) <= 5 or _DETERMINERS.match(words[0]):
        return False
    return all(word[0].isupper() and not _DISCOURSE.match(word) for word in words)


def _said(lines: tuple[str, ...], labels: frozenset[str]) -> list[_Said]:
    """The parts of a cue by label: voice tags first, else labels at the start of a line."""
    text = "\n".join(lines)
    if _VOICE.search(text) is not None:
        return _voices(text)
    parts: list[tuple[str | None, list[str]]] = [(None, [])]
    for line in (plain(line) for line in lines):
        found = _labelled(line)
        if found is not None and found.name in labels:
            parts.append((found.name, [found.text]))
        elif line.strip(" -–—"):  # Meet puts a lone dash between two speakers
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

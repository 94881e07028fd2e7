"""The texts of a transcript that name who speaks: before a colon, or on a line of their own before what is said.

Takes the cues of a file and the participants; gives the labels in which the file names its speakers. « Alors : » opens
a sentence, and « Paris » on a first line is what somebody says: a text is a label where it names a participant, or
where the whole file shows that it writes its speakers so. Every pattern reads a line in linear time: the file may be
hostile.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from consent.records import Frozen
from pipeline.ingest.cues import RawCue, plain
from pipeline.ingest.speakers import recognise
from pipeline.meeting import MeetingParticipant

_NOT_IN_LABEL = re.compile(r"[<>?!…\"«»]")
_LABEL_CHARACTERS = 60
_BLANKS = " \t\u00a0\u202f"
_NAME_LINE = re.compile(r"^[ \t]*\((?P<name>[^()]{1,60})\)[ \t]*$")
_BRACKETED = re.compile(r"^[ \t]*\[(?P<name>[^\[\]]{1,60})\][ \t]*:?(?P<text>.*)$")

_NOT_ALONE = re.compile(r"[<>?!…\"«»;/\[\]♪♫]|[^\W_]{3}\. |: ")
"""No name holds these; « M. Dupont » does hold a point."""

_TIME_AFTER = re.compile(r"[ \t\u00a0\u202f][(\[]?[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?[)\]]?$")
"""« Claire Martin   00:01:02 »."""

_DISCOURSE = re.compile(
    r"^(?:alors|donc|attention|bref|exemple|questions?|réponses?|note|voilà|oui|non|bon|bien|enfin|ensuite|après"
    r"|résultat|conclusion|conseil|précision|remarque|parcoursup|bonjour|bonsoir|salut|merci|pardon|madame|monsieur"
    r"|d['’]accord|ok|okay|super|parfait|exactement|tout|c['’]est|très)$",
    re.IGNORECASE,
)
"""Words that French puts before a colon, or alone on a line, without anybody being named."""

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


class Labels(Frozen):
    """The labels of a file: those that open a line, or stand between parentheses, and those that are a line."""

    opening: frozenset[str] = frozenset()
    alone: frozenset[str] = frozenset()


def labels_of(cues: Sequence[RawCue], participants: Sequence[MeetingParticipant]) -> Labels:
    """The texts of a file that name a speaker and are no speech."""
    found = [one for cue in cues for line in cue.lines if (one := labelled(plain(line))) is not None]
    openings = [one for cue in cues if cue.lines and (one := labelled(plain(cue.lines[0]))) is not None]
    opening = _opening(found, openings, len(cues), participants)
    if 2 * sum(one.name in opening for one in openings) >= len(cues):
        return Labels(opening=opening)  # it names them in one way only
    return Labels(opening=opening, alone=_alone(cues, participants))


def _opening(
    found: Sequence[Label], openings: Sequence[Label], cues: int, participants: Sequence[MeetingParticipant]
) -> frozenset[str]:
    """The texts before a colon, or alone between parentheses, that name a speaker.

    A participant's name is one, and so is what no French sentence begins with (an address, a number, « iPhone de »).
    Where labels that are known or come again open most cues, whatever opens another in the same way is one too: a
    third person's name must not stay in the text, however it is written. Elsewhere an unknown name is one where it
    recurs and has several capitalised words.
    """
    seen = Counter(one.name for one in found)
    known = {
        name for name in seen if _TECHNICAL.match(name) or recognise(name, participants, spelling=False) is not None
    }
    recurring = {name for name, count in seen.items() if count > 1 and not _begins_speech(name)}
    trusted = Counter(one.style for one in openings if one.name in known | recurring)
    style, count = trusted.most_common(1)[0] if trusted else ("", 0)
    share = count / cues
    if count >= _LABELLED_FROM and share >= _MOSTLY:
        alike = {one.name for one in openings if one.style == style and not _DISCOURSE.match(one.name)}
        known |= alike if share >= _NEARLY_ALL else {name for name in alike if not _begins_speech(name)}
    return frozenset(known | {name for name in recurring if _like_a_name(name)})


def _alone(cues: Sequence[RawCue], participants: Sequence[MeetingParticipant]) -> frozenset[str]:
    """The lines before a text that name who says it.

    A first line is most often speech, « Paris » or « Bonjour Léo ». It is a label where it is a participant's first
    name and more, twice at least; and where such names, or names that recur, open most cues: then whatever looks like a
    name is one too, and where they open nearly all, a first name that recurs.
    """
    shown = [[line for line in map(plain, cue.lines) if line.strip()] for cue in cues]
    firsts = [one for lines in shown if len(lines) > 1 and (one := line_label(lines[0])) is not None]
    seen = Counter(firsts)
    known = {name for name in seen if recognise(name, participants, spelling=False) is not None}
    sure = {name for name in known if len(name.split()) > 1 and seen[name] >= _LABELLED_FROM}
    several = {name for name in seen if _like_a_name(name)}
    recurring = {name for name, count in seen.items() if count > 1 and name[0].isupper() and not _begins_speech(name)}
    for trusted, share in ((known | (several & recurring), _MOSTLY), (known | recurring, _NEARLY_ALL)):
        count = sum(seen[name] for name in trusted)
        if count >= _LABELLED_FROM and count >= share * len(cues):
            sure |= trusted | several
    return frozenset(sure)


def line_label(line: str) -> str | None:
    """A line that may be a speaker's name and nothing else: without the time, or the colon, that tools write after."""
    name = _TIME_AFTER.sub("", line.strip(_BLANKS)).rstrip(_BLANKS + ":")
    if not 1 <= len(name) <= _LABEL_CHARACTERS or _NOT_ALONE.search(name) is not None:
        return None
    return name if not name.endswith(".") or len(name.split()[-1]) == 2 else None  # « Claire M. »


class Label(Frozen):
    """A label, the text after it on its line, and its style: « : », « : » after a blank, parentheses, brackets."""

    name: str
    text: str
    style: str


def labelled(line: str) -> Label | None:
    """A line's label, alone between parentheses, between brackets or before a colon, and the text after it."""
    alone = _NAME_LINE.match(line)
    if alone is not None:
        return Label(name=alone["name"], text="", style="()")
    bracketed = _BRACKETED.match(line)
    if bracketed is not None:
        return Label(name=bracketed["name"], text=bracketed["text"].strip(_BLANKS), style="[]")
    before, colon, after = line.partition(":")
    name = before.lstrip(" \t")
    name = name[1:].lstrip(" \t") if name[:1] in ("-", "–", "—") else name
    bare = name.rstrip(_BLANKS)
    text = after.lstrip(_BLANKS)
    spoken = bool(colon) and text not in ("", after) and not text[0].isspace()
    if not spoken or not 1 <= len(bare) <= _LABEL_CHARACTERS or _NOT_IN_LABEL.search(bare) is not None:
        return None
    return Label(name=bare, text=text, style=":" if bare == name else " :")


def _begins_speech(label: str) -> bool:
    """Whether French begins a sentence so before a colon, without anybody being named."""
    words = [bare for word in label.split() if (bare := word.strip("(),.'’-"))]
    return not words or _DETERMINERS.match(words[0]) is not None or all(_DISCOURSE.match(word) for word in words)


def _like_a_name(label: str) -> bool:
    """Whether there are several words, each with a capital, and none is one that French puts before a colon."""
    words = [bare for word in label.split() if (bare := word.strip("(),.'’-"))]
    if not 2 <= len(words) <= 5 or _DETERMINERS.match(words[0]):
        return False
    return all(word[0].isupper() and not _DISCOURSE.match(word) for word in words)

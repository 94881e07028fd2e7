"""French as it is read on the page: durations, counts, roles, reasons, typography, highlighted sentences.

Pure functions, used as filters by the templates. Spaces that must not break are real no-break spaces: U+202F
before ``? ! ;`` and inside numbers, U+00A0 before ``:`` and inside ``« »`` (usage of the Imprimerie nationale).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from markupsafe import Markup, escape

from consent.records import Role
from pipeline.records import Choice, Clip, FacetName, Filters, Mark, Mode, Sentence, SuggestionKind, Tag, TagKind, Why

NARROW = "\u202f"
NO_BREAK = "\u00a0"

_MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
_ROLES = {
    Role.PROFESSIONAL: "Professionnel·le",
    Role.YOUNG_PERSON: "Jeune",
    Role.GUARDIAN: "Représentant·e légal·e",
    Role.THIRD_PARTY: "Autre personne",
}
_REASONS = {
    Why.WORDS: "Trouvé par les mots",
    Why.MEANING: "Trouvé par le sens",
    Why.BOTH: "Trouvé par les mots et par le sens",
}
MODES = {
    Mode.HYBRID: "Mots et sens",
    Mode.KEYWORD: "Mots exacts",
    Mode.SEMANTIC: "Sens",
}
"""How each way of searching is offered."""


def duration(seconds: float) -> str:
    """A length in words: ``42 s``, ``3 min 12 s``, ``1 h 02 min``; never less than a second."""
    whole = max(1, round(seconds))
    minutes, rest = divmod(whole, 60)
    if minutes >= 60:
        return f"{minutes // 60}{NARROW}h{NARROW}{minutes % 60:02d}{NARROW}min"
    parts = [f"{minutes}{NARROW}min"] if minutes else []
    if rest or not minutes:
        parts.append(f"{rest}{NARROW}s")
    return NO_BREAK.join(parts)


def instant(seconds: float) -> str:
    """A place in a clip, in words: ``0 min 42 s``; rounded down, so that the moment is still to come."""
    minutes, rest = divmod(int(max(0.0, seconds)), 60)
    return f"{minutes}{NARROW}min{NO_BREAK}{rest}{NARROW}s"


def clock(seconds: float) -> str:
    """A place in a clip, short: ``0:42``; rounded down."""
    minutes, rest = divmod(int(max(0.0, seconds)), 60)
    return f"{minutes}:{rest:02d}"


def month(when: datetime) -> str:
    """``mars 2026``: the day would say more about the persons than the visitor needs."""
    return f"{_MONTHS[when.month - 1]}{NO_BREAK}{when.year}"


def day(when: datetime) -> str:
    """``3 mars 2026``, on the site's own clock."""
    local = when.astimezone()
    first = "1er" if local.day == 1 else str(local.day)
    return f"{first}{NO_BREAK}{month(local)}"


def number(value: int) -> str:
    """``12 345``, with narrow no-break spaces."""
    return f"{value:,}".replace(",", NARROW)


def counted(value: int, singular: str, plural: str) -> str:
    """``0 extrait``, ``1 extrait``, ``2 extraits``: French counts zero in the singular."""
    return f"{number(value)}{NO_BREAK}{singular if value < 2 else plural}"


def role_name(role: Role | None) -> str:
    """Who speaks, without a name."""
    return _ROLES[role] if role is not None else "Voix non identifiée"


def reason(why: Why) -> str:
    """Why a clip was found."""
    return _REASONS[why]


def shown_tags(clip: Clip) -> Sequence[Tag]:
    """The tags to read beside a clip; its occupation is told apart."""
    return [tag for tag in clip.tags if tag.kind is not TagKind.OCCUPATION]


SUGGESTION_KINDS = {
    SuggestionKind.OCCUPATION: "métier",
    SuggestionKind.TAG: "thème",
    SuggestionKind.TITLE: "extrait",
}
"""What each suggestion leads to."""


def switched(filters: Filters, facet: FacetName, value: str) -> Filters:
    """The filters with a value taken away where it was chosen, added where it was not."""
    one = Choice(facet=facet, value=value)
    chosen = tuple(other for other in filters.chosen if other != one)
    return filters.model_copy(update={"chosen": chosen if one in filters.chosen else (*chosen, one)})


def capitalised(text: str) -> str:
    """The first letter in upper case, the rest as written."""
    return text[:1].upper() + text[1:]


def shortened(text: str, limit: int = 60) -> str:
    """At most ``limit`` characters, ended by an ellipsis where cut."""
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"


def typography(text: str) -> str:
    """Make the spaces that French never breaks unbreakable; no character is added or removed.

    The length is kept so that marks computed on the text still fit.
    """
    text = re.sub(r" (?=[?!;])", NARROW, text)
    text = re.sub(r" (?=[:»])|(?<=«) ", NO_BREAK, text)
    return re.sub(r"(?<=\d) (?=\d{3}(?!\d))|(?<=\d) (?=[€%])", NARROW, text)


def highlighted(text: str, marks: Iterable[Mark]) -> Markup:
    """The text, escaped, with its marked characters inside ``<mark>``; overlapping marks are joined."""
    text = typography(text)
    result, done = Markup(), 0
    for start, end in _joined(marks, len(text)):
        result += escape(text[done:start]) + Markup("<mark>") + escape(text[start:end]) + Markup("</mark>")
        done = end
    return result + escape(text[done:])


def _joined(marks: Iterable[Mark], length: int) -> Sequence[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for mark in sorted(marks, key=lambda one: one.start):
        start, end = min(mark.start, length), min(mark.end, length)
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        elif start < end:
            joined.append((start, end))
    return joined


def turns(sentences: Sequence[Sentence]) -> Sequence[Sequence[Sentence]]:
    """Sentences grouped by turn of speech: the same role, one after the other."""
    groups: list[list[Sentence]] = []
    for sentence in sentences:
        if groups and groups[-1][0].role is sentence.role:
            groups[-1].append(sentence)
        else:
            groups.append([sentence])
    return groups

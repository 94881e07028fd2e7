"""What a person asks of one of their clips, made fit to be done: seconds to hide, a title to correct.

Takes what was typed, gives spans of the recording or a clean title; what cannot be done as asked is refused with one
French sentence, never done in part or in silence.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence

from consent.records import BREATH_S, Span
from pipeline.records import Clip
from pipeline.segment.typed import names_somebody
from pipeline.validation import printable

LONGEST_TITLE = 120
"""Characters: what fits on two lines of a phone."""

LEAST_KEPT_S = 8.0
"""A clip trimmed shorter than this would be dropped whole (:data:`pipeline.segment.edits.LEAST_S`)."""

LEAST_HIDDEN_S = 1.0
"""A name takes half a second to say, and nobody types an instant more precisely: less is widened to this."""


class InvalidWish(Exception):
    """What a person typed cannot be done; its text is one French sentence for them."""


def hidden(clip: Clip, start: float, end: float) -> tuple[Span, ...]:
    """The seconds of the recording that ``[start, end]`` of a clip are, at least one second of them.

    Raises:
        InvalidWish: that is no part of the clip.
    """
    if not 0 <= start < end <= clip.duration:
        raise InvalidWish(f"Il faut deux instants de l’extrait, entre 0 et {clip.duration:.0f} secondes.")
    short = max(0.0, LEAST_HIDDEN_S - (end - start)) / 2
    first = max(0.0, min(start - short, clip.duration - LEAST_HIDDEN_S))
    last = min(clip.duration, max(end + short, LEAST_HIDDEN_S))
    return _parts(clip, (first, last))


def trimmed(clip: Clip, start: float, end: float) -> tuple[Span, ...]:
    """The seconds of the recording before and after ``[start, end]`` of a clip.

    Raises:
        InvalidWish: too little would be left, or nothing would go.
    """
    if not 0 <= start < end <= clip.duration or end - start < LEAST_KEPT_S:
        raise InvalidWish(f"Il faut garder au moins {LEAST_KEPT_S:.0f} secondes, entre 0 et {clip.duration:.0f}.")
    parts = _parts(clip, (0.0, start), (end, clip.duration))
    if not parts:
        raise InvalidWish("C’est déjà tout l’extrait : rien n’est changé.")
    return parts


def title(text: str, said: Sequence[str] = (), declared: Collection[str] = ()) -> str:
    """A title as it may be shown, of a clip in which these sentences are said, by people of these names.

    Raises:
        InvalidWish: it is empty or too long, or names somebody: no title does.
    """
    composed = unicodedata.normalize("NFC", text)  # an accent by itself would part a name in two
    cleaned = " ".join(printable(" ".join(composed.split())).split())  # a tab or a line's end is a space
    if not 1 <= len(cleaned) <= LONGEST_TITLE:
        raise InvalidWish(f"Il faut un titre de 1 à {LONGEST_TITLE} caractères.")
    if names_somebody(cleaned, said, declared):
        raise InvalidWish(
            "Un titre ne nomme personne, et ne dit pas où joindre quelqu’un : il faut le dire sans nom, ni prénom, ni "
            "adresse, ni numéro."
        )
    return cleaned


def _parts(clip: Clip, *parts: tuple[float, float]) -> tuple[Span, ...]:
    spans = []
    for first, last in parts:  # the breath that a clip shares with its neighbours stays theirs
        start = clip.span.start + max(first, BREATH_S)
        end = clip.span.start + min(last, clip.span.duration - BREATH_S)
        spans += [Span(start=start, end=end)] if start < end else []
    return tuple(spans)

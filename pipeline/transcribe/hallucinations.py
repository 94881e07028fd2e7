"""Texts that nobody said: found, set aside with a reason, never dropped.

Takes stretches of words (a segment of the model, a caption of the platform) in order of time, and how loud the track is
under them where that is known; gives the words that are believed, and the rest as :class:`Doubt`. What speech models
invent in French on silence, noise and music is well known: credits of subtitlers, thanks of video makers, loops.
Real speech repeats itself too (« oui oui oui »), thanks people and talks fast: limits lie where no person goes.
Source: reports against Whisper and faster-whisper; the limits are our own.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Sequence, Set
from itertools import accumulate, groupby

import numpy as np

from consent.records import Frozen, Span
from pipeline.records import Doubt, DoubtReason, Word
from pipeline.sound import Loudness
from pipeline.transcribe.tokens import tokens_of

_CREDITS = re.compile(
    r"\b(?:sous titr(?:es?|ages?) (?:\w+ ){0,8}?amara org|(?:par )?(?:la communaute d )?amara org"
    r"|sous titrages? st 501|sous titrages? (?:societe )?radio canada|sous titrages? (?:mfp|fr|tv5)"
    # Only where a sentence begins: « j'ai des sous-titres faits par mon collègue » is somebody's work.
    r"|(?<!\w )sous titr(?:es|ages?) (?:realise|fait|traduit|cree|adapte)e?s? (?:par|para)\b(?: \w+){0,6}"
    r"|(?:sous titr(?:es|ages?)|traduction)(?: \w+){0,4} par (?:sous ?titreur com|juanfrance)"
    r"|(?:par )?sous ?titreur com)\b"
)
"""Credits of subtitlers, wherever they stand: nobody says them in a meeting."""

_CHANNEL = r"(?:a (?:la|ma|notre|cette) chaine(?: youtube)?)"
_FORMULAS = re.compile(
    r"(?:merci (?:a tous )?(?:d avoir|de) (?:regarde|visionne|regarder) (?:cette|la|ma|notre) video(?: .*)?)"
    rf"|(?:(?:n oubliez pas de )?(?:vous )?abonne[rz](?: vous)?(?: {_CHANNEL})?(?: et .*)?)"
    r"|(?:n oubliez pas de (?:liker|mettre un pouce|cliquer|activer|partager)(?: .*)?)"
    r"|(?:(?:et )?(?:on se retrouve|je vous retrouve|a (?:tres )?bientot|a la prochaine)(?: .*)? "
    r"(?:nouvelle|prochaine) video(?: .*)?)"
    r"|(?:(?:mettez|laissez) un pouce(?: bleu)?(?: .*)?)|(?:activez la (?:petite )?cloche(?: .*)?)"
    r"|(?:thank(?:s| you)(?: you)?(?: so much| very much)? for watching(?: .*)?)|(?:sous titr(?:es|ages?))"
)
"""Formulas of video makers: set aside where they are a whole sentence; inside one, somebody tells of them."""

_SIGN = re.compile(r"^[\[(♪*][^\])]*[\])♪*]?$")
"""« [Musique] », « ♪ ♪ »: what platforms write where nobody speaks."""

_LONGEST_FORMULA = 30
"""Tokens of a sentence that may be a formula: a longer one is a speech, and would cost the square of its length."""

_LONGEST_UNIT = 12
_REPEATS = {1: 8, 2: 5, 3: 5}
_REPEATS_LONGER = 4
"""How often a unit of so many tokens may not follow itself. « Non, non, non, non, non » is five; a sentence of four
words or more is said three times over for emphasis, not four."""

_RATIO, _RATIO_FROM = 2.4, 160
"""Length of a text over its length compressed, from so many characters: Whisper's own limit. Half a minute of real
French reaches 2.0 (measured on our meetings)."""

_FASTEST, _FASTEST_FROM = 33.0, 60
"""Letters a second over a whole stretch, from so many letters: over fewer, the times of the words are too rough. Three
hundred and fifty words a minute, which only auctioneers pass, are 28."""

_SILENCE_RATIO, _FLOOR = 0.02, 12.0
"""A stretch is silent whose loudest moment is 34 dB below the track's speech, or below 12 sample units (-69 dBFS):
below any microphone's own noise."""

_ENDING = (".", "?", "!", "…")
_APART_S = 1.0
"""A pause this long ends a sentence that the model did not end."""


class Quiet:
    """Where a track is silent: a question to ask of a span, on the clock of its frames."""

    def __init__(self, frames: Loudness, frame_s: float, around_s: float) -> None:
        """Take the track's loudness, the length of its frames, and how far off the times asked about may be."""
        self._frames, self._frame_s, self._around_s = frames, frame_s, around_s
        sounding = frames[frames > _FLOOR]
        speech = float(np.quantile(sounding, 0.95)) if len(sounding) else 0.0
        self._limit = max(_FLOOR, _SILENCE_RATIO * speech)

    def __call__(self, span: Span) -> bool:
        """Whether nothing is heard there; False where the track does not reach."""
        start = max(0, int((span.start - self._around_s) / self._frame_s))
        heard = self._frames[start : int((span.end + self._around_s) / self._frame_s) + 1]
        return len(heard) > 0 and float(heard.max()) < self._limit


class Sifted(Frozen):
    """Words that are believed, in order, and what was set aside."""

    words: tuple[Word, ...]
    doubts: tuple[Doubt, ...]


def sift(stretches: Sequence[Sequence[Word]], end: float, is_silent: Callable[[Span], bool] | None = None) -> Sifted:
    """Part what was said from what nobody said.

    Args:
        stretches: words in order of time, in the pieces in which they were transcribed; one speaker's.
        end: when the last stretch must be over, in seconds on the words' clock.
        is_silent: whether nothing at all is heard in a span; None where there is no sound to ask.
    """
    words = [word for stretch in stretches for word in stretch]
    reasons: list[DoubtReason | None] = [None] * len(words)
    past, following = len(words), end
    for stretch in reversed(stretches):
        why = _of_stretch(stretch, following, is_silent)
        if why is not None:
            reasons[past - len(stretch) : past] = [why] * len(stretch)
        past -= len(stretch)
        following = stretch[0].span.start if stretch else following
    for at in _looping(words):
        reasons[at] = reasons[at] or DoubtReason.LOOP
    edges = frozenset(accumulate(len(stretch) for stretch in stretches))
    for at in _formulas(words, edges):
        reasons[at] = DoubtReason.KNOWN_PHRASE
    kept = tuple(word for word, why in zip(words, reasons, strict=True) if why is None)
    return Sifted(words=kept, doubts=tuple(_doubts(words, reasons)))


def told(doubts: Sequence[Doubt]) -> str:
    """What was set aside, for the report: « 3 passages écartés (2 texte en boucle, 1 …) »; empty where nothing was."""
    if not doubts:
        return ""
    counts = {reason: sum(one.reason is reason for one in doubts) for reason in DoubtReason}
    what = ", ".join(f"{reason.french} : {count}" for reason, count in counts.items() if count)
    several = "s" if len(doubts) > 1 else ""
    return f"{len(doubts)} passage{several} douteux écarté{several} ({what})"


def _of_stretch(
    stretch: Sequence[Word], following: float, is_silent: Callable[[Span], bool] | None
) -> DoubtReason | None:
    if not stretch:
        return None
    text = " ".join(word.text for word in stretch)
    if is_silent is not None and is_silent(Span(start=stretch[0].span.start, end=stretch[-1].span.end)):
        return DoubtReason.SILENCE
    encoded = text.encode()
    if len(encoded) >= _RATIO_FROM and len(encoded) > _RATIO * len(zlib.compress(encoded)):
        return DoubtReason.LOOP
    letters = sum(one.isalnum() for one in text)
    # Word times may be crammed together; the time up to the next words is what there was to say them in.
    there = max(following, stretch[-1].span.end) - stretch[0].span.start
    return DoubtReason.TOO_FAST if letters >= _FASTEST_FROM and letters > _FASTEST * there else None


def _looping(words: Sequence[Word]) -> set[int]:
    """Words of units that follow themselves too often."""
    owners, tokens = _tokens(words)
    found: set[int] = set()
    for size in range(1, _LONGEST_UNIT + 1):
        needed = size * (_REPEATS.get(size, _REPEATS_LONGER) - 1)
        run = 0
        for at in range(size, len(tokens) + 1):
            if at < len(tokens) and tokens[at] == tokens[at - size]:
                run += 1
                continue
            if run >= needed:
                found.update(owners[at - run - size : at])
            run = 0
    return found


def _formulas(words: Sequence[Word], edges: Set[int]) -> set[int]:
    """Words of credits, of sentences that are a formula, and of signs for what is no speech."""
    found: set[int] = set()
    for first, last in _sentences(words, edges):
        sentence = words[first:last]
        owners, tokens = _tokens(sentence)
        found.update(first + at for at in _credits(owners, tokens))
        if len(tokens) > _LONGEST_FORMULA:
            continue
        if _FORMULAS.fullmatch(" ".join(tokens)) or _SIGN.match(" ".join(word.text for word in sentence)):
            found.update(range(first, last))
    return found


def _credits(owners: Sequence[int], tokens: Sequence[str]) -> set[int]:
    """Words of credits, and the signs without a letter that stand before them."""
    starts = list(accumulate((len(token) + 1 for token in tokens), initial=0))
    found: set[int] = set()
    for match in _CREDITS.finditer(" ".join(tokens)):
        inside = [at for at, start in zip(owners, starts, strict=False) if match.start() <= start < match.end()]
        if not inside:
            continue
        before = max((at for at in owners if at < inside[0]), default=-1)
        found.update(range(before + 1, inside[-1] + 1))
    return found


def _tokens(words: Sequence[Word]) -> tuple[list[int], list[str]]:
    """Every token, and the place of the word that holds it."""
    pairs = [(at, token) for at, word in enumerate(words) for token in tokens_of(word.text)]
    return [at for at, _ in pairs], [token for _, token in pairs]


def _sentences(words: Sequence[Word], edges: Set[int]) -> list[tuple[int, int]]:
    """First and past-last places of sentences: up to an ending sign, a pause, or the end of a stretch."""
    found, first = [], 0
    for at, word in enumerate(words):
        ends = word.text.rstrip(" »”)").endswith(_ENDING) or at + 1 in edges or at + 1 == len(words)
        if ends or words[at + 1].span.start - word.span.end >= _APART_S:
            found.append((first, at + 1))
            first = at + 1
    return found


def _doubts(words: Sequence[Word], reasons: Sequence[DoubtReason | None]) -> list[Doubt]:
    """Neighbours set aside for one reason, together."""
    found = []
    for reason, group in groupby(zip(words, reasons, strict=True), key=lambda pair: pair[1]):
        if reason is None:
            continue
        aside = [word for word, _ in group]
        span = Span(start=aside[0].span.start, end=max(word.span.end for word in aside))
        found.append(Doubt(speaker=None, span=span, text=" ".join(word.text for word in aside), reason=reason))
    return found

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
    r"\b(?:(?:sous titr(?:es?|ages?) (?:\w+ ){0,8}?|subtitles? )?(?:(?:par|by) (?:the )?)?(?:la communaute d )?"
    r"amara org(?: community)?"
    r"|sous titrages? st 501|sous titrages? (?:societe )?radio canada|sous titrages? (?:mfp|fr|tv5)(?: monde)?"
    # Only where a sentence begins: « j'ai des sous-titres faits par mon collègue » is somebody's work.
    r"|(?<!\w )sous titr(?:es|ages?) (?:realise|fait|traduit|cree|adapte)e?s? (?:par|para)\b(?: \w+){0,6}"
    r"|(?:sous titr(?:es|ages?)|traduction)(?: \w+){0,4} par (?:sous ?titreur com|juanfrance)"
    r"|(?:par )?sous ?titreur com)\b(?: (?:19|20)\d\d\b)?"
)
"""Credits of subtitlers, wherever they stand, with their year: nobody says them in a meeting."""

_CHANNEL = r"(?: a (?:la|ma|notre|cette) chaine(?: youtube)?)?"
_ASKED = r"(?:n oublie[zs]? pas de |n hesite[zs]? pas a |pense[zs]? a )"
_VIDEO = r"(?: (?:cette|la|ma|notre|ces|mes) videos?)"
_CLAUSE = (
    rf"(?:merci (?:a (?:tous|toutes) |beaucoup )?(?:d avoir|de) (?:regarder?|visionner?|suivie?){_VIDEO}?"
    r"(?: jusqu au bout)?"
    rf"|{_ASKED}?(?:vous abonner|t abonner|abonne[rz](?: vous)?|abonne toi){_CHANNEL}"
    r"(?: si ce n est pas(?: deja)? fait)?"
    r"(?: pour ne (?:rien|pas) (?:rater|manquer|louper)(?: \w+){0,3})?"
    rf"|{_ASKED}(?:liker|commenter|partager){_VIDEO}?|(?:likez|commentez|partagez){_VIDEO}"
    r"|(?:"
    + _ASKED
    + r"(?:mettre|laisser)|mettez|laissez|mets|laisse) un (?:petit )?(?:pouce|like)(?: bleu| en l air)?"
    r"|(?:" + _ASKED + r"(?:activer|cliquer sur)|activez|cliquez sur) la (?:petite )?cloche(?: pour \w+(?: \w+){0,4})?"
    r"|(?:on se retrouve|je vous retrouve|a bientot|a tres bientot|a la prochaine)(?: (?:bientot|tres vite))? "
    r"(?:pour|dans|avec) (?:une|la|ma|de) (?:nouvelles?|prochaines?) videos?"
    r"|thank(?:s| you)(?: you)?(?: so much| very much)? for watching(?: this video| the video)?"
    r"|(?:please )?(?:like and )?subscribe(?: to (?:my|the|our) channel)?|sous titr(?:es|ages?))"
)
_FORMULAS = re.compile(
    rf"(?:et |alors |voila )?{_CLAUSE}(?: (?:et |ou )?(?:de |a )?(?:{_CLAUSE}|liker|commenter|partager|"
    r"a (?:tres )?bientot|a la prochaine|salut|ciao|au revoir))*"
)
"""Sentences of video makers, word for word: « n'oubliez pas de partager votre écran » is none."""

_SIGN = re.compile(
    r"^(?:\[[^\[\]]*\]"
    r"|\((?:\w+ ){0,3}(?:rires?|musique|applaudissements?|silence|bruits?|inaudible|toux|sonnerie|soupirs?)"
    r"(?: \w+){0,3}\)|\*[^*]+\*|[♪♫][^\w]*|[♪♫].*[♪♫])\W*$",
    re.IGNORECASE,
)
"""« [Musique] », « (rires) », « ♪ ♪ »: what platforms write where nobody speaks. A parenthesis of speech is none."""

_SURE = 0.5
"""Mean probability from which the words of a formula were heard: inside a segment of real speech, they stay."""

_LONGEST_FORMULA = 30
"""Tokens of a sentence that may be a formula: a longer one is a speech, and would cost the square of its length."""

_LONGEST_UNIT = 60
_REPEATS = {1: 8, 2: 5, 3: 5}
_REPEATS_LONGER = 4
"""How often a unit of so many tokens may not follow itself. « Non, non, non, non, non » is five; a sentence of four
words or more is said three times over for emphasis, not four. The longest unit is a long spoken sentence."""

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


def sift(
    stretches: Sequence[Sequence[Word]],
    end: float,
    is_silent: Callable[[Span], bool] | None = None,
    doubted: Set[int] = frozenset(),
) -> Sifted:
    """Part what was said from what nobody said.

    Args:
        stretches: words in order of time, in the pieces in which they were transcribed; one speaker's.
        end: when the last stretch must be over, in seconds on the words' clock.
        is_silent: whether nothing at all is heard in a span; None where there is no sound to ask.
        doubted: places of the stretches that the model itself takes for no speech.
    """
    words = [word for stretch in stretches for word in stretch]
    reasons: list[DoubtReason | None] = [None] * len(words)
    past, following = len(words), end
    for place in range(len(stretches) - 1, -1, -1):
        stretch = stretches[place]
        first = past - len(stretch)
        why = _of_stretch(stretch, following, is_silent, doubted=place in doubted)
        reasons[first:past] = [why] * len(stretch)
        for at in _formulas(stretch, is_silent):
            reasons[first + at] = DoubtReason.KNOWN_PHRASE
        past = first
        following = stretch[0].span.start if stretch else following
    for at in _looping(words):
        reasons[at] = reasons[at] or DoubtReason.LOOP
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
    words: Sequence[Word], following: float, is_silent: Callable[[Span], bool] | None, *, doubted: bool
) -> DoubtReason | None:
    if not words:
        return None
    text = " ".join(word.text for word in words)
    if is_silent is not None and is_silent(_span(words)):
        return DoubtReason.SILENCE
    if doubted:
        return DoubtReason.NO_SPEECH
    encoded = text.encode()
    if len(encoded) >= _RATIO_FROM and len(encoded) > _RATIO * len(zlib.compress(encoded)):
        return DoubtReason.LOOP
    letters = sum(one.isalnum() for one in text)
    # Word times may be crammed together; the time up to the next words is what there was to say them in.
    there = max(following, words[-1].span.end) - words[0].span.start
    return DoubtReason.TOO_FAST if letters >= _FASTEST_FROM and letters > _FASTEST * there else None


def _span(words: Sequence[Word]) -> Span:
    return Span(start=words[0].span.start, end=max(word.span.end for word in words))


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


def _formulas(words: Sequence[Word], is_silent: Callable[[Span], bool] | None) -> set[int]:
    """Words of a stretch that are credits, signs for what is no speech, or formulas of video makers.

    A formula between real sentences may be somebody's own words: there it counts only where it was not heard well.
    """
    found: set[int] = set()
    formulas: list[range] = []
    for first, last in _sentences(words):
        sentence = words[first:last]
        owners, tokens = _tokens(sentence)
        found.update(first + at for at in _credits(owners, tokens))
        if _SIGN.match(" ".join(word.text for word in sentence)):
            found.update(range(first, last))
        elif len(tokens) <= _LONGEST_FORMULA and _FORMULAS.fullmatch(" ".join(tokens)):
            formulas.append(range(first, last))
    alone = len(found.union(*formulas)) == len(words)
    for places in formulas:
        sentence = words[places.start : places.stop]
        unsure = sum(word.probability for word in sentence) < _SURE * len(sentence)
        if alone or unsure or (is_silent is not None and is_silent(_span(sentence))):
            found.update(places)
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


def _sentences(words: Sequence[Word]) -> list[tuple[int, int]]:
    """First and past-last places of a stretch's sentences: up to an ending sign, a pause, or its end."""
    found, first = [], 0
    for at, word in enumerate(words):
        ends = word.text.rstrip(" »”)").endswith(_ENDING) or at + 1 == len(words)
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
        found.append(Doubt(speaker=None, span=_span(aside), text=" ".join(word.text for word in aside), reason=reason))
    return found

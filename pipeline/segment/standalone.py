"""Whether a passage is understood without what came before it.

Takes sentences in order, who asks told apart where it is known; gives what the opening takes from before
(:func:`depends_on_previous`) and, for a whole clip, a score with its reasons in
French. Pure: cues of French written here, each with what it costs. What costs most is an opening that says that
something was said before; a pronoun costs little when its noun comes in the same breath.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.records import Dependence, Standalone
from pipeline.segment.lexicon import content, fold_line, is_back_channel, is_question, is_small_talk
from pipeline.segment.tags import Line

REVIEW_BELOW = 0.6
"""A clip that scores less is marked: one strong cue (0.6) is enough, one weak cue (0.3) is not."""

_OPENING = 2
"""Sentences looked at for what they take from before: a question may be asked in two."""

_NAMES_BEFORE = 0.6
"""A cue that costs more says that something was said before, wherever it stands."""

_LEAD = (
    r"^(?:(?:et|mais|donc|alors|oui|ouais|non|euh|heu|ben|bah|bon|voila|ah|oh|d'accord|ok|okay|du coup|en "
    r"fait|sinon|merci|super),? )*"
)
# What points to something said before, and what it costs.
_CUES: tuple[tuple[float, re.Pattern[str], str], ...] = tuple(
    (cost, re.compile(pattern), reason)
    for cost, pattern, reason in (
        (
            0.7,
            r"\b(?:je|j'|on|vous|tu|nous) ?(?:le |l'|en |vous |te |t'|nous )*(?:disais?|disait|disiez|ai dit|a dit|"
            r"avez dit|as dit|expliquais|ai explique|evoquais|ai evoque|racontais|ai raconte|parlais|parlait|"
            r"parliez|avait vu|"
            r"venez de dire|viens de dire|vient de dire)\b",
            "l'extrait renvoie à ce qui a été dit avant",
        ),
        (0.7, r"\b(?:tout a l'heure|plus tot dans|la question d'avant|la question precedente|juste avant(?=[,.?!]|$))",
         "l'extrait renvoie à un moment d'avant"),
        (0.6, r"\b(?:pour (?:revenir|rebondir|completer|continuer)|pour en revenir|"
              r"(?:je|on|nous|j'aimerais|je voudrais|je voulais)(?: (?:en|y))? (?:reviens|revient|revenons|revenir|"
              r"reprends|reprend|rebondis) (?:sur|a (?:ce|cette|votre|vos|ton|ta|tes|ma))\b|comme dit|ce dernier point|"
              r"ces deux points|du coup ca)\b",
         "l'extrait reprend un sujet ouvert avant"),
        (0.6, _LEAD + r"(?:revenons|reparlons|reprenons|rebondissons)(?:-en)?\b",
         "l'extrait reprend un sujet ouvert avant"),
        (0.5, _LEAD + r"(?:ca|cela)\b(?! (?:veut dire|se passe comment|ressemble|fait quoi d'etre|fait (?:pas )"
                      r"?(?:trop |un peu )?\w+ (?:de |d')|vous plait))",
         "l'extrait s'ouvre sur « ça » sans dire de quoi il s'agit"),
        (0.5, _LEAD + r"(?:celui-ci|celle-ci|ceux-ci|celui-la|celle-la|ceux-la|la-dedans|la-dessus)\b",
         "l'extrait s'ouvre sur un renvoi sans antécédent"),
        (0.5, _LEAD + r"(?:pourquoi|comment ca|c'est-a-dire|par exemple|lequel|laquelle|lesquels|lesquelles|et "
                      r"vous|et toi|ah bon) ?[?.…]*$",
         "la question ne dit pas de quoi elle parle"),
        (0.4, _LEAD + r"(?:elles?|ils|il(?! (?:faut|y a|faudrait|fallait|vaut|existe|reste|manque|fait|pleut|"
                      r"est (?:possible|important)|"
         r"m'est|vous est|t'est|se passe|arrive|s'agit)))\b", "l'extrait s'ouvre sur un pronom sans antécédent"),
        (0.35, r"^(?:deuxiemement|troisiemement|ensuite|enfin|puis|par contre|en revanche|c'est pour ca|du coup|"
               r"l'autre|la deuxieme|le deuxieme|"
         r"le second|la seconde|parce que|car|aussi)\b(?! (?:vous|tu|est-ce|comment|pourquoi|combien|quel))",
         "l'extrait s'ouvre sur une suite"),
    )
)  # fmt: skip
_HANGING = re.compile(
    r"(?:,|\b(?:et|ou|mais|donc|parce que|que|qui|avec|pour|de|des|du|les|la|le|un|une|puis|premierement|"
    r"d'abord|ainsi que|notamment))"
    r"\s*(?:…|\.{3})?$"
)
_ANNOUNCED = re.compile(
    r"\b(?:deux|trois|quatre|plusieurs) (?:choses|raisons|points|types|facons|etapes|voies|possibilites)\b"
)
_SECOND_ITEM = re.compile(r"\b(?:deuxieme|deuxiemement|la seconde|le second|ensuite|et puis|puis|l'autre|enfin)\b")
_FIRST_ITEM = re.compile(r"\b(?:la premiere|le premier|premierement|d'abord|d'une part|d'un cote)\b")


def points_before(text: str) -> bool:
    """Whether a sentence says, wherever it does, that something was said before (« comme je disais »)."""
    folded = _read(text)
    return any(cost > _NAMES_BEFORE and pattern.search(folded) for cost, pattern, _ in _CUES)


def depends_on_previous(sentences: Sequence[Line]) -> Dependence:
    """What the opening of a passage takes from what was said before it.

    Args:
        sentences: of the passage, in order; only its opening counts.

    Returns:
        ``strength`` 0 where it takes nothing; 0.5 and above where it should follow what came before.
    """
    opening = [one.text for one in sentences if not is_small_talk(one.text) and not is_back_channel(one.text)][
        :_OPENING
    ]
    found: dict[str, float] = {}
    for index, text in enumerate(opening):
        folded = _read(text)
        for cost, pattern, reason in _CUES:
            # The second sentence may take up the first: only what names « before » counts there.
            counts = index == 0 or cost > _NAMES_BEFORE
            if counts and pattern.search(folded) and not _answered_inside(opening, index, folded):
                found[reason] = max(cost, found.get(reason, 0.0))
    strength = 1.0
    for cost in found.values():
        strength *= 1 - cost
    return Dependence(strength=round(1 - strength, 3), reasons=tuple(found))


def standalone_of(sentences: Sequence[Line]) -> Standalone:
    """How well a clip stands alone.

    Args:
        sentences: of the clip, in order.

    Returns:
        1 less what the opening depends on, an unfinished end and a missing question cost.
    """
    dependence = depends_on_previous(sentences)
    score = 1 - dependence.strength
    reasons = list(dependence.reasons)
    for cost, reason in _at_the_end(sentences):
        score *= 1 - cost
        reasons.append(reason)
    if sentences and not any(one.asks for one in sentences) and not is_question(sentences[0].text):
        score *= 0.9  # an answer without its question can still be a whole story
        reasons.append("aucune question n'ouvre l'extrait")
    score = round(score, 3)
    return Standalone(score=score, reasons=tuple(reasons), needs_review=score < REVIEW_BELOW)


def _read(text: str) -> str:
    return fold_line(text).strip(' «»"()-–—')


def _answered_inside(opening: Sequence[str], index: int, folded: str) -> bool:
    """« Ça se passe comment, une journée ? »: what a pronoun stands for comes after it, in the same sentence."""
    if re.search(r"\b(?:disais|disait|dit|tout a l'heure|d'avant)\b", folded):
        return False
    after = re.search(r"[,…] ?(?:une?|les?|la|l'|des|d'etre|de) ?\w+[^,]*$", folded)
    topical = len(content(opening[index]))
    return (
        after is not None and topical >= 2 and re.match(_LEAD + r"(?:ca|cela|c'est|elles?|ils?)\b", folded) is not None
    )


def _at_the_end(sentences: Sequence[Line]) -> list[tuple[float, str]]:
    if not sentences:
        return []
    found = []
    last = _read(sentences[-1].text)
    there = sentences[-1].text.rstrip().lower().endswith("là")  # « pendant ce temps là »: folded, an article
    if (_HANGING.search(last) and not there) or last.endswith(("…", "...")):
        found.append((0.5, "l'extrait s'arrête au milieu d'une phrase"))
    if sentences[-1].asks and is_question(sentences[-1].text):
        found.append((0.5, "l'extrait se termine sur une question sans réponse"))
    told = [_read(one.text) for one in sentences if not one.asks]
    begun = next(
        (
            index
            for index, text in enumerate(told)
            if _ANNOUNCED.search(text) and _FIRST_ITEM.search(" ".join(told[index:]))
        ),
        None,
    )
    if begun is not None and not _SECOND_ITEM.search(" ".join(told[begun:])):
        found.append((0.45, "l'extrait s'arrête au milieu d'une énumération"))
    return found

"""« Vous »: a question put to one professional becomes a question about the trade.

Takes a question in the second person and the occupation; gives it in the third (« À quelle heure se lève un
boulanger »), with « on … comme ébéniste » where the gender is not known, or None where the question is about one
life (past tenses), or holds a second « vous » that cannot be turned.
"""

from __future__ import annotations

import re

from pipeline.segment.conjugation import third_person
from pipeline.segment.interrogatives import INTERROGATIVE, asks_in_place
from pipeline.segment.lexicon import fold
from pipeline.segment.nouns import of_the_third
from pipeline.segment.occupation import Occupation

_YOU = re.compile(
    r"^(?P<before>.*?)\b(?P<you>vous|tu)\s+(?P<negation>(?:ne\s+|n['’])?)"
    r"(?P<pronoun>(?:(?:vous|te|t['’]|y|en|l['’]|les?|la)\s*(?=\w))?)(?P<verb>[\w-]+)\b\s*(?P<rest>.*)$",
    re.I,
)
_INVERTED = re.compile(r"^(?P<before>.*?)\b(?P<verb>[\w]+)-(?P<you>vous|tu)\b\s*(?P<rest>.*)$", re.I)
_PARTICIPLE = re.compile(
    r"^(?:(?:déjà|toujours|jamais|pas|bien|tout|beaucoup|eu)\s+)*\w*(?:é|ée|és|ées|i|is|it|u|us|ue|ert|eint|aint)\b"
)
_MOVED = re.compile(
    r"^(?:déjà |encore )?(?:arriv|ven|pass|deven|entr|part|né|rest|retourn|tomb|all)(?:ée?|ue?|ie?|e?)s?\b"
)
_FIRST = re.compile(
    rf"^(?P<first>.*?)\b(?P<wh>{INTERROGATIVE}|pourquoi|qu['’]est-ce qu[e'’]|que)\s*(?:est-ce que\s*)?$", re.I
)
_YES_NO = re.compile(r"^(?P<first>.*?)(?:est-ce que\s*)?$", re.I)
_IN_PLACE = re.compile(rf"^(?P<left>.*?)\b(?P<wh>{INTERROGATIVE})\b(?P<right>.*)$", re.I)
_ENDS_ASKING = re.compile(rf"\b{INTERROGATIVE}$", re.I)
_FRAME = re.compile(r"(?:en|à|au|dans|pour|avec|entre|pendant|niveau)\b", re.I)
_RELATIVE = re.compile(r"\b(?:qui|que|où|dont)\b|\bqu['’]", re.I)
_AND_ALSO = re.compile(r"\s*,?\s+(?:et|ou)\s+(?:vous|tu|ça|c['’]est|est-ce|comment|pourquoi|combien)\b.*$", re.I)
_SECOND = re.compile(r"\b(?:vous|tu|te|toi|t['’]|votre|vos|ton|ta|tes)\b", re.I)
_COMPLEMENT = re.compile(r"^(?:$|(?:par|en|à|au|aux|dans|sur|avec|pour|chez|entre|la nuit|l['’]été|l['’]hiver|"
                      r"le (?:matin|midi|soir|week-end|lundi|samedi|dimanche|reste|jour)|"
                      r"exactement|"
                      r"concrètement|toute|tous|quand|pendant|de la|de sa|de son|après|et où|et comment|et "
                      r"quand|et avec)\b)", re.I)  # fmt: skip


def about_the_trade(question: str, occupation: Occupation) -> str | None:
    """The question in the third person; None where that is not certain to be right."""
    question = re.sub(r"\s+(?:en tant que|en tant qu['’]|comme) ?" + re.escape(occupation.name) + r"\b", "", question)
    third = of_the_third(question)
    match = None if third is None else _INVERTED.match(third) or _YOU.match(third)
    if match is None:
        return None
    parts = match.groupdict()
    you = "tu" if parts["you"].lower() == "tu" else "vous"
    verb = third_person(parts["verb"], you)
    rest = _AND_ALSO.sub("", parts["rest"]).strip(" ,")
    pronoun = (parts.get("pronoun") or "").strip().lower()
    lived = verb == "est" and (_MOVED.match(rest) or pronoun in ("vous", "te", "t'", "t’"))
    if verb is None or lived or (verb == "a" and _PARTICIPLE.match(rest)):
        return None
    if pronoun in ("vous", "te", "t'", "t’"):
        pronoun = "s'" if verb[0] in "aeiouyhéèê" else "se "
    elif pronoun and not pronoun.endswith(("'", "’")):
        pronoun += " "
    if parts.get("negation") or (verb.endswith("rait") and occupation.indefinite is None):
        return None  # « que diriez-vous à ceux qui hésitent »: one person's advice, not « que dirait-on … comme »
    if _SECOND.search(rest) or _SECOND.search(parts["before"]):
        return None
    return _asked(parts["before"].strip(), pronoun + verb, rest, occupation)


def _asked(before: str, verb: str, rest: str, occupation: Occupation) -> str | None:
    before = before.rstrip(" ,") + ("," if before.endswith(",") else "")
    fronted = _FIRST.match(before)
    if fronted and fold(fronted["wh"].strip()) == "quand" and re.search(r",|\bet qu", rest):
        return None  # « quand vous êtes là-haut, ça bouge »: no question of time
    if fronted and not fronted["first"].strip(" ,"):
        return _with_word(fronted["wh"].strip(), verb, rest, occupation)
    plain = _YES_NO.match(before)
    first = plain["first"].strip() if plain else before
    framed = _FRAME.match(first) is not None and not fold(first).endswith(("que", "qui", "'"))
    placed = _IN_PLACE.match(rest)
    asks = placed is not None and asks_in_place(placed["left"], placed["wh"], placed["right"])
    if placed and asks and (not before or before.endswith(",") or (framed and first == before)):
        made = _with_word(placed["wh"], verb, f"{placed['left']} {placed['right']}".strip(), occupation)
        frame = f"{before.rstrip(',')}, " if before else ""
        return f"{frame}{made}" if made else None
    if _ENDS_ASKING.search(rest):
        return None  # « vous restez à côté de qui »: not « est-ce qu'un maçon reste à côté de qui »
    if first and not first.endswith(","):
        if not framed:
            return None
        first += ","
    told = _yes_no(verb, rest, occupation)
    return None if told is None else f"{first} {told}".strip()


def _yes_no(verb: str, rest: str, occupation: Occupation) -> str | None:
    # « vous regrettez pas ? » asks what « vous regrettez ? » asks.
    rest = re.sub(r"^pas (?:trop )?", "", rest)
    subject = occupation.indefinite
    if subject is None:
        if _RELATIVE.search(rest):
            return None  # « un patient qui n'a pas payé comme dentiste »
        return f"est-ce qu'on {verb} {rest} comme {occupation.name}"
    return f"est-ce qu'{subject} {verb} {rest}"


def _with_word(word: str, verb: str, rest: str, occupation: Occupation) -> str | None:
    wh = word.lower().strip()
    wh = "que" if fold(wh) in ("quoi", "qu'est-ce que", "qu'est-ce qu'", "que") else wh
    if fold(wh) == "que":
        rest = re.sub(r"^(?:comme (?:boulot|travail|métier|job)|au juste)\s*", "", rest)
        if verb[0] in "aeiouéèê" or verb.startswith("s'"):
            wh = "qu'"
    space = "" if wh.endswith("'") else " "
    subject = occupation.indefinite
    if subject is None:
        who = f"comme {occupation.name}"
        tail = f"{who} {rest}" if re.match(r"(?:quand|si|pendant|pour|entre)\b", rest) else f"{rest} {who}"
        return f"{wh}{space}{_inverted(verb, 'on')} {tail}"
    # « que kiffe un chocolatier le plus » would part the verb from what belongs to it.
    parted = re.match(r"le (?:plus|moins)\b", rest, re.I) is not None
    if fold(wh) in ("pourquoi", "qui") or parted or not _COMPLEMENT.match(rest):
        if wh == "qu'":
            return f"qu'est-ce qu'{subject} {verb} {rest}"
        if fold(wh) == "que":
            return f"qu'est-ce qu'{subject} {verb} {rest}"
        return f"{wh} {subject} {_inverted(verb, occupation.pronoun or 'on')} {rest}"
    return f"{wh}{space}{verb} {subject} {rest}"


def _inverted(verb: str, pronoun: str) -> str:
    link = "-t-" if fold(verb)[-1] in "aec" else "-"
    return f"{verb}{link}{pronoun}"

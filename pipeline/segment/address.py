"""« Vous »: a question put to one professional becomes a question about the trade.

Takes a question in the second person and the occupation; gives it in the third (« À quelle heure se lève un
boulanger »), with « on … comme ébéniste » where the gender is not known, or None where the question is about one
life (past tenses), or holds a second « vous » that cannot be turned.
"""

from __future__ import annotations

import re

from pipeline.segment.conjugation import third_person
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
    r"^(?P<first>.*?)(?P<wh>combien(?: d['’e] ?[\w]+)?|comment|où|quand|pourquoi|(?:à|a|de|en|avec|pour|sur|"
    r"chez|dans) (?:quoi|qui|quel(?:le)?s? [\w]+)|"
    r"quel(?:le)?s? [\w]+|qu['’]est-ce qu[e'’]|que|qui)\s*(?:est-ce que\s*)?$",
    re.I,
)
_YES_NO = re.compile(r"^(?P<first>.*?)(?:est-ce que\s*)?$", re.I)
_IN_PLACE = re.compile(
    r"^(?P<left>.*?)\b(?P<wh>quoi|(?:(?:pendant|depuis) )?combien(?: d['’e] ?[\w]+)?|comment|où|quand|qui|(?:à|a|de|"
    r"en|avec|pour|sur|"
    r"chez|dans) "
    r"(?:quoi|qui|quel(?:le)?s? [\w]+)|quel(?:le)?s? [\w]+)\b(?P<right>.*)$",
    re.I,
)
_AND_ALSO = re.compile(r"\s*,?\s+(?:et|ou)\s+(?:vous|tu|ça|c['’]est|est-ce|comment|pourquoi|combien)\b.*$", re.I)
_SECOND = re.compile(r"\b(?:vous|tu|te|toi|t['’]|votre|vos|ton|ta|tes)\b", re.I)
_COMPLEMENT = re.compile(r"^(?:$|(?:par|en|à|au|aux|dans|sur|avec|pour|chez|entre|la nuit|l['’]été|l['’]hiver|le |"
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
    placed = _IN_PLACE.match(rest)
    if placed and (not before or before.endswith(",")):
        made = _with_word(placed["wh"], verb, f"{placed['left']} {placed['right']}".strip(), occupation)
        return f"{before} {made}".strip() if made else None
    plain = _YES_NO.match(before)
    first = plain["first"].strip() if plain else before
    if first and not first.endswith(","):
        if not re.match(r"(?:en|à|au|dans|pour|avec|entre|pendant|niveau)\b", first, re.I) or fold(first).endswith(
            ("que", "qui", "'")
        ):
            return None
        first += ","
    return f"{first} {_yes_no(verb, rest, occupation)}".strip()


def _yes_no(verb: str, rest: str, occupation: Occupation) -> str:
    # « vous regrettez pas ? » asks what « vous regrettez ? » asks.
    rest = re.sub(r"^pas (?:trop )?", "", rest)
    subject = occupation.indefinite
    if subject is None:
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

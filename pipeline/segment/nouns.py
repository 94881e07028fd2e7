"""« Votre salaire », « ce métier », « faire ça »: whose, and which, said in full.

Takes a question and the occupation; gives the question with what points to the professional replaced by the
occupation (« le salaire d'une infirmière », « le métier d'ébéniste »). Only nouns of the table below, whose gender
is certain, lose their possessive: a wrong article would be worse than « votre ».
"""

from __future__ import annotations

import re

from pipeline.segment.conjugation import is_third_person
from pipeline.segment.lexicon import STOP_WORDS, fold
from pipeline.segment.occupation import Gender, Occupation, elides

_FEMININE_NOUNS_LIST = """
    journee formation equipe mission tache qualite competence difficulte contrainte anecdote semaine
    matinee soiree etude responsabilite paie remuneration passion motivation vocation experience
    specialite intervention tenue retraite carriere famille vie entreprise activite fonction
    condition vacance recompense erreur peur fierte particularite place reconversion voie ecole
    tournee creation collection clientele hierarchie candidature perspective evolution ambiance
"""
_FEMININE_NOUNS = frozenset(_FEMININE_NOUNS_LIST.split())
_MASCULINE_NOUNS_LIST = """
    salaire metier travail boulot job taf quotidien parcours role poste horaire conge diplome moment
    souvenir avantage inconvenient defaut conseil outil client patient collegue debouche risque
    danger stage planning rythme emploi revenu statut contrat secteur domaine objectif reve choix
    projet materiel uniforme patron employeur concours atout bureau atelier chantier restaurant
    salon cabinet laboratoire niveau cursus reveil compte choix avis cerveau corps week-end temps
    chef role but age cv sac camion bus
"""
_MASCULINE_NOUNS = frozenset(_MASCULINE_NOUNS_LIST.split())
_WORK = r"(?P<noun>métier|metier|travail|boulot|job|taf|profession)"
_AFTER = (
    r"(?P<after>(?: (?:préférée?s?|type|quotidien(?:ne)?s?|principale?s?|actuel(?:le)?s?|idéale?s?)| (?:le|"
    r"la|les) (?:plus|moins) [\w-]+)*)"
)

_BEFORE = r"(?P<before>(?:(?:plus )?(?:beau|belle|grande?|meilleure?|pire|première?|premier|gros|grosse|mauvaise?) )?)"
# « votre équipe de nuit » keeps « votre »: « l'équipe d'une infirmière de nuit » would say something else.
_ONE_OWN = re.compile(rf"\b(?:votre|ton|ta)\s+{_BEFORE}(?P<noun>[\w-]+){_AFTER}(?![\w-])(?! (?:de |du |d['’]))", re.I)
_SOME_OWN = re.compile(rf"\b(?:vos|tes)\s+(?P<noun>[\w-]+){_AFTER}(?![\w-])(?! (?:de |du |d['’]))", re.I)

_CONTRACTED = (
    (re.compile(r"\bde le (?P<next>[\w-]+)", re.I), "du "),
    (re.compile(r"\bde les (?P<next>[\w-]+)", re.I), "des "),
    (re.compile(r"\bà le (?P<next>[\w-]+)", re.I), "au "),
    (re.compile(r"\bà les (?P<next>[\w-]+)", re.I), "aux "),
)


def _is_infinitive(word: str) -> bool:
    """« obligée de le répéter »: « le » is a pronoun there."""
    return re.search(r"(?:(?<!i)er|ir|oir|re)$", word, re.I) is not None and gender_of_noun(fold(word)) is None


def gender_of_noun(folded: str) -> Gender | None:
    """The gender of a noun of interviews, singular or plural; None where it is not in the table."""
    for form in (folded, folded.removesuffix("s"), folded.removesuffix("x")):
        if form in _FEMININE_NOUNS:
            return Gender.FEMININE
        if form in _MASCULINE_NOUNS:
            return Gender.MASCULINE
    return None


def elided_de(text: str) -> str:
    """« de soudeur », « d'être »."""
    return f"d'{text}" if elides(text) else f"de {text}"


def resolved(question: str, occupation: Occupation) -> str:
    """The question with « votre métier », « votre salaire », « faire ça », « là-dedans » said in full."""
    of = occupation.of
    text = re.sub(
        rf"\b(?:ce|cette|votre|ton|mon) {_WORK}\b(?! (?:d['’]|de |du ))",
        lambda it: f"le {it['noun']} {of}",
        question,
        flags=re.I,
    )
    text = re.sub(r"\ble profession\b", "la profession", text)
    text = re.sub(r"\blà[- ]dedans\b", f"dans le métier {of}", text, flags=re.I)
    text = re.sub(r"\bpour (?:faire )?(?:ça|cela)\b", f"pour être {occupation.name}", text, flags=re.I)
    text = re.sub(
        r"\bpour (?:entrer|rentrer|travailler|être) chez (?:vous|toi)\b", f"pour être {occupation.name}", text
    )
    text = _ONE_OWN.sub(lambda it: _own(it, occupation), text)
    text = _SOME_OWN.sub(lambda it: _owns(it, occupation), text)
    for pattern, short in _CONTRACTED:
        text = pattern.sub(lambda it, short=short: it[0] if _is_infinitive(it["next"]) else short + it["next"], text)  # type: ignore[misc]
    return text


def _own(match: re.Match[str], occupation: Occupation) -> str:
    if _goes_on(match):
        return match[0]
    gender = gender_of_noun(fold(match["noun"])) or _told_gender(match)
    if gender is None:
        return match[0]
    follows = match["before"] or match["noun"]
    article = "l'" if elides(follows) else ("la " if gender is Gender.FEMININE else "le ")
    return f"{article}{match['before']}{match['noun']}{match['after']} {occupation.of_one}"


def _goes_on(match: re.Match[str]) -> bool:
    """« Votre cabinet parisien »: what follows may belong to the noun, and « d'une avocate » would part them."""
    follows = re.match(r" ([\w-]+)(?!['’])", match.string[match.end() :])
    if follows is None:
        return False
    word = fold(follows[1])
    return word not in STOP_WORDS and not is_third_person(word) and not word.endswith("ment")


def _told_gender(match: re.Match[str]) -> Gender | None:
    """« Ta planète », « ton cheval », « votre planète préférée »: the words around tell."""
    owner = match[0].split()[0].lower()
    if owner == "ta" or re.search(r"ée\b| la (?:plus|moins) ", match["after"]):
        return Gender.FEMININE
    if (owner == "ton" and not elides(match["before"] or match["noun"])) or re.search(r"é\b", match["after"]):
        return Gender.MASCULINE
    return None


def _owns(match: re.Match[str], occupation: Occupation) -> str:
    if _goes_on(match) or gender_of_noun(fold(match["noun"])) is None:
        return match[0]
    return f"les {match['noun']}{match['after']} {occupation.of_one}"


def of_the_third(question: str) -> str | None:
    """« votre métier » as « son métier », « vos outils » as « ses outils »; None where a gender is not certain."""
    text = re.sub(r"\b(?:vos|tes)\b", "ses", question, flags=re.I)
    text = re.sub(r"\bce (métier|travail|boulot|job)\b", r"son \1", text)
    for match in re.finditer(r"\b(?:votre|ton|ta)\s+([\w-]+)", text, re.I):
        gender = gender_of_noun(fold(match[1]))
        if gender is None and not elides(match[1]):
            return None
        text = text.replace(
            match[0], f"{'sa' if gender is Gender.FEMININE and not elides(match[1]) else 'son'} {match[1]}"
        )
    return text

"""An occupation in a French sentence: its gender where its ending tells it, its article, its elision.

Takes the declared occupation (« commissaire-priseuse »), gives « une commissaire-priseuse », « le métier de
commissaire-priseuse », « d'infirmière ». An occupation whose form is the same for all (« ébéniste », « comptable »)
has no gender here, and so never an article that could be wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from pipeline.segment.lexicon import fold

_FEMININE = re.compile(
    r"(?:iere|euse|trice|ienne|enne|onne|eresse|esse|ante|ente|ee|ive|elle|ouse|onde|ole|ine|ande|arde|ere|eure|que"
    r"(?<=mecanique))$"
)
_MASCULINE = re.compile(
    r"(?:ier|eur|teur|ien|on|ant|ent|eux|if|el|oux|er|ard|ard|ais|ois|in|and|at|et|al|ais|eil|our|ol|ai|ot|"
    r"e(?<=gendre))$"
)
_EPICENE = re.compile(r"(?:iste|aire|logue|peute|crate|phe|tre|que|ble|ste)$")  # « journaliste », « notaire »
# Endings that look gendered and are not, and words whose gender no ending tells.
_SAME_FOR_ALL_LIST = """
    guide garde kine capitaine concierge gendarme pilote modele mannequin medecin chef ministre militaire
    vigile juge maire trader manager designer coach leader web community product lead data cadre
    game ux ui brand scrum contremaitre
"""
_SAME_FOR_ALL = frozenset(_SAME_FOR_ALL_LIST.split())
_KNOWN_GENDER = {
    "sage-femme": "f", "steward": "m", "hotesse": "f", "maitresse": "f", "cheffe": "f", "agente": "f", "agent": "m",
    "clerc": "m", "marin": "m", "marin-pecheur": "m", "croque-mort": "m", "barman": "m", "barmaid": "f",
    "chef": "m", "commandante": "f", "commandant": "m", "avocate": "f", "medecin": None, "juge": None,
    "conservatrice": "f", "ingenieure": "f", "ingenieur": "m", "professeure": "f", "professeur": "m",
    "gardien": "m", "gardienne": "f", "mecanicienne": "f", "employe": "m", "employee": "f", "charge": "m",
    "chargee": "f", "attache": "m", "attachee": "f", "apprenti": "m",
    "apprentie": "f", "delegue": "m", "deleguee": "f", "cavaliere": "f",
}  # fmt: skip
# An h that is pronounced apart: « le métier de handballeur ».
_ASPIRATED = re.compile(r"^(?:hand|hock|hack|harp|haut|homard|housse|hip|halter|harnach|hors|hotte|hussard|heraut)")
_VOWEL = re.compile(r"^(?:[aeiou]|y(?![aeiou])|h)")
_JOINED = re.compile(r"^[a-zà-ÿ]")


class Gender(StrEnum):
    """Grammatical gender of an occupation as declared."""

    FEMININE = "f"
    MASCULINE = "m"


@dataclass(frozen=True, slots=True)
class Occupation:
    """An occupation and the forms that a title needs. ``name`` is as declared, its first letter lowered."""

    name: str
    gender: Gender | None

    @property
    def indefinite(self) -> str | None:
        """« une infirmière », « un soudeur »; None where the gender is not known."""
        if self.gender is None:
            return None
        return f"{'une' if self.gender is Gender.FEMININE else 'un'} {self.name}"

    @property
    def of(self) -> str:
        """« d'infirmière », « de soudeur »."""
        return f"d'{self.name}" if elides(self.name) else f"de {self.name}"

    @property
    def of_one(self) -> str:
        """« d'une infirmière », « de l'ébéniste », « de comptable »: never an article that could be wrong."""
        if self.indefinite is not None:
            return f"d'{self.indefinite}"
        return f"de l'{self.name}" if elides(self.name) and self.name[0].islower() else self.of

    @property
    def pronoun(self) -> str | None:
        """« elle », « il »; None where the gender is not known."""
        return {Gender.FEMININE: "elle", Gender.MASCULINE: "il", None: None}[self.gender]


def occupation_of(declared: str | None) -> Occupation | None:
    """The occupation as titles use it; None where none is declared, or where it is no name of an occupation.

    Both forms at once (« infirmier/infirmière », « infirmier·ère ») cannot be put in a sentence: None.
    """
    name = " ".join((declared or "").split()).strip(" .,;:")
    if not name or not re.search(r"[^\W\d_]{2}", name) or re.search(r"[/·•()|]", name) or len(name) > _LONGEST:
        return None
    first = name.split(" ", 1)[0]
    if _JOINED.match(first[1:]) or len(first) == 1:
        name = name[0].lower() + name[1:]  # « Infirmière » but « UX designer »
    return Occupation(name, gender_of(name))


_LONGEST = 45
"""Characters: a longer one leaves no room for a question in a title of eighty."""


def gender_of(name: str) -> Gender | None:
    """The gender that the first word tells (« technicienne de maintenance »); None where it tells none."""
    first = fold(name).split(" ", 1)[0]
    head = first.split("-")[-1] if first not in _KNOWN_GENDER and first not in _SAME_FOR_ALL else first
    known = _KNOWN_GENDER.get(first, _KNOWN_GENDER.get(head, ""))
    if known != "":
        return Gender(known) if known else None
    if first in _SAME_FOR_ALL or head in _SAME_FOR_ALL or _EPICENE.search(head):
        return _gender_of_adjective(fold(name), first)
    if _FEMININE.search(head):
        return Gender.FEMININE
    return Gender.MASCULINE if _MASCULINE.search(head) else None


def _gender_of_adjective(name: str, first: str) -> Gender | None:
    """« Garde forestier », « secrétaire médicale »: the second word tells, where it agrees with the first."""
    second = _AGREES.match(name)
    if second is None or first in _ENGLISH or second[1] in _SAME_FOR_ALL:
        return None
    if _FEMININE_ADJECTIVE.search(second[1]):
        return Gender.FEMININE
    return Gender.MASCULINE if _MASCULINE_ADJECTIVE.search(second[1]) else None


_AGREES = re.compile(r"^[\w-]+ (?!de\b|du\b|des\b|d'|en\b|a\b|au\b|aux\b|pour\b|sur\b|dans\b|chez\b)([a-z]{4,})(?: |$)")
_FEMININE_ADJECTIVE = re.compile(r"(?:iere|ienne|ive|ale|elle|trice|euse)$")
_MASCULINE_ADJECTIVE = re.compile(r"(?:ier|ien|if|al|el)$")
_ENGLISH_LIST = """
    web community product lead data game ux ui brand scrum
"""
_ENGLISH = frozenset(_ENGLISH_LIST.split())


def elides(word: str) -> bool:
    """Whether « de », « le », « que » lose their vowel before a word."""
    folded = fold(word)
    return _VOWEL.match(folded) is not None and _ASPIRATED.match(folded) is None

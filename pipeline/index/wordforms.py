"""Other writings of one word: its masculine, its full form, the number it says.

Takes a folded word, gives the folded word whose terms it shares. The feminine of an occupation leads to its masculine
(développeuse, directrice, boulangère, cheffe), by rules where French has rules and by a list where it has none; a
clipped or borrowed word leads to the plain one (kiné, taf, job). It is applied to what is indexed and to what is
asked alike, so that either finds the other. A rule that meets a word that is no occupation does no harm: nobody writes
« heureur ».
"""

from __future__ import annotations

import re

_SUFFIXES = (
    ("trice", "teur"),
    ("euse", "eur"),
    ("eure", "eur"),
    ("iere", "ier"),
    ("ere", "er"),
    ("ienne", "ien"),
    ("onne", "on"),
    ("anne", "an"),
    ("ive", "if"),
    ("effe", "ef"),
    ("aine", "ain"),
)
"""Feminine ending, masculine ending, both folded; the first that fits is taken."""

_SHORTEST_STEM = 3
"""Letters before the ending: « bergère » has four, « mère » and « père » one, « chère » two."""

# Ordinary words whose supposed masculine is another ordinary word.
_NO_FEMININE_LIST = """
    matiere carriere maniere priere lumiere riviere barriere poussiere colere severe derniere entiere legere derriere
    croisiere austere misere sphere atmosphere cratere personne consonne colonne semaine centaine dizaine vingtaine
    douzaine trentaine domaine fontaine laine haine veine capitaine heure exterieure interieure meilleure demeure
    majeure mineure superieure inferieure panne canne cabane savane archive alternative initiative perspective arrive
    derive matrice banniere frontiere chaumiere lisiere litiere gouttiere
"""
_NO_FEMININE = frozenset(_NO_FEMININE_LIST.split())

_IRREGULAR = {
    "maitresse": "maitre",
    "maitresses": "maitre",
    "hotesse": "hote",
    "hotesses": "hote",
    "doctoresse": "docteur",
    "poetesse": "poete",
    "mairesse": "maire",
    "actrice": "acteur",
    "autrice": "auteur",
    "cheffe": "chef",
    "cheffes": "chef",
    "serveure": "serveur",
    "compagnonne": "compagnon",
    "maieuticien": "sagefemme",
    "maieuticienne": "sagefemme",
}
"""Feminines that no rule gives, and the man's name of a trade that has a woman's."""

_FULL = {
    "kine": "kinesitherapeute",
    "kines": "kinesitherapeute",
    "veto": "veterinaire",
    "vetos": "veterinaire",
    "prof": "professeur",
    "profs": "professeur",
    "dev": "developpeur",
    "devs": "developpeur",
    "inge": "ingenieur",
    "infographe": "infographiste",
    "ortho": "orthophoniste",
    "compta": "comptabilite",
    "psy": "psychologue",
    "archi": "architecte",
    "instit": "instituteur",
    "instits": "instituteur",
    "resto": "restaurant",
    "restos": "restaurant",
    "labo": "laboratoire",
    "labos": "laboratoire",
    "fac": "universite",
    "facs": "universite",
    "info": "informatique",
    "maths": "mathematiques",
    "math": "mathematiques",
    "bio": "biologie",
    "techno": "technologie",
    "pro": "professionnel",
    "asso": "association",
    "assos": "association",
    "ordi": "ordinateur",
    "ordis": "ordinateur",
    "appli": "application",
    "ia": "intelligence",
    "taf": "travail",
    "boulot": "travail",
    "boulots": "travail",
    "job": "travail",
    "jobs": "travail",
    "taff": "travail",
    "bosser": "travailler",
    "bosse": "travailler",
    "bossez": "travailler",
    "thune": "argent",
    "thunes": "argent",
    "fric": "argent",
    "tunes": "argent",
    "paye": "salaire",
    "paie": "salaire",
    "galere": "difficile",
    "relou": "penible",
    "designer": "concepteur",
    "developer": "developpeur",
    "developers": "developpeur",
    "team": "equipe",
    "boss": "patron",
    "skills": "competences",
    "skill": "competences",
    "coder": "programmer",
}
"""Clipped, spoken and borrowed words, and the plain word that means the same. Both terms are kept."""

_PLURAL = re.compile(r"(?<=[a-z]{3})s$")


def equivalent(folded: str) -> str | None:
    """The folded word that this one also stands for; None where it stands for itself only."""
    known = _FULL.get(folded) or _IRREGULAR.get(folded)
    if known is not None:
        return known if known != folded else None
    return masculine(folded)


def masculine(folded: str) -> str | None:
    """The masculine of a word with a feminine ending, in the singular; None for any other word."""
    word = _PLURAL.sub("", folded)
    if word in _NO_FEMININE:
        return None
    irregular = _IRREGULAR.get(word)
    if irregular is not None:
        return irregular
    for feminine, ending in _SUFFIXES:
        if word.endswith(feminine) and len(word) - len(feminine) >= _SHORTEST_STEM:
            return word[: -len(feminine)] + ending
    return None

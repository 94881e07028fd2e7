"""« Vous gagnez » and « tu gagnes » in the third person: what a question to one professional becomes for a title.

Takes a verb of the second person, present or conditional, gives its third person singular, or None where this is
not known for certain (past tenses, which tell one life and not a trade). Regular verbs by rule, the others by table.
"""

from __future__ import annotations

import re

from pipeline.segment.lexicon import fold

_FROM_VOUS = {
    "faites": "fait", "êtes": "est", "avez": "a", "savez": "sait", "pouvez": "peut", "voulez": "veut",
    "devez": "doit", "venez": "vient", "tenez": "tient", "obtenez": "obtient", "prenez": "prend",
    "apprenez": "apprend", "comprenez": "comprend", "mettez": "met", "permettez": "permet",
    "connaissez": "connaît", "finissez": "finit", "choisissez": "choisit", "réussissez": "réussit",
    "remplissez": "remplit", "réfléchissez": "réfléchit", "fournissez": "fournit", "dormez": "dort",
    "partez": "part", "sortez": "sort", "servez": "sert", "sentez": "sent", "vivez": "vit", "suivez": "suit",
    "écrivez": "écrit", "décrivez": "décrit", "lisez": "lit", "dites": "dit", "voyez": "voit", "croyez": "croit",
    "recevez": "reçoit", "construisez": "construit", "conduisez": "conduit", "produisez": "produit",
    "vendez": "vend", "rendez": "rend", "répondez": "répond", "attendez": "attend", "perdez": "perd",
    "entendez": "entend", "défendez": "défend", "dépendez": "dépend", "allez": "va", "buvez": "boit",
    "courez": "court", "cuisez": "cuit", "peignez": "peint", "éteignez": "éteint", "plaisez": "plaît",
    "levez": "lève", "menez": "mène", "amenez": "amène", "emmenez": "emmène", "achetez": "achète",
    "pesez": "pèse", "soulevez": "soulève", "promenez": "promène", "appelez": "appelle", "rappelez": "rappelle",
    "jetez": "jette", "payez": "paie", "essayez": "essaie", "employez": "emploie", "nettoyez": "nettoie",
    "envoyez": "envoie", "étudiez": "étudie", "vérifiez": "vérifie", "appréciez": "apprécie", "gérez": "gère",
    "photographiez": "photographie", "triez": "trie", "publiez": "publie", "relevez": "relève", "battez": "bat",
}  # fmt: skip
_FROM_TU = {
    "fais": "fait", "es": "est", "as": "a", "sais": "sait", "peux": "peut", "veux": "veut", "dois": "doit",
    "viens": "vient", "tiens": "tient", "prends": "prend", "apprends": "apprend", "comprends": "comprend",
    "mets": "met", "connais": "connaît", "finis": "finit", "choisis": "choisit", "dors": "dort", "pars": "part",
    "sors": "sort", "sers": "sert", "vis": "vit", "suis": "suit", "écris": "écrit", "lis": "lit", "dis": "dit",
    "vois": "voit", "crois": "croit", "reçois": "reçoit", "construis": "construit", "conduis": "conduit",
    "vends": "vend", "réponds": "répond", "attends": "attend", "perds": "perd", "vas": "va", "cours": "court",
    "bosses": "bosse", "aimes": "aime",
}  # fmt: skip
_ACUTE = re.compile(r"é([^aeiouyéèêâîôûàù]+)$")
_THIRD = {fold(second): fold(third) for table in (_FROM_VOUS, _FROM_TU) for second, third in table.items()}
_REGULAR_LIST = """
    commence dure change ressemble arrive permet manque augmente aide aime existe consiste demande accepte passe coute
    evolue varie reste rapporte suffit
"""
_KNOWN_THIRD = frozenset(_THIRD.values()) | frozenset(_REGULAR_LIST.split())
_ENDING = re.compile(r"(?:iez|ez|es|e|er|ent|ons|ait|ais|s|t)$")
_FIRST_GROUP_LIST = """
    glissez hissez tissez vissez dévissez plissez coulissez tapissez lissez ratissez
"""
_FIRST_GROUP = frozenset(_FIRST_GROUP_LIST.split())
_PREFIXED = re.compile(r"(re|de|par|com|per|pro|sou|sur|main|entre|con|pour|inter|trans|ad)(\w{5,})$")
_SHORTEST_ROOT = 3  # letters: « us|e » and « us|ez » are one verb, « un » and « une » are not asked


def third_person(verb: str, subject: str) -> str | None:
    """The third person singular of a verb whose subject is « vous » or « tu »; None where it is not certain."""
    low = verb.lower()
    return _from_tu(low) if subject == "tu" else _from_vous(low)


def is_third_person(word: str) -> bool:
    """Whether a folded word is for certain a verb of the third person: « suffit », « commence », not « difficile »."""
    return word in _KNOWN_THIRD or word.removesuffix("nt") in _KNOWN_THIRD


def _from_tu(low: str) -> str | None:
    if low in _FROM_TU:
        return _FROM_TU[low]
    if low.endswith("rais"):  # « conseillerais »
        return low[:-1] + "t"
    return low[:-1] if low.endswith("es") and len(low) > 4 else None


def _from_vous(low: str) -> str | None:
    if low in _FROM_VOUS:
        return _FROM_VOUS[low]
    again = _PREFIXED.match(low)
    if again and again[2] in _FROM_VOUS:  # « remettez », « devenez », « maintenez »
        return again[1] + _FROM_VOUS[again[2]]
    if low.endswith("riez"):  # « conseilleriez », but also the past of « offriez »: rare in questions
        return low[:-3] + "ait"
    if re.search(r"(?<![aoe])issez$", low) and low not in _FIRST_GROUP:  # « nourrissez », « réunissez »
        return low.removesuffix("ssez") + "t"
    if not low.endswith("ez") or low.endswith("iez") or len(low) < 5:
        return None
    return _ACUTE.sub(r"è\1", low[:-2]) + "e"


def same_verb(word: str, said: str) -> bool:
    """Whether two folded words are forms of one verb: by the tables, or by what stands before the ending."""
    if _THIRD.get(said) == word:
        return True
    root, other = _ENDING.sub("", word), _ENDING.sub("", said)
    return len(root) >= _SHORTEST_ROOT and root == other

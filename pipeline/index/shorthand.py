"""How teenagers type: « c koi la journée dune infirmiere », and the French that it stands for.

Takes a question as typed, gives it written out. Only what cannot be another word is replaced at once; a short form
that could be one (« c », « g », « ds ») waits for other signs of shorthand in the same question. What is not in the
list is left to the speller, which knows the library's own words.
"""

from __future__ import annotations

import re

from pipeline.index.analysis import fold

_SURE = {
    "koi": "quoi", "kwa": "quoi", "pk": "pourquoi", "pq": "pourquoi", "pkoi": "pourquoi", "pourkoi": "pourquoi",
    "prkoi": "pourquoi", "kom": "comme", "komen": "comment", "komment": "comment", "coment": "comment",
    "cmt": "comment", "cmnt": "comment", "cmb": "combien", "combi1": "combien", "konbien": "combien",
    "kombien": "combien", "kel": "quel", "kelle": "quelle", "kels": "quels", "kelles": "quelles", "ki": "qui",
    "ke": "que", "kan": "quand", "kand": "quand", "qd": "quand", "keske": "qu'est-ce que", "keskon": "qu'est-ce qu'on",
    "kestion": "question", "esk": "est-ce que", "eske": "est-ce que", "estce": "est-ce", "skon": "ce qu'on",
    "ske": "ce que", "bcp": "beaucoup", "bocou": "beaucoup", "tjs": "toujours", "tjrs": "toujours", "tjr": "toujours",
    "tt": "tout", "tte": "toute", "ts": "tous", "jms": "jamais", "mtn": "maintenant", "mnt": "maintenant",
    "qqn": "quelqu'un", "qqch": "quelque chose", "qlq": "quelque", "avk": "avec", "avc": "avec", "chui": "je suis",
    "jsuis": "je suis", "jveu": "je veux", "jveux": "je veux", "jvoudrai": "je voudrais", "jpeux": "je peux",
    "jai": "j'ai", "jaime": "j'aime", "jsp": "je ne sais pas", "cest": "c'est", "cé": "c'est", "dla": "de la",
    "dun": "d'un", "dune": "d'une", "lécole": "l'école", "lecole": "l'école", "lhopital": "l'hôpital",
    "ya": "il y a", "yatil": "y a-t-il", "yaura": "il y aura", "fo": "faut", "fau": "faut", "fodra": "faudra",
    "boulo": "boulot", "tro": "trop", "bôcoup": "beaucoup", "etud": "études", "etude": "étude",
    "metié": "métier", "métié": "métier", "metie": "métier", "lycé": "lycée", "colege": "collège", "aprè": "après",
    "apre": "après", "dvenir": "devenir", "dvnir": "devenir", "journé": "journée", "jourée": "journée",
    "gagn": "gagne", "salair": "salaire", "stp": "", "svp": "", "slt": "", "bjr": "", "lol": "", "mdr": "", "ptdr": "",
    "wsh": "", "wesh": "", "nn": "non", "rdv": "rendez-vous", "fé": "fais",
    "vrm": "vraiment", "vrmt": "vraiment", "pcq": "parce que", "pck": "parce que", "paske": "parce que",
    "psk": "parce que", "nrj": "énergie", "appart": "appartement", "1fo": "info", "2main": "demain", "koman": "comment",
    "demin": "demain", "aujourdhui": "aujourd'hui", "ojd": "aujourd'hui", "auj": "aujourd'hui",
}  # fmt: skip
"""Folded or as typed; none is a French word that a visitor would look for."""

_UNSURE = {
    "c": "c'est", "g": "j'ai", "ds": "dans", "pr": "pour", "ns": "nous", "vs": "vous", "d": "des", "l": "elle",
    "m": "aime", "t": "tu es", "j": "je", "k": "que", "q": "que", "sa": "ça", "ces": "c'est", "sai": "c'est",
    "fer": "faire", "fere": "faire", "é": "et", "e": "et", "o": "au", "2": "de", "1": "un", "pa": "pas",
}  # fmt: skip
"""Replaced only beside sure signs: « permis C », « vitamine D », « le fer », « 2 ans » stay what they are."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_QUESTION = {"koi", "quoi", "kwa", "ki", "qui", "kel", "quel", "quelle", "kan", "quand", "comment", "komen", "combien"}


def written_out(question: str) -> str:
    """The question in plain French; itself where nothing in it is shorthand."""
    words = list(_WORD.finditer(question))
    if not words:
        return question
    typed = [word[0].lower() for word in words]
    signs = [_sure(one) is not None for one in typed]
    result, done = "", 0
    for place, word in enumerate(words):
        new = _sure(typed[place])
        if new is None and typed[place] in _UNSURE and _in_shorthand(typed, signs, place):
            new = _UNSURE[typed[place]]
        if new is not None:
            result += question[done : word.start()] + new
            done = word.end()
    if not done:
        return question
    return re.sub(r"\s+", " ", result + question[done:]).strip() or question


def _sure(word: str) -> str | None:
    return _SURE.get(word, _SURE.get(fold(word)))


def _in_shorthand(typed: list[str], signs: list[bool], place: int) -> bool:
    """Whether an ambiguous short form is one: beside a sure sign; for « c », before a question word."""
    if typed[place] == "c" and typed[place + 1 : place + 2] and typed[place + 1] in _QUESTION:
        return True
    if typed[place].isdigit():
        return False
    return any(signs[max(0, place - 1) : place + 2]) or sum(signs) > 1

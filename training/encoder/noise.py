"""How French is really typed: text-message spelling and slips of the finger, added to training texts.

Takes a text and a random generator, gives the text misspelled. Accents and capitals need no help: the tokenizer
folds them away.
"""

from __future__ import annotations

import random
import re

SHORT = {
    "c'est": "c", "ce sont": "c", "qu'est-ce que c'est": "c koi", "quoi": "koi", "pourquoi": "pk", "comment": "cmt",
    "combien": "cb", "beaucoup": "bcp", "toujours": "tjr", "tout": "tt", "tous": "ts", "parce que": "pck",
    "pour": "pr", "dans": "ds", "quand": "qd", "avec": "ac", "sans": "san", "est-ce que": "esk", "que": "ke",
    "qui": "ki", "je suis": "jsuis", "je sais": "jsais", "j'ai": "jai", "il faut": "fo", "faut": "fo",
    "quel": "kel", "quelle": "kel", "quelles": "kel", "quels": "kel", "quelqu'un": "kelkun", "travail": "taf",
    "travailler": "taffer", "vraiment": "vrmt", "maintenant": "mtn", "aujourd'hui": "ajd", "demain": "dem1",
    "après": "apré", "métier": "metié", "métiers": "metié", "vous": "vs", "nous": "ns", "les": "lé", "des": "dé",
    "mais": "ms", "même": "mm", "jamais": "jms", "temps": "tps", "plus": "plu", "pas": "pa", "trop": "tro",
    "sont": "son", "moins": "moin", "bien": "bi1", "rien": "ri1", "chez": "ché", "gens": "jen", "être": "etr",
    "salut": "slt", "peut-être": "ptet", "quelque chose": "qqch", "ça": "sa", "se": "ce", "et": "é",
}  # fmt: skip
_WORDS = re.compile("|".join(rf"\b{re.escape(word)}(?!\w)" for word in sorted(SHORT, key=len, reverse=True)))

_SOUNDS = (
    (re.compile(r"eau\b"), "o"), (re.compile(r"eaux\b"), "o"), (re.compile(r"au"), "o"), (re.compile(r"qu"), "k"),
    (re.compile(r"ph"), "f"), (re.compile(r"ez\b"), "é"), (re.compile(r"er\b"), "é"), (re.compile(r"ais?\b"), "é"),
    (re.compile(r"ent\b"), "e"), (re.compile(r"s\b"), ""), (re.compile(r"([bcdfglmnprst])\1"), r"\1"),
    (re.compile(r"tion\b"), "sion"), (re.compile(r"\bh"), ""), (re.compile(r"th"), "t"), (re.compile(r"e\b"), ""),
    (re.compile(r"y"), "i"), (re.compile(r"ç"), "s"), (re.compile(r"oi"), "oi"), (re.compile(r"t\b"), ""),
)  # fmt: skip

_LONG_ENOUGH = 4
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def typed(text: str, rng: random.Random) -> str:
    """The text as a hurried fifteen-year-old might type it."""
    lower = text.lower().replace("’", "'")
    short = _WORDS.sub(lambda found: SHORT[found[0]] if rng.random() < 0.7 else found[0], lower)
    return " ".join(_misspelled(word, rng) for word in short.split())


def _misspelled(word: str, rng: random.Random) -> str:
    if len(word) <= _LONG_ENOUGH or not word.isalpha():
        return word
    draw = rng.random()
    if draw < 0.3:
        sound, written = rng.choice(_SOUNDS)
        return sound.sub(written, word)
    if draw < 0.42:
        return _slip(word, rng)
    return word


def _slip(word: str, rng: random.Random) -> str:
    """One letter lost, doubled, exchanged with its neighbour or replaced."""
    at = rng.randrange(1, len(word) - 1)
    kind = rng.randrange(4)
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[:at] + word[at] + word[at:]
    if kind == 2:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + rng.choice(_LETTERS) + word[at + 1 :]

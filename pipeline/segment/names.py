"""Names called out: which capitalised words of a clip are people spoken to, and not what is spoken of.

Takes the clip's sentences, gives the words to leave out of titles and summaries. No list of first names (Paris and
Camille are both): a name is what follows « je m'appelle », « Madame », « Bonjour », or stands between commas where
somebody is spoken to, and is nowhere in the clip part of a sentence. « Python, vous l'utilisez ? » keeps Python: a
pronoun takes it up.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_NAME = r"[A-ZÀ-ÝŒ][a-zà-ÿœ]+(?:-[A-ZÀ-ÝŒ][a-zà-ÿœ]+)*"
_TITLE = r"(?:[Mm]adame|[Mm]onsieur|[Mm]ademoiselle|[Mm]me|Mlle|M\.|[Dd]octeur|Dr)"
_TOLD = (
    re.compile(
        rf"\b(?:[Jj]e m['’]appelle|[Mm]on (?:prénom|nom)(?:,? c['’]est| est)|[Mm]oi,? c['’]est)"
        rf"\s+({_NAME}(?:\s{_NAME})?)"
    ),
    re.compile(rf"\b(?:[Mm]adame|[Mm]onsieur|[Mm]ademoiselle|[Mm]me|Mlle|M\.|[Dd]octeur|Dr)\s+({_NAME}(?:\s{_NAME})?)"),
    re.compile(rf"^(?:[Bb]onjour|[Bb]onsoir|[Ss]alut|[Cc]oucou|[Mm]erci(?: beaucoup)?|[Aa]u revoir)\s+({_NAME})\b"),
    # A host who reads out the young people's questions: « question de Léa », « c'est Léa qui demande… ».
    re.compile(rf"\b[Qq]uestion(?: suivante)?,?\s+(?:de\s+|d['’])({_NAME})"),
    re.compile(rf"\b({_NAME})\s+(?:qui |se )?(?:demande|voudrait savoir|voulait savoir|aimerait savoir)\b"),
    re.compile(rf"\b(?:[Mm]erci|[Bb]onjour|[Ss]alut)\s*,\s*({_NAME})\s*(?=[,.!?])"),
)
_FIRST_CALLED = re.compile(rf"^({_NAME})\s*,\s+(?P<rest>.+)$")
_LAST_CALLED = re.compile(rf",\s*({_NAME})\s*[?.!…]*$")
_BETWEEN = re.compile(rf",\s*({_NAME})\s*,")
# Who is spoken to is « vous » or « tu » in the same sentence; what is spoken of is taken up by « ça », « l' », « en ».
_SPOKEN_TO = re.compile(r"\b(?:vous|tu|votre|vos|ton|ta|tes|te|toi|t['’])", re.I)
_TAKEN_UP = re.compile(
    r"\b(?:(?<!faire )(?<!comme )ça|cela|c['’]est|c['’]était|l['’]\w|il|elle|ils|elles|en|y|ce|où)\b|\bl['’]", re.I
)
# Capitalised, before a comma at the start, and never somebody.
_NEVER_LIST = """
    oui non alors donc mais et bon ben bah euh voilà enfin après avant puis ensuite sinon
    franchement honnêtement concrètement justement déjà parfois souvent maintenant aujourd’hui
    aujourd'hui d'accord ok okay merci bonjour parcoursup python java paris lyon marseille lille
    toulouse bordeaux nantes strasbourg rennes france europe excel photoshop chatgpt internet
    instagram tiktok youtube erasmus noël ici là physiquement personnellement évidemment madame
    monsieur docteur maître chef cheffe
"""
_NEVER = frozenset(_NEVER_LIST.split())


def names_in(texts: Sequence[str]) -> frozenset[str]:
    """The names of people who are spoken to, or say who they are, in these sentences."""
    found = {name for text in texts for pattern in _TOLD for group in pattern.findall(text) for name in group.split()}
    called = {name for text in texts for name in _called(text)}
    used = {name for name in called if any(_is_used(name, text) for text in texts)}
    return frozenset(name for name in (found | (called - used)) if name.lower() not in _NEVER)


def without_names(text: str, names: frozenset[str]) -> str:
    """A sentence without the names, the titles before them and the commas around them."""
    for name in sorted(names, key=len, reverse=True):
        if name not in text:
            continue
        who = rf"(?:{_TITLE}\s+)?{re.escape(name)}\b(?![-'’])"
        text = re.sub(rf"(?<=uestion)((?: suivante)?),?\s+(?:de\s+|d['’]){who}", r"\1", text)
        text = re.sub(rf"^{who}\s*,?\s*", "", text)
        text = re.sub(rf"\s*,\s*{who}\s*(?=[,?.!…]|$)", "", text)
        text = re.sub(rf"\s*\b{who}", "", text)
    return text


def _called(text: str) -> list[str]:
    names = []
    first = _FIRST_CALLED.match(text)
    if first and _SPOKEN_TO.search(first["rest"]) and not _TAKEN_UP.search(first["rest"]):
        names.append(first[1])
    if _SPOKEN_TO.search(text):
        last = _LAST_CALLED.search(text)
        names += [last[1]] if last else []
        names += _BETWEEN.findall(text)
    return names


def _is_used(name: str, text: str) -> bool:
    """Whether a word stands inside a sentence, not called: after a small letter without a comma, or before a verb."""
    return re.search(rf"[\w'’]\s*(?<!,)\s{re.escape(name)}\b(?!\s*,)", text) is not None and not re.search(
        rf"\b(?:[Bb]onjour|[Ss]alut|[Mm]erci|[Mm]adame|[Mm]onsieur|m['’]appelle|c['’]est)\s+{re.escape(name)}\b", text
    )

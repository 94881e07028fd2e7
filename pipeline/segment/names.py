"""Names of people: which words of a clip name somebody, so that titles and summaries name nobody.

Takes the clip's sentences; gives the names in them, a sentence without those that can go, and whether one is left.
A word names somebody where the sentence says so (« je m'appelle », « Madame », « ma collègue Fatou », a name between
commas where somebody is spoken to), or where it is a given name (``given_names.txt``, common in France, our own list)
with its capital inside a sentence, unless it belongs to a place or an institution (« lycée Jean-Moulin », « à
Florence »). « Python, vous l'utilisez ? » keeps Python: a pronoun takes it up.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources

_NAME = r"[A-ZÀ-ÝŒ][a-zà-ÿœ]+(?:-[A-ZÀ-ÝŒ][a-zà-ÿœ]+)*"
_FULL = rf"{_NAME}(?:\s(?:(?:de|du|le|la|ben|el|da|van)\s)?{_NAME})?"
_TITLE = r"(?:[Mm]adame|[Mm]onsieur|[Mm]ademoiselle|[Mm]me|Mlle|M\.|[Dd]octeur|Dr|[Mm]aître)"
_OWN = r"\b(?:[Mm]on|[Mm]a|[Mm]es|[Tt]on|[Tt]a|[Ss]on|[Ss]a|[Nn]otre|[Vv]otre|[Ll]eur|[Uu]n|[Uu]ne|[Ll]e|[Ll]a|[Dd]es)"
_WHO_LIST = """
    collègues? patronn?e? chefs? cheffe associée? mari femme compagn(?:on|e) copains? copines? potes? amie? amis
    meilleure? frères? sœurs? soeurs? mère père parrain marraine oncle tante cousine? cousins? fils filles? bébé
    voisine? neveu nièce prof professeure? tuteur tutrice maître maîtresse apprentie? stagiaire élève étudiante? dame
    papa maman garçon petite? petits? directeur directrice entraîneur entraîneuse coach responsable binôme
    grand-(?:mère|père) gars mec fille nana
"""
_WHO = rf"{_OWN}\s(?:[\w'’-]+\s)?(?:{'|'.join(_WHO_LIST.split())})(?:\s(?:de\s)?(?:stage|d['’]apprentissage))?"
_TOLD = (
    re.compile(
        rf"\b(?:[Jj]e m['’]appelle|(?:s['’]|t['’]|vous vous )appel(?:le|lent|ait|ez)|prénommée?|nommée?"
        rf"|[Mm]on (?:prénom|nom)(?:,? c['’]est| est)|[Mm]oi,? c['’]est)\s+({_FULL})"
    ),
    re.compile(rf"\b{_TITLE}\s+({_FULL})"),
    re.compile(rf"^(?:[Bb]onjour|[Bb]onsoir|[Ss]alut|[Cc]oucou|[Mm]erci(?: beaucoup)?|[Aa]u revoir)\s+({_NAME})\b"),
    # A host who reads out the young people's questions: « question de Léa », « c'est Léa qui demande… ».
    re.compile(rf"\b[Qq]uestion(?: suivante)?,?\s+(?:de\s+|d['’])({_NAME})"),
    re.compile(rf"\b({_NAME})\s+(?:qui |se )?(?:demande|voudrait savoir|voulait savoir|aimerait savoir)\b"),
    re.compile(rf"\b(?:[Mm]erci|[Bb]onjour|[Ss]alut)\s*,\s*({_NAME})\s*(?=[,.!?])"),
    re.compile(rf"{_WHO},?\s({_FULL})"),
    re.compile(rf"{_WHO}\s[a-zà-ÿ]+,\s({_FULL})"),
    re.compile(rf"{_WHO},?\s{_FULL}(?:,\s{_FULL})*\set\s({_FULL})"),
)
# Some transcripts have no capital: after such a word, a given name is one without it.
_UNCAPITALISED = re.compile(rf"(?:\b{_TITLE}|{_WHO})\s([a-zà-ÿœ]+(?:-[a-zà-ÿœ]+)*)(?![\w'’-])")
_FIRST_CALLED = re.compile(rf"^({_NAME})\s*,\s+(?P<rest>.+)$")
_LAST_CALLED = re.compile(rf",\s*({_NAME})\s*[?.!…]*$")
_BETWEEN = re.compile(rf",\s*({_NAME})\s*,")
# Who is spoken to is « vous » or « tu » in the same sentence; what is spoken of is taken up by « ça », « l' », « en ».
_SPOKEN_TO = re.compile(r"\b(?:vous|tu|votre|vos|ton|ta|tes|te|toi|t['’])", re.I)
_TAKEN_UP = re.compile(
    r"\b(?:(?<!faire )(?<!comme )ça|cela|c['’]est|c['’]était|l['’]\w|il|elle|ils|elles|en|y|ce|où)\b|\bl['’]", re.I
)
# « Soazig, vous êtes océanographe, en quoi ça consiste ? », « Yann, racontez-nous »: nothing but a person is.
_TO_SOMEBODY = re.compile(r"(?:(?:vous (?:êtes|étiez)|tu (?:es|étais)|t['’]es)\b|\w+(?:ez|e|s)-(?:nous|moi)\b)", re.I)
# Capitalised, before a comma at the start, and never somebody.
_NEVER_LIST = """
    oui non alors donc mais et bon ben bah euh voilà enfin après avant puis ensuite sinon
    franchement honnêtement concrètement justement déjà parfois souvent maintenant aujourd’hui
    aujourd'hui d'accord ok okay merci bonjour parcoursup python java paris lyon marseille lille
    toulouse bordeaux nantes strasbourg rennes france europe excel photoshop chatgpt internet
    je tu il elle on nous vous ils elles qui quelqu'un les des une
    instagram tiktok youtube erasmus noël ici là physiquement personnellement évidemment madame
    monsieur docteur maître chef cheffe
"""
_NEVER = frozenset(_NEVER_LIST.split())
_WANTS = r"(?:demande|voudrait savoir|voulait savoir|aimerait savoir|souhaite savoir)"
_CAPITAL = re.compile(_NAME)
# What follows the comma of somebody spoken to (« oui, madame, je… »), and not of somebody told of (« mon chef, … »).
_SUBJECT = (
    r"\s(?:je|tu|il|elle|on|nous|vous|ils|elles|ça|ce|est-ce|qu['’]est-ce|et|mais|le|la|les|un|une|quel\w*|comment|"
    r"pourquoi|combien|où|quand|il|j['’]|c['’]|l['’]|à|pour|dans|votre|vos|ton|ta|tes|merci|oui|non)(?!\w)"
)
# What stands before a given name that is no person's: a street, a school, a town, a prize, a house.
_PLACE_BEFORE = re.compile(
    r"(?:\b(?:rue|avenue|boulevard|place|quai|pont|square|stade|gymnase|lyc[ée]e|coll[èe]ge|[ée]cole|institut|centre|"
    r"h[ôo]pital|clinique|universit[ée]|fac|cfa|campus|mus[ée]e|th[ée][âa]tre|fondation|prix|parc|salle|r[ée]sidence|"
    r"maison|gare|a[ée]roport|station|cit[ée]|mont|saint|sainte|st|ste|effet|syndrome|maladie|m[ée]thode|"
    r"th[ée]or[èe]me|le|la|les|un|une|du|au|des|aux)[\s-]|\bl['’])$",
    re.I,
)
_FIRM_BEFORE = re.compile(r"\bchez\s$", re.I)  # « chez Louis Vuitton », but « chez Léa »
_ALSO_WORDS_LIST = """
    Ange Blanche Capucine Clémentine Constance Constant Désiré Jean Olive Pierre Prudence Prosper Victoire Violette
    Joy Line Max Urbain Honoré Jade
"""
_ALSO_WORDS = frozenset(_ALSO_WORDS_LIST.split())
"""Given names that are words too: at the start of a sentence the capital says nothing."""

_PARTICLES_LIST = "de du des la le les von van der den ben bin el al da do dos das di del ibn ould"
_PARTICLES = frozenset(_PARTICLES_LIST.split())


def is_uncommon(name: str) -> bool:
    """Whether a first name, with its capital, is none that is common in France: most of these are no word either."""
    return name not in given_names() and name not in _ALSO_WORDS and name.lower() not in _NEVER


def declared_parts(names: Iterable[str]) -> frozenset[str]:
    """The words of names that an operator declared, folded; a name with a hyphen is one word, and several.

    « de », « El » or an initial is in too many names, and sentences, to tell of one.
    """
    words = {word for name in names for word in re.findall(r"[\w-]+", unicodedata.normalize("NFC", name))}
    several = words | {part for word in words for part in word.split("-")}
    return frozenset(one for one in map(folded, several) if len(one) > 1 and one not in _PARTICLES)


def folded(word: str) -> str:
    """A word without its capitals and accents."""
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(character for character in plain if not unicodedata.combining(character))


@cache
def given_names() -> frozenset[str]:
    """Given names common in France."""
    return frozenset(resources.files(__package__).joinpath("given_names.txt").read_text(encoding="utf-8").split())


def names_in(texts: Sequence[str]) -> frozenset[str]:
    """The names of people in these sentences: spoken to, presented, or told of."""
    found = {
        name
        for text in texts
        for pattern in _TOLD
        for group in pattern.findall(text)
        for name in group.split()
        if name[0].isupper()
    }
    called = {name for text in texts for name in _called(text)}
    used = {name for name in called if any(_is_used(name, text) for text in texts)}
    given = {name for text in texts for name in _given(text)}
    small = {name for text in texts for name in _UNCAPITALISED.findall(text) if _is_small_given(name)}
    return frozenset(name for name in (found | (called - used) | given | small) if name.lower() not in _NEVER)


def _is_small_given(word: str) -> bool:
    """« monsieur bertrand », but not « madame rose » nor « ma petite constance »: these are words."""
    name = "-".join(part.capitalize() for part in word.split("-"))
    return name not in _ALSO_WORDS and (name in given_names() or name.split("-")[0] in given_names())


def _given(text: str) -> list[str]:
    """Given names with a capital, where nothing says that they belong to a place; the family name after one too."""
    names: list[str] = []
    for one in _CAPITAL.finditer(text):
        before = text[: one.start()]
        follows = bool(names) and before.endswith(f"{names[-1]} ")
        is_given = one[0] in given_names() or one[0].split("-")[0] in given_names()
        starts = not re.search(r"\w[^.?!…]*$", before)
        firm = _FIRM_BEFORE.search(before) and re.match(rf"\s{_NAME}", text[one.end() :])
        if firm or _PLACE_BEFORE.search(before) or (starts and one[0] in _ALSO_WORDS):
            continue
        if is_given or follows:
            names.append(one[0])
    return names


def names_left(text: str, names: frozenset[str]) -> bool:
    """Whether a sentence still names somebody."""
    return any(re.search(rf"\b{re.escape(name)}\b", text) for name in names)


def without_names(text: str, names: frozenset[str]) -> str:
    """A sentence without the names that it can do without.

    Those of people spoken to, with their commas; those after who they are (« ma collègue Fatou », « le papa, Karim, »);
    those of who asks. A name that the sentence is built on stays: :func:`names_left` tells.
    """
    if not names_left(text, names):
        return text
    name = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    who = rf"(?:{_TITLE}\s+)?(?:{name})(?:\s(?:(?:de|du|le|la|ben|el|da|van)\s)?(?:{name}))*(?![\w'’-])"
    several = rf"{who}(?:(?:,|\set|,\set)\s{who})*"
    text = re.sub(rf"(?<=uestion)((?: suivante)?),?\s+(?:de\s+|d['’]){who}", r"\1", text)
    text = re.sub(rf",?\s*c['’]est {who} qui (?:le )?demande(?=\s*[?.!]*$)", "", text)
    text = re.sub(
        rf"^(?:c['’]est |il y a )?{who}(?:,[^,]{{0,25}},)?\s(?:qui\s)?(?:se\s)?{_WANTS}\b",
        "on se demande",
        text,
        flags=re.I,
    )
    text = re.sub(
        rf"({_WHO}(?:\s[a-zà-ÿ]+(?=,))?)(?:,\s{several}(?:,(?!{_SUBJECT})|(?=[.!?…]))|\s{several})", r"\1", text
    )
    text = re.sub(rf"^((?:[Bb]onjour|[Bb]onsoir|[Ss]alut|[Cc]oucou|[Mm]erci|[Oo]ui|[Nn]on)(?: beaucoup)?),?\s{who}",
                  r"\1", text)  # fmt: skip
    if _SPOKEN_TO.search(text) or "?" in text:
        text = re.sub(rf"^{who}\s*,\s*", "", text)
    text = re.sub(rf"\s*,\s*{who}\s*(?:,(?!{_SUBJECT})|(?=[,?.!…]|$))", "", text)
    return re.sub(rf"\s*\b{_TITLE}\s+(?:{name})(?:\s(?:{name}))*(?=\s*[,?.!…])", "", text)


def _called(text: str) -> list[str]:
    names = []
    first = _FIRST_CALLED.match(text)
    told = first is not None and _SPOKEN_TO.search(first["rest"]) and not _TAKEN_UP.search(first["rest"])
    if first and (told or _TO_SOMEBODY.match(first["rest"])):
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

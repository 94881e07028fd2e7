"""Spoken French as it is written: what people leave out or say twice in a question, put right for a title.

Takes a cleaned question; gives it with its « ne », « il y a » and « tu », with a comma where a subject is said twice
(« le réchauffement, ça change… »), inverted where that is how it is written (« où avez-vous appris à… »). Only words
of grammar come or go.
"""

from __future__ import annotations

import re

from pipeline.segment.interrogatives import INTERROGATIVE, asks_in_place
from pipeline.segment.lexicon import STOP_WORDS, fold

_ARTICLE = r"(?:les?|la|l['’]|une?|des|ce|cette|ces|mon|ma|mes|votre|vos|ton|ta|tes)"
_NOUNS = rf"{_ARTICLE}\s?[\w'’-]+(?:\s(?!il\b|elle\b|ils\b|elles\b|ça\b|on\b|vous\b|tu\b)[\w'’-]+){{0,5}}?"
_CLITIC = r"(?:(?:me|te|se|le|la|les|lui|leur|y|en|vous|nous)\s|[mtsl]['’])"
_WH = rf"(?!qui\b)(?:{INTERROGATIVE}|pourquoi)"
_VERB = r"(?!(?:ne|me|te|se|y|en|les?|la|lui|leur|nous|vous)\b)\w+"  # « vous ne mettez pas »: « ne » is no verb
_WHETHER_IT = re.compile(rf"^est-ce qu(?:e\s|['’])(?=(?:{_NOUNS}),?\s(?:ils?|elles?)\s)", re.I)
_ASKS_IN_PLACE = re.compile(rf"\b{_WH}(?=$|\s)", re.I)
_VOWEL = re.compile(r"[aeiouyhéèêàâîôœ]", re.I)

_LIGHTER: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.I), replacement)
    for pattern, replacement in (
        (r"(?<!tu )(?<!\w)t['’](?=(?:as|es|étais|avais|auras|aurais|aimes|utilises|arrives|apprends|habites|oses|"
         r"ouvres|entends|écris|en (?:\w+e?s|fais|es|as)|y (?:vas|as|es))\b)", "tu "),
        (r"(?<!il )(?<!n['’])(?<!s['’]il )(?<!\w)y['’ ]?a(?= )(?!-)", "il y a"),
        (r"(?<![\w-])(?:ya|y'a)(?= )", "il y a"),
        (r"(?<!il )(?<!n['’])(?<!s['’]il )(?<!\w)y en a(?=\s|$)", "il y en a"),
        # Said twice: « vous, vous préférez quoi », « que votre métier il disparaisse ».
        (r"\bvous vous (?=(?:préfér|gagn|travaill|ador|av|pouv|dev|sav|voul|finiss|commenc|viv|touch)i?ez\b)", "vous "),
        (rf"(?<=\bque )(?<!est-ce que )({_NOUNS}),? (?:ils?|elles?) (?!y a\b)(?=\w)", r"\1 "),
        (r"\bvot['’] ?(?=\w)", "votre "),
        # « Quel parcours faut suivre », « j'ai un oral, faut que je… »
        (r"^((?:quel(?:le)?s?|combien|comment|où|pourquoi|qui)\b(?:(?!\bil\b|,).)*?) faut (?=(?:(?:le|la|les|en|y|"
         r"l['’]|avoir|être|bien) ?)?\w+(?:er|ir|re|oir)\b)", r"\1 faut-il "),
        (r"^((?:combien|quel(?:le)?s?)\b[^,]*) il faut$", r"\1 faut-il"),
        (r"(?<=, )faut (?=que\b|qu['’])", "faut-il "),
        (r"^(?:faut|fo)\b(?!-)", "il faut"),
        (r"(?<=\bquand )faut\b|(?<=\bque )faut\b", "il faut"),
        (r"\b(?:koi|kwa|qoi)\b", "quoi"),
        (r"\bc koi\b", "c'est quoi"),
        (r"\b(?:est-ce que )il\b", "est-ce qu'il"),
        (r"(?<=\w) là(?=,)", ""),
        (r"\bque (?=[aeiouéèêàîô])(?!onze|oui)", "qu'"),
        (r"(?<=\w),? (?:toi|vous)$(?<!à toi)(?<!à vous)(?<!chez vous)(?<!chez toi)(?<!pour vous)(?<!pour toi)"
         r"(?<!de vous)(?<!de toi)(?<!avec vous)(?<!avec toi)"
         r"(?<!que vous)(?<!que toi)(?<!comme vous)(?<!comme toi)", ""),
        (r",? mais (?=(?:concrètement|en vrai|exactement|en gros|du coup)\b)", ", "),
        (r"\s*,?\s*\b(?:concrètement|en vrai|en gros)\s*,?\s+(?=ça )", ", "),
        # The subject said twice: « Parcoursup ça marche », « la météo c'est important ».
        (rf"^({_NOUNS}) (?=(?:ça|c['’](?:est|était)|ce n['’]est)(?!\w))", r"\1, "),
        (r"^(?!(?:comment|pourquoi|quand|combien|donc|alors|mais|sinon|est-ce|parce|comme|depuis|avec|dans|pour)\b)"
         r"([\w-]{4,}) (?=(?:ça|c['’](?:est|était)) )", r"\1, "),
        (r"^(est-ce que (?!les )(?:le|la|l['’])\s?[\w'’-]+(?: [\w'’-]+){0,3}?) ça (?=\w)", r"\1 "),
    )
)  # fmt: skip
_HEARD = re.compile(
    r"^(?:(?:et|mais|moi|alors),? )*(?:on (?:m['’]a|nous a|t['’]a) (?:souvent |toujours )?dit|on dit(?: souvent|"
    r" toujours)?|"
    r"on (?:entend|raconte|lit)(?: souvent| partout)?|il para[iî]t|j['’]ai (?:vu|lu|entendu(?: dire)?)|"
    r"(?:ma|mon|mes|la|le|les) [\w-]+(?: de \w+)? (?:m['’]a dit|m['’]ont dit|dit|disent|pensent?|croi(?:t|ent))|"
    r"je (?:crois|croyais|pensais|pense)|tout le monde dit|(?:est-ce que )?(?:vous pensez|tu penses|vous croyez|"
    r"tu crois|pensez-vous|penses-tu|croyez-vous|crois-tu))(?: que?\s| qu['’])(?=\S+\s+\S)",
    re.I,
)
_OWN_OPINION = re.compile(r"\bje (?:crois|croyais|pensais|pense)", re.I)
_ASKED_BELIEF = re.compile(r"(?:vous|tu) (?:pense|croi)|(?:pense|croi|croy)[zs]?\w*-(?:vous|tu)", re.I)
_SAID_TWICE = re.compile(
    rf"^(?P<what>{_NOUNS}|[A-ZÀ-Ý][\w-]+),?\s(?P<who>ils?|elles?)\s(?P<no>(?:ne\s|n['’])?)(?P<clitic>{_CLITIC}?)"
    r"(?P<verb>[\w]+)(?P<rest>(?:\s.*)?)$",
    re.I,
)
_IN_PLACE = re.compile(
    rf"^(?P<you>vous|tu)\s(?P<clitic>{_CLITIC}?)(?P<verb>{_VERB})\s(?P<middle>(?:[\w'’-]+\s){{0,2}}?)(?P<wh>{_WH})(?P<rest>(?:\s.*)?)$",
    re.I,
)
_FRONTED = re.compile(
    rf"^(?P<wh>(?!quoi\b){_WH}) (?:est-ce que )?(?P<you>vous|tu) (?P<clitic>{_CLITIC}?)(?P<verb>{_VERB})"
    r"(?P<rest>(?:\s.*)?)$",
    re.I,
)
_WITHOUT_NE = re.compile(
    rf"(?<![\w'’-])(?<!ne )(?<!n['’])(?P<who>je|tu|il|elle|on|nous|vous|ils|elles|ça|qui)\s(?!ne\b|"
    rf"n['’])(?P<clitic>(?:{_CLITIC}){{0,2}}?)"
    r"(?!ne\b|n['’])(?P<verb>[\w]+)\s(?P<mark>pas|jamais|rien)\b",
    re.I,
)
_IT_IS_NOT = re.compile(r"(?<!\w)c['’](est|était)\s(pas|jamais|rien)\b", re.I)
_LAST_NOUN = re.compile(
    r"^(?P<what>(?:est-ce que )?c['’]est .*?(?P<before>[\w-]+)) "
    r"(?P<noun>(?:le |la |les |l['’])(?!(?:plus|moins)\b)(?P<word>[\w-]+)(?: (?:de |d['’])[\w-]+)?)$",
    re.I,
)
_TIMES_LIST = """
    jour nuit matin soir midi ete hiver dimanche samedi lundi week-end weekend vacances semaine
"""
_TIMES = frozenset(_TIMES_LIST.split())


def as_written(question: str) -> str:
    """A question as it is written: what people leave out comes back, what they say twice is parted by a comma."""
    heard = _HEARD.match(question)
    text = question
    if heard:
        plain = question[heard.end() :]
        believed = _ASKED_BELIEF.search(heard[0]) is not None
        plain = in_the_present(plain)
        text = (f"est-ce qu'{plain}" if _VOWEL.match(plain) else f"est-ce que {plain}") if believed else plain
    for pattern, replacement in _LIGHTER:
        text = pattern.sub(replacement, text).strip(" ,")
    last = _LAST_NOUN.match(text)
    if last and fold(last["before"]) not in STOP_WORDS and fold(last["word"]) not in _TIMES:
        text = f"{last['what']}, {last['noun']}"
    return text


def is_hearsay(text: str) -> bool:
    """« On m'a dit que c'était fatigant »: said to be confirmed or denied, though nothing asks by its form."""
    found = _HEARD.match(text)
    return found is not None and _OWN_OPINION.search(found[0]) is None


def inverted(question: str) -> str:
    """« La formation elle dure » is « la formation dure-t-elle »; « vous avez appris où », « où avez-vous appris »."""
    bare = _WHETHER_IT.sub("", question)
    twice = _SAID_TWICE.match(bare)
    if twice and not twice["clitic"] and bare == question and _ASKS_IN_PLACE.search(twice["rest"]):
        # « L'eau elle est chauffée à combien »: said once.
        question = f"{twice['what']} {twice['no']}{twice['verb']}{twice['rest']}"
    if twice and not _ASKS_IN_PLACE.search(twice["rest"]) and fold(twice["verb"]) not in STOP_WORDS - _VERBS:
        verb, link = twice["verb"], "t-" if fold(twice["verb"])[-1] in "aec" else ""
        negated = twice["no"] or re.match(r"\s(?:pas|jamais|plus)\b(?! (?:de|d['’])\b)", twice["rest"])
        no = "" if not negated else ("n'" if _VOWEL.match(twice["clitic"] or verb) else "ne ")
        return f"{twice['what']} {no}{twice['clitic']}{verb}-{link}{twice['who'].lower()}{twice['rest']}"
    placed = _IN_PLACE.match(question)
    if placed and placed["middle"] and _OBJECT.match(placed["wh"]):
        return question  # « quelles études avez-vous faites » agrees, « vous avez fait quelles études » does not
    asks = placed is not None and asks_in_place(placed["middle"], placed["wh"], placed["rest"])
    if placed and asks and not re.search(rf"\b(?:et|ou) {_WH}", placed["rest"]):
        if placed["middle"] and fold(placed["verb"]) not in _VERBS:
            return question  # « vous faites tout ça comment »: only an auxiliary leaves its participle behind
        return _wh_first(placed, f" {placed['middle']}".rstrip() + placed["rest"])
    front = _FRONTED.match(question)
    if (
        front is None
        or (fold(front["wh"]) == "quand" and _SUBJECT.search(front["rest"]))
        or (_OBJECT.match(front["wh"]) and fold(front["verb"]) in ("avez", "as", "aviez", "avais"))
    ):
        return question
    return _wh_first(front, front["rest"])


def _wh_first(found: re.Match[str], rest: str) -> str:
    asks, verb = found["wh"][0].lower() + found["wh"][1:], f"{found['clitic']}{found['verb']}"
    if asks == "quoi":
        asks = "qu'" if _VOWEL.match(verb) else "que "
    else:
        asks += " "
    return f"{asks}{verb}-{found['you'].lower()}{rest}"


_SUBJECT = re.compile(r",|\b(?:je|tu|on|vous|il|elle|ça|c['’]est|est-ce)\b", re.I)
_OBJECT = re.compile(r"quel|combien (?:de (?!temps)|d['’])", re.I)

# « Je voulais savoir si vous étiez… » asks whether they are: the past is only that of « voulais ».
_PRESENT = {
    "étiez": "êtes", "étais": "es", "était": "est", "étaient": "sont", "aviez": "avez", "avais": "as", "avait": "a",
    "avaient": "ont", "fallait": "faut", "pouviez": "pouvez", "pouvais": "peux", "pouvait": "peut",
    "pouvaient": "peuvent", "faisiez": "faites", "faisait": "fait", "arrivait": "arrive", "gagnait": "gagne",
    "existait": "existe", "aimait": "aime", "travaillait": "travaille", "durait": "dure", "coûtait": "coûte",
    "deviez": "devez", "vouliez": "voulez", "alliez": "allez", "preniez": "prenez",
}  # fmt: skip
_PAST = re.compile(
    r"\b(?:avant|petite?s?|jeunes?|enfants?|époque|début|autrefois|école|lycée|collège|lycéen\w*|élève|déjà|toujours|"
    r"quand (?:vous|tu|on)|à mon âge|au départ|à l['’]origine|premi\w+|hier|année)\b",
    re.I,
)


def in_the_present(question: str) -> str:
    """A question asked in the past for politeness, in the present; as it is where it may be about the past."""
    if _PAST.search(question):
        return question
    question = re.sub(r"(?<!il )(?<!\w)y['’ ]?avait\b", "il y avait", question)
    text = re.sub(r"(?<=\w)['’](?=(?:était|étaient|avait|existait|arrivait)\b)", "'", question)
    text = re.sub(r"\b[\wé]+\b", lambda it: _PRESENT.get(it[0], it[0]), text)
    return re.sub(r"\b((?:vous|y|en|nous|les|la|le|l['’])\s?)(\w{3,}[^r\W])iez\b", r"\1\2ez", text)


_VERBS_LIST = """
    est sont a ont va vont fait font faut peut peuvent doit doivent veut veulent sera seront avait etait etaient
    avaient serait aura auront avez as etes es aviez avais etiez etais pouvez peux voulez veux devez dois allez vas
"""
_VERBS = frozenset(_VERBS_LIST.split())
"""Verbs among the stop words, and those that another verb may follow."""


def with_ne(text: str) -> str:
    """« Ça vous énerve pas » with its « ne »."""
    text = re.sub(r"\bil y a (pas|jamais|rien)\b", r"il n'y a \1", text)
    text = re.sub(
        r"(?<=\w)(?<!\bne)(?<!\bil)(?<!\bon)(?<!\by)(?<!\btu)\s(est|sont|va|vont|peut|peuvent|veut|veulent|ont) pas\b",
        lambda it: f" {'n' + chr(39) if _VOWEL.match(it[1]) else 'ne '}{it[1]} pas",
        text,
    )
    text = re.sub(r"\bj['’](\w+) (pas|jamais|rien)\b", r"je n'\1 \2", text)
    text = _IT_IS_NOT.sub(lambda it: f"{'C' if it[0][0] == 'C' else 'c'}e n'{it[1]} {it[2]}", text)
    return _WITHOUT_NE.sub(_negated, text)


def _negated(found: re.Match[str]) -> str:
    after = f"{found['clitic']}{found['verb']}"
    if fold(found["verb"]) in ("ne", "et", "ou", "mais", "pour", "que", "qui"):
        return found[0]
    return f"{found['who']} {'n' + chr(39) if _VOWEL.match(after) else 'ne '}{after} {found['mark']}"

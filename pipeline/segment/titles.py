"""Titles: the question of a clip, cleaned so that it can be read alone.

Takes what the asker says, what is answered and the professional's occupation; gives at most eighty characters.
Nothing is invented: every word of a title is said in the clip or is the occupation. Hesitations, greetings,
names called out and « ma question, c'est… » go; the last question that carries content wins; one that points back
(« Et ça ? ») leans on the occupation or gives way to the answer's own words. This is the seam for better titles.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.segment.lexicon import content, is_back_channel, is_question, is_small_talk, stands_alone, weight

MAX_TITLE = 80
_MIN_CLAUSE = 30  # a clause shorter than this says less than a longer one cut short
_NARROW = "\u202f"  # French typography: narrow no-break space before « ? »

_SOUND = r"(?:euh+|heu+|hum+|hm+|mm+-?h?m*|mh+m*|hein|ben|bah)"
_HESITATION = re.compile(
    rf"(?:(?<=\s)|^|(?<=,)){_SOUND}(?:\s*(?:…|\.+|!|,))?(?=\s|$)|,?\s*\b{_SOUND}(?=\s*[?.!,…])", re.I
)
_REPEATED = re.compile(
    r"\b((?:[\w'’-]+\s){0,2}[\w'’-]+)(?:\s*(?:,|…|\.\.\.)\s*\1\b)+|\b(?!(?:vous|nous)\b)(\w+)(?:\s+\2\b)+", re.I
)
_NAME = r"[A-ZÀ-Ý][\w'’-]+"
_VOCATIVE = rf"(?:(?:[Mm]adame|[Mm]onsieur|[Mm]me|M\.|[Dd]octeur)(?:\s+{_NAME})*)"
_GREETING = re.compile(
    rf"^(?:(?:re)?bonjour|bonsoir|salut|coucou|hello)(?:\s+(?:à (?:vous|toi|tous)|{_VOCATIVE}|"
    rf"{_NAME}))*\s*[,.!…:-]*\s*",
    re.I,
)
_CALLED_FIRST = re.compile(rf"^(?:{_VOCATIVE}|{_NAME})\s*,\s+(?=\S)")
_CALLED_LAST = re.compile(rf"\s*,\s*(?:{_VOCATIVE}|{_NAME})\s*(?=[?.!…]*$)")
_FILLER = re.compile(
    r"^(?:et(?! demi)|mais|alors|donc|du coup|or|ok(?:ay)?|d['’]accord|ah(?: (?:oui|ouais|bon|d['’]accord|non))?|"
    r"oh|oui|"
    r"ouais|bon|voilà|enfin|en fait|sinon|puis|ensuite|justement|super|génial|parfait|cool|très bien|"
    r"merci(?: beaucoup)?|"
    r"intéressant|je vois|je comprends|et puis|par contre|après(?=,)|(?:moi|vous|toi)(?=,)|moi(?= je)|bien sûr|"
    r"effectivement|c['’]est vrai que|"
    r"c['’]est (?:super |très |vraiment )?intéressant|dites-moi|dis-moi|tiens|pardon|excusez-moi|petite question|"
    r"pour (?:finir|commencer|terminer)(?=\s*,)|"
    r"au contraire(?=\s*,)|(?:une )?(?:autre|dernière|petite|première) question|"
    r"question suivante)\b(?:\s*[,:;.!…-]+\s*|\s+|$)",
    re.I,
)
_ASKING = re.compile(
    r"^(?:(?:j['’]ai|j['’]avais|j['’]aurais|il me reste) (?:juste |aussi |encore )?une (?:autre |petite |"
    r"dernière )?question"
    r"(?: (?:sur|concernant) [^,:]*)?\s*[,:]\s*(?:c['’](?:est|était)(?: de savoir)?\s+)?|"
    r"ma (?:première |deuxième |seconde |troisième |prochaine |dernière |petite )?question,?\s*(?:ce serait|"
    r"c['’]est|serait|est)"
    r"(?: (?:de savoir|simple|toute simple|plus personnelle|un peu \w+))?\s*[,:]?\s*|"
    r"(?:et )?(?:je (?:voulais|voudrais|souhaiterais)|j['’]aurais voulu|j['’]aimerais)(?: bien| aussi| juste)*"
    r"(?: (?:vous |te )?(?:savoir|demander))\s*,?\s*|je me demand(?:ais|e)(?: aussi| juste)*\s*,?\s*|"
    r"(?:est-ce que )?(?:vous pouvez|vous pourriez|tu peux|pouvez-vous|pourriez-vous|peux-tu) (?:me |m['’]|"
    r"nous )(?:dire|expliquer)"
    r"(?: un peu)?\s+)(?=(?:comment|pourquoi|combien|quel|où|quand|qui|ce qu|si |s['’]|qu['’]est-ce|est-ce|à quoi|"
    r"en quoi|de "
    r"quoi|vous|c['’]est))",
    re.I,
)
_WHETHER = re.compile(r"^(?:si\s+|s['’](?=il))", re.I)
_REFORMULATION = re.compile(r"^(?:(?:enfin|euh|mais),? )*(?:je veux dire|c['’]est-à-dire|autrement dit)\b", re.I)
_TAG = re.compile(r"\s*,\s*(?:non|hein|c['’]est ça|n['’]est-ce pas|ou pas)(?=\s*\?*$)", re.I)
_REMARK = re.compile(
    r"(?:,?\s*\b(?:du coup|en fait)|,\s*quoi|,?\s*s['’]il vous plaît|s['’]il te plaît|quand même)(?=\s*[?.!]*$)", re.I
)
_BECAUSE = re.compile(r"^(?:(?:et |alors |oui |ben )*parce qu(?:e\s+|['’])|car\s+)", re.I)
_CLAUSE_END = re.compile(r"\s*[,;:–(]\s|\s(?=(?:et|ou|mais|parce|quand|pour|dans|avec|comme|alors)\s)", re.I)
_OPEN_WORD = re.compile(
    r"\s(?:et|ou|mais|de|du|des|d['’]|le|la|les|un|une|à|au|aux|en|dans|pour|par|sur|que|qui|est|vous|votre|ce|"
    r"plus|avec)$",
    re.I,
)


_PRONOUN_FIRST = re.compile(
    r"^(?:est-ce qu['’])?(?:elles?|ils|il(?! (?:faut|y a|faudrait|fallait|vaut|est possible)))\b", re.I
)
_LAST_NOUN = re.compile(r".*\b((?:l['’]|la |le |les |un |une )[^,;:.…?!]{3,40})[.…!\s]*$")


def title_of(asked: Sequence[str], told: Sequence[str], occupation: str | None) -> str:
    """Make a clip's title.

    Args:
        asked: sentences of the asking turns, in order (may be empty).
        told: the other sentences of the clip, in order.
        occupation: the professional's, where known.

    Returns:
        1 to 80 characters, a capital first, « ? » after a narrow no-break space.
    """
    plain = [text for text in asked if is_question(text) and not _REFORMULATION.match(text)]
    questions = [clean_question(text) for text in plain]
    whole = [one for one in questions if stands_alone(one)]
    if whole:
        best = whole[-1] if len(content(whole[-1])) > 1 else max(reversed(whole), key=_richness)
        return _finished(_with_antecedent(best, asked), asked=True)
    leaning = [one for one in questions if content(one)]
    if leaning and occupation and content(occupation):
        question = _shortened(leaning[-1], MAX_TITLE - len(occupation) - 5)
        if content(question):
            return _finished(f"{_capital(occupation)} : {_lower_first(question)}", asked=True)
    return _from_statement([*told, *asked], occupation)


def clean_question(text: str) -> str:
    """A question without hesitations, courtesy, names called out and announcement; without its final mark."""
    cleaned = _without_noise(text)
    previous = None
    while cleaned and cleaned != previous:
        previous = cleaned
        for lead in (_GREETING, _FILLER, _CALLED_FIRST, _ASKING):
            rest = lead.sub("", cleaned, count=1)
            if lead is _ASKING and rest != cleaned:
                rest = _WHETHER.sub("", rest)
            if content(rest) or rest.strip(" ?.!…"):
                cleaned = rest.strip()
    return cleaned.rstrip(" \u00a0\u202f?.!…,;:")


def _without_noise(text: str) -> str:
    cleaned = " ".join(text.replace("\u00a0", " ").replace("\u202f", " ").split()).strip('«»"“” -–—')
    cleaned = _HESITATION.sub("", cleaned)
    cleaned = _CALLED_LAST.sub("", cleaned)
    cleaned = _TAG.sub("", _REMARK.sub("", cleaned))
    cleaned = _REPEATED.sub(lambda found: found.group(1) or found.group(2), cleaned)
    cleaned = re.sub(r"\s*,(?:\s*,)+", ",", cleaned)
    cleaned = re.sub(r"\s+([,.…])", r"\1", cleaned)
    return " ".join(cleaned.split()).strip(" ,;:")


def _with_antecedent(question: str, asked: Sequence[str]) -> str:
    """« L'intelligence artificielle : est-ce qu'elle… »: what a pronoun stands for, from the remark before it."""
    if not _PRONOUN_FIRST.match(question):
        return question
    remarks = [_without_noise(text) for text in asked if not is_question(text) and content(text)]
    named = _LAST_NOUN.search(remarks[-1]) if remarks else None
    joined = f"{_capital(named.group(1))} : {_lower_first(question)}" if named else question
    return joined if len(joined) <= MAX_TITLE - 2 else question


def _richness(question: str) -> int:
    return len(set(content(question)))


def _from_statement(told: Sequence[str], occupation: str | None) -> str:
    """The first sentence that says something, else the occupation, else whatever is said first."""
    plain = [text for text in told if not is_back_channel(text) and not is_small_talk(text)]
    rich = next((text for text in plain if len(content(text)) >= 2), None)
    if rich is not None:
        return _finished(_BECAUSE.sub("", clean_question(rich)), asked=rich.rstrip('"» )').endswith("?"))
    if occupation and occupation.strip():
        return _finished(occupation, asked=False)
    longest = max([*plain, *told], key=weight, default="")
    return _finished(clean_question(longest) or longest, asked=False)


def _finished(text: str, *, asked: bool) -> str:
    ending = f"{_NARROW}?" if asked else ""
    short = _shortened(text, MAX_TITLE - len(ending))
    return _capital(short) + ("" if short.endswith("…") else ending) if short else "…"


def _shortened(text: str, limit: int) -> str:
    """At most ``limit`` characters, cut at a clause, else between words (with « … »)."""
    text = text.strip(" \u00a0\u202f?.!…,;:")
    if len(text) <= limit:
        return text
    clauses = [match.start() for match in _CLAUSE_END.finditer(text) if _MIN_CLAUSE <= match.start() <= limit]
    if clauses and clauses[-1] >= limit // 2:
        return _closed(text[: clauses[-1]])
    cut = text[:limit].rfind(" ")
    return _closed(text[:cut]) + "…" if cut > 0 else text[: max(1, limit - 1)] + "…"


def _closed(text: str) -> str:
    """Without the small words that a cut leaves hanging."""
    text = text.rstrip(" ,;:–(")
    while (shorter := _OPEN_WORD.sub("", text).rstrip(" ,;:–(")) != text:
        text = shorter
    return text


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _lower_first(text: str) -> str:
    first = text.split(" ", 1)[0]
    return text if first.isupper() and len(first) > 1 else text[:1].lower() + text[1:]

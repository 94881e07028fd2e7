"""Titles: the question of a clip, cleaned so that it can be read alone.

Takes what the asker says, what is answered and the professional's occupation; gives at most eighty characters.
Nothing is invented: every word of a title is said in the clip or is the occupation. Hesitations, greetings,
names called out and « ma question, c'est… » go; the last question that carries content wins; one that points back
(« Et ça ? ») leans on the occupation or gives way to the answer's own words. This is the seam for better titles.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.segment.cleaning import clean_question, without_noise
from pipeline.segment.faithful import invented_words
from pipeline.segment.lexicon import STOP_WORDS, content, fold, is_back_channel, is_question, is_small_talk, weight
from pipeline.segment.names import names_in, without_names
from pipeline.segment.occupation import Occupation, occupation_of
from pipeline.segment.rephrase import Phrase, rephrased

MAX_TITLE = 80
_MIN_CLAUSE = 30  # a clause shorter than this says less than a longer one cut short
_ENOUGH_WITH_YOU = 3  # content words that make « vous » clear: « Vous travaillez avec des enfants handicapés ? »
_NARROW = "\u202f"  # French typography: narrow no-break space before « ? »
_REFORMULATION = re.compile(r"^(?:(?:enfin|euh|mais),? )*(?:je veux dire|c['’]est-à-dire|autrement dit)\b", re.I)
_BECAUSE = re.compile(r"^(?:(?:et |alors |oui |ben )*parce qu(?:e\s+|['’])|car\s+)", re.I)
_CLAUSE_END = re.compile(r"\s*[,;:–(]\s|\s(?=(?:et|ou|mais|parce|quand|pour|dans|avec|comme|alors)\s)", re.I)
_OPEN_WORD = re.compile(
    r"\s(?:et|ou|mais|de|du|des|d['’]|le|la|les|un|une|à|au|aux|en|dans|pour|par|sur|que|qui|est|vous|votre|ce|"
    r"plus|avec)$",
    re.I,
)
_PRONOUN_FIRST = re.compile(
    r"^(?:est-ce qu['’])?(?:elles?|ils|il(?! (?:faut|y a|faudrait|fallait|vaut|existe|reste|manque|vous|"
    r"t['’]est|te |arrive|est possible)))\b",
    re.I,
)
_REPORTED = re.compile(
    r"^(?:(?:et|mais|alors) )?(?:on dit|il para[iî]t|j['’]ai (?:vu|lu|entendu(?: dire)?)) qu[e'’]", re.I
)
# « Comment ça se passe d'être… », « est-ce que ça fait peur de… »: what « ça » stands for follows.
_IDIOM = re.compile(r"\bca (?:se passe|fait \w+|doit etre \w+) (?:d'|de )")
_POINTS = re.compile(
    r"\b(?:ca|cela|celui|celle|ceux|celles|la-dedans|dedans|dessus|l'avez|l'as|l'etes|les avez|en pens\w+)\b"
)
_SECOND_PERSON = re.compile(r"\b(?:vous|tu|votre|vos|ton|ta|tes|te|toi|t')(?!\w)")
_LAST_NOUN = re.compile(r".*\b((?:l['’]|la |le |les |un |une )[^,;:.…?!]{3,40})[.…!\s]*$")


def title_of(asked: Sequence[str], told: Sequence[str], occupation: str | None) -> str:
    """Make a clip's title.

    Args:
        asked: sentences of the asking turns, in order (may be empty).
        told: the other sentences of the clip, in order.
        occupation: the professional's, where known.

    Returns:
        1 to 80 characters, a capital first, « ? » after a narrow no-break space. Every content word and number is
        said in the clip, in this or another form, or is the occupation, or is in
        :data:`pipeline.segment.faithful.REPHRASING`.
    """
    names = names_in([*asked, *told])
    asked = [without_names(text, names) for text in asked]
    told = [without_names(text, names) for text in told]
    plain = _questions(asked)
    trade = occupation_of(occupation)
    said = [*asked, *told]
    options = [_option(text, asked, said, trade) for text in plain]
    whole = [one for one in options if is_understood(one.text, occupation)]
    if whole:
        rich = [one for one in whole if len(content(one.text)) > 1]
        best = rich[-1] if rich else whole[-1]
        return _finished(best.text, asked=best.asks)
    leaning = [one for one in options if content(one.text)]
    if leaning and trade:
        prefixed = f"{_capital(trade.name)} : {_lower_first(leaning[-1].text)}"
        if len(prefixed) <= MAX_TITLE - 2:
            return _finished(prefixed, asked=True)
        if len(content(leaning[-1].text)) >= _ENOUGH_WITH_YOU:
            return _finished(leaning[-1].text, asked=True)
    said_well = [one for one in leaning if not trade and not _points_away(one.text)]
    if said_well:  # with no occupation to lean on, « Vous gagnez combien par mois ? » is still a question
        return _finished(said_well[-1].text, asked=said_well[-1].asks)
    return _from_statement([*told, *asked], occupation)


def _questions(asked: Sequence[str]) -> list[str]:
    """What asks; where nothing does by its form, what speaks to the professional (« vous avez fait koi »)."""
    spoken = [text for text in asked if not _REFORMULATION.match(text)]
    plain = [text for text in spoken if is_question(text) or _REPORTED.match(text)]
    return plain or [text for text in spoken if _SECOND_PERSON.search(fold(text)) and not is_small_talk(text)]


def is_understood(title: str, occupation: str | None) -> bool:
    """Whether a title can be read without the clip: nothing in it points elsewhere, and it says what it is about."""
    folded = " ".join(fold(title).split()).rstrip(" ?")
    topical = content(title)
    named = bool(set(content(occupation or "")) & set(topical))
    if _points_away(title) or _PRONOUN_FIRST.match(title) or title.endswith("…"):
        return False
    if _SECOND_PERSON.search(folded) and not named and len(topical) < _ENOUGH_WITH_YOU:
        return False
    return len(topical) >= 2 or (named and len(folded.split()) > 2)


def _points_away(title: str) -> bool:
    """Whether something in a title stands for what is not in it; « la rigueur, c'est… » says first what it is."""
    folded = _IDIOM.sub(" ", " ".join(fold(title).split()))
    before, comma, _ = folded.replace("...", ",").partition(",")
    return _POINTS.search(before if comma and content(before) else folded) is not None


def _option(text: str, asked: Sequence[str], said: Sequence[str], trade: Occupation | None) -> Phrase:
    """A question as a title: rephrased where that is faithful and fits, else only cleaned."""
    question = _with_antecedent(clean_question(text), asked)
    better = rephrased(question, trade)
    if len(better.text) > MAX_TITLE - 2 or invented_words(better.text, said, trade.name if trade else None):
        return Phrase(question)
    return better


def _with_antecedent(question: str, asked: Sequence[str]) -> str:
    """« L'intelligence artificielle : est-ce qu'elle… »: what a pronoun stands for, from the remark before it."""
    if not _PRONOUN_FIRST.match(question):
        return question
    remarks = [without_noise(text) for text in asked if not is_question(text) and content(text)]
    named = _LAST_NOUN.search(remarks[-1]) if remarks else None
    joined = f"{_capital(named.group(1))} : {_lower_first(question)}" if named else question
    return joined if len(joined) <= MAX_TITLE - 2 else question


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
    """A small letter first, where the first word is one of grammar: « Parcoursup » keeps its capital."""
    first = re.split(r"[\s'’,-]", text, maxsplit=1)[0]
    plain = fold(first) in STOP_WORDS or len(first) == 1 or fold(first) in ("concretement", "qu", "quels", "y")
    return text[:1].lower() + text[1:] if plain else text

"""Titles: the question of a clip, cleaned so that it can be read alone.

Takes what the asker says, what is answered and the professional's occupation; gives at most eighty characters.
Nothing is invented: every word of a title is said in the clip or is the occupation. Hesitations, greetings,
names called out and « ma question, c'est… » go; the last question that carries content wins; one that points back
(« Et ça ? ») leans on the occupation or gives way to the answer's own words. This is the seam for better titles.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from pipeline.segment.cleaning import clean_question, without_hidden, without_noise
from pipeline.segment.faithful import invented_words
from pipeline.segment.lexicon import (
    STOP_WORDS,
    content,
    fold,
    fold_line,
    is_back_channel,
    is_question,
    is_small_talk,
    weight,
)
from pipeline.segment.names import names_in, names_left, without_names
from pipeline.segment.occupation import Occupation, occupation_of
from pipeline.segment.oral import as_written, inverted, is_hearsay
from pipeline.segment.rephrase import Phrase, rephrased
from pipeline.segment.shortening import shortened, trimmed
from pipeline.segment.standalone import points_before

MAX_TITLE = 80
_ENOUGH_WITH_YOU = 3  # content words that make « vous » clear: « Vous travaillez avec des enfants handicapés ? »
_CLAUSE_WORDS = 2  # content words: less, and the remark before it says what it is about
_NO_NAME = re.compile(r"(?:concretement|qu|quels|y|depuis|pendant|jusqu|[a-z]{2,}(?:er|ir|oir|dre|tre|ire))$")
_NARROW = "\u202f"  # French typography: narrow no-break space before « ? »
_REFORMULATION = re.compile(r"^(?:(?:enfin|euh|mais),? )*(?:je veux dire|c['’]est-à-dire|autrement dit)\b", re.I)
_BECAUSE = re.compile(r"^(?:(?:et |alors |oui |ben )*parce qu(?:e\s+|['’])|car\s+|(?:si|non)\s*,\s+)", re.I)
_PRONOUN_FIRST = re.compile(
    r"^(?:est-ce qu['’])?(?:elles?|ils|il(?! (?:faut|y a|faudrait|fallait|vaut|existe|reste|manque|vous|"
    r"t['’]est|te |arrive|est possible)))\b",
    re.I,
)
# « Comment ça se passe d'être… », « est-ce que ça fait peur de… »: what « ça » stands for follows.
_IDIOM = re.compile(r"\bca (?:se passe|fait \w+|doit etre \w+) (?:d'|de )")
_POINTS = re.compile(
    r"\b(?:ca|cela|celui|celle|ceux|celles|la-dedans|dedans|dessus|l'avez|l'as|l'etes|les avez|en pens\w+)\b"
)
_SECOND_PERSON = re.compile(r"\b(?:vous|tu|votre|vos|ton|ta|tes|te|toi|t')(?!\w)")
# « Vous avez été infirmière avant, et comment on devient directrice ? »: what is asked comes second.
_ASKED_SECOND = re.compile(
    r"^(?P<first>[^?]{8,}?),?\s+(?:et|mais|donc|alors|du coup)\s+(?:du coup\s+|donc\s+|alors\s+)?(?P<second>(?:comment|"
    r"pourquoi|combien|quel(?:le)?s?|où|qu['’]est-ce|est-ce|c['’]est quoi|(?:à|de|en|pour|avec) quoi|à quelle)\b.+)$",
    re.I,
)
# « Il paraît que c'est super long, combien de temps… »: something told, then asked.
_ASKED_AFTER_TELLING = re.compile(
    r"^(?P<first>(?:(?:et|mais|moi|alors),? )*(?:je |j['’]|il para[iî]t|on (?:m['’]a|nous a) dit|on dit)[^?]{4,}?),\s+"
    r"(?P<second>(?:comment|pourquoi|combien|quel(?:le)?s?|où|qu['’]est-ce|(?:à|de|en|pour|avec) quoi|à quelle)\b.+)$",
    re.I,
)
_ASKS = re.compile(
    r"\b(?:comment|pourquoi|combien|quel(?:le)?s?|où|qu['’]est-ce|est-ce|quoi|qui|quand|"
    r"\w+-(?:vous|tu|t-il|t-on|il|elle))\b",
    re.I,
)
# « Revenons aux tortues »: what the next question is about.
_SUBJECT_SAID = re.compile(
    r"\b(?:revenons|revenir|reviens|revient|parl\w+|passons|propos|concernant|côté|niveau|question|sur|pour)\s"
    r"(?:à\s|de\s|sur\s)?(?P<article>aux?|du|des|les?|la|l['’])\s?(?P<noun>[\w-]+"
    r"(?:\s(?!dont|que?|qui|où|et|vous|tu|pour|de|du|des|on|à|en)[\w-]+(?=[\s,.…?!]*$))?)",
    re.I,
)
_PLAIN_ARTICLE = {"aux": "les ", "au": "le ", "du": "le ", "des": "les "}
# « Vous les nourrissez »: a pronoun for what was said before the question.
_OBJECT = re.compile(
    r"(?:^|[\s'’])(?:vous|tu|on|je|nous)\s(?:ne\s|n['’])?(?:les?|la|lui|leur)\s(?!plus\b|moins\b)[a-zà-ÿ]{3,}(?:\s|$)"
)
_TO_GET_THERE = re.compile(r"\bpour (?:y arriver|en arriver là|arriver là|faire ça)(?=\s*(?:[,.…?!]|$))", re.I)
_OF_THE_MEETING = re.compile(
    r"\b(?:on m'a (?:demande|propose)|je (?:vais|voudrais|voulais|suis venue? pour) (?:vous |te )?(?:parler|raconter|"
    r"presenter|expliquer|dire)|je (?:me presente|m'appelle)|comme je (?:disais|vous l'ai dit))\b"
)
_LAST_NOUN = re.compile(r".*\b((?:l['’]|la |le |les |un |une )[^,;:.…?!]{3,40})[.…!\s]*$")


def title_of(
    asked: Sequence[str], told: Sequence[str], occupation: str | None, taken: Collection[str] = frozenset()
) -> str:
    """Make a clip's title.

    Args:
        asked: sentences of the asking turns, in order (may be empty).
        told: the other sentences of the clip, in order.
        occupation: the professional's, where known.
        taken: titles of other clips of the meeting: another is made as long as the clip says something else.

    Returns:
        1 to 80 characters, a capital first, « ? » after a narrow no-break space. Every content word and number is
        said in the clip, in this or another form, or is the occupation, or is in
        :data:`pipeline.segment.faithful.REPHRASING`.
    """
    asked, told = [without_hidden(text) for text in asked], [without_hidden(text) for text in told]
    occupation = None if occupation is None else without_hidden(occupation)
    names = names_in([*asked, *told])
    asked, told = _without(asked, names), _without(told, names)
    first = None
    for title in (*_from_questions(asked, told, occupation), *_from_statements([*told, *asked], occupation)):
        if title not in taken:
            return title
        first = first or title
    return first or "…"


def _from_questions(asked: Sequence[str], told: Sequence[str], occupation: str | None) -> Iterator[str]:
    """Titles that the questions make, the best first."""
    trade = occupation_of(occupation)
    options = [_option(text, asked, [*asked, *told], trade) for text in _questions(asked)]
    whole = [one for one in options if is_understood(one.text, occupation)]
    rich = [one for one in whole if len(content(one.text)) > 1]
    for best in reversed(rich or whole):
        yield _finished(_addressed(best.text, trade), asked=best.asks)
    own = set(content(trade.name)) if trade else set[str]()
    leaning = [one for one in options if content(one.text) and not points_before(one.text)]
    # « Vous le voyez ? »: the trade before it does not say what is seen.
    leaning = [
        one for one in leaning if len(set(content(one.text)) - own) > 1 or not _leans_on_object(fold_line(one.text))
    ]
    if whole or not leaning:
        return
    prefixed = f"{_capital(trade.name)} : {_lower_first(leaning[-1].text)}" if trade else ""
    if trade and len(prefixed) <= MAX_TITLE - 2:
        yield _finished(prefixed, asked=leaning[-1].asks)
    elif trade and len(content(leaning[-1].text)) >= _ENOUGH_WITH_YOU:
        yield _finished(leaning[-1].text, asked=leaning[-1].asks)
    if trade is None:  # with no occupation to lean on, « Vous gagnez combien par mois ? » is still a question
        for one in reversed(leaning):
            if not _points_away(one.text):
                yield _finished(one.text, asked=one.asks)


def _addressed(text: str, trade: Occupation | None) -> str:
    """« Maçon : est-ce que les robots vont vous remplacer »: who « vous » is, where there is room to say it."""
    if (
        trade is None
        or " : " in text
        or not _SECOND_PERSON.search(fold(text))
        or set(content(trade.name)) & set(content(text))
    ):
        return text
    told = f"{_capital(trade.name)} : {_lower_first(text)}"
    return told if len(told) <= MAX_TITLE - 2 else text


def _without(texts: Sequence[str], names: frozenset[str]) -> list[str]:
    """Texts without names; those that are built on one go."""
    plain = [without_names(text, names) for text in texts]
    # « Moi c'est Mehdi, je voulais savoir si… »: who asks goes with the announcement.
    asked = [clean_question(text) if names_left(text, names) and is_question(text) else None for text in plain]
    told = [text if short is None else f"{short} ?" for text, short in zip(plain, asked, strict=True)]
    return [text for text in told if not names_left(text, names)]


def _questions(asked: Sequence[str]) -> list[str]:
    """What asks; where nothing does by its form, what speaks to the professional (« vous avez fait koi »)."""
    spoken = [text for text in asked if not _REFORMULATION.match(text)]
    plain = [text for text in spoken if is_question(text) or is_hearsay(text)]
    plain = [_second_clause(text) for text in plain]
    return plain or [text for text in spoken if _SECOND_PERSON.search(fold(text)) and not is_small_talk(text)]


def _second_clause(text: str) -> str:
    """What is asked, where a remark comes first in the same sentence; of two questions too long for a title, one."""
    found = _ASKED_SECOND.match(without_noise(text)) or _ASKED_AFTER_TELLING.match(without_noise(text))
    if found and _ASKS.search(found["first"]) and len(text) > MAX_TITLE and len(content(found["first"])):
        return f"{found['first']} ?" if text.rstrip().endswith("?") else found["first"]
    if found is None or _ASKS.search(found["first"]) or len(content(found["second"])) < _CLAUSE_WORDS:
        return text
    return f"{found['second']} ?" if text.rstrip().endswith("?") else found["second"]


def is_understood(title: str, occupation: str | None) -> bool:
    """Whether a title can be read without the clip: nothing in it points elsewhere, and it says what it is about."""
    folded = fold_line(title).rstrip(" ?")
    topical = content(title)
    named = bool(set(content(occupation or "")) & set(topical))
    if _points_away(title) or _PRONOUN_FIRST.match(title) or title.endswith("…"):
        return False
    if _SECOND_PERSON.search(folded) and not named and len(topical) < _ENOUGH_WITH_YOU:
        return False
    return len(topical) >= 2 or (named and len(folded.split()) > 2)


def _points_away(title: str) -> bool:
    """Whether something in a title stands for what is not in it; « la rigueur, c'est… » says first what it is."""
    folded = _IDIOM.sub(" ", fold_line(title))
    before, comma, _ = folded.replace("...", ",").partition(",")
    read = before if comma and content(before) else folded
    return _POINTS.search(read) is not None or points_before(title) or _leans_on_object(fold_line(title))


def _leans_on_object(folded: str) -> bool:
    found = _OBJECT.search(folded)
    return found is not None and not content(folded[: found.start()])


def _option(text: str, asked: Sequence[str], said: Sequence[str], trade: Occupation | None) -> Phrase:
    """A question as a title: rephrased where that is faithful and fits, else only cleaned."""
    question = clean_question(text)
    if trade is not None:
        question = _TO_GET_THERE.sub(f"pour devenir {trade.name}", question)
    told = _with_antecedent(question, asked)
    if told != question:
        return Phrase(told)
    better = rephrased(question, trade)
    better = Phrase(trimmed(better.text, MAX_TITLE - 2), better.asks)
    if len(better.text) <= MAX_TITLE - 2 and not invented_words(better.text, said, trade.name if trade else None):
        return better
    plain = rephrased(question, None)
    return Phrase(question) if invented_words(plain.text, said, None) else plain


def _with_antecedent(question: str, asked: Sequence[str]) -> str:
    """« L'intelligence artificielle : est-ce qu'elle… »: what a pronoun stands for, from the remark before it."""
    if not _PRONOUN_FIRST.match(question) and not _leans_on_object(fold_line(question)):
        return question
    remarks = [without_noise(text) for text in asked if not is_question(text) and content(text)]
    named = _noun_of(remarks[-1]) if remarks else None
    joined = f"{_capital(named)} : {_lower_first(inverted(as_written(question)))}" if named else question
    return joined if len(joined) <= MAX_TITLE - 2 else question


def _noun_of(remark: str) -> str | None:
    """What a remark is about: « revenons aux tortues », « tout le monde parle de l'intelligence artificielle »."""
    told = _SUBJECT_SAID.search(remark)
    if told and content(told["noun"]):
        article = told["article"].lower()
        return _PLAIN_ARTICLE.get(article, article if article[-1] in "'’" else f"{article} ") + told["noun"]
    last = _LAST_NOUN.search(remark)
    return last.group(1) if last else None


def _from_statements(told: Sequence[str], occupation: str | None) -> Iterator[str]:
    """The sentences that say something, else the occupation, else whatever is said first."""
    said = [text for text in told if not is_back_channel(text) and not is_small_talk(text)]
    plain = [text for text in said if not _OF_THE_MEETING.search(fold_line(text)) and not points_before(text)] or said
    rich = [text for text in plain if len(content(text)) >= 2]
    for one in rich:
        yield _finished(_BECAUSE.sub("", clean_question(one)), asked=one.rstrip('"» )').endswith("?"))
    if occupation and occupation.strip() and not rich:
        yield _finished(occupation, asked=False)
    longest = max([*plain, *told], key=weight, default="")
    if not rich:
        yield _finished(clean_question(longest) or longest, asked=False)


def _finished(text: str, *, asked: bool) -> str:
    ending = f"{_NARROW}?" if asked else ""
    short = shortened(text, MAX_TITLE - len(ending))
    return _capital(short) + ("" if short.endswith("…") else ending) if short else "…"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _lower_first(text: str) -> str:
    """A small letter first, where the first word is one of grammar: « Parcoursup » keeps its capital."""
    first = re.split(r"[\s'’,-]", text, maxsplit=1)[0]
    plain = fold(first) in STOP_WORDS or len(first) == 1 or _NO_NAME.match(fold(first))
    return text[:1].lower() + text[1:] if plain else text

"""Topics of an interview: which questions open one, and which only follow up on the one before.

Takes sentences and exchanges in order; gives for each exchange how surely it opens a topic, from its own words
(« dernière question », « et ça ? ») and from those of the topic it would stay on: the themes asked about, and the
words of the answer it takes up. A topic that comes back opens again. Linear: an exchange is compared with the topic
under way only, so that an edit moves nothing beyond the next opening.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.segment.exchanges import Exchange
from pipeline.segment.lexicon import content, fold_line, is_question, stands_alone, stem, weight
from pipeline.segment.sentences import SentenceUnit
from pipeline.segment.themes import themes

# In one unit: 1 is a sign strong enough to decide when nothing else is known. Set on the six meetings of
# bench/meetings and the demo's, judged on bench/meetings/unseen.
_ANNOUNCED = 1.6
_OTHER_THEME = 1.1
_SAME_THEME = -1.3
_NO_THEME = -0.4
_LEANS = -0.9
_ECHOES = -0.45
_SHORT = -0.7
_LONG = 0.4
_CLOSED_BEFORE = 0.4
_TAKEN_UP = -1.4
_REMARK = -0.4
_GOES_ON = -0.7
_POINTS = -0.5
_ADDRESSED = 0.4
_NEW_WORD = 0.3  # for each word that the topic has not heard, the first apart
_MOST_NEW = 0.9

_SHORT_WORDS = 4  # « En anglais ? », « Sur concours ? »
_LONG_WORDS = 9
_ECHO_WORDS = 5  # « Comment ils ont su ? »

_ANNOUNCES_ANOTHER = re.compile(
    r"\b(?:(?:ma|une|la|derniere|premiere|deuxieme|seconde|troisieme|autre|prochaine|"
    r"petite) (?:\w+ )?question\b|"
    r"question suivante|pour (?:finir|terminer|conclure|commencer|revenir)|au fait|sinon\b|"
    r"(?:je|on) (?:reviens|revient|repense|voudrais revenir|voulais revenir)|une derniere (?:chose|question)|"
    r"autre chose|(?:on|je) (?:se|me) demand\w+|tout a l'heure|passons|parlons (?:de|un peu|maintenant)|"
    r"changeons|j'ai lu|on (?:entend|dit|raconte|lit)\b|(?<!un )(?<!de )(?:niveau|cote|question) \w+,|"
    r"(?:au niveau|concernant|"
    r"du cote|par rapport|a propos|quant a)\b|j'aurais (?:aussi|du)|j'aimerais (?:aussi )?(?:savoir|qu'on)|"
    r"je voulais (?:aussi )?(?:savoir|vous|te)|maintenant,?)\b"
)
_CLOSES = re.compile(
    r"^(?:ok|okay|d'accord|tres bien|super|parfait|merci|genial|je vois|je comprends|tres clair|alors|bon|"
    r"bien)\b"
)
_ECHO = re.compile(
    r"^(?:et )?(?:pourquoi(?! (?:vous|tu)\b)|comment(?: ca| ils?| elles?| ?\?)|ah bon|vraiment|c'est-a-dire|"
    r"par exemple|quel genre|lesquels?|"
    r"lesquelles?|c'est quoi|meme|donc|alors|et (?:apres|alors)|apres|qui|quoi)\b"
)


_CONTINUES = re.compile(
    r"^(?:mais|donc|meme|et si|et s'|et quand|et la|et (?:elle|il|lui|eux)s?\b|ah bon|surtout|enfin)\b|"
    r"\b(?:aussi|alors|parfois|du coup|en particulier|deja|non|pareil|autant) ?\?$"
)
_LIKEWISE = re.compile(r"\b(?:aussi|meme|autant|pareil)\b")
_ADDRESSES = re.compile(
    r"^(?:et |alors |ok |d'accord |du coup |,)*(?:comment|qu'est-ce qu\w*|quel(?:le)?s?|est-ce qu\w*|"
    r"pourquoi|en quoi|"
    r"a quoi)\b.*\b(?:vous|tu|votre|ton|ta|vos|tes)\b"
)
_OPENS_POINTING = re.compile(
    r"^(?:et |mais |donc |alors |est-ce qu(?:e |'))*(?:ca|c'est|c'etait|ce|il|ils|elle|elles|on|y)\b"
)


def newness(sentences: Sequence[SentenceUnit], exchanges: Sequence[Exchange]) -> tuple[float, ...]:
    """How surely each exchange opens a topic: above 0 it does, below it stays on the one before.

    Args:
        sentences: of the whole meeting.
        exchanges: with indexes into ``sentences``, in order.

    Returns:
        One number an exchange, about -3 to 3; the first always opens.
    """
    found: list[float] = []
    current: frozenset[str] = frozenset()
    for number, exchange in enumerate(exchanges):
        asked = [sentences[index].text for index in exchange.questions]
        before = range(exchanges[number - 1].first, exchange.first) if number else range(0)
        heard = {stem(word) for index in before for word in content(sentences[index].text)}
        score = _score(asked, exchange.asked, current, heard) if number else 1.0
        found.append(score)
        told = frozenset[str]().union(*(themes(text) for text in asked))
        current = told if score > 0 else current | told
    return tuple(found)


def _score(asked: Sequence[str], asks: bool, current: frozenset[str], heard: set[str]) -> float:
    """Add up the signs."""
    questions = [text for text in asked if is_question(text)] or list(asked)
    folded = fold_line(" ".join(asked))
    first, last = fold_line(questions[0]), fold_line(questions[-1])
    # « Passons à la formation. Que faut-il faire ? »: what is announced is what is asked about.
    announced = [text for text in asked if text not in questions and _ANNOUNCES_ANOTHER.search(fold_line(text))]
    about = frozenset[str]().union(*(themes(text) for text in [*announced, *questions]))
    own = [stem(word) for text in asked for word in content(text)]
    unheard = len({word for word in own if word not in heard})
    words = max(weight(text) for text in questions)
    signs = (
        (_ANNOUNCED, _ANNOUNCES_ANOTHER.search(folded)),
        (_SAME_THEME, about and about <= current),
        (_OTHER_THEME, about and not about & current),
        (_NO_THEME, not about),
        (_SHORT, words <= _SHORT_WORDS and not (about and not about & current)),
        (_LONG, words >= _LONG_WORDS),
        (_LEANS, not about and not any(stands_alone(text) for text in questions)),
        (_LEANS / 2, about and _OPENS_POINTING.match(last) and not stands_alone(questions[-1])),
        (_ECHOES, not about and words <= _ECHO_WORDS and _ECHO.match(first)),
        (_GOES_ON, _CONTINUES.search(first) or _CONTINUES.search(last) or _CONTINUES.match(folded)),
        (_GOES_ON, words <= _ECHO_WORDS and _LIKEWISE.search(last)),
        (_ADDRESSED, _ADDRESSES.match(last)),
        (_POINTS, _OPENS_POINTING.match(first)),
        (_CLOSED_BEFORE, len(asked) > 1 and _CLOSES.match(fold_line(asked[0]))),
        (_CLOSED_BEFORE / 2, len(asked) == 1 and _CLOSES.match(folded)),
        (_REMARK, not asks),
    )
    taken_up = 1.0 - sum(word not in heard for word in own) / len(own) if own else 0.0
    told = sum(value for value, present in signs if present)
    return told + min(_MOST_NEW, _NEW_WORD * max(0, unheard - 1)) + _TAKEN_UP * taken_up

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
from pipeline.segment.lexicon import content, fold, is_back_channel, is_question, stands_alone, stem, weight
from pipeline.segment.sentences import SentenceUnit
from pipeline.segment.themes import themes

# In one unit: 1 is a sign strong enough to decide when nothing else is known. Set on the six meetings of
# bench/meetings and the demo's, judged on bench/meetings/unseen.
_ANNOUNCED = 1.6
_OTHER_THEME = 1.1
_SAME_THEME = -1.3
_NO_THEME = -0.4
_LEANS = -0.9
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

_ANNOUNCES = re.compile(
    r"\b(?:(?:ma|une|la|derniere|premiere|deuxieme|seconde|troisieme|autre|prochaine|petite) (?:\w+ )?question\b|"
    r"question suivante|pour (?:finir|terminer|conclure|commencer|revenir)|au fait|sinon\b|"
    r"(?:je|on) (?:reviens|revient|repense|voudrais revenir|voulais revenir)|une derniere (?:chose|question)|"
    r"autre chose|(?:on|je) (?:se|me) demand\w+|tout a l'heure|passons|parlons (?:de|un peu|maintenant)|"
    r"changeons|j'ai lu|on (?:entend|dit|raconte|lit)\b|(?<!un )(?<!de )(?:niveau|cote|question) \w+,|(?:au niveau|concernant|"
    r"du cote|par rapport|a propos|quant a)\b|j'aurais (?:aussi|du)|j'aimerais (?:aussi )?(?:savoir|qu'on)|"
    r"je voulais (?:aussi )?(?:savoir|vous|te)|maintenant,?)\b"
)
_CLOSES = re.compile(
    r"^(?:ok|okay|d'accord|tres bien|super|parfait|merci|genial|je vois|je comprends|tres clair|alors|bon|bien)\b"
)
_ECHO = re.compile(
    r"^(?:et )?(?:pourquoi(?! (?:vous|tu)\b)|comment(?: ca| ils?| elles?| ?\?)|ah bon|vraiment|c'est-a-dire|par exemple|quel genre|lesquels?|"
    r"lesquelles?|c'est quoi|meme|donc|alors|et (?:apres|alors)|apres|qui|quoi)\b"
)


_CONTINUES = re.compile(
    r"^(?:mais|donc|meme|et si|et s'|et quand|et la|et (?:elle|il|lui|eux)s?\b|ah bon|surtout|enfin)\b|"
    r"\b(?:aussi|alors|parfois|du coup|en particulier|deja|non|pareil|autant) ?\?$"
)
_LIKEWISE = re.compile(r"\b(?:aussi|meme|autant|pareil)\b")
_ADDRESSES = re.compile(
    r"^(?:et |alors |ok |d'accord |du coup |,)*(?:comment|qu'est-ce qu\w*|quel(?:le)?s?|est-ce qu\w*|pourquoi|en quoi|"
    r"a quoi)\b.*\b(?:vous|tu|votre|ton|ta|vos|tes)\b"
)
_POINTING = re.compile(r"^(?:et |mais |donc |alors |est-ce qu(?:e |'))*(?:ca|c'est|c'etait|ce|il|ils|elle|elles|on|y)\b")


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
        told = frozenset().union(*(themes(text) for text in asked)) if asked else frozenset()
        current = told if score > 0 else current | told
    return tuple(found)


def _score(asked: Sequence[str], asks: bool, current: frozenset[str], heard: set[str]) -> float:
    questions = [text for text in asked if is_question(text)] or list(asked)
    folded = " ".join(" ".join(fold(text).split()) for text in asked)
    about = frozenset().union(*(themes(text) for text in questions))
    own = [stem(word) for text in asked for word in content(text)]
    taken_up = sum(word in heard for word in own) / len(own) if own else 0.0
    unheard = len({word for word in own if word not in heard})
    score = 0.0
    if _ANNOUNCES.search(folded):
        score += _ANNOUNCED
    other = bool(about - current)
    if about & current:
        score += _SAME_THEME if not other else 0.0
    elif about:
        score += _OTHER_THEME
    else:
        score += _NO_THEME
    words = max(weight(text) for text in questions)
    if words <= _SHORT_WORDS and not (other and not about & current):
        score += _SHORT
    if words >= _LONG_WORDS:
        score += _LONG
    if not any(stands_alone(text) for text in questions) and not about:
        score += _LEANS
    first = " ".join(fold(questions[0]).split())
    last = " ".join(fold(questions[-1]).split())
    if words <= _ECHO_WORDS and _ECHO.match(first) and not about:
        score += _LEANS / 2
    if _CONTINUES.search(first) or _CONTINUES.search(last) or _CONTINUES.match(folded):
        score += _GOES_ON
    if words <= _ECHO_WORDS and _LIKEWISE.search(last):
        score += _GOES_ON
    if _ADDRESSES.match(last):
        score += _ADDRESSED
    if _POINTING.match(first):
        score += _POINTS
    score += min(_MOST_NEW, _NEW_WORD * max(0, unheard - 1))
    if len(asked) > 1 and _CLOSES.match(fold(asked[0])):
        score += _CLOSED_BEFORE
    elif _CLOSES.match(folded):
        score += _CLOSED_BEFORE / 2
    if not asks:
        score += _REMARK
    return score + _TAKEN_UP * taken_up

"""Courtesy: the greetings, checks and introductions before the first question, the thanks and goodbyes after the last.

Takes sentences and exchanges in order; gives how much of both ends is courtesy, and the blocks that lie between.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from consent.records import PersonId, Role
from pipeline.segment.askers import askers_of
from pipeline.segment.exchanges import HANGING, Exchange
from pipeline.segment.lexicon import is_back_channel, is_question, is_small_talk, thanks, tokens, weight
from pipeline.segment.sentences import Block, SentenceUnit

_COURTESY_WORDS = 40  # of the professional, among greetings or farewells: more, and it is content
_MAX_COURTESY_S = 60.0  # greetings and thanks last less; longer is content we misread
_LEAST_ANSWERING = 0.1  # of all words: who says less beside the askers is a guest
_FEW_WORDS = 3  # « C'est parti. »


def courtesy_at_ends(sentences: Sequence[SentenceUnit], exchanges: Sequence[Exchange]) -> tuple[int, int]:
    """How many sentences at the start, and at the end, are greetings, checks, introductions or thanks.

    Courtesy by its words goes; so do the few words said among greetings before the first question (« je sors d'une
    garde ») and among farewells after the last answer (« la porte est ouverte »).
    """
    askers = _guests(sentences)
    limit = exchanges[0].answer if exchanges else len(sentences)
    head = 0
    while head < limit and _is_courtesy(sentences[head], askers):
        head += 1
    floor = max(exchanges[-1].answer + 1 if exchanges else 0, head)
    past = len(sentences)
    while past > floor and _is_courtesy(sentences[past - 1], askers):
        past -= 1
    while past < len(sentences) and _only_listens(sentences[past].text):
        past += 1  # the « d'accord » that follows the last answer still belongs to it
    if exchanges and askers:
        head = max(head, _welcome(sentences, exchanges[0], askers))
        past = min(past, _farewell(sentences, floor, askers))
    if head and sentences[head - 1].end - sentences[0].start > _MAX_COURTESY_S:
        head = 0
    if past < len(sentences) and sentences[-1].end - sentences[past].start > _MAX_COURTESY_S:
        past = len(sentences)
    return head, len(sentences) - past


def between_courtesies(
    sentences: Sequence[SentenceUnit], blocks: Sequence[Block], exchanges: Sequence[Exchange]
) -> range:
    """The blocks that are not courtesy from end to end, at the start or at the end; empty where all of them are."""
    first, last = courtesy_at_ends(sentences, exchanges)
    head = sum(block.past <= first for block in blocks)
    tail = sum(block.first >= len(sentences) - last for block in blocks)
    return range(head, len(blocks) - tail)


def _guests(sentences: Sequence[SentenceUnit]) -> frozenset[PersonId | None]:
    """Who asks, and who only opens or closes the meeting (a teacher, a parent): everybody but who answers.

    Empty where nobody can be told from the others.
    """
    askers = askers_of(sentences)
    if not askers:
        return askers
    words: Counter[PersonId | None] = Counter()
    for sentence in sentences:
        words[sentence.speaker] += len(sentence.words)
    declared = {one.speaker for one in sentences if one.role is Role.PROFESSIONAL}
    least = _LEAST_ANSWERING * words.total()
    answering = declared or {one for one, said in words.items() if one not in askers and said >= least}
    return frozenset(words) - answering


def _only_listens(text: str) -> bool:
    return is_back_channel(text) and not is_small_talk(text)


def _topical_words(sentences: Sequence[SentenceUnit], askers: frozenset[PersonId | None]) -> int:
    """What the answering side says beside courtesy."""
    return sum(weight(one.text) for one in sentences if one.speaker not in askers and not is_small_talk(one.text))


def _welcome(sentences: Sequence[SentenceUnit], exchange: Exchange, askers: frozenset[PersonId | None]) -> int:
    """How many sentences before the first question are welcome; 0 where nobody greets or much is said."""
    question = next((index for index in exchange.questions if is_question(sentences[index].text)), exchange.first)
    greetings = [index for index in range(question) if is_small_talk(sentences[index].text)]
    if not greetings or _topical_words(sentences[:question], askers) >= _COURTESY_WORDS:
        return 0
    others = [index for index in range(exchange.first) if sentences[index].speaker not in askers]
    # « Bonjour cheffe. Ça sent bon ici ! »: what is said in one breath with a greeting goes with it.
    greeted = {sentences[index].places[0].utterance for index in greetings}
    greeted -= {sentences[question].places[0].utterance}
    breath = [index for index in range(question) if sentences[index].places[0].utterance in greeted]
    return max([*greetings, *others, *breath, *_leave_to_ask(sentences, exchange, question, askers)]) + 1


def _leave_to_ask(
    sentences: Sequence[SentenceUnit], exchange: Exchange, question: int, askers: frozenset[PersonId | None]
) -> list[int]:
    """« Super, allez-y. »: the last word of the answering side before the question, unless it was announced."""
    said = [index for index in range(exchange.first, question) if sentences[index].speaker not in askers]
    announced = any(
        sentences[index].text.endswith(HANGING) or "question" in tokens(sentences[index].text)
        for index in range(exchange.first, said[-1] if said else 0)
        if sentences[index].speaker in askers and not is_small_talk(sentences[index].text)
    )
    return [] if announced else said[-1:]


def _farewell(sentences: Sequence[SentenceUnit], floor: int, askers: frozenset[PersonId | None]) -> int:
    """The first sentence of the farewells: the asker thanks, asks nothing more, and little is said after."""
    past, told = len(sentences), 0
    for index in range(len(sentences) - 1, floor - 1, -1):
        sentence = sentences[index]
        told += _topical_words([sentence], askers)
        if told >= _COURTESY_WORDS or is_question(sentence.text):
            break
        if sentence.speaker in askers and thanks(sentence.text):
            past = index
    while past > floor and past < len(sentences) and _same_breath(sentences, past, askers):
        past -= 1  # « Eh bien je crois que j'ai tout. Merci beaucoup. »
    return past


def _same_breath(sentences: Sequence[SentenceUnit], index: int, askers: frozenset[PersonId | None]) -> bool:
    before = sentences[index - 1]
    same = before.places[-1].utterance == sentences[index].places[0].utterance
    courteous = not is_question(before.text) and not _only_listens(before.text)
    return same and before.speaker in askers and courteous


def _is_courtesy(sentence: SentenceUnit, askers: frozenset[PersonId | None]) -> bool:
    if is_small_talk(sentence.text) or is_back_channel(sentence.text):
        return True
    # A word or two without a question (« C'est parti. ») between two greetings is courtesy too.
    return sentence.speaker in askers and weight(sentence.text) <= _FEW_WORDS and "?" not in sentence.text

"""Summary: the two sentences of an answer that say most, cleaned of hesitations and names.

Takes what is asked and what is told; gives at most two sentences of what is told, in their order, none changed
beyond cleaning. A sentence is worth the words it shares with the other sentences of the answer (centrality, as in
LexRank's simplest form) and with the question, and less where it points back or is too short or too long to be read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from pipeline.segment.cleaning import without_hidden, without_noise
from pipeline.segment.lexicon import content, fold, is_back_channel, is_small_talk, stem, tokens
from pipeline.segment.names import names_in, names_left, without_names

SENTENCES = 2
_WORDS = range(6, 36)  # shorter says little, longer does not fit two lines of a card
_QUESTION_SHARE = 1.5  # a word of the question is worth more than one of the answer
_FIRST_GAIN = 1.0  # the answer begins by answering
_NEEDS_BEFORE_LOSS = 0.35  # « C'est… », « Il… », « Ça… » need the sentence before them
_LENGTH_LOSS = 0.4
_NUMBER_GAIN = 0.7  # a figure is what visitors remember
_NEEDS_BEFORE = re.compile(
    r"^(?:(?:et|mais|donc|alors|parce que|car|du coup|au debut|apres|avant|maintenant|aujourd'hui|des fois|parfois|"
    r"pourtant|moi|puis|ensuite|sinon|la|meme|aussi|un jour),? )*(?:(?:ca|cela|c'est|c'etait|ce n'est|il(?! (?:y a|"
    r"faut|"
    r"existe))|elle|ils|elles|en|y|celui|celle|ceux)\b|(?:je|on|nous) (?:ne )?(?:l'|(?:les?|la|lui|leur|en|y) ))"
)
_LEAD = re.compile(
    r"^(?:(?:euh|ben|bah|bon|alors|donc|et|mais|voilà|oui|ouais|non|si(?=\s*,)|ah|oh|enfin|en fait|du coup|"
    r"après(?=\s*,)|honnêtement|franchement)\b"
    r"(?:\s*[,.!…]+\s*|\s+)(?=\S))+",
    re.I,
)


def summary_of(asked: Sequence[str], told: Sequence[str]) -> tuple[str, ...]:
    """At most two sentences of what is told, in order, each with a capital and a mark at its end."""
    asked, told = [without_hidden(text) for text in asked], [without_hidden(text) for text in told]
    names = names_in([*asked, *told])
    wanted = {stem(one) for text in asked for one in content(text)}
    readable = [(index, clean_sentence(text, names)) for index, text in enumerate(told) if _tells(text)]
    readable = [(at, text) for at, text in readable if content(text) and not names_left(text, names)]
    rich = [(at, text) for at, text in readable if len(content(text)) > 1]
    readable = rich if len(rich) >= SENTENCES else readable  # a poor sentence is better than half a summary
    stems = {index: {stem(one) for one in content(text)} for index, text in readable}
    shared = Counter(one for own in stems.values() for one in own)
    scored = []
    for rank, (index, text) in enumerate(readable):
        own = stems[index]
        common = sum(shared[one] > 1 for one in own) + _QUESTION_SHARE * len(own & wanted) + len(own) / 4
        worth = common + (_FIRST_GAIN if rank == 0 else 0) + (_NUMBER_GAIN if re.search(r"\d", text) else 0)
        worth *= _NEEDS_BEFORE_LOSS if _NEEDS_BEFORE.match(fold(text)) and rank else 1
        worth *= 1 if len(tokens(text)) in _WORDS else _LENGTH_LOSS
        scored.append((-worth, index, text))
    best = sorted(sorted(scored)[:SENTENCES], key=lambda each: each[1])
    return tuple(text for _, _, text in best)


def clean_sentence(text: str, names: frozenset[str]) -> str:
    """A sentence as it is read in a summary: no hesitation, no name called out, a capital, a mark at its end."""
    ending = "…" if text.rstrip().endswith(("…", "...")) else "."
    mark = re.search(r"[?!](?=[\s»\")]*$)", text)
    plain = without_noise(without_names(text, names))
    plain = _LEAD.sub("", plain).strip(" ,;:.…!?\u00a0\u202f")
    if not plain:
        return ""
    plain = plain[0].upper() + plain[1:]
    return plain + (f"\u202f{mark[0]}" if mark else ending)


def _tells(text: str) -> bool:
    return not is_back_channel(text) and not is_small_talk(text)

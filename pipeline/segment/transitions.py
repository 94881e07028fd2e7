"""Transitions: how strongly a line announces that the talk moves on (« on passe à… », "next on the agenda").

Takes a line or the opening of a turn, gives a strength of 0 to 2.5. French and English; in another language nothing
is found and the topics are told by what is said alone. The phrases were chosen on the development transcripts of
public corpora and are not weighted one by one: there is too little to fit them on.
"""

from __future__ import annotations

import re
from functools import lru_cache

from pipeline.segment.lexicon import fold

_WINDOW_WORDS = 40  # of a turn: an announcement comes first
_MOST = 2  # different announcements that count

_MOVES_ON = re.compile(
    r"\b(?:(?:on|nous) (?:va|allons) (?:maintenant |aussi |aborder|parler|passer|commencer|finir|conclure|terminer|"
    r"evoquer|en venir|revenir)|(?:on|nous) (?:passe|passons|avance|enchaine|enchainons|aborde|abordons|en vient|"
    r"en venons|arrive|arrivons|en arrive|termine|commence|poursuit|continue)\b|parlons|passons|abordons|venons-en|"
    r"(?:un|une|autre|premier|premiere|deuxieme|troisieme|quatrieme|second|seconde|dernier|derniere|grand|grande|"
    r"prochain|prochaine|nouveau|nouvelle) (?:autre |grand |grande |petit |petite )?(?:sujet|theme|thematique|"
    r"chapitre|partie|point|volet|question)|conclusion|conclure|(?:cette|l') ?emission|ce debat|changeons de|sinon|"
    r"move on|moving on|move to|move along|go on to|on to the|next (?:item|topic|thing|question|up|one|slide|point|"
    r"agenda|is|presentation)|talk(?:ing)? about|let'?s (?:start|go|talk|move|look|see|get|do|discuss)|let us|"
    r"another (?:thing|item|topic|question|point|neat|big)|other (?:thing|things|item|big)|"
    r"last (?:thing|item|question|point|topic)|first (?:thing|item|question|point|topic|of all)|agenda|presentation|"
    r"some questions|questions (?:now|from)|now (?:on|to|from|turn)|turn to|back to|final(?:ly)?|"
    r"to (?:wrap|conclude|finish|sum|start|begin)|wrap up|anyway|as for|in terms of)\b"
)
_LEADS = re.compile(
    r"^(?:(?:ok|okay|alright|all right|right|so|now|well|um|uh|great|good|cool|excellent|perfect|lovely|thank you|"
    r"thanks)\b[ ,.!]*){1,6}|^(?:(?:alors|bon|bien|donc|maintenant|ok|okay|d'accord|tres bien|merci|parfait|voila|"
    r"justement|allez|ensuite|enfin|et bien)\b[ ,.!]*){1,6}"
)
_MOVES = frozenset(["so", "now", "okay", "ok", "alright", "right", "alors", "bon", "maintenant", "allez", "ensuite"])
_GOES_ON_CHARS = 15  # after « okay »: else the line only agrees


@lru_cache(maxsize=65536)
def transition(text: str) -> float:
    """How strongly a text announces another topic, 0 to 2.5."""
    folded = " ".join(fold(text).split()[:_WINDOW_WORDS]).replace(" ,", ",").replace(" .", ".")
    strength = float(min(len(set(_MOVES_ON.findall(folded))), _MOST))
    lead = _LEADS.match(folded)
    if lead is not None and len(folded) > lead.end() + _GOES_ON_CHARS:
        strength += 0.5 if _MOVES & set(re.findall(r"\w+", lead.group())) else 0.25
    return strength

"""Interrogatives: « depuis quand », « d'où », « à quelle heure », with the preposition that belongs to them.

Gives the pattern of an interrogative that stands after its verb (« vous travaillez depuis quand »), and tells whether
one found there asks: « un patient qui n'a pas payé », « quand il pleut » and « comment ça marche » open a clause.
"""

from __future__ import annotations

import re

from pipeline.segment.lexicon import fold

_PREPOSITION = (
    r"(?:à partir de|depuis|pendant|jusqu['’][àa]|à|a|de|en|avec|pour|sur|chez|dans|par|vers|contre|sans|dès)"
)
INTERROGATIVE = (
    rf"(?:(?:d['’] ?|jusqu['’]|par |vers )?où|(?:{_PREPOSITION} )?(?:quand|combien(?: de temps| d['’e] ?\w+| de \w+)?|"
    r"quoi|qui|quel(?:le)?s? \w+)|comment)"
)
"""What asks where it stands in the place of its answer; without « pourquoi », which never does."""

_OPENS_CLAUSE = re.compile(
    r"\s*(?:je|j['’]|tu|il|elle|on|nous|vous|ils|elles|ça|c['’]|ce|ne|n['’]|se|s['’]|est|sont|a|ont|y|faire)(?!\w)",
    re.I,
)
# After « qui », « où » and « quand », which join clauses too, only what cannot be a subject or a verb.
_AFTER_JOINING = re.compile(
    r"\s*(?:$|,|(?:par|en|à|au|aux|dans|sur|avec|pour|chez|comme|pendant|depuis|après|avant|exactement|concrètement|ici|et|ou|"
    r"l['’](?:été|hiver|après-midi)|la (?:nuit|journée)|le (?:matin|midi|soir|week-end|dimanche|samedi))(?!\w))",
    re.I,
)
_JOINING = re.compile(r"\b(?:qui|ou|quand)$")
_HANGING = re.compile(r"(?:^|\s)(?:près|loin|auprès|à côté|au sujet|à propos|à cause|grâce|face|par rapport|lors|"
                      r"jusque?|entre|sous|après|avant|d['’]|et|ou|que)\s*$", re.I)  # fmt: skip


def asks_in_place(left: str, word: str, right: str) -> bool:
    """Whether an interrogative asks where it stands, and can be moved to the front alone.

    Args:
        left: what stands between the verb and it; « auprès » would stay behind without « de qui ».
        word: the interrogative with its preposition.
        right: what follows it.
    """
    if _HANGING.search(left) or _OPENS_CLAUSE.match(right):
        return False
    return _JOINING.search(fold(word.strip())) is None or _AFTER_JOINING.match(right) is not None

"""The forms of questions that a title takes: a closed list, tried in order, the narrow before the wide.

Takes a question whose « votre métier » and « faire ça » were said in full, and the occupation; gives the title
without its final mark, or None where no form fits. A form is a pattern and how it is written: a function of
:mod:`pipeline.segment.asking`, or a template whose fields are the pattern's groups and the occupation's forms.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from pipeline.segment import asking
from pipeline.segment.occupation import Occupation

_Builder = Callable[[re.Match[str], Occupation], str | None]

_NOUN = r"(?:le|la|les|l['’])\s?[\w'’ ]+?"
_WHICH = r"quel(?:le)?s? [\w'’]+?"
_HAVE = r"(?:vous avez|tu as|avez-vous|as-tu)"
_HOW = (
    r"(?P<how>(?:très |trop |plutôt |vraiment |un peu |super |si )?"
    r"(?:dur|difficile|facile|compliqué|fatigant|stressant|long|dangereux|physique|obligatoire|utile|important))"
)
_ENDING = r"(?: types?| au début| en début de carrière| d['’]embauche| moyen| de débutant)?"
_SEASON = r"(?:[^,]*?(?:vendanges|saison|fêtes|été|hiver)\b,?\s+)?"

_WRITTEN: tuple[tuple[str, _Builder | str], ...] = (
    (rf"(?P<article>les?|la|l['’]|une?|des)\s*(?P<noun>[\w-]+)(?P<rest>{_ENDING})$", asking.ellipsis),
    (r"(?:et )?c['’]est quoi les? (?P<noun>[\w-]+) qu['’]il faut(?: (?P<verb>avoir|faire|passer))?\b(?P<rest>.*)$",
     asking.needs_such),
    (r"(?:et )?c['’]est quoi\s*,?\s*(?P<what>.+)$", asking.what_is),
    (r"qu['’]est-ce que c['’]est\s*,?\s*(?P<what>.+)$", asking.what_is),
    (r"(?P<what>(?:le|la) (?:plus|moins) \w+|le pire|le meilleur),? c['’]est quoi$", asking.what_is),
    (r"qu['’]est-ce qui est (?P<what>(?:le|la) (?:plus|moins) \w+)$", "qu'est-ce qui est {what} dans le métier {of}"),
    # --- how it is, how it goes
    (r"(?:ça|cela|elle|il) ressemble à quoi\s*,?\s*(?P<what>.+)$", asking.looks_like),
    (rf"(?P<first>{_SEASON})(?P<what>(?:les|des|une?|la|l['’])\s?[\w'’ -]+?) (?:ça )?ressemblent? à quoi$",
     asking.looks_like),
    (r"(?:ça|cela) se passe comment\s*,?\s*(?P<what>.+)$", asking.goes),
    (r"être (?P<what>[^,]+?),? (?:ça|cela) se passe comment$", "comment ça se passe d'être {what}"),
    (r"(?P<what>[^,]+?),? (?:ça|cela|elle|il) se (?:passe|déroule) comment$", asking.goes),
    # --- what it takes
    (r"(?:qu['’]est-ce qu['’]il faut|il faut quoi|que faut-il)(?: avoir| comme qualités?)?\b(?= pour|$)(?P<rest>.*)$",
     asking.needs_what),
    (r"(?:est-ce qu['’])?il faut (?P<verb>(?:avoir )?(?:faire|fait|avoir|passer|passé|suivre|suivi|choisir|"
     r"eu)) (?P<which>quoi|quel(?:le)?s? [\w'’]+)\b(?P<rest>.*)$",
     asking.needs_to_do),
    (rf"il faut (?P<which>{_WHICH})\b(?P<rest>.*)$", asking.needs_which),
    (rf"(?P<which>{_WHICH}) (?:est-ce qu['’]|qu['’])?il faut\b(?P<rest>.*)$", asking.needs_which),
    (r"(?P<wh>(?:à|a) quelle heure|comment|où|quand|pourquoi|combien(?: de temps| d['’]\w+| de \w+)?) "
     r"(?:est-ce qu['’])?il faut\b(?P<rest>.*)$", "{wh} faut-il{rest}"),
    (r"il faut être comment\b(?P<rest>.*)$", "comment faut-il être{rest}"),
    (r"(?:est-ce qu['’])?il faut (?:vraiment |forcément |absolument )?"
     r"(?P<verb>être|avoir|savoir|parler|aimer|connaître|faire|passer|maîtriser)\s(?!.*\b(?:quoi|quel\w*|comment|combien)\b)(?P<rest>.*)$",
     asking.must),
    (r"comment (?:est-ce qu['’])?on devient\b(?P<what>.*)$", asking.becomes),
    # --- what it means
    (r"(?P<what>.+?)\s*[,…]?\s*(?:ça|cela) (?:veut dire|fait|consiste en) quoi(?: exactement| au juste|"
     r" comme \w+)?$", asking.means),
    (r"en quoi (?:est-ce que )?(?:ça|cela) consiste\s*,?\s*(?P<what>.+)$", asking.consists),
    (r"(?P<what>.+?)\s*[,…]?\s*(?:ça|cela) sert à quoi(?P<rest>.*)$", asking.serves),
    # --- what it does to people
    (r"(?:et )?(?:ça|cela) (?P<you>vous|te) plaît$", "est-ce que le métier {of} {you} plaît"),
    (r"qu['’]est-ce qui (?:vous|te|t['’]) ?plaît(?P<rest>.*)$", asking.pleases),
    (r"qu['’]est-ce qui (?:vous|te) (?P<verb>donne|motive|manque|attire|passionne|fascine)"
     r"(?P<rest>(?!.*\b(?:votre|vos|ton|ta|tes)\b).*)$", asking.moves),
    (r"(?:ça|cela) (?:ne )?fait (?:pas )?(?:trop |un peu )?(?P<how>peur|mal|plaisir|bizarre|drôle) "
     r"(?P<rest>(?:de |d['’]).*)$", "est-ce que ça fait {how} {rest}"),
    (rf"(?P<what>{_NOUN}),? (?:ça|cela) (?:vous|te|t['’]) ?(?P<verb>\w+e)$", asking.does_to),
    (r"(?:est-ce que )?c['’]est (?P<how>(?:bien|mal|assez|correctement) payé)\b(?P<rest>.*)$", asking.paid),
    (rf"(?:(?P<what>[\w'’ -]+?), )?(?:est-ce que )?c['’]est (?:pas )?{_HOW}\b(?P<rest>.*)$", asking.is_it),
    # --- what there is, what one does
    (r"(?P<wh>pourquoi|comment|combien(?: de [\w'’-]+| d['’][\w-]+)?) (?:est-ce qu['’])?il y a(?P<rest>.*)$",
     "{wh} y a-t-il{rest}"),
    (r"(?:est-ce qu['’])?il y a(?P<rest>.*)$", "y a-t-il{rest}"),
    (r"est-ce qu['’]il existe(?P<rest>.*)$", "existe-t-il{rest}"),
    (rf"(?P<what>{_NOUN}),? (?P<pronoun>elles?|ils?) (?P<verb>\w+) "
     r"(?P<wh>combien(?: de temps| d['’]\w+)?|comment|où|quand)$", "{wh} {verb} {what}"),
    (r"(?P<what>(?:le|la|l['’])\s?[\w-]+ (?:le|la) (?:plus|moins) .+)$", asking.superlative),
    (r"on peut (?P<verb>\w+) (?P<what>(?:(?:vers|à|de|dans|en) )?(?:quoi|où|qui))\b(?P<rest>.*)$", asking.can_do_what),
    (r"(?:est-ce qu['’])?on peut(?P<rest>.*)$", "peut-on{rest}"),
    (r"on est payée? combien(?P<rest>.*)$", "combien est-on payé{rest} comme {name}"),
    (r"on (?P<verb>\w+) (?P<asks>combien(?: de temps)?|(?:par|de|avec|en|chez) (?:quoi|qui|quel(?:le)?s? \w+))\b"
     r"(?P<rest>.*)$", asking.one_does),
    (r"(?P<asks>combien|comment|où|pourquoi|à quelle heure) (?:est-ce qu['’])?on (?P<verb>\w+)(?P<rest>.*)$",
     asking.one_does),
    (r"est-ce qu['’]on (?P<rest>[\w' ]+?)(?:\s+et\s+(?:vous|tu|ça)\b.*)?$", asking.one_is),
    # --- what one did, which is what others may do
    (r"(?:et )?(?:vous avez|tu as) (?:fait|suivi|eu) (?:quoi comme )?"
     r"(?P<which>quel(?:le)?s? \w+|études?|formation|parcours)\b(?P<rest>.*)$", asking.past_studies),
    (rf"(?P<which>quel(?:le)?s? \w+) (?:est-ce que )?{_HAVE} (?:fait|suivi|eu)e?s?\b(?P<rest>.*)$",
     asking.past_studies),
    (rf"(?P<wh>pourquoi|comment) (?:est-ce que )?{_HAVE} "
     r"(?P<rest>(?:tout |bien )?\w+(?:é|i|is|u|it|ert)\b(?!.*\b(?:vous|tu|votre|ton|ta)\b).*)$", "{wh} avoir {rest}"),
)  # fmt: skip
_FORMS = tuple((re.compile(f"^{pattern}", re.I), builder) for pattern, builder in _WRITTEN)


def formed(question: str, occupation: Occupation) -> str | None:
    """The question in the first form that fits; None where none does."""
    for pattern, builder in _FORMS:
        match = pattern.match(question)
        made = _built(builder, match, occupation) if match else None
        if made is not None:
            return made
    return None


def _built(builder: _Builder | str, match: re.Match[str], occupation: Occupation) -> str | None:
    if isinstance(builder, str):
        return builder.format(name=occupation.name, of=occupation.of, **match.groupdict(""))
    return builder(match, occupation)

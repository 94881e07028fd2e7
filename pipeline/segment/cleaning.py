"""Cleaning: a spoken sentence without hesitations, courtesy, repetitions and announcements.

Takes a sentence as transcribed, gives what of it can be read; no word is added or changed. « Euh, ma question, c'est :
vous, vous gagnez combien ? » becomes « vous gagnez combien ».
"""

from __future__ import annotations

import re
import unicodedata

from pipeline.segment.lexicon import content
from pipeline.segment.oral import in_the_present

_TERMINAL = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_SOUND = r"(?:euh+|heu+|hum+|hm+|mm+-?h?m*|mh+m*|hein|ben|bah)"
_HESITATION = re.compile(
    rf"(?:(?<=\s)|^|(?<=,)){_SOUND}(?:\s*(?:…|\.+|!|,))?(?=\s|$)|,?\s*\b{_SOUND}(?=\s*[?.!,…])", re.I
)
_REPEATED = re.compile(
    r"\b((?:[\w'’-]+\s){0,2}[\w'’-]+)(?:\s*(?:,|…|\.\.\.)\s*\1\b)+|"
    r"\b(?!(?:vous|nous)\b)(\w+)(?:\s+\2\b)+|\b((?:[\w'’-]+\s){1,2}[\w'’-]+)(?:\s+\3\b)+",
    re.I,
)
_NUMBER = (
    r"(?:\d[\d\s.,]*|zéro|un|une|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|"
    r"vingts?|trente|quarante|cinquante|soixante|cents?|mille|millions?|demi)"
)
_ENDS_IN_NUMBER = re.compile(rf"(?:^|[\s-]){_NUMBER}$", re.I)
_NUMBER_FOLLOWS = re.compile(rf"[\s-]+(?:et\s+)?{_NUMBER}\b", re.I)
_NAME = r"[A-ZÀ-Ý][\w'’-]+"
_VOCATIVE = rf"(?:(?:[Mm]adame|[Mm]onsieur|[Mm]me|M\.|[Dd]octeur)(?:\s+{_NAME})*)"
_GREETING = re.compile(
    rf"^(?i:(?:re)?bonjour|bonsoir|salut|coucou|hello)(?:\s+(?:(?i:à (?:vous|toi|tous))|{_VOCATIVE}|{_NAME}))*"
    r"\s*[,.!…:-]*\s*"
)
_CALLED_FIRST = re.compile(rf"^{_VOCATIVE}\s*,\s+(?=\S)")
_CALLED_LAST = re.compile(rf"\s*,\s*{_VOCATIVE}\s*(?=[?.!…]*$)")
_FILLER = re.compile(
    r"^(?:et(?! demi)|so(?= )|mais|alors|donc|du coup|or|ok(?:ay)?|d['’]accord|"
    r"ah(?: (?:oui|ouais|bon|d['’]accord|non))?|"
    r"oh|oui|"
    r"ouais|bon|voilà|enfin|en fait|sinon|puis|ensuite|justement|super|génial|parfait|cool|très bien|"
    r"merci(?: beaucoup)?|"
    r"intéressant|je vois|je comprends|et puis|par contre|après(?=,)|(?:moi|vous|toi)(?=,)|moi(?= j[e'’])|bien sûr|"
    r"effectivement|c['’]est vrai que|"
    r"c['’]est (?:super |très |vraiment )?intéressant|dites-moi|dis-moi|tiens|pardon|excusez-moi|petite question|"
    r"pour (?:finir|commencer|terminer)(?=\s*,)|"
    r"au contraire(?=\s*,)|à l['’]inverse(?=\s*,)|(?:une )?(?:autre|dernière|petite|première|deuxième|troisième|"
    r"seconde|prochaine) question|déjà(?=\s*,| (?:comment|pourquoi|c['’]est quoi|qu['’]est-ce))|"
    r"sans (?:être|vouloir être) (?:trop )?indiscr[eè]te?|"
    r"comme (?:je|on|vous|tu) (?:vous |te |le |l['’])?(?:disais|disait|disiez|ai dit|a dit|avez dit|as dit)"
    r"(?: tout à l['’]heure| avant)?(?=\s*,)|"
    r"je (?:ne )?sais pas si (?:je peux|on peut|j['’]ai le droit|c['’]est)[^,?]{0,40}?,? mais|"
    r"question suivante)\b(?!-\w)(?:\s*[,:;.!…-]+\s*|\s+|$)",
    re.I,
)
_ASKING = re.compile(
    r"^(?:(?:j['’]ai|j['’]avais|j['’]aurais|il me reste) (?:juste |aussi |encore )?une (?:autre |petite |"
    r"dernière )?question"
    r"(?: (?:sur|concernant) [^,:]*)?\s*[,:]\s*(?:c['’](?:est|était)(?: de savoir)?\s+)?|"
    r"ma (?:première |deuxième |seconde |troisième |prochaine |dernière |petite )?question,?\s*"
    r"(?:ce serait|ce sera|elle est|elle serait|"
    r""
    r"c['’]est|serait|est)"
    r"(?: (?:de savoir|simple|toute simple|plus personnelle|un peu \w+))?\s*[,:]?\s*|"
    r"(?:et )?(?:je (?:voulais|voudrais|souhaiterais)|j['’]aurais voulu|j['’]aimerais|on (?:voulait|voudrait|aimerait)|"
    r"nous (?:voulions|voudrions|aimerions))(?: bien| aussi| juste)*"
    r"(?: (?:vous |te )?(?:savoir|demander))\s*,?\s*|"
    r"(?:puis-je|(?:est-ce que )?(?:je peux|on peut)) (?:vous |te )?demander\s+|"
    r"[^?]{0,60}\b(?:(?:voudrait|voulait|aimerait) (?:bien |aussi )?savoir|"
    r"(?:qui|on (?:me|nous|vous)) demande)\s+|je me demand(?:ais|e)(?: aussi| juste)*\s*,?\s*|"
    r"(?:est-ce que )?(?:vous pouvez|vous pourriez|tu peux|pouvez-vous|pourriez-vous|peux-tu) (?:me |m['’]|"
    r"nous )(?:dire|expliquer)"
    r"(?: un peu)?\s+)(?=(?:comment|pourquoi|combien|quel|où|quand|qui|ce qu|si |s['’]|qu['’]est-ce|est-ce|à quoi|"
    r"en quoi|de "
    r"quoi|vous|tu|ça|il faut|faut|c['’]est))",
    re.I,
)
# « Alors moi je suis en terminale, et je me demandais, … »: what comes before the question is about who asks it.
_BEFORE_ASKING = re.compile(
    r"^[^?:]{0,90}?\b(?:je (?:voulais|voudrais|souhaiterais)|j['’]aurais voulu|j['’]aimerais|(?:on|nous) (?:voul|"
    r"aimer)\w+|"
    r"ce que (?:je|j['’]|on) (?:voulais|voudrais|aimerais|veux|voudrait))(?: bien| aussi| juste| vraiment)*"
    r" (?:vous |te )?(?:savoir|demander|comprendre)"
    r"(?:,? c['’]est|,? c['’]était)?\s*[,:]*\s*(?=\S+\s+\S+\s+\S)|"
    r"^[^?:]{0,90}?\b(?:(?:je|on|nous) (?:me|se|nous) deman\w+)(?: (?:aussi|juste|souvent|toujours|avec [\w' ]{2,25}?"
    r"(?=,| si | s['’]| comment | pourquoi | combien )))*\s*[,:]*\s*(?=\S+\s+\S+\s+\S)",
    re.I,
)
# « Je suis en troisième à Pantin et donc ma première question c'est… »: nobody's school is a title.
_BEFORE_QUESTION = re.compile(
    r"^[^?:]{0,160}?\b(?:ma|la) (?:[\w-]+ )?question(?: que j['’]ai)?,?\s*(?:ce serait|c['’]est|c['’]était|serait|est)"
    r"(?: de savoir)?\s*[,:]*\s*(?=\S+\s+\S)|"
    r"^(?:(?:alors|bonjour|moi|donc),? )*je (?:suis|m['’]appelle|viens)\b[^?:]{0,160}? et "
    r"(?:(?:donc|du coup|alors|en fait),? )*"
    r"(?=(?:c['’]est quoi|comment|pourquoi|combien|quel(?:le)?s?|est-ce|qu['’]est-ce|(?:à|de|en|avec) quoi) )",
    re.I,
)
# « Après je vous laisse : … », « Promis, c'est la dernière : … »: about the meeting, before the question.
_ABOUT_THE_MEETING = re.compile(
    r"^(?:(?:et|mais|bon|alors|allez|euh|promis|juste)\s*,?\s+)*(?:promis|après (?:ça )?,?\s?(?:je|on) (?:vous|"
    r"t['’]|te)?\s?"
    r"(?:laisse|libère|embête plus|arrête)\w*(?: tranquilles?)?|(?:c['’]est|ce sera|ça sera) (?:ma|"
    r"la) dernière(?: question)?|"
    r"(?:une|ma|la)? ?dernière(?: chose| petite chose)?|une (?:petite )?chose(?: encore)?|encore une(?: chose|"
    r" question)?|"
    r"(?:j['’]en ai|il m['’]en reste) (?:une|encore une)[^,:]{0,20}|"
    r"(?:revenons|revenir|pour (?:en )?revenir|je reviens|on revient|passons|parlons)(?: un peu| maintenant)? (?:à|"
    r"aux?|sur|de|des|du)"
    r" [^,:?]{2,40}|question (?:un peu )?(?:bête|idiote|stupide|indiscrète|naïve|con))\s*[,:;.…!–-]+\s*(?=\S)",
    re.I,
)
# « What's your… pardon, c'est quoi… »: a question begun anew.
_BEGUN_ANEW = re.compile(
    r"^[^?]{0,60}(?:…|\.\.\.|,)\s*(?:(?:non|euh),? )*(?:pardon|excusez-moi|je veux dire|je recommence|"
    r"enfin non)\s*,?\s*(?=\S)",
    re.I,
)
_PAST_ASKING = re.compile(r"\b(?:voulais|voulait|voulions|demandais|demandait|demandions|aurais voulu)\b", re.I)
_WHETHER = re.compile(r"^(?:si\s+|s['’](?=il))", re.I)
_WHAT = re.compile(r"^ce (?=qu)", re.I)  # « savoir ce que vous faites »
_TAG = re.compile(
    r"\s*,\s*(?:non|hein|n['’]est-ce pas|ou pas|pas vrai|ou quoi|ou pas du tout|je crois|je me trompe)(?=\s*\?*$)|"
    r"(?<=\w)\s*,?\s+(?:c['’]est (?:bien )?(?:ça|cela|vrai)|j['’]imagine)(?=\s*\?*$)",
    re.I,
)
# « Consultante, OK, mais concrètement, … »: a word of agreement inside.
_INSIDE = re.compile(
    r"(?:(?<=\bque)|(?<=\bde)|(?<=\bà)|(?<=\bun)|(?<=\bune)|(?<=\bles)|(?<=\bdes)|(?<=\bet)|(?<=\bou)|(?<=\bdans))\s*,\s*"
    r"(?:je (?:ne )?sais pas|genre|enfin|comment dire|euh|disons|en fait)\s*,|"
    r"\s*,\s*(?:ok(?:ay)?|d['’]accord|oui|ouais|bon|enfin|en fait|genre|je (?:ne )?sais pas|comment dire|"
    r"disons)(?=\s*,)|(?<=\w)\s+non(?=,\s)|"
    r"\s*,?\s+(?:enfin |ou )?(?:selon (?:vous|toi)|(?:à|a) (?:votre|ton) avis|d['’]après (?:vous|toi|(?:votre|ton) "
    r"(?:expérience|parcours|vécu)))(?=[\s,])\s*,?(?=\s+\w)",
    re.I,
)
_REMARK = re.compile(
    r"(?:,?\s*\b(?:du coup|en fait|genre)|,\s*quoi|,\s*c['’]est(?: [\w-]+)? qui (?:le )?demande|"
    r"(?<=\w)\s+alors|,?\s*s['’]il vous plaît|s['’]il te plaît|"
    r"(?<!peux )(?<!peut )(?<!pouvez )quand même)(?=\s*[?.!…]*$)",
    re.I,
)
_REASON = re.compile(
    r"(?<=\w)\s*,\s*(?:parce qu(?:e\b|['’])|car\s).*$|"
    r"(?<=\w)\s+parce qu(?:e\s|['’])(?:(?:ma|mon|mes|la|le|les) [\w-]+ (?:(?:elle|il|elles|ils) )?|on |tout le monde )"
    r"(?:m['’]a |m['’]ont |me )?(?:dit|disent|dis|croit|pense)\b.*$",
    re.I,
)


def without_hidden(text: str) -> str:
    """A text without what is not read: control and bidirectional characters, terminal sequences, invisible spaces."""
    plain = _TERMINAL.sub("", text)
    # « Cc » that is a space parts words; every other « C » (controls, formats, halves of pairs) is nothing to read.
    return "".join(one for one in plain if one.isspace() or not unicodedata.category(one).startswith("C"))


def clean_question(text: str) -> str:
    """A question without hesitations, courtesy, names called out and announcement; without its final mark."""
    cleaned = without_noise(text)
    previous = None
    while cleaned and cleaned != previous:
        previous = cleaned
        for lead in (
            _GREETING,
            _FILLER,
            _CALLED_FIRST,
            _ABOUT_THE_MEETING,
            _BEGUN_ANEW,
            _ASKING,
            _BEFORE_ASKING,
            _BEFORE_QUESTION,
        ):
            rest = lead.sub("", cleaned, count=1)
            if lead in (_ASKING, _BEFORE_ASKING) and rest != cleaned:
                rest = _WHAT.sub("qu'est-ce ", _WHETHER.sub("", rest))
                past = _PAST_ASKING.search(cleaned[: len(cleaned) - len(rest)])
                rest = in_the_present(rest) if past else rest
            if content(rest) or rest.strip(" ?.!…"):
                cleaned = rest.strip()
    asked = _REASON.sub("", cleaned)  # « que faites-vous, parce que la prof ne l'a pas dit »
    return (asked if len(content(asked)) else cleaned).rstrip(" \u00a0\u202f?.!…,;:")


def without_noise(text: str) -> str:
    """A sentence without hesitations, repetitions, tags at its end (« non ? ») and the marks that close it."""
    cleaned = " ".join(text.replace("\u00a0", " ").replace("\u202f", " ").split()).strip('«»"“” -–—')
    cleaned = _HESITATION.sub("", cleaned)
    cleaned = _CALLED_LAST.sub("", cleaned)
    cleaned = _without_insides(_TAG.sub("", _REMARK.sub("", cleaned)))
    cleaned = _REPEATED.sub(_said_once, cleaned)
    cleaned = re.sub(r"\s*,(?:\s*,)+", ",", cleaned)
    cleaned = re.sub(r"\s+([,.…])", r"\1", cleaned)
    return " ".join(cleaned.split()).strip(" ,;:")


def _without_insides(text: str) -> str:
    previous = None
    while text != previous:  # « selon vous, enfin d'après votre expérience, »
        previous, text = text, _INSIDE.sub("", text)
    return text


def _said_once(found: re.Match[str]) -> str:
    """A stutter, once; but « trois mille, trois mille cinq cents » is a range, whose first number is not repeated."""
    once = found.group(1) or found.group(2) or found.group(3)
    if _ENDS_IN_NUMBER.search(once) and _NUMBER_FOLLOWS.match(found.string, found.end()):
        return found.group()
    return once

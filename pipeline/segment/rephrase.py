"""Rephrasing: a cleaned question of an interview becomes a question that anybody can read.

Takes a question without its mark and the occupation, gives the question about the trade (« vous gagnez combien »,
infirmière: « Combien gagne une infirmière »), or the question as it is where no form fits. The forms are a closed
list, tried in order; none brings a word beyond :data:`pipeline.segment.faithful.REPHRASING` and small words.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from pipeline.segment.address import about_the_trade
from pipeline.segment.lexicon import fold
from pipeline.segment.nouns import elided_de, gender_of_noun, resolved
from pipeline.segment.occupation import Gender, Occupation

# « À part le matériel, c'est quoi l'essentiel »: said before the question, it stays before the question.
_FRAME = re.compile(
    r"^(?P<frame>(?:à part|en|pour|au niveau|niveau|sur|dans|avec|entre|pendant|après|avant|les) [^,?]{2,40},\s+)(?=\w)", re.I
)
_ARTICLE = re.compile(r"^(?:L[ea]s?\b|Une?\b|Des\b|L['’]|Être\b)")

_Form = tuple[re.Pattern[str], Callable[[re.Match[str], Occupation], str | None]]

_ORAL: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.I), replacement)
    for pattern, replacement in (
        (r"\bt['’](?=as\b|es\b|aimes?\b|en\b|utilises\b)", "tu "),
        (r"^(?:y['’ ]?a|ya)\b(?!-)", "il y a"),
        (r"^(?:faut|fo)\b(?!-)", "il faut"),
        (r"\b(?:koi|kwa|qoi)\b", "quoi"),
        (r"\bc koi\b", "c'est quoi"),
        (r"^(?:selon (?:vous|toi)|(?:à|a) (?:votre|ton) avis|d['’]après (?:vous|toi)|pour (?:vous|toi))\s*,?\s*", ""),
        (r"\s*,?\s*(?:(?:à|a) (?:votre|ton) avis|selon (?:vous|toi)|en vrai|au juste|en gros|en fait|j['’]imagine|"
         r"j['’]ai entendu dire|si (?:c['’]est|ce n['’]est|c['’]était) pas (?:trop )?indiscret|si je peux demander|"
         r"ou pas(?: spécialement)?|non|du coup)$", ""),
        (r"^c['’]est vrai (?:que |qu['’])", "est-ce que "),
        (r"^(?:on dit|il para[iî]t|j['’]ai (?:vu|lu|entendu(?: dire)?)) (?:que |qu['’](?=\w))", ""),
        (r"\s*,\s*(?:c['’]est vrai|vous|toi)$", ""),
        (r"^(?:concr[eè]tement|exactement|globalement|en gros|en vrai)\s*,?\s+(?=\w)", ""),
        (r"^(?:toi\s*,?|vous\s*,)\s+(?=(?:tu|vous|qu|c['’]est)\b)", ""),
        (r"\s+et (?:tout(?: ça)?|compagnie|tout le reste)(?=\s+(?:vous|tu|on|ça)\b)", ","),
        (r"\s+non(?=\s+(?:pour|de|d['’])\b)", ""),
        (r"^.*,\s*(?:alors|donc|du coup)\s+(?=(?:à quoi|pourquoi|comment|combien|quel|où|qui|c['’]est quoi)\b)", ""),
        (r"^(?:est-ce que |est-ce qu['’])?(?:vous pouvez|vous pourriez|tu peux|pouvez-vous|pourriez-vous|peux-tu)"
         r"(?: me| nous| m['’])? ?(?:parler|dire un mot) (?:un peu )?de (?=\w)", "§de "),
        (r"^(?:est-ce que |est-ce qu['’])?(?:vous pouvez|vous pourriez|tu peux|pouvez-vous|pourriez-vous|peux-tu)"
         r"(?: me| nous| m['’])? ?(?:raconter|décrire|présenter|expliquer|détailler) (?:un peu )?(?=(?:le|la|les|un|une|vos|votre|"
         r"ton|ta|tes|ce|cette) )", "§"),
        (r"^(?:racont\w+|décri\w+|présent\w+|expliqu\w+)-(?:moi|nous) (?:un peu )?(?=(?:le|la|les|une?|vos|votre|ton|ta|tes|ce|cette) )",
         "§"),
        (r"^parl\w+-(?:moi|nous) (?:un peu )?de (?=\w)", "§de "),
        (r"^§de (?=(?:la |l['’]|vos |votre |ton |ta |tes |une? |ce ))", "§"),
        (r"^est-ce que (?=[aeiouyhéèêàâîôû])", "est-ce qu'"),
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Phrase:
    """A title to be: its words without a final mark, and whether they ask."""

    text: str
    asks: bool = True


def rephrased(question: str, occupation: Occupation | None) -> Phrase:
    """The question, about the trade where it can be; « parlez-moi de vos études » becomes a title that asks nothing.

    Args:
        question: cleaned, without its final mark.
        occupation: of the professional; None where it is not known.
    """
    plain = question
    for pattern, replacement in _ORAL:
        plain = pattern.sub(replacement, plain).strip(" ,")
    asks = not plain.startswith("§")
    plain = plain.lstrip("§")
    if not plain:
        return Phrase(question)
    plain = _ARTICLE.sub(lambda found: found[0].lower(), plain)
    if occupation is None:
        return Phrase(plain, asks)
    if not asks:
        return Phrase(resolved(plain, occupation), asks=False)
    framed = _FRAME.match(plain)
    frame = framed["frame"] if framed else ""
    made = _formed(plain[len(frame) :], occupation) if frame else None
    if made is None:
        frame, made = "", _formed(plain, occupation)
    if made is None:
        return Phrase(resolved(plain, occupation))
    return Phrase(" ".join(f"{frame}{made}".split()))


def _formed(question: str, occupation: Occupation) -> str | None:
    whole = resolved(question, occupation)
    for pattern, build in _FORMS:
        match = pattern.match(whole)
        made = build(match, occupation) if match else None
        if made is not None:
            return made
    return about_the_trade(question, occupation)


def _ellipsis(match: re.Match[str], occupation: Occupation) -> str | None:
    """« le salaire », « une journée type »: a noun for a question."""
    article, noun, rest = match["article"].lower(), fold(match["noun"]), match["rest"]
    if noun == "journee":
        return f"à quoi ressemble {article} journée{rest} {occupation.of_one}"
    gender = gender_of_noun(noun)
    if gender is None:
        return None
    plural = article in ("les", "des")
    asks = {
        (Gender.MASCULINE, False): "quel est", (Gender.FEMININE, False): "quelle est",
        (Gender.MASCULINE, True): "quels sont", (Gender.FEMININE, True): "quelles sont",
    }[gender, plural]  # fmt: skip
    if article in ("un", "une"):
        return None
    return f"{asks} {'les ' if plural else match['article']}{'' if article.endswith(chr(39)) or plural else ' '}" \
           f"{match['noun']}{rest} {occupation.of_one}"


def _what_is(match: re.Match[str], occupation: Occupation) -> str | None:
    """« c'est quoi X »."""
    what = match["what"].strip(" ,")
    folded = fold(what)
    bare = re.sub(r"^(?:un|une|le|la|l['’]|etre|le metier d[e'] ?|le metier de )\s*", "", folded)
    if bare in (fold(occupation.name), fold(occupation.name).split(" ", 1)[0], "metier d" + fold(occupation.of)[1:]):
        return f"en quoi consiste le métier {occupation.of}"
    if re.match(r"le metier d", folded):
        return f"en quoi consiste {what}"
    if re.match(r"(?:le|la) plus \w+$|(?:le|la) plus \w+ dans\b", folded):
        return f"qu'est-ce qui est {_in_the_trade(what, occupation)}"
    if re.match(r"l['’]?(?:essentiel)\b|le (?:pire|meilleur|mieux)\b", folded):
        return f"quel est {_in_the_trade(what, occupation)}"
    noun = re.match(r"(?P<article>les|le|la|l['’])\s*(?P<noun>[\w-]+)", what, re.I)
    if noun is None:
        return None
    return _which(what, noun, folded)


def _which(what: str, noun: re.Match[str], folded: str) -> str | None:
    """« quel est le salaire », « quelles sont les qualités »."""
    article = noun["article"].lower()
    gender = {"le": Gender.MASCULINE, "la": Gender.FEMININE}.get(article) or gender_of_noun(fold(noun["noun"]))
    if gender is None and re.search(r"\bla plus\b", folded):
        gender = Gender.FEMININE
    elif gender is None and re.search(r"\ble plus\b", folded):
        gender = Gender.MASCULINE
    if gender is None or re.search(r"\bqu(?:e|['’]|i)\b.*\bfaut\b", folded):
        return None
    plural = article == "les"
    word = ("quelles sont" if plural else "quelle est") if gender is Gender.FEMININE else (
        "quels sont" if plural else "quel est")
    return f"{word} {what}"


def _in_the_trade(what: str, occupation: Occupation) -> str:
    return what if re.search(r"\b(?:dans|pour|de|du|d['’])\b", what) else f"{what} dans le métier {occupation.of}"


def _looks_like(match: re.Match[str], occupation: Occupation) -> str:
    what = match["what"].strip(" ,")
    verb = "ressemblent" if re.match(r"(?:les|des|tes|vos)\b", what, re.I) else "ressemble"
    first, comma = (match.groupdict().get("first") or "").strip(" ,"), ""
    comma = ", " if first else ""
    own = "" if occupation.name in what or re.search(r"\b(?:d['’]un|d['’]une|de la|du)\b", what) else occupation
    tail = f" {own.of_one}" if own and re.search(r"\bjourn[ée]es?(?: types?| normales?| classiques?)?$", what) else ""
    return f"{first}{comma}à quoi {verb} {what}{tail}"


def _goes(match: re.Match[str], _occupation: Occupation) -> str | None:
    what = match["what"].strip(" ,")
    if not re.match(r"(?:l['’]|(?:le|la|un|une|les|des)\s)[\w'’ -]+$", what, re.I) or len(what.split()) > 9:
        return None
    if re.search(r"\b(?:qui|que|être|vous|tu|on|je)\b", what):
        return None
    many = re.match(r"(?:les|des)\b", what, re.I) is not None
    return f"comment se {'passent' if many else 'passe'} {what}"


def _needs_what(match: re.Match[str], occupation: Occupation) -> str:
    rest = match["rest"].strip(" ,")
    return f"que faut-il {rest}" if rest else f"que faut-il pour être {occupation.name}"


def _needs_which(match: re.Match[str], occupation: Occupation) -> str:
    rest = match["rest"].strip(" ,")
    own = rest if re.search(r"\bpour\b", rest) else f"{rest} pour être {occupation.name}"
    which = match["which"][0].lower() + match["which"][1:]
    return f"{which} faut-il {own}"


def _needs_to_do(match: re.Match[str], occupation: Occupation) -> str:
    rest = match["rest"].strip(" ,")
    own = rest if re.search(r"\bpour\b", rest) else f"{rest} pour être {occupation.name}"
    which = "que" if match["which"].lower() == "quoi" else match["which"]
    return f"{which} faut-il {match['verb']} {own}"


def _needs_such(match: re.Match[str], occupation: Occupation) -> str | None:
    gender = gender_of_noun(fold(match["noun"]))
    if gender is None or not match["noun"].endswith("s"):
        return None
    rest = match["rest"].strip(" ,")
    own = rest if re.search(r"\bpour\b", rest) else f"{rest} pour être {occupation.name}"
    which = "quelles" if gender is Gender.FEMININE else "quels"
    return f"{which} {match['noun']} faut-il {match['verb'] or ''} {own}"


def _is_the_trade(what: str, occupation: Occupation) -> bool:
    bare = re.sub(r"^(?:un|une|le|la|l['’])\s*", "", fold(what)).strip(" ,…")
    words = fold(occupation.name).split()
    return bare == fold(occupation.name) or bare in words[: 1 + (len(words) > 1)] and len(bare) > 3


def _means(match: re.Match[str], occupation: Occupation) -> str | None:
    if _is_the_trade(match["what"], occupation):
        return f"en quoi consiste le métier {occupation.of}"
    what = match["what"].strip(" ,…")
    return f"{what}, {match[0][len(match['what']) :].strip(' ,…')}" if len(what.split()) <= 9 else None


def _serves(match: re.Match[str], occupation: Occupation) -> str | None:
    if not _is_the_trade(match["what"], occupation):
        return None
    return f"à quoi sert {occupation.indefinite or f'le métier {occupation.of}'}{match['rest']}"


def _dislocated(match: re.Match[str], _occupation: Occupation) -> str:
    return f"{match['wh']} {match['verb']} {match['what']}"


def _does_to(match: re.Match[str], occupation: Occupation) -> str | None:
    if occupation.indefinite is None:
        return None
    many = "nt" if match["what"].lower().startswith("les") else ""
    return f"est-ce que {match['what']} {match['verb']}{many} {occupation.indefinite}"


def _must(match: re.Match[str], occupation: Occupation) -> str:
    rest = match["rest"].strip(" ,")
    related = re.search(r"\b(?:pour|dans|comme|chez)\b", rest)
    return f"faut-il {match['verb']} {rest}{'' if related else f' pour être {occupation.name}'}"


def _paid(match: re.Match[str], occupation: Occupation) -> str:
    rest = match["rest"].strip(" ,")
    if fold(rest).startswith(fold(occupation.name)):
        return f"est-ce {match['how']}, {rest}"
    return f"est-ce {match['how']} {rest}{'' if ' comme ' in rest else f' comme {occupation.name}'}"


def _is_it(match: re.Match[str], occupation: Occupation) -> str | None:
    """« c'est dur de… », « c'est long, les études de… »."""
    how, rest = match["how"], match["rest"].strip(" ,")
    if not rest:
        return f"est-ce {how} {elided_de(f'être {occupation.name}')}"
    if re.match(r"(?:le|la|les|l['’])\s?\w", rest, re.I):
        return f"est-ce {how}, {rest}"
    return f"est-ce {how} {rest}"


def _one_does(match: re.Match[str], occupation: Occupation) -> str | None:
    """« on gagne combien », « comment on apprend la broderie »."""
    asks, verb, rest = match["asks"].strip().lower(), match["verb"], match["rest"].strip(" ,")
    if re.search(r"\b(?:vous|tu|on)\b", rest) or verb.lower() == "en":
        return None
    link = "-t-" if verb[-1] in "aeé" else "-"
    tail = "" if len(rest.split()) > 3 or occupation.name in rest else f" comme {occupation.name}"
    return f"{asks} {verb}{link}on {rest}{tail}"


def _past_studies(match: re.Match[str], occupation: Occupation) -> str | None:
    """« vous avez fait quelles études »: what one did is what leads to the trade."""
    which, rest = match["which"], match["rest"].strip(" ,")
    noun = fold(which.split(" ")[-1])
    if not re.match(r"(?:etude|parcours|formation|diplome|ecole|cursus|bac|stage|filiere|option|concours|specialite)", noun):
        return None
    if re.search(r"\b(?:vous|tu|votre|pour)\b", rest):
        return None
    many = "s" if noun.endswith("s") and noun != "parcours" else ""
    asks = which if which.lower().startswith("quel") else f"{_WHICH[noun.rstrip('s')]}{many} {which}"
    return f"{asks} {rest} pour devenir {occupation.name}"


_WHICH = {"etude": "quelle", "formation": "quelle", "parcour": "quel"}


def _becomes(match: re.Match[str], occupation: Occupation) -> str:
    what = match["what"].strip(" ,")
    return f"comment devenir {occupation.name if fold(what) in ('ca', 'comme vous', 'comme toi', '') else what}"


_WHAT = r"(?P<what>.+)$"
_REST = r"(?P<rest>.*)$"
_ADJECTIVE = (
    r"(?P<how>(?:très |trop |plutôt |vraiment |un peu |super |si )?"
    r"(?:dur|difficile|facile|compliqué|fatigant|stressant|long|dangereux|physique|obligatoire|utile|important))"
)
_FORMS: tuple[_Form, ...] = tuple(
    (re.compile(pattern, re.I), build)
    for pattern, build in (
        (r"^(?P<article>les?|la|l['’]|une?|des)\s*(?P<noun>[\w-]+)(?P<rest>(?: types?| au début| en début de carrière| "
         r"d['’]embauche| moyen| de débutant)?)$", _ellipsis),
        (rf"^(?:et )?c['’]est quoi\s*,?\s*{_WHAT}", _what_is),
        (rf"^qu['’]est-ce que c['’]est\s*,?\s*{_WHAT}", _what_is),
        (rf"^(?:ça|cela|elle|il) ressemble à quoi\s*,?\s*{_WHAT}", _looks_like),
        (r"^(?P<first>(?:[^,]*?(?:vendanges|saison|fêtes|été|hiver)\b,?\s+)?)(?P<what>(?:les|des|une?|la|l['’])\s?[\w'’ -]+?) "
         r"(?:ça )?ressemblent? à quoi$", _looks_like),
        (rf"^(?:ça|cela) se passe comment\s*,?\s*{_WHAT}", _goes),
        (r"^(?P<what>[^,]+?),? (?:ça|cela|elle|il) se (?:passe|déroule) comment$", _goes),
        (rf"^(?:qu['’]est-ce qu['’]il faut|il faut quoi|que faut-il)(?: avoir| comme qualités?)?\b(?= pour|$){_REST}", _needs_what),
        (rf"^il faut (?P<verb>faire|avoir|passer|suivre|choisir) (?P<which>quoi|quel(?:le)?s? [\w'’]+)\b{_REST}", _needs_to_do),
        (rf"^c['’]est quoi les? (?P<noun>[\w-]+) qu['’]il faut(?: (?P<verb>avoir|faire|passer))?\b{_REST}", _needs_such),
        (rf"^il faut (?P<which>quel(?:le)?s? [\w'’]+?)\b{_REST}", _needs_which),
        (rf"^(?P<which>quel(?:le)?s? [\w'’]+?) (?:est-ce qu['’]|qu['’])?il faut\b{_REST}", _needs_which),
        (rf"^(?:est-ce qu['’])?il faut (?:vraiment |forcément |absolument )?(?P<verb>être|avoir|savoir|parler|aimer|connaître|"
         rf"faire|passer|maîtriser)\s(?!quoi|quel|comment){_REST}", _must),
        (rf"^il faut être comment\b{_REST}", lambda found, _: f"comment faut-il être {found['rest']}"),
        (r"^(?P<what>être [^,]+?),? (?:ça|cela) se passe comment$", lambda found, _: f"comment ça se passe d'{found['what'].lower()}"),
        (r"^(?P<what>.+?)\s*[,…]?\s*(?:ça|cela) (?:veut dire|fait|consiste en) quoi(?: exactement)?$", _means),
        (r"^(?P<what>.+?)\s*[,…]?\s*(?:ça|cela) sert à quoi(?P<rest>.*)$", _serves),
        (rf"^(?:ça|cela) (?:ne )?fait (?:pas )?(?:trop |un peu |bizarre |)(?P<how>peur|mal|plaisir|bizarre|drôle) (?P<rest>(?:de |d['’]).*)$",
         lambda found, _: f"est-ce que ça fait {found['how']} {found['rest']}"),
        (rf"^(?P<wh>pourquoi|comment|combien) (?:est-ce qu['’])?il y a{_REST}", lambda found, _: f"{found['wh']} y a-t-il{found['rest']}"),
        (r"^(?P<what>(?:le|la|les|l['’])\s?[\w'’ ]+?),? (?P<pronoun>elles?|ils?) (?P<verb>\w+) (?P<wh>combien(?: de temps| d['’]\w+)?|"
         r"comment|où|quand)$", _dislocated),
        (r"^(?P<what>(?:le|la|les|l['’])\s?[\w'’ ]+?),? (?P<pronoun>elles?|ils?) (?P<verb>est|sont|dure|durent|coûte|coûtent) "
         r"(?P<rest>[\w ]+)$", lambda found, _: f"{found['what']} {found['verb']}-{'t-' if found['verb'][-1] == 'e' else ''}{found['pronoun']} "
         f"{found['rest']}"),
        (r"^(?P<what>(?:le|la|les|l['’])\s?[\w'’ ]+?),? (?:ça|cela) (?:vous|te|t['’]) ?(?P<verb>\w+e)$", _does_to),
        (r"^(?P<what>(?:le|la|l['’])\s?[\w-]+ (?:le|la) (?:plus|moins) .+)$",
         lambda found, _: f"quel{'le' if re.search(r' la (?:plus|moins) ', found['what']) else ''} est {found['what']}"),
        (rf"^(?P<asks>)on est payée? combien(?P<rest>.*)$", lambda found, occupation: f"combien est-on payé{found['rest']} comme "
         f"{occupation.name}"),
        (rf"^est-ce qu['’]on (?P<rest>(?!peut\b)[\w' ]+?)(?:\s+et\s+(?:vous|tu|ça)\b.*)?$",
         lambda found, occupation: f"est-ce qu'on {found['rest']}" + ("" if len(found["rest"]) > 35 else f" comme {occupation.name}")),
        (r"^comment (?:est-ce qu['’])?on devient\b(?P<what>.*)$", _becomes),
        (rf"^(?:est-ce que )?c['’]est (?P<how>(?:bien|mal|assez|correctement) payé)\b{_REST}", _paid),
        (rf"^(?:est-ce que )?c['’]est {_ADJECTIVE}\b{_REST}", _is_it),
        (r"^on peut (?P<verb>\w+) (?P<what>(?:(?:vers|à|de|dans|en) )?(?:quoi|où|qui))\b(?P<rest>.*)$",
         lambda found, _: f"{'que' if found['what'].lower() == 'quoi' else found['what']} peut-on {found['verb']}{found['rest']}"),
        (rf"^(?:est-ce qu['’])?on peut{_REST}", lambda found, _: f"peut-on{found['rest']}"),
        (rf"^(?:est-ce qu['’])?il y a{_REST}", lambda found, _: f"y a-t-il{found['rest']}"),
        (rf"^on (?P<verb>\w+) (?P<asks>combien){_REST}", _one_does),
        (rf"^(?P<asks>combien|comment|où|pourquoi|à quelle heure) (?:est-ce qu['’])?on (?P<verb>\w+){_REST}", _one_does),
        (r"^(?:et )?(?:ça|cela) (?P<you>vous|te|t['’]) ?plaît$",
         lambda found, occupation: f"est-ce que le métier {occupation.of} {found['you'].lower()} plaît"),
        (rf"^qu['’]est-ce qui (?:vous|te|t['’]) ?plaît{_REST}",
         lambda found, occupation: f"qu'est-ce qui plaît{found['rest']}"
         + ("" if "métier" in found["rest"] or len(found["rest"]) > 40 else f" dans le métier {occupation.of}")),
        (rf"^(?:et )?(?:vous avez|tu as) (?:fait|suivi|eu) (?:quoi comme )?(?P<which>quel(?:le)?s? \w+|études?|formation|parcours)\b"
         rf"{_REST}", _past_studies),
        (rf"^(?P<which>quel(?:le)?s? [\w]+) (?:est-ce que )?(?:vous avez|tu as|avez-vous|as-tu) (?:fait|suivi|eu)e?s?\b{_REST}",
         _past_studies),
        (rf"^(?P<wh>pourquoi|comment) (?:est-ce que )?(?:vous avez|tu as|avez-vous|as-tu) (?P<rest>(?:tout |bien )?\w+(?:é|i|is|u|it|ert)\b"
         r"(?!.*\b(?:vous|tu|votre|ton|ta)\b).*)$", lambda found, _: f"{found['wh']} avoir {found['rest']}"),
        (r"^qu['’]est-ce qui (?:vous|te) (?P<verb>donne|motive|manque|attire|passionne|fascine)(?P<rest>(?!.*\b(?:votre|vos|ton|ta|tes)\b).*)$",
         lambda found, _: f"qu'est-ce qui {found['verb']}" + re.sub(r"\b(?:vous|te) (?=\w+er\b)", "se ", found["rest"])),
        (rf"^est-ce qu['’]il existe{_REST}", lambda found, _: f"existe-t-il{found['rest']}"),
    )
)  # fmt: skip

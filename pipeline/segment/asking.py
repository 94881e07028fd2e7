"""How each form of question is written as a title.

Every function takes the match of a form (:mod:`pipeline.segment.forms`) and the occupation, gives the title without
its final mark, or None where the form matched and the title would be wrong.
"""

from __future__ import annotations

import re

from pipeline.segment.lexicon import fold
from pipeline.segment.nouns import elided_de, gender_of_noun
from pipeline.segment.occupation import Gender, Occupation


def ellipsis(match: re.Match[str], occupation: Occupation) -> str | None:
    """« le salaire », « une journée type »: a noun for a question."""
    article, noun, rest = match["article"].lower(), fold(match["noun"]), match["rest"]
    if noun == "journee":
        whose = occupation.of if article == "une" else occupation.of_one
        return f"à quoi ressemble {article} journée{rest} {whose}"
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
    return (
        f"{asks} {'les ' if plural else match['article']}{'' if article.endswith(chr(39)) or plural else ' '}"
        f"{match['noun']}{rest} {occupation.of_one}"
    )


_EMPHASIS = re.compile(r"^(?:(?:exactement|au juste|vraiment|concrètement|en fait),? )+", re.I)


def what_is(match: re.Match[str], occupation: Occupation) -> str | None:
    """« c'est quoi X », « c'est quoi exactement X »."""
    what = _EMPHASIS.sub("", match["what"].strip(" ,"))
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
    word = (
        ("quelles sont" if plural else "quelle est")
        if gender is Gender.FEMININE
        else ("quels sont" if plural else "quel est")
    )
    return f"{word} {what}"


def _in_the_trade(what: str, occupation: Occupation) -> str:
    return what if re.search(r"\b(?:dans|pour|de|du|d['’])\b", what) else f"{what} dans le métier {occupation.of}"


def looks_like(match: re.Match[str], occupation: Occupation) -> str:
    """« ça ressemble à quoi, une journée »."""
    what = match["what"].strip(" ,")
    verb = "ressemblent" if re.match(r"(?:les|des|tes|vos)\b", what, re.I) else "ressemble"
    first = (match.groupdict().get("first") or "").strip(" ,")
    named = occupation.name in what or re.search(r"\b(?:d['’]une?|de la|du)\b", what)
    days = re.search(r"\bjourn[ée]es?(?: types?| normales?| classiques?)?$", what)
    return f"{first}{', ' if first else ''}à quoi {verb} {what}{f' {occupation.of_one}' if days and not named else ''}"


def goes(match: re.Match[str], _occupation: Occupation) -> str | None:
    """« ça se passe comment, les jours de concert »."""
    what = match["what"].strip(" ,")
    if not re.match(r"(?:l['’]|(?:le|la|un|une|les|des)\s)[\w'’ -]+$", what, re.I) or len(what.split()) > 9:
        return None
    if re.search(r"\b(?:qui|que|être|vous|tu|on|je)\b", what):
        return None
    many = re.match(r"(?:les|des)\b", what, re.I) is not None
    return f"comment se {'passent' if many else 'passe'} {what}"


def needs_what(match: re.Match[str], occupation: Occupation) -> str:
    """« qu'est-ce qu'il faut pour… »."""
    rest = match["rest"].strip(" ,")
    return f"que faut-il {rest}" if rest else f"que faut-il pour être {occupation.name}"


def needs_which(match: re.Match[str], occupation: Occupation) -> str:
    """« il faut quelles qualités »."""
    rest = match["rest"].strip(" ,")
    own = rest if re.search(r"\bpour\b", rest) else f"{rest} pour être {occupation.name}"
    which = match["which"][0].lower() + match["which"][1:]
    return f"{which} faut-il {own}"


def needs_to_do(match: re.Match[str], occupation: Occupation) -> str:
    """« il faut faire quelles études »."""
    rest = match["rest"].strip(" ,")
    own = rest if re.search(r"\bpour\b", rest) else f"{rest} pour être {occupation.name}"
    which = "que" if match["which"].lower() == "quoi" else match["which"]
    return f"{which} faut-il {match['verb']} {own}"


def needs_such(match: re.Match[str], occupation: Occupation) -> str | None:
    """« c'est quoi les qualités qu'il faut »."""
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
    return bare == fold(occupation.name) or (bare in words[: 1 + (len(words) > 1)] and len(bare) > 3)


def means(match: re.Match[str], occupation: Occupation) -> str | None:
    """« chef de projet, ça veut dire quoi »."""
    if _is_the_trade(match["what"].strip(" ,…").rsplit(", ", 1)[-1], occupation):
        return f"en quoi consiste le métier {occupation.of}"
    what = match["what"].strip(" ,…")
    return f"{what}, {match[0][len(match['what']) :].strip(' ,…')}" if len(what.split()) <= 9 else None


def consists(match: re.Match[str], occupation: Occupation) -> str | None:
    """« en quoi ça consiste, paysagiste »."""
    if fold(match["what"]).startswith("le metier d") or _is_the_trade(match["what"], occupation):
        return f"en quoi consiste le métier {occupation.of}"
    return None


def serves(match: re.Match[str], occupation: Occupation) -> str | None:
    """« fauconnier, ça sert à quoi »."""
    if not _is_the_trade(match["what"], occupation):
        return None
    return f"à quoi sert {occupation.indefinite or f'le métier {occupation.of}'}{match['rest']}"


def does_to(match: re.Match[str], occupation: Occupation) -> str | None:
    """« les embouteillages, ça vous énerve »."""
    if occupation.indefinite is None:
        return None
    many = "nt" if match["what"].lower().startswith("les") else ""
    return f"est-ce que {match['what']} {match['verb']}{many} {occupation.indefinite}"


def must(match: re.Match[str], occupation: Occupation) -> str:
    """« il faut être sportif »."""
    rest = match["rest"].strip(" ,")
    related = re.search(r"\b(?:pour|dans|comme|chez)\b", rest)
    return f"faut-il {match['verb']} {rest}{'' if related else f' pour être {occupation.name}'}"


def paid(match: re.Match[str], occupation: Occupation) -> str:
    """« c'est bien payé »."""
    rest = match["rest"].strip(" ,")
    if fold(rest).startswith(fold(occupation.name)):
        return f"est-ce {match['how']}, {rest}"
    if re.match(r"(?:le|la|les|l['’])\s?\w", rest, re.I):
        return f"est-ce {match['how']}, {rest}"
    return f"est-ce {match['how']} {rest}{'' if ' comme ' in rest else f' comme {occupation.name}'}"


def is_it(match: re.Match[str], occupation: Occupation) -> str | None:
    """« c'est dur de… », « c'est long, les études de… »."""
    what, how, rest = match["what"], match["how"], match["rest"].strip(" ,")
    if what and not (fold(what) == fold(occupation.name) or fold(what) == f"etre {fold(occupation.name)}"):
        return None
    if not rest:
        return f"est-ce {how} {elided_de(f'être {occupation.name}')}"
    if re.match(r"(?:le|la|les|l['’])\s?\w", rest, re.I):
        return f"est-ce {how}, {rest}"
    return f"est-ce {how} {rest}"


def one_does(match: re.Match[str], occupation: Occupation) -> str | None:
    """« on gagne combien », « comment on apprend la broderie »."""
    asks, verb, rest = match["asks"].strip().lower(), match["verb"], match["rest"].strip(" ,")
    reflexive = re.match(r"(?P<se>se\s+|s['’])(?P<verb>\w+)(?P<rest>.*)$", match["verb"] + match["rest"], re.I)
    if reflexive:
        asks, verb, rest = f"{asks} {reflexive['se'].strip()}", reflexive["verb"], reflexive["rest"].strip(" ,")
    if re.search(r"\b(?:vous|tu|(?<!quand )on)\b", rest) or verb.lower() in _CLITICS:
        return None
    link = "-t-" if verb[-1] in "aeé" else "-"
    tail = "" if len(rest.split()) > 3 or occupation.name in rest else f" comme {occupation.name}"
    space = "" if asks.endswith(("'", "’")) else " "
    return f"{asks}{space}{verb}{link}on {rest}{tail}"


_CLITICS_LIST = "en y le la les l ne n me m te t vous nous lui leur"
_CLITICS = frozenset(_CLITICS_LIST.split())


def past_studies(match: re.Match[str], occupation: Occupation) -> str | None:
    """« vous avez fait quelles études »: what one did is what leads to the trade."""
    which, rest = match["which"], match["rest"].strip(" ,")
    noun = fold(which.split(" ")[-1])
    if not re.match(
        r"(?:etude|parcours|formation|diplome|ecole|cursus|bac|stage|filiere|option|concours|specialite)", noun
    ):
        return None
    if re.search(r"\b(?:vous|tu|votre|pour)\b", rest):
        return None
    many = "s" if noun.endswith("s") and noun != "parcours" else ""
    asks = which if which.lower().startswith("quel") else f"{_WHICH[noun.rstrip('s')]}{many} {which}"
    return f"{asks} {rest} pour devenir {occupation.name}"


_WHICH = {"etude": "quelle", "formation": "quelle", "parcour": "quel"}


def becomes(match: re.Match[str], occupation: Occupation) -> str:
    """« comment on devient soudeur »."""
    what = match["what"].strip(" ,")
    return f"comment devenir {occupation.name if fold(what) in ('ca', 'comme vous', 'comme toi', '') else what}"


def pleases(match: re.Match[str], occupation: Occupation) -> str:
    """« qu'est-ce qui vous plaît »."""
    rest = match["rest"]
    return f"qu'est-ce qui plaît{rest}" + (
        "" if re.search(r"métier|\bdans\b", rest) or len(rest) > _LONG_REST else f" dans le métier {occupation.of}"
    )


def superlative(match: re.Match[str], _occupation: Occupation) -> str:
    """« votre souvenir le plus marquant »."""
    feminine = re.search(r" la (?:plus|moins) ", match["what"])
    return f"quel{'le' if feminine else ''} est {match['what']}"


def can_do_what(match: re.Match[str], _occupation: Occupation) -> str:
    """« on peut évoluer vers quoi »."""
    word = "que" if match["what"].lower() == "quoi" else match["what"]
    return f"{word} peut-on {match['verb']}{match['rest']}"


def one_is(match: re.Match[str], occupation: Occupation) -> str:
    """« est-ce qu'on gagne bien sa vie »."""
    return f"est-ce qu'on {match['rest']}" + ("" if len(match["rest"]) > _LONG_REST else f" comme {occupation.name}")


def moves(match: re.Match[str], _occupation: Occupation) -> str:
    """« qu'est-ce qui vous donne envie de vous lever »."""
    reflexive = re.sub(r"\b(?:vous|te) (?=\w+er\b)", "se ", match["rest"])
    return f"qu'est-ce qui {match['verb']}{reflexive}"


_LONG_REST = 38
"""Characters after which a question says enough without the occupation."""

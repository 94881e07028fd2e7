"""Rephrasing: a cleaned question of an interview becomes a question that anybody can read.

Takes a question without its mark and the occupation, gives the question about the trade (« vous gagnez combien »,
infirmière: « Combien gagne une infirmière »), or the question as it is where no form fits. The forms are a closed
list, tried in order; none brings a word beyond :data:`pipeline.segment.faithful.REPHRASING` and small words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.segment.address import about_the_trade
from pipeline.segment.forms import formed
from pipeline.segment.nouns import resolved
from pipeline.segment.occupation import Occupation
from pipeline.segment.oral import as_written, inverted, with_ne

# « À part le matériel, c'est quoi l'essentiel »: said before the question, it stays before the question.
_FRAME = re.compile(
    r"^(?P<frame>(?:(?:à part|en|pour|au niveau|niveau|sur|dans|avec|entre|pendant|après|avant|les|au|aux) [^,?]{2,40}|"
    r"\w{4,}ment),\s+)(?=\w)",
    re.I,
)
_SECOND_LEFT = re.compile(
    r"\b(?:chez|à|avec|pour|de|que|comme) (?:toi|vous)\b|\b(?:tu|te)\b|"
    r"\bvous (?:ne |n['’])?\w+(?:ez|tes)\b|(?:ez|tes)-vous\b",
    re.I,
)
_ARTICLE = re.compile(r"^(?:L[ea]s?\b|Une?\b|Des\b|L['’]|Être\b)")


_ORAL: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.I), replacement)
    for pattern, replacement in (
        (r"^(?:selon (?:vous|toi)|(?:à|a) (?:votre|ton) avis|d['’]après (?:vous|toi)|pour (?:vous|toi))\s*,?\s*", ""),
        (r"\s*,?\s*(?:(?:à|a) (?:votre|ton) avis|selon (?:vous|toi)|en vrai|au juste|en gros|en fait|j['’]imagine|"
         r"j['’]ai entendu dire|si (?:c['’]est|ce n['’]est|c['’]était) pas (?:trop )?indiscret|si je peux demander|"
         r"ou pas(?: spécialement)?|non|du coup|sans vouloir (?:vous|te|t['’]) ?\w+|"
         r"sans (?:être|vouloir être) (?:trop )?indiscr\w+)$", ""),
        (r"\blà[- ]dedans\s*,\s*(?=dans\b)", ""),
        (r"^c['’]est vrai (?:que |qu['’])", "est-ce que "),
        (r"\s*,\s*(?:c['’]est vrai|vous|toi)$", ""),
        (r"^c['’]est quoi une journée(?: type)? (?:pour|chez) vous$", "à quoi ressemble votre journée"),
        (r"^c['’]est quoi une journée(?: type)? (?:pour|chez) toi$", "à quoi ressemble ta journée"),
        (r"^il fallait\b(?= (?:être|avoir|faire|savoir))", "il faut"),  # « je me demandais s'il fallait… »
        (r"^(?:concr[eè]tement|exactement|globalement|en gros|en vrai)\s*,?\s+(?=\w)", ""),
        (r"^(?:toi\s*,?|vous\s*,)\s+(?=(?:tu|vous|qu|c['’]est)\b)", ""),
        (r"\s+et (?:tout(?: ça| le reste)?|compagnie)\s*,?(?=\s+(?:vous|tu|on)\b|\s+ça\s+\w)", ","),
        (r"\s+non(?=\s+(?:pour|de|d['’])\b)", ""),
        (r"^.*,\s*(?:alors|donc|du coup)\s+(?=(?:à quoi|pourquoi|comment|combien|quel|où|qui|c['’]est quoi)\b)", ""),
        (r"^(?:est-ce que |est-ce qu['’])?(?:vous pouvez|vous pourriez|tu peux|pouvez-vous|pourriez-vous|peux-tu)"
         r"(?: me| nous| m['’])? ?(?:parler|dire un mot) (?:un peu )?de (?=\w)", "§de "),
        (r"^(?:est-ce que |est-ce qu['’])?(?:vous pouvez|vous pourriez|tu peux|pouvez-vous|pourriez-vous|peux-tu)"
         r"(?: me| nous| m['’])? ?(?:raconter|décrire|présenter|expliquer|détailler) (?:un peu )?(?=(?:le|la|"
         r"les|un|une|vos|votre|"
         r"ton|ta|tes|ce|cette) )", "§"),
        (r"^(?:racont\w+|décri\w+|présent\w+|expliqu\w+)-(?:moi|nous) (?:un peu )?(?=(?:le|la|les|une?|vos|"
         r"votre|ton|ta|tes|ce|cette) )",
         "§"),
        (r"^parl\w+-(?:moi|nous) (?:un peu )?de (?=\w)", "§de "),
        (r"^§de (?=(?:la |l['’]|vos |votre |ton |ta |tes |une? |ce ))", "§"),
        (r"^(?:pour|niveau|côté|sur) (?=(?:(?:le|la|les) |l['’])[\w-]+$)", ""),
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
    plain = as_written(question)
    for pattern, replacement in _ORAL:
        plain = pattern.sub(replacement, plain).strip(" ,")
    asks = not plain.startswith("§")
    plain = plain.lstrip("§")
    if not plain:
        return Phrase(question)
    plain = _ARTICLE.sub(lambda found: found[0].lower(), plain)
    if occupation is None:
        return Phrase(with_ne(inverted(plain)), asks)
    if not asks:
        return Phrase(resolved(plain, occupation), asks=False)
    framed = _FRAME.match(plain)
    frame = framed["frame"] if framed else ""
    made = _formed(plain[len(frame) :], occupation) if frame else None
    if made is not None and frame.lower().startswith("pour"):
        frame, made = resolved(frame, occupation), made.removesuffix(f" pour être {occupation.name}")
    if made is None:
        frame, made = "", _formed(plain, occupation)
    if made is None:
        told = resolved(plain, occupation)
        # « Ton chien, il dort chez toi »: half in the third person would speak of two people.
        return Phrase(with_ne(inverted(plain if _SECOND_LEFT.search(told) else told)))
    return Phrase(with_ne(" ".join(f"{frame}{made}".split())))


def _formed(question: str, occupation: Occupation) -> str | None:
    return formed(resolved(question, occupation), occupation) or about_the_trade(question, occupation)

"""The French words that carry no topic: what is folded, ignored, or taken for courtesy when cutting a meeting.

Takes text, gives folded tokens, content words and yes/no answers about a sentence (back-channel, small talk,
question). Plain lists written for this project: spoken French of an interview between a young person and a
professional, *vous* and *tu* alike. No model, no file.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_TOKEN = re.compile(r"[^\W_]+(?:[.,]\d+)?")
_STEM_LETTERS = 6  # long enough to part « infirm|ière » from « inform|atique », short enough for plurals
LONGEST = 2000
"""Characters of a sentence that are read, two minutes of speech: what goes on longer has lost its punctuation, and
patterns would cost the square of its length."""
_MIN_QUESTION_WORDS = 3  # « Et le salaire ? » is a question; « Ah bon ? » is not
_MAX_BACK_CHANNEL_WORDS = 5  # « ah oui d'accord très bien »; longer, it says something


def fold(text: str) -> str:
    """Lower case, without accents, ligatures or typographic apostrophes."""
    lowered = text.lower().replace("’", "'").replace("œ", "oe").replace("æ", "ae")
    if lowered.isascii():
        return lowered
    return "".join(one for one in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(one))


def fold_line(text: str) -> str:
    """A text folded, with one space between words and none at its ends, cut at :data:`LONGEST`: what patterns read."""
    return " ".join(fold(text[: 2 * LONGEST]).split())[:LONGEST].rstrip()


@lru_cache(maxsize=65536)
def tokens(text: str) -> tuple[str, ...]:
    """Folded words in order; elisions and hyphens part words (``l'école`` → ``l``, ``ecole``)."""
    return tuple(_TOKEN.findall(fold(text)))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


HESITATIONS = _words("euh heu hum hm hmm mm mmh mmm mhm mh hein ben bah beh ah oh eh bon bref quoi voila")
"""Sounds and fillers: they count as nothing anywhere."""

_AGREEMENT = _words(
    "oui ouais ouaip non ok okay d accord super parfait genial cool top bien sur tres exact exactement effectivement "
    "evidemment absolument tout a fait c est ca clair vrai je vois comprends vraiment carrement interessant merci "
    "beaucoup mince wow waouh chouette genre ca marche marche entendu note vas y si et alors donc du coup"
)
_AGREEMENT_CORE = _words(
    "oui ouais ouaip non ok okay accord super parfait genial cool top bien exact exactement effectivement evidemment "
    "absolument fait clair vrai vois comprends vraiment carrement interessant merci mince wow waouh chouette entendu "
    "note marche si ca"
)

STOP_WORDS = (
    HESITATIONS
    | _AGREEMENT
    | _words(
        "le la les l un une des du de d au aux a en y dans par pour sur sous avec sans chez vers entre et ou ni mais "
        "car or que qu qui dont ce cet cette ces c ca cela ceci celui celle ceux celles ci la m t s n j je tu il "
        "elle "
        "on nous vous ils elles me te se moi toi soi lui leur leurs eux mon ton son ma ta sa mes tes ses notre votre "
        "nos vos meme memes ne pas plus moins tres trop peu assez aussi encore deja toujours jamais souvent parfois "
        "bien mal comme si quand lorsque puisque parce pourquoi comment combien quel quelle quels quelles est es "
        "suis "
        "sommes etes sont etait etaient etais etiez sera serait soit ete etre ai as avons avez ont avait avais aviez "
        "avaient aura aurait ait avoir eu fait fais faites font faire faisait faut fallait va vas vais vont allez "
        "aller "
        "peut peux pouvez peuvent pouvoir pourrait pourriez pouvait doit dois devez devoir veut veux voulez vouloir "
        "voulais voudrais aimerais dire dit dis dites disait sais savez savoir sait chose choses truc trucs peu tout "
        "toute tous toutes autre autres rien personne quelque quelques chaque apres avant puis ensuite alors donc "
        "enfin "
        "finalement fait vraiment juste plutot surtout ainsi ici ailleurs partir lors tant jusqu vis voir avoir quoi "
        "justement forcement peut etre environ beaucoup exemple genre sorte niveau cote coup fois part sinon aujourd "
        "hui maintenant actuellement parle parler parlez pense penser pensez crois t il"
    )
)
"""Words without a topic of their own."""

_ANAPHORA = _words("ca cela ceci celui celle ceux celles dedans dessus eux elles ils elle")
_OPENS_ON_CE = re.compile(
    r"^(?:et |mais |donc |alors |du coup )*(?:est-ce que )?(?:c'est(?! quoi)|c'etait|ce n'est|il y en a|"
    r"il y a que)\b"
)

_GREETINGS = re.compile(
    r"\b(?:(?:re)?bonjour|bonsoir|salut|coucou|hello|enchantee?s?|bienvenue|au revoir|a bientot|"
    r"a la prochaine|ciao|"
    r"bonne (?:journee|soiree|continuation|chance|fin de journee|apres-midi|annee|rentree|"
    r"reussite)(?: (?:pour|"
    r"dans|a) [^.?!]*)?|"
    r"bon (?:courage|week-end)(?: (?:pour|dans) [^.?!]*)?|tout le meilleur(?: pour [^.?!]*)?|"
    r"(?:tres )?(?:heureu(?:x|se)|ravie?|contente?) de (?:vous|te) (?:rencontrer|voir|connaitre|recevoir)|"
    r"(?:comment )?(?:ca va|vous allez bien|comment allez-vous|tu vas bien|"
    r"allez-vous bien)(?: (?:tres )?bien)?"
    r"(?: et (?:vous|toi))?|et (?:vous|toi)(?= ?\?))\b"
)
_THANKS = re.compile(
    r"\b(?:(?:un grand |encore |et )*merci(?: (?:beaucoup|infiniment|enormement|vraiment|bien|encore|"
    r"pour tout|a (?:vous|toi)|mille fois))*"
    r"(?: (?:d'avoir|de m'avoir|d'etre|de|pour) [^.?!]*)?|je (?:vous|te) remercie[^.?!]*|"
    r"(?:avec|c'etait un|tout le) (?:grand )?plaisir(?: (?:est|etait) (?:partage|pour moi))?|je (?:vous|"
    r"t') ?en prie|"
    r"pas de (?:souci|probleme|quoi)s?|de rien|c'est (?:gentil|moi qui (?:vous|te) remercie)|"
    r"c'etait (?:vraiment |tres |super |hyper )*(?:interessant|sympa|enrichissant|passionnant|bien|clair|"
    r"instructif|genial)|"
    r"(?:je n'ai|j'ai|on n'a|j'avais) (?:plus|pas) (?:d'autres? questions?|de questions?)|"
    r"(?:je crois|je pense) (?:que |qu')?(?:on a (?:tout|fini|fait le tour)|j'ai (?:tout|fini|"
    r"fait le tour))[^.?!]*|"
    r"on a fait le tour[^.?!]*|c'est tout pour (?:moi|mes questions|aujourd'hui)|"
    r"j'espere (?:que )?(?:ca|cela) (?:vous |t')a[^.?!]*|(?:vous avez|tu as) repondu a tout[^.?!]*|"
    r"j'ai (?:trop |tres |vraiment )?hate de [^.?!]*|"
    r"(?:vous|te|a) poser (?:mes|quelques|des|plusieurs|deux|trois|les) questions?|"
    r"(?:j'ai|on a|ont|avons) prepare (?:mes|quelques|des|plusieurs|leurs|nos) questions?|"
    r"n'hesite(?:z)? pas a (?:me|nous|m'|revenir|reprendre|repasser)[^.?!]*)"
)
_DEVICE = r"(?:micro|camera|webcam|son|casque|connexion|wifi|image|video|ecran)"
_TECHNICAL = re.compile(
    r"\b(?:(?:est-ce que )?(?:vous|tu|on) (?:ne )?(?:m'|me |nous )(?:entend(?:ez|s)?|voyez|vois|voit|"
    r"recevez|recois)"
    r"(?: (?:bien|pas|plus|mal|tres bien|parfaitement|maintenant|la))*|"
    r"(?:je|on) (?:ne )?(?:vous |t'|te )(?:entends?|vois|voit|recois|recoit)(?: (?:bien|pas|plus|mal|"
    r"tres bien|"
    r"parfaitement|"
    r"maintenant))*|"
    rf"(?:mon|votre|ton|le|ma|la|l'|mes|vos|tes) ?{_DEVICE} (?:est|sont|marche|fonctionne|ne|passe|bugue?|rame|"
    rf"coupe|gresille)"
    rf"[^.?!]*|(?:partage|coupe|active|allume|rallume)[rsz]? (?:mon|ma|le|la|l'|votre|ton|ta) ?{_DEVICE}|"
    r"(?:l'enregistrement (?:est|a|tourne|demarre|commence)|ca enregistre|j'enregistre|"
    r"c'est enregistre)[^.?!]*|"
    r"tout le monde (?:m'|nous )(?:entend|voit)[^.?!]*|(?:vous etes|tu es|t'es|on est) (?:prete?s?|la)(?= ?[.!?]*$)|"
    r"(?:attend(?:ez|s),? )?je (?:mets|pose|cale|redresse|branche) (?:le|mon) (?:telephone|portable)"
    r"(?: (?:droit|bien|la|ici|comme ca))?(?=[ .!]*$)|"
    r"(?:vas|allez)-y(?=[ .!]*$)|je rappelle que [^.?!]*(?:enregistre|questions)[^.?!]*|"
    r"(?:on|nous) (?:accueille|accueillons|recoit|recevons) (?:ce soir|aujourd'hui|ce matin)[^.?!]*|"
    r"on (?:vous|l'|la|le) applaudit[^.?!]*|"
    r"(?:ca|vous|tu) (?:coupe|bugue?|rame|gresille|coupez|etes coupee?|es coupee?)\b|"
    r"(?:on (?:peut|va|va pouvoir) (?:commencer|demarrer|y aller|arreter)|c'est bon(?: pour (?:moi|vous|"
    r"toi))?|"
    r"(?:attend(?:ez|s),? )?(?:juste )?(?:deux|une|trente|"
    r"quelques) (?:petites? )?secondes?)(?= ?(?:alors)?[.!?]*$))"
)
_FLOOR = re.compile(
    r"\b(?:qui (?:veut |voudrait |souhaite )?(?:commenc(?:e|er)|se lance(?:r)?|demarre(?:r)?)|"
    r"(?:je|on) (?:vous|te|leur|lui) (?:laisse|donne|passe|rends?) la parole|la parole est a (?:vous|toi)|"
    r"(?:est-ce qu'?(?: ?il )?)?(?:y a|y a-t-il|y aurait-il|vous avez|avez-vous) (?:encore )?(?:d'autres|encore des|"
    r"des) questions?(?: (?:dans la salle|au fond|du public))?|"
    r"une (?:autre |derniere )?question (?:au|du|dans le|dans la) (?:premier rang|fond|public|salle))\b"
)
_INTRODUCTION = re.compile(
    r"\b(?:je m'appelle \w+|(?:et )?(?:voici|(?:lui|elle),? c'est) \w+|moi,? c'est \w+(?=[ .!]*$)|"
    r"(?:je suis|on est|nous sommes) (?:actuellement )?(?:(?:en|au) (?:classe de )?"
    r"(?:sixieme|cinquieme|quatrieme|troisieme|seconde|premiere|terminale|college|lycee)|"
    r"(?:eleve|collegienne|collegien|lyceenne|lyceen)\b)(?:(?! et )[^.?!,])*)"
)

_TAGS = re.compile(
    r"^(?:(?:ah|oh|eh|euh|mais|et)\b\W*)*(?:hein|non|d'accord|ok|okay|vous voyez|tu vois|voyez|vous savez|"
    r"tu sais|"
    r"ah bon|c'est vrai|vraiment|"
    r"ah oui|oui|pardon|comment ca|n'est-ce pas|comprenez|vous comprenez) ?\?$"
)
_REQUESTS = re.compile(
    r"\b(?:j'aimerais (?:bien |aussi )?(?:savoir|comprendre|connaitre|que vous)|je (?:voulais|voudrais|"
    r"souhaiterais) (?:bien |"
    r"aussi |vous |te |savoir|demander|comprendre)|je me demand(?:ais|e)|(?:on|nous) (?:se|nous) demand\w+|"
    r"(?:aimerions|voulions|voudrions) "
    r"(?:bien |aussi |vous |te )*(?:savoir|comprendre|connaitre|demander)|(?:parlez|racontez|decrivez|"
    r"expliquez|"
    r"dites|presentez|"
    r"parle|raconte|decris|explique|dis)-(?:moi|nous|vous)|(?:vous pouvez|vous pourriez|tu peux|pouvez-vous|"
    r"pourriez-vous|"
    r"peux-tu) (?:me |m'|nous |vous |te |t')?(?:expliquer|raconter|dire|parler|decrire|presenter|donner))"
)
# « Léa voudrait savoir si… », « on me demande comment… »: read out by a host, or by who answers alone.
_REPORTED = re.compile(
    r"\b(?:(?:aimerait|voulait|voudrait|souhaiterait) (?:bien |aussi |vous |te )*"
    r"(?:savoir|comprendre|connaitre|demander)|(?:qui|on (?:me|nous|vous|te)) demande (?:aussi )?"
    r"(?:si |s'|ce qu|comment |combien |pourquoi |ou |quand |quel))"
)
_INTERROGATIVE = re.compile(
    r"^(?:et |mais |alors |donc |sinon |du coup |euh |ah |ok |d'accord |voila |ben |bon |apres |en fait |"
    r"oui |deja |,)*"
    r"(?:(?:qu')?est-ce qu|qu'est-ce|comment (?!dire)|pourquoi |combien |quel(?:le)?s? |c'est quoi|"
    r"vous \w+ quoi|"
    r"\w+-(?:vous|tu|t-il|t-elle|t-on|il|elle|on)\b|"
    r"(?:vous|tu|on|c'est|ca|il|elle|faut|y a|t'as|t'es)\b.* (?:combien|comment|pourquoi|ou|quand|"
    r"a quelle heure|combien de temps|(?:a|en|de|par) quel(?:le)? \w+)$)"
)


@lru_cache(maxsize=65536)
def stem(token: str) -> str:
    """A folded token without its plural, cut at six letters (fixed-prefix stemming)."""
    bare = token[:-1] if len(token) > 4 and token[-1] in "sx" else token
    return bare[:_STEM_LETTERS]


def content(text: str) -> list[str]:
    """The folded words of a text that carry a topic, in order (numbers and single letters left out)."""
    return [one for one in tokens(text) if len(one) > 1 and not one.isdigit() and one not in STOP_WORDS]


def weight(text: str) -> int:
    """How many words are said, sounds and fillers apart."""
    return sum(one not in HESITATIONS and len(one) > 1 for one in tokens(text))


def is_back_channel(text: str) -> bool:
    """Whether a sentence only shows that one listens (« mm-hm », « ah oui, d'accord »)."""
    said = [one for one in tokens(text) if one not in HESITATIONS]
    if not said:
        return True
    if len(said) > _MAX_BACK_CHANNEL_WORDS or not all(one in _AGREEMENT for one in said):
        return False
    return any(one in _AGREEMENT_CORE for one in said)


def is_small_talk(text: str) -> bool:
    """Whether nothing of a topic is left once greetings, thanks, checks and introductions are taken out."""
    folded = fold_line(text)
    if len(folded) >= LONGEST - 1:
        return False  # no courtesy lasts so long
    rest = folded
    for courtesy in (_TECHNICAL, _THANKS, _GREETINGS, _FLOOR, _INTRODUCTION):
        rest = courtesy.sub(" ", rest)
    if rest == folded:
        return False
    names = {fold(name) for name in _NAME_INSIDE.findall(text)}
    left = [one for one in content(rest) if one not in _VOCATIVES and one not in names]
    # « Merci, et le salaire ? » asks; « Merci, c'était vraiment passionnant » does not.
    # « bonjour alors je voulais savoir c'est quoi une journée » asks, though nothing marks it.
    asks = "?" in text or (_ASKS_FOR.search(rest) is not None and bool(left))
    return not left and not _WHY.search(rest) if asks else len(left) <= 2


_NAME_INSIDE = re.compile(r"(?<=\s)[A-ZÀ-Ý][\w-]+|^[A-ZÀ-Ý][\w-]+(?=, )")
_ASKS_FOR = re.compile(
    r"\b(?:(?:voulais|voudrais|voulait|aimerais|aimerait|demandais|demande) (?:bien |vous |te |juste |aussi )*"
    r"(?:savoir|demander|si|comment|combien|pourquoi|ce qu)|est-ce qu|c'est quoi|"
    r"(?:vous|tu) \w+ (?:quoi|combien|comment))\b"
)
_WHY = re.compile(r"\b(?:pourquoi|comment|combien|quand)\b")
_VOCATIVES = _words("madame monsieur mme mademoiselle maitre docteur mesdames messieurs monde")


def thanks(text: str) -> bool:
    """Whether a sentence thanks or takes leave, whatever else it says, and asks nothing."""
    folded = fold_line(text)
    return (
        "?" not in folded and not is_question(text) and (_THANKS.search(folded) or _LEAVES.search(folded)) is not None
    )


_LEAVES = re.compile(r"\b(?:au revoir|a bientot|a la prochaine|ciao|salut|bonne (?:journee|soiree|continuation))\b")


def is_question(text: str) -> bool:
    """Whether a sentence asks something of substance: a mark or an interrogative form, and words to ask with."""
    folded = fold_line(text)
    if is_small_talk(text) or is_back_channel(text):
        return False
    marked = text.rstrip('"» )\u00a0\u202f\n\t').endswith("?")
    asks = _REQUESTS.search(folded) or _REPORTED.search(folded) or _INTERROGATIVE.match(folded)
    if not marked and not asks:
        return False
    if _TAGS.match(folded):
        return False
    return weight(text) >= _MIN_QUESTION_WORDS or (marked and bool(content(text) or _WHY.search(folded)))


def reports_question(text: str) -> bool:
    """Whether a sentence reads out what somebody else asks (« Léa voudrait savoir si on gagne bien »)."""
    return _REPORTED.search(fold_line(text)) is not None


def stands_alone(question: str) -> bool:
    """Whether a question can be understood without what came before it."""
    topical = content(question)
    points_back = any(one in _ANAPHORA for one in tokens(question)) or _OPENS_ON_CE.match(fold(question)) is not None
    return len(topical) >= 2 or (len(topical) == 1 and not points_back)

"""Whom a transcript's speaker label means: a pseudonym of the meeting, or nobody we are sure of.

Takes a label as platforms show it (« MARTIN Claire (Invité) », « Claire M. », « Professionnelle ») and the
meeting's participants; gives the one participant whom it fits. Evidence is tried from the strongest to the
weakest. A label that fits two persons equally well, names two, or adds somebody else to a name (« Lucas (maman) »)
fits nobody: a wrong speaker would put one person's words under another's consent. Source: our own rules.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

from consent.records import PersonId, Role
from pipeline.meeting import MeetingParticipant

_ADDED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|[|].*$")
"""What platforms and people add to a name: « (Invité) », « [Externe] », « | Lycée X », « (sa mère) »."""

_AFTER_NAME = re.compile(r",|[ \u00a0][-–—•·][ \u00a0]")
_ADDRESS = re.compile(r"^[^\s@]+@[^\s@]+\.\w+$")
"""« marie.dupont@exemple.fr » is Marie Dupont's."""

_NOT_WORD = re.compile(r"[^\w]+|_+")

_ROLE_WORDS: dict[Role, frozenset[str]] = {
    Role.PROFESSIONAL: frozenset(("professionnel", "professionnelle", "pro", "intervenant", "intervenante")),
    Role.YOUNG_PERSON: frozenset(
        ("jeune", "eleve", "lyceen", "lyceenne", "collegien", "collegienne", "etudiant", "etudiante")
    ),
    Role.GUARDIAN: frozenset(("parent", "pere", "mere", "tuteur", "tutrice")),
}
"""Words that name a role when they are the whole label, accents folded."""

_RELATIVES = (
    "mere pere maman papa parent parents tuteur tutrice famille soeur frere oncle tante cousin cousine mamie papi papy "
    "mum mom mother dad father conjoint conjointe mari femme fils fille enfant collegue avec et with and pour chez"
)
_OTHERS = frozenset(_RELATIVES.split())
"""Words of an addition that bring another person in."""

_NEUTRAL = (
    "lycee college ecole universite iut cfa cio boulangerie mairie groupe societe entreprise cabinet hopital clinique "
    "chu agence association ministere region academie atelier studio maison invite invitee externe interne hote guest "
    "host external organisateur organisatrice animateur animatrice presentateur presentatrice non verifie verifiee "
    "vous you moi me"
)
_PLACES = frozenset(_NEUTRAL.split())
"""Words of an addition that says where, or as what, and not who."""

_ARTICLES = frozenset(("le", "la", "l", "un", "une"))
_CIVILITIES = frozenset(("m", "mr", "mme", "mlle", "monsieur", "madame", "mademoiselle"))

_LONGEST = 300
"""Characters above which a label is no name: a name of meeting.json has 200 at most, platforms add to it."""

_LEAST_MISSPELT = 5
"""Letters of a surname that a slip leaves recognisable; « Roy » and « Ray » are two families."""


def recognise(label: str, participants: Sequence[MeetingParticipant], *, spelling: bool = True) -> PersonId | None:
    """The participant whom ``label`` means, or None where none, or more than one, fits.

    Args:
        label: a speaker's name as the platform shows it.
        participants: the meeting's persons, with their names where the operator gave them.
        spelling: also accept a misspelt name; off where the label may be no name at all.
    """
    if len(label) > _LONGEST:
        return None
    # « MARTIN, Claire » is a name; of « Claire Martin, Lycée X » only what stands before the comma is, or the dash.
    apart = (_AFTER_NAME.split(label, maxsplit=1), label.split("@") if _ADDRESS.match(label) else [label])
    heads = [(parts[0], parts[1]) for parts in apart if len(parts) == 2]
    for name, rest in dict.fromkeys(((label, ""), *heads)):
        found = _recognised(name, participants, spelling=spelling)
        if found is not None:
            additions = [*_ADDED.findall(name), rest]
            return None if any(_brings_in(one, found, participants) for one in additions) else PersonId(found.id)
    return None


def _brings_in(addition: str, named: MeetingParticipant, participants: Sequence[MeetingParticipant]) -> bool:
    """Whether what is added to a person's name tells of somebody else: a relative, a participant, another name."""
    bare = addition.strip("()[]|,; ")
    words = set(_folded(bare))
    roles = [kept for role, kept in _ROLE_WORDS.items() if role is not named.role]
    names = set().union(*(_words(one.name or "") for one in participants if one.id != named.id))
    if words & (_OTHERS | names - set(_words(named.name or ""))) or any(words & kept for kept in roles):
        return True
    capitals = [word for word in bare.split() if word[0].isupper()]
    return len(capitals) == len(bare.split()) > 1 and not words & (_PLACES | set(_words(named.name or "")))


def _recognised(label: str, participants: Sequence[MeetingParticipant], *, spelling: bool) -> MeetingParticipant | None:
    words = _words(label)
    if not words:
        return None
    steps: list[Callable[[MeetingParticipant], bool]] = [
        lambda one: _words(one.id) == words,
        lambda one: sorted(_words(one.name or "")) == sorted(words),
        lambda one: _shortens(words, _words(one.name or "")) and _tells(label, words, one, participants),
        lambda one: _names_role(words, one.role),
    ]
    for fits in steps:
        found = [one for one in participants if fits(one)]
        if found:
            return found[0] if len(found) == 1 else None
    slips = [one for one in participants if spelling and _misspells(words, one.name or "")]
    return slips[0] if len(slips) == 1 else None


def _tells(label: str, words: list[str], one: MeetingParticipant, participants: Sequence[MeetingParticipant]) -> bool:
    """Whether a short form can be nobody else's.

    A first name and more can; a surname, or one word alone, may be that of whoever is not named in meeting.json. Nobody
    calls a young person « Mme Petit »: that is a relative.
    """
    surname = _surname(one.name or "")
    given = any(len(word) > 1 and word in _words(one.name or "") and word not in surname for word in words)
    if not given and one.role is Role.YOUNG_PERSON and _folded(_ADDED.sub(" ", label))[:1] != words[:1]:
        return False
    return (given and len(words) > 1) or all(other.name for other in participants if other.id != one.id)


def _words(label: str) -> list[str]:
    """Words of a name, folded: no case, no accent, no civility, nothing that the platform added."""
    words = _folded(_ADDED.sub(" ", label))
    return words[1:] if len(words) > 1 and words[0] in _CIVILITIES else words


def _folded(text: str) -> list[str]:
    decomposed = unicodedata.normalize("NFKD", text)
    folded = "".join(character for character in decomposed if not unicodedata.combining(character))
    return _NOT_WORD.sub(" ", folded.casefold()).split()


def _shortens(words: list[str], name: list[str]) -> bool:
    """Whether the label is a short form of the name, or the name, written with an initial, one of the label."""
    return _abbreviates(words, name) or (len(name) > 1 and min(map(len, name)) == 1 and _abbreviates(name, words))


def _abbreviates(words: list[str], name: list[str]) -> bool:
    """Whether every word of the label is a word of the name or the initial of one, one at least in full."""
    left = list(name)
    whole = 0
    for word in sorted(words, key=len, reverse=True):
        if word in left:
            left.remove(word)
            whole += len(word) > 1
        elif len(word) == 1 and any(other.startswith(word) for other in left):
            left.remove(next(other for other in left if other.startswith(word)))
        else:
            return False
    return whole > 0


def _names_role(words: list[str], role: Role) -> bool:
    said = [word for word in words if word not in _ARTICLES]
    if role is Role.GUARDIAN and len(said) == 2:
        return said[0] in ("representant", "representante", "responsable") and said[1] in ("legal", "legale")
    return len(said) == 1 and said[0] in _ROLE_WORDS[role]


def _surname(name: str) -> list[str]:
    """The words of the surname: the one in capitals, else the last."""
    given = _ADDED.sub(" ", name).split()
    capitals = [word for word in given if len(word) > 1 and word.isupper()]
    return _words(capitals[0] if len(capitals) == 1 else given[-1]) if len(given) > 1 else []


def _misspells(words: list[str], name: str) -> bool:
    """Whether the label is the name with one slip in the surname.

    Never in the first name: « Émile » and « Émilie », « Louis » and « Louise » are two persons, often of one family.
    """
    wrong, right = sorted(words), sorted(_words(name))
    for word in set(wrong) & set(right):
        for left in (wrong, right):
            left.remove(word)
    if len(wrong) != 1 or len(right) != 1 or right[0] not in _surname(name):
        return False
    return len(right[0]) >= _LEAST_MISSPELT and _one_slip(wrong[0], right[0])


def _one_slip(word: str, name: str) -> bool:
    """One letter more, less or other, or two neighbours swapped."""
    short, long = sorted((word, name), key=len)
    if len(long) - len(short) > 1:
        return False
    at = next((place for place, letter in enumerate(short) if letter != long[place]), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    swapped = short[:at] + short[at + 1 : at + 2] + short[at : at + 1] + short[at + 2 :]
    return short[at + 1 :] == long[at + 1 :] or swapped == long

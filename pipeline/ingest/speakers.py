"""Whom a transcript's speaker label means: a pseudonym of the meeting, or nobody we are sure of.

Takes a label as platforms show it (« MARTIN Claire (Invité) », « Claire M. », « Professionnelle ») and the
meeting's participants; gives the one participant whom it fits. Evidence is tried from the strongest to the
weakest, and a label that fits two persons equally well fits nobody: a wrong speaker would put one person's words
under another's consent. Source: our own rules, with :mod:`difflib` for misspellings.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher

from consent.records import PersonId, Role
from pipeline.meeting import MeetingParticipant

_ADDED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|[|].*$")
"""What platforms add to a name: « (Invité) », « [Externe] », « | Lycée X »."""

_NOT_WORD = re.compile(r"[^\w]+|_+")

_ROLE_WORDS: dict[Role, frozenset[str]] = {
    Role.PROFESSIONAL: frozenset(("professionnel", "professionnelle", "pro", "intervenant", "intervenante")),
    Role.YOUNG_PERSON: frozenset(
        ("jeune", "eleve", "lyceen", "lyceenne", "collegien", "collegienne", "etudiant", "etudiante")
    ),
    Role.GUARDIAN: frozenset(("parent", "pere", "mere", "tuteur", "tutrice")),
}
"""Words that name a role when they are the whole label, accents folded."""

_ARTICLES = frozenset(("le", "la", "l", "un", "une"))
_CIVILITIES = frozenset(("m", "mr", "mme", "mlle", "monsieur", "madame", "mademoiselle"))

_LONGEST = 300
"""Characters above which a label is no name: a name of meeting.json has 200 at most, platforms add to it. Comparing
spellings costs the square of the length."""

_ALIKE = 0.86
"""Least likeness of two spellings of a name: one wrong letter in seven passes, « Martin » / « Marion » (0.83) do
not."""

_CLEARER = 0.08
"""By how much the likeliest participant must beat the next: about half a letter in a name of twelve."""


def recognise(label: str, participants: Sequence[MeetingParticipant], *, spelling: bool = True) -> PersonId | None:
    """The participant whom ``label`` means, or None where none, or more than one, fits.

    Args:
        label: a speaker's name as the platform shows it.
        participants: the meeting's persons, with their names where the operator gave them.
        spelling: also accept a misspelt name; off where the label may be no name at all.
    """
    if len(label) > _LONGEST:
        return None
    # « MARTIN, Claire » is a name; of « Claire Martin, Lycée X » only what stands before the comma is.
    for name in dict.fromkeys((label, label.partition(",")[0])):
        found = _recognised(_words(name), participants, spelling=spelling)
        if found is not None:
            return found
    return None


def _recognised(words: list[str], participants: Sequence[MeetingParticipant], *, spelling: bool) -> PersonId | None:
    if not words:
        return None
    steps: list[Callable[[MeetingParticipant], bool]] = [
        lambda one: _words(one.id) == words,
        lambda one: sorted(_words(one.name or "")) == sorted(words),
        lambda one: _abbreviates(words, _words(one.name or "")),
        lambda one: _names_role(words, one.role),
    ]
    for fits in steps:
        found = [one for one in participants if fits(one)]
        if found:
            return PersonId(found[0].id) if len(found) == 1 else None
    return _likeliest(words, participants) if spelling else None


def _words(label: str) -> list[str]:
    """Words of a name, folded: no case, no accent, no civility, nothing that the platform added."""
    bare = _ADDED.sub(" ", label)
    folded = "".join(
        character for character in unicodedata.normalize("NFKD", bare) if not unicodedata.combining(character)
    )
    words = _NOT_WORD.sub(" ", folded.casefold()).split()
    return words[1:] if len(words) > 1 and words[0] in _CIVILITIES else words


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


def _likeliest(words: list[str], participants: Sequence[MeetingParticipant]) -> PersonId | None:
    label = " ".join(sorted(words))
    scores = sorted(
        (
            (SequenceMatcher(None, label, " ".join(sorted(_words(one.name)))).ratio(), one.id)
            for one in participants
            if one.name
        ),
        reverse=True,
    )
    if not scores or scores[0][0] < _ALIKE:
        return None
    if len(scores) > 1 and scores[0][0] - scores[1][0] < _CLEARER:
        return None
    return PersonId(scores[0][1])

"""pydantic's complaints in French: what is wrong, and where."""

from __future__ import annotations

import unicodedata
from typing import Any

from pydantic import ValidationError

_PROBLEMS = {
    "missing": "champ obligatoire absent",
    "extra_forbidden": "champ inconnu",
    "string_type": "texte attendu",
    "int_type": "nombre entier attendu",
    "int_parsing": "nombre entier attendu",
    "float_type": "nombre attendu",
    "float_parsing": "nombre attendu",
    "finite_number": "nombre fini attendu",
    "tuple_type": "liste attendue",
    "list_type": "liste attendue",
    "too_long": "trop d'éléments",
    "model_type": "objet attendu",
    "model_attributes_type": "objet attendu",
    "string_too_short": "texte vide",
    "string_too_long": "texte trop long",
    "timezone_aware": "le fuseau horaire manque",
    "datetime_type": "date et heure attendues",
    "datetime_parsing": "date et heure attendues (2026-03-12T14:00:00+01:00)",
    "datetime_from_date_parsing": "date et heure attendues (2026-03-12T14:00:00+01:00)",
    "date_type": "date attendue",
    "date_parsing": "date attendue (2027-09-04)",
    "date_from_datetime_parsing": "date attendue (2027-09-04)",
    "greater_than_equal": "valeur trop petite",
    "less_than_equal": "valeur trop grande",
}


_PATTERNS = {
    r"^[a-z0-9][a-z0-9_-]{0,63}$": "forme non admise (minuscules sans accent, chiffres, - et _ ; 64 au plus)",
    r"^[a-z]{2}$": "forme non admise (deux lettres minuscules, « fr »)",
    r"^[0-9a-f]{64}$": "forme non admise (64 chiffres hexadécimaux)",
}


def french_problems(error: ValidationError) -> str:
    """The first three problems of a validation in French, each with its place: ``participants[0].role : …``."""
    problems = error.errors(include_url=False)
    told = "; ".join(_french_problem(dict(problem)) for problem in problems[:3])
    more = len(problems) - 3
    return told if more <= 0 else f"{told}; et {more} autre{'s' if more > 1 else ''}"


def _french_problem(problem: dict[str, Any]) -> str:
    place = ""
    for part in problem["loc"]:
        if isinstance(part, int):
            place += f"[{part}]"
        elif part not in ("file", "files", "stream", "channel") or not place.endswith("track"):
            place += f".{part}" if place else part
    kind, context = problem["type"], problem.get("ctx", {})
    if kind == "value_error":
        what = str(context.get("error", "valeur non admise"))
    elif kind in ("enum", "literal_error", "union_tag_invalid"):
        expected = str(context.get("expected") or context.get("expected_tags")).replace(" or ", " ou ")
        what = f"valeur non admise, il faut {expected}"
    elif kind == "string_pattern_mismatch":
        what = _PATTERNS.get(str(context.get("pattern")), "forme non admise")
    else:
        what = _PROBLEMS.get(kind, "valeur non admise")
    return printable(f"{place} : {what}" if place else what)


def printable(text: str) -> str:
    """The text without control or format characters: a terminal would obey them, a reader would not see them."""
    return "".join(character for character in text if unicodedata.category(character) not in ("Cc", "Cf"))

"""argparse in French: its own messages, translated where it asks gettext for them."""

from __future__ import annotations

import argparse
from typing import NoReturn

_MESSAGES = {
    "usage: ": "usage : ",
    "positional arguments": "arguments",
    "options": "options",
    "show this help message and exit": "affiche cette aide",
    "show program's version number and exit": "affiche la version",
    "the following arguments are required: %s": "il manque : %s",
    "unrecognized arguments: %s": "argument inconnu : %s",
    "expected one argument": "une valeur est attendue",
    "expected at least one argument": "au moins une valeur est attendue",
    "expected at most one argument": "une valeur au plus est attendue",
    "ambiguous option: %(option)s could match %(matches)s": "option ambiguë : %(option)s (%(matches)s)",
    "invalid choice: %(value)r (choose from %(choices)s)": "« %(value)s » n'est pas admis (choix : %(choices)s)",
    "invalid choice: %(value)r, maybe you meant %(suggestion)r? (choose from %(choices)s)": (
        "« %(value)s » n'est pas admis (choix : %(choices)s)"
    ),
    "invalid %(type)s value: %(value)r": "« %(value)s » n'est pas une valeur admise",
    "argument %(argument_name)s: %(message)s": "argument %(argument_name)s : %(message)s",
    "ignored explicit argument %r": "valeur inattendue : %r",
    "not allowed with argument %s": "incompatible avec %s",
    "one of the arguments %s is required": "il faut l'un de : %s",
}


def _translated(message: str) -> str:
    return _MESSAGES.get(message, message)


def speak_french() -> None:
    """Make every argparse message of this process French."""
    # argparse has no public way in but the gettext catalogue of the whole process: its module-level name is set.
    setattr(argparse, "_", _translated)  # noqa: B010 - the name is no declared attribute


class FrenchParser(argparse.ArgumentParser):
    """An argument parser whose error is one French sentence and exit status 2."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the command line, and end."""
        self.exit(2, f"{self.prog} : {message} ; voyez « {self.prog} --help ».\n")

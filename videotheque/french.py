"""French for the terminal: argparse's own messages, and the register's codes, instants and purposes in words."""

from __future__ import annotations

import argparse
from collections.abc import Collection
from datetime import datetime
from typing import NoReturn

from consent.records import Purpose

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


_CHANNELS = {
    "operator": "l'opérateur",
    "platform": "la plateforme",
    "link": "le lien personnel",
    "meeting file": "meeting.json",
}


def french_channel(channel: str | None) -> str:
    """By which door something was said; what an operator wrote in ``meeting.json`` is given back as it is."""
    return _CHANNELS.get(channel or "", channel or "")


def french_purposes(purposes: Collection[Purpose]) -> str:
    """Purposes in words, in their order; « toutes » where none is left out."""
    named = [one.french for one in Purpose if one in purposes]
    return "toutes" if len(named) == len(Purpose) else ", ".join(named)


def french_instant(instant: datetime) -> str:
    """An instant on this machine's clock, as one writes it in France: ``22/11/2026 à 14 h 05``."""
    return f"{instant.astimezone():%d/%m/%Y à %H h %M}"

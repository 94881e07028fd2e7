"""The notices: what people read before they decide, word for word, by version and audience.

Owns the packaged texts of ``consent/notices/``; gives each with the hash that a receipt states. A published text is
never changed: another text is another version. An operator's own version is known by its name alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from importlib.resources import files
from typing import Any

from consent.records import ConsentEvent, Frozen, Party, Role

_AUDIENCES = {
    Role.PROFESSIONAL: "adulte",
    Role.THIRD_PARTY: "tiers",
    Role.YOUNG_PERSON: "jeune",
    Role.GUARDIAN: "representant",
}

_FORMERLY = {("2026-11", Role.THIRD_PARTY): "adulte"}
"""Whose text another audience read, in the versions before theirs was written."""

CURRENT = "2026-11-3"
"""The version shown today."""

_LANGUAGE = "fr"
"""Of every text here."""


class Notice(Frozen):
    """One text: its version, for whom, in which language."""

    version: str
    audience: str
    language: str
    text: str

    @property
    def sha256(self) -> str:
        """The hash of the text as it is shown, in UTF-8."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def notice_for(role: Role, version: str | None, language: str | None = None) -> Notice | None:
    """The text that a person of that role read, or None where the version, or the language, is not one of ours.

    Where no language is said, it is ours: French.
    """
    audience = _FORMERLY.get((version or "", role), _AUDIENCES[role])
    name = f"{version}-{audience}.md"
    folder: Any = files("consent") / "notices"
    found = next((one for one in folder.iterdir() if one.name == name), None)
    if version is None or found is None or language not in (None, _LANGUAGE):
        return None
    return Notice(version=version, audience=audience, language=_LANGUAGE, text=found.read_text("utf-8"))


def notices_read(events: Iterable[ConsentEvent], party: Party | None) -> dict[tuple[str, str | None], Notice | None]:
    """The versions and languages that somebody read, and each text; None where that very text is none of ours.

    An operator's own version, another language, or somebody undeclared: nobody knows any more which text was theirs.
    """
    read = dict.fromkeys((event.notice_version, event.language) for event in events if event.notice_version)
    return {
        (version, language): None if party is None else notice_for(party.role, version, language)
        for version, language in read
        if version
    }

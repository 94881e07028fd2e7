"""The notices: what people read before they decide, word for word, by version and audience.

Owns the packaged texts of ``consent/notices/``; gives each with the hash that a receipt states. A published text is
never changed: another text is another version. An operator's own version is known by its name alone.
"""

from __future__ import annotations

import hashlib
from importlib.resources import files
from typing import Any

from consent.records import Frozen, Role

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


def notice_for(role: Role, version: str | None) -> Notice | None:
    """The text that a person of that role read, or None where the version is not one of ours."""
    audience = _FORMERLY.get((version or "", role), _AUDIENCES[role])
    name = f"{version}-{audience}.md"
    folder: Any = files("consent") / "notices"
    found = next((one for one in folder.iterdir() if one.name == name), None)
    if version is None or found is None:
        return None
    return Notice(version=version, audience=audience, language="fr", text=found.read_text("utf-8"))

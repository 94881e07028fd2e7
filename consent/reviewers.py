"""Who may hold a clip back: the choice of an operator, read from the settings. It imports nothing."""

from __future__ import annotations

from enum import StrEnum


class Reviewers(StrEnum):
    """Whose approval a clip needs before it is shown. Guardians are asked with (never instead of) a minor."""

    BOTH = "both"
    YOUNG_PERSON = "young_person"
    NOBODY = "nobody"

"""The policy: which guardians must agree, at which age, for what and for how long.

It owns the versioned TOML files of ``consent/policies/`` (strict by default) and what a person in charge may put in
their place. A policy adds guardians to the two who speak and can never remove one of the two. An incomplete or
unknown file is refused: there is no permissive default to fall back on.
"""

from __future__ import annotations

import hashlib
import tomllib
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError, model_validator

from consent.errors import InvalidPolicy
from consent.records import AgeBand, Frozen, Purpose

_DEFAULT = "default"
_MINORS = (AgeBand.UNDER_15, AgeBand.FROM_15_TO_17)


class Guardians(StrEnum):
    """Which guardians must agree. Where any must, the "no" of each of them counts."""

    ALL = "all"
    ONE = "one"
    NONE = "none"


class ComingOfAge(Frozen):
    """What happens at eighteen, in days."""

    grace_days: int = Field(ge=0, le=366)
    adult_for_certain_days: int = Field(ge=1, le=1096)

    @property
    def grace(self) -> timedelta:
        """How long after the birthday the guardians' agreement still stands in for the person's own."""
        return timedelta(days=self.grace_days)

    @property
    def adult_for_certain(self) -> timedelta:
        """How long after an agreement someone who was 15 to 17 then is an adult for certain."""
        return timedelta(days=self.adult_for_certain_days)


class Validity(Frozen):
    """How long an agreement without a term of its own lasts, in days (at most ten years)."""

    longest_days: int = Field(ge=1, le=3653)

    @property
    def longest(self) -> timedelta:
        """The same as a length of time."""
        return timedelta(days=self.longest_days)


class Policy(Frozen):
    """One version of the policy; ``sha256`` is the hash of its file."""

    version: str = Field(min_length=1, max_length=100)
    guardians: dict[AgeBand, dict[str, Guardians]]
    coming_of_age: ComingOfAge
    validity: Validity
    sha256: str

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if set(self.guardians) != set(_MINORS):
            raise ValueError("guardians: il faut exactement « under-15 » et « 15-17 »")
        known = {purpose.value for purpose in Purpose} | {_DEFAULT}
        for age, table in self.guardians.items():
            if _DEFAULT not in table:
                raise ValueError(f"guardians.{age.value}: « default » manque")
            if unknown := sorted(set(table) - known):
                raise ValueError(f"guardians.{age.value}: « {unknown[0]} » n'est pas une finalité")
        return self

    def guardians_for(self, age_band: AgeBand, purpose: Purpose) -> Guardians:
        """Which guardians must agree with a young person of that age. An unknown age is the youngest."""
        if age_band is AgeBand.ADULT:
            return Guardians.NONE
        known = self.guardians[AgeBand.UNDER_15 if age_band is AgeBand.UNKNOWN else age_band]
        return known.get(purpose.value, known[_DEFAULT])


def read_policy(content: bytes) -> Policy:
    """Read a policy file.

    Raises:
        InvalidPolicy: it is not TOML, incomplete, or says what no policy may say.
    """
    try:
        described = tomllib.loads(content.decode("utf-8"))
        return Policy.model_validate({**described, "sha256": hashlib.sha256(content).hexdigest()})
    except (ValueError, ValidationError) as error:
        why = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise InvalidPolicy(
            f"Le fichier de politique des accords n'est pas admis ({why}) ; repartez de celui du programme, "
            "consent/policies/fr-strict.toml."
        ) from None


def load_policy(path: Path | None) -> Policy:
    """The policy of that file, or the program's own where None.

    Raises:
        InvalidPolicy: the file cannot be read or is not acceptable.
    """
    if path is None:
        return strict()
    try:
        return read_policy(path.read_bytes())
    except OSError as error:
        raise InvalidPolicy(
            f"Le fichier de politique des accords ne peut pas être lu ({error.strerror}) ; vérifiez le réglage "
            "VIDEOTHEQUE_CONSENT_POLICY."
        ) from error


@lru_cache(maxsize=1)
def strict() -> Policy:
    """The program's own policy, as strict as the texts may be read."""
    return read_policy((files("consent") / "policies" / "fr-strict.toml").read_bytes())

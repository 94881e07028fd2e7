"""The policy: versioned, complete, strict by default, and unable to remove anybody."""

from __future__ import annotations

from importlib.resources import files

import pytest

from consent.errors import InvalidPolicy
from consent.policy import Guardians, load_policy, read_policy, strict
from consent.records import AgeBand, Purpose

OURS = (files("consent") / "policies" / "fr-strict.toml").read_bytes()


def test_the_strict_policy_asks_all_guardians_of_whoever_is_not_surely_older() -> None:
    """Under 15 and of an unknown age: for everything. From 15: for what others will see. Adults: for nothing."""
    alone = {Purpose.RECORD, Purpose.TRANSCRIBE, Purpose.CUT_AND_INDEX}
    for purpose in Purpose:
        assert strict().guardians_for(AgeBand.UNDER_15, purpose) is Guardians.ALL
        assert strict().guardians_for(AgeBand.UNKNOWN, purpose) is Guardians.ALL
        assert strict().guardians_for(AgeBand.ADULT, purpose) is Guardians.NONE
        expected = Guardians.NONE if purpose in alone else Guardians.ALL
        assert strict().guardians_for(AgeBand.FROM_15_TO_17, purpose) is expected


def test_a_policy_is_known_by_the_hash_of_its_file() -> None:
    """Another byte is another policy."""
    assert read_policy(OURS).sha256 == load_policy(None).sha256
    assert read_policy(OURS + b"\n").sha256 != strict().sha256


@pytest.mark.parametrize(
    ("former", "new"),
    [
        (b'[guardians.15-17]', b'[guardians.adult]'),
        (b'transcribe = "none"', b'transcrire = "none"'),
        (b'default = "all"\n\n[coming', b'\n[coming'),
        (b'"all"', b'"nobody"'),
        (b"grace_days = 90", b"grace_days = 9000"),
        (b"longest_days = 1826", b"longest_days = 0"),
        (b"longest_days = 1826", b"longest_days = 1826\nsurprise = 1"),
        (b"version =", b"version"),
    ],
)  # fmt: skip
def test_an_incomplete_or_unknown_policy_is_refused(former: bytes, new: bytes) -> None:
    """There is no permissive default to fall back on: one French sentence, and nothing is decided."""
    assert former in OURS

    with pytest.raises(InvalidPolicy, match="n'est pas admis"):
        read_policy(OURS.replace(former, new, 1))

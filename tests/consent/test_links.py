"""Personal links: they say whom they speak for, and no byte of them can be changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.links import LinkRefused, PersonalLink, read_link, sign_link
from consent.records import PersonId, RecordingId

KEY = bytes(range(32))
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LINK = PersonalLink(
    recording_id=RecordingId("rec-0000000000000001"),
    person_id=PersonId("jeune"),
    expires_at=NOW + timedelta(days=30),
    issued_at=NOW + timedelta(microseconds=1),
)


@pytest.mark.parametrize("issued_at", [LINK.issued_at, None])
def test_a_link_says_whom_it_speaks_for(issued_at: datetime | None) -> None:
    """What was signed is read back, whole; one of before links were dated too."""
    link = LINK.model_copy(update={"issued_at": issued_at})

    assert read_link(sign_link(link, KEY), KEY) == link


def test_reviewing_by_a_link_ends_at_its_instant_and_the_link_does_not() -> None:
    """It reviews until the last instant and not at the end itself; it still says whom it speaks for."""
    link = read_link(sign_link(LINK, KEY), KEY)

    assert link.reviews_at(LINK.expires_at - timedelta(microseconds=1))
    assert not link.reviews_at(LINK.expires_at)


@given(st.data())
def test_no_character_of_a_link_can_be_changed(data: st.DataObject) -> None:
    """Another character anywhere, or a part of the token, is refused."""
    token = sign_link(LINK, KEY)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters().filter(lambda one: one != token[place]))

    for altered in (token[:place] + other + token[place + 1 :], token[:place], token + other):
        with pytest.raises(LinkRefused):
            read_link(altered, KEY)


def test_a_link_of_another_key_is_refused_and_a_short_key_signs_nothing() -> None:
    """Another library's link speaks for nobody here."""
    with pytest.raises(LinkRefused):
        read_link(sign_link(LINK, bytes(32)), KEY)
    with pytest.raises(ValueError, match="32 bytes"):
        sign_link(LINK, b"court")

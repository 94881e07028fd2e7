"""A register without an entry, on either database, under a clock moved by hand."""

from __future__ import annotations

import pytest

from consent.register import Register
from tests.databases import Clock, Opens


@pytest.fixture
def clock() -> Clock:
    """The present."""
    return Clock()


@pytest.fixture
def register(reopen: Opens, clock: Clock) -> Register:
    """A register without an entry."""
    return Register(reopen(), clock)

"""The order of purposes: what each presupposes, and which of them a published clip needs.

record < transcribe < cut and index < publish < (face, voice, first name, organisation, search engines, social
redistribution); keeping the source and training a model follow recording alone. None implies another.
"""

from __future__ import annotations

from collections.abc import Iterable

from consent.records import Purpose

PREREQUISITES: dict[Purpose, tuple[Purpose, ...]] = {
    Purpose.RECORD: (),
    Purpose.TRANSCRIBE: (Purpose.RECORD,),
    Purpose.CUT_AND_INDEX: (Purpose.TRANSCRIBE,),
    Purpose.PUBLISH: (Purpose.CUT_AND_INDEX,),
    Purpose.SHOW_FACE: (Purpose.PUBLISH,),
    Purpose.ORIGINAL_VOICE: (Purpose.PUBLISH,),
    Purpose.SHOW_FIRST_NAME: (Purpose.PUBLISH,),
    Purpose.SHOW_ORGANISATION: (Purpose.PUBLISH,),
    Purpose.SEARCH_ENGINES: (Purpose.PUBLISH,),
    Purpose.SOCIAL_REDISTRIBUTION: (Purpose.PUBLISH,),
    Purpose.RETAIN_SOURCE: (Purpose.RECORD,),
    Purpose.AI_TRAINING: (Purpose.RECORD,),
}
"""What must be agreed to before a purpose counts."""

PUBLICATION = frozenset({Purpose.PUBLISH, Purpose.SHOW_FACE, Purpose.ORIGINAL_VOICE})
"""What a clip in full form needs: both faces are in its picture, both voices in its sound."""

ORDER = {purpose: number for number, purpose in enumerate(Purpose)}
"""The place of each purpose in the enumeration."""


def with_prerequisites(purposes: Iterable[Purpose]) -> frozenset[Purpose]:
    """Close a set of purposes under :data:`PREREQUISITES`."""
    closed: set[Purpose] = set()
    waiting = list(purposes)
    while waiting:
        purpose = waiting.pop()
        if purpose not in closed:
            closed.add(purpose)
            waiting.extend(PREREQUISITES[purpose])
    return frozenset(closed)


CLOSED = {purpose: with_prerequisites([purpose]) for purpose in Purpose}
"""Each purpose with what it presupposes."""

SHOWING = frozenset(purpose for purpose, closed in CLOSED.items() if Purpose.PUBLISH in closed)
"""Publishing and all that presupposes it: what somebody means who takes back a clip or a passage and says no more."""

BEFORE = {purpose: tuple(sorted(closed - {purpose}, key=ORDER.__getitem__)) for purpose, closed in CLOSED.items()}
"""What each purpose presupposes, nearest to the recording first."""

"""What a person sees of their own clips through a personal link: frozen records between the desk and its pages."""

from __future__ import annotations

from datetime import datetime

from consent.records import ConsentEvent, Frozen, PersonId, Purpose, Role
from pipeline.aftermath import Aftermath
from pipeline.records import Clip


class ReviewedClip(Frozen):
    """A clip as one of its persons sees it (``content`` names that state), if they approved it, who has yet to."""

    clip: Clip
    content: str
    approved: bool
    shown: bool
    awaited: tuple[Role, ...]


class Erased(Frozen):
    """An erasure of the recording: its number, and when it was verified to the end (None: it is under way)."""

    id: str
    completed_at: datetime | None


class ReviewPage(Frozen):
    """What a personal link shows.

    ``reviewing``: the link still lets its person review, not only take back; never a guardian of somebody who has come
    of age (``outgrown``). ``known``: the library still holds
    something of the meeting; ``remade``: the very recording, from which clips can be made again. ``now`` is what is
    shown and kept; ``until`` says until when it may be shown, and ``kept_until`` when the agreements to the recording
    itself end. ``erased`` is the last erasure that was asked for.
    """

    person_id: PersonId
    role: Role | None
    clips: tuple[ReviewedClip, ...]
    reviewing: bool
    outgrown: bool
    known: bool
    remade: bool
    now: Aftermath
    until: datetime | None = None
    kept_until: datetime | None = None
    erased: Erased | None = None


class Foresight(Frozen):
    """What a person's withdrawal would leave: of everything, and of each purpose that the pages offer by itself.

    ``remade``: clips can be made again from the recording, which is still kept.
    """

    role: Role | None
    known: bool
    remade: bool
    now: Aftermath
    everything: Aftermath
    parts: dict[Purpose, Aftermath]


class Done(Frozen):
    """What the library has written down of a decision just taken.

    ``approved``: the clip of that title is approved by the person as it is. Else ``event`` is the entry of the
    register, ``after`` what is left now, and ``before`` what would be without it. ``remade`` as in :class:`Foresight`.
    """

    remade: bool
    approved: str = ""
    event: ConsentEvent | None = None
    before: Aftermath
    after: Aftermath

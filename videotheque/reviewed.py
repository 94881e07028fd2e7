"""What a person sees of their own clips through a personal link: frozen records between the desk and its page."""

from __future__ import annotations

from datetime import datetime

from consent.records import Frozen, PersonId, Role
from pipeline.records import Clip


class ReviewedClip(Frozen):
    """A clip as one of its persons sees it (``content`` names that state), if they approved it, who has yet to."""

    clip: Clip
    content: str
    approved: bool
    shown: bool
    awaited: tuple[Role, ...]


class ReviewPage(Frozen):
    """What a personal link shows.

    ``agreed``: there is something that may be shown, as far as agreements go; ``until`` says until when, and
    ``kept_until`` when the agreements to the recording itself end: publication may end sooner.
    """

    person_id: PersonId
    role: Role | None
    clips: tuple[ReviewedClip, ...]
    agreed: bool
    until: datetime | None = None
    kept_until: datetime | None = None

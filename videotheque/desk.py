"""The desk: what the persons recorded, and the platform that speaks for them, may do through the site.

Takes the settings; opens the same register, catalogue and erasure jobs as the runs do, and never Prefect. A personal
link speaks for one person of one recording; the platform's token for anybody it names. What is withdrawn here is
suppressed when the call returns; a process of its own then erases, or the next night.
"""

from __future__ import annotations

import hmac
import subprocess
import sys
from pathlib import Path

from consent.approvals import Approval
from consent.links import PersonalLink, read_link
from consent.records import BREATH_S, PART, PersonId, Purpose, Span
from consent.register import now_utc
from consent.rules import PUBLICATION
from pipeline import withdrawal
from pipeline.catalogue import Catalogue, PublishedClip, RegisteredMeeting, content_of
from pipeline.erasure import ErasureBook
from pipeline.errors import UnknownRecording
from pipeline.keys import LibraryKeys
from pipeline.opening import open_register
from pipeline.outputs import OutputStore
from pipeline.records import Clip, ClipId, Stage
from pipeline.settings import Settings
from pipeline.stops import hold_to_stops, keep_stops, replay_stops
from pipeline.validation import printable
from pipeline.withdrawal import EVERYTHING, Channel, Taken
from videotheque.reviewed import ReviewedClip, ReviewPage
from videotheque.view import ClipUnknown, ClipWithdrawn, MediaKind

LONGEST_TITLE = 120
"""Characters: what fits on two lines of a phone."""

LEAST_KEPT_S = 8.0
"""A clip trimmed shorter than this would be dropped whole (:data:`pipeline.segment.edits.LEAST_S`)."""


class TokenRefused(Exception):
    """The platform's token is missing or wrong."""


class DeskClosed(Exception):
    """No token is set: the platform's door is closed."""


class InvalidWish(Exception):
    """What a person typed cannot be done; its text is one French sentence for them."""


class Desk:
    """Withdrawals and reviews on one library."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._catalogue = Catalogue(open_register(settings), settings.reviewers)
        self._erasures = ErasureBook(self._catalogue.database, now_utc)
        self._outputs = OutputStore(settings.recordings_folder)
        self._keyring = LibraryKeys(settings.keys_folder)
        hold_to_stops(self._catalogue, self._keyring)

    def hold_to_stops(self) -> None:
        """Say again what was withdrawn, should the database have been put back from an older copy; before serving.

        Raises:
            KeysUnusable: the list is damaged.
        """
        replay_stops(self._catalogue, self._keyring)

    # --- the platform ---

    def authenticate(self, authorization: str) -> None:
        """Check the platform's ``Authorization`` header.

        Raises:
            DeskClosed: no token is set.
            TokenRefused: it is not the one set.
        """
        token = self._settings.withdrawal_token
        if token is None:
            raise DeskClosed
        wanted = f"Bearer {token.get_secret_value()}".encode()
        if not hmac.compare_digest(authorization.encode("utf-8", "replace"), wanted):
            raise TokenRefused

    def withdraw(
        self,
        meeting_name: str,
        person_name: str,
        purposes: list[str],
        clip_id: ClipId | None = None,
        passage: Span | None = None,
    ) -> withdrawal.Withdrawn:
        """Withdraw what somebody no longer agrees to; suppressed when this returns.

        Raises:
            UnknownRecording: no meeting of that name.
            UnknownPerson: the meeting has no such person.
            UnknownClip: it has no such clip.
            InvalidPassage: the passage begins after the recording's end.
            InvalidPurpose: a purpose is none.
        """
        meeting = self._catalogue.meeting(meeting_name)
        person = withdrawal.person_of(self._catalogue, meeting, person_name)
        if passage is not None:
            withdrawal.check_passage(
                self._outputs, meeting.recording_id, passage, self._settings.media.max_duration_s
            )
        passages = () if passage is None else (passage,)
        taken = Taken(purposes=withdrawal.purposes_of(purposes), clip_id=clip_id, passages=passages)
        return self._take_back(meeting, person, Channel.PLATFORM, taken)

    def erase(self) -> None:
        """Have what is due erased now, in a process of its own; where a run is at work, that run or the night will."""
        # Flows are never imported here: they bring Prefect, which costs the site seconds and memory.
        home, inbox = self._settings.home.resolve(), self._settings.inbox_folder.resolve()
        given = [f"VIDEOTHEQUE_HOME={home}", f"VIDEOTHEQUE_INBOX={inbox}"]
        command = ["/usr/bin/env", *given, sys.executable, "-m", "videotheque", "erase", "--no-wait"]
        nothing = subprocess.DEVNULL
        subprocess.run(command, stdin=nothing, stdout=nothing, stderr=nothing, check=False)

    # --- a person ---

    @property
    def source_kept(self) -> bool:
        """Whether the recording itself is the operator's to erase."""
        return self._settings.source_kept_by_operator

    def link(self, token: str) -> PersonalLink:
        """Whom a link speaks for, now.

        Raises:
            LinkRefused: it is none of ours, was altered, or is over.
        """
        return read_link(token, self._keyring.for_links(), now_utc())

    def page(self, link: PersonalLink) -> ReviewPage:
        """What the person may see of their meeting."""
        recording_id = link.recording_id
        asked = {"shown": PUBLICATION, "kept": frozenset({Purpose.RECORD})}
        decisions = self._catalogue.register.decide_each(recording_id, asked, PART)
        party = next((one for one in self._catalogue.register.parties(recording_id) if one.id == link.person_id), None)
        approvals = self._catalogue.approvals.of(recording_id)
        shown = self._catalogue.live_of(recording_id)
        clips = sorted((one.clip for one in self._made(link).values()), key=lambda clip: clip.span.start)
        return ReviewPage(
            person_id=link.person_id,
            role=party.role if party else None,
            clips=tuple(
                ReviewedClip(
                    clip=clip,
                    content=(content := content_of(clip)),
                    approved=approvals.approved(link.person_id, clip.id, content),
                    shown=clip.id in shown,
                    awaited=tuple(one.role for one in approvals.awaited(clip.id, content, self._settings.reviewers)),
                )
                for clip in clips
            ),
            agreed=decisions["shown"].allowed,
            until=decisions["shown"].valid_until,
            kept_until=decisions["kept"].valid_until,
        )

    def media(self, link: PersonalLink, clip_id: ClipId, kind: MediaKind) -> Path:
        """Path of one of the files of the person's own clips, approved yet or not.

        Raises:
            ClipWithdrawn: somebody hides it, or agreements are no longer there.
            ClipUnknown: it is no clip of theirs.
        """
        made = self._own(link, clip_id)
        clip = made.clip
        name = {MediaKind.VIDEO: clip.video, MediaKind.CAPTIONS: clip.captions, MediaKind.POSTER: clip.poster}[kind]
        return self._outputs.folder(link.recording_id, Stage.RENDER, made.render_key) / name

    def approve(self, link: PersonalLink, clip_id: ClipId, seen: str) -> None:
        """Approve a clip as it was seen (:attr:`ReviewedClip.content`).

        Raises:
            InvalidWish: it is another one now.
        """
        self._approve(link, clip_id, seen)

    def refuse(self, link: PersonalLink, clip_id: ClipId) -> None:
        """Refuse a clip: it is shown nowhere from now on, and erased."""
        self._own(link, clip_id)
        self._take_back(self._meeting(link), link.person_id, Channel.LINK, Taken(clip_id=clip_id))

    def trim(self, link: PersonalLink, clip_id: ClipId, start: float, end: float) -> None:
        """Keep only ``[start, end]`` seconds of a clip: what is before and after is hidden, for every clip.

        Raises:
            InvalidWish: too little would be left.
        """
        clip = self._own(link, clip_id).clip
        if not 0 <= start < end <= clip.duration or end - start < LEAST_KEPT_S:
            raise InvalidWish(f"Gardez au moins {LEAST_KEPT_S:.0f} secondes, entre 0 et {clip.duration:.0f}.")
        self._hide_parts(link, clip, (0.0, start), (end, clip.duration))

    def hide(self, link: PersonalLink, clip_id: ClipId, start: float, end: float) -> None:
        """Hide ``[start, end]`` seconds of a clip, in every clip that holds them.

        Raises:
            InvalidWish: that is no part of the clip.
        """
        clip = self._own(link, clip_id).clip
        if not 0 <= start < end <= clip.duration:
            raise InvalidWish(f"Donnez deux instants de l'extrait, entre 0 et {clip.duration:.0f} secondes.")
        self._hide_parts(link, clip, (start, end))

    def entitle(self, link: PersonalLink, clip_id: ClipId, title: str, seen: str) -> None:
        """Correct the title of a clip as it was seen, and approve the clip under it; the others are asked again.

        Raises:
            InvalidWish: it is empty or too long, or the clip is another one now.
        """
        cleaned = " ".join(printable(title).split())
        if not 1 <= len(cleaned) <= LONGEST_TITLE:
            raise InvalidWish(f"Écrivez un titre de 1 à {LONGEST_TITLE} caractères.")
        self._approve(link, clip_id, seen, cleaned)

    def take_back(self, link: PersonalLink, purposes: frozenset[Purpose] = frozenset()) -> None:
        """Withdraw the person's agreement, to everything by default: the whole meeting goes, its recording too."""
        self._take_back(self._meeting(link), link.person_id, Channel.LINK, Taken(purposes=purposes))

    # --- helpers ---

    def _made(self, link: PersonalLink) -> dict[ClipId, PublishedClip]:
        # A link outlives its person's place in the description; what they may see does not, what they may refuse does.
        declared = {party.id for party in self._catalogue.register.parties(link.recording_id)}
        return self._catalogue.made_of(link.recording_id) if link.person_id in declared else {}

    def _own(self, link: PersonalLink, clip_id: ClipId) -> PublishedClip:
        made = self._made(link).get(clip_id)
        if made is not None:
            return made
        if self._catalogue.was_published(clip_id):
            raise ClipWithdrawn("Cet extrait n'est plus là : il a été refusé, modifié ou retiré.")
        raise ClipUnknown("Cet extrait n'est pas l'un des vôtres ; vérifiez l'adresse.")

    def _meeting(self, link: PersonalLink) -> RegisteredMeeting:
        meeting = self._catalogue.find_meeting(link.recording_id)
        if meeting is None:
            raise UnknownRecording("Cette rencontre a déjà été effacée ; il n'y a plus rien à faire.")
        return meeting

    def _hide_parts(self, link: PersonalLink, clip: Clip, *parts: tuple[float, float]) -> None:
        passages = []
        for first, last in parts:  # the breath that a clip shares with its neighbours stays theirs
            start = clip.span.start + (first if first > 0 else BREATH_S)
            end = clip.span.start + last if last < clip.duration else clip.span.end - BREATH_S
            passages += [Span(start=start, end=end)] if start < end else []
        if passages:
            self._take_back(self._meeting(link), link.person_id, Channel.LINK, Taken(passages=tuple(passages)))

    def _approve(self, link: PersonalLink, clip_id: ClipId, seen: str, title: str | None = None) -> None:
        self._own(link, clip_id)
        with self._catalogue.database.writing() as connection:
            made = self._catalogue.made_within(connection, link.recording_id).get(clip_id)
            if made is None or content_of(made.clip) != seen:
                raise InvalidWish(
                    "L'extrait a changé depuis que cette page est ouverte ; regardez-le de nouveau, puis décidez."
                )
            approved = made.clip if title is None else made.clip.model_copy(update={"title": title})
            approval = Approval(
                recording_id=link.recording_id,
                person_id=link.person_id,
                clip_id=clip_id,
                content=content_of(approved),
                said_at=now_utc(),
                channel=Channel.LINK.value,
            )
            self._catalogue.approvals.say_within(connection, approval, title)

    def _take_back(
        self, meeting: RegisteredMeeting, person: PersonId, channel: Channel, taken: Taken = EVERYTHING
    ) -> withdrawal.Withdrawn:
        done = withdrawal.withdraw(self._catalogue, self._erasures, meeting, person, channel, taken)
        keep_stops(self._catalogue, self._erasures, self._keyring)
        return done

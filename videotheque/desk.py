"""The desk: what the persons recorded, and the platform that speaks for them, may do through the site.

Takes the settings; opens the same register, catalogue and erasure jobs as the runs do, and never Prefect. A personal
link speaks for one person of one recording; the platform's token for anybody it names. What is withdrawn here is
suppressed when the call returns; a process of its own then erases, or the next night. What a page tells of it is read
in the register.
"""

from __future__ import annotations

import hmac
import subprocess
import sys
from pathlib import Path

from consent.approvals import Approval
from consent.links import LinkExpired, LinkRefused, PersonalLink, read_link
from consent.records import PART, Controller, PersonId, Purpose, RecordingId, Span
from consent.register import now_utc
from consent.revocations import Revocations
from consent.rules import PUBLICATION
from pipeline import withdrawal
from pipeline.aftermath import aftermath_of, is_clipless
from pipeline.catalogue import Catalogue, PublishedClip, RegisteredMeeting, content_of
from pipeline.erasure import ErasureBook
from pipeline.errors import InvalidMeeting, UnknownRecording
from pipeline.keys import LibraryKeys
from pipeline.naming import known_names
from pipeline.opening import open_register
from pipeline.outputs import OutputStore
from pipeline.records import ClipId, Stage
from pipeline.settings import Settings
from pipeline.withdrawal import EVERYTHING, Channel, Taken
from videotheque import wishes
from videotheque.foresight import foreseen, outgrown, role_of, written_down
from videotheque.reviewed import Done, Erased, Foresight, ReviewedClip, ReviewPage
from videotheque.view import ClipUnknown, ClipWithdrawn, MediaKind
from videotheque.wishes import InvalidWish


class TokenRefused(Exception):
    """The platform's token is missing or wrong."""


class DeskClosed(Exception):
    """No token is set: the platform's door is closed."""


class Desk:
    """Withdrawals and reviews on one library."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._catalogue = Catalogue(open_register(settings), settings.reviewers)
        self._erasures = ErasureBook(self._catalogue.database, now_utc)
        self._outputs = OutputStore(settings.recordings_folder)
        self._keyring = LibraryKeys(settings.keys_folder)
        self._revocations = Revocations(self._catalogue.register)

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
            withdrawal.check_passage(self._outputs, meeting.recording_id, passage, self._settings.media.max_duration_s)
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

    @property
    def contact(self) -> Controller:
        """Who is responsible, and how they are reached."""
        return self._settings.controller

    def link(self, token: str) -> PersonalLink:
        """Whom a link speaks for.

        Raises:
            LinkRefused: it is none of ours, was altered, or was revoked.
        """
        link = read_link(token, self._keyring.for_links())
        if self._revocations.kills(link):
            raise LinkRefused("Ce lien a été remplacé par un autre, ou bloqué ; utilisez le nouveau.")
        return link

    def page(self, link: PersonalLink) -> ReviewPage:
        """What the person may see of their meeting: once reviewing is over, what every visitor sees of it."""
        recording_id, register = link.recording_id, self._catalogue.register
        asked = {"shown": PUBLICATION, "kept": frozenset({Purpose.RECORD})}
        decisions = register.decide_each(recording_id, asked, PART)
        approvals = self._catalogue.approvals.of(recording_id)
        shown = self._catalogue.live_of(recording_id)
        reviewing = self._reviews(link)
        seen = self._made(link) if reviewing else shown
        clips = sorted((one.clip for one in seen.values()), key=lambda clip: clip.span.start)
        return ReviewPage(
            person_id=link.person_id,
            role=role_of(self._catalogue, link),
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
            reviewing=reviewing,
            outgrown=outgrown(self._catalogue, link),
            known=self._catalogue.find_meeting(recording_id) is not None,
            remade=self._catalogue.source_gone(recording_id) is None,
            now=aftermath_of(register, recording_id, clipless=self._clipless(link)),
            until=decisions["shown"].valid_until,
            kept_until=decisions["kept"].valid_until,
            erased=self._erased(recording_id),
        )

    def foresee(self, link: PersonalLink) -> Foresight:
        """What would be left, should the person take everything back, or one of the purposes offered."""
        return foreseen(self._catalogue, link, clipless=self._clipless(link))

    def done(self, link: PersonalLink, name: str) -> Done | None:
        """What is written down of a decision, by the name that taking it gave; None where nothing of the sort is."""
        made = self._made(link).get(ClipId(name))
        return written_down(self._catalogue, link, made, name, clipless=self._clipless(link))

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

    def approve(self, link: PersonalLink, clip_id: ClipId, seen: str) -> str:
        """Approve a clip as it was seen (:attr:`ReviewedClip.content`); the name of what was done, as below.

        Raises:
            InvalidWish: it is another one now.
        """
        return self._approve(link, clip_id, seen)

    def refuse(self, link: PersonalLink, clip_id: ClipId) -> str:
        """Refuse a clip: it is shown nowhere from now on, and erased."""
        if self._reviews(link):
            self._own(link, clip_id)
        return self._withdraw(link, Taken(clip_id=clip_id))

    def trim(self, link: PersonalLink, clip_id: ClipId, start: float, end: float) -> str:
        """Keep only ``[start, end]`` seconds of a clip: what is before and after is hidden, for every clip.

        Raises:
            InvalidWish: too little would be left, or nothing would go.
        """
        return self._withdraw(link, Taken(passages=wishes.trimmed(self._own(link, clip_id).clip, start, end)))

    def hide(self, link: PersonalLink, clip_id: ClipId, start: float, end: float) -> str:
        """Hide ``[start, end]`` seconds of a clip, in every clip that holds them.

        Raises:
            InvalidWish: that is no part of the clip.
        """
        return self._withdraw(link, Taken(passages=wishes.hidden(self._own(link, clip_id).clip, start, end)))

    def entitle(self, link: PersonalLink, clip_id: ClipId, title: str, seen: str) -> str:
        """Correct the title of a clip as it was seen, and approve the clip under it; the others are asked again.

        Raises:
            InvalidWish: it is empty, too long or names somebody, the names to hold it against cannot be read, or the
                clip is another one now.
        """
        said = [one.text for one in self._own(link, clip_id).clip.sentences]
        try:
            declared = known_names(self._catalogue.register, self._meeting(link))
        except InvalidMeeting:
            raise InvalidWish("Le titre ne peut pas être changé pour le moment ; il faudra réessayer demain.") from None
        return self._approve(link, clip_id, seen, wishes.title(title, said, declared))

    def take_back(self, link: PersonalLink, purposes: frozenset[Purpose] = frozenset()) -> str:
        """Withdraw the person's agreement, to everything by default."""
        return self._withdraw(link, Taken(purposes=purposes))

    # --- helpers ---

    def _made(self, link: PersonalLink) -> dict[ClipId, PublishedClip]:
        # A link outlives its person's place in the description; what they may see does not, what they may refuse does.
        declared = {party.id for party in self._catalogue.register.parties(link.recording_id)}
        return self._catalogue.made_of(link.recording_id) if link.person_id in declared else {}

    def _reviews(self, link: PersonalLink) -> bool:
        return link.reviews_at(now_utc()) and not outgrown(self._catalogue, link)

    def _clipless(self, link: PersonalLink) -> bool:
        return is_clipless(self._catalogue, self._outputs, link.recording_id)

    def _erased(self, recording_id: RecordingId) -> Erased | None:
        jobs = self._erasures.jobs(of=recording_id)
        return Erased(id=jobs[-1].id, completed_at=jobs[-1].completed_at) if jobs else None

    def _own(self, link: PersonalLink, clip_id: ClipId) -> PublishedClip:
        if not self._reviews(link):
            raise LinkExpired("Ce lien ne permet plus de relire les extraits ; il permet toujours de les retirer.")
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

    def _withdraw(self, link: PersonalLink, taken: Taken) -> str:
        return self._take_back(self._meeting(link), link.person_id, Channel.LINK, taken).event_id

    def _approve(self, link: PersonalLink, clip_id: ClipId, seen: str, title: str | None = None) -> str:
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
        return clip_id

    def _take_back(
        self, meeting: RegisteredMeeting, person: PersonId, channel: Channel, taken: Taken = EVERYTHING
    ) -> withdrawal.Withdrawn:
        return withdrawal.withdraw(self._catalogue, self._erasures, meeting, person, channel, taken)

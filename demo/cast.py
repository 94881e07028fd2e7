"""The demo meetings' people: who meets whom, with which voice and look, who agreed to what.

Owns :class:`DemoMeeting` and its translation to the operator's ``meeting.json``. Nobody here exists.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import AwareDatetime, Field

from consent.records import AgeBand, Basis, Frozen, PersonId, Purpose, Role
from demo import looks
from demo.avatars import Look
from demo.conversation import PEOPLE, Voices
from demo.voices import Voice
from pipeline.meeting import (
    ChannelTrack,
    FileTrack,
    Meeting,
    MeetingConsent,
    MeetingParticipant,
    MeetingTranscript,
    OwnTrack,
)

LATE_S = 2.4
"""How long after the recording the young person's own file begins, in the meeting with a file per person."""

GUARDIAN = "parent"
"""Pseudonym of the young person's guardian."""

_DECIDED_BEFORE = timedelta(days=4)
_VISIBLE = (Purpose.PUBLISH, Purpose.SHOW_FACE, Purpose.ORIGINAL_VOICE)


class Variant(StrEnum):
    """The form of a meeting's media, or what is wrong with it."""

    PLAIN = "plain"
    """H.264/AAC, one mono mix, the script as transcript; everybody agreed."""
    SEPARATE_FILES = "separate-files"
    """As plain, and one audio file per person, of which one begins late."""
    STEREO = "stereo"
    """The professional on the left, the young person on the right."""
    PLATFORM_TRANSCRIPT = "platform-transcript"
    """One mono mix, and the platform's own WebVTT."""
    WEBM = "webm"
    """VP8/Opus from a browser: variable frame rate, no duration in the header."""
    NOT_CONSENTED = "not-consented"
    """Plain media; the young person has agreed to nothing."""
    TRUNCATED = "truncated"
    """Plain, cut at 60 % of its bytes."""

    @property
    def recording(self) -> str:
        """Name of the recording's file."""
        return "rencontre.webm" if self is Variant.WEBM else "rencontre.mp4"

    def transcript(self, *, heard: bool) -> MeetingTranscript | None:
        """The transcript that comes with the recording. ``heard``: only a platform's is left."""
        if self is Variant.PLATFORM_TRANSCRIPT:
            return MeetingTranscript(file="transcription.vtt", origin="platform")
        return None if heard else MeetingTranscript(file="scenario.vtt", origin="script")

    def track(self, role: Role) -> OwnTrack | None:
        """Where a person is heard alone, if anywhere."""
        if self is Variant.SEPARATE_FILES:
            late = LATE_S if role is Role.YOUNG_PERSON else 0
            return FileTrack(file=f"{PEOPLE[role]}.m4a", offset_s=late)
        if self is Variant.STEREO:
            return ChannelTrack(kind="channel", channel="left" if role is Role.PROFESSIONAL else "right")
        return None


class Character(Frozen):
    """One of the two who speak. ``label`` is written on the tile (ASCII: Pillow's font has no accents)."""

    name: str
    label: str
    voice: Voice
    look: Look


class DemoMeeting(Frozen):
    """A meeting to make."""

    id: str
    script: str
    variant: Variant
    professional: Character
    young_person: Character
    age_band: AgeBand
    recorded_at: AwareDatetime
    seed: int = Field(ge=0)

    @property
    def voices(self) -> Voices:
        """Both voices."""
        return Voices(professional=self.professional.voice, young_person=self.young_person.voice)

    def character(self, role: Role) -> Character:
        """The one of that role."""
        return self.professional if role is Role.PROFESSIONAL else self.young_person

    def displayed_names(self) -> dict[PersonId, str]:
        """Names as the platform shows them, by pseudonym."""
        return {person: self.character(role).name for role, person in PEOPLE.items()}

    def description(self, occupation: str, *, heard: bool = False) -> Meeting:
        """What the operator writes in ``meeting.json``. ``heard``: without the script."""
        professional = MeetingParticipant(
            id=PEOPLE[Role.PROFESSIONAL],
            role=Role.PROFESSIONAL,
            name=self.professional.name,
            occupation=occupation,
            age_band=AgeBand.ADULT,
            track=self.variant.track(Role.PROFESSIONAL),
            review="waived",  # nobody exists who could be asked
        )
        young_person = MeetingParticipant(
            id=PEOPLE[Role.YOUNG_PERSON],
            role=Role.YOUNG_PERSON,
            name=self.young_person.name,
            age_band=self.age_band,
            track=self.variant.track(Role.YOUNG_PERSON),
            review="waived",
        )
        guardian = MeetingParticipant(
            id=GUARDIAN,
            role=Role.GUARDIAN,
            age_band=AgeBand.ADULT,
            sole_authority=Basis.SINGLE_PARENTAGE,
            review="waived",
        )
        minor = self.age_band is not AgeBand.ADULT
        return Meeting(
            id=self.id,
            recording=self.variant.recording,
            recorded_at=self.recorded_at,
            language="fr",
            participants=(professional, young_person, *((guardian,) if minor else ())),
            transcript=self.variant.transcript(heard=heard),
            consents=self._consents(),
        )

    def _consents(self) -> tuple[MeetingConsent, ...]:
        everything = tuple(Purpose)
        given = [self._given(PEOPLE[Role.PROFESSIONAL], everything, "web")]
        if self.variant is not Variant.NOT_CONSENTED:
            given.append(self._given(PEOPLE[Role.YOUNG_PERSON], everything, "web"))
        if self.age_band is AgeBand.FROM_15_TO_17:
            given.append(self._given(GUARDIAN, _VISIBLE, "papier"))
        elif self.age_band is not AgeBand.ADULT:
            given.append(self._given(GUARDIAN, everything, "papier"))
        return tuple(given)

    def _given(self, person: str, purposes: tuple[Purpose, ...], channel: str) -> MeetingConsent:
        return MeetingConsent(
            participant=person,
            purposes=purposes,
            at=self.recorded_at - _DECIDED_BEFORE,
            notice_version="2025-09",
            channel=channel,
        )


def _woman(name: str, voice: str, look: Look) -> Character:
    return Character(name=name, label="Professionnelle", voice=Voice(name=voice, speed=155), look=look)


def _man(name: str, voice: str, look: Look) -> Character:
    return Character(name=name, label="Professionnel", voice=Voice(name=voice, speed=158), look=look)


def _youth(name: str, voice: str, look: Look, *, pitch: int = 60) -> Character:
    return Character(name=name, label="Jeune", voice=Voice(name=voice, speed=162, pitch=pitch), look=look)


def _at(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T14:00:00+01:00")


MEETINGS = (
    DemoMeeting(
        id="demo-infirmiere",
        script="infirmiere",
        variant=Variant.SEPARATE_FILES,
        professional=_woman("Claire D.", "fr+f2", looks.CLAIRE),
        young_person=_youth("Malik", "fr+m3", looks.MALIK),
        age_band=AgeBand.FROM_15_TO_17,
        recorded_at=_at("2025-11-12"),
        seed=11,
    ),
    DemoMeeting(
        id="demo-ebeniste",
        script="ebeniste",
        variant=Variant.STEREO,
        professional=_man("Étienne V.", "fr+m1", looks.ETIENNE),
        young_person=_youth("Anaïs", "fr+f4", looks.ANAIS),
        age_band=AgeBand.ADULT,
        recorded_at=_at("2025-11-19"),
        seed=22,
    ),
    DemoMeeting(
        id="demo-developpeuse",
        script="developpeuse",
        variant=Variant.PLATFORM_TRANSCRIPT,
        professional=_woman("Awa N.", "fr+f3", looks.AWA),
        young_person=_youth("Lucas", "fr+m2", looks.LUCAS),
        age_band=AgeBand.UNDER_15,
        recorded_at=_at("2025-11-26"),
        seed=33,
    ),
    DemoMeeting(
        id="demo-cheffe",
        script="cheffe",
        variant=Variant.WEBM,
        professional=_woman("Mei L.", "fr+f1", looks.MEI),
        young_person=_youth("Tom", "fr+m4", looks.TOM),
        age_band=AgeBand.FROM_15_TO_17,
        recorded_at=_at("2025-12-03"),
        seed=44,
    ),
    DemoMeeting(
        id="demo-conducteur",
        script="conducteur",
        variant=Variant.NOT_CONSENTED,
        professional=_man("Karim B.", "fr+m3", looks.KARIM),
        young_person=_youth("Jade", "fr+f2", looks.JADE),
        age_band=AgeBand.FROM_15_TO_17,
        recorded_at=_at("2025-12-10"),
        seed=55,
    ),
    DemoMeeting(
        id="demo-soigneuse",
        script="soigneuse",
        variant=Variant.TRUNCATED,
        professional=_woman("Sofia R.", "fr+f4", looks.SOFIA),
        young_person=_youth("Noé", "fr+m1", looks.NOE),
        age_band=AgeBand.ADULT,
        recorded_at=_at("2025-12-17"),
        seed=66,
    ),
)
"""The six meetings of ``make demo``."""


def of_variant(variant: Variant, meeting_id: str) -> DemoMeeting:
    """The demo meeting of that form under another id; the plain form borrows the carpenter's people."""
    model = next((one for one in MEETINGS if one.variant is variant), MEETINGS[1])
    return model.model_copy(update={"id": meeting_id, "variant": variant})

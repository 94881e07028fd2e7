"""What an operator hands in: one folder per meeting, described by its ``meeting.json``.

The schema is public (``videotheque schema meeting``). Names stay in the operator's folder: they are read when
a transcript's speakers must be recognised, and go no further. Every mistake is told in one French sentence.
"""

from __future__ import annotations

import errno
import hashlib
import json
import re
import stat
from datetime import date, datetime
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, AwareDatetime, Discriminator, Field, Tag, ValidationError, model_validator

from consent.records import (
    AgeBand,
    Basis,
    ConsentEvent,
    EventKind,
    Frozen,
    Party,
    PersonId,
    Purpose,
    RecordingId,
    Role,
    Scope,
    Span,
)
from pipeline.errors import InvalidMeeting
from pipeline.records import Belonging
from pipeline.validation import french_problems, printable

MEETING_FILE = "meeting.json"
_MAX_MEETING_BYTES = 1024 * 1024
_ID_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,63}$"


_OPAQUE_ID = re.compile(r"^rec-[0-9a-f]{16}$")


def _clean(value: str) -> str:
    """A text for people: no control character, nothing that turns the direction of writing."""
    if printable(value) != value:
        raise ValueError("des caractères invisibles ou de contrôle n'y ont pas leur place")
    return value


def _inside(value: str) -> str:
    """A path that stays in the meeting's folder, written with slashes."""
    if "://" in value:
        raise ValueError("c'est une adresse web : téléchargez le fichier dans le dossier de la rencontre")
    _clean(value)
    windows = PureWindowsPath(value)
    path = PurePosixPath(value.replace("\\", "/"))
    if not value.strip() or "\x00" in value or path.is_absolute() or windows.drive or windows.is_absolute():
        raise ValueError("le chemin doit être relatif au dossier de la rencontre")
    if ".." in path.parts:
        raise ValueError("le chemin sort du dossier de la rencontre")
    return str(path)


Text = Annotated[str, AfterValidator(_clean)]
"""Written for people."""

RelativePath = Annotated[str, AfterValidator(_inside), Field(min_length=1, max_length=255)]
"""A file of the meeting's folder."""


class FileTrack(Frozen):
    """A participant's own audio file. Its first sample was heard ``offset_s`` after the recording's start."""

    kind: Literal["file"] = "file"
    file: RelativePath
    offset_s: float = Field(0, ge=-24 * 3600, le=24 * 3600, allow_inf_nan=False)


class FilesTrack(Frozen):
    """Several files of one participant: who lost the connection and came back has one for each time."""

    kind: Literal["files"]
    files: tuple[FileTrack, ...] = Field(min_length=1, max_length=50)


class StreamTrack(Frozen):
    """A participant's own audio stream of the recording: 0 is the first audio stream."""

    kind: Literal["stream"]
    stream: int = Field(ge=0)


class ChannelTrack(Frozen):
    """A participant's own side of the recording's stereo sound."""

    kind: Literal["channel"]
    channel: Literal["left", "right"]


def _places(track: FileTrack | FilesTrack | StreamTrack | ChannelTrack | None) -> list[str]:
    """Where a track is heard, as texts to compare."""
    if isinstance(track, FilesTrack):
        return [own.file for own in track.files]
    if isinstance(track, FileTrack):
        return [track.file]
    return [] if track is None else [track.model_dump_json()]


def _kind(value: Any) -> str:
    """The kind of a track; a file where it is not said."""
    return str(value.get("kind", "file") if isinstance(value, dict) else getattr(value, "kind", "file"))


OwnTrack = Annotated[
    Annotated[FileTrack, Tag("file")]
    | Annotated[FilesTrack, Tag("files")]
    | Annotated[StreamTrack, Tag("stream")]
    | Annotated[ChannelTrack, Tag("channel")],
    Discriminator(_kind),
]
"""Where one participant is heard alone."""


class MeetingParticipant(Frozen):
    """A person of the meeting. Guardians are listed too, though they are usually not in the recording."""

    id: str = Field(pattern=_ID_PATTERN, description="Pseudonyme, propre à cette rencontre (« pro », « jeune »).")
    role: Role
    name: Text | None = Field(
        None, min_length=1, max_length=200, description="Nom affiché par la plateforme ; ne sort pas du dossier."
    )
    occupation: Text | None = Field(None, min_length=1, max_length=120, description="Métier, pour le professionnel.")
    gender: Literal["woman", "man", "other"] | None = Field(
        None, description="Pour le professionnel, s'il l'a dit : ce qui est montré au hasard en tient l'équilibre."
    )
    region: Text | None = Field(
        None,
        min_length=1,
        max_length=60,
        description="Sa région, pour la même raison ; ni l'un ni l'autre n'est montré.",
    )
    age_band: AgeBand = Field(AgeBand.UNKNOWN, description="Tranche d'âge le jour de la rencontre.")
    comes_of_age_on: date | None = Field(None, description="Jour des dix-huit ans, pour un jeune mineur.")
    sole_authority: Basis | None = Field(
        None, description="Pour un représentant légal : pourquoi il décide seul, sans l'autre."
    )
    present: tuple[Span, ...] | None = Field(
        None, max_length=200, description="Pour un tiers : où il est vu, entendu ou nommé ; absent : partout."
    )
    track: OwnTrack | None = Field(None, description="Où cette personne est entendue seule, si c'est le cas.")
    review: Literal["asked", "waived"] = Field(
        "asked",
        description="« asked » : cette personne approuve chaque extrait avant qu'il soit montré ; « waived » : elle y "
        "a renoncé, ses extraits sont montrés dès que les accords le permettent.",
    )

    @property
    def own_files(self) -> tuple[FileTrack, ...]:
        """The files that hold this person alone."""
        if isinstance(self.track, FilesTrack):
            return self.track.files
        return (self.track,) if isinstance(self.track, FileTrack) else ()


class MeetingTranscript(Frozen):
    """A WebVTT or SRT file that came with the recording."""

    file: RelativePath
    origin: Literal["platform", "script"] = Field(
        "platform", description="« platform » : écrit par l'outil de visioconférence ; « script » : texte lu."
    )


class MeetingConsent(Frozen):
    """What one person said about one or several purposes, and when."""

    participant: str = Field(pattern=_ID_PATTERN)
    decision: Literal["given", "refused", "withdrawn"] = "given"
    purposes: tuple[Purpose, ...] = Field(
        (), description="Finalités ; vide : toutes, pour un refus ou un retrait seulement."
    )
    at: AwareDatetime = Field(description="Quand la personne l'a dit, avec le fuseau horaire.")
    valid_from: AwareDatetime | None = None
    expires_at: AwareDatetime | None = None
    passages: tuple[Span, ...] = Field(
        (), max_length=200, description="Passages dont il s'agit, en secondes ; vide : tout l'enregistrement."
    )
    notice_version: Text | None = Field(None, max_length=100, description="Version de la notice lue.")
    language: str | None = Field(None, pattern=r"^[a-z]{2}$", description="Langue de la notice lue.")
    channel: Text | None = Field(None, max_length=100, description="Par quel moyen : web, papier, oral…")
    evidence_sha256: str | None = Field(None, pattern=r"^[0-9a-f]{64}$", description="Empreinte de la preuve.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.decision == "given" and not self.purposes:
            raise ValueError("un accord donné doit nommer ses finalités (« purposes »)")
        if self.expires_at is not None and self.expires_at <= self.at:
            raise ValueError("un accord ne peut pas expirer avant d'être donné (« expires_at »)")
        return self


class Meeting(Frozen):
    """A meeting: its recording, its persons, and what they agreed to."""

    schema_version: Literal[1] = 1
    id: str = Field(pattern=_ID_PATTERN, description="Identifiant choisi par l'opérateur, sans nom de personne.")
    recording: RelativePath = Field(description="Fichier de l'enregistrement.")
    recorded_at: AwareDatetime = Field(description="Début de la rencontre, avec le fuseau horaire.")
    language: str | None = Field(None, pattern=r"^[a-z]{2}$", description="Langue parlée ; par défaut le réglage.")
    participants: tuple[MeetingParticipant, ...] = Field(max_length=20)
    transcript: MeetingTranscript | None = None
    vocabulary: tuple[Annotated[str, AfterValidator(_clean), Field(min_length=1, max_length=60)], ...] = Field(
        (),
        max_length=30,
        description="Mots propres à la rencontre (employeur, sigles), que le modèle de parole attend.",
    )
    consents: tuple[MeetingConsent, ...] = Field((), max_length=500)

    @model_validator(mode="after")
    def _people(self) -> Self:
        if _OPAQUE_ID.match(self.id):
            raise ValueError("« id » ne peut pas avoir la forme d'un numéro de la vidéothèque (rec-…)")
        ids = [person.id for person in self.participants]
        twice = sorted({one for one in ids if ids.count(one) > 1})
        if twice:
            raise ValueError(f"deux participants portent le même identifiant « {twice[0]} »")
        for role, what in ((Role.PROFESSIONAL, "professionnel"), (Role.YOUNG_PERSON, "jeune")):
            count = sum(person.role is role for person in self.participants)
            if count != 1:
                raise ValueError(f"il faut exactement un {what} parmi les participants, et il y en a {count}")
        for given in self.consents:
            if given.participant not in ids:
                raise ValueError(f"un accord est attribué à « {given.participant} », qui n'est pas un participant")
        self._check_tracks()
        return self

    def _check_tracks(self) -> None:
        """Nobody is heard alone where somebody else is: those words would be both persons'."""
        heard = [place for person in self.participants for place in _places(person.track)]
        if len(set(heard)) < len(heard):
            raise ValueError("la même piste (« track ») est donnée deux fois : chacune n'est qu'à une personne")

    @model_validator(mode="after")
    def _ages(self) -> Self:
        for person in self.participants:
            if person.sole_authority is not None and person.role is not Role.GUARDIAN:
                raise ValueError(f"« {person.id} » n'est pas un représentant légal (« sole_authority »)")
            if person.present is not None and person.role is not Role.THIRD_PARTY:
                raise ValueError(f"« {person.id} » n'est pas un tiers (« present »)")
            if (person.gender or person.region) and person.role is not Role.PROFESSIONAL:
                raise ValueError(f"« {person.id} » n'est pas le professionnel (« gender », « region »)")
            if person.comes_of_age_on is not None:
                _check_birthday(person.age_band, person.comes_of_age_on, self.recorded_at)
        return self

    @property
    def recording_id(self) -> RecordingId:
        """The opaque id under which everything derived is kept."""
        return RecordingId("rec-" + hashlib.sha256(self.id.encode()).hexdigest()[:16])

    @property
    def parties(self) -> tuple[Party, ...]:
        """The persons whose agreement matters, without their names."""
        return tuple(
            Party(
                id=PersonId(person.id),
                role=person.role,
                age_band=person.age_band,
                comes_of_age_on=person.comes_of_age_on,
                sole_authority=person.sole_authority,
                present=person.present,
                waived=person.review == "waived",
            )
            for person in self.participants
        )

    def made_of(self) -> dict[str, Any]:
        """All that determines what is made of it: neither the consents, nor what chance alone looks at."""
        return self.model_dump(
            mode="json", exclude={"consents": True, "participants": {"__all__": {"gender", "region"}}}
        )

    @property
    def belonging(self) -> Belonging:
        """What is said of the professional so that chance shows everybody alike."""
        (person,) = (one for one in self.participants if one.role is Role.PROFESSIONAL)
        return Belonging(gender=person.gender, region=person.region)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the persons, as the operator wrote them."""
        return tuple(person.name for person in self.participants if person.name)

    @property
    def waived(self) -> tuple[PersonId, ...]:
        """Who gave up approving each clip before it is shown."""
        return tuple(party.id for party in self.parties if party.waived)

    def files(self) -> tuple[str, ...]:
        """Every file that the description names, the recording first."""
        tracks = tuple(own.file for person in self.participants for own in person.own_files)
        transcript = (self.transcript.file,) if self.transcript is not None else ()
        return (self.recording, *tracks, *transcript)

    def consent_events(self, recorded_at: AwareDatetime) -> tuple[ConsentEvent, ...]:
        """The consents as events of the register; the same statement always has the same id."""
        return tuple(self._event(given, recorded_at) for given in self.consents)

    def _event(self, given: MeetingConsent, recorded_at: AwareDatetime) -> ConsentEvent:
        # What is not said is left out: a field that a later version adds must not make an old statement a new one.
        identity = f"{self.recording_id}|{given.model_dump_json(exclude_defaults=True)}"
        return ConsentEvent(
            event_id=hashlib.sha256(identity.encode()).hexdigest()[:32],
            recording_id=self.recording_id,
            person_id=PersonId(given.participant),
            kind=EventKind(given.decision),
            purposes=frozenset(given.purposes),
            indicated_at=given.at,
            recorded_at=recorded_at,
            scope=Scope(passages=given.passages),
            valid_from=given.valid_from,
            expires_at=given.expires_at,
            notice_version=given.notice_version,
            language=given.language,
            channel=given.channel,
            evidence_sha256=given.evidence_sha256,
        )


def _check_birthday(age_band: AgeBand, eighteen: date, recorded_at: datetime) -> None:
    """A wrong year would let a child decide alone: the day must agree with the age on the day of the meeting."""
    that_day = (recorded_at.year, recorded_at.month, recorded_at.day)
    fifteen, eighteenth = ((eighteen.year - less, eighteen.month, eighteen.day) for less in (3, 0))
    fits = {
        AgeBand.UNDER_15: that_day < fifteen,
        AgeBand.FROM_15_TO_17: fifteen <= that_day < eighteenth,
        AgeBand.ADULT: eighteenth <= that_day,
        AgeBand.UNKNOWN: that_day < eighteenth,
    }[age_band]
    if not fits:
        raise ValueError("« comes_of_age_on » et « age_band » ne vont pas ensemble à la date de la rencontre")


def read_meeting(folder: Path) -> Meeting:
    """Read and check a meeting's folder: the description, and that every file it names is there, inside.

    Raises:
        InvalidMeeting: in one French sentence, what is wrong, where, and what to do.
    """
    meeting = read_description(folder)
    check_files(folder, meeting)
    return meeting


def read_description(folder: Path) -> Meeting:
    """Read a meeting's description alone.

    Raises:
        InvalidMeeting: it is absent, unreadable, or breaks the schema.
    """
    path = folder / MEETING_FILE
    try:
        content = _content(path)
    except FileNotFoundError:
        if not folder.is_dir():
            raise InvalidMeeting(
                f"Le dossier « {folder.name} » n'existe plus ; remettez-le, ou retirez la rencontre "
                "(videotheque remove)."
            ) from None
        raise InvalidMeeting(
            f"Le dossier « {folder.name} » ne contient pas de {MEETING_FILE} ; ajoutez-le "
            "(modèle : videotheque schema meeting --example)."
        ) from None
    except OSError as error:
        raise InvalidMeeting(
            f"Le fichier {MEETING_FILE} de « {folder.name} » ne peut pas être lu ({error.strerror}) ; vérifiez "
            "ses droits."
        ) from error
    if content is None:
        raise InvalidMeeting(
            f"Le fichier {MEETING_FILE} de « {folder.name} » dépasse 1 Mio ; il ne doit contenir que la description."
        )
    return _parse(content, folder.name)


def check_files(folder: Path, meeting: Meeting) -> None:
    """Check that every file a description names is there, inside the folder.

    Raises:
        InvalidMeeting: the first that is not, in one French sentence.
    """
    for name in meeting.files():
        _check_file(folder, name)


def _content(path: Path) -> bytes | None:
    """The description's bytes; None where there are too many."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):  # a named pipe would make the whole night wait
        raise OSError(errno.EINVAL, "ce n'est pas un fichier")
    return path.read_bytes() if status.st_size <= _MAX_MEETING_BYTES else None


def _parse(content: bytes, where: str) -> Meeting:
    try:
        described = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_once)
        # JSON may escape half a character, or write a number of any length: no file name, no database takes them.
        json.dumps(described, ensure_ascii=False).encode()
        return Meeting.model_validate(described)
    except ValidationError as error:
        raise InvalidMeeting(
            f"Le fichier {MEETING_FILE} de « {where} » n'est pas conforme : {french_problems(error)} ; "
            "corrigez-le (modèle : videotheque schema meeting --example)."
        ) from None
    except (ValueError, RecursionError) as error:
        raise InvalidMeeting(
            f"Le fichier {MEETING_FILE} de « {where} » n'est pas du JSON valide en UTF-8 "
            f"({_json_problem(error, content)}) ; corrigez-le (modèle : videotheque schema meeting --example)."
        ) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object whose fields are each said once: of two lists of consents, the last must not win silently."""
    described = dict(pairs)
    if len(described) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _SaidTwice(twice)
    return described


class _SaidTwice(ValueError):
    """A field of the description is there twice."""


def _json_problem(error: Exception, content: bytes) -> str:
    if not content.strip():
        return "il est vide"
    if isinstance(error, _SaidTwice):
        return f"le champ « {printable(str(error))[:80]} » y est deux fois"
    if isinstance(error, json.JSONDecodeError):
        place = f"ligne {error.lineno}, colonne {error.colno}"
        return f"{place} : une virgule, un guillemet ou une accolade y manque ou y est de trop"
    return "il contient des caractères ou des nombres qui n'y ont pas leur place"


def _check_file(folder: Path, name: str) -> None:
    path = folder / name
    try:
        resolved = path.resolve(strict=True)
    except (OSError, RuntimeError):  # RuntimeError: links that turn in circles
        raise InvalidMeeting(
            f"Le fichier « {name} » cité par {MEETING_FILE} de « {folder.name} » n'existe pas ; ajoutez-le ou corrigez "
            "son nom."
        ) from None
    if not resolved.is_relative_to(folder.resolve()):
        raise InvalidMeeting(
            f"Le fichier « {name} » cité par {MEETING_FILE} de « {folder.name} » est un lien qui sort du dossier ; "
            "copiez le fichier dans le dossier."
        )
    if not resolved.is_file():
        raise InvalidMeeting(
            f"« {name} », cité par {MEETING_FILE} de « {folder.name} », n'est pas un fichier ; corrigez son nom."
        )

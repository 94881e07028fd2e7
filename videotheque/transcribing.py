"""``videotheque transcribe``: one recording, outside the library, to a transcript on the screen or in JSON.

Takes a media file, and each person's own files or sides where there are any; prints who said what and when, word by
word. Nothing is kept: the tracks and the finished blocks live in a temporary folder. Whoever types the command vouches
for the agreement of those who speak, for this one purpose and this one time (docs/consentement.md).
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import gettempdir
from typing import NamedTuple

from rich.text import Text

from consent.clearance import Clearance
from consent.records import AgeBand, ConsentEvent, EventKind, Frozen, Party, PersonId, Purpose, RecordingId, Role
from consent.register import now_utc
from consent.rules import clear
from pipeline.errors import RefusedMedia, StorageFull
from pipeline.ingest.audio import TrackPlan, extract_tracks, plan_mix
from pipeline.ingest.placing import check_offsets, place_tracks
from pipeline.ingest.probe import RECORDING, audio_channels, audio_titles, fingerprint, probe_track
from pipeline.ingest.twins import ONE_SOUND, hold_one_sound
from pipeline.journal import Journal
from pipeline.opening import open_register
from pipeline.records import Doubt, TrackOrigin
from pipeline.settings import Settings
from pipeline.transcribe.hallucinations import told
from pipeline.transcribe.listening import Source, listen
from pipeline.transcribe.model import find_model
from pipeline.transcribe.options import SpeechSettings, check_language, decoding
from videotheque import console as shown
from videotheque.aside import temporary_folder
from videotheque.transcript_file import TranscriptFile, written_of

_TIMED = re.compile(r"^(?P<file>.+)@(?P<at>-?[0-9]+(?:\.[0-9]+)?)$")
"""A file, and the second of the recording at which it begins."""

_TOLD_EVERY_S = 5.0
"""Seconds between two lines about a transcription that lasts."""

_INTERRUPTED = 130
"""What a shell answers for a command that Ctrl-C ended."""

_ROLES = {
    "professional": Role.PROFESSIONAL,
    "professionnel": Role.PROFESSIONAL,
    "professionnelle": Role.PROFESSIONAL,
    "pro": Role.PROFESSIONAL,
    "young_person": Role.YOUNG_PERSON,
    "jeune": Role.YOUNG_PERSON,
    "guardian": Role.GUARDIAN,
    "parent": Role.GUARDIAN,
}
_SIDES = {"left": "pan=mono|c0=c0", "right": "pan=mono|c0=c1", "gauche": "pan=mono|c0=c0", "droite": "pan=mono|c0=c1"}

_REMEDY = "dites après « @ » à quelle seconde elle commence (--track RÔLE=FICHIER@SECONDES)"

UNKNOWN = "locuteur inconnu"
"""Who speaks where nothing tells."""


class Voice(Frozen):
    """One ``--track``: whose it is, and the file or the side of the stereo."""

    role: Role
    file: Path | None = None
    side: str | None = None
    offset: float | None = None


class Prepared(NamedTuple):
    """Tracks to listen to, the clearance for it, and what the operator should know."""

    source: Source
    clearance: Clearance
    remarks: tuple[str, ...]


def transcribe(options: argparse.Namespace, settings: Settings) -> int:
    """Transcribe one file.

    Raises:
        RefusedMedia: the file or a track is broken, hostile, beyond a limit, or not where it is said to be.
        ModelUnavailable: the speech model is not there.
        TranscriptionFailed: its process died.
        ConsentDenied: one of the files is a recording of the library, whose register does not allow it.
    """
    media: Path = options.media.resolve()
    speech = SpeechSettings(
        model=options.model or settings.asr_model,
        revision=None if options.model else settings.asr_revision,
        threads=settings.asr_threads,
        block_s=settings.asr_block_s,
    )
    voices = [voice_of(one) for one in options.track]
    decoded = decoding(options.language or settings.language, speech)
    check_language(decoded.language)
    model = find_model(speech.model, speech.revision)
    try:
        with temporary_folder() as aside:
            source, clearance, remarks = prepare(media, voices, settings, aside)
            for remark in remarks:
                sys.stderr.write(f"{remark}\n")
            heard = listen(source, clearance, speech, decoded, aside / "blocks", _Progress(), lasting=False)
    except StorageFull as error:
        raise StorageFull(
            f"Plus de place dans « {gettempdir()} », où le son est mis le temps de la commande ; libérez-en, ou "
            "indiquez un autre dossier par TMPDIR, puis relancez."
        ) from error
    except KeyboardInterrupt:
        sys.stderr.write("Interrompu ; rien n'a été gardé de ce fichier, relancez pour le transcrire.\n")
        return _INTERRUPTED
    written = written_of(heard, decoded.language, source.duration, model.identity)
    if options.json:
        sys.stdout.write(written.model_dump_json(indent=1) + "\n")
    else:
        _print(written, heard.doubts)
    return 0


def voice_of(text: str) -> Voice:
    """A ``--track`` as typed: ``ROLE=FILE``, ``ROLE=FILE@SECONDS``, ``ROLE=left``.

    Raises:
        RefusedMedia: it is none of these.
    """
    name, sign, what = text.partition("=")
    role = _ROLES.get(name.strip().casefold())
    if role is None or not sign or not what:
        raise RefusedMedia(
            f"--track {text} n'est pas de la forme RÔLE=FICHIER (rôle : professionnel, jeune, parent ; « left » ou "
            "« right » à la place du fichier pour un côté de la stéréo) ; corrigez-le."
        )
    if what in _SIDES:
        return Voice(role=role, side=_SIDES[what])
    timed = _TIMED.match(what)
    if timed is None or Path(what).exists():  # a file's own name may end like a time
        return Voice(role=role, file=Path(what).resolve())
    return Voice(role=role, file=Path(timed["file"]).resolve(), offset=float(timed["at"]))


def prepare(media: Path, voices: Sequence[Voice], settings: Settings, into: Path) -> Prepared:
    """The tracks of a file on its clock, in ``into``, and the clearance to listen to them.

    Raises:
        RefusedMedia: the file or a track is broken, hostile, beyond a limit, or not where it is said to be; or two
            tracks are one.
        ConsentDenied: one of the files is a recording of the library, whose register does not allow it.
    """
    files = (media, *(voice.file for voice in voices if voice.file is not None))
    for path in files:
        if not path.is_file():
            raise RefusedMedia(f"« {path.name} » n'est pas un fichier que l'on peut lire ; vérifiez son chemin.")
    _check_apart(voices, files)
    recording_id, clearance = _allowed(files, settings)
    limits, folder = settings.media, into / "mix"
    folder.mkdir()
    probe_track(media, RECORDING, recording_id, clearance, limits)
    if any(voice.side for voice in voices) and audio_channels(media, 0, recording_id, clearance, limits) != 2:
        raise RefusedMedia(
            f"Le son de « {media.name} » n'est pas en stéréo : il n'a pas de côté « left » ou « right » ; donnez un "
            "fichier à chaque --track, ou exportez-le en stéréo."
        )
    streams = len(audio_titles(media, recording_id, clearance, limits))
    tracks = extract_tracks(media.parent, (plan_mix(str(media), streams),), recording_id, clearance, limits, folder)
    remarks: tuple[str, ...] = ()
    duration = tracks[0].duration
    if len({voice.role for voice in voices}) > 1:
        plans, roles = tuple(_plan(voice, media) for voice in voices), [voice.role for voice in voices]
        own = extract_tracks(media.parent, plans, recording_id, clearance, limits, into)
        check_offsets(own, roles, duration, _REMEDY)
        placed = place_tracks(own, roles, into, folder / tracks[0].file, recording_id, clearance, _REMEDY)
        # Where the command says nothing of the offsets, the sound contradicts nobody.
        said = any(voice.offset is not None for voice in voices)
        remarks = (*(placed.contradicted if said else ()), *placed.unfound)
        if hold_one_sound(placed.tracks, into, duration):
            remarks += (f"{ONE_SOUND} ; donnez à chaque --track le sien.",)
        else:
            tracks, folder = placed.tracks, into
    elif voices:
        remarks = ("La piste d'une seule personne ne dit pas qui parle : c'est le son mélangé qui est transcrit.",)
    if streams > 1 and tracks[0].origin is TrackOrigin.MIX:
        remarks += (f"Le fichier a {streams} flux audio : ils sont mélangés, et l'on ne sait pas qui parle.",)
    source = Source(recording_id=recording_id, tracks=tracks, folder=folder, duration=duration)
    return Prepared(source, clearance, remarks)


def _check_apart(voices: Sequence[Voice], files: Sequence[Path]) -> None:
    """Nobody is heard alone where somebody else is: those words would be both persons'."""
    sides = [voice.side for voice in voices if voice.side is not None]
    places = [(status.st_dev, status.st_ino) for status in (path.stat() for path in files)]
    if len(set(sides)) < len(sides) or len(set(places)) < len(places):
        raise RefusedMedia(
            "Le même son est donné deux fois (deux --track pour un fichier ou un côté, ou l'enregistrement pour une "
            "piste) : ses paroles seraient celles de deux personnes ; donnez à chacune le sien."
        )


def _allowed(files: Sequence[Path], settings: Settings) -> tuple[RecordingId, Clearance]:
    """What the library knows is allowed by its register, each file of it; the rest, by whoever types the command."""
    outside = RecordingId("rec-0000000000000000")
    vouched = _vouched(outside)
    if settings.database_url is None and not settings.database_file.exists():
        return outside, vouched
    register = open_register(settings)
    journal = Journal(register.database)
    # One file may be known of several meetings, and a track of another meeting than the recording: all must allow it.
    cleared = {
        recording_id: register.clear(recording_id, Purpose.TRANSCRIBE)
        for path in files
        for recording_id in journal.same_content(fingerprint(path, outside, vouched), outside)
    }
    return next(iter(cleared.items()), (outside, vouched))


def _vouched(recording_id: RecordingId) -> Clearance:
    """The agreement that the operator vouches for by typing the command: to transcribe, now, and nothing else."""
    now = now_utc()
    parties = [
        Party(id=PersonId(role.value), role=role, age_band=AgeBand.ADULT)
        for role in (Role.PROFESSIONAL, Role.YOUNG_PERSON)
    ]
    events = [
        ConsentEvent(
            event_id=f"vouched-{party.id}",
            recording_id=recording_id,
            person_id=party.id,
            kind=EventKind.GIVEN,
            purposes=frozenset({Purpose.RECORD, Purpose.TRANSCRIBE}),
            indicated_at=now,
            recorded_at=now,
            channel="videotheque transcribe",
        )
        for party in parties
    ]
    return clear(recording_id, parties, events, (Purpose.TRANSCRIBE,), now)


def _plan(voice: Voice, media: Path) -> TrackPlan:
    return TrackPlan(
        person=PersonId(voice.role.value),
        origin=TrackOrigin.OWN_FILE if voice.file is not None else TrackOrigin.STEREO_SIDE,
        source=str(voice.file or media),
        streams=(0,),
        filter=voice.side,
        offset=voice.offset or 0.0,
        role=voice.role,
    )


def _print(written: TranscriptFile, doubts: Sequence[Doubt]) -> None:
    from videotheque.commands import terminal  # imports the flows, for one function

    console = terminal()
    for one in written.utterances:
        who = one.speaker.french if one.speaker is not None else UNKNOWN
        console.print(Text.assemble((f"{shown.instant(one.start)} {who} : ", "bold"), one.text), soft_wrap=True)
    if not written.utterances:
        console.print("Aucune parole n'a été entendue.")
    if doubts:
        console.print(Text(f"{told(doubts)} : voyez --json.", style="yellow"))


class _Progress:
    """Minutes of audio done, on the error stream, at most one line a few seconds."""

    def __init__(self) -> None:
        self._told_at = time.monotonic()

    def __call__(self, done: float, total: float) -> None:
        now = time.monotonic()
        if total > 0 and now - self._told_at >= _TOLD_EVERY_S:
            self._told_at = now
            minutes = f"{done / 60:.1f} / {total / 60:.1f} min".replace(".", ",")
            sys.stderr.write(f"transcription : {minutes} ({done / total:.0%})\n")

"""16 kHz mono sound for each participant.

Where every speaker is heard alone somewhere (own files, own stream, own side of the stereo), those are the tracks;
else the mix is, for a mix beside one person's own track would hold that person's words twice, and
:func:`mixed_although` says so. A recording with several audio streams says whose they are in meeting.json, or in their
titles; where it does not, all of them are mixed, for nobody may be left unheard and nobody is guessed.
:mod:`pipeline.ingest.placing` puts each track on the recording's clock.
"""

from __future__ import annotations

import wave
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ffmpeg as ffmpeg_python

from consent.clearance import Clearance
from consent.records import Frozen, PersonId, Purpose, RecordingId, Role
from pipeline import ffmpeg
from pipeline.errors import FfmpegFailed, FfmpegStopped, RefusedMedia
from pipeline.ingest.probe import RECORDING, audio_channels, probe_track
from pipeline.ingest.speakers import recognise
from pipeline.meeting import ChannelTrack, Meeting, MeetingParticipant, StreamTrack
from pipeline.records import Track, TrackOrigin
from pipeline.settings import MediaLimits

SAMPLE_RATE = 16_000
"""Hertz: what Whisper takes."""

# Sound that starts late or has holes is padded with silence, so that sample n was heard n / 16 000 s after
# the start of its file.
_ON_THE_CLOCK = f"aresample={SAMPLE_RATE}:async=1:first_pts=0"
_SIDES = {"left": "pan=mono|c0=c0", "right": "pan=mono|c0=c1"}


class TrackPlan(Frozen):
    """One WAV to make: from which file and audio streams (several are mixed), with which filter before resampling."""

    person: PersonId | None
    origin: TrackOrigin
    source: str
    streams: tuple[int, ...]
    filter: str | None
    offset: float
    role: Role | None = None

    @property
    def what(self) -> str:
        """The source as an operator reads it, after « Le fichier de »."""
        if self.origin is not TrackOrigin.OWN_FILE or self.role is None:
            return RECORDING
        return f"la piste du {self.role.french}"


def named_by_titles(meeting: Meeting, titles: Sequence[str]) -> Meeting:
    """The meeting with the streams of its recording as tracks, where the title of each names a participant.

    Args:
        meeting: left as it is where it gives anybody a track, where a stream names nobody or somebody already named,
            or where one of the two who meet has none.
        titles: of the recording's audio streams, in order.
    """
    people = [recognise(title, meeting.participants, spelling=False) for title in titles]
    if len(people) < 2 or None in people or len(set(people)) < len(people) or _declares_tracks(meeting):
        return meeting
    tracks = {person: StreamTrack(kind="stream", stream=stream) for stream, person in enumerate(people)}
    given = tuple(one.model_copy(update={"track": tracks.get(PersonId(one.id))}) for one in meeting.participants)
    named = meeting.model_copy(update={"participants": given})
    return named if all(one.track is not None for one in _speakers(named)) else meeting


def plan_tracks(meeting: Meeting, streams: int = 1) -> tuple[TrackPlan, ...]:
    """Which tracks to make: those of each speaker where all of them are heard alone somewhere, else the mix.

    Args:
        meeting: with the tracks that it declares, or that :func:`named_by_titles` found.
        streams: how many audio streams the recording has.
    """
    speakers = _speakers(meeting)
    if all(one.track is not None for one in speakers):
        return tuple(plan for one in speakers for plan in _own_tracks(one, meeting.recording))
    return (plan_mix(meeting.recording, streams),)


def plan_mix(source: str, streams: int) -> TrackPlan:
    """A recording's own sound, everybody together: all of its streams."""
    return TrackPlan(
        person=None, origin=TrackOrigin.MIX, source=source, streams=tuple(range(streams)), filter=None, offset=0
    )


def mixed_although(meeting: Meeting) -> str | None:
    """What to tell an operator who gave some persons' own tracks and not the others'; None where all is well."""
    having = [one.role.french for one in meeting.participants if one.track is not None]
    lacking = [one.role.french for one in _speakers(meeting) if one.track is None]
    if not having or not lacking:
        return None
    have = f"Le {' et le '.join(having)} {'ont leur' if len(having) > 1 else 'a sa'} piste séparée"
    not_have = f"pas le {lacking[0]}" if len(lacking) == 1 else f"ni le {' ni le '.join(lacking)}"
    add = "la piste qui manque" if len(lacking) == 1 else "les pistes qui manquent"
    return (
        f"{have}, mais {not_have} : c'est le son mélangé qui est transcrit, et l'on ne sait pas qui parle ; ajoutez "
        f"{add} à meeting.json."
    )


def told_of_streams(declared: Meeting, meeting: Meeting, streams: int) -> str | None:
    """What to tell an operator of a recording with several audio streams of which meeting.json says nothing.

    Args:
        declared: as the operator wrote it.
        meeting: of :func:`named_by_titles`.
        streams: how many audio streams the recording has.
    """
    if streams < 2 or _declares_tracks(declared):
        return None
    if meeting is not declared:
        return (
            f"Les {streams} flux audio de l'enregistrement portent les noms des participants : chacun est transcrit "
            "comme la voix de cette personne ; si ce n'est pas le cas, dites-le (« track ») dans meeting.json."
        )
    return (
        f"L'enregistrement a {streams} flux audio, et rien ne dit à qui ils sont : ils sont mélangés, et l'on ne sait "
        "pas qui parle ; donnez à chaque personne le sien (« stream ») dans meeting.json."
    )


def _declares_tracks(meeting: Meeting) -> bool:
    return any(one.track is not None for one in meeting.participants)


def _speakers(meeting: Meeting) -> list[MeetingParticipant]:
    """Who is heard: the two who meet, and anybody else only where meeting.json gives their track."""
    usual = (Role.PROFESSIONAL, Role.YOUNG_PERSON)
    return [one for one in meeting.participants if one.role in usual or one.track is not None]


def extract_tracks(
    folder: Path,
    plans: tuple[TrackPlan, ...],
    recording_id: RecordingId,
    clearance: Clearance,
    limits: MediaLimits,
    into: Path,
) -> tuple[Track, ...]:
    """Write one 16 kHz mono 16-bit WAV a plan into ``into``, reading each source file once, errors fatal.

    Raises:
        RefusedMedia: a track names a stream or a stereo side that is not there, or cannot be decoded.
        FfmpegStopped: a limit of time or memory was reached.
    """
    clearance.require(recording_id, Purpose.TRANSCRIBE)
    names = {plan: f"track-{number}.wav" for number, plan in enumerate(plans)}
    for source in dict.fromkeys(plan.source for plan in plans):
        own = [plan for plan in plans if plan.source == source]
        for plan in own:
            _check(folder / source, plan, recording_id, clearance, limits)
        outputs = [_output(folder / source, plan, into / names[plan]) for plan in own]
        try:
            ffmpeg.run(ffmpeg_python.merge_outputs(*outputs).global_args("-xerror"), limits)
        except FfmpegStopped:  # a limit of ours says nothing of the file
            raise
        except FfmpegFailed as error:
            raise RefusedMedia(
                f"Le son de {own[0].what} est abîmé et ne peut pas être décodé en entier ; copiez ou exportez le "
                "fichier de nouveau."
            ) from error
    return tuple(
        Track(
            person=plan.person,
            origin=plan.origin,
            stream=plan.streams[0],
            file=names[plan],
            offset=plan.offset,
            duration=_wav_seconds(into / names[plan]),
        )
        for plan in plans
    )


def _own_tracks(person: MeetingParticipant, recording: str) -> list[TrackPlan]:
    def plan(origin: TrackOrigin, source: str, stream: int = 0, side: str | None = None, at: float = 0) -> TrackPlan:
        return TrackPlan(
            person=PersonId(person.id),
            origin=origin,
            source=source,
            streams=(stream,),
            filter=side,
            offset=at,
            role=person.role,
        )

    if isinstance(person.track, StreamTrack):
        return [plan(TrackOrigin.OWN_STREAM, recording, person.track.stream)]
    if isinstance(person.track, ChannelTrack):
        return [plan(TrackOrigin.STEREO_SIDE, recording, side=_SIDES[person.track.channel])]
    return [plan(TrackOrigin.OWN_FILE, own.file, at=own.offset_s) for own in person.own_files]


def _check(path: Path, plan: TrackPlan, recording_id: RecordingId, clearance: Clearance, limits: MediaLimits) -> None:
    if plan.origin is TrackOrigin.OWN_FILE:
        probe_track(path, plan.what, recording_id, clearance, limits)
        return
    channels = audio_channels(path, plan.streams[0], recording_id, clearance, limits)
    if plan.origin is TrackOrigin.OWN_STREAM and not channels:
        raise RefusedMedia(
            f"L'enregistrement n'a pas de flux audio n° {plan.streams[0]}, annoncé pour « {plan.person} » ; corrigez "
            "meeting.json (le premier flux est le n° 0)."
        )
    if plan.origin is TrackOrigin.STEREO_SIDE and channels != 2:
        raise RefusedMedia(
            "Le son de l'enregistrement n'est pas en stéréo, alors que meeting.json donne un côté à "
            f"« {plan.person} » ; corrigez meeting.json ou exportez l'enregistrement en stéréo."
        )


def _output(path: Path, plan: TrackPlan, target: Path) -> Any:
    filters = ",".join(filter(None, (plan.filter, _ON_THE_CLOCK)))
    # A decoder that hides an error leaves silence or noise where somebody spoke: here, it stops.
    source = ffmpeg.source(path, err_detect="explode")
    written: dict[str, Any] = {"ac": 1, "ar": SAMPLE_RATE, "c": "pcm_s16le", "f": "wav", "fflags": "+bitexact"}
    if len(plan.streams) == 1:
        return source[f"a:{plan.streams[0]}"].output(f"file:{target}", af=filters, **written)
    # Each on the file's clock first: the mixer puts what comes first together.
    heard = [
        source[f"a:{one}"].filter("aresample", SAMPLE_RATE, **{"async": 1, "first_pts": 0}) for one in plan.streams
    ]
    mixed = ffmpeg_python.filter(heard, "amix", inputs=len(heard), duration="longest")
    return mixed.output(f"file:{target}", **written)


def _wav_seconds(path: Path) -> float:
    with wave.open(str(path)) as file:
        return float(file.getnframes() / file.getframerate())

"""Each person's own files on the recording's clock.

Takes the tracks as extracted, with the offsets that ``meeting.json`` declares; gives them with the offset and the rate
that the sound itself tells, wherever it does, and a sentence for the operator where that contradicts the declaration,
or where nothing tells when a file begins.
Streams and stereo sides of the recording are on its clock already.
"""

from __future__ import annotations

import wave
from collections.abc import Sequence
from pathlib import Path

from consent.clearance import Clearance
from consent.records import Frozen, Purpose, RecordingId, Role
from pipeline.errors import RefusedMedia
from pipeline.ingest.alignment import align
from pipeline.records import Track, TrackOrigin

_TOLD_FROM_S = 0.5
"""A declared offset is a person's reading of a clock: that much off is no news, and is put right silently."""


_SHORTER_BY_S = 1.0
"""A file as long as the recording, but for a click at its start or end, begins with it: nothing to say."""

_IN_MEETING = "corrigez « offset_s » dans meeting.json (en secondes, depuis le début de l'enregistrement)"


class Placed(Frozen):
    """Tracks on the recording's clock, and what the operator should know.

    ``contradicted``: the sound says otherwise than the declaration. ``unfound``: nothing says when a file begins.
    """

    tracks: tuple[Track, ...]
    contradicted: tuple[str, ...] = ()
    unfound: tuple[str, ...] = ()

    @property
    def remarks(self) -> tuple[str, ...]:
        """All that the operator should know."""
        return (*self.contradicted, *self.unfound)


def check_offsets(
    tracks: Sequence[Track], roles: Sequence[Role | None], duration: float, remedy: str = _IN_MEETING
) -> None:
    """Refuse a file that would be heard wholly before or after the recording.

    Args:
        tracks: with their declared offsets.
        roles: whose each track is.
        duration: the recording's, in seconds.
        remedy: what to do where an offset is declared, in French.

    Raises:
        RefusedMedia: naming the offset and what the recording's length allows.
    """
    for track, role in zip(tracks, roles, strict=True):
        end = track.offset + track.duration
        if track.offset >= duration or end <= 0:
            raise RefusedMedia(
                f"La piste du {_whose(role)} irait de {_clock(track.offset)} à {_clock(end)}, "
                f"hors de l'enregistrement, qui dure {_clock(duration)} ; {remedy}."
            )


def place_tracks(
    tracks: Sequence[Track],
    roles: Sequence[Role | None],
    folder: Path,
    reference: Path,
    recording_id: RecordingId,
    clearance: Clearance,
    remedy: str = _IN_MEETING,
) -> Placed:
    """Find each own file in the recording's sound.

    Args:
        tracks: of :func:`pipeline.ingest.audio.extract_tracks`.
        roles: whose each track is.
        folder: where their files are.
        reference: the recording's own sound, a 16 kHz WAV.
        recording_id: of the meeting.
        clearance: must cover ``Purpose.TRANSCRIBE`` for it.
        remedy: what to do where an offset is declared, in French.
    """
    clearance.require(recording_id, Purpose.TRANSCRIBE)
    with wave.open(str(reference), "rb") as sound:
        whole = sound.getnframes() / sound.getframerate()
    placed: list[Track] = []
    contradicted: list[str] = []
    unfound: list[str] = []
    for track, role in zip(tracks, roles, strict=True):
        own = track.origin is TrackOrigin.OWN_FILE
        found = align(folder / track.file, reference) if own else None
        if found is None:
            placed.append(track)
            if own and track.offset == 0 and track.duration < whole - _SHORTER_BY_S:
                unfound.append(
                    f"La piste du {_whose(role)} ({_clock(track.duration)}) n'a pas été retrouvée dans le son de "
                    f"l'enregistrement, et rien ne dit quand elle commence : elle est placée à son début ; {remedy}."
                )
            continue
        placed.append(track.model_copy(update={"offset": found.offset, "rate": found.rate}))
        if abs(found.offset - track.offset) > _TOLD_FROM_S:
            contradicted.append(
                f"La piste du {_whose(role)} commence à {_clock(found.offset)} d'après le son, et non à "
                f"{_clock(track.offset)} comme annoncé : c'est le son qui est cru ; {remedy}."
            )
    return Placed(tracks=tuple(placed), contradicted=tuple(contradicted), unfound=tuple(unfound))


def _whose(role: Role | None) -> str:
    return role.french if role is not None else "participant"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(abs(seconds), 1), 60)
    told = f"{minutes:.0f} min {rest:04.1f} s" if minutes else f"{rest:.1f} s"
    return ("-" if seconds < 0 else "") + told.replace(".", ",")

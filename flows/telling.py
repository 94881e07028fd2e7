"""What a stage did, in the few French words of the night's table."""

from __future__ import annotations

from pipeline.records import Recording, TrackOrigin, Transcript, TranscriptOrigin

_TOLERATED_UNKNOWN = 0.1
"""Share of words said by nobody known beyond which the operator is told: a guest or two may speak up."""


def tracks(recording: Recording) -> str:
    """Where the sound comes from, in a few words."""
    origin = recording.tracks[0].origin
    if origin is TrackOrigin.MIX:
        return "son mélangé"
    how = {
        TrackOrigin.OWN_FILE: "un fichier par personne",
        TrackOrigin.OWN_STREAM: "un flux par personne",
        TrackOrigin.STEREO_SIDE: "un côté de la stéréo par personne",
    }
    return f"son séparé ({how[origin]})"


def unknown_speakers(transcript: Transcript, words: int) -> str:
    """A warning where the speakers of the transcript that came with a recording were not recognised."""
    unknown = sum(len(one.words) for one in transcript.utterances if one.speaker is None)
    if transcript.origin is TranscriptOrigin.MODEL or unknown <= _TOLERATED_UNKNOWN * words:
        return ""
    return f" ; {unknown / words:.0%} des mots sans locuteur reconnu : vérifiez « name » dans meeting.json"


def length(seconds: float) -> str:
    """A length in minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def count(things: tuple[object, ...], noun: str) -> str:
    """How many things, with their noun."""
    if len(things) <= 1:
        return f"{len(things)} {noun}"
    return f"{len(things)} " + " ".join(f"{word}s" for word in noun.split())

"""Whether a transcript that came with a recording is that recording's: its language, and the sound under its cues.

Takes the cues, the expected language, and the tracks that were extracted; gives nothing where all is well, a French
remark where a part of the talk is not in the transcript, and refuses one that is somebody else's. The language is told
by the share of function words (own short lists), the sound by the loudness of each second: where people talk, and where
the cues say that they do.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import TranscriptRefused
from pipeline.records import Cue, Track
from pipeline.sound import on_the_clock

_FUNCTION_WORDS = {
    "fr": "le la les l des une un est et que qu qui pas je j vous nous dans pour sur avec mais plus ça on il elle c ce "
    "cette au du d n ne y alors donc très",
    "en": "the and you that is of to was it for are with have this but not what they we my so i a in on at do can",
    "es": "el los las una un que y es en no por con para pero como muy yo lo se mi más está del al su de",
    "de": "der die das und ist ich nicht ein eine zu mit auf sie wir es den dem auch aber in von für man",
    "it": "il lo gli una un che è e di non per con sono ma come io mi si più del della in ho",
    "pt": "o os as uma um que e é de não para com mas como eu você se muito do da em no na",
    "nl": "de het een en is ik niet van dat je op te met voor maar we zijn in er ook",
}
"""Frequent words that carry no subject. Languages share some (« de », « on »): shares are compared, not counted."""

_NAMES = {
    "fr": "français",
    "en": "anglais",
    "es": "espagnol",
    "de": "allemand",
    "it": "italien",
    "pt": "portugais",
    "nl": "néerlandais",
}
_WORDS_NEEDED = 40
"""Below it, a greeting in another language decides."""

_CLEARLY = 1.5
"""How much larger the other language's share must be. In our French texts no other list reaches 0.6 of French's."""

_WORD = re.compile(r"[^\W\d_]+")

_STEP_S = 1.0
_TALK_RATIO = 0.18
"""Of the loudness under the cues (15 dB below): a second at least that loud is talk."""

_SILENT_RATIO = 0.03
"""Of the recording's loudest tenth (30 dB below): a second below it is silence."""

_AROUND_S = 2
"""Platforms' times are that much off."""

_MISSED_S, _MISSED_SHARE = 60, 0.1
"""Talk outside the cues beyond both is told to the operator."""

_OTHERS_S = 30
"""Below it nothing is refused for the sound: a short test, a recording that starts with music."""


def check_language(cues: Sequence[Cue], language: str) -> None:
    """Refuse a transcript in another language than the meeting's.

    Raises:
        TranscriptRefused: naming both languages, or the other alphabet.
    """
    words = [word for cue in cues for word in _WORD.findall(cue.text.casefold())]
    if len(words) < _WORDS_NEEDED or language not in _FUNCTION_WORDS:
        return
    expected = _NAMES[language]
    if 2 * sum(unicodedata.name(word[0], "").startswith("LATIN") for word in words) < len(words):
        raise TranscriptRefused(
            f"La transcription n'est pas écrite dans l'alphabet latin, alors que la rencontre est en {expected} ; "
            "exportez-la dans la langue parlée."
        )
    shares = {
        name: sum(word in known for word in words) / len(words)
        for name, known in ((name, frozenset(list_.split())) for name, list_ in _FUNCTION_WORDS.items())
    }
    likeliest = max(shares, key=lambda name: shares[name])
    if shares[likeliest] >= _CLEARLY * shares[language] and likeliest != language:
        raise TranscriptRefused(
            f"La transcription est en {_NAMES[likeliest]}, alors que la rencontre est en {expected} ; exportez-la "
            "dans la langue parlée, ou corrigez « language » dans meeting.json."
        )


def check_sound(cues: Sequence[Cue], tracks: Sequence[Track], folder: Path, duration: float) -> str | None:
    """Compare the cues with where people are heard.

    Args:
        cues: on the recording's clock.
        tracks: the recording's, placed on its clock.
        folder: where their files are.
        duration: of the recording, in seconds.

    Returns:
        A remark for the operator where a part of the talk is not in the transcript.

    Raises:
        TranscriptRefused: most of the talk is outside the cues, or most of the cues are over silence.
    """
    sound = _loudness(tracks, folder, duration)
    inside, around = _covered(cues, len(sound), 0), _covered(cues, len(sound), _AROUND_S)
    under = sound[inside]
    usual = float(np.quantile(under, 0.9)) if len(under) else 0.0
    talk = sound >= max(_TALK_RATIO * usual, 1.0)
    said, missed = int((talk & around).sum()), int((talk & ~around).sum())
    # Against the loudest tenth of the whole: a transcript of somebody else's may never meet the talk.
    silent = int((under < max(_SILENT_RATIO * float(np.quantile(sound, 0.9)), 1.0)).sum())
    if missed > max(_OTHERS_S, said):
        raise TranscriptRefused(
            f"La transcription ne couvre que {_minutes(said)} des {_minutes(said + missed)} de paroles de "
            "l'enregistrement ; c'est sans doute celle d'une autre rencontre, ou un export interrompu : exportez-la de "
            "nouveau."
        )
    if silent > max(_OTHERS_S, len(under) // 2):
        raise TranscriptRefused(
            f"La transcription fait parler pendant {_minutes(silent)} où l'enregistrement est silencieux ; c'est sans "
            "doute celle d'une autre rencontre : corrigez « transcript » dans meeting.json."
        )
    if missed >= _MISSED_S and missed > _MISSED_SHARE * (said + missed):
        return (
            f"La transcription jointe laisse {_minutes(missed)} de paroles de côté, qui ne seront dans aucun extrait ; "
            "exportez-la en entier, ou retirez « transcript » de meeting.json pour que le modèle de parole transcrive."
        )
    return None


def _loudness(tracks: Sequence[Track], folder: Path, duration: float) -> NDArray[np.float32]:
    """The loudest track of each second of the recording, shape ``(seconds,)``, in sample units."""
    sound = np.zeros(max(1, int(duration / _STEP_S)), dtype=np.float32)
    for track in tracks:
        sound = np.maximum(sound, on_the_clock(track, folder, len(sound), _STEP_S))
    return sound


def _covered(cues: Sequence[Cue], seconds: int, around: int) -> NDArray[np.bool_]:
    """Which seconds of the recording a cue touches, or comes near."""
    covered = np.zeros(seconds, dtype=bool)
    for cue in cues:
        covered[max(0, int(cue.span.start) - around) : int(cue.span.end) + 1 + around] = True
    return covered


def _minutes(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"

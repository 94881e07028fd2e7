"""The transcript that came with a recording, made utterances: whose each caption is, and which are believed.

Takes its cues and the recording's tracks; gives what :mod:`pipeline.transcribe.listening` gives, without any model.
People's own tracks say who speaks, before the names that the platform wrote; and some platforms run the same speech
models as we do, which invent the same texts.
"""

from __future__ import annotations

from collections.abc import Sequence

from consent.clearance import Clearance
from consent.records import PersonId, Purpose
from pipeline.records import Cue, Doubt, Utterance, Word
from pipeline.transcribe.hallucinations import Quiet, sift
from pipeline.transcribe.listening import Heard, Source
from pipeline.transcribe.pairs import FRAME_S
from pipeline.transcribe.timing import apart, regroup, stretches_of_cues
from pipeline.transcribe.voices import Voices, attributed

_AROUND_S = 1.5
"""How far off a platform's times may be, in seconds."""


def read_captions(cues: Sequence[Cue], source: Source, clearance: Clearance) -> Heard:
    """Utterances of captions, overlapping captions told apart.

    Args:
        cues: in order of start, on the recording's clock.
        source: the recording's tracks.
        clearance: must cover ``Purpose.TRANSCRIBE`` for it.
    """
    clearance.require(source.recording_id, Purpose.TRANSCRIBE)
    voices = Voices(source.tracks, source.folder, source.duration)
    own = attributed(cues, voices)
    quiet = Quiet(voices.loudest(), FRAME_S, _AROUND_S)
    runs: list[Utterance] = []
    doubts: list[Doubt] = []
    for speaker in dict.fromkeys(cue.speaker for cue in own):
        theirs = tuple(cue for cue in own if cue.speaker == speaker)
        for said in apart(theirs) if speaker is None else (theirs,):
            sifted = sift(stretches_of_cues(said), source.duration, quiet)
            runs += _run(speaker, sifted.words)
            doubts += [one.model_copy(update={"speaker": speaker}) for one in sifted.doubts]
    return Heard(utterances=regroup(runs), doubts=tuple(sorted(doubts, key=lambda one: one.span.start)))


def _run(speaker: PersonId | None, words: tuple[Word, ...]) -> list[Utterance]:
    return [Utterance(speaker=speaker, words=words)] if words else []

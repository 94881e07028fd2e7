"""What runs in the measured processes of ``bench.transcribe``: the product's listening, and bare faster-whisper.

Each job takes WAV files and a model's directory, and gives the words heard with their times and speakers. The bare one
is the library called as its documentation does, with the very options that the product uses, on the whole file.
"""

from __future__ import annotations

import wave
from pathlib import Path
from tempfile import TemporaryDirectory

from consent.clearance import Clearance
from consent.records import AgeBand, ConsentEvent, EventKind, Frozen, Party, PersonId, Purpose, RecordingId, Role
from consent.register import now_utc
from consent.rules import clear
from pipeline.records import Track, TrackOrigin
from pipeline.transcribe.listening import Source, listen
from pipeline.transcribe.model import find_model
from pipeline.transcribe.options import DecodingOptions, SpeechSettings, decoding
from pipeline.transcribe.processor import find_processor

_ID = RecordingId("rec-0000000000000000")


class Sound(Frozen):
    """A 16 kHz mono WAV, and whose voice it holds (None: everybody's)."""

    file: Path
    person: PersonId | None = None


class Request(Frozen):
    """What to listen to, and with which model's directory."""

    sounds: tuple[Sound, ...]
    model: Path


class HeardWord(Frozen):
    """A word, its start and end in seconds, and its speaker."""

    text: str
    start: float
    end: float
    person: PersonId | None


class HeardWords(Frozen):
    """What was heard, in order of time; how many passages were set aside."""

    words: tuple[HeardWord, ...]
    doubts: int


def product(request: Request) -> HeardWords:
    """The product: its worker process, blocks, hallucinations, loudness, speakers."""
    settings = SpeechSettings(model=str(request.model))
    tracks = tuple(
        Track(
            person=one.person,
            origin=TrackOrigin.OWN_FILE if one.person else TrackOrigin.MIX,
            file=str(one.file),
            offset=0,
            duration=_seconds(one.file),
        )
        for one in request.sounds
    )
    with TemporaryDirectory() as partial:
        source = Source(
            recording_id=_ID, tracks=tracks, folder=Path("/"), duration=max(track.duration for track in tracks)
        )
        options = decoding("fr", settings)
        heard = listen(source, _vouched(), settings, options, Path(partial), lambda _done, _total: None)
    words = [
        HeardWord(text=word.text, start=word.span.start, end=word.span.end, person=one.speaker)
        for one in heard.utterances
        for word in one.words
    ]
    return HeardWords(words=tuple(sorted(words, key=lambda word: word.start)), doubts=len(heard.doubts))


def bare(request: Request) -> HeardWords:
    """faster-whisper alone, one call a file, same options, device, numbers and threads."""
    from faster_whisper import WhisperModel

    processor = find_processor()
    model = WhisperModel(
        str(request.model), device=processor.device.value, compute_type=processor.compute_types[0], cpu_threads=0
    )
    words: list[HeardWord] = []
    for one in request.sounds:
        segments, _ = model.transcribe(str(one.file), **_options(request.model).arguments())
        words += [
            HeardWord(text=word.word.strip(), start=float(word.start), end=float(word.end), person=one.person)
            for segment in segments
            for word in segment.words or ()
        ]
    return HeardWords(words=tuple(sorted(words, key=lambda word: word.start)), doubts=0)


def _options(model: Path) -> DecodingOptions:
    return decoding("fr", SpeechSettings(model=str(model))).heard_by(prompted=find_model(str(model)).prompted)


def _seconds(path: Path) -> float:
    with wave.open(str(path)) as file:
        return float(file.getnframes() / file.getframerate())


def _vouched() -> Clearance:
    """Nobody real speaks in what is generated; the rules make the clearance all the same."""
    now = now_utc()
    parties = [
        Party(id=PersonId(role.value), role=role, age_band=AgeBand.ADULT)
        for role in (Role.PROFESSIONAL, Role.YOUNG_PERSON)
    ]
    events = [
        ConsentEvent(
            event_id=party.id,
            recording_id=_ID,
            person_id=party.id,
            kind=EventKind.GIVEN,
            purposes=frozenset(Purpose),
            indicated_at=now,
            recorded_at=now,
        )
        for party in parties
    ]
    return clear(_ID, parties, events, (Purpose.TRANSCRIBE,), now)

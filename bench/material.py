"""What is measured: the generated meeting, the same without its transcript, and a speech model.

Takes a length in minutes; gives folders kept for the next run. Nothing is downloaded.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from consent.records import Frozen
from demo.meetings import make_long_meeting
from pipeline.meeting import MEETING_FILE, read_meeting
from pipeline.settings import Settings
from pipeline.transcribe.model import find_model

RANDOM_WEIGHTS = "random weights: cost of the code path, not of a useful model"


class SpeechChoice(Frozen):
    """Which speech model is run, and what must be said of it."""

    name: str
    revision: str | None
    told: str


def meeting(home: Path, minutes: float) -> Path:
    """The folder of a stereo meeting of at least ``minutes``, with its transcript; made once."""
    return make_long_meeting((home / f"meeting-{minutes:g}").resolve(), minutes)


def without_transcript(folder: Path) -> Path:
    """A copy of a meeting's folder that has to be transcribed; the media is shared, not copied."""
    description = read_meeting(folder)
    copy = folder.with_name(f"{folder.name}-untranscribed")
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    content = json.loads((folder / MEETING_FILE).read_bytes())
    del content["transcript"]
    content["id"] = f"{description.id}-untranscribed"
    (copy / MEETING_FILE).write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    for name in {description.recording, *description.files()} - {
        description.transcript and description.transcript.file
    }:
        os.link(folder / str(name), copy / str(name))
    return copy


def speech_model(home: Path) -> SpeechChoice:
    """The operator's model where ``VIDEOTHEQUE_ASR_MODEL`` names one, else a tiny one made here.

    Raises:
        ModelUnavailable: the operator's model is not there.
    """
    settings = Settings()
    if "asr_model" in settings.model_fields_set:
        found = find_model(settings.asr_model, settings.asr_revision)
        return SpeechChoice(name=str(found.folder), revision=None, told=f"{found.folder.name}, {found.identity}")
    # The tests' own builder: a checkout has it, an installed package has no benchmarks either.
    from tests.transcribe.whisper_model import build

    folder = (home / "random-speech-model").resolve()
    build(folder)
    return SpeechChoice(name=str(folder), revision=None, told=f"faster-whisper, one layer, {RANDOM_WEIGHTS}")

"""What runs in the measured processes: the product's own functions, on a library of the benchmark's own.

Each job takes a :class:`Place` or a :class:`StageJob` and gives :class:`bench.measure.Laps`; what comes before
its laps (opening the library, reading earlier outputs) is not in them.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from pydantic import BaseModel

from bench.measure import Laps, Timer
from bench.report import MeetingFacts
from consent.records import Frozen
from flows.generations import refresh_index
from flows.inbox import register_folder
from flows.progress import Silence
from flows.recording import RecordingRun
from flows.workshop import STAGE_PURPOSES, Workshop
from pipeline.catalogue import RegisteredMeeting
from pipeline.ingest.audio import extract_tracks, plan_tracks
from pipeline.meeting import read_meeting
from pipeline.outputs import OUTPUT_FILE
from pipeline.records import Outcome, Recording, Rendering, Segmentation, Stage, StageReport
from pipeline.render.cut import cut
from pipeline.settings import Settings

LOAD_MODEL = "load_model"
EXTRACT = "extract"
CUT = "cut"
GENERATION = "generation"

_Output = TypeVar("_Output", bound=BaseModel)


class Place(Frozen):
    """A library (its home folder), one meeting's folder, and the speech model to use. Absolute paths."""

    home: Path
    meeting: Path
    speech_model: str
    speech_revision: str | None = None

    def workshop(self) -> Workshop:
        """The library, opened."""
        settings = Settings(home=self.home, inbox=None, asr_model=self.speech_model, asr_revision=self.speech_revision)
        return Workshop(settings)


class StageJob(Frozen):
    """One stage of one meeting, to be done again whatever exists."""

    place: Place
    stage: Stage


class Done(Frozen):
    """A preparation ended well; the recordings' outputs exist."""

    stages: int


def prepare(place: Place) -> Done:
    """Register the meeting and do every stage that has no output yet."""
    run = _run(place, None)
    for stage in Stage:
        _checked(run.run(stage))
    return Done(stages=len(Stage))


def prepare_to_transcribe(place: Place) -> Done:
    """Register the meeting and ingest it: enough for measuring the speech model."""
    _checked(_run(place, None).run(Stage.INGEST))
    return Done(stages=1)


def stage(job: StageJob) -> Laps:
    """Do one stage again as the night does it: consent asked, output written, synced, renamed, reported."""
    run = _run(job.place, job.stage)
    timer = Timer()
    for earlier in list(Stage)[: list(Stage).index(job.stage)]:
        if _checked(run.run(earlier)).outcome is not Outcome.REUSED:
            raise RuntimeError(f"{earlier.value} was not there")
    if job.stage is Stage.INDEX:
        with timer.lap(LOAD_MODEL):
            _ = run.workshop.embedder
    with timer.lap(job.stage.value):
        report = run.run(job.stage)
    if _checked(report).outcome is not Outcome.DONE:
        raise RuntimeError(f"{job.stage.value} was not done again")
    return timer.laps()


def extract(place: Place) -> Laps:
    """Only the sound of each participant, without the checks around it."""
    workshop, registered = _registered(place)
    clearance = workshop.register.clear(registered.recording_id, *STAGE_PURPOSES[Stage.INGEST])
    plans = plan_tracks(read_meeting(place.meeting))
    timer = Timer()
    with TemporaryDirectory(dir=place.home) as folder, timer.lap(EXTRACT):
        extract_tracks(place.meeting, plans, registered.recording_id, clearance, workshop.settings.media, Path(folder))
    return timer.laps()


def cut_clips(place: Place) -> Laps:
    """Only the cutting of every clip, without captions, posters and sums."""
    workshop, registered = _registered(place)
    recording = _kept(workshop, registered, Stage.INGEST, Recording)
    segmentation = _kept(workshop, registered, Stage.SEGMENT, Segmentation)
    clearance = workshop.register.clear(registered.recording_id, *STAGE_PURPOSES[Stage.RENDER])
    source = place.meeting / read_meeting(place.meeting).recording
    timer = Timer()
    with TemporaryDirectory(dir=place.home) as folder, timer.lap(CUT):
        for segment in segmentation.segments:
            file = Path(folder) / f"{segment.id}.mp4"
            cut(recording, source, segment.span, clearance, workshop.settings.media, file)
    return timer.laps()


def generation(place: Place) -> Laps:
    """Build and publish the index generation from vectors that exist."""
    workshop = place.workshop()
    shutil.rmtree(workshop.settings.index_folder, ignore_errors=True)
    timer = Timer()
    with timer.lap(GENERATION):
        report = refresh_index(workshop)
    if report.problem or not report.clips:
        raise RuntimeError(report.problem or "no clip was indexed")
    return timer.laps()


def cuts(place: Place) -> Segmentation:
    """The cuts of the meeting, as the segment stage left them."""
    workshop, registered = _registered(place)
    return _kept(workshop, registered, Stage.SEGMENT, Segmentation)


def facts(place: Place) -> MeetingFacts:
    """What the meeting is and what became of it."""
    workshop, registered = _registered(place)
    recording = _kept(workshop, registered, Stage.INGEST, Recording)
    clips = _kept(workshop, registered, Stage.RENDER, Rendering).clips
    media = recording.media
    return MeetingFacts(
        seconds=round(media.duration, 3),
        size_bytes=media.size_bytes,
        width=media.width,
        height=media.height,
        frame_rate=str(media.frame_rate),
        tracks=len(recording.tracks),
        clips=len(clips),
        clip_seconds=round(sum(clip.duration for clip in clips), 3),
        sentences=sum(len(clip.sentences) for clip in clips),
    )


def runs(workshop: Workshop, place: Place, count: int) -> list[RecordingRun]:
    """``count`` runs of the meeting, as a night over that many recordings would hold them."""
    registered = _named(workshop, place)
    return [RecordingRun(workshop, registered, Silence()) for _ in range(count)]


def _run(place: Place, redo_from: Stage | None) -> RecordingRun:
    workshop, registered = _registered(place)
    return RecordingRun(workshop, registered, Silence(), redo_from)


def _registered(place: Place) -> tuple[Workshop, RegisteredMeeting]:
    workshop = place.workshop()
    register_folder(workshop, place.meeting)
    return workshop, _named(workshop, place)


def _named(workshop: Workshop, place: Place) -> RegisteredMeeting:
    return workshop.catalogue.meeting(read_meeting(place.meeting).id)


def _checked(report: StageReport) -> StageReport:
    if report.outcome not in (Outcome.DONE, Outcome.REUSED):
        raise RuntimeError(f"{report.stage.value}: {report.detail}")
    return report


def _kept(workshop: Workshop, registered: RegisteredMeeting, stage: Stage, kind: type[_Output]) -> _Output:
    """The one output of a stage that is kept."""
    (file,) = (workshop.outputs.root / registered.recording_id / stage.value).glob(f"*/{OUTPUT_FILE}")
    return kind.model_validate_json(file.read_bytes())

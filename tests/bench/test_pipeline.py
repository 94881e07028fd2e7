"""The pipeline benchmark: its committed result, its peers, where it writes, what its table says."""

from __future__ import annotations

import io
import json
from pathlib import Path

from rich.console import Console

from bench import conditions, material, peers
from bench.measure import measure
from bench.pipeline import MINUTES, RESULT, _default_out
from bench.report import PipelineReport
from bench.table import FRENCH, show
from consent.records import Span
from demo.cast import Variant
from pipeline import ffmpeg
from pipeline.ingest.audio import extract_tracks, plan_tracks
from pipeline.meeting import read_meeting
from pipeline.settings import MediaLimits
from tests.clearances import clearance_for
from tests.conftest import SmallMeeting


def test_the_committed_result_is_a_report() -> None:
    """It parses, every ratio and verdict is that of its values, and it is of the full length."""
    report = PipelineReport.model_validate_json(RESULT.read_bytes())

    assert report.benchmark == "pipeline"
    assert report.meeting.seconds >= MINUTES * 60
    assert json.loads(RESULT.read_text("utf-8")) == json.loads(report.model_dump_json())


def test_the_committed_result_names_no_place_of_the_machine() -> None:
    """No absolute path, no home folder: results are public."""
    text = RESULT.read_text("utf-8")

    assert not [sign for sign in ('"/', "/home/", "/root", "/tmp", "/work") if sign in text]


def test_every_table_of_the_result_is_shown() -> None:
    """The terminal shows each stage and each comparison, in French."""
    report = PipelineReport.model_validate_json(RESULT.read_bytes())
    console = Console(file=io.StringIO(), record=True, width=200)

    show(report, console)

    shown = console.export_text()
    names = [stage.name for stage in report.stages] + [comparison.name for comparison in report.comparisons]
    assert [] == [name for name in names if FRENCH[name] not in shown]
    assert "extraits" in shown


def test_a_shorter_run_never_replaces_the_committed_result() -> None:
    """Only the full length writes there by default."""
    assert RESULT == _default_out(MINUTES)
    assert RESULT != _default_out(2)


def test_conditions_are_complete() -> None:
    """Every package has its version, the machine its cores and memory, the load is read twice."""
    found = conditions.conditions(conditions.before())

    assert [] == [one.name for one in found.packages if one.version == "absent"]
    assert found.cores >= 1
    assert found.memory_bytes > 0
    assert found.started_at <= found.ended_at


def test_bare_extraction_makes_the_same_sound_as_ours(small_meeting: SmallMeeting, tmp_path: Path) -> None:
    """The peer does the same work: as many tracks, as long, from the same recording."""
    folder = small_meeting(Variant.STEREO)
    meeting = read_meeting(folder)
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.mkdir()
    theirs.mkdir()
    clearance = clearance_for(meeting.recording_id)

    tracks = extract_tracks(folder, plan_tracks(meeting), meeting.recording_id, clearance, MediaLimits(), ours)
    measure(peers.extraction(folder / meeting.recording, theirs))

    assert len(tracks) == len(list(theirs.iterdir()))
    sizes = {path.stat().st_size for path in ours.iterdir()}, {path.stat().st_size for path in theirs.iterdir()}
    assert abs(max(sizes[0]) - max(sizes[1])) < 16_000 * 2 * 0.1  # a tenth of a second


def test_bare_transcode_lasts_exactly_the_spans(small_meeting: SmallMeeting, tmp_path: Path) -> None:
    """The peer encodes the clips' seconds, neither fewer nor more."""
    import av

    folder = small_meeting(Variant.STEREO)
    spans = [Span(start=1.5, end=5.5), Span(start=20, end=23)]
    out = tmp_path / "plain.mp4"

    measure(peers.transcode(folder / read_meeting(folder).recording, spans, out))

    with av.open(f"file:{out}", options=ffmpeg.INPUT_OPTIONS) as container:
        frames = sum(1 for packet in container.demux(video=0) if packet.size)
    assert frames == 7 * 25


def test_the_untranscribed_copy_has_no_transcript_and_the_same_media(
    small_meeting: SmallMeeting, tmp_path: Path
) -> None:
    """It has to be transcribed, it is another meeting, and its recording takes no room."""
    import shutil

    folder = shutil.copytree(small_meeting(Variant.STEREO), tmp_path / "meeting")
    original = read_meeting(folder)

    copy = read_meeting(material.without_transcript(folder))

    assert original.transcript is not None
    assert copy.transcript is None
    assert original.recording_id != copy.recording_id
    assert (folder / original.recording).samefile(tmp_path / "meeting-untranscribed" / copy.recording)

"""The meetings on the disk: each is what its form says, beside its truth."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import islice, pairwise
from pathlib import Path

import av
import ffmpeg as graph
import numpy as np
import pytest
from numpy.typing import NDArray

from consent.records import Role
from demo import meetings, strip
from demo.cast import LATE_S, MEETINGS, Character, DemoMeeting, Variant, of_variant
from demo.conversation import PEOPLE
from demo.meetings import make_meetings
from demo.truth import read_truth
from demo.voices import Voice, say
from pipeline import ffmpeg
from pipeline.errors import FfmpegFailed
from pipeline.meeting import Meeting, read_meeting
from pipeline.settings import MediaLimits

SmallMeeting = Callable[[Variant], Path]
COMPLETE = [variant for variant in Variant if variant is not Variant.TRUNCATED]
RATE = 16_000


@pytest.mark.parametrize("variant", Variant)
def test_the_description_is_accepted(small_meeting: SmallMeeting, variant: Variant) -> None:
    """``meeting.json`` is valid, names files that exist, and is the same once written again."""
    folder = small_meeting(variant)

    meeting = read_meeting(folder)
    assert meeting.recording == variant.recording
    assert Meeting.model_validate_json(meeting.model_dump_json()) == meeting
    assert read_truth(folder).meeting == meeting.id


@pytest.mark.parametrize("variant", COMPLETE)
def test_the_media_lasts_as_long_as_the_truth_says(small_meeting: SmallMeeting, variant: Variant) -> None:
    """Sound and picture both run to the truth's duration, within two pictures."""
    folder = small_meeting(variant)
    truth = read_truth(folder)

    last = _last_picture(folder / variant.recording)
    sound = _sound(folder / variant.recording)
    assert last + 0.04 == pytest.approx(truth.duration, abs=0.08)
    assert sound.shape[1] / RATE == pytest.approx(truth.duration, abs=0.08)


@pytest.mark.parametrize("variant", [Variant.PLAIN, Variant.WEBM])
def test_every_picture_tells_its_number_after_compression(small_meeting: SmallMeeting, variant: Variant) -> None:
    """Through H.264 and VP8, each picture is numbered by its own time at 25 a second."""
    times, numbers = _pictures(small_meeting(variant) / variant.recording)

    assert numbers == [round(25 * time) for time in times]


def test_a_plain_meeting_is_h264_and_aac_at_25_a_second(small_meeting: SmallMeeting) -> None:
    """640 × 360, constant frame rate, one mono stream."""
    path = small_meeting(Variant.PLAIN) / Variant.PLAIN.recording
    with av.open(str(path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        seen = (video.codec_context.name, video.width, video.height, audio.codec_context.name)
        channels, streams = audio.codec_context.channels, len(container.streams)

    times, _ = _pictures(path)
    assert seen == ("h264", 640, 360, "aac")
    assert (channels, streams) == (1, 2)
    assert set(np.round(np.diff(times), 3)) == {0.04}


def test_something_moves_in_the_picture(small_meeting: SmallMeeting) -> None:
    """Over a second, the window and a mouth change, even outside the strip."""
    path = small_meeting(Variant.PLAIN) / Variant.PLAIN.recording
    with av.open(str(path)) as container:
        shown = [frame.to_ndarray(format="gray") for frame in islice(container.decode(video=0), 75)]

    inside = np.stack(shown)[:, :340].astype(float)
    assert np.abs(inside[50] - inside[25]).max() > 60
    assert np.abs(inside[74] - inside[50]).max() > 60


def test_webm_has_no_duration_and_a_variable_frame_rate(small_meeting: SmallMeeting) -> None:
    """As from a browser: VP8 and Opus, nothing in the header about the length, freezes between pictures."""
    path = small_meeting(Variant.WEBM) / Variant.WEBM.recording
    with av.open(str(path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        codecs = (video.codec_context.name, audio.codec_context.name)
        durations = (container.duration, video.duration, audio.duration)

    times, _ = _pictures(path)
    gaps = np.round(np.diff(times), 3)
    assert codecs == ("vp8", "opus")
    assert durations == (None, None, None)
    assert len(set(gaps)) >= 4
    assert gaps.max() > 0.7


def test_a_truncated_file_promises_its_whole_length_and_cannot_be_read_to_its_end(
    small_meeting: SmallMeeting,
) -> None:
    """The header is intact, the content stops: a strict read fails."""
    folder = small_meeting(Variant.TRUNCATED)
    path = folder / Variant.TRUNCATED.recording
    with av.open(str(path)) as container:
        promised = (container.duration or 0) / 1_000_000

    assert promised == pytest.approx(read_truth(folder).duration, abs=0.08)
    node = graph.output(ffmpeg.source(path, err_detect="explode"), "-", format="null").global_args("-xerror")
    with pytest.raises(FfmpegFailed):
        ffmpeg.run(node, MediaLimits())


def test_in_stereo_each_person_has_a_side(small_meeting: SmallMeeting) -> None:
    """The professional is heard on the left only, the young person on the right only."""
    folder = small_meeting(Variant.STEREO)
    sound = _sound(folder / Variant.STEREO.recording)

    assert sound.shape[0] == 2
    for side, person in enumerate(PEOPLE.values()):
        for turn in read_truth(folder).utterances:
            own = _loudness(sound[side], turn.span.start, turn.span.end)
            other = _loudness(sound[1 - side], turn.span.start, turn.span.end)
            assert (own > 10 * other) if turn.speaker == person else (other > 10 * own)


def test_own_files_are_heard_at_their_offset(small_meeting: SmallMeeting) -> None:
    """Laid at its declared offset, each person's file matches the mix to 5 ms; one begins late, before they speak."""
    folder = small_meeting(Variant.SEPARATE_FILES)
    mix = _sound(folder / Variant.SEPARATE_FILES.recording)[0]
    truth = read_truth(folder)

    for role, person in PEOPLE.items():
        offset = LATE_S if role is Role.YOUNG_PERSON else 0.0
        own = _sound(folder / f"{person}.m4a")[0]
        turn = next(turn for turn in truth.utterances if turn.speaker == person)
        first = round(turn.span.start * RATE)
        assert turn.span.start > offset
        assert abs(_lag(mix[first : first + RATE], own, first - round(offset * RATE))) <= 0.005 * RATE


def test_the_words_are_heard_when_the_truth_says(small_meeting: SmallMeeting) -> None:
    """After AAC, turns are loud and the pauses between them are not."""
    folder = small_meeting(Variant.PLAIN)
    sound = _sound(folder / Variant.PLAIN.recording)[0]
    turns = read_truth(folder).utterances

    spoken = [_loudness(sound, turn.span.start, turn.span.end) for turn in turns]
    pauses = [_loudness(sound, one.span.end + 0.06, two.span.start - 0.06) for one, two in pairwise(turns)]
    assert min(spoken) > 15 * max(pauses)


def test_the_next_run_makes_nothing_again(tmp_path: Path) -> None:
    """What is there and current is left untouched, and nothing is said."""
    told: list[str] = []
    first = make_meetings(tmp_path, told.append, meetings=MEETINGS[:1], exchanges=1)
    before = _state(tmp_path)

    second = make_meetings(tmp_path, told.append, meetings=MEETINGS[:1], exchanges=1)
    assert second == first == (tmp_path / MEETINGS[0].id,)
    assert _state(tmp_path) == before
    assert told == ["Fabrication de la rencontre « Infirmière aux urgences » (demo-infirmiere)…"]


def test_a_meeting_to_be_heard_is_made_anew_without_its_script(tmp_path: Path) -> None:
    """The script is not in the folder, where a transcript would be read from it."""
    (folder,) = make_meetings(tmp_path, print, meetings=MEETINGS[3:4], exchanges=1)
    scripted = {file.name for file in folder.iterdir()}
    make_meetings(tmp_path, print, meetings=MEETINGS[3:4], exchanges=1, heard=True)

    assert {"scenario.vtt"} == scripted - {file.name for file in folder.iterdir()}


def test_a_failure_leaves_nothing_half_made_and_what_a_kill_left_is_swept(tmp_path: Path) -> None:
    """A meeting's folder appears whole or not at all; the next run removes what was written aside."""
    (tmp_path / ".demo-tmp-killed").mkdir()
    (tmp_path / ".demo-tmp-killed" / "rencontre.mp4").write_bytes(b"half")
    told: list[str] = []
    broken = _with_voice(MEETINGS[0], Voice(name="fr+nobody"))

    with pytest.raises(ValueError, match="unknown voice"):
        make_meetings(tmp_path, told.append, meetings=[broken], exchanges=1)
    assert list(tmp_path.iterdir()) == []


def _with_voice(meeting: DemoMeeting, voice: Voice) -> DemoMeeting:
    character: Character = meeting.professional.model_copy(update={"voice": voice})
    return meeting.model_copy(update={"professional": character})


def _state(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


@cache
def _pictures(path: Path) -> tuple[list[float], list[int]]:
    """Time of each picture and the number it carries."""
    times: list[float] = []
    numbers: list[int] = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            times.append(frame.time)
            luma = frame.to_ndarray(format="gray").astype(np.uint8, copy=False)
            numbers.append(strip.read_frame_number(luma))
    return times, numbers


def _last_picture(path: Path) -> float:
    """Time of the last picture, in seconds."""
    with av.open(str(path)) as container:
        packets = list(container.demux(video=0))
        return max(float(packet.pts * packet.time_base) for packet in packets if packet.pts is not None)


@cache
def _sound(path: Path) -> NDArray[np.float32]:
    """The first audio stream at 16 kHz, shape (channels, samples)."""
    parts: list[NDArray[np.float32]] = []
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="fltp", rate=RATE)
        for frame in container.decode(audio=0):
            parts.extend(out.to_ndarray().astype(np.float32) for out in resampler.resample(frame))
        parts.extend(out.to_ndarray().astype(np.float32) for out in resampler.resample(None))
    return np.concatenate(parts, axis=1)


def _loudness(sound: NDArray[np.float32], start: float, end: float) -> float:
    return float(np.sqrt(np.mean(sound[int(start * RATE) : int(end * RATE)] ** 2)))


def _lag(piece: NDArray[np.float32], sound: NDArray[np.float32], expected: int) -> int:
    """Samples between where ``piece`` is best found in ``sound`` and where it is expected."""
    reach = RATE // 4
    around = sound[max(expected - reach, 0) : expected + len(piece) + reach]
    found = int(np.argmax(np.correlate(around, piece, mode="valid")))
    return found + max(expected - reach, 0) - expected


@pytest.mark.parametrize("minutes", [3, 20])
def test_a_long_script_lasts_at_least_what_was_asked(minutes: float) -> None:
    """The benchmarks' meeting is not shorter than asked, nor half as long again."""
    long = meetings.long_script(of_variant(Variant.STEREO, "essai-long"), minutes)

    spoken = sum(say(turn.text, MEETINGS[1].professional.voice).words[-1].end for turn in long.turns)
    pauses = 0.55 * len(long.turns)  # 0.3 to 0.8 s between turns
    assert 60 * minutes <= spoken + pauses <= 90 * minutes

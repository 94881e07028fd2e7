"""Rules of pipeline.render.cut."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from consent.records import Purpose, Span
from pipeline.errors import FfmpegStopped, RefusedMedia, StorageFull
from pipeline.records import Recording
from pipeline.render.cut import cut
from pipeline.settings import MediaLimits
from tests.render import media
from tests.render.conftest import GOP, kept

LIMITS = MediaLimits()
NTSC = Fraction(30000, 1001)
CUTS = [(0.0, 3.0), (4.971, 6.98), (9.99, 13.01), (10.01, 12.0), (12.05, 15.02), (26.3, 29.99)]
LOOSE = ("-ignore_editlist", "1")


def make(recording: Recording, source: Path, start: float, end: float, into: Path) -> Path:
    file = into / "clip.mp4"
    cut(recording, source, Span(start=start, end=end), media.clearance(), LIMITS, file)
    return file


@pytest.mark.parametrize(("start", "end"), CUTS)
def test_first_and_last_frames_are_exact_at_29_97(ntsc: Path, tmp_path: Path, start: float, end: float) -> None:
    """The first frame is the one on screen at the cut; all follow without a gap; edit lists hide none."""
    first = int(start * NTSC)
    file = make(media.recording(ntsc, NTSC), ntsc, start, end, tmp_path)

    assert list(range(first, first + round((end - start) * NTSC))) == media.numbers(file)
    assert media.shown(file) == len(media.numbers(file))


@pytest.mark.parametrize(("start", "end"), [*CUTS[:-1], (26.3, 29.85)])
def test_frames_of_a_variable_recording_keep_their_instants(
    webm: Path, tmp_path: Path, start: float, end: float
) -> None:
    """Each of the 25 images a second is the one on screen at its instant, even if it appeared seconds before."""
    instants = [start + index / 25 for index in range(round((end - start) * 25))]
    on_screen = [max(n for n in range(1500) if kept(n) and n <= at * 50 + 1e-6) for at in instants]
    file = make(media.recording(webm, "25", varies=True), webm, start, end, tmp_path)

    assert on_screen == media.numbers(file)


@pytest.mark.parametrize("name", ["ntsc", "webm"])
def test_sound_stays_with_the_picture(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """A sound of the recording is heard within one frame of its place, at the clip's start and at its end."""
    varies = name == "webm"
    source = request.getfixturevalue(name)
    recording = media.recording(source, NTSC, varies=varies)
    file = tmp_path / "clip.mp4"
    made = cut(recording, source, Span(start=3.03, end=27.5), media.clearance(), LIMITS, file)
    loud = np.flatnonzero(np.abs(media.heard(file)) > 0.05)
    after_silence = np.diff(loud, prepend=-media.RATE) > 2000
    onsets = loud[after_silence] / media.RATE + made.start
    expected = [second + media.GAP_S for second in range(3, 28)]

    assert len(expected) == len(onsets)
    assert max(abs(onsets - expected)) < 1 / made.frame_rate


@pytest.mark.parametrize("name", ["ntsc", "webm"])
def test_no_sound_from_outside_the_cut(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """The tones of the seconds before and after are not in the file, edit lists ignored."""
    source = request.getfixturevalue(name)
    recording = media.recording(source, NTSC, varies=name == "webm")
    sound = media.heard(make(recording, source, 12.005, 15.0, tmp_path), *LOOSE)
    inside = [media.level(sound, media.tone_of(second)) for second in (12, 13, 14)]
    outside = [media.level(sound, media.tone_of(second)) for second in (9, 10, 11, 15, 16, 17)]

    assert min(inside) > 0.05
    assert max(outside) < 0.001  # of tones of 0.5: what AAC adds by itself
    # The tone of second 11 sounds until 5 ms before the cut: neither the encoder's priming nor the front has it.
    assert np.abs(sound[: int(media.RATE * 0.05)]).max() < 0.01


def test_the_part_of_the_first_frame_before_the_cut_is_silent(ntsc: Path, tmp_path: Path) -> None:
    """The picture starts up to a frame early; the sound before the asked instant is not taken with it."""
    start = 12.53
    file = tmp_path / "clip.mp4"
    made = cut(media.recording(ntsc, NTSC), ntsc, Span(start=start, end=14), media.clearance(), LIMITS, file)
    silent = int((start - made.start) * media.RATE)
    sound = media.heard(file)

    assert silent > 400
    assert np.abs(sound[: silent - 200]).max() < 0.1 * np.abs(sound[silent : 3 * silent]).max()


@pytest.mark.parametrize("marker", [media.SECRET.encode(), b"x264", b"Lavc", b"Lavf"])
def test_no_foreign_metadata(ntsc: Path, tmp_path: Path, marker: bytes) -> None:
    """Neither the recording's titles, comments and chapters nor the encoders' names are in the bytes."""
    file = make(media.recording(ntsc, NTSC), ntsc, 3, 5, tmp_path)

    assert marker in ntsc.read_bytes()
    assert marker not in file.read_bytes()


def test_streams_are_one_picture_and_one_sound(ntsc: Path, tmp_path: Path) -> None:
    """The recording's chapter track is left behind; the moov box comes first."""
    file = make(media.recording(ntsc, NTSC), ntsc, 3, 5, tmp_path)
    content = file.read_bytes()

    assert media.streams(file) == ["Video", "Audio"]
    assert "h264 (High)" in media.described(file)
    assert "yuv420p" in media.described(file)
    assert "encoder" not in media.described(file)
    assert "aac (LC)" in media.described(file)
    assert "48000 Hz, mono" in media.described(file)
    assert content.index(b"moov") < content.index(b"mdat")


def test_the_same_cut_gives_the_same_bytes(ntsc: Path, tmp_path: Path) -> None:
    """Two runs write the same file."""
    first = make(media.recording(ntsc, NTSC), ntsc, 9.5, 12, tmp_path).read_bytes()

    assert first == make(media.recording(ntsc, NTSC), ntsc, 9.5, 12, tmp_path).read_bytes()


def test_both_sides_of_a_stereo_recording_are_heard(folder: Path, tmp_path: Path) -> None:
    """With one speaker a side, the mono sound holds both, at the same level."""
    time = np.arange(4 * media.RATE) / media.RATE
    left, right = (0.4 * np.sin(2 * np.pi * tone * time) for tone in (500, 1100))
    media.write_wav(folder / "stereo.wav", left, right)
    path = folder / "stereo.mp4"
    frames = (media.numbered(number) for number in range(100))
    media.make(path, frames, "25", [folder / "stereo.wav"], "-c:a", "aac", "-b:a", "192k")
    sound = media.heard(make(media.recording(path), path, 1, 3, tmp_path))

    assert pytest.approx(0.2, rel=0.1) == media.level(sound, 500)
    assert pytest.approx(0.2, rel=0.1) == media.level(sound, 1100)


@pytest.mark.parametrize(
    ("own", "heard"),
    [
        ((), {500, 1100, 1700}),
        ((0,), {500}),
        ((0, 1), {500, 1100}),
        ((0, 2), {500, 1700}),
        ((2, 0), {500, 1700}),
        ((1, 2), {500}),
    ],
)
def test_declared_streams_are_mixed(folder: Path, tmp_path: Path, own: tuple[int, ...], heard: set[int]) -> None:
    """People's own streams are mixed, and no other; a first stream beside theirs is the mix already; else, all are."""
    time = np.arange(4 * media.RATE) / media.RATE
    voices = [folder / f"{tone}.wav" for tone in (500, 1100, 1700)]
    for voice in voices:
        media.write_wav(voice, 0.4 * np.sin(2 * np.pi * int(voice.stem) * time))
    path = folder / "streams.mp4"
    media.make(path, (media.numbered(number) for number in range(100)), "25", voices, "-c:a", "aac")
    sound = media.heard(make(media.recording(path, streams_=3, own=own), path, 1, 3, tmp_path))

    assert heard == {tone for tone in (500, 1100, 1700) if media.level(sound, tone) > 0.1}


def test_a_stream_that_begins_late_is_heard_when_it_was(folder: Path, tmp_path: Path) -> None:
    """The second of two undeclared streams begins at 2 s: it is mixed in from there."""
    time = np.arange(4 * media.RATE) / media.RATE
    for tone in (500, 1100):
        media.write_wav(folder / f"{tone}.wav", 0.4 * np.sin(2 * np.pi * tone * time))
    video, path = folder / "first.mp4", folder / "late-stream.mkv"
    media.make(video, (media.numbered(number) for number in range(100)), "25", [folder / "500.wav"], "-c:a", "aac")
    late = ("-itsoffset", "2", "-i", str(folder / "1100.wav"), "-map", "0", "-map", "1:a", "-c:v", "copy")
    media.ffmpeg("-i", str(video), *late, "-c:a", "pcm_s16le", str(path))

    sound = media.heard(make(media.recording(path, streams_=2), path, 1, 3.5, tmp_path))

    second = media.RATE
    assert media.level(sound[: second - second // 10], 1100) < 0.02
    assert media.level(sound[second + second // 10 : 2 * second], 1100) > 0.1


@pytest.fixture
def late(folder: Path) -> Path:
    """A camera that joins 3 s after the sound: picture 0 is shown at 3 s."""
    path = folder / "late.mp4"
    if not path.exists():
        plain = folder / "late-picture.mp4"
        frames = (media.numbered(number) for number in range(100))
        media.make(plain, frames, "25", [], "-c:v", "libx264", "-preset", "ultrafast", "-g", "300")
        inputs = ("-itsoffset", "3", "-i", str(plain), "-i", str(folder / "tones.wav"))
        media.ffmpeg(*inputs, "-map", "0", "-map", "1", "-c:v", "copy", "-c:a", "aac", "-t", "7", str(path))
    return path


@pytest.mark.parametrize(("start", "end"), [(0.5, 4.5), (2.9, 4.9), (3.1, 5.1)])
def test_what_is_said_before_the_camera_joins_is_heard(late: Path, tmp_path: Path, start: float, end: float) -> None:
    """Around the first picture, every second of the cut has its sound; the picture is the recording's."""
    file = make(media.recording(late, duration=7), late, start, end, tmp_path)
    sound = media.heard(file)
    instants = [start + index / 25 for index in range(round((end - start) * 25))]

    for second in range(round(start + 0.6), int(end)):
        first = round((second + media.GAP_S + 0.05 - start) * media.RATE)
        assert media.level(sound[first : first + media.RATE // 2], media.tone_of(second)) > 0.3
    assert [max(0, int((at - 3) * 25 + 0.01)) for at in instants] == media.numbers(file)


def test_before_the_camera_joins_no_later_picture_is_shown(late: Path, tmp_path: Path) -> None:
    """A cut that ends before the first picture is black: that picture is outside the cut."""
    file = make(media.recording(late, duration=7), late, 0.5, 2.5, tmp_path)

    assert max(frame.max() for frame in media.pictures(file)) < 20
    assert np.abs(media.heard(file)).max() > 0.3


def _with_a_false_index(path: Path, file: Path) -> None:
    """Copy a Matroska, each entry of its index but the first giving the time of the entry before."""
    content = bytearray(path.read_bytes())
    start = content.rindex(bytes.fromhex("1c53bb6b"))
    entries = list(re.finditer(rb"\xbb.\xb3([\x81-\x84])", content[start:], re.DOTALL))
    times = []
    for entry in entries:
        size, at = content[start + entry.start(1)] & 0x7F, start + entry.end()
        times.append((at, size, int.from_bytes(content[at : at + size])))
    assert len(times) > 2
    for (at, size, _), (_, _, earlier) in zip(times[1:], times, strict=False):
        content[at : at + size] = earlier.to_bytes(size)
    file.write_bytes(content)


def test_a_reading_that_begins_after_the_cut_is_refused(folder: Path, tmp_path: Path) -> None:
    """Where a false index leads past the cut, no clip shows what comes after it."""
    good, path = folder / "good.mkv", folder / "false-index.mkv"
    frames = (media.numbered(number) for number in range(500))
    encoded = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "50", "-sc_threshold", "0", "-c:a", "aac", "-t", "20")
    media.make(good, frames, "25", [folder / "tones.wav"], *encoded, "-write_crc32", "0")
    _with_a_false_index(good, path)

    assert list(range(275, 325)) == media.numbers(make(media.recording(good), good, 11, 13, tmp_path))
    with pytest.raises(RefusedMedia, match="à l'instant où un extrait commence"):
        make(media.recording(path), path, 11, 13, tmp_path)


@pytest.mark.parametrize("stream", ["picture", "sound"])
def test_a_recording_damaged_inside_the_cut_is_refused(ntsc: Path, tmp_path: Path, stream: str) -> None:
    """Zeros in the middle are no clip of frozen pictures without sound."""
    path = tmp_path / "damaged.mp4"
    content = bytearray(ntsc.read_bytes())
    with av.open(str(ntsc)) as container:
        wanted = container.streams.video[0] if stream == "picture" else container.streams.audio[0]
        for packet in container.demux(wanted):
            at = packet.pts * packet.time_base if packet.pts is not None and packet.time_base is not None else 0
            if packet.pos is not None and 12 < at < 13:
                content[packet.pos : packet.pos + packet.size] = bytes(packet.size)
    path.write_bytes(content)

    with pytest.raises(RefusedMedia, match="abîmé à l'endroit d'un extrait"):
        make(media.recording(path, NTSC), path, 11, 14, tmp_path)


def test_an_open_group_of_pictures_is_no_damage(ntsc: Path, folder: Path, tmp_path: Path) -> None:
    """After a seek, the pictures that need the group before are missing in every player: the cut is still made."""
    path = folder / "open.mp4"
    options = ("-c:v", "libx264", "-preset", "veryfast", "-g", "60", "-x264-params", "open-gop=1:bframes=3")
    media.ffmpeg("-i", str(ntsc), "-map", "0:v", "-map", "0:a", *options, "-c:a", "copy", str(path))
    file = make(media.recording(path, NTSC), path, 12.53, 15, tmp_path)

    assert list(range(375, 449)) == media.numbers(file)


def test_a_limit_of_memory_is_no_fault_of_the_recording(ntsc: Path, tmp_path: Path) -> None:
    """A cut that is stopped is tried again another night: it is not refused."""
    limits = MediaLimits(ffmpeg_memory_bytes=150 * 1024**2)

    with pytest.raises(FfmpegStopped, match="VIDEOTHEQUE_MEDIA__FFMPEG_MEMORY_BYTES"):
        cut(media.recording(ntsc, NTSC), ntsc, Span(start=1, end=9), media.clearance(), limits, tmp_path / "c.mp4")


def test_rotation_is_applied(ntsc: Path, folder: Path, tmp_path: Path) -> None:
    """A telephone's rotation mark turns the picture itself, and is not left in the file."""
    path = folder / "rotated.mp4"
    media.ffmpeg("-display_rotation", "90", "-i", str(ntsc), "-map", "0:v", "-map", "0:a", "-c", "copy", str(path))
    file = tmp_path / "clip.mp4"
    made = cut(media.recording(path, NTSC), path, Span(start=2, end=3), media.clearance(), LIMITS, file)
    upright = np.rot90(media.pictures(file, (media.HEIGHT, media.WIDTH))[0], -1)

    assert (made.width, made.height) == (media.HEIGHT, media.WIDTH)
    assert media.read_number(upright) == 59
    assert "displaymatrix" not in media.described(file)


@pytest.mark.parametrize(
    ("size", "expected"),
    [((321, 181), (320, 180)), ((1920, 1080), (1280, 720)), ((606, 1080), (404, 720))],
)
def test_sizes_are_even_and_at_most_720_high(
    folder: Path, tmp_path: Path, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    """An odd size loses a pixel; a tall picture is scaled down, in proportion."""
    path = folder / f"{size[0]}.mp4"
    frames = (media.numbered(number, *size) for number in range(25))
    encoded = ("-vf", "format=yuv444p", "-pix_fmt", "yuv444p", "-c:v", "libx264", "-preset", "ultrafast")
    media.make(path, frames, "25", [folder / "tones.wav"], *encoded, "-t", "1", size=size)
    file = tmp_path / "clip.mp4"
    made = cut(media.recording(path), path, Span(start=0.2, end=0.8), media.clearance(), LIMITS, file)

    assert expected == (made.width, made.height)
    assert list(range(5, 20)) == [media.read_number(frame) for frame in media.pictures(file, expected)]


def test_a_picture_that_ends_before_the_sound_stays_on_screen(folder: Path, tmp_path: Path) -> None:
    """The last frame is held until the cut's end."""
    path = folder / "short-picture.mp4"
    frames = (media.numbered(number) for number in range(50))
    media.make(path, frames, "25", [folder / "tones.wav"], *GOP, "-t", "4")
    file = make(media.recording(path), path, 1, 3, tmp_path)
    (tmp_path / "after").mkdir()
    after = make(media.recording(path), path, 2.5, 3.5, tmp_path / "after")

    assert [*range(25, 50), *[49] * 25] == media.numbers(file)
    assert [49] * 25 == media.numbers(after)


def test_a_recording_without_sound_is_refused(ntsc: Path, tmp_path: Path) -> None:
    """A clip without voices answers nothing."""
    with pytest.raises(RefusedMedia, match="n'a pas de son"):
        make(media.recording(ntsc, NTSC, streams_=0), ntsc, 1, 2, tmp_path)


def test_a_cut_beyond_the_recording_fails(ntsc: Path, tmp_path: Path) -> None:
    """Where there is no picture, no clip is made up."""
    with pytest.raises(RefusedMedia, match="abîmé à l'endroit d'un extrait"):
        make(media.recording(ntsc, NTSC), ntsc, 45, 47, tmp_path)


def test_a_damaged_recording_is_refused(tmp_path: Path) -> None:
    """What cannot be opened is told in French."""
    path = tmp_path / "x.mp4"
    path.write_bytes(b"no media")

    with pytest.raises(RefusedMedia, match="ne peut plus être lue"):
        make(media.recording(path), path, 1, 2, tmp_path)


def test_the_size_limit_is_kept(ntsc: Path, tmp_path: Path) -> None:
    """A file over the limit stops the cut."""
    limits = MediaLimits(max_output_bytes=4096)

    with pytest.raises(StorageFull):
        cut(media.recording(ntsc, NTSC), ntsc, Span(start=1, end=9), media.clearance(), limits, tmp_path / "clip.mp4")


def test_a_cut_needs_a_clearance_to_show_faces(ntsc: Path, tmp_path: Path) -> None:
    """A clearance for less opens no media."""
    narrow = media.clearance(Purpose.PUBLISH)

    with pytest.raises(PermissionError, match="show_face"):
        cut(media.recording(ntsc, NTSC), ntsc, Span(start=1, end=2), narrow, LIMITS, tmp_path / "clip.mp4")
    assert not (tmp_path / "clip.mp4").exists()

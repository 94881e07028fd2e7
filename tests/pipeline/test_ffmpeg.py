"""The door to ffmpeg: whitelists, limits, and nothing left running."""

import ast
import errno
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import pipeline.ffmpeg
from demo.cast import Variant
from pipeline import ffmpeg
from pipeline.errors import FfmpegFailed, FfmpegStopped, StorageFull
from pipeline.settings import MediaLimits
from tests.conftest import SmallMeeting

ROOT = Path(pipeline.ffmpeg.__file__).parents[1]


@pytest.fixture
def meeting(small_meeting: SmallMeeting) -> Path:
    return small_meeting(Variant.PLAIN) / "rencontre.mp4"


def test_nothing_else_starts_ffmpeg() -> None:
    """Only the door runs ffmpeg, in the product and in the demo: nobody else names its executable's package."""
    outside = []
    for folder in ("consent", "pipeline", "flows", "videotheque", "demo"):
        for path in (ROOT / folder).rglob("*.py"):
            tree = ast.parse(path.read_text("utf-8"))
            imported = {
                alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
            } | {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
            if "imageio_ffmpeg" in imported:
                outside.append(path.relative_to(ROOT).as_posix())

    assert outside == ["pipeline/ffmpeg.py"]


def test_a_playlist_leads_nowhere(meeting: Path, tmp_path: Path) -> None:
    """A playlist that names another recording is not followed, whatever its name."""
    for name in ("liste.m3u8", "liste.mp4"):
        path = tmp_path / name
        path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{meeting}\n#EXT-X-ENDLIST\n")

        with pytest.raises(FfmpegFailed, match="traitement vidéo a échoué"):
            ffmpeg.run(ffmpeg.source(path).output(str(tmp_path / "out.mp4")), MediaLimits())


def test_the_time_limit_kills_the_process_and_says_so(meeting: Path, tmp_path: Path) -> None:
    """Past its time, ffmpeg and whatever it started are gone when the error is raised."""
    endless = ffmpeg.source(meeting, stream_loop=-1, re=None).output("-", f="null")
    before = _children()

    with pytest.raises(FfmpegFailed, match=r"VIDEOTHEQUE_MEDIA__FFMPEG_TIMEOUT_S"):
        ffmpeg.run(endless, MediaLimits(), timeout_s=0.5)

    assert _children() == before
    assert not list(tmp_path.iterdir())


def test_the_time_limit_kills_what_ffmpeg_started(
    meeting: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that the program started itself does not survive the time limit either."""
    number = tmp_path / "pid"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\nsleep 600 &\necho $! > {number}.part && mv {number}.part {number}\nwait\n")
    program.chmod(0o755)
    monkeypatch.setattr(ffmpeg, "executable", lambda: str(program))

    with pytest.raises(FfmpegStopped):
        ffmpeg.run(ffmpeg.source(meeting).output("-", f="null"), MediaLimits(), timeout_s=2)

    assert _is_gone(int(number.read_text()))


def _is_gone(pid: int) -> bool:
    """Whether a process killed just now ends; until its new parent takes note of it, it has no command line."""
    command = Path(f"/proc/{pid}/cmdline")
    give_up = time.monotonic() + 10
    while time.monotonic() < give_up:
        with suppress(FileNotFoundError, ProcessLookupError):
            if command.read_bytes():
                time.sleep(0.05)
                continue
        return True
    return False


def test_the_size_limit_is_a_full_disk(meeting: Path, tmp_path: Path) -> None:
    """Beyond the written bytes allowed, the error is that of a full disk."""
    node = ffmpeg.source(meeting).output(str(tmp_path / "out.wav"))

    with pytest.raises(StorageFull, match="MAX_OUTPUT_BYTES"):
        ffmpeg.run(node, MediaLimits(max_output_bytes=51200))


def test_a_full_device_is_a_full_disk(meeting: Path) -> None:
    """The "no space left" of ffmpeg itself becomes the same French sentence."""
    if not Path("/dev/full").exists():
        raise OSError(errno.ENOENT, "this test needs /dev/full, which Linux has")

    with pytest.raises(StorageFull, match="plus de place"):
        ffmpeg.run(ffmpeg.source(meeting).output("/dev/full", f="wav"), MediaLimits())


def test_the_memory_limit_stops_ffmpeg(meeting: Path, tmp_path: Path) -> None:
    """With too little memory ffmpeg fails; it does not take the machine with it."""
    node = ffmpeg.source(meeting).output(str(tmp_path / "out.mp4"), vf="scale=7680:4320")

    with pytest.raises(FfmpegFailed):
        ffmpeg.run(node, MediaLimits(ffmpeg_memory_bytes=200 * 1024**2))


def test_an_error_in_the_feed_is_raised_and_leaves_nothing(tmp_path: Path) -> None:
    """What the caller's frames raise reaches the caller; no process and no thread is left."""
    before = _children()

    def frames() -> Iterator[bytes]:
        yield b"\x00" * 320 * 180 * 3
        raise ValueError("no more frames")

    node = ffmpeg.pipe(f="rawvideo", pix_fmt="rgb24", s="320x180", r=25).output("-", f="null")

    with pytest.raises(ValueError, match="no more frames"):
        ffmpeg.run(node, MediaLimits(), feed=frames())
    assert _children() == before
    assert not [thread for thread in threading.enumerate() if thread.name == "ffmpeg-feed"]
    assert not list(tmp_path.iterdir())


def _children() -> set[str]:
    listing = subprocess.run(
        ["ps", "-eo", "ppid=,pid=,comm="], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    return {line for line in listing if "ffmpeg" in line and line.split()[0] == str(os.getpid())}

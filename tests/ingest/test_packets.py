"""Packets: the time limit of reading in our own process, and the pace of pictures."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from demo.cast import Variant
from pipeline import ffmpeg
from pipeline.errors import FfmpegStopped, RefusedMedia
from pipeline.ingest.packets import read_packets
from pipeline.settings import MediaLimits
from tests.conftest import SmallMeeting

LIMITS = MediaLimits()


def test_reading_packets_has_a_deadline(small_meeting: SmallMeeting) -> None:
    """Past the time limit the reading stops, and the setting is named, however fast each packet comes."""
    path = small_meeting(Variant.PLAIN) / "rencontre.mp4"

    with (
        ffmpeg.opened(path, LIMITS) as container,
        pytest.raises(FfmpegStopped, match="VIDEOTHEQUE_MEDIA__FFMPEG_TIMEOUT_S"),
    ):
        read_packets(container, "l'enregistrement", MediaLimits(ffmpeg_timeout_s=1e-9))


def test_too_many_pictures_are_refused(small_meeting: SmallMeeting) -> None:
    """What our memory holds of a file is bounded: a thousand pictures a second of the longest recording."""
    path = small_meeting(Variant.PLAIN) / "rencontre.mp4"

    with ffmpeg.opened(path, LIMITS) as container, pytest.raises(RefusedMedia, match="trop d'images"):
        read_packets(container, "l'enregistrement", MediaLimits(max_duration_s=0.1))


@pytest.mark.parametrize(("rate", "dropped", "variable"), [("30000/1001", 0, False), ("25", 0, False), ("50", 2, True)])
def test_the_pace_is_the_streams_own_where_regular(tmp_path: Path, rate: str, dropped: int, variable: bool) -> None:
    """B-frames come out of order and Matroska rounds to milliseconds: regular all the same; holes are not."""
    path = tmp_path / "r.mkv"
    keep = f"select='gte(mod(n,10),{dropped})'"
    source = ["-f", "lavfi", "-i", f"testsrc2=s=320x180:r={rate}:d=8", "-vf", keep, "-fps_mode", "passthrough"]
    command = [ffmpeg.executable(), "-hide_banner", "-loglevel", "error", *source, "-c:v", "libx264", "-bf", "3"]
    subprocess.run([*command, str(path)], check=True)

    with ffmpeg.opened(path, LIMITS) as container:
        packets = read_packets(container, "l'enregistrement", LIMITS)

    assert packets.pace is not None
    assert variable is packets.pace.variable
    assert np.isclose(float(Fraction(rate)) * (1 - dropped / 10), float(packets.pace.rate), rtol=0.08)
    assert variable or Fraction(rate) == packets.pace.rate

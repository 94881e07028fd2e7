"""What the packets of a file say of its times: when it starts and ends, and how its pictures follow one another.

Takes an opened container, reads it to its end without decoding anything, within a time limit; gives
:class:`Packets`. Memory stays flat: of each packet, at most one number of 8 bytes is kept.
"""

from __future__ import annotations

import time
from array import array
from fractions import Fraction

import av
import av.error
import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray

from consent.records import Frozen
from pipeline.errors import RefusedMedia
from pipeline.ffmpeg import out_of_time
from pipeline.records import FrameRate
from pipeline.settings import MediaLimits

MOST_FRAMES_PER_S = 1000
"""Containers count in milliseconds: more frames than that, over the longest recording allowed, is an attack on our
memory (115 MB at most with the usual limit of four hours)."""


class Pace(Frozen):
    """How pictures follow one another: the rate, and whether it varies."""

    rate: FrameRate
    variable: bool


class Packets(Frozen):
    """First and last instant of the file in seconds, on its own clock; the pace where it has two pictures."""

    start: float
    end: float
    pace: Pace | None

    @property
    def duration(self) -> float:
        """From the first instant to the last, in seconds."""
        return self.end - self.start


def picture_of(container: InputContainer) -> VideoStream | None:
    """The first video stream that is no cover picture."""
    for stream in container.streams.video:
        if not stream.disposition & av.stream.Disposition.attached_pic:
            return stream
    return None


def read_packets(container: InputContainer, what: str, limits: MediaLimits) -> Packets:
    """Demultiplex a whole file.

    Args:
        container: just opened.
        what: the file as the operator reads it, « l'enregistrement » for example.
        limits: the time allowed, and the longest recording.

    Raises:
        RefusedMedia: unreadable before its end, without one picture or sound, or with absurdly many pictures.
        FfmpegStopped: the time limit was passed.
    """
    picture = picture_of(container)
    deadline = time.monotonic() + limits.ffmpeg_timeout_s
    start, end, times = float("inf"), float("-inf"), array("d")
    try:
        for packet in container.demux():
            if time.monotonic() > deadline:
                raise out_of_time(limits.ffmpeg_timeout_s)
            if packet.pts is None or packet.time_base is None or packet.stream.type not in ("audio", "video"):
                continue
            at = float(packet.pts * packet.time_base)
            start, end = min(start, at), max(end, at + float((packet.duration or 0) * packet.time_base))
            if picture is not None and packet.stream.index == picture.index:
                times.append(at)
                if len(times) > MOST_FRAMES_PER_S * limits.max_duration_s:
                    raise RefusedMedia(f"Le fichier de {what} contient trop d'images ; exportez-le de nouveau.")
    except av.error.ExitError:
        raise
    except av.error.FFmpegError as error:
        raise RefusedMedia(f"Le fichier de {what} est illisible avant sa fin ; exportez-le de nouveau.") from error
    if start > end:
        raise RefusedMedia(f"Le fichier de {what} ne contient ni image ni son lisibles ; exportez-le de nouveau.")
    stated = (picture.average_rate or picture.guessed_rate) if picture is not None else None
    return Packets(start=start, end=end, pace=_pace(np.frombuffer(times), stated))


def _pace(times: NDArray[np.float64], stated: Fraction | None) -> Pace | None:
    """The pace of pictures shown at ``times`` (seconds, in any order): the stream's own rate where regular."""
    if len(times) < 2 or times.min() == times.max():
        return None
    gaps = np.diff(np.sort(times))
    usual = float(np.median(gaps))
    # Container clocks round times to 1 ms (Matroska): closer than that is the same gap.
    odd = int(np.count_nonzero(np.abs(gaps - usual) > max(0.0015, 0.1 * usual)))
    measured = Fraction(len(gaps) / float(gaps.sum())).limit_denominator(1001)
    variable = odd > 0.01 * len(gaps)
    if variable or stated is None or abs(float(stated) - float(measured)) > 0.02 * float(measured):
        return Pace(rate=measured, variable=variable)
    return Pace(rate=Fraction(stated), variable=False)

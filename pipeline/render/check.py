"""Believe nothing of a clip before it was read back: its streams, frames, lengths, metadata, and where it began.

Takes the file that ffmpeg wrote and what ffmpeg said of the first source frame it decoded; gives the size of the
picture, or the error that keeps the clip from being published.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av.error
from av.container import InputContainer

from consent.records import Frozen
from pipeline.errors import FfmpegFailed, RefusedMedia
from pipeline.ffmpeg import opened
from pipeline.settings import MediaLimits

SLACK_S = Fraction(1, 1000)
"""Both tracks last what was asked to the sample; the muxer rounds their lengths to a millisecond."""

_PLAIN_METADATA = {"major_brand", "minor_version", "compatible_brands", "language", "handler_name", "vendor_id"}
"""What the MP4 muxer always writes; anything else would come from the recording."""

_PLAIN_HANDLERS = {"VideoHandler", "SoundHandler"}


class Size(Frozen):
    """Pixels of a picture."""

    width: int
    height: int


def check_clip(file: Path, frames: int, rate: Fraction, limits: MediaLimits) -> Size:
    """Read the clip back, without decoding it; return the size of its picture.

    Raises:
        FfmpegFailed: it is not one picture and one sound of the asked length, or holds foreign metadata.
    """
    try:
        with opened(file, limits) as container:
            return _checked(container, frames, rate)
    except (av.error.FFmpegError, OSError, IndexError) as error:
        raise _wrong(f"illisible ({error})") from error


def check_first_frame(framecrc: bytes, seek: float, latest: float) -> None:
    """Refuse a reading that began too late: its clip would show what comes after the cut in the cut's place.

    Args:
        framecrc: ffmpeg's ``framecrc`` of the first frame that it decoded; without a frame nothing is checked.
        seek: seconds of the recording at which ffmpeg's time is 0.
        latest: seconds of the recording at which the first frame must have appeared.

    Raises:
        RefusedMedia: the first frame is later.
    """
    base, first = Fraction(1), None
    for line in framecrc.decode("ascii", "replace").splitlines():
        if line.startswith("#tb 0:"):
            base = Fraction(line.partition(":")[2].strip())
        elif line and not line.startswith("#"):
            first = int(line.split(",")[2]) * base
            break
    if first is not None and seek + float(first) > latest:
        raise RefusedMedia(
            "L'enregistrement ne peut pas être lu à l'instant où un extrait commence (son index est faux ou absent) "
            "; convertissez-le en MP4, puis relancez."
        )


def _checked(container: InputContainer, frames: int, rate: Fraction) -> Size:
    kinds = sorted(stream.type for stream in container.streams)
    if kinds != ["audio", "video"]:
        raise _wrong(f"pistes {', '.join(kinds)}")
    foreign = _foreign_metadata(container)
    if foreign:
        raise _wrong(f"métadonnées {', '.join(sorted(foreign))}")
    picture, sound = container.streams.video[0], container.streams.audio[0]
    counted = sum(packet.size > 0 for packet in container.demux(picture))
    if counted != frames:
        raise _wrong(f"{counted} images au lieu de {frames}")
    asked = frames / rate
    for stream in (picture, sound):
        if stream.start_time:
            raise _wrong(f"début à {stream.start_time} et non à 0")
        lasted = (stream.duration or 0) * (stream.time_base or Fraction(0))
        if abs(lasted - asked) > SLACK_S:
            raise _wrong(f"{float(lasted):.3f} s au lieu de {float(asked):.3f} s")
    return Size(width=picture.width, height=picture.height)


def _foreign_metadata(container: InputContainer) -> set[str]:
    found = set(container.metadata) - _PLAIN_METADATA
    for stream in container.streams:
        found |= set(stream.metadata) - _PLAIN_METADATA
        if stream.metadata.get("handler_name", "VideoHandler") not in _PLAIN_HANDLERS:
            found.add("handler_name")
    if container.chapters():
        found.add("chapters")
    return found


def _wrong(detail: str) -> FfmpegFailed:
    return FfmpegFailed(
        "Un extrait n'a pas la forme demandée après le montage, il n'est pas gardé ; relancez, et si cela se répète, "
        "exportez l'enregistrement de nouveau.",
        detail,
    )

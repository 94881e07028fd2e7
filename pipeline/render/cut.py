"""Cut one clip of a recording into an MP4 that holds the cut and nothing else.

Takes a recording and a span; gives the file and a :class:`Cut` that says what was really cut. Everything is
re-encoded: a stream copy starts at a key frame and hides, but ships, the seconds before the cut. The reading
starts at the key frame before the cut and the graph samples the picture on a grid that begins at the cut, so
that the first frame is the one on screen at that instant; the sound is trimmed to the sample before it is
resampled. The file is read back before it is believed.
"""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.container
import av.error
import ffmpeg

from consent.clearance import Clearance
from consent.records import Frozen, Purpose, Span
from pipeline.errors import FfmpegFailed, RefusedMedia
from pipeline.ffmpeg import INPUT_OPTIONS, run, source
from pipeline.records import FrameRate, MediaInfo, Recording, TrackOrigin
from pipeline.settings import MediaLimits

CRF = 23
"""Quality of the picture: libx264's default; at ``veryfast`` a talking head stays clean."""

PRESET = "veryfast"
"""The plain transcode that the cost of a cut is compared with."""

MAX_HEIGHT = 720
"""Taller recordings are scaled down: clips are watched in a page, often on a telephone."""

SAMPLE_RATE = 48_000
AUDIO_BITRATE = "96k"
"""Mono AAC: speech is transparent well below."""

KEY_FRAME_S = 2
"""A search lands on the second that answers: a player decodes from the key frame before it."""

FALLBACK_RATE = Fraction(25)
"""Frame rate of a clip whose recording has none: the European one."""

THREADS = 4
"""x264's bytes depend on its number of threads: a fixed one makes a cut the same on every machine."""

LEAD_S = 0.25
"""How far before the cut the reading starts at least: AAC and Opus need up to 80 ms to settle after a seek."""

TICK_S = 0.001
"""WebM writes whole milliseconds: two instants closer than that are the same one."""

FADE_S = 0.005
"""Cuts lie in silence; a fade this short keeps its noise from clicking, and hides the half tick of a WebM."""

SLACK_S = Fraction(1, 1000)
"""Both tracks last what was asked to the sample; the muxer rounds their lengths to a millisecond."""

BITEXACT = "+bitexact"
SEI_NAL = 6
"""H.264 unit in which x264 writes its name and options."""

_PLAIN_METADATA = {"major_brand", "minor_version", "compatible_brands", "language", "handler_name", "vendor_id"}
"""What the MP4 muxer always writes; anything else would come from the recording."""

_PLAIN_HANDLERS = {"VideoHandler", "SoundHandler"}


class Cut(Frozen):
    """What was cut. ``start`` is the instant of the recording at which the file's time 0 is.

    It is the start of the frame on screen at the asked instant: up to one frame before it (and then below
    zero where the picture's grid begins inside the recording's first frame).
    """

    start: float
    frames: int
    frame_rate: FrameRate
    width: int
    height: int

    @property
    def duration(self) -> float:
        """Length of the file in seconds."""
        return float(self.frames / self.frame_rate)


def cut(recording: Recording, span: Span, clearance: Clearance, limits: MediaLimits, file: Path) -> Cut:
    """Write the clip of ``span`` (seconds from the recording's start) as an MP4.

    The picture has ``round(duration × rate)`` frames, the recording's own rate where it is constant and 25
    where it is not. The sound is mono, silent outside the span.

    Raises:
        PermissionError: the clearance is not for publishing this recording.
        RefusedMedia: the recording has no sound, cannot be opened, or the span is shorter than one frame.
        FfmpegFailed: ffmpeg failed, or what it wrote is not what was asked.
        StorageFull: no room for the file.
    """
    clearance.require(recording.id, Purpose.PUBLISH, Purpose.SHOW_FACE, Purpose.ORIGINAL_VOICE)
    path = Path(recording.source)
    media = recording.media
    if not media.audio_streams:
        raise RefusedMedia(
            "L'enregistrement n'a pas de son, on ne peut pas en tirer d'extrait ; exportez-le avec le son."
        )
    rate = FALLBACK_RATE if media.variable_frame_rate else media.frame_rate
    frames = round(span.duration * rate)
    if frames < 1:
        raise RefusedMedia("Un extrait est plus court qu'une image ; allongez-le.")
    start = _frame_start(span.start, media, _picture_offset(path))
    run(_graph(recording, span, start, frames, rate, file), limits)
    width, height = _check(file, frames, rate)
    return Cut(start=start, frames=frames, frame_rate=rate, width=width, height=height)


def _picture_offset(path: Path) -> Fraction:
    """Seconds between the recording's start (its first stream's) and its picture's first frame."""
    try:
        with av.open(f"file:{path}", options=INPUT_OPTIONS) as container:
            picture = container.streams.video[0]
            if picture.start_time is None or picture.time_base is None:
                return Fraction(0)
            return picture.start_time * picture.time_base - Fraction(container.start_time or 0, av.time_base)
    except (av.error.FFmpegError, OSError, IndexError) as error:
        raise RefusedMedia(
            "L'image de l'enregistrement ne peut plus être lue ; vérifiez le fichier, puis relancez."
        ) from error


def _frame_start(asked: float, media: MediaInfo, offset: Fraction) -> float:
    """When the frame on screen at ``asked`` appeared; ``asked`` itself, in whole ticks, without a grid."""
    if media.variable_frame_rate:
        return math.floor(asked / TICK_S + 0.5) * TICK_S
    elapsed = (asked + TICK_S / 2 - float(offset)) * float(media.frame_rate)
    return float(offset + math.floor(elapsed) / media.frame_rate)


def _graph(recording: Recording, span: Span, start: float, frames: int, rate: Fraction, file: Path) -> Any:
    # Without accurate_seek every frame since the key frame reaches the graph, those before the cut with their
    # true times: the one on screen at the cut is among them, even where it appeared seconds before.
    seek = max(0.0, start - LEAD_S)
    read = source(Path(recording.source), ss=f"{seek:.6f}", noaccurate_seek=None)
    nearest = "up" if recording.media.variable_frame_rate else "near"
    picture = _picture(read["v:0"], start - seek, frames, rate, nearest)
    sound = _sound(_voices(read, recording), span, start, seek, frames / rate)
    return ffmpeg.output(
        picture,
        sound,
        f"file:{file}",
        **{
            "c:v": "libx264",
            "preset": PRESET,
            "crf": CRF,
            "threads:v": THREADS,
            "g": round(KEY_FRAME_S * rate) or 1,
            "flags:v": BITEXACT,
            "bsf:v": f"filter_units=remove_types={SEI_NAL}",
            "c:a": "aac",
            "b:a": AUDIO_BITRATE,
            "flags:a": BITEXACT,
            "map_metadata": -1,
            "map_chapters": -1,
            "metadata:s:v:0": "encoder=",  # else the muxer writes the encoder's name, bitexact or not
            "fflags": BITEXACT,
            "movflags": "+faststart",
            "f": "mp4",
        },
    )


def _picture(stream: Any, start: float, frames: int, rate: Fraction, rounding: str) -> Any:
    # "near" forgives the jitter of a constant rate; "up" never shows a frame before its time, but for a tick.
    begin = start + (TICK_S / 2 if rounding == "up" else 0)
    stream = stream.filter("fps", fps=f"{rate.numerator}/{rate.denominator}", start_time=f"{begin:.6f}", round=rounding)
    # The picture may end before the sound: its last frame stays on screen, as a player does.
    stream = stream.filter("tpad", stop=-1, stop_mode="clone").filter("setpts", "N")
    # Not -frames:v, whose end drops the last packet of the sound.
    stream = stream.filter("trim", end_frame=frames)
    # 0.001 forgives the division: 1279.9999 must not become 1278. Pixels become square, sizes even; where
    # nothing changes, the filter hands the frame on untouched.
    ratio = f"min(1,{MAX_HEIGHT}/ih)"
    width = f"max(2,2*trunc(iw*if(sar,sar,1)*{ratio}/2+0.001))"
    height = f"max(2,2*trunc(ih*{ratio}/2+0.001))"
    stream = stream.filter("scale", w=width, h=height).filter("setsar", sar=1)
    return stream.filter("format", pix_fmts="yuv420p", color_ranges="tv")


def _voices(read: Any, recording: Recording) -> Any:
    """The sound in which everybody is heard: the first stream, or the streams of one person each, mixed."""
    count = recording.media.audio_streams
    own = sum(track.origin is TrackOrigin.OWN_STREAM for track in recording.tracks)
    if count > 1 and own == count:
        return ffmpeg.filter([read[f"a:{index}"] for index in range(count)], "amix", inputs=count)
    return read["a:0"]


def _sound(stream: Any, span: Span, start: float, seek: float, duration: Fraction) -> Any:
    # Trimmed first, at the recording's own sampling: a resampler or an encoder that saw what surrounds the
    # cut would smear some of it inside. The silence in front is the part of the first frame before the span.
    samples = round(duration * SAMPLE_RATE)
    lead = max(0, round((span.start - start) * SAMPLE_RATE))
    stream = stream.filter("atrim", start=f"{span.start - seek:.6f}", end=f"{span.end - seek:.6f}")
    stream = stream.filter("asetpts", f"PTS-({span.start - seek:.6f})/TB")
    fade = min(FADE_S, span.duration / 2)
    stream = stream.filter("afade", type="in", start_time=0, duration=fade)
    stream = stream.filter("afade", type="out", start_time=f"{span.duration - fade:.6f}", duration=fade)
    # rematrix_maxval: half of each side, so that a voice on both does not clip.
    mono = {"async": 1, "first_pts": 0, "rematrix_maxval": 1, "out_chlayout": "mono", "out_sample_fmt": "fltp"}
    stream = stream.filter("aresample", SAMPLE_RATE, **mono)
    stream = stream.filter("adelay", f"{lead}S")
    return stream.filter("apad", whole_len=samples).filter("atrim", end_sample=samples)


def _check(file: Path, frames: int, rate: Fraction) -> tuple[int, int]:
    """Read the clip back, without decoding it; return its width and height."""
    try:
        with av.open(f"file:{file}", options=INPUT_OPTIONS) as container:
            return _checked(container, frames, rate)
    except (av.error.FFmpegError, OSError, IndexError) as error:
        raise _wrong(f"illisible ({error})") from error


def _checked(container: av.container.InputContainer, frames: int, rate: Fraction) -> tuple[int, int]:
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
    return picture.width, picture.height


def _foreign_metadata(container: av.container.InputContainer) -> set[str]:
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

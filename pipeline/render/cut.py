"""Cut one clip of a recording into an MP4 that holds the cut and nothing else.

Takes a recording, its file and a span; gives the clip and a :class:`Cut` that says what was really cut.
Everything is re-encoded: a stream copy starts at a key frame and hides, but ships, the seconds before the cut.
The reading starts at the key frame before the cut and the graph samples the picture on a grid that begins at the
cut, so that the first frame is the one on screen at that instant; the sound is trimmed to the sample before it is
resampled. A decoding error stops the cut, and the clip is read back before it is believed.
"""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
import ffmpeg

from consent.clearance import Clearance
from consent.records import Frozen, Purpose, Span
from pipeline.errors import FfmpegFailed, FfmpegStopped, RefusedMedia
from pipeline.ffmpeg import Completed, opened, run
from pipeline.ffmpeg import source as read_from
from pipeline.records import FrameRate, MediaInfo, Recording, TrackOrigin
from pipeline.render.check import check_clip, check_first_frame
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

THREADS = 2
"""x264's bytes depend on its number of threads: a fixed one makes a cut the same on every machine. Six clips of
the bench's meeting took 10.0 s of CPU with two threads, 11.3 s with four, and no longer on two cores."""

LEAD_S = 0.25
"""How far before the cut the reading starts at least: AAC and Opus need up to 80 ms to settle after a seek."""

TICK_S = 0.001
"""WebM writes whole milliseconds: two instants closer than that are the same one."""

FADE_S = 0.005
"""Cuts lie in silence; a fade this short keeps its noise from clicking, and hides the half tick of a WebM."""

BITEXACT = "+bitexact"
SEI_NAL = 6
"""H.264 unit in which x264 writes its name and options."""


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


class _Reading(Frozen):
    """How the recording is read for a clip, in seconds of the recording.

    ``begin`` is where the clip's picture begins, ``offset`` when the recording's own picture does; ``seek`` is where
    the reading starts, None for the file's first packet.
    """

    begin: float
    offset: float
    seek: float | None
    frames: int
    rate: FrameRate

    @property
    def zero(self) -> float:
        """The instant that ffmpeg calls 0."""
        return self.seek or 0.0


def cut(recording: Recording, source: Path, span: Span, clearance: Clearance, limits: MediaLimits, file: Path) -> Cut:
    """Write the clip of ``span`` (seconds from the recording's start) as an MP4.

    The picture has ``round(duration × rate)`` frames, the recording's own rate where it is constant and 25
    where it is not. The sound is mono, silent outside the span.

    Args:
        recording: what ingest found in ``source``.
        source: the recording's file.
        span: what to cut.
        clearance: for publishing this recording.
        limits: of time, memory and size, for this clip.
        file: where to write it.

    Raises:
        PermissionError: the clearance is not for publishing this recording.
        RefusedMedia: the recording has no sound, cannot be opened, decoded or searched there, or the span is
            shorter than one frame.
        FfmpegFailed: what ffmpeg wrote is not what was asked.
        FfmpegStopped: a limit of time or memory was reached.
        StorageFull: no room for the file.
    """
    clearance.require(recording.id, Purpose.PUBLISH, Purpose.SHOW_FACE, Purpose.ORIGINAL_VOICE)
    media = recording.media
    if not media.audio_streams:
        raise RefusedMedia(
            "L'enregistrement n'a pas de son, on ne peut pas en tirer d'extrait ; exportez-le avec le son."
        )
    rate = FALLBACK_RATE if media.variable_frame_rate else media.frame_rate
    frames = round(span.duration * rate)
    if frames < 1:
        raise RefusedMedia("Un extrait est plus court qu'une image ; allongez-le.")
    offset = _picture_offset(source, limits)
    begin = _frame_start(span.start, media, offset)
    reading = _Reading(begin=begin, offset=float(offset), seek=_seek(begin, offset), frames=frames, rate=rate)
    done = _decoded(_graph(recording, source, span, reading, file), limits)
    # A constant rate may jitter by half a frame; elsewhere an instant is exact to a tick. Before the recording's own
    # picture begins, there is none to wait for.
    slack = TICK_S if media.variable_frame_rate else float(1 / rate) / 2
    check_first_frame(done.output, reading.zero, max(begin, reading.offset) + slack)
    size = check_clip(file, frames, rate, limits)
    return Cut(start=begin, frames=frames, frame_rate=rate, width=size.width, height=size.height)


def _decoded(graph: Any, limits: MediaLimits) -> Completed:
    """Run the graph, a decoding error being fatal: else the last good picture would stay on screen, in silence.

    Not ``err_detect=explode``, which also takes the pictures that no player shows after a seek into an open group
    of pictures for damage; ffmpeg already fails on a frame that its decoder calls corrupt.
    """
    try:
        return run(graph.global_args("-xerror"), limits)
    except FfmpegStopped:  # a limit of ours says nothing of the file
        raise
    except FfmpegFailed as error:
        raise RefusedMedia(
            "L'enregistrement est abîmé à l'endroit d'un extrait, qui ne peut pas être monté ; copiez ou exportez "
            "l'enregistrement de nouveau."
        ) from error


def _picture_offset(path: Path, limits: MediaLimits) -> Fraction:
    """Seconds between the recording's start (its first stream's) and its picture's first frame."""
    try:
        with opened(path, limits) as container:
            picture = container.streams.video[0]
            if picture.start_time is None or picture.time_base is None:
                return Fraction(0)
            return picture.start_time * picture.time_base - Fraction(container.start_time or 0, av.time_base)
    except (av.error.FFmpegError, OSError, IndexError) as error:
        raise RefusedMedia(
            "L'image de l'enregistrement ne peut plus être lue ; vérifiez le fichier, puis relancez."
        ) from error


def _seek(begin: float, offset: Fraction) -> float | None:
    """Where to start reading; None for the file's start where the picture has no key frame before.

    A seek follows the picture: with a camera that joins late, seeking before it lands on its first frame, and what
    was said until then would be lost.
    """
    seek = begin - LEAD_S
    return seek if seek > max(0.0, float(offset)) else None


def _frame_start(asked: float, media: MediaInfo, offset: Fraction) -> float:
    """When the frame on screen at ``asked`` appeared; ``asked`` itself, in whole ticks, without a grid."""
    if media.variable_frame_rate:
        return math.floor(asked / TICK_S + 0.5) * TICK_S
    elapsed = (asked + TICK_S / 2 - float(offset)) * float(media.frame_rate)
    return float(offset + math.floor(elapsed) / media.frame_rate)


def _graph(recording: Recording, source: Path, span: Span, reading: _Reading, file: Path) -> Any:
    # Without accurate_seek every frame since the key frame reaches the graph, those before the cut with their
    # true times: the one on screen at the cut is among them, even where it appeared seconds before.
    options = {} if reading.seek is None else {"ss": f"{reading.seek:.6f}", "noaccurate_seek": None}
    read = read_from(source, **options)
    decoded = read["v:0"].filter_multi_output("split")
    picture = _picture(decoded[0], reading, "up" if recording.media.variable_frame_rate else "near")
    if span.end <= reading.offset:  # nobody's picture yet: the first one is after the cut, and is not shown
        picture = picture.filter("drawbox", color="black", t="fill")
    sound = _mixed(read, _voices(recording), span, reading)
    clip = ffmpeg.output(
        picture,
        sound,
        f"file:{file}",
        **{
            "c:v": "libx264",
            "preset": PRESET,
            "crf": CRF,
            "threads:v": THREADS,
            "g": round(KEY_FRAME_S * reading.rate) or 1,
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
    first = decoded[1].filter("trim", end_frame=1)
    told = ffmpeg.output(first, "pipe:1", f="framecrc", fps_mode="passthrough", enc_time_base="1:1000000")
    return ffmpeg.merge_outputs(clip, told)


def _picture(stream: Any, reading: _Reading, rounding: str) -> Any:
    # "near" forgives the jitter of a constant rate; "up" never shows a frame before its time, but for a tick.
    begin = reading.begin - reading.zero + (TICK_S / 2 if rounding == "up" else 0)
    rate = f"{reading.rate.numerator}/{reading.rate.denominator}"
    # The picture may end before the sound, and even before the cut: its last frame stays on screen, as a player
    # does. Before the rate is set, for that filter drops whatever comes before the cut.
    stream = stream.filter("tpad", stop=-1, stop_mode="clone")
    stream = stream.filter("fps", fps=rate, start_time=f"{begin:.6f}", round=rounding).filter("setpts", "N")
    # Not -frames:v, whose end drops the last packet of the sound.
    stream = stream.filter("trim", end_frame=reading.frames)
    # 0.001 forgives the division: 1279.9999 must not become 1278. Pixels become square, sizes even; where
    # nothing changes, the filter hands the frame on untouched.
    ratio = f"min(1,{MAX_HEIGHT}/ih)"
    width = f"max(2,2*trunc(iw*if(sar,sar,1)*{ratio}/2+0.001))"
    height = f"max(2,2*trunc(ih*{ratio}/2+0.001))"
    stream = stream.filter("scale", w=width, h=height).filter("setsar", sar=1)
    return stream.filter("format", pix_fmts="yuv420p", color_ranges="tv")


def _voices(recording: Recording) -> list[int]:
    """The streams in which everybody is heard: the recording's, or those that people declared.

    Where people declared theirs, a first stream that is nobody's is the platform's own mix, and other ones (music, a
    translation) are left out. Where nobody did, all are heard, as they were transcribed.
    """
    declared = sorted({track.stream for track in recording.tracks if track.origin is TrackOrigin.OWN_STREAM})
    if not declared:
        return list(range(recording.media.audio_streams))
    return declared if declared[0] == 0 else [0]


def _mixed(read: Any, streams: list[int], span: Span, reading: _Reading) -> Any:
    # Each stream on the cut's clock first: the mixer puts what comes first together, whenever it was heard.
    sounds = [_sound(read[f"a:{stream}"], span, reading) for stream in streams]
    return sounds[0] if len(sounds) == 1 else ffmpeg.filter(sounds, "amix", inputs=len(sounds))


def _sound(stream: Any, span: Span, reading: _Reading) -> Any:
    # Trimmed first, at the recording's own sampling: a resampler or an encoder that saw what surrounds the
    # cut would smear some of it inside. The silence in front is the part of the first frame before the span.
    samples = round(reading.frames / reading.rate * SAMPLE_RATE)
    lead = max(0, round((span.start - reading.begin) * SAMPLE_RATE))
    first, last = f"{span.start - reading.zero:.6f}", f"{span.end - reading.zero:.6f}"
    stream = stream.filter("atrim", start=first, end=last).filter("asetpts", f"PTS-({first})/TB")
    fade = min(FADE_S, span.duration / 2)
    stream = stream.filter("afade", type="in", start_time=0, duration=fade)
    stream = stream.filter("afade", type="out", start_time=f"{span.duration - fade:.6f}", duration=fade)
    # rematrix_maxval: half of each side, so that a voice on both does not clip.
    mono = {"async": 1, "first_pts": 0, "rematrix_maxval": 1, "out_chlayout": "mono", "out_sample_fmt": "fltp"}
    stream = stream.filter("aresample", SAMPLE_RATE, **mono)
    stream = stream.filter("adelay", f"{lead}S")
    return stream.filter("apad", whole_len=samples).filter("atrim", end_sample=samples)

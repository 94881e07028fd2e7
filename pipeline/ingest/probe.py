"""Find out what a media file really holds, by reading all of it; refuse what is broken, hostile or too big.

Headers lie (a truncated faststart MP4 opens fine and claims its full length), so the duration comes from the
packets and the file is read to its end twice: by PyAV for the times, by ffmpeg with errors made fatal.
"""

from __future__ import annotations

import hashlib
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from statistics import median

import av
import ffmpeg as ffmpeg_python
from av.container import InputContainer
from av.video.stream import VideoStream

from consent.clearance import Clearance
from consent.records import Frozen, Purpose
from pipeline import ffmpeg
from pipeline.errors import FfmpegFailed, RefusedMedia
from pipeline.records import MediaInfo
from pipeline.settings import MediaLimits

_HASH_BLOCK_BYTES = 1024 * 1024
_MISSING_SECONDS, _MISSING_SHARE = 2.0, 0.02
"""A file whose packets end this much before what its header promises was cut short."""

_TRUNCATED = ("partial file", "ended prematurely", "moov atom not found", "Truncat", "truncat")
"""What ffmpeg prints, at error level, of a file that stops before its end (it may still exit with 0)."""

_DISGUISES = (
    (b"#EXTM3U", "une liste de lecture"),
    (b"ffconcat", "une liste de fichiers à assembler"),
    (b"<svg", "une image SVG"),
    (b"<?xml", "un document XML"),
    (b"<!DOCTYPE", "une page web"),
    (b"<html", "une page web"),
)


class Packets(Frozen):
    """What the packets of one stream say: first and last instant in seconds, and the video frames' times."""

    start: float
    end: float
    times: tuple[float, ...] = ()


def fingerprint(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_HASH_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def probe_recording(path: Path, clearance: Clearance, limits: MediaLimits, sha256: str) -> MediaInfo:
    """Read a whole recording and describe it.

    Raises:
        RefusedMedia: empty, no container we accept, no picture, no sound, cut short, or beyond a limit.
    """
    clearance.require(clearance.recording_id, Purpose.TRANSCRIBE)
    size = _checked_size(path, limits)
    with _opened(path) as container:
        video = _picture(container)
        audio_streams = len(container.streams.audio)
        if video is None:
            raise RefusedMedia(
                f"« {path.name} » n'a pas d'image ; donnez l'enregistrement vidéo (un son seul ne suffit pas)."
            )
        if not audio_streams:
            raise RefusedMedia(f"« {path.name} » n'a pas de son ; vérifiez l'export de l'enregistrement.")
        promised = _promised_duration(container)
        _check_duration(path, promised, limits)
        packets = _read_packets(path, container)
        rate, width, height = video.average_rate or video.guessed_rate, video.width, video.height
        name, picture_index = container.format.name, video.index
    first = min(one.start for one in packets.values())
    duration = max(one.end for one in packets.values()) - first
    _check_duration(path, duration, limits)
    _check_complete(path, promised, duration)
    _strict_read(path, limits)
    times = packets[picture_index].times if picture_index in packets else ()
    if len(times) < 2 or width <= 0 or height <= 0:
        raise RefusedMedia(f"« {path.name} » ne contient aucune image lisible ; exportez l'enregistrement de nouveau.")
    variable, exact_rate = _frame_rate(times, rate)
    return MediaInfo(
        sha256=sha256,
        size_bytes=size,
        container=name,
        duration=duration,
        width=width,
        height=height,
        frame_rate=exact_rate,
        variable_frame_rate=variable,
        audio_streams=audio_streams,
    )


def probe_track(path: Path, clearance: Clearance, limits: MediaLimits) -> None:
    """Check a participant's own audio file as strictly as a recording.

    Raises:
        RefusedMedia: empty, no container we accept, no sound, cut short, or beyond a limit.
    """
    clearance.require(clearance.recording_id, Purpose.TRANSCRIBE)
    _checked_size(path, limits)
    with _opened(path) as container:
        if not container.streams.audio:
            raise RefusedMedia(f"La piste « {path.name} » n'a pas de son ; vérifiez l'export de la piste.")
        promised = _promised_duration(container)
        _check_duration(path, promised, limits)
        packets = _read_packets(path, container)
    duration = max(one.end for one in packets.values()) - min(one.start for one in packets.values())
    _check_duration(path, duration, limits)
    _check_complete(path, promised, duration)
    _strict_read(path, limits)


def audio_channels(path: Path, stream: int) -> int:
    """How many channels an audio stream (0 is the first) has; 0 where there is no such stream."""
    with _opened(path) as container:
        streams = container.streams.audio
        return int(streams[stream].codec_context.channels) if stream < len(streams) else 0


def _checked_size(path: Path, limits: MediaLimits) -> int:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise RefusedMedia(
            f"« {path.name} » ne peut pas être lu ({error.strerror}) ; vérifiez que le fichier est là et ses droits."
        ) from error
    if size == 0:
        raise RefusedMedia(f"« {path.name} » est vide (0 octet) ; copiez de nouveau l'enregistrement.")
    if size > limits.max_size_bytes:
        raise RefusedMedia(
            f"« {path.name} » pèse {size / 1024**3:.1f} Gio, plus que la limite de "
            f"{limits.max_size_bytes / 1024**3:.1f} Gio ; exportez-le plus léger ou augmentez "
            "VIDEOTHEQUE_MEDIA__MAX_SIZE_BYTES."
        )
    return size


def _opened(path: Path) -> InputContainer:
    try:
        return av.open(f"file:{path}", options=dict(ffmpeg.INPUT_OPTIONS))
    except (av.error.FFmpegError, ValueError) as error:
        raise RefusedMedia(_why_unreadable(path)) from error


def _why_unreadable(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(1024).lstrip(b"\xef\xbb\xbf \t\r\n")
    for sign, what in _DISGUISES:
        if head.lower().startswith(sign.lower()):
            return f"« {path.name} » n'est pas une vidéo mais {what} ; donnez l'enregistrement lui-même."
    if head[4:8] == b"ftyp":
        return f"« {path.name} » est tronqué ou abîmé (son index manque) ; copiez ou exportez-le de nouveau."
    return (
        f"« {path.name} » n'est pas dans un format accepté (MP4, MOV, MKV, WebM, AVI, MPEG-TS…) ou son début "
        "est abîmé ; exportez l'enregistrement de nouveau."
    )


def _picture(container: InputContainer) -> VideoStream | None:
    """The first video stream that is no cover picture."""
    for stream in container.streams.video:
        if not stream.disposition & av.stream.Disposition.attached_pic:
            return stream
    return None


def _promised_duration(container: InputContainer) -> float | None:
    return container.duration / av.time_base if container.duration else None


def _check_duration(path: Path, duration: float | None, limits: MediaLimits) -> None:
    if duration is not None and duration > limits.max_duration_s:
        raise RefusedMedia(
            f"« {path.name} » dure {duration / 60:.0f} min, plus que la limite de {limits.max_duration_s / 60:.0f} "
            "min ; coupez-le ou augmentez VIDEOTHEQUE_MEDIA__MAX_DURATION_S."
        )


def _check_complete(path: Path, promised: float | None, found: float) -> None:
    if promised is not None and found < promised - max(_MISSING_SECONDS, _MISSING_SHARE * promised):
        raise RefusedMedia(
            f"« {path.name} » est tronqué : il annonce {promised:.0f} s et n'en contient que {found:.0f} ; "
            "copiez ou exportez-le de nouveau."
        )


def _read_packets(path: Path, container: InputContainer) -> dict[int, Packets]:
    """Demultiplex the whole file; the times of every stream that has any."""
    starts: dict[int, float] = {}
    ends: dict[int, float] = {}
    times: dict[int, list[float]] = {}
    picture = _picture(container)
    try:
        for packet in container.demux():
            if packet.pts is None or packet.time_base is None or packet.stream.type not in ("audio", "video"):
                continue
            at = float(packet.pts * packet.time_base)
            end = at + float((packet.duration or 0) * packet.time_base)
            index = packet.stream.index
            starts[index] = min(starts.get(index, at), at)
            ends[index] = max(ends.get(index, end), end)
            if picture is not None and index == picture.index:
                times.setdefault(index, []).append(at)
    except av.error.FFmpegError as error:
        raise RefusedMedia(
            f"« {path.name} » est illisible avant sa fin ; copiez ou exportez l'enregistrement de nouveau."
        ) from error
    if not starts:
        raise RefusedMedia(f"« {path.name} » ne contient ni image ni son lisibles ; exportez-le de nouveau.")
    return {
        index: Packets(start=starts[index], end=ends[index], times=tuple(sorted(times.get(index, ()))))
        for index in starts
    }


def _strict_read(path: Path, limits: MediaLimits) -> None:
    """Read every packet with ffmpeg, its errors fatal; refuse a file that stops before its end."""
    everything = ffmpeg.source(path, err_detect="explode")
    node = ffmpeg_python.output(everything, "-", f="null", c="copy", map="0:a").global_args("-xerror", "-map", "0:v?")
    try:
        messages = ffmpeg.run(node, limits).messages
    except FfmpegFailed as error:
        messages = error.detail or str(error)
        if not any(sign in messages for sign in _TRUNCATED):
            raise RefusedMedia(
                f"« {path.name} » est abîmé : sa lecture complète échoue ; copiez ou exportez-le de nouveau."
            ) from error
    if any(sign in messages for sign in _TRUNCATED):
        raise RefusedMedia(
            f"« {path.name} » est tronqué : il s'arrête avant sa fin ; copiez ou exportez-le de nouveau."
        )


def _frame_rate(times: tuple[float, ...], average: Fraction | None) -> tuple[bool, Fraction]:
    """Whether frames come irregularly, and the rate: the stream's own when regular, else frames ÷ time."""
    gaps = [later - earlier for earlier, later in pairwise(times)]
    usual = median(gaps)
    # Container clocks round times to 1 ms (Matroska): closer than that is the same gap.
    odd = sum(abs(gap - usual) > max(0.0015, 0.1 * usual) for gap in gaps)
    measured = Fraction(len(gaps) / (times[-1] - times[0])).limit_denominator(1001)
    variable = odd > 0.01 * len(gaps)
    if variable or average is None or abs(float(average) - float(measured)) > 0.02 * float(measured):
        return variable, measured
    return False, Fraction(average)

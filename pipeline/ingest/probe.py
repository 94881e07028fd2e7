"""Find out what a media file really holds, by reading all of it; refuse what is broken, hostile or too big.

Headers lie (a truncated faststart MP4 opens fine and claims its full length), so the duration comes from the
packets and the file is read to its end twice: by PyAV for the times, by ffmpeg with errors made fatal. The
sentences never name a file: operators name files after people, and reports are kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import av.error
import ffmpeg as ffmpeg_python
from av.container import InputContainer

from consent.clearance import Clearance
from consent.records import Purpose, RecordingId
from pipeline import ffmpeg
from pipeline.errors import FfmpegFailed, FfmpegStopped, RefusedMedia, UnreadableFile
from pipeline.ingest.packets import Packets, picture_of, read_packets
from pipeline.records import MediaInfo
from pipeline.settings import MediaLimits

RECORDING = "l'enregistrement"
"""How sentences call the recording, after « Le fichier de »."""

_MISSING_SECONDS, _MISSING_SHARE = 2.0, 0.02
"""A file whose packets end this much before what its header promises was cut short."""

_GUESSED = frozenset({"aac", "mp3"})
"""Formats without a length of their own: ffmpeg guesses one from the first packets' bit rate."""

_END_TIMES = frozenset({"matroska,webm"})
"""Formats whose promise is the instant of the end, on a clock that may not start at 0."""

_UNTIMED = frozenset({"avi"})
"""Formats whose packets have no time of their own: where some are lost, all that follows is heard too early."""

_TRUNCATED = (
    "partial file",
    "ended prematurely",
    "moov atom not found",
    "Truncat",
    "truncat",
    "corrupt input packet",  # one that the end of the file cut short
)
"""What ffmpeg prints, at error level, of a file that stops before its end (it may still exit with 0)."""

_DAMAGED = ("invalid as first byte of an EBML number",)
"""What it prints of a Matroska with a hole, which it steps over, and exits with 0."""

_DISGUISES = (
    (b"#EXTM3U", "une liste de lecture"),
    (b"ffconcat", "une liste de fichiers à assembler"),
    (b"<svg", "une image SVG"),
    (b"<?xml", "un document XML"),
    (b"<!DOCTYPE", "une page web"),
    (b"<html", "une page web"),
)


def fingerprint(path: Path, recording_id: RecordingId, clearance: Clearance) -> str:
    """SHA-256 of a file of a meeting, in hexadecimal. Any clearance for that meeting will do.

    Raises:
        PermissionError: the clearance is for another recording.
        OSError: the file cannot be read.
    """
    clearance.require(recording_id)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def probe_recording(
    path: Path, recording_id: RecordingId, clearance: Clearance, limits: MediaLimits, sha256: str
) -> MediaInfo:
    """Read a whole recording and describe it.

    Raises:
        RefusedMedia: empty, no container we accept, no picture, no sound, cut short, or beyond a limit.
        UnreadableFile: it cannot be opened now.
        FfmpegStopped: reading it passed a limit of time or memory.
    """
    clearance.require(recording_id, Purpose.TRANSCRIBE)
    size = _checked_size(path, RECORDING, limits)
    with _opened(path, RECORDING, limits) as container:
        video = picture_of(container)
        if video is None:
            raise RefusedMedia(
                "L'enregistrement n'a pas d'image ; donnez l'enregistrement vidéo (un son seul ne suffit pas)."
            )
        audio_streams = len(container.streams.audio)
        if not audio_streams:
            raise RefusedMedia("L'enregistrement n'a pas de son ; vérifiez l'export de l'enregistrement.")
        packets = _checked_packets(container, RECORDING, limits)
        width, height, name = video.width, video.height, container.format.name
    _strict_read(path, RECORDING, limits, decode_picture=name in _UNTIMED)
    if packets.pace is None or width <= 0 or height <= 0:
        raise RefusedMedia("L'enregistrement ne contient aucune image lisible ; exportez-le de nouveau.")
    return MediaInfo(
        sha256=sha256,
        size_bytes=size,
        container=name,
        duration=packets.duration,
        width=width,
        height=height,
        frame_rate=packets.pace.rate,
        variable_frame_rate=packets.pace.variable,
        audio_streams=audio_streams,
    )


def probe_track(path: Path, what: str, recording_id: RecordingId, clearance: Clearance, limits: MediaLimits) -> None:
    """Check a participant's own audio file as strictly as a recording. ``what``: « la piste du jeune ».

    Raises:
        RefusedMedia: empty, no container we accept, no sound, cut short, or beyond a limit.
        UnreadableFile: it cannot be opened now.
        FfmpegStopped: reading it passed a limit of time or memory.
    """
    clearance.require(recording_id, Purpose.TRANSCRIBE)
    _checked_size(path, what, limits)
    with _opened(path, what, limits) as container:
        if not container.streams.audio:
            raise RefusedMedia(f"Le fichier de {what} n'a pas de son ; vérifiez l'export de la piste.")
        _checked_packets(container, what, limits)
    _strict_read(path, what, limits)


def audio_channels(
    path: Path, stream: int, recording_id: RecordingId, clearance: Clearance, limits: MediaLimits
) -> int:
    """How many channels an audio stream of the recording (0 is the first) has; 0 where there is none.

    Raises:
        RefusedMedia: no container we accept.
        FfmpegStopped: opening it passed the time limit.
    """
    clearance.require(recording_id, Purpose.TRANSCRIBE)
    with _opened(path, RECORDING, limits) as container:
        streams = container.streams.audio
        return int(streams[stream].codec_context.channels) if stream < len(streams) else 0


def audio_titles(path: Path, recording_id: RecordingId, clearance: Clearance, limits: MediaLimits) -> tuple[str, ...]:
    """The title of each audio stream of the recording, as the tool that wrote it named it; empty where it did not.

    Raises:
        RefusedMedia: no container we accept.
        FfmpegStopped: opening it passed the time limit.
    """
    clearance.require(recording_id, Purpose.TRANSCRIBE)
    with _opened(path, RECORDING, limits) as container:
        named = [stream.metadata for stream in container.streams.audio]
    # MP4 keeps what a person wrote in the handler's name, Matroska in the title.
    return tuple(one.get("title") or one.get("handler_name") or "" for one in named)


def _checked_size(path: Path, what: str, limits: MediaLimits) -> int:
    try:
        with path.open("rb"):  # the rights, which a size does not tell
            size = path.stat().st_size
    except OSError as error:
        raise _unreadable(what, error) from error
    if size == 0:
        raise RefusedMedia(f"Le fichier de {what} est vide (0 octet) ; copiez-le de nouveau.")
    if size > limits.max_size_bytes:
        raise RefusedMedia(
            f"Le fichier de {what} pèse {size / 1024**3:.1f} Gio, plus que la limite de "
            f"{limits.max_size_bytes / 1024**3:.1f} Gio ; exportez-le plus léger ou augmentez "
            "VIDEOTHEQUE_MEDIA__MAX_SIZE_BYTES."
        )
    return size


def _unreadable(what: str, error: OSError) -> UnreadableFile:
    # Not a refusal, which would last: rights, a disk or a network folder are mended without the file changing.
    return UnreadableFile(
        f"Le fichier de {what} ne peut pas être lu ({error.strerror}) ; vérifiez qu'il est là et ses droits, puis "
        "relancez."
    )


@contextmanager
def _opened(path: Path, what: str, limits: MediaLimits) -> Iterator[InputContainer]:
    try:
        with ffmpeg.opened(path, limits) as container:
            yield container
    except av.error.FFmpegError as error:
        raise RefusedMedia(_why_unreadable(path, what)) from error


def _why_unreadable(path: Path, what: str) -> str:
    try:
        with path.open("rb") as file:
            head = file.read(1024).lstrip(b"\xef\xbb\xbf \t\r\n")
    except OSError as error:
        raise _unreadable(what, error) from error
    for sign, disguise in _DISGUISES:
        if head.lower().startswith(sign.lower()):
            return f"Le fichier de {what} n'est pas un média mais {disguise} ; donnez l'enregistrement lui-même."
    if head[4:8] == b"ftyp":
        return f"Le fichier de {what} est tronqué ou abîmé (son index manque) ; copiez ou exportez-le de nouveau."
    return (
        f"Le fichier de {what} n'est pas dans un format accepté (MP4, MOV, MKV, WebM, AVI…) ou son début est abîmé ; "
        "exportez-le de nouveau."
    )


def _checked_packets(container: InputContainer, what: str, limits: MediaLimits) -> Packets:
    """Read all the packets; refuse a file that lasts too long, or less than its header promises."""
    name = container.format.name
    promised = container.duration / av.time_base if container.duration and name not in _GUESSED else None
    packets = read_packets(container, what, limits)
    if packets.duration > limits.max_duration_s:
        raise RefusedMedia(
            f"Le fichier de {what} dure {packets.duration / 60:.0f} min, plus que la limite de "
            f"{limits.max_duration_s / 60:.0f} min ; coupez-le ou augmentez VIDEOTHEQUE_MEDIA__MAX_DURATION_S."
        )
    found = packets.end if name in _END_TIMES else packets.duration
    if promised is not None and found < promised - max(_MISSING_SECONDS, _MISSING_SHARE * promised):
        raise RefusedMedia(
            f"Le fichier de {what} est tronqué : il annonce {promised:.0f} s et n'en contient que {found:.0f} ; "
            "copiez ou exportez-le de nouveau."
        )
    return packets


def _strict_read(path: Path, what: str, limits: MediaLimits, *, decode_picture: bool = False) -> None:
    """Read every packet with ffmpeg, its errors fatal; refuse a file that stops before its end.

    Nothing is decoded here as a rule. The sound is decoded strictly when the tracks are extracted, and sound is
    interleaved with the picture: a hole in the file shows there. The picture is decoded by the cuts, which stop at
    an error too: decoding all of it takes thirty times what the sound takes (measured at 720p), and key frames
    alone would say nothing of the many seconds between them. But a hole in an AVI only makes packets disappear,
    and is seen by decoding the picture alone.
    """
    everything = ffmpeg.source(path, err_detect="explode")
    codec = {"c:a" if decode_picture else "c": "copy"}
    node = ffmpeg_python.output(everything["a"], everything["v?"], "-", f="null", **codec).global_args("-xerror")
    failure: FfmpegFailed | None = None
    try:
        messages = ffmpeg.run(node, limits).messages
    except FfmpegStopped:  # a limit of ours says nothing of the file
        raise
    except FfmpegFailed as error:
        failure, messages = error, error.detail
    if any(sign in messages for sign in _TRUNCATED):
        raise RefusedMedia(
            f"Le fichier de {what} est tronqué : il s'arrête avant sa fin ; copiez ou exportez-le de nouveau."
        ) from failure
    if failure is not None or any(sign in messages for sign in _DAMAGED):
        raise RefusedMedia(
            f"Le fichier de {what} est abîmé : sa lecture complète échoue ; copiez ou exportez-le de nouveau."
        ) from failure

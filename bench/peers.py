"""What the product is compared with: bare ffmpeg commands, as somebody would type them.

Takes the recording and the cuts; gives argument lists. No whitelist, no limit, no check, no frame grid.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from consent.records import Span
from pipeline import ffmpeg

EXTRACTION = "one ffmpeg: -map 0:a:0 -af pan=mono|c0=cN -ar 16000 -c:a pcm_s16le, once for each side of the stereo"
TRANSCODE = (
    "one ffmpeg: the same spans as seeked inputs, joined by the concat filter, -c:v libx264 -preset veryfast -crf 23 "
    "-c:a aac -b:a 96k -ac 1 -ar 48000"
)
"""Seeked inputs: exactly the seconds of the clips are decoded and encoded, and nothing is paid for those between
them. Mono at 48 kHz because the clips are: encoding two channels would make the peer look dearer."""

_QUIET = ("-hide_banner", "-nostdin", "-loglevel", "error", "-y")


def extraction(recording: Path, into: Path) -> list[str]:
    """Both sides of a stereo recording as 16 kHz mono 16-bit WAV."""
    command = [ffmpeg.executable(), *_QUIET, "-i", str(recording)]
    for side in (0, 1):
        out = str(into / f"side-{side}.wav")
        command += ["-map", "0:a:0", "-af", f"pan=mono|c0=c{side}", "-ar", "16000", "-c:a", "pcm_s16le", out]
    return command


def transcode(recording: Path, spans: Sequence[Span], out: Path) -> list[str]:
    """One plain transcode of ``spans`` (seconds from the recording's start), one after the other."""
    command = [ffmpeg.executable(), *_QUIET]
    for span in spans:
        command += ["-ss", f"{span.start:.6f}", "-t", f"{span.duration:.6f}", "-i", str(recording)]
    inputs = "".join(f"[{number}:v:0][{number}:a:0]" for number in range(len(spans)))
    joined = f"{inputs}concat=n={len(spans)}:v=1:a=1[v][a]"
    video = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-pix_fmt", "yuv420p")
    sound = ("-c:a", "aac", "-b:a", "96k", "-ac", "1", "-ar", "48000")
    return [*command, "-filter_complex", joined, "-map", "[v]", "-map", "[a]", *video, *sound, str(out)]

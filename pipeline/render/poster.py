"""Choose a clip's poster: of a few frames spread over it, the sharpest that is neither black nor flat.

Takes a rendered clip, gives a small JPEG. Sharpness is the variance of the Laplacian of the luminance
(Pech-Pacheco et al., 2000), measured at one fixed width so that noise and size count the same everywhere.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import av
import av.error
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from consent.clearance import Clearance
from consent.records import Frozen, Purpose, RecordingId
from pipeline.errors import FfmpegFailed
from pipeline.ffmpeg import INPUT_OPTIONS
from pipeline.outputs import write_synced

CANDIDATES = 8
"""Enough for one to be good in a minute of two people talking; each costs the decoding of about a second."""

MAX_WIDTH = 640
MAX_BYTES = 60_000
"""A page shows twenty posters: together they stay near a megabyte."""

MEASURED_WIDTH = 320
BLACK_BELOW = 24.0
"""Mean grey level (0-255) under which a frame reads as black: a lit room is above 40, a fade ends under 10."""

FLAT_BELOW = 6.0
"""Standard deviation of the grey level under which a frame is a plain card or a lens cover."""

QUALITIES = (85, 75, 65, 50, 35, 20)


class _Candidate(Frozen):
    shows_something: bool
    sharpness: float
    jpeg: bytes


def write_poster(recording_id: RecordingId, clearance: Clearance, clip: Path, file: Path) -> None:
    """Write the best frame of ``clip`` (a file of ours) as a JPEG: width at most 640, no metadata.

    A clip that is black throughout still gets its least bad frame.

    Raises:
        PermissionError: the clearance is not for showing this recording.
        FfmpegFailed: the clip cannot be decoded.
        StorageFull: no room for the file.
    """
    clearance.require(recording_id, Purpose.PUBLISH, Purpose.SHOW_FACE)
    try:
        best = max(map(_candidate, _frames(clip)), key=lambda one: (one.shows_something, one.sharpness))
    except (av.error.FFmpegError, ValueError) as error:  # ValueError: not one frame, max() of nothing
        raise FfmpegFailed(
            "Un extrait ne peut pas être relu pour en tirer une image ; relancez.", str(error)
        ) from error
    write_synced(file, best.jpeg)


def _frames(clip: Path) -> Iterator[Image.Image]:
    """Frames at the middle of eight equal parts of the clip."""
    with av.open(f"file:{clip}", options=INPUT_OPTIONS) as container:
        picture = container.streams.video[0]
        length = (picture.duration or 0) * (picture.time_base or 0)
        for index in range(CANDIDATES):
            wanted = float(length) * (index + 0.5) / CANDIDATES
            container.seek(int(wanted * av.time_base))
            last = None
            for last in container.decode(picture):
                if last.time is not None and last.time >= wanted:
                    break
            if last is not None:
                yield Image.fromarray(last.to_ndarray(format="rgb24"))


def _candidate(image: Image.Image) -> _Candidate:
    grey = luminance(image)
    lit = float(grey.mean()) >= BLACK_BELOW and float(grey.std()) >= FLAT_BELOW
    return _Candidate(shows_something=lit, sharpness=sharpness(grey), jpeg=_jpeg(image))


def luminance(image: Image.Image) -> NDArray[np.float32]:
    """Grey levels 0-255, ``(height, 320)`` float32, whatever the image's size."""
    height = max(3, round(image.height * MEASURED_WIDTH / image.width))
    small = image.convert("L").resize((MEASURED_WIDTH, height), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float32)


def sharpness(grey: NDArray[np.float32]) -> float:
    """Variance of the Laplacian of grey levels; near 0 for a blurred or an even image."""
    centre = grey[1:-1, 1:-1]
    laplacian = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * centre
    return float(laplacian.var())


def _jpeg(image: Image.Image) -> bytes:
    if image.width > MAX_WIDTH:
        size = (MAX_WIDTH, max(1, round(image.height * MAX_WIDTH / image.width)))
        image = image.resize(size, Image.Resampling.LANCZOS)
    content = b""
    for quality in QUALITIES:
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=quality, optimize=True)
        content = buffer.getvalue()
        if len(content) <= MAX_BYTES:
            break
    return content

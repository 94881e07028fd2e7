"""Rules of pipeline.render.poster."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from consent.records import Purpose
from pipeline.errors import FfmpegFailed
from pipeline.render.poster import BLACK_BELOW, MAX_BYTES, luminance, sharpness, write_poster
from tests.render import media


def clip(folder: Path, frames: list[NDArray[np.uint8]], size: tuple[int, int] = (media.WIDTH, media.HEIGHT)) -> Path:
    path = folder / "clip.mp4"
    media.make(path, frames, "25", [], "-c:v", "libx264", "-preset", "ultrafast", "-g", "50", size=size)
    return path


def blurred(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(frame).filter(ImageFilter.GaussianBlur(6)))


def poster(path: Path) -> Image.Image:
    file = path.with_suffix(".jpg")
    write_poster(media.RECORDING, media.clearance(), path, file)
    return Image.open(io.BytesIO(file.read_bytes()))


def test_a_black_start_is_not_the_poster(tmp_path: Path) -> None:
    """With its first third black, the clip is shown by one of the other frames."""
    black = np.full((media.HEIGHT, media.WIDTH), 16, np.uint8)
    frames = [black if number < 100 else media.numbered(number) for number in range(300)]
    image = poster(clip(tmp_path, frames))

    assert luminance(image).mean() > 2 * BLACK_BELOW
    assert media.read_number(np.asarray(image.convert("L"))) >= 100


def test_the_sharp_frame_is_chosen_among_blurred_ones(tmp_path: Path) -> None:
    """Only the sixth eighth of the clip is in focus: the poster comes from there."""
    frames = [media.numbered(number) for number in range(200)]
    frames = [frame if 125 <= number < 150 else blurred(frame) for number, frame in enumerate(frames)]

    assert media.read_number(np.asarray(poster(clip(tmp_path, frames)).convert("L"))) in range(125, 150)


def test_a_plain_card_is_not_the_poster(tmp_path: Path) -> None:
    """A blurred face beats an even grey, and beats the noise of a covered lens."""
    noise = np.random.default_rng(7).integers(10, 40, (media.HEIGHT, media.WIDTH), dtype=np.uint8)
    frames = [noise if number < 100 else blurred(media.numbered(number)) for number in range(200)]

    assert luminance(poster(clip(tmp_path, frames))).mean() > 60


def test_a_clip_black_throughout_still_has_a_poster(tmp_path: Path) -> None:
    """The least bad frame is written."""
    black = np.full((media.HEIGHT, media.WIDTH), 16, np.uint8)

    assert poster(clip(tmp_path, [black] * 30)).size == (media.WIDTH, media.HEIGHT)


def test_a_poster_is_small_and_says_nothing_else(tmp_path: Path) -> None:
    """At most 640 wide and 60 kB, even for a picture full of detail; no EXIF, no comment."""
    noise = np.random.default_rng(7).integers(0, 255, (720, 1280), dtype=np.uint8)
    path = clip(tmp_path, [noise] * 10, (1280, 720))
    image = poster(path)

    assert image.size == (640, 360)
    assert path.with_suffix(".jpg").stat().st_size <= MAX_BYTES
    assert image.format == "JPEG"
    assert {"jfif", "jfif_version", "jfif_unit", "jfif_density"} >= set(image.info)
    assert not image.getexif()


def test_sharpness_falls_with_blur() -> None:
    """The measure orders the same picture by its focus."""
    frame = Image.fromarray(media.numbered(1234))
    measured = [sharpness(luminance(frame.filter(ImageFilter.GaussianBlur(radius)))) for radius in (0, 1, 3, 9)]

    assert sorted(measured, reverse=True) == measured
    assert measured[0] > 10 * measured[-1]


def test_a_poster_needs_a_clearance(tmp_path: Path) -> None:
    """Showing a face is asked for by name."""
    with pytest.raises(PermissionError, match="show_face"):
        write_poster(media.RECORDING, media.clearance(Purpose.PUBLISH), tmp_path / "x.mp4", tmp_path / "x.jpg")


def test_what_is_no_video_is_told(tmp_path: Path) -> None:
    """A file that cannot be decoded fails with a sentence."""
    (tmp_path / "x.mp4").write_bytes(b"no media")

    with pytest.raises(FfmpegFailed, match="ne peut pas être relu"):
        write_poster(media.RECORDING, media.clearance(), tmp_path / "x.mp4", tmp_path / "x.jpg")

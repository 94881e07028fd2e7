"""The strip: a picture tells its number, or is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from demo import strip


def _drawn(number: int, width: int = 640, height: int = 360) -> NDArray[np.uint8]:
    image = np.full((height, width), 120, np.uint8)
    rows = round(height * strip.SHARE)
    image[-rows:] = np.repeat(np.where(strip.bits(number), 220, 60), width // strip.SQUARES)
    return image


@given(st.integers(0, 2**17 - 1), st.sampled_from([(640, 360), (320, 180), (1280, 720)]))
def test_a_number_is_read_back_at_any_size(number: int, size: tuple[int, int]) -> None:
    """What was written is read, from luma as from RGB."""
    image = _drawn(number, *size)

    assert strip.read_frame_number(image) == number
    assert strip.read_frame_number(np.stack([image] * 3, axis=2)) == number


@pytest.mark.parametrize("level", [0, 60, 220, 255])
def test_a_picture_without_a_strip_is_refused(level: int) -> None:
    """A black, dark, light or white edge is no number."""
    with pytest.raises(ValueError, match="no frame number"):
        strip.read_frame_number(np.full((360, 640), level, np.uint8))


@given(st.integers(0, 2**17 - 1), st.integers(0, strip.SQUARES - 1))
def test_a_misread_square_is_noticed(number: int, square: int) -> None:
    """One wrong square never gives another number."""
    image = _drawn(number)
    side = 640 // strip.SQUARES
    wrong = image[-16:, square * side : (square + 1) * side]
    wrong[:] = np.where(wrong > 128, 60, 220)

    with pytest.raises(ValueError, match="no frame number"):
        strip.read_frame_number(image)


@pytest.mark.parametrize("number", [-1, 2**17])
def test_a_number_without_room_is_refused(number: int) -> None:
    """A number that the strip cannot hold is never cut short."""
    with pytest.raises(ValueError, match="no room"):
        strip.bits(number)

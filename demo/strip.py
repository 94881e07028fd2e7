"""The machine-readable strip: each picture carries its number along its bottom edge.

Twenty squares over the whole width, light for 1 and dark for 0, most significant first: seventeen bits of the
frame number, then three bits of control. It survives H.264, VP8 and a change of size, so a test can prove that
a cut is exact to the frame; a picture without a strip is refused, not misread.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SQUARES = 20
"""Squares of the strip: 32 × 16 pixels each in a 640 × 360 picture."""

SHARE = 16 / 360
"""Height of the strip, as a share of the picture's."""

_NUMBER_BITS = 17  # 131 072 pictures: 87 minutes at 25 a second
_CONTROL_BITS = SQUARES - _NUMBER_BITS
_CONTROL_START = 5  # so that neither an all-dark nor an all-light edge is a valid number
_MIDDLE = 128


def bits(number: int) -> NDArray[np.bool_]:
    """The squares of a frame number, shape (20,).

    Raises:
        ValueError: the number is negative or above 131 071.
    """
    if not 0 <= number < 1 << _NUMBER_BITS:
        raise ValueError(f"no room in the strip for {number}")
    coded = (number << _CONTROL_BITS) | _control(number)
    return np.array([coded >> place & 1 for place in reversed(range(SQUARES))], dtype=bool)


def read_frame_number(image: NDArray[np.uint8]) -> int:
    """The number that a picture carries.

    Args:
        image: uint8, RGB ``(height, width, 3)`` or luma ``(height, width)``; any size down to 160 × 90.

    Raises:
        ValueError: the bottom edge is no strip, or cannot be read safely.
    """
    height, width = image.shape[:2]
    # The middle half of each square: its edges are blurred by the codec.
    top, bottom = round(height * (1 - 0.75 * SHARE)), round(height * (1 - 0.25 * SHARE))
    edge = image[top:bottom]
    luma = edge.mean(axis=2) if image.ndim == 3 else edge
    coded = 0
    for square in range(SQUARES):
        left, right = round((square + 0.25) * width / SQUARES), round((square + 0.75) * width / SQUARES)
        coded = coded << 1 | int(luma[:, left:right].mean() > _MIDDLE)
    number, control = coded >> _CONTROL_BITS, coded & ((1 << _CONTROL_BITS) - 1)
    if control != _control(number):
        raise ValueError("no frame number along the bottom edge")
    return number


def _control(number: int) -> int:
    return (number.bit_count() + _CONTROL_START) % (1 << _CONTROL_BITS)

"""The meeting's picture: two tiles side by side, 640 × 360 at 25 a second, raw yuv420p ready for ffmpeg.

Each mouth follows its own person's sound, eyes blink, clouds drift behind a window, and the strip along the
bottom numbers every picture. Everything is drawn and converted once; a picture is then a few slice copies.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from consent.records import Role
from demo import avatars, strip
from demo.avatars import Look
from demo.conversation import FRAME_RATE, Conversation
from demo.espeak import SAMPLE_RATE

WIDTH, HEIGHT = 640, 360
"""Pixels."""

LABELS = {Role.PROFESSIONAL: "Professionnel", Role.YOUNG_PERSON: "Jeune"}
"""What is written on a tile unless the meeting says otherwise (« Professionnelle »)."""

_STRIP_TOP = HEIGHT - round(HEIGHT * strip.SHARE)
_TILE_TOP = (_STRIP_TOP - avatars.HEIGHT) // 4 * 2
_TILE_LEFTS = (10, 326)  # even; ten pixels at the sides, twelve between the tiles
_DARK, _LIGHT = "#2c3950", "#e4eaf2"  # the strip's squares: lumas near 60 and 220, far from the middle
_CLOUD_PHASES = 200  # pictures until the sky repeats: 8 s, drifting a pixel every other picture
_BLINK_EVERY_S = (2.5, 5.0)
_BLINK_FRAMES = 4

Plane = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class _Planes:
    """A picture or a part of one in BT.601 video range: luma, and chroma at half size."""

    y: Plane
    u: Plane
    v: Plane


@dataclass(frozen=True, slots=True)
class _Person:
    """A tile's sprites, and which one each picture shows."""

    left: int
    tiles: tuple[tuple[_Planes, _Planes], ...]  # by mouth, then eyes open or shut
    mouths: NDArray[np.intp]
    blinks: NDArray[np.bool_]
    sky: tuple[_Planes, ...]


def frames(conversation: Conversation, looks: dict[Role, Look], labels: dict[Role, str], seed: int) -> Iterator[bytes]:
    """The pictures of a conversation, each ``640 * 360 * 3 / 2`` bytes of planar yuv420p."""
    people = [
        _person(conversation, role, looks[role], labels[role], left, seed)
        for role, left in zip(LABELS, _TILE_LEFTS, strict=True)
    ]
    canvas = np.empty(WIDTH * HEIGHT * 3 // 2, np.uint8)
    planes = _views(canvas)
    blank = _planes(np.asarray(Image.new("RGB", (WIDTH, HEIGHT), avatars.PAGE)))
    _paste(planes, blank, 0, 0)
    dark, light = (_planes(np.asarray(Image.new("RGB", (2, 2), colour))) for colour in (_DARK, _LIGHT))
    window_left, window_top, _, _ = avatars.WINDOW
    for number in range(conversation.frames):
        for person in people:
            eyes = int(person.blinks[number])
            _paste(planes, person.tiles[person.mouths[number]][eyes], person.left, _TILE_TOP)
            sky = person.sky[number % _CLOUD_PHASES]
            _paste(planes, sky, person.left + window_left, _TILE_TOP + window_top)
        _number(planes, number, dark, light)
        yield canvas.tobytes()


def _views(canvas: Plane) -> _Planes:
    luma, chroma = WIDTH * HEIGHT, WIDTH * HEIGHT // 4
    half = (HEIGHT // 2, WIDTH // 2)
    return _Planes(
        y=canvas[:luma].reshape(HEIGHT, WIDTH),
        u=canvas[luma : luma + chroma].reshape(half),
        v=canvas[luma + chroma :].reshape(half),
    )


def _paste(onto: _Planes, sprite: _Planes, left: int, top: int) -> None:
    height, width = sprite.y.shape
    onto.y[top : top + height, left : left + width] = sprite.y
    top, left, height, width = top // 2, left // 2, height // 2, width // 2
    onto.u[top : top + height, left : left + width] = sprite.u
    onto.v[top : top + height, left : left + width] = sprite.v


def _number(planes: _Planes, number: int, dark: _Planes, light: _Planes) -> None:
    squares = strip.bits(number)
    wide, half = WIDTH // strip.SQUARES, WIDTH // 2 // strip.SQUARES
    planes.y[_STRIP_TOP:] = np.repeat(np.where(squares, light.y[0, 0], dark.y[0, 0]), wide)
    planes.u[_STRIP_TOP // 2 :] = np.repeat(np.where(squares, light.u[0, 0], dark.u[0, 0]), half)
    planes.v[_STRIP_TOP // 2 :] = np.repeat(np.where(squares, light.v[0, 0], dark.v[0, 0]), half)


def _planes(rgb: Plane) -> _Planes:
    """RGB to BT.601 video range, 4:2:0 (even sizes): what players assume of a picture of this size."""
    red, green, blue = (rgb[..., channel].astype(np.float32) for channel in range(3))
    luma = 16 + (65.481 * red + 128.553 * green + 24.966 * blue) / 255
    u = 128 + (-37.797 * red - 74.203 * green + 112.0 * blue) / 255
    v = 128 + (112.0 * red - 93.786 * green - 18.214 * blue) / 255
    height, width = luma.shape

    def halved(plane: NDArray[np.float32]) -> Plane:
        small: Plane = np.round(plane.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))).astype(np.uint8)
        return small

    return _Planes(y=np.round(luma).astype(np.uint8), u=halved(u), v=halved(v))


def _person(conversation: Conversation, role: Role, look: Look, label: str, left: int, seed: int) -> _Person:
    chance = random.Random(f"{seed} {role}")
    tiles = tuple(
        (
            _planes(avatars.tile(look, label, mouth, eyes_open=True)),
            _planes(avatars.tile(look, label, mouth, eyes_open=False)),
        )
        for mouth in range(avatars.MOUTHS)
    )
    return _Person(
        left=left,
        tiles=tiles,
        mouths=mouths(conversation.track(role)),
        blinks=_blinks(conversation.frames, chance),
        sky=_sky(chance),
    )


def mouths(track: NDArray[np.float32]) -> NDArray[np.intp]:
    """Opening of the mouth in each picture, from 0 (silence) to 4, from the loudness of its own 40 ms."""
    samples = SAMPLE_RATE // FRAME_RATE
    loudness = np.sqrt(np.mean(track[: len(track) // samples * samples].reshape(-1, samples) ** 2, axis=1))
    loud = max(float(np.percentile(loudness, 95)), 1e-3)
    # Below 8 % of loud speech is the room's noise and the tails of words: a shut mouth.
    return np.where(loudness < 0.08 * loud, 0, np.clip(np.ceil(4 * loudness / loud), 1, avatars.MOUTHS - 1)).astype(
        np.intp
    )


def _blinks(count: int, chance: random.Random) -> NDArray[np.bool_]:
    shut = np.zeros(count, dtype=bool)
    at = chance.uniform(*_BLINK_EVERY_S)
    while at * FRAME_RATE < count:
        first = int(at * FRAME_RATE)
        shut[first : first + _BLINK_FRAMES] = True
        at += chance.uniform(*_BLINK_EVERY_S)
    return shut


def _sky(chance: random.Random) -> tuple[_Planes, ...]:
    """The window's panes at each phase: a strip of clouds that rolls past, then the bars over it."""
    left, top, right, bottom = avatars.WINDOW
    height, width = bottom - top, right - left
    round_trip = _CLOUD_PHASES // 2
    sky = Image.new("RGB", (3 * round_trip, height), "#bfe0f5")
    draw = ImageDraw.Draw(sky)
    for _ in range(3):
        x, y, radius = chance.randrange(round_trip), chance.randrange(14, height - 20), chance.randrange(7, 12)
        for copy in range(4):  # the strip repeats, so that its end meets its start
            for shift, rise, share in ((-1.2, 0.2, 0.75), (0, -0.2, 1), (1.2, 0.2, 0.8)):
                centre = (x + (copy - 0.5) * round_trip + shift * radius, y + rise * radius)
                draw.circle(centre, share * radius, fill="#ffffff")
    draw.rectangle((0, height - 12, sky.width, height), fill="#a9cfa4")
    clouds = np.asarray(sky.filter(ImageFilter.GaussianBlur(0.6)))
    phases = []
    for phase in range(_CLOUD_PHASES):
        first = round_trip - phase // 2
        panes = clouds[:, first : first + width].copy()
        panes[:, width // 2 - 2 : width // 2 + 2] = 255
        panes[height // 2 - 2 : height // 2 + 2] = 255
        phases.append(_planes(panes))
    return tuple(phases)

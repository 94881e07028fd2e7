"""Flat portraits: a person in a room, at any opening of the mouth, eyes open or shut.

Takes a look (skin, hair, clothes, what the job puts on the head) and gives RGB tiles. Drawn three times larger
with Pillow and reduced, so that edges are smooth; nothing here is quick, everything is drawn once per meeting.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from consent.records import Frozen

WIDTH, HEIGHT = 304, 324
"""Size of a tile in pixels, even as 4:2:0 asks."""

MOUTHS = 5
"""Openings of the mouth, from shut (0) to wide (4)."""

WINDOW = (18, 26, 92, 106)
"""Where the window's panes are: left, top, right, bottom, all even. The sky in them moves."""

_SCALE = 3
_RADIUS = 16  # of the tile's corners, in pixels
_INK = "#37363f"
_Box = tuple[float, float, float, float]


class Look(Frozen):
    """What a person looks like. Colours as ``#rrggbb``."""

    skin: str
    hair: str
    style: Literal["short", "long", "bun", "curly", "bob"]
    clothes: str
    wall: str
    collar: Literal["round", "shirt", "apron", "hood"] = "round"
    head: Literal["none", "toque", "helmet", "cap"] = "none"
    glasses: bool = False


class _Sheet:
    """A drawing in tile coordinates."""

    def __init__(self, background: str) -> None:
        self.image = Image.new("RGB", (WIDTH * _SCALE, HEIGHT * _SCALE), background)
        self._draw = ImageDraw.Draw(self.image)

    def _at(self, numbers: tuple[float, ...]) -> list[float]:
        return [number * _SCALE for number in numbers]

    def ellipse(self, x: float, y: float, rx: float, ry: float, fill: str) -> None:
        self._draw.ellipse(self._at((x - rx, y - ry, x + rx, y + ry)), fill=fill)

    def box(self, box: _Box, fill: str, radius: float = 0) -> None:
        self._draw.rounded_rectangle(self._at(box), radius * _SCALE, fill=fill)

    def arc(self, box: _Box, start: float, end: float, fill: str, width: float) -> None:
        self._draw.arc(self._at(box), start, end, fill=fill, width=round(width * _SCALE))

    def pie(self, box: _Box, start: float, end: float, fill: str) -> None:
        self._draw.pieslice(self._at(box), start, end, fill=fill)

    def line(self, points: tuple[float, ...], fill: str, width: float) -> None:
        self._draw.line(self._at(points), fill=fill, width=round(width * _SCALE), joint="curve")

    def polygon(self, points: tuple[float, ...], fill: str) -> None:
        self._draw.polygon(self._at(points), fill=fill)

    def frame(self, fill: str, width: float) -> None:
        edge = self._at((0, 0, WIDTH, HEIGHT))
        self._draw.rounded_rectangle(edge, _RADIUS * _SCALE, outline=fill, width=round(width * _SCALE))

    def label(self, text: str) -> None:
        # Pillow's own font has no accented letters.
        font = ImageFont.load_default(13 * _SCALE)
        width = self._draw.textlength(text, font=font) / _SCALE
        self.box((12, HEIGHT - 36, 32 + width, HEIGHT - 11), "#2f3b4c", 12)
        self._draw.text((22 * _SCALE, (HEIGHT - 23.5) * _SCALE), text, fill="#ffffff", font=font, anchor="lm")

    def reduced(self) -> Image.Image:
        return self.image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)


def tile(look: Look, label: str, mouth: int, *, eyes_open: bool) -> NDArray[np.uint8]:
    """One portrait, uint8 RGB of shape (:data:`HEIGHT`, :data:`WIDTH`, 3).

    A person who speaks (``mouth`` above 0) nods by a pixel and has a lit frame, as platforms show it.
    """
    sheet = _Sheet(look.wall)
    _room(sheet)
    nod = min(mouth, 2)
    _behind(sheet, look, nod)
    _body(sheet, look)
    _face(sheet, look, nod)
    _eyes(sheet, look, nod, eyes_open)
    _mouth(sheet, nod, mouth)
    _hat(sheet, look, nod)
    sheet.label(label)
    if mouth:
        sheet.frame("#35b58a", 3)
    return np.asarray(_rounded(sheet.reduced()))


PAGE = "#eef1f6"
"""Colour around the tiles."""


@cache
def _corners() -> Image.Image:
    mask = Image.new("L", (WIDTH * _SCALE, HEIGHT * _SCALE), 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, *mask.size), _RADIUS * _SCALE, fill=255)
    return mask.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)


def _rounded(drawn: Image.Image) -> Image.Image:
    return Image.composite(drawn, Image.new("RGB", drawn.size, PAGE), _corners())


def _room(sheet: _Sheet) -> None:
    left, top, right, bottom = WINDOW
    sheet.box((left - 7, top - 7, right + 7, bottom + 7), "#ffffff", 6)
    sheet.box((left - 11, bottom + 6, right + 11, bottom + 12), "#ffffff", 3)
    # A shelf with books and a plant, on the other side.
    sheet.box((212, 104, 290, 109), "#b98d65", 2)
    for place, (height, colour) in enumerate(((40, "#d9826b"), (46, "#6d8fb3"), (36, "#e6b85c"))):
        sheet.box((219 + 10 * place, 104 - height, 227 + 10 * place, 104), colour, 1)
    sheet.ellipse(270, 66, 9, 15, "#6fa98a")
    sheet.ellipse(261, 74, 8, 12, "#86bd9d")
    sheet.ellipse(279, 74, 8, 12, "#5f997b")
    sheet.polygon((259, 84, 281, 84, 278, 104, 262, 104), "#e9e3da")


def _behind(sheet: _Sheet, look: Look, nod: int) -> None:
    if look.style == "long":
        sheet.box((94, 116 + nod, 210, 268 + nod), look.hair, 48)
    elif look.style == "bob":
        sheet.box((96, 110 + nod, 208, 206 + nod), look.hair, 40)
    elif look.style == "bun":
        sheet.ellipse(152, 78 + nod, 25, 23, look.hair)
    elif look.style == "curly":
        for x, y in ((104, 128), (98, 154), (106, 178), (200, 128), (206, 154), (198, 178)):
            sheet.ellipse(x, y + nod, 21, 21, look.hair)


def _body(sheet: _Sheet, look: Look) -> None:
    sheet.box((66, 246, 238, HEIGHT + 60), look.clothes, 58)
    sheet.box((134, 206, 170, 262), _darker(look.skin), 16)
    if look.collar == "round":
        sheet.pie((128, 232, 176, 272), 0, 180, _darker(look.skin))
    elif look.collar == "shirt":
        sheet.polygon((134, 244, 170, 244, 152, 274), look.skin)
        sheet.polygon((132, 240, 152, 272, 138, 284, 118, 248), "#ffffff")
        sheet.polygon((172, 240, 152, 272, 166, 284, 186, 248), "#ffffff")
    elif look.collar == "apron":
        sheet.pie((128, 232, 176, 272), 0, 180, _darker(look.skin))
        sheet.box((112, 278, 192, HEIGHT + 20), "#7d5a44", 8)
        sheet.line((116, 282, 104, 252), "#7d5a44", 6)
        sheet.line((188, 282, 200, 252), "#7d5a44", 6)
    else:
        sheet.arc((112, 222, 192, 282), 10, 170, _darker(look.clothes), 12)
        sheet.line((140, 276, 138, 300), "#ffffff", 2.5)
        sheet.line((164, 276, 166, 300), "#ffffff", 2.5)


def _face(sheet: _Sheet, look: Look, nod: int) -> None:
    sheet.ellipse(103, 166 + nod, 9, 13, _darker(look.skin))
    sheet.ellipse(201, 166 + nod, 9, 13, _darker(look.skin))
    sheet.box((104, 98 + nod, 200, 226 + nod), look.skin, 47)
    if look.style == "curly":
        for x, y in ((116, 110), (132, 98), (152, 93), (172, 98), (188, 110)):
            sheet.ellipse(x, y + nod, 19, 18, look.hair)
    elif look.style == "short":
        sheet.pie((101, 84 + nod, 203, 176 + nod), 180, 360, look.hair)
        sheet.box((101, 124 + nod, 110, 152 + nod), look.hair, 4)
        sheet.box((194, 124 + nod, 203, 152 + nod), look.hair, 4)
    else:
        sheet.pie((98, 82 + nod, 206, 184 + nod), 180, 360, look.hair)
        sheet.box((98, 128 + nod, 108, 160 + nod), look.hair, 4)
        sheet.box((196, 128 + nod, 206, 160 + nod), look.hair, 4)
        sheet.ellipse(145, 148 + nod, 41, 32, look.skin)
        sheet.ellipse(168, 156 + nod, 30, 32, look.skin)
    # Last, over the hairline.
    sheet.ellipse(122, 188 + nod, 10, 7, _mixed(look.skin, "#e0705f", 0.3))
    sheet.ellipse(182, 188 + nod, 10, 7, _mixed(look.skin, "#e0705f", 0.3))
    sheet.arc((146, 166 + nod, 160, 184 + nod), 20, 140, _darker(look.skin), 3)


def _eyes(sheet: _Sheet, look: Look, nod: int, eyes_open: bool) -> None:
    for x in (132, 172):
        if eyes_open:
            sheet.ellipse(x, 158 + nod, 5.2, 6.4, _INK)
            sheet.ellipse(x + 1.8, 155.6 + nod, 1.7, 1.7, "#ffffff")
        else:
            sheet.arc((x - 7, 150 + nod, x + 7, 163 + nod), 20, 160, _INK, 2.6)
        sheet.arc((x - 10, 138 + nod, x + 10, 158 + nod), 215, 325, _darker(look.hair), 3)
        if look.glasses:
            sheet.arc((x - 16, 142 + nod, x + 16, 174 + nod), 0, 360, _INK, 2.4)
    if look.glasses:
        sheet.line((148, 156 + nod, 156, 156 + nod), _INK, 2.4)


def _mouth(sheet: _Sheet, nod: int, opening: int) -> None:
    if opening == 0:
        sheet.arc((136, 184 + nod, 168, 206 + nod), 25, 155, "#a8473f", 3.2)
        return
    half_width, half_height = 11 + opening, 2.0 + 2.3 * opening
    sheet.ellipse(152, 202 + nod, half_width, half_height, "#8c2f35")
    if opening >= 2:
        sheet.box((143, 202 - half_height + 1 + nod, 161, 202 - half_height + 4.5 + nod), "#ffffff", 1.5)
        sheet.ellipse(152, 202 + half_height * 0.55 + nod, half_width * 0.55, half_height * 0.35, "#d9736f")


def _hat(sheet: _Sheet, look: Look, nod: int) -> None:
    if look.head == "toque":
        for x, y, radius in ((122, 66, 24), (152, 54, 28), (182, 66, 24)):
            sheet.ellipse(x, y + nod, radius, radius, "#ffffff")
        sheet.box((108, 76 + nod, 196, 116 + nod), "#ffffff", 6)
        sheet.line((112, 108 + nod, 192, 108 + nod), "#d8dee8", 2.5)
    elif look.head == "helmet":
        sheet.pie((94, 62 + nod, 210, 176 + nod), 180, 360, "#f2b632")
        sheet.box((84, 114 + nod, 220, 125 + nod), "#dc9f1e", 5)
        sheet.box((145, 58 + nod, 159, 116 + nod), "#dc9f1e", 5)
    elif look.head == "cap":
        sheet.pie((98, 70 + nod, 206, 178 + nod), 180, 360, "#5e7d54")
        sheet.box((100, 117 + nod, 226, 128 + nod), "#4c6844", 5)
        sheet.ellipse(152, 96 + nod, 11, 11, "#f0e6c8")


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[place : place + 2], 16) for place in (1, 3, 5))


def _mixed(colour: str, other: str, share: float) -> str:
    blend = (round(one * (1 - share) + two * share) for one, two in zip(_rgb(colour), _rgb(other), strict=True))
    return "#" + "".join(f"{value:02x}" for value in blend)


def _darker(colour: str) -> str:
    return _mixed(colour, "#000000", 0.14)

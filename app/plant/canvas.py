"""A picture as an array of pixels and the few shapes the demo's camera pictures are drawn with. Plant side; no Qt.

Letters come from `resources/demo/glyphs.png`: the characters the demo needs, drawn once from Noto Sans CJK (OFL), in the order
of `GLYPHS`, sixteen in a row.
"""

from functools import cache
from importlib import resources

import numpy as np

from app.video.drawn import Pixels, read_png

WIDE, HIGH = 704, 396
GLYPHS = (
    " -./0123456789:ABCDEFGHIJKLMNOPQRSTUVWXYZ东值全内化北区南厂台外大室库循氯流液演点物环班球甲画示秒第罐置苯装西车醇门面高"
)
_CELL_WIDE, _CELL_HIGH, _IN_A_ROW = 24, 26, 16

Colour = tuple[int, int, int]
"""Blue, green, red: the order in which pixels lie in memory."""


class Canvas:
    def __init__(self, pixels: Pixels | None = None) -> None:
        self.pixels: Pixels = np.zeros((HIGH, WIDE, 3), np.uint8) if pixels is None else pixels

    def copy(self) -> "Canvas":
        return Canvas(self.pixels.copy())

    def box(self, x0: float, y0: float, x1: float, y1: float, colour: Colour) -> None:
        self._part(x0, y0, x1, y1)[:] = colour

    def fade(self, y0: int, y1: int, above: Colour, below: Colour) -> None:
        """A band across, from one colour to another: sky, ground, a wall."""
        share = np.linspace(0, 1, y1 - y0)[:, None, None]
        self.pixels[y0:y1] = (np.array(above) * (1 - share) + np.array(below) * share).astype(np.uint8)

    def upright(self, x0: float, y0: float, x1: float, y1: float, colour: Colour) -> None:
        """A cylinder that stands: light from the left."""
        part = self._part(x0, y0, x1, y1)
        across = np.linspace(-1, 1, part.shape[1])[None, :, None]
        light = np.clip(1.05 - 0.42 * (across + 0.35) ** 2, 0.35, 1.1)
        part[:] = np.clip(np.array(colour)[None, None, :] * light, 0, 255).astype(np.uint8)

    def ball(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """A sphere, light from above left."""
        part = self._part(x - radius, y - radius, x + radius, y + radius)
        rows, columns = np.mgrid[0 : part.shape[0], 0 : part.shape[1]]
        across, down = columns / max(1, part.shape[1] - 1) * 2 - 1, rows / max(1, part.shape[0] - 1) * 2 - 1
        inside = across**2 + down**2 <= 1
        light = np.clip(1.05 - 0.4 * ((across + 0.4) ** 2 + (down + 0.4) ** 2), 0.3, 1.1)[:, :, None]
        shaded = np.clip(np.array(colour) * light, 0, 255).astype(np.uint8)
        part[inside] = shaded[inside]

    def disc(self, x: float, y: float, radius: float, colour: Colour) -> None:
        part = self._part(x - radius, y - radius, x + radius, y + radius)
        rows, columns = np.mgrid[0 : part.shape[0], 0 : part.shape[1]]
        part[(columns - part.shape[1] / 2) ** 2 + (rows - part.shape[0] / 2) ** 2 <= radius**2] = colour

    def veil(self, x0: float, y0: float, x1: float, y1: float, colour: Colour, share: float) -> None:
        """Smoke, steam, glass: the colour laid over what is there."""
        part = self._part(x0, y0, x1, y1)
        part[:] = (part * (1 - share) + np.array(colour) * share).astype(np.uint8)

    def grain(self, seed: int, strength: int = 5) -> None:
        """What no sensor is without."""
        noise = np.random.default_rng(seed).integers(-strength, strength + 1, (HIGH, WIDE, 1))
        self.pixels = np.clip(self.pixels.astype(np.int16) + noise, 0, 255).astype(np.uint8)

    def text(self, x: int, y: int, words: str, colour: Colour, ground: Colour | None = None) -> int:
        """Returns where the text ends."""
        for one in words:
            mask = _glyph(one)
            if ground is not None:
                self.box(x, y, x + mask.shape[1], y + mask.shape[0], ground)
            part = self._part(x, y, x + mask.shape[1], y + mask.shape[0])
            share = mask[: part.shape[0], : part.shape[1], None] / 255
            part[:] = (part * (1 - share) + np.array(colour) * share).astype(np.uint8)
            x += mask.shape[1]
        return x

    def _part(self, x0: float, y0: float, x1: float, y1: float) -> Pixels:
        left, top = max(0, round(x0)), max(0, round(y0))
        return self.pixels[top : max(top, round(y1)), left : max(left, round(x1))]


@cache
def _sheet() -> Pixels:
    return read_png(resources.files("resources").joinpath("demo/glyphs.png").read_bytes())


@cache
def _glyph(one: str) -> Pixels:
    """Rows of how much ink; as wide as the character is. What is not on the sheet is a gap."""
    number = GLYPHS.find(one)
    if number <= 0:
        return np.zeros((_CELL_HIGH, 9), np.uint8)
    row, column = divmod(number, _IN_A_ROW)
    cell = _sheet()[row * _CELL_HIGH : (row + 1) * _CELL_HIGH, column * _CELL_WIDE : (column + 1) * _CELL_WIDE]
    if not one.isascii():
        return cell
    inked = np.flatnonzero(cell.max(axis=0))
    return cell[:, : max(14, int(inked[-1]) + 3)] if inked.size else cell[:, :9]

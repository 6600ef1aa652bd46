"""A sheet of drawing paper: lines, circles and Chinese text in plant metres, written as plain SVG 1.1. Pure; plant side.

No gradients, patterns or clip paths: every SVG reader draws the same. It also remembers the box of every text, so that a
test can say that no two texts lie on each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import cos, radians, sin
from xml.sax.saxutils import escape

from app.plant.geometry import Box

UNITS = 10
"""SVG units in a metre."""
INK, GREY, PALE, GREEN, WATER = "#1c2226", "#5a636a", "#a9b1b7", "#6f8f6f", "#5f86a3"
FAMILY = "Noto Sans CJK SC, Source Han Sans SC, Microsoft YaHei, WenQuanYi Micro Hei, sans-serif"

Point = tuple[float, float]


@dataclass
class Paper:
    """`box` is what the sheet shows, `text` scales every letter, `weight` every line. Things wholly outside are left out."""

    box: Box
    text: float = 1.0
    weight: float = 1.0
    texts: list[tuple[str, Box]] = field(default_factory=list)
    _lines: list[str] = field(default_factory=list)

    def shows(self, x0: float, y0: float, x1: float, y1: float) -> bool:
        return self.box.overlaps(Box(min(x0, x1) - 0.01, min(y0, y1) - 0.01, max(x0, x1) + 0.01, max(y0, y1) + 0.01))

    def line(self, points: Sequence[Point], pen: float = 0.15, ink: str = INK, dash: str = "", fill: str = "none") -> None:
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        if self.shows(min(xs), min(ys), max(xs), max(ys)):
            path = "M" + "L".join(f"{self._x(x)} {self._y(y)}" for x, y in points)
            self._lines.append(f'<path d="{path}" fill="{fill}"{self._stroke(pen, ink, dash)}/>')

    def closed(self, points: Sequence[Point], pen: float = 0.15, ink: str = INK, dash: str = "", fill: str = "none") -> None:
        self.line([*points, points[0]], pen, ink, dash, fill)

    def rect(self, box: Box, pen: float = 0.15, ink: str = INK, dash: str = "", fill: str = "none") -> None:
        if self.shows(box.x0, box.y0, box.x1, box.y1):
            where = f'x="{self._x(box.x0)}" y="{self._y(box.y1)}" width="{_n(box.w * UNITS)}" height="{_n(box.h * UNITS)}"'
            self._lines.append(f'<rect {where} fill="{fill}"{self._stroke(pen, ink, dash)}/>')

    def circle(self, x: float, y: float, r: float, pen: float = 0.15, ink: str = INK, dash: str = "", fill: str = "none"
    ) -> None:  # fmt: skip
        if self.shows(x - r, y - r, x + r, y + r):
            where = f'cx="{self._x(x)}" cy="{self._y(y)}" r="{_n(r * UNITS)}"'
            self._lines.append(f'<circle {where} fill="{fill}"{self._stroke(pen, ink, dash)}/>')

    def words(
        self,
        x: float,
        y: float,
        text: str,
        size: float = 3.2,
        ink: str = INK,
        anchor: str = "middle",
        bold: bool = False,
        turn: float = 0.0,
        scaled: bool = True,
    ) -> None:
        """`x`, `y`: middle of the line of text (`anchor` start, middle or end); `size` in metres, letter height; `turn` in
        degrees counter-clockwise, 0 or 90."""
        tall = size * (self.text if scaled else 1.0)
        wide = sum(tall if ord(letter) > 0x2E7F or letter == "³" else tall * 0.56 for letter in text)
        left = x - {"start": 0.0, "middle": wide / 2, "end": wide}[anchor]
        box = Box(left, y - tall / 2, left + wide, y + tall / 2)
        if turn:
            box = Box(x - tall / 2, y - wide / 2, x + tall / 2, y + wide / 2)
        if not self.shows(box.x0, box.y0, box.x1, box.y1):
            return
        self.texts.append((text, box))
        # letters sit on their base line: the middle of Chinese letters is about 0.36 of their size above it
        base_x, base_y = (x, y - 0.36 * tall) if not turn else (x + 0.36 * tall, y)
        spin = f' transform="rotate({_n(-turn)} {self._x(base_x)} {self._y(base_y)})"' if turn else ""
        weight = ' font-weight="bold"' if bold else ""
        self._lines.append(
            f'<text x="{self._x(base_x)}" y="{self._y(base_y)}" font-size="{_n(tall * UNITS)}" fill="{ink}" '
            f'text-anchor="{anchor}"{weight}{spin}>{escape(text)}</text>'
        )

    def arc(self, x: float, y: float, r: float, start: float, end: float, pen: float = 0.15, ink: str = INK) -> None:
        """Bearings clockwise from north."""
        steps = max(2, int(abs(end - start) / 6))
        turns = [radians(start + (end - start) * k / steps) for k in range(steps + 1)]
        self.line([(x + r * sin(a), y + r * cos(a)) for a in turns], pen, ink)

    def hatch(self, box: Box, gap: float = 1.5, pen: float = 0.06, ink: str = PALE) -> None:
        """Strokes at 45 degrees, cut to the box."""
        at = box.x0 - box.h + gap
        while at < box.x1:
            low, high = max(at, box.x0), min(at + box.h, box.x1)
            self.line([(low, box.y0 + low - at), (high, box.y0 + high - at)], pen, ink)
            at += gap

    def comment(self, text: str) -> None:
        self._lines.append(f"<!-- {text} -->")

    def svg(self, title: str) -> str:
        width, height = _n(self.box.w * UNITS), _n(self.box.h * UNITS)
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" version="1.1" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" font-family="{FAMILY}" stroke-linecap="round" stroke-linejoin="round">'
        )
        paper = f'<rect x="0" y="0" width="{width}" height="{height}" fill="#ffffff"/>'
        return "\n".join([head, f"<title>{escape(title)}</title>", paper, *self._lines, "</svg>", ""])

    def _stroke(self, pen: float, ink: str, dash: str) -> str:
        if pen <= 0:
            return ""
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        return f' stroke="{ink}" stroke-width="{_n(pen * self.weight * UNITS)}"{dashes}'

    def _x(self, x: float) -> str:
        return _n((x - self.box.x0) * UNITS)

    def _y(self, y: float) -> str:
        return _n((self.box.y1 - y) * UNITS)


def _n(value: float) -> str:
    """Shortest text of two decimals: the same bytes on every machine."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("", "-0") else text

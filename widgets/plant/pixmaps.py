"""Shared pixmaps of a picture: texts and equipment bodies, drawn once per look and size, then only copied.

Laying out text and filling paths per item and frame is what makes a full picture slow; a thousand tanks share a few hundred
pixmaps. The keep is two generations: what was not asked for during one whole generation goes, without a stall for clearing.
"""

from collections.abc import Hashable
from typing import Generic, NamedTuple, TypeVar

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPixmap

from widgets.theme import font

_GENERATION_BYTES = 24_000_000


class Text(NamedTuple):
    """A text as a pixmap. `split`: logical pixels from its left edge to the end of the number; `width`, `height` logical."""

    pixmap: QPixmap
    split: float
    width: float
    height: float


Kept = TypeVar("Kept")


class Keep(Generic[Kept]):
    """key -> made thing, bounded by bytes."""

    def __init__(self, limit: int = _GENERATION_BYTES) -> None:
        self._limit = limit
        self._young: dict[Hashable, Kept] = {}
        self._old: dict[Hashable, Kept] = {}
        self._bytes = 0

    def find(self, key: Hashable) -> Kept | None:
        found = self._young.get(key)
        if found is None and (found := self._old.pop(key, None)) is not None:
            self._young[key] = found
        return found

    def add(self, key: Hashable, made: Kept, size: int) -> None:
        """`size` in bytes."""
        self._bytes += size
        if self._bytes > self._limit:
            self._old, self._young, self._bytes = self._young, {}, size
        self._young[key] = made

    def __len__(self) -> int:
        return len(self._young) + len(self._old)


def size_of(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * 4


_fonts: dict[tuple[int, bool, bool], tuple[QFont, QFontMetricsF]] = {}
_texts: Keep[Text] = Keep()
_NUMBERS, _NUMBERS_BYTES = 1000, 3_000_000  # of one kind


def face(px: int, bold: bool = False, halved: bool = False) -> tuple[QFont, QFontMetricsF]:
    """The desk's type at `px` pixels, and its metrics. `halved`: Chinese brackets half as wide, close to their number."""
    made = _fonts.get((px, bold, halved))
    if made is None:
        type_ = font(10, bold)
        type_.setPixelSize(px)
        if halved:
            type_.setFeature(QFont.Tag("halt"), 1)
        made = _fonts[px, bold, halved] = (type_, QFontMetricsF(type_))
    return made


def text(
    number: str,
    unit: str,
    px: int,
    colour: str,
    unit_colour: str,
    dpr: float,
    *,
    bold: bool = False,
    plate: str = "",
    widest: float = 0.0,
) -> Text:
    """`number` and, smaller, `unit`. `plate`: a filled ground behind, may be `#aarrggbb`; `widest`: elided beyond, 0: never."""
    key = (number, unit, px, colour, unit_colour, dpr, bold, plate, widest)
    found = _texts.find(key)
    if found is None:
        found = _draw(number, unit, px, colour, unit_colour, dpr, bold, plate, widest)
        _texts.add(key, found, size_of(found.pixmap))
    return found


class Numbers(dict[str, Text]):
    """The numbers of one unit in one size and colour, by their digits alone: what nearly every row of a picture is. One that
    is not there yet is made."""

    def __init__(self, unit: str, px: int, colour: str, unit_colour: str, dpr: float) -> None:
        super().__init__()
        self._rest = (unit, px, colour, unit_colour, dpr)

    def __missing__(self, digits: str) -> Text:
        if len(self) >= _NUMBERS:
            self.clear()
        made = self[digits] = text(digits, *self._rest)
        return made


def numbers(unit: str, px: int, colour: str, unit_colour: str, dpr: float) -> Numbers:
    key = (unit, px, colour, unit_colour, dpr)
    found = _numbers.find(key)
    if found is None:
        found = Numbers(*key)
        _numbers.add(key, found, _NUMBERS_BYTES)
    return found


_numbers: Keep[Numbers] = Keep()
_plain: Keep[QPixmap] = Keep(1_000_000)


def plain(w: int, h: int, colour: str, dpr: float) -> QPixmap:
    """One colour, in logical pixels."""
    key = (w, h, colour, dpr)
    found = _plain.find(key)
    if found is None:
        found = QPixmap(round(w * dpr), round(h * dpr))
        found.setDevicePixelRatio(dpr)
        found.fill(QColor(colour))
        _plain.add(key, found, size_of(found))
    return found


def _draw(
    number: str, unit: str, px: int, colour: str, unit_colour: str, dpr: float, bold: bool, plate: str, widest: float
) -> Text:
    type_, metrics = face(px, bold, number.startswith("〔"))
    small, small_metrics = face(max(8, round(px * 0.82)))
    if widest and metrics.horizontalAdvance(number) > widest:
        number = metrics.elidedText(number, Qt.TextElideMode.ElideRight, widest)
    pad = px * 0.3 if plate else 1.0
    split = pad + metrics.horizontalAdvance(number)
    gap = px * 0.22 if unit else 0.0
    width = split + gap + small_metrics.horizontalAdvance(unit) + pad
    # CJK families claim 1.45 em a line; digits and Han characters both fit in 1.25.
    height = px * 1.25
    pixmap = QPixmap(round(width * dpr + 0.5), round(height * dpr + 0.5))
    pixmap.setDevicePixelRatio(dpr)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if plate:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(plate))
        painter.drawRoundedRect(QRectF(0, 0, width, height), px * 0.15, px * 0.15)
    baseline = height * 0.5 + px * 0.37
    painter.setFont(type_)
    painter.setPen(QColor(colour))
    painter.drawText(QPointF(pad, baseline), number)
    if unit:
        painter.setFont(small)
        painter.setPen(QColor(unit_colour))
        painter.drawText(QPointF(split + gap, baseline), unit)
    painter.end()
    return Text(pixmap, split, width, height)

"""Bodies of equipment as shared pixmaps: outline, fill, hatch, and the limit scale beside a vessel."""

from collections.abc import Iterable
from typing import NamedTuple

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPixmap, QTransform

from widgets.plant.outlines import OUTLINES, Outline, box
from widgets.plant.pixmaps import Keep, size_of

PAD = 4  # logical pixels round a body, for thick outlines
SCALE_FROM = 26  # below this height in pixels the limit scale is left out


class Look(NamedTuple):
    """How a body is drawn; colours `#rrggbb`. `hatch`: drawn over the fill where a value is not to be believed.
    `marks`: limits as (name, fraction) for the scale at the left, with `mark` as its colour."""

    fill: str
    line: str  # of the body; `side` of the lines beside it, the same where empty
    line_width: float = 1.5
    hatch: str = ""
    dashed: bool = False
    marks: tuple[tuple[str, float], ...] = ()
    mark: str = ""
    side: str = ""


class Body(NamedTuple):
    """`left`, `top`: logical pixels from the pixmap's corner to the body's."""

    pixmap: QPixmap
    left: int
    top: int

    def under(self, sprites: Iterable[tuple[QPoint, QPixmap, QRect]]) -> "Body":
        """The same with `sprites` over it, their places counted from the pixmap's corner."""
        made = self.pixmap.copy()
        painter = QPainter(made)
        for at, pixmap, part in sprites:
            painter.drawPixmap(at, pixmap, part)
        painter.end()
        return self._replace(pixmap=made)


Filled = dict[int, Body]
"""A body with its content, by the pixel row of the surface."""


_bodies: Keep[Body] = Keep()
_filled: Keep[Filled] = Keep()


def outline(kind: str, w: float, h: float) -> Outline:
    return OUTLINES.get(kind, box)(w, h)


def scale_width(w: float) -> int:
    """Logical pixels the limit scale takes beside a body `w` wide."""
    return round(min(18.0, max(6.0, w * 0.14)))


def body(kind: str, w: int, h: int, look: Look, rot: float, dpr: float) -> Body:
    """The body of `kind` in w x h logical pixels. Turned bodies (`rot`, degrees counter-clockwise) keep their middle."""
    key = (kind, w, h, look, rot, dpr)
    found = _bodies.find(key)
    if found is None:
        found = _draw(kind, w, h, look, rot, dpr)
        _bodies.add(key, found, size_of(found.pixmap))
    return found


def filled(kind: str, w: int, h: int, look: Look, content: Look, rot: float, dpr: float) -> Filled:
    """What there is of this body with this content, shared by all vessels that look the same; whoever needs another height
    adds it. For small bodies: a height has a pixmap of its own."""
    key = (kind, w, h, look, content, rot, dpr)
    found = _filled.find(key)
    if found is None:
        found = {}
        _filled.add(key, found, round((w + 2 * PAD) * (h + 2 * PAD) * 4 * h * dpr * dpr))
    return found


def _draw(kind: str, w: int, h: int, look: Look, rot: float, dpr: float) -> Body:
    left = PAD + (scale_width(w) if look.marks else 0)
    turned = QTransform().rotate(-rot).mapRect(QRectF(-w / 2, -h / 2, w, h))
    grow_x, grow_y = round(max(0.0, turned.width() - w) / 2), round(max(0.0, turned.height() - h) / 2)
    left, top = left + grow_x, PAD + grow_y
    width, height = left + w + grow_x + PAD, top + h + grow_y + PAD
    pixmap = QPixmap(round(width * dpr), round(height * dpr))
    pixmap.setDevicePixelRatio(dpr)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(left + w / 2, top + h / 2)
    painter.rotate(-rot)
    painter.translate(-w / 2, -h / 2)
    shape = outline(kind, w, h)
    painter.fillPath(shape.body, QColor(look.fill))
    if look.hatch:
        painter.fillPath(shape.body, QBrush(QColor(look.hatch), Qt.BrushStyle.BDiagPattern))
    pen = QPen(QColor(look.line), look.line_width)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    if look.dashed:
        pen.setDashPattern([4, 3])
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(look.side or look.line), 1.5))
    painter.drawPath(shape.lines)
    painter.setPen(pen)
    painter.drawPath(shape.body)
    if look.marks and h >= SCALE_FROM:
        _draw_scale(painter, shape, h, scale_width(w), look)
    painter.end()
    return Body(pixmap, left, top)


def _draw_scale(painter: QPainter, shape: Outline, h: int, width: int, look: Look) -> None:
    """A rule at the left: normal band between L and H thick, a short tick for H and L, a long one for HH and LL."""
    at = dict(look.marks)
    top, bottom = shape.full * h, shape.empty * h

    def y(fraction: float) -> float:
        return round(bottom - fraction * (bottom - top)) + 0.5

    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    rule = -3.5
    painter.setPen(QPen(QColor(look.mark), 1))
    painter.drawLine(QPointF(rule, top), QPointF(rule, bottom))
    for name, fraction in look.marks:
        long = len(name) == 2
        painter.setPen(QPen(QColor(look.mark), 2 if long else 1))
        painter.drawLine(QPointF(rule, y(fraction)), QPointF(rule - (width - 4) * (1.0 if long else 0.6), y(fraction)))
    painter.setPen(QPen(QColor(look.mark), 3))
    low, high = at.get("L", at.get("LL", 0.0)), at.get("H", at.get("HH", 1.0))
    painter.drawLine(QPointF(rule, y(low)), QPointF(rule, y(high)))

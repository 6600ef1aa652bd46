"""Outlines of equipment in a rectangle of w x h: the closed body, the lines beside it, and where its content begins and ends.

Elevations, as a process engineer draws them; y grows downward. Pure geometry in any unit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi, sin

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath, QPolygonF


@dataclass(frozen=True)
class Outline:
    """`body` is filled and stroked, `lines` only stroked. `full`, `empty`: y of 100 % and 0 %, as a fraction of h."""

    body: QPainterPath
    lines: QPainterPath
    full: float = 0.0
    empty: float = 1.0


def vertical(w: float, h: float) -> Outline:
    """Cylinder with a domed roof on a ground line."""
    dome = h * 0.12
    body = QPainterPath(QPointF(w * 0.04, h))
    body.lineTo(w * 0.04, dome)
    body.quadTo(QPointF(w * 0.5, -dome * 0.9), QPointF(w * 0.96, dome))
    body.lineTo(w * 0.96, h)
    body.closeSubpath()
    lines = QPainterPath(QPointF(0, h))
    lines.lineTo(w, h)
    lines.moveTo(w * 0.04, dome)
    lines.lineTo(w * 0.96, dome)
    return Outline(body, lines, full=0.12)


def floating_roof(w: float, h: float) -> Outline:
    """Open cylinder with a wind girder; the roof itself rides on the level and is drawn by the item."""
    body = QPainterPath()
    body.addRect(QRectF(w * 0.04, h * 0.04, w * 0.92, h * 0.96))
    lines = QPainterPath(QPointF(0, h))
    lines.lineTo(w, h)
    lines.moveTo(0, h * 0.12)
    lines.lineTo(w * 0.04, h * 0.12)
    lines.moveTo(w * 0.96, h * 0.12)
    lines.lineTo(w, h * 0.12)
    return Outline(body, lines, full=0.06)


def sphere(w: float, h: float) -> Outline:
    """Sphere on legs with cross bracing."""
    size = min(w, h * 0.9)
    radius, middle = size / 2, QPointF(w / 2, size / 2)
    body = QPainterPath()
    body.addEllipse(middle, radius, radius)
    lines = QPainterPath()
    for side in (-1, 1):
        lines.moveTo(middle.x() + side * radius * 0.95, middle.y() + radius * 0.31)
        lines.lineTo(middle.x() + side * radius * 0.95, h)
        lines.moveTo(middle.x() + side * radius * 0.42, middle.y() + radius * 0.91)
        lines.lineTo(middle.x() + side * radius * 0.42, h)
    lines.moveTo(middle.x() - radius * 1.0, h)
    lines.lineTo(middle.x() + radius * 1.0, h)
    return Outline(body, lines, full=0.0, empty=size / h)


def horizontal(w: float, h: float) -> Outline:
    """Bullet with dished ends on two saddles."""
    shell = h * 0.84
    cap = min(w * 0.16, shell * 0.5)
    body = QPainterPath(QPointF(cap, 0))
    body.lineTo(w - cap, 0)
    body.arcTo(QRectF(w - 2 * cap, 0, 2 * cap, shell), 90, -180)
    body.lineTo(cap, shell)
    body.arcTo(QRectF(0, 0, 2 * cap, shell), 270, -180)
    body.closeSubpath()
    lines = QPainterPath()
    for at in (0.26, 0.74):
        lines.addPolygon(
            QPolygonF([QPointF(w * at + dx * w, y) for dx, y in ((-0.05, shell), (-0.07, h), (0.07, h), (0.05, shell))])
        )
    return Outline(body, lines, full=0.0, empty=0.84)


def _dished(w: float, h: float, cap: float) -> QPainterPath:
    """Upright vessel with dished ends."""
    body = QPainterPath(QPointF(0, cap))
    body.quadTo(QPointF(w * 0.06, 0), QPointF(w * 0.5, 0))
    body.quadTo(QPointF(w * 0.94, 0), QPointF(w, cap))
    body.lineTo(w, h - cap)
    body.quadTo(QPointF(w * 0.94, h), QPointF(w * 0.5, h))
    body.quadTo(QPointF(w * 0.06, h), QPointF(0, h - cap))
    body.closeSubpath()
    return body


def reactor(w: float, h: float) -> Outline:
    """Stirred vessel: jacket, motor, shaft and blades."""
    body = _dished(w * 0.8, h * 0.86, h * 0.14).translated(w * 0.1, h * 0.14)
    lines = QPainterPath(QPointF(0, h * 0.46))
    lines.lineTo(0, h * 0.84)
    lines.quadTo(QPointF(w * 0.1, h * 1.02), QPointF(w * 0.5, h))
    lines.quadTo(QPointF(w * 0.9, h * 1.02), QPointF(w, h * 0.84))
    lines.lineTo(w, h * 0.46)
    lines.addRect(QRectF(w * 0.4, 0, w * 0.2, h * 0.08))
    lines.moveTo(w * 0.5, h * 0.08)
    lines.lineTo(w * 0.5, h * 0.8)
    lines.moveTo(w * 0.28, h * 0.84)
    lines.lineTo(w * 0.72, h * 0.76)
    lines.moveTo(w * 0.28, h * 0.76)
    lines.lineTo(w * 0.72, h * 0.84)
    return Outline(body, lines, full=0.22, empty=1.0)


def column(w: float, h: float) -> Outline:
    """Column with trays on a skirt."""
    shell = h * 0.92
    body = _dished(w, shell, min(w * 0.4, h * 0.1))
    lines = QPainterPath()
    for i in range(1, 7):
        y = shell * (0.1 + 0.8 * i / 7)
        lines.moveTo(0 if i % 2 else w * 0.25, y)
        lines.lineTo(w * 0.75 if i % 2 else w, y)
    lines.moveTo(w * 0.1, shell * 0.98)
    lines.lineTo(0, h)
    lines.lineTo(w, h)
    lines.lineTo(w * 0.9, shell * 0.98)
    return Outline(body, lines, full=0.06, empty=0.9)


def pump(w: float, h: float) -> Outline:
    """Centrifugal pump: casing with a tangential outlet on a base."""
    r = min(w, h) * 0.42
    x, y = w / 2, h / 2
    casing = QPainterPath()
    casing.addEllipse(QPointF(x, y), r, r)
    outlet = QPainterPath()
    outlet.addRect(QRectF(x, y - r, w / 2, r * 0.55))
    base = QPainterPath()
    base.addPolygon(
        QPolygonF([QPointF(x - r * 0.5, y + r * 0.7), QPointF(x - r, h), QPointF(x + r, h), QPointF(x + r * 0.5, y + r * 0.7)])
    )
    base.closeSubpath()
    lines = QPainterPath()
    lines.addEllipse(QPointF(x, y), r * 0.25, r * 0.25)
    return Outline(casing.united(outlet).united(base), lines)


def valve(w: float, h: float) -> Outline:
    """Bow tie with a stem and a hand wheel."""
    top = h * 0.3
    body = QPainterPath()
    body.addPolygon(QPolygonF([QPointF(0, top), QPointF(w / 2, (top + h) / 2), QPointF(0, h)]))
    body.closeSubpath()
    body.addPolygon(QPolygonF([QPointF(w, top), QPointF(w / 2, (top + h) / 2), QPointF(w, h)]))
    body.closeSubpath()
    lines = QPainterPath(QPointF(w / 2, (top + h) / 2))
    lines.lineTo(w / 2, h * 0.08)
    lines.moveTo(w * 0.28, h * 0.08)
    lines.lineTo(w * 0.72, h * 0.08)
    return Outline(body, lines)


def compressor(w: float, h: float) -> Outline:
    """Casing narrowing from suction to discharge."""
    body = QPainterPath()
    body.addPolygon(QPolygonF([QPointF(0, h * 0.08), QPointF(w, h * 0.3), QPointF(w, h * 0.7), QPointF(0, h * 0.92)]))
    body.closeSubpath()
    lines = QPainterPath(QPointF(0, h / 2))
    lines.lineTo(w, h / 2)
    return Outline(body, lines)


def loading_bay(w: float, h: float) -> Outline:
    """Canopy on columns over a road tanker seen from the side; a bay that is deeper than wide as on the plan, from above."""
    if h > w:
        body = QPainterPath()
        body.addRoundedRect(QRectF(w * 0.28, h * 0.06, w * 0.44, h * 0.6), w * 0.2, w * 0.2)
        body.addRoundedRect(QRectF(w * 0.3, h * 0.69, w * 0.4, h * 0.16), w * 0.06, w * 0.06)
        lines = QPainterPath()
        lines.addRect(QRectF(0, 0, w, h))
        lines.moveTo(w * 0.3, h * 0.76)
        lines.lineTo(w * 0.7, h * 0.76)
        lines.moveTo(0, h * 0.36)
        lines.lineTo(w * 0.5, h * 0.36)
        return Outline(body, lines)
    body = QPainterPath()
    body.addRoundedRect(QRectF(w * 0.10, h * 0.46, w * 0.56, h * 0.3), h * 0.12, h * 0.12)
    body.addRoundedRect(QRectF(w * 0.69, h * 0.5, w * 0.19, h * 0.3), h * 0.04, h * 0.04)
    lines = QPainterPath(QPointF(0, h * 0.04))
    lines.lineTo(w, h * 0.04)
    lines.moveTo(0, h * 0.12)
    lines.lineTo(w, h * 0.12)
    for x in (0.02, 0.98):
        lines.moveTo(w * x, h * 0.12)
        lines.lineTo(w * x, h)
    lines.moveTo(0, h)
    lines.lineTo(w, h)
    for x in (0.2, 0.34, 0.78):
        lines.addEllipse(QPointF(w * x, h * 0.88), h * 0.09, h * 0.09)
    lines.moveTo(w * 0.1, h * 0.8)  # chassis
    lines.lineTo(w * 0.88, h * 0.8)
    lines.moveTo(w * 0.38, h * 0.12)  # loading arm
    lines.lineTo(w * 0.38, h * 0.46)
    return Outline(body, lines)


def warehouse(w: float, h: float) -> Outline:
    """Hall with a gable and a door."""
    body = QPainterPath(QPointF(0, h))
    body.lineTo(0, h * 0.3)
    body.lineTo(w * 0.5, 0)
    body.lineTo(w, h * 0.3)
    body.lineTo(w, h)
    body.closeSubpath()
    lines = QPainterPath(QPointF(0, h * 0.3))
    lines.lineTo(w, h * 0.3)
    lines.addRect(QRectF(w * 0.38, h * 0.58, w * 0.24, h * 0.42))
    return Outline(body, lines, full=0.3)


def box(w: float, h: float) -> Outline:
    body = QPainterPath()
    body.addRect(QRectF(0, 0, w, h))
    return Outline(body, QPainterPath())


def disc(w: float, h: float) -> Outline:
    body = QPainterPath()
    body.addEllipse(QRectF(0, 0, w, h))
    return Outline(body, QPainterPath())


def lens(w: float, h: float) -> Outline:
    """Camera seen from above, looking to the right."""
    body = QPainterPath()
    body.addRect(QRectF(0, h * 0.24, w * 0.62, h * 0.52))
    body.addPolygon(QPolygonF([QPointF(w * 0.62, h * 0.5), QPointF(w, h * 0.2), QPointF(w, h * 0.8)]))
    body.closeSubpath()
    return Outline(body, QPainterPath())


def sector(bearing: float, angle: float, reach: float) -> QPainterPath:
    """View of a camera at (0, 0): `bearing` degrees clockwise from north (up), `angle` its opening, `reach` its length."""
    path = QPainterPath(QPointF(0, 0))
    if angle >= 360:
        path.addEllipse(QPointF(0, 0), reach, reach)
        return path
    start = (90 - bearing - angle / 2) * pi / 180
    path.lineTo(QPointF(reach * cos(start), -reach * sin(start)))
    path.arcTo(QRectF(-reach, -reach, 2 * reach, 2 * reach), 90 - bearing - angle / 2, angle)
    path.closeSubpath()
    return path


OUTLINES: dict[str, Callable[[float, float], Outline]] = {
    "tank.vertical": vertical,
    "tank.horizontal": horizontal,
    "tank.sphere": sphere,
    "tank.floating_roof": floating_roof,
    "reactor": reactor,
    "column": column,
    "pump": pump,
    "valve": valve,
    "compressor": compressor,
    "loading_bay": loading_bay,
    "warehouse": warehouse,
    "gas_detector": disc,
    "switch": box,
    "camera": lens,
}

"""What lies on the ground of a picture: areas, pipes, texts, links to other pictures, cameras with their view."""

import itertools
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPainterPathStroker, QPen, QPolygonF, QTransform

from app.domain.plant import LayoutItem
from widgets.plant import pixmaps
from widgets.plant.bodies import Look
from widgets.plant.item import PlantItem
from widgets.plant.outlines import sector
from widgets.plant.placement import SMALL_LABEL_SIDES
from widgets.plant.scenery import MAX_PX, Scenery
from widgets.plant.widths import text_width

_TEXT_EM = 1.0
_LINK_FROM_PX = 6.0  # height of a link's box below which it goes
_LINK_MIN_PX = 14  # what leads on from an overview is read at arm's length


def points_of(spec: LayoutItem) -> list[QPointF]:
    """The item's `points` in local coordinates (metres, y down); pairs that are no numbers are left out."""
    given: Any = spec.options.get("points")
    if not isinstance(given, list | tuple):
        return []
    pairs = [p for p in given if isinstance(p, list | tuple) and len(p) == 2 and all(isinstance(c, int | float) for c in p)]
    return [QPointF(px - spec.x, spec.y - py) for px, py in pairs]


def number(spec: LayoutItem, name: str, default: float) -> float:
    given = spec.options.get(name, default)
    return float(given) if isinstance(given, int | float) else default


class Area(PlantItem):
    """A region, by its corners or as a rectangle; its outline tells of alarms of its equipment."""

    z = -10.0
    static = True

    def __init__(self, spec: LayoutItem, scenery: Scenery) -> None:
        corners = points_of(spec)
        half_w, half_h = spec.w / 2, spec.h / 2
        self.shape_ = QPolygonF(
            corners or [QPointF(-half_w, -half_h), QPointF(half_w, -half_h), QPointF(half_w, half_h), QPointF(-half_w, half_h)]
        )
        if not corners and spec.rot:
            self.shape_ = QTransform().rotate(-spec.rot).map(self.shape_)
        super().__init__(spec, scenery)

    def reach(self) -> QRectF:
        around = self._placed(self.shape_).boundingRect()
        wide = text_width(self.label) * 1.1 * self.scenery.label_px + 8
        named = QRectF(around.x(), around.y(), wide, 2.0 * self.scenery.label_px)
        return (around | named).adjusted(-4, -4, 4, 4)

    def body_rect(self) -> QRectF:
        return self.shape_.boundingRect().translated(self.spec.x, -self.spec.y)

    def symbol_anchor(self) -> QPointF:
        return self.body_rect().topRight()

    def hit(self, at: QPointF, slack: float) -> bool:
        return self.shape_.containsPoint(at - self.middle, Qt.FillRule.OddEvenFill)

    def _placed(self, shape: QPolygonF) -> QPolygonF:
        return QTransform.fromTranslate(self.px, self.py).scale(self.scenery.scale, self.scenery.scale).map(shape)

    def draw_body(self) -> None:
        scenery = self.scenery
        look = self.in_alarm(Look("", scenery.theme.equipment_line, 1.0))
        shape = self._placed(self.shape_)
        pen = QPen(QColor(look.line), look.line_width)
        pen.setDashPattern([6, 4])

        def outline(painter: QPainter) -> None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolygon(shape)

        self.shapes.append(outline)
        if scenery.label_px and self.label:
            corner = shape.boundingRect().topLeft()
            made = pixmaps.text(self.label, "", scenery.label_px, scenery.theme.text_dim, "", scenery.dpr)
            self.sprite(corner.x() + 4, corner.y() + 3, made.pixmap)


class Pipe(PlantItem):
    """A line through its points, or along `w` turned by `rot`."""

    z = -8.0
    static = True

    def __init__(self, spec: LayoutItem, scenery: Scenery) -> None:
        points = points_of(spec)
        if len(points) < 2:
            turn = QTransform().rotate(-spec.rot)
            length = max(spec.w, spec.h, 1.0)
            ends = (QPointF(-length / 2, 0), QPointF(length / 2, 0))
            points = [turn.map(end) for end in ends]
        self.line = QPolygonF(points)
        super().__init__(spec, scenery)

    def stretches(self, width: float) -> list[QRectF]:
        """The straight pieces that run along the grid, `width` thick, scene coordinates: texts keep off them."""
        points = [self.line.at(i) + QPointF(self.spec.x, -self.spec.y) for i in range(self.line.count())]
        pieces = [QRectF(a, b).normalized() for a, b in itertools.pairwise(points)]
        half = width / 2
        return [piece.adjusted(-half, -half, half, half) for piece in pieces if min(piece.width(), piece.height()) < width]

    def reach(self) -> QRectF:
        return self._placed().boundingRect().adjusted(-4, -4, 4, 4)

    def body_rect(self) -> QRectF:
        return self.line.boundingRect().translated(self.spec.x, -self.spec.y)

    def symbol_anchor(self) -> QPointF:
        return self.line.at(self.line.count() // 2) + self.middle

    def hit(self, at: QPointF, slack: float) -> bool:
        path = QPainterPath()
        path.addPolygon(self.line)
        stroker = QPainterPathStroker()
        stroker.setWidth(max(2 * slack, 0.5))
        return stroker.createStroke(path).contains(at - self.middle)

    def _placed(self) -> QPolygonF:
        return QTransform.fromTranslate(self.px, self.py).scale(self.scenery.scale, self.scenery.scale).map(self.line)

    def draw_body(self) -> None:
        look, line = self.in_alarm(Look("", self.scenery.theme.equipment_line, 2.0)), self._placed()
        pen = QPen(QColor(look.line), look.line_width)

        def run(painter: QPainter) -> None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(pen)
            painter.drawPolyline(line)

        self.shapes.append(run)


class Text(PlantItem):
    """A text of its own `size` in metres, its middle on x, y."""

    z = 1.0
    static = True

    def __init__(self, spec: LayoutItem, scenery: Scenery) -> None:
        self.high = number(spec, "size", _TEXT_EM * scenery.em)
        super().__init__(spec, scenery)
        self.w = self.w or self.high * max(1, len(self.label))
        self.h = self.h or self.high * 1.3

    def _px(self) -> int:
        return round(min(60.0, self.high * self.scenery.scale))

    def reach(self) -> QRectF:
        half, high = text_width(self.label) * self._px() * 0.6 + 4, self._px() * 0.7 + 2
        return QRectF(self.px - half, self.py - high, 2 * half, 2 * high)

    def draw_body(self) -> None:
        scenery, px = self.scenery, self._px()
        if px >= 8 and self.label:
            self.centred_text(pixmaps.text(self.label, "", px, scenery.theme.text_dim, "", scenery.dpr))


class Link(PlantItem):
    """A door to another picture (`layout`: its id). Carries the symbol of the worst alarm there."""

    z = 2.0
    static = True
    own_size = (8.0, 2.0)

    @property
    def target(self) -> str:
        return str(self.spec.options.get("layout", ""))

    def reach(self) -> QRectF:
        w, h = self._box(self._text())
        return QRectF(self.px - w / 2, self.py - h / 2, w, h).adjusted(-3, -3, 3, 3)

    def _box(self, made: pixmaps.Text | None) -> tuple[int, int]:
        w, h = self.rect.width(), self.rect.height()
        return (max(round(w), round(made.width + 10)), max(round(h), round(made.height + 2))) if made is not None else (0, 0)

    def symbol_anchor(self) -> QPointF:
        """The corner of the box as it is drawn, which may be larger than the link's own."""
        made = self._text()
        half_w, half_h = self.w / 2, self.h / 2
        if made is not None:
            scale = self.scenery.scale
            half_w, half_h = max(half_w, (made.width / 2 + 8) / scale), max(half_h, (made.height / 2 + 1) / scale)
        return QPointF(self.spec.x + half_w, -self.spec.y - half_h)

    def _text(self) -> pixmaps.Text | None:
        scenery, high = self.scenery, self.h * self.scenery.scale
        if high < _LINK_FROM_PX:
            return None
        px = round(min(MAX_PX, max(_LINK_MIN_PX, high * 0.55)))
        return pixmaps.text(f"{self.label} ›", "", px, scenery.theme.text, "", scenery.dpr)

    def draw_body(self) -> None:
        """The box grows with its text where the picture is small: this is how one gets on from an overview. Never a box
        without words."""
        theme, made = self.scenery.theme, self._text()
        if made is None:
            return
        w, h = self._box(made)
        rect = QRectF(round(self.px - w / 2), round(self.py - h / 2), w, h).adjusted(0.5, 0.5, -0.5, -0.5)
        look = self.in_alarm(Look("", theme.equipment_line, 1.0))

        def box(painter: QPainter) -> None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(look.line), look.line_width))
            painter.setBrush(QColor(theme.raised))
            painter.drawRoundedRect(rect, 4, 4)

        self.shapes.append(box)
        self.centred_text(made)


class Camera(PlantItem):
    """A camera and, faintly, the sector it sees: `bearing`, `angle` in degrees, `reach` in metres."""

    z = -5.0  # its sector lies under the equipment
    own_size = (1.8, 1.3)
    label_sides = SMALL_LABEL_SIDES
    minor = True

    def __init__(self, spec: LayoutItem, scenery: Scenery) -> None:
        bearing = number(spec, "bearing", 0.0)
        self.view = sector(bearing, number(spec, "angle", 60.0), number(spec, "reach", 0.0))
        super().__init__(spec, scenery)
        self.rot = 90.0 - bearing  # the lens is drawn looking right

    def _sector(self) -> QPainterPath:
        return QTransform.fromTranslate(self.px, self.py).scale(self.scenery.scale, self.scenery.scale).map(self.view)

    def reach(self) -> QRectF:
        return super().reach().united(self._sector().boundingRect().adjusted(-2, -2, 2, 2))

    def draw_body(self) -> None:
        theme = self.scenery.theme
        if not self.view.isEmpty():
            sight, ground, edge = self._sector(), QColor(theme.focus), QColor(theme.focus)
            ground.setAlpha(48 if self.selected else 7)
            edge.setAlpha(160 if self.selected else 38)

            def shine(painter: QPainter) -> None:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setPen(QPen(edge, 1))
                painter.setBrush(ground)
                painter.drawPath(sight)

            self.shapes.append(shine)
        self.draw_look(Look(theme.text_dim, theme.background, 1.0))

"""What lies over a picture, painted in device pixels: alarm symbols, the halo of the item sought, the veil of a silent feed.

Symbols are not part of the items: they keep a readable size however far the picture is zoomed out, lie over every neighbour,
and when they flash only their own few pixels are repainted.
"""

from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QTransform

from app.domain.alarm import AlarmState
from app.domain.instant import Instant, to_datetime
from widgets.plant.item import PlantItem
from widgets.plant.pixmaps import face
from widgets.plant.scenery import Scenery
from widgets.symbols import Blink, symbol_pixmap
from widgets.theme import Theme
from widgets.words import tr


def symbol_rects(item: PlantItem, to_view: QTransform, size: int) -> list[QRect]:
    """Where the item's symbols lie in the viewport: the worst at the corner, the second to its left."""
    at = to_view.map(item.symbol_anchor())
    x, y = round(at.x() - size * 0.5), round(at.y() - size * 0.6)
    if reach := item.label_reach():
        x = max(x, round(to_view.map(item.body_rect().center()).x() + reach))
    return [QRect(x - i * (size + 2), y, size, size) for i in range(len(item.shown))]


def paint_symbols(
    painter: QPainter, items: Iterable[PlantItem], to_view: QTransform, exposed: QRect, scenery: Scenery, blink: Blink
) -> None:
    size = scenery.symbol_px
    for item in items:
        for rect, (priority, state) in zip(symbol_rects(item, to_view, size), item.shown, strict=True):
            if rect.intersects(exposed):
                phase = blink.phase(state)
                painter.drawPixmap(rect.topLeft(), symbol_pixmap(priority, state, phase, size, scenery.theme, scenery.dpr))


def halo_rect(item: PlantItem, to_view: QTransform) -> QRectF:
    return to_view.mapRect(item.body_rect()).adjusted(-9, -9, 9, 9)


def paint_halo(painter: QPainter, item: PlantItem, to_view: QTransform, theme: Theme, strong: bool) -> None:
    """A ring round the item. `strong`: it was just looked for."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    rect = halo_rect(item, to_view).adjusted(3, 3, -3, -3)
    if strong:
        glow = QColor(theme.focus)
        glow.setAlpha(90)
        painter.setPen(QPen(glow, 6))
        painter.drawRoundedRect(rect, 8, 8)
    painter.setPen(QPen(QColor(theme.focus), 2))
    painter.drawRoundedRect(rect, 8, 8)


def paint_veil(painter: QPainter, room: QRect, theme: Theme) -> None:
    """Greys the whole picture; symbols are painted above it, for standing alarms stay standing."""
    veil = QColor(theme.background)
    veil.setAlpha(105)
    painter.fillRect(room, veil)
    hatch = QColor(theme.bad)
    hatch.setAlpha(36)
    painter.fillRect(room, QBrush(hatch, Qt.BrushStyle.BDiagPattern))


def paint_silence(painter: QPainter, room: QRect, theme: Theme, since: Instant | None) -> None:
    """A sentence nobody can miss, at the lower edge: the upper one belongs to the links and their symbols."""
    said = tr("与站点失联，画面不是现在的情况")
    if since is not None:
        said = tr("与站点失联 · 自 {time} 起无数据 · 画面停在最后已知值", time=f"{to_datetime(since).astimezone():%H:%M:%S}")
    _banner(painter, room, said, theme, theme.bad, 20)


def paint_message(painter: QPainter, room: QRect, said: str, theme: Theme) -> None:
    """A quiet sentence at the lower edge."""
    type_, metrics = face(14)
    painter.setFont(type_)
    width = metrics.horizontalAdvance(said) + 24
    box = QRectF(room.center().x() - width / 2, room.bottom() - 40, width, 28)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(theme.line), 1))
    painter.setBrush(QColor(theme.surface))
    painter.drawRoundedRect(box, 4, 4)
    painter.setPen(QColor(theme.text))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, said)


def _banner(painter: QPainter, room: QRect, said: str, theme: Theme, edge: str, px: int) -> None:
    type_, metrics = face(px, bold=True)
    while metrics.horizontalAdvance(said) > room.width() - 60 and px > 11:
        px -= 1
        type_, metrics = face(px, bold=True)
    width, height = metrics.horizontalAdvance(said) + 48, px * 2.2
    box = QRectF(room.center().x() - width / 2, room.bottom() - 24 - height, width, height)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(edge), 3))
    painter.setBrush(QColor(theme.surface))
    painter.drawRoundedRect(box, 6, 6)
    painter.setFont(type_)
    painter.setPen(QColor(theme.text))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, said)


def under_symbol(items: Iterable[PlantItem], to_view: QTransform, size: int, at: QPointF) -> PlantItem | None:
    """The item whose symbol lies under the viewport point `at`."""
    point = at.toPoint()
    for item in items:
        if any(rect.contains(point) for rect in symbol_rects(item, to_view, size)):
            return item
    return None


def flashing(items: Iterable[PlantItem], states: frozenset[AlarmState]) -> list[PlantItem]:
    return [item for item in items if any(state in states for _, state in item.shown)]

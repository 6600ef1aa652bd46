"""Where a picture lies in its pane, and which part of it a digital zoom shows. Pure geometry."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF

MOST = 8.0
STEP = 1.25


@dataclass(frozen=True, slots=True)
class Zoom:
    """`scale` 1 = the whole picture; (`x`, `y`) the middle of what is shown, as parts of width and height."""

    scale: float = 1.0
    x: float = 0.5
    y: float = 0.5

    @property
    def whole(self) -> bool:
        return self.scale <= 1.0

    def source(self, width: int, height: int) -> QRectF:
        """The part shown, in pixels of the picture."""
        wide, high = width / self.scale, height / self.scale
        return QRectF(self.x * width - wide / 2, self.y * height - high / 2, wide, high)

    def closer(self, factor: float, at: QPointF) -> "Zoom":
        """`at`: the point of the shown part (0 to 1 across and down) that stays where it is."""
        scale = min(MOST, max(1.0, self.scale * factor))
        grip = 1 / self.scale - 1 / scale
        return _inside(scale, self.x + (at.x() - 0.5) * grip, self.y + (at.y() - 0.5) * grip)

    def moved(self, across: float, down: float) -> "Zoom":
        """By parts of the shown width and height."""
        return _inside(self.scale, self.x + across / self.scale, self.y + down / self.scale)


def _inside(scale: float, x: float, y: float) -> Zoom:
    half = 0.5 / scale
    return Zoom(scale, min(1 - half, max(half, x)), min(1 - half, max(half, y)))


def fitted(room: QRect, width: int, height: int) -> QRect:
    """The largest rectangle of that shape in the middle of the room, even: pictures are scaled to it, and even is fast. Empty
    for an empty picture."""
    if width < 1 or height < 1 or room.isEmpty():
        return QRect()
    scale = min(room.width() / width, room.height() / height)
    wide, high = max(1, round(width * scale) & ~1), max(1, round(height * scale) & ~1)
    return QRect(room.x() + (room.width() - wide) // 2, room.y() + (room.height() - high) // 2, wide, high)

"""A view that zooms at the cursor, pans, fits, and remembers where it stood. Knows nothing of what it shows."""

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QWidget

_STEP = 1.2
_MOST = 60.0  # logical pixels a metre
_DRAG_PX = 5


@dataclass(frozen=True)
class Standpoint:
    """Where a view stands: `scale` in logical pixels a metre, centre in scene metres; `fitted`: follows the window's size."""

    scale: float
    x: float
    y: float
    fitted: bool


class ZoomView(QGraphicsView):
    """Emits `moved` after every change of zoom, place or size; `clicked` and `double_clicked` with the scene point."""

    moved = Signal()
    clicked = Signal(QPointF)
    double_clicked = Signal(QPointF)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scene_ = QGraphicsScene(self)  # the view does not own its scene
        self.setScene(self.scene_)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.SmartViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontAdjustForAntialiasing)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setRenderHint(QPainter.RenderHint.Antialiasing, False)  # items ask for it where a slanted line needs it
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.content = QRectF(0, 0, 1, 1)  # what "fit" fits, scene metres
        self._fitted = True
        self._press: QPoint | None = None
        self._last: QPoint | None = None
        self._panning = False
        self._space = False

    # Where we stand

    def set_content(self, content: QRectF) -> None:
        self.content = content
        dx, dy = content.width(), content.height()
        self.scene_.setSceneRect(content.adjusted(-dx, -dy, dx, dy))

    @property
    def scale_(self) -> float:
        return self.transform().m11()

    def fit_scale(self) -> float:
        room = self.viewport().size()
        return max(1e-3, min(room.width() / self.content.width(), room.height() / self.content.height()) * 0.98)

    def fit(self) -> None:
        self._stand(self.fit_scale(), self.content.center())
        self._fitted = True

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """`at`: viewport point that keeps its place; the middle without it."""
        middle = QPointF(self.viewport().width() / 2, self.viewport().height() / 2)
        point = at if at is not None else middle
        held = self.to_scene(point)
        least = self.fit_scale() * 0.5
        scale = min(max(_MOST, least), max(least, self.scale_ * factor))
        self._stand(scale, held - (point - middle) / scale)

    def look_at(self, middle: QPointF, scale: float | None = None) -> None:
        self._stand(scale or self.scale_, middle)

    def kept_inside(self, middle: QPointF, scale: float) -> QPointF:
        """The place nearest to `middle` from which the window shows no empty ground beyond the content."""
        room = self.viewport().size()
        half_w, half_h = room.width() / scale / 2, room.height() / scale / 2
        inner = self.content.adjusted(half_w, half_h, -half_w, -half_h)
        x = self.content.center().x() if inner.width() < 0 else min(max(middle.x(), inner.left()), inner.right())
        y = self.content.center().y() if inner.height() < 0 else min(max(middle.y(), inner.top()), inner.bottom())
        return QPointF(x, y)

    def pan(self, dx: int, dy: int) -> None:
        """Moves the picture by logical pixels."""
        bars = self.horizontalScrollBar(), self.verticalScrollBar()
        bars[0].setValue(bars[0].value() - dx)
        bars[1].setValue(bars[1].value() - dy)
        self._fitted = False
        self.moved.emit()

    def standpoint(self) -> Standpoint:
        middle = self.to_scene(QPointF(self.viewport().width() / 2, self.viewport().height() / 2))
        return Standpoint(self.scale_, middle.x(), middle.y(), self._fitted)

    def stand_at(self, where: Standpoint) -> None:
        if where.fitted:
            self.fit()
        else:
            self._stand(where.scale, QPointF(where.x, where.y))

    def _stand(self, scale: float, middle: QPointF) -> None:
        self._fitted = False
        self.resetTransform()
        self.scale(scale, scale)
        self.centerOn(middle)
        self.moved.emit()

    # Events

    def resizeEvent(self, event: QResizeEvent) -> None:
        where = self.standpoint() if not self._fitted else None
        super().resizeEvent(event)
        if where is None:
            self.fit()
        else:
            self.moved.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y() or event.angleDelta().x()
        if turned:
            self.zoom(_STEP ** (turned / 120), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._press = self._last = event.position().toPoint()
            self._panning = self._space or event.button() == Qt.MouseButton.MiddleButton
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if self._press is not None and self._last is not None:
            if not self._panning and (at - self._press).manhattanLength() >= _DRAG_PX:
                pressed, self._press = self._press, None  # a drag takes the release of the button with it
                if self.drags(QPointF(pressed)):
                    event.accept()
                    return
                self._press, self._panning = pressed, True
            if self._panning:
                self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
                self.pan(at.x() - self._last.x(), at.y() - self._last.y())
                self._last = at
        else:
            self.hovered(event.position())
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._press is not None:
            if not self._panning and event.button() == Qt.MouseButton.LeftButton:
                self.clicked.emit(self.to_scene(event.position()))
            self._press = self._last = None
            self._panning = False
            self.viewport().setCursor(Qt.CursorShape.OpenHandCursor if self._space else Qt.CursorShape.ArrowCursor)
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.double_clicked.emit(self.to_scene(event.position()))
        event.accept()

    def to_scene(self, at: QPointF) -> QPointF:
        return self.viewportTransform().inverted()[0].map(at)

    def drags(self, at: QPointF) -> bool:
        """The mouse was pressed there and moves on: True when something is carried away, else the view is panned."""
        return False

    def hovered(self, at: QPointF) -> None:
        """The cursor moves over the picture without a button."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, step = event.key(), max(40, self.viewport().width() // 12)
        moves = {
            Qt.Key.Key_Left: (step, 0),
            Qt.Key.Key_Right: (-step, 0),
            Qt.Key.Key_Up: (0, step),
            Qt.Key.Key_Down: (0, -step),
        }
        if key == Qt.Key.Key_F and not event.modifiers():
            self.fit()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(_STEP)
        elif key == Qt.Key.Key_Minus:
            self.zoom(1 / _STEP)
        elif key in moves:
            self.pan(*moves[Qt.Key(key)])
        elif key == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._space = True
                self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            event.ignore()
            return
        event.accept()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = False
            self.viewport().setCursor(Qt.CursorShape.ArrowCursor)
            event.accept()
        else:
            event.ignore()

"""What paints a picture: the background, the items on it, and what lies over them. Only items that look different are painted
anew, and when a symbol flashes only its own few pixels.

Not who is told what: values, alarms and choosing are the view's.
"""

from collections.abc import Callable, Collection, Iterable, Sequence

from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QCloseEvent, QColor, QPainter, QPaintEvent, QRegion, QTransform
from PySide6.QtWidgets import QGraphicsView, QWidget

from app.domain.instant import Instant
from app.domain.wire import AlarmMsg
from widgets.plant import overlay
from widgets.plant.backdrop import Backdrop
from widgets.plant.item import PlantItem
from widgets.plant.scenery import Scenery
from widgets.plant.zoomview import ZoomView
from widgets.pulse import Settle
from widgets.symbols import SLOW, UNACKED, Blink
from widgets.theme import ThemeHolder

_SETTLE_MS = 120
_MANY = 60  # rectangles; beyond, a list of them costs more than painting all between
_HALO_MS = 4000


class PlantCanvas(ZoomView):
    def __init__(self, holder: ThemeHolder, blink: Blink, now: Callable[[], Instant], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scenery = Scenery(holder, now)
        self.silent_since: Instant | None = None
        self._blink = blink
        self._items: list[PlantItem] = []
        self._painted: list[PlantItem] = []  # from the lowest to the uppermost
        self._alarmed: dict[PlantItem, None] = {}
        self._exposed = QRegion()  # of the viewport, in the running paint event
        self._ringed: PlantItem | None = None
        self._halo = False
        self.backdrop = Backdrop(self)
        self.backdrop.ready.connect(self.viewport().update)
        self._settle = Settle(self, _SETTLE_MS, self._sharpen)
        self._halo_off = Settle(self, _HALO_MS, self._end_halo)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        self.viewport().setMouseTracking(True)
        self.moved.connect(self._settle.poke)
        holder.changed.connect(self._on_theme)
        blink.fast_changed.connect(self._on_fast)
        blink.slow_changed.connect(self._on_slow)

    # What is shown

    def show_items(self, items: Sequence[PlantItem]) -> None:
        """These and no others; none of them in alarm or chosen."""
        self._items = list(items)
        self._painted = sorted(items, key=lambda item: item.z)
        self._alarmed.clear()
        self._ringed, self._halo = None, False
        self._blink.use(self, False)

    def show_alarms(self, item: PlantItem, alarms: Sequence[AlarmMsg]) -> None:
        """All live alarms of an item."""
        self._update_symbols([item])
        item.put_alarms(alarms)
        self.repaint_items([item])
        if item.shown:
            self._alarmed[item] = None
        else:
            self._alarmed.pop(item, None)
        self._update_symbols([item])

    def flash(self) -> None:
        """The blink runs while a symbol needs it."""
        self._blink.use(self, any(state in UNACKED for item in self._alarmed for _, state in item.shown))

    def ring(self, item: PlantItem | None) -> None:
        self._update_halo()
        for one, chosen in ((self._ringed, False), (item, True)):
            if one is not None:
                one.selected, one.stale = chosen, True
                self.repaint_items([one])
        self._ringed = item
        self._update_halo()

    def shine(self) -> None:
        """A halo for a while: what is ringed was just looked for."""
        self._halo = True
        self._halo_off.poke()
        self.viewport().update()

    def item_at_symbol(self, at: QPointF) -> PlantItem | None:
        """The item whose symbol hangs at a scene point."""
        to_view = self.viewportTransform()
        return overlay.under_symbol(self._alarmed, to_view, self.scenery.symbol_px, to_view.map(at))

    def repaint_items(self, items: Collection[PlantItem]) -> None:
        """These look different."""
        port = self.viewport()
        if any(item.extent is None for item in items):
            port.update()
            return
        left, top = self._scrolled()
        room = port.rect().translated(left, top)
        seen = [item.extent for item in items if item.extent is not None and item.extent.intersects(room)]
        if len(seen) <= _MANY:
            for extent in seen:
                port.update(extent.translated(-left, -top))
        else:
            around = seen[0]
            for extent in seen:
                around = around.united(extent)
            port.update(around.translated(-left, -top))

    def _scrolled(self) -> tuple[int, int]:
        """Pixels of the plan left of and above the viewport."""
        to_view = self.viewportTransform()
        return -round(to_view.dx()), -round(to_view.dy())

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        self._exposed = event.region()
        super().paintEvent(event)

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """All but what lies over the picture: the items are none of the scene's."""
        theme = self.scenery.theme
        dpr = self.viewport().devicePixelRatioF()
        if self.scenery.begin_frame(self.scale_, dpr):
            for item in self._items:
                item.measure()
        painter.fillRect(rect, QColor(theme.background))
        self.backdrop.draw(painter, dpr, theme)
        to_view = painter.worldTransform()
        left, top = self._scrolled()
        painter.setWorldTransform(QTransform.fromTranslate(-left, -top))  # pixmaps are copied pixel to pixel
        exposed = self._exposed.translated(left, top)
        around, scattered = exposed.boundingRect(), exposed.rectCount() > 1
        for item in self._painted:
            extent = item.extent
            if extent is not None and around.intersects(extent) and not (scattered and not exposed.intersects(extent)):
                item.paint(painter)
        painter.setWorldTransform(to_view)

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        to_view = self.viewportTransform()
        exposed = to_view.mapRect(QRectF(rect)).toAlignedRect()
        room = self.viewport().rect()
        theme = self.scenery.theme
        painter.resetTransform()
        if self.scenery.silent:
            overlay.paint_veil(painter, room, theme)
        if self._ringed is not None:
            overlay.paint_halo(painter, self._ringed, to_view, theme, self._halo)
        overlay.paint_symbols(painter, self._alarmed, to_view, exposed, self.scenery, self._blink)
        if self.scenery.silent:
            overlay.paint_silence(painter, room, theme, self.silent_since)
        if self.backdrop.message:
            overlay.paint_message(painter, room, self.backdrop.message, theme)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        if self.scenery.silent or self.backdrop.message:
            self.viewport().update()  # what is fixed to the window must not be carried along

    def _update_symbols(self, items: Iterable[PlantItem]) -> None:
        """Repaints only the few pixels of these items' symbols."""
        to_view, size = self.viewportTransform(), self.scenery.symbol_px
        room = self.viewport().rect()
        rects = [rect for item in items for rect in overlay.symbol_rects(item, to_view, size) if rect.intersects(room)]
        if len(rects) > _MANY:
            self.viewport().update()
        else:
            for rect in rects:
                self.viewport().update(rect)

    def _update_halo(self) -> None:
        if self._ringed is not None:
            rect = overlay.halo_rect(self._ringed, self.viewportTransform())
            self.viewport().update(rect.toAlignedRect().adjusted(-2, -2, 2, 2))

    def _end_halo(self) -> None:
        self._halo = False
        self._update_halo()

    def _on_fast(self) -> None:
        self._update_symbols(overlay.flashing(self._alarmed, UNACKED - SLOW))

    def _on_slow(self) -> None:
        self._update_symbols(overlay.flashing(self._alarmed, SLOW))

    def _on_theme(self) -> None:
        self.viewport().update()
        self._sharpen()

    def _sharpen(self) -> None:
        visible = self.viewportTransform().inverted()[0].mapRect(QRectF(self.viewport().rect()))
        self.backdrop.want(visible, self.scale_ * self.viewport().devicePixelRatioF(), self.scenery.theme)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.shut()
        super().closeEvent(event)

    def shut(self) -> None:
        """Stops the worker and the timers; call before the window goes."""
        self._settle.stop()
        self._halo_off.stop()
        self._blink.use(self, False)
        self.backdrop.close()

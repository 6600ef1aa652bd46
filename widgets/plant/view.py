"""The plant picture: shows one layout with live values and alarms.

Values come in as dicts, are kept newest-wins, and go to every item 5 times a second while the picture is visible: to the
upper and the lower half of it in turn, so that a thousand tanks that all change hold up the window half as long. Only items
that look different are painted anew. Nothing here knows where values come from: live and replay look the same.
"""

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QColor,
    QHelpEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QRegion,
    QShowEvent,
    QTransform,
)
from PySide6.QtWidgets import QGraphicsView, QToolTip, QWidget

from app.domain.instant import Instant
from app.domain.plant import Equipment, Layout, LayoutItem
from app.domain.sample import Sample
from app.domain.tag import Tag
from app.domain.wire import AlarmMsg
from widgets.plant import overlay
from widgets.plant.backdrop import Backdrop
from widgets.plant.ground import Link
from widgets.plant.item import PlantItem
from widgets.plant.kinds import make_item, place
from widgets.plant.reading import quality_text
from widgets.plant.rounds import TURNS, Rounds
from widgets.plant.scenery import Scenery
from widgets.plant.zoomview import Standpoint, ZoomView
from widgets.pulse import Pulse, Settle
from widgets.symbols import SLOW, UNACKED, Blink
from widgets.theme import ThemeHolder

FLUSH_MS = 200
_AGE_EVERY = 5  # flushes
_SETTLE_MS = 120
_MANY = 60  # rectangles; beyond, a list of them costs more than painting all between
_HALO_MS = 4000


def wall_clock() -> Instant:
    """Microseconds, UTC."""
    return time.time_ns() // 1000


class PlantView(ZoomView):
    """`item_clicked` and `item_activated` carry a `LayoutItem`; `background_clicked` when nothing was hit."""

    item_clicked = Signal(object)
    item_activated = Signal(object)
    background_clicked = Signal()
    flushed = Signal(int)  # values that went to items

    def __init__(
        self,
        holder: ThemeHolder,
        blink: Blink,
        now: Callable[[], Instant] = wall_clock,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.scenery = Scenery(holder, now)
        self._blink = blink
        self._layout: Layout | None = None
        self._items: list[PlantItem] = []
        self._by_id: dict[str, PlantItem] = {}
        self._painted: list[PlantItem] = []  # from the lowest to the uppermost
        self._rounds = Rounds()
        self._items_of_alarm: dict[str, list[PlantItem]] = {}
        self._tags_of: dict[PlantItem, list[str]] = {}
        self._alarmed: dict[PlantItem, None] = {}
        self._latest: dict[str, Sample] = {}
        self._exposed = QRegion()  # of the viewport, in the running paint event
        self._beats = 0
        self._alarms: dict[str, list[AlarmMsg]] = {}
        self._silent_since: Instant | None = None
        self._selected: PlantItem | None = None
        self._halo = False
        self._stood: dict[str, Standpoint] = {}
        self._flushes = 0
        self.backdrop = Backdrop(self)
        self.backdrop.ready.connect(self.viewport().update)
        self._settle = Settle(self, _SETTLE_MS, self._sharpen)
        self._halo_off = Settle(self, _HALO_MS, self._end_halo)
        self._pulse = Pulse(self, FLUSH_MS // TURNS, self._beat)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        self.viewport().setMouseTracking(True)
        self.moved.connect(self._settle.poke)
        self.clicked.connect(self._on_click)
        self.double_clicked.connect(self._on_double_click)
        holder.changed.connect(self._on_theme)
        blink.fast_changed.connect(self._on_fast)
        blink.slow_changed.connect(self._on_slow)

    # What is shown

    def show_layout(
        self, layout: Layout, picture: bytes | None, tags: Mapping[str, Tag], equipment: Mapping[str, Equipment]
    ) -> None:
        """`picture`: the bytes of the background file. Values and alarms already put are shown at once."""
        if self._layout is not None:
            self._stood[self._layout.id] = self.standpoint()
        self._clear()
        self._layout = layout
        scenery = self.scenery
        scenery.begin_layout(layout, tags, equipment)
        x0, y0, x1, y1 = layout.extent
        self.set_content(QRectF(x0, -y1, x1 - x0, y1 - y0))
        self._items += [make_item(spec, scenery) for spec in layout.items]
        place(self._items, scenery.em)
        for item in self._items:
            self._by_id.setdefault(item.spec.id, item)
        self._painted = sorted(self._items, key=lambda item: item.z)
        self._rounds.bind(self._items)
        self._bind_alarms(tags)
        for item in self._items:
            for slot in item.slots:
                if (sample := self._latest.get(slot.name)) is not None:
                    item.put(slot, sample)
        self._show_alarms(item for item in self._tags_of if any(name in self._alarms for name in self._tags_of[item]))
        self.backdrop.load(layout, picture)
        self.stand_at(self._stood.get(layout.id, Standpoint(1, 0, 0, fitted=True)))
        self.viewport().update()

    @property
    def layout_id(self) -> str:
        return self._layout.id if self._layout is not None else ""

    def _clear(self) -> None:
        self._items.clear()
        self._painted.clear()
        self._by_id.clear()
        self._items_of_alarm.clear()
        self._tags_of.clear()
        self._alarmed.clear()
        self._selected, self._halo = None, False
        self._blink.use(self, False)

    def _bind_alarms(self, tags: Mapping[str, Tag]) -> None:
        """A tag that is drawn speaks where it is drawn; one that is not speaks at its equipment, so that no alarm is lost."""
        for item in self._items:
            for name in dict.fromkeys(slot.name for slot in item.slots):
                self._items_of_alarm.setdefault(name, []).append(item)
        first: dict[str, PlantItem] = {}
        for item in sorted(self._items, key=lambda item: not item.slots):
            if item.spec.equipment and item.spec.type not in ("text", "camera"):
                first.setdefault(item.spec.equipment, item)
        for tag in tags.values():
            if tag.tag not in self._items_of_alarm and tag.equipment in first:
                self._items_of_alarm[tag.tag] = [first[tag.equipment]]
        for name, items in self._items_of_alarm.items():
            for item in items:
                self._tags_of.setdefault(item, []).append(name)

    # Values

    def put_values(self, values: Mapping[str, Sample]) -> None:
        """Newest wins; shown with the next flush."""
        self._latest.update(values)
        self._rounds.put(values)

    def flush(self) -> None:
        """Everything that is new, now."""
        self._hand_over(self._rounds.all())
        self._grow_older()

    def _beat(self) -> None:
        """The turn of one part; every part has its own once in a flush."""
        turn = self._beats % TURNS
        self._beats += 1
        self._hand_over([turn])
        if turn == 0:
            self._grow_older()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.flush()  # right from the first look on

    def _hand_over(self, parts: Iterable[int]) -> None:
        handed, different = self._rounds.hand_over(parts)
        self._repaint(different)
        if handed:
            self.flushed.emit(handed)

    def _repaint(self, items: Collection[PlantItem]) -> None:
        """These look different."""
        whole = False
        for item in items:
            item.stale = True
            whole |= item.extent is None
        port = self.viewport()
        if whole:
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

    def _grow_older(self) -> None:
        self._flushes += 1
        if self._flushes % _AGE_EVERY == 0:
            self._repaint([item for item in self._items if item.ageing and item.grow_older()])

    def put_alarms(self, alarms: Mapping[str, Sequence[AlarmMsg]], whole: bool = False) -> None:
        """For each tag named, all its live alarms (an empty list: none). `whole`: tags not named have none."""
        changed: Iterable[str] = alarms
        if whole:
            changed = {*self._alarms, *alarms}
            self._alarms.clear()
        for name in alarms:
            if alarms[name]:
                self._alarms[name] = list(alarms[name])
            else:
                self._alarms.pop(name, None)
        self._show_alarms(dict.fromkeys(item for name in changed for item in self._items_of_alarm.get(name, ())))

    def put_link_alarms(self, alarms: Mapping[str, Sequence[AlarmMsg]]) -> None:
        """Layout id to all live alarms there: shown on the links that lead to it."""
        for item in self._items:
            if isinstance(item, Link):
                self._set_alarms(item, alarms.get(item.target, ()))
        self._blink.use(self, self._flashing())

    def set_feed_silent(self, silent: bool, since: Instant | None = None) -> None:
        """Nothing has come for too long: every value is in doubt and the whole picture says so. `since`: the last news."""
        self._silent_since = since
        if silent != self.scenery.silent:
            self.scenery.silent = silent
            for item in self._items:
                item.stale = True
                for slot in item.slots:
                    item.put(slot, slot.sample)
            self.viewport().update()

    def _show_alarms(self, items: Iterable[PlantItem]) -> None:
        for item in items:
            self._set_alarms(item, [a for name in self._tags_of.get(item, ()) for a in self._alarms.get(name, ())])
        self._blink.use(self, self._flashing())

    def _set_alarms(self, item: PlantItem, alarms: Sequence[AlarmMsg]) -> None:
        self._update_symbols([item])
        item.put_alarms(alarms)
        self._repaint([item])
        if item.shown:
            self._alarmed[item] = None
        else:
            self._alarmed.pop(item, None)
        self._update_symbols([item])

    def _flashing(self) -> bool:
        return any(state in UNACKED for item in self._alarmed for _, state in item.shown)

    # Finding and choosing

    def find(self, text: str) -> list[LayoutItem]:  # type: ignore[override]
        """Items whose label, id, equipment or tags contain `text`, whatever the case; those that begin with it first."""
        wanted = text.strip().casefold()
        if not wanted:
            return []
        found: list[tuple[bool, int, LayoutItem]] = []
        for item in self._items:
            words = [word.casefold() for word in _search_words(item)]
            if any(wanted in word for word in words):
                found.append((not any(word.startswith(wanted) for word in words), len(found), item.spec))
        return [spec for _, _, spec in sorted(found, key=lambda row: row[:2])]

    def focus_item(self, item_id: str) -> bool:
        """Brings an item into the middle, large enough to read, with a halo. False when this picture has no such item."""
        item = self._by_id.get(item_id)
        if item is None:
            return False
        self.select(item_id)
        readable = 15 / self.scenery.em
        scale = max(self.scale_, min(readable, self.fit_scale() * 6))
        self.look_at(self.kept_inside(item.body_rect().center(), scale), scale)
        self._halo = True
        self._halo_off.poke()
        self.viewport().update()
        return True

    def select(self, item_id: str) -> None:
        """Rings an item; an id that is not there rings none."""
        self._update_halo()
        for item, chosen in ((self._selected, False), (self._by_id.get(item_id), True)):
            if item is not None:
                item.selected = chosen
                self._repaint([item])
        self._selected = self._by_id.get(item_id)
        self._update_halo()

    @property
    def selected(self) -> LayoutItem | None:
        return self._selected.spec if self._selected is not None else None

    def item_of_tag(self, tag: str) -> LayoutItem | None:
        """The item that speaks for `tag` in this picture."""
        items = self._items_of_alarm.get(tag)
        return items[0].spec if items else None

    def item_at(self, at: QPointF) -> PlantItem | None:
        """The topmost item at a scene point; a symbol belongs to its item wherever it hangs."""
        to_view = self.viewportTransform()
        by_symbol = overlay.under_symbol(self._alarmed, to_view, self.scenery.symbol_px, to_view.map(at))
        if by_symbol is not None:
            return by_symbol
        slack = 4 / self.scale_
        hits = [item for item in self._items if item.hit(at, slack)]
        return max(hits, key=lambda item: (item.z, -item.w * item.h), default=None)

    def _end_halo(self) -> None:
        self._halo = False
        self._update_halo()

    def _on_click(self, at: QPointF) -> None:
        item = self.item_at(at)
        if item is None:
            self.select("")
            self.background_clicked.emit()
        else:
            self.select(item.spec.id)
            self.item_clicked.emit(item.spec)

    def _on_double_click(self, at: QPointF) -> None:
        item = self.item_at(at)
        if item is not None:
            self.item_activated.emit(item.spec)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._selected is not None:
            self.item_clicked.emit(self._selected.spec)
            self.item_activated.emit(self._selected.spec)
            event.accept()
        elif event.key() == Qt.Key.Key_Escape:
            self.select("")
            self.background_clicked.emit()
            event.accept()
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes from item to item in reading order, and at the end on to the next widget: the keyboard is never caught."""
        line = 2.0 * self.scenery.em
        stops = sorted(
            (item for item in self._items if not item.static or isinstance(item, Link)),
            key=lambda item: (round(-item.spec.y / line), item.spec.x),
        )
        at = stops.index(self._selected) if self._selected in stops else (-1 if forward else len(stops))
        at += 1 if forward else -1
        if 0 <= at < len(stops):
            self.select(stops[at].spec.id)
            self._bring_into_view(stops[at])
            return True
        self.select("")
        return super().focusNextPrevChild(forward)

    def _bring_into_view(self, item: PlantItem) -> None:
        shown = self.viewportTransform().mapRect(item.body_rect())
        if not QRectF(self.viewport().rect()).contains(shown):
            self.look_at(item.body_rect().center())

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            item = self.item_at(self.to_scene(QPointF(event.pos())))
            QToolTip.showText(event.globalPos(), _tooltip(item, self.scenery.silent) if item is not None else "", self)
            return True
        return super().viewportEvent(event)

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
        if self._selected is not None:
            overlay.paint_halo(painter, self._selected, to_view, theme, self._halo)
        overlay.paint_symbols(painter, self._alarmed, to_view, exposed, self.scenery, self._blink)
        if self.scenery.silent:
            overlay.paint_silence(painter, room, theme, self._silent_since)
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
        if self._selected is not None:
            rect = overlay.halo_rect(self._selected, self.viewportTransform())
            self.viewport().update(rect.toAlignedRect().adjusted(-2, -2, 2, 2))

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


def _search_words(item: PlantItem) -> list[str]:
    words = [item.spec.label, item.spec.id, item.spec.equipment, item.spec.camera, *item.spec.bind.values()]
    if item.equipment is not None:
        words += [item.equipment.name, item.equipment.chemical]
    words += [slot.tag.name for slot in item.slots if slot.tag is not None]
    return [word for word in words if word]


def _tooltip(item: PlantItem, silent: bool) -> str:
    lines = [item.label or item.spec.id]
    if item.equipment is not None and item.equipment.name and item.equipment.name != item.label:
        lines.append(item.equipment.name)
    for slot in item.slots:
        name = slot.tag.name if slot.tag is not None and slot.tag.name else slot.name
        lines.append(f"{name}  {slot.said.text} {slot.said.unit}  {quality_text(slot.sample, silent)}")
    lines += [alarm.message or f"{alarm.tag} {alarm.rule}" for alarm in item.alarms]
    return "\n".join(lines)

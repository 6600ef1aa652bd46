"""The plant picture: shows one layout with live values and alarms.

Values come in as dicts, are kept newest-wins, and go to every item 5 times a second while the picture is visible: to the
upper and the lower half of it in turn, so that a thousand tanks that all change hold up the window half as long. Nothing
here knows where values come from: live and replay look the same.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QToolTip, QWidget

from app.domain.instant import Instant
from app.domain.plant import Equipment, Layout, LayoutItem
from app.domain.sample import Sample
from app.domain.tag import Tag
from app.domain.wire import AlarmMsg
from widgets.plant.canvas import PlantCanvas
from widgets.plant.finding import find, tooltip
from widgets.plant.ground import Link
from widgets.plant.item import PlantItem
from widgets.plant.kinds import make_item, place
from widgets.plant.rounds import TURNS, Rounds
from widgets.plant.speakers import Speakers
from widgets.plant.zoomview import Standpoint
from widgets.pulse import Pulse
from widgets.symbols import Blink
from widgets.tagdrag import start_drag
from widgets.theme import ThemeHolder

FLUSH_MS = 200
_AGE_EVERY = 5  # flushes


def wall_clock() -> Instant:
    """Microseconds, UTC."""
    return time.time_ns() // 1000


class PlantView(PlantCanvas):
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
        super().__init__(holder, blink, now, parent)
        self._layout: Layout | None = None
        self._by_id: dict[str, PlantItem] = {}
        self._rounds = Rounds()
        self._speakers = Speakers()
        self._latest: dict[str, Sample] = {}
        self._beats = 0
        self._flushes = 0
        self._stood: dict[str, Standpoint] = {}
        self._pulse = Pulse(self, FLUSH_MS // TURNS, self._beat)
        self.clicked.connect(self._on_click)
        self.double_clicked.connect(self._on_double_click)

    # What is shown

    def show_layout(
        self, layout: Layout, picture: bytes | None, tags: Mapping[str, Tag], equipment: Mapping[str, Equipment]
    ) -> None:
        """`picture`: the bytes of the background file. Values and alarms already put are shown at once."""
        if self._layout is not None:
            self._stood[self._layout.id] = self.standpoint()
        self._layout = layout
        scenery = self.scenery
        scenery.begin_layout(layout, tags, equipment)
        x0, y0, x1, y1 = layout.extent
        self.set_content(QRectF(x0, -y1, x1 - x0, y1 - y0))
        items = [make_item(spec, scenery) for spec in layout.items]
        place(items, scenery.em)
        self.show_items(items)
        self._by_id.clear()
        for item in items:
            self._by_id.setdefault(item.spec.id, item)
        self._rounds.bind(items)
        self._speakers.bind(items, tags)
        for item in items:
            for slot in item.slots:
                if (sample := self._latest.get(slot.name)) is not None:
                    item.put(slot, sample)
        self._show_alarms(self._speakers.speaking())
        self.backdrop.load(layout, picture)
        self.stand_at(self._stood.get(layout.id, Standpoint(1, 0, 0, fitted=True)))
        self.viewport().update()

    @property
    def layout_id(self) -> str:
        return self._layout.id if self._layout is not None else ""

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
        self.repaint_items(different)
        if handed:
            self.flushed.emit(handed)

    def _grow_older(self) -> None:
        self._flushes += 1
        if self._flushes % _AGE_EVERY == 0:
            self.repaint_items([item for item in self._items if item.ageing and item.grow_older()])

    def set_feed_silent(self, silent: bool, since: Instant | None = None) -> None:
        """Nothing has come for too long: every value is in doubt and the whole picture says so. `since`: the last news."""
        self.silent_since = since
        if silent != self.scenery.silent:
            self.scenery.silent = silent
            for item in self._items:
                item.stale = True
                for slot in item.slots:
                    item.put(slot, slot.sample)
            self.viewport().update()

    # Alarms

    def put_alarms(self, alarms: Mapping[str, Sequence[AlarmMsg]], whole: bool = False) -> None:
        """For each tag named, all its live alarms (an empty list: none). `whole`: tags not named have none."""
        self._show_alarms(self._speakers.put(alarms, whole))

    def put_link_alarms(self, alarms: Mapping[str, Sequence[AlarmMsg]]) -> None:
        """Layout id to all live alarms there: shown on the links that lead to it."""
        for item in self._items:
            if isinstance(item, Link):
                self.show_alarms(item, alarms.get(item.target, ()))
        self.flash()

    def _show_alarms(self, items: Iterable[PlantItem]) -> None:
        for item in items:
            self.show_alarms(item, self._speakers.alarms_of(item))
        self.flash()

    # Finding and choosing

    def find(self, text: str) -> list[LayoutItem]:  # type: ignore[override]
        """Items whose label, id, equipment or tags contain `text`, whatever the case; those that begin with it first."""
        return find(self._items, text)

    def focus_item(self, item_id: str) -> bool:
        """Brings an item into the middle, large enough to read, with a halo. False when this picture has no such item."""
        item = self._by_id.get(item_id)
        if item is None:
            return False
        self.select(item_id)
        readable = 15 / self.scenery.em
        scale = max(self.scale_, min(readable, self.fit_scale() * 6))
        self.look_at(self.kept_inside(item.body_rect().center(), scale), scale)
        self.shine()
        return True

    def select(self, item_id: str) -> None:
        """Rings an item; an id that is not there rings none."""
        self.ring(self._by_id.get(item_id))

    @property
    def selected(self) -> LayoutItem | None:
        return self._ringed.spec if self._ringed is not None else None

    def item_of_tag(self, tag: str) -> LayoutItem | None:
        """The item that speaks for `tag` in this picture."""
        item = self._speakers.of_tag(tag)
        return item.spec if item is not None else None

    def item_at(self, at: QPointF) -> PlantItem | None:
        """The topmost item at a scene point; a symbol belongs to its item wherever it hangs."""
        if (by_symbol := self.item_at_symbol(at)) is not None:
            return by_symbol
        slack = 4 / self.scale_
        hits = [item for item in self._items if item.hit(at, slack)]
        return max(hits, key=lambda item: (item.z, -item.w * item.h), default=None)

    def drags(self, at: QPointF) -> bool:
        """What an item shows can be carried into a trend; from the ground the picture is panned."""
        item = self.item_at(self.to_scene(at))
        if item is None or not item.slots:
            return False
        start_drag(self, [slot.name for slot in item.slots])
        return True

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
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._ringed is not None:
            self.item_clicked.emit(self._ringed.spec)
            self.item_activated.emit(self._ringed.spec)
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
        at = stops.index(self._ringed) if self._ringed in stops else (-1 if forward else len(stops))
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
            QToolTip.showText(event.globalPos(), tooltip(item, self.scenery.silent) if item is not None else "", self)
            return True
        return super().viewportEvent(event)

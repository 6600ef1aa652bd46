"""The plant page: choose a picture, search, zoom; the picture; the faceplate beside it. Joins the parts, draws nothing."""

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QIcon, QKeyEvent, QKeySequence, QPalette, QPixmap, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QCompleter,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QStackedLayout,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.domain.alarm import AlarmState
from app.domain.instant import Instant
from app.domain.plant import Camera, Equipment, Layout, LayoutItem
from app.domain.sample import Sample
from app.domain.tag import Tag
from app.domain.wire import AlarmMsg
from widgets.plant.faceplate import Faceplate, tags_of
from widgets.plant.places import Places
from widgets.plant.view import PlantView, wall_clock
from widgets.pulse import Pulse
from widgets.symbols import Blink, symbol_of, symbol_pixmap, to_show
from widgets.tagdrag import TagLines
from widgets.theme import ThemeHolder, font
from widgets.words import tr

FLUSH_MS = 500
_TAB_SYMBOL = 18
_SEARCH_WIDE, _SEARCH_NARROW = 420, 170
_ROOMY = 1300  # of the page: narrower, the pictures' names need the room


class PlantPage(QWidget):
    """`acknowledge` and `reset` carry an occurrence; `open_trend` and `history_wanted` a tag; `open_camera` a camera;
    `open_card` an AlarmMsg."""

    acknowledge = Signal(object)
    reset = Signal(object)
    open_card = Signal(object)
    open_trend = Signal(str)
    open_camera = Signal(str)
    history_wanted = Signal(str)

    def __init__(
        self, holder: ThemeHolder, blink: Blink, now: Callable[[], Instant] = wall_clock, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._holder = holder
        self._layouts: dict[str, Layout] = {}
        self._picture: Callable[[str], bytes | None] = _no_picture
        self._tags: Mapping[str, Tag] = {}
        self._equipment: Mapping[str, Equipment] = {}
        self._cameras: Mapping[str, Camera] = {}
        self._places = Places((), {})
        self._lines: dict[str, tuple[str, str]] = {}
        self._values: dict[str, Sample] = {}
        self._alarms: dict[str, list[AlarmMsg]] = {}
        self._faceplate_tags: list[str] = []
        self._tabs_stale = False
        self._tools: list[QToolButton] = []
        self.view = PlantView(holder, blink, now, self)
        self.faceplate = Faceplate(holder, blink, now, self)
        self.faceplate.hide()
        self.tabs = QTabBar(self)
        self.tabs.setFont(font(11.5))
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        self.tabs.setUsesScrollButtons(True)
        self.tabs.setElideMode(Qt.TextElideMode.ElideNone)
        self.tabs.setIconSize(QSize(_TAB_SYMBOL, _TAB_SYMBOL))
        self.tabs.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.search = QLineEdit(self)
        self.search.setFont(font(11))
        self.search.setPlaceholderText(tr("查找位号、设备、介质（Ctrl+F）"))
        self.search.setClearButtonEnabled(True)
        self.search.setFixedWidth(_SEARCH_WIDE)
        self.search.setMinimumHeight(32)
        self._offers = TagLines(self._tags_of_line, self)
        completer = QCompleter(self._offers, self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setMaxVisibleItems(14)
        if (popup := completer.popup()) is not None:
            popup.setFont(font(11))
            popup.setDragEnabled(True)
        self.search.setCompleter(completer)
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 6, 8, 6)
        bar.setSpacing(6)
        bar.addWidget(self.tabs, 1)
        bar.addWidget(self.search)
        for said, tip, action in (
            ("−", tr("缩小（-）"), self._zoom_out),
            ("＋", tr("放大（+）"), self._zoom_in),
            (tr("全图"), tr("显示整张图（F）"), self.view.fit),
        ):
            button = QToolButton(self)
            button.setText(said)
            button.setFont(font(11.5))
            button.setToolTip(tip)
            button.setMinimumSize(40, 32)
            button.clicked.connect(action)
            bar.addWidget(button)
            self._tools.append(button)
        self._empty = QLabel(tr("正在读取站点配置…"), self)
        self._empty.setFont(font(13))
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        scene = QWidget(self)
        row = self._row = QHBoxLayout(scene)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(1)
        row.addWidget(self.view, 1)
        row.addWidget(self.faceplate)
        self._stack = QStackedLayout()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(scene)
        all_ = QVBoxLayout(self)
        all_.setContentsMargins(0, 0, 0, 0)
        all_.setSpacing(0)
        all_.addLayout(bar)
        all_.addLayout(self._stack, 1)
        self.tabs.currentChanged.connect(self._on_tab)
        completer.activated[str].connect(self._on_offer)  # type: ignore[index]
        self.search.returnPressed.connect(self._on_search)
        self.view.item_clicked.connect(self._on_item)
        self.view.background_clicked.connect(self.close_faceplate)
        self.faceplate.closed.connect(self.close_faceplate)
        for name in ("acknowledge", "reset", "open_card", "open_trend", "open_camera", "history_wanted"):
            getattr(self.faceplate, name).connect(getattr(self, name))
        QShortcut(QKeySequence("Ctrl+F"), self, self.search_now, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.setFocusProxy(self.view)
        self._pulse = Pulse(self, FLUSH_MS, self.flush)
        holder.changed.connect(self._show_tab_symbols)

    def show_site(
        self,
        layouts: Sequence[Layout],
        picture: Callable[[str], bytes | None],
        tags: Mapping[str, Tag],
        equipment: Mapping[str, Equipment],
        cameras: Mapping[str, Camera],
    ) -> None:
        """`picture(file)` gives the bytes of a background, or None. The picture shown before is shown again if it still is."""
        before = self.view.layout_id
        self._layouts = {layout.id: layout for layout in sorted(layouts, key=lambda layout: layout.level)}
        self._picture, self._tags, self._equipment, self._cameras = picture, tags, equipment, cameras
        self._places = Places(tuple(self._layouts.values()), tags)
        self._lines = self._places.search_lines(tags, equipment)
        self._offers.setStringList(list(self._lines))
        self.close_faceplate()
        self.tabs.blockSignals(True)
        while self.tabs.count():
            self.tabs.removeTab(0)
        for layout in self._layouts.values():
            self.tabs.setTabData(self.tabs.addTab(layout.title), layout.id)
        self.tabs.blockSignals(False)
        none = tr("还没有平面图。\n请工程师在站点包的 layouts 文件夹中加入平面图，再导入配置。")
        self._empty.setText(none if tags else tr("正在读取站点配置…"))  # a site without tags: none has been read yet
        self._stack.setCurrentIndex(1 if self._layouts else 0)
        if self._layouts:
            shown = before if before in self._layouts else next(iter(self._layouts))
            self.tabs.blockSignals(True)
            self.tabs.setCurrentIndex(list(self._layouts).index(shown))
            self.tabs.blockSignals(False)
            self._show(shown)
        self._show_tab_symbols()

    def hide_tools(self) -> None:
        """For a wall: nothing to type or to press."""
        for tool in (self.search, *self._tools):
            tool.hide()

    def put_values(self, values: Mapping[str, Sample]) -> None:
        self._values.update(values)
        self.view.put_values(values)
        self.faceplate.put_values(values)

    def put_alarms(self, alarms: Mapping[str, Sequence[AlarmMsg]], whole: bool = False) -> None:
        """For each tag named, all its live alarms (an empty list: none). `whole`: tags not named have none."""
        if whole:
            self._alarms.clear()
        for name, live in alarms.items():
            if live:
                self._alarms[name] = list(live)
            else:
                self._alarms.pop(name, None)
        self.view.put_alarms(alarms, whole)
        self._tabs_stale = True
        if whole or any(name in alarms for name in self._faceplate_tags):
            self._show_faceplate_alarms()

    def flush(self) -> None:
        """Symbols of the pictures that are not shown; twice a second at most, whatever storm rages."""
        if self._tabs_stale:
            self._tabs_stale = False
            self._show_tab_symbols()

    def put_history(
        self, tag: str, times: Sequence[Instant], lows: Sequence[float | None], highs: Sequence[float | None] | None = None
    ) -> None:
        """The last hour of a tag, as `history_wanted` asked; with `highs` the points are spans; None is a gap."""
        self.faceplate.put_history(tag, times, lows, highs)

    def set_feed_silent(self, silent: bool, since: Instant | None = None) -> None:
        self.view.set_feed_silent(silent, since)
        self.faceplate.set_feed_silent(silent)

    # Going places

    def show_layout(self, layout_id: str) -> bool:
        """False when there is no such picture."""
        if layout_id not in self._layouts:
            return False
        self.tabs.setCurrentIndex(list(self._layouts).index(layout_id))
        return True

    def goto_tag(self, tag: str) -> bool:
        """Shows the picture a tag is drawn in, the item in the middle with a halo, and its faceplate. False: drawn nowhere."""
        return self._goto(self._places.of_tag(tag, prefer=self._working_layout()))

    def goto_equipment(self, code: str) -> bool:
        return self._goto(self._places.of_equipment(code, prefer=self._working_layout()))

    def _working_layout(self) -> str:
        """The picture shown, unless it is only an overview: going to a tag means going where one works."""
        layout = self._layouts.get(self.view.layout_id)
        return layout.id if layout is not None and layout.level > 1 else ""

    def search_now(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    def _goto(self, place: tuple[str, str] | None) -> bool:
        if place is None:
            return False
        self.show_layout(place[0])
        item = self._places.item(*place)
        if item is not None:
            self._open_faceplate(item)  # first: it takes room from the picture
            self.view.focus_item(item.id)
        return item is not None

    def _on_offer(self, line: str) -> None:
        self._goto(self._lines.get(line))
        self.view.setFocus()

    def _tags_of_line(self, line: str) -> list[str]:
        layout, id = self._lines.get(line, ("", ""))
        items = self._layouts[layout].items if layout in self._layouts else ()
        return [tag for item in items if item.id == id for tag in item.bind.values()]

    def _on_search(self) -> None:
        """Enter without choosing: the first line that contains what was typed."""
        wanted = self.search.text().strip().casefold()
        line = next((line for line in self._lines if wanted and wanted in line.casefold()), None)
        if line is not None:
            self._on_offer(line)

    def _on_tab(self, index: int) -> None:
        if index >= 0:
            self.close_faceplate()
            self._show(str(self.tabs.tabData(index)))

    def _show(self, layout_id: str) -> None:
        layout = self._layouts[layout_id]
        picture = self._picture(layout.background.file) if layout.background is not None else None
        self.view.show_layout(layout, picture, self._tags, self._equipment)
        self.view.put_link_alarms(self._alarms_by_layout())

    def _on_item(self, item: LayoutItem) -> None:
        if item.type == "link":
            self.show_layout(str(item.options.get("layout", "")))
        elif item.bind or item.equipment or item.camera:
            self._open_faceplate(item)

    def _open_faceplate(self, item: LayoutItem) -> None:
        self.faceplate.show_item(item, self._tags, self._equipment, self._cameras, self._values)
        self._faceplate_tags = tags_of(item, self._tags)
        self._show_faceplate_alarms()
        self.faceplate.show()
        self._row.activate()  # the view must know its new width before it is told what to look at

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.search.setFixedWidth(_SEARCH_WIDE if self.width() >= _ROOMY else _SEARCH_NARROW)

    def close_faceplate(self) -> None:
        self.faceplate.hide()
        self.view.select("")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc from anywhere on the page: out of the search, then the faceplate closes."""
        if event.key() == Qt.Key.Key_Escape and not self.faceplate.isHidden():
            self.close_faceplate()
            self.view.setFocus()
        else:
            super().keyPressEvent(event)

    def _show_faceplate_alarms(self) -> None:
        item = self.faceplate.item
        if item is not None:
            self.faceplate.put_alarms([alarm for name in self._faceplate_tags for alarm in self._alarms.get(name, ())])

    def _zoom_in(self) -> None:
        self.view.zoom(1.4)

    def _zoom_out(self) -> None:
        self.view.zoom(1 / 1.4)

    # Alarms of pictures that are not shown

    def _alarms_by_layout(self) -> dict[str, list[AlarmMsg]]:
        found: dict[str, list[AlarmMsg]] = {}
        for name, alarms in self._alarms.items():
            for layout in self._places.layouts_of(name):
                found.setdefault(layout, []).extend(alarms)
        return found

    def _show_tab_symbols(self) -> None:
        by_layout = self._alarms_by_layout()
        self.view.put_link_alarms(by_layout)
        for index in range(self.tabs.count()):
            worst = to_show(by_layout.get(str(self.tabs.tabData(index)), ()))[:1]
            self.tabs.setTabIcon(index, QIcon(self._tab_symbol(worst[0])) if worst else QIcon())

    def _tab_symbol(self, alarm: AlarmMsg) -> QPixmap:
        priority, state = symbol_of(alarm)
        still = AlarmState(state)
        return symbol_pixmap(priority, still, True, _TAB_SYMBOL, self._holder.theme, self.devicePixelRatioF())

    def closeEvent(self, event: QCloseEvent) -> None:
        self.shut()
        super().closeEvent(event)

    def shut(self) -> None:
        """Stops the picture's worker and timers; call before the window goes."""
        self.view.shut()


def _no_picture(_: str) -> bytes | None:
    return None

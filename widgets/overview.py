"""The overview page: one card per hazard source, highest level first; the first page of a shift.

Values and alarms come in like everywhere and are summed up once a second while the page is visible.
"""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from app.domain.instant import Instant, to_datetime
from app.domain.plant import Equipment
from app.domain.sample import Sample
from app.domain.tag import Tag
from app.domain.wire import AlarmMsg
from widgets.ahead import AheadNote
from widgets.overview_card import CARD_HEIGHT, CARD_WIDTH, Card
from widgets.overview_summary import Group, Summary, count, group, summarise
from widgets.pulse import Pulse
from widgets.symbols import Blink
from widgets.theme import ThemeHolder, font
from widgets.words import tr

FLUSH_MS = 1000
SLICES = 10
_LARGEST = 1.8


class OverviewPage(QWidget):
    """`open_layout` carries an equipment: show the picture it stands in."""

    open_layout = Signal(str)

    def __init__(self, holder: ThemeHolder, blink: Blink, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._holder, self._blink = holder, blink
        self._groups: list[Group] = []
        self._cards: list[Card] = []
        self._group_of: dict[str, int] = {}
        self._values: dict[str, Sample] = {}
        self._alarms: dict[str, list[AlarmMsg]] = {}
        self._stale: set[int] = set()
        self._silent = False
        self._since: Instant | None = None
        self._columns = 0
        self._head = QLabel(self)
        self._head.setFont(font(12))
        self._head.setWordWrap(True)
        self._head.setTextFormat(Qt.TextFormat.PlainText)
        self._empty = QLabel(
            tr("还没有配置设备和位号。\n请工程师导入站点包（equipment.csv 中填写重大危险源编码与级别）。"), self
        )
        self._empty.setFont(font(13))
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._body = QWidget()
        self._grid = QGridLayout(self._body)
        self._grid.setContentsMargins(16, 6, 16, 16)
        self._grid.setSpacing(12)
        scroll = QScrollArea(self)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setWidget(self._body)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        page = QWidget(self)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        above = QVBoxLayout()
        above.setContentsMargins(16, 12, 16, 6)  # not of the label: a style sheet that is replaced takes those away
        above.addWidget(self._head)
        column.addLayout(above)
        column.addWidget(scroll, 1)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(page)
        self._beats = 0
        self._pulse = Pulse(self, FLUSH_MS // SLICES, self._beat)
        holder.changed.connect(self.update)

    def show_site(self, tags: Mapping[str, Tag], equipment: Mapping[str, Equipment]) -> None:
        for card in self._cards:
            self._grid.removeWidget(card)
            card.hide()
            card.deleteLater()
        self._groups = group(tags.values(), equipment.values())
        self._group_of = {tag.tag: i for i, one in enumerate(self._groups) for tag in one.tags}
        self._cards = []
        for one in self._groups:
            card = Card(one, self._holder, self._blink)
            card.opened.connect(self.open_layout)
            self._cards.append(card)
        self._stale = set(range(len(self._groups)))
        self._stack.setCurrentIndex(1 if self._groups else 0)
        self._columns = 0
        self._arrange()
        self.flush()

    @property
    def cards(self) -> Sequence[Card]:
        return self._cards

    def put_values(self, values: Mapping[str, Sample]) -> None:
        self._values.update(values)
        self._stale |= {self._group_of[name] for name in values.keys() & self._group_of.keys()}

    def put_alarms(self, alarms: Mapping[str, Sequence[AlarmMsg]], whole: bool = False) -> None:
        """For each tag named, all its live alarms (an empty list: none). `whole`: tags not named have none."""
        if whole:
            self._alarms.clear()
            self._stale = set(range(len(self._groups)))
        for name, live in alarms.items():
            if live:
                self._alarms[name] = list(live)
            else:
                self._alarms.pop(name, None)
            if name in self._group_of:
                self._stale.add(self._group_of[name])

    def put_ahead(self, notes: Mapping[str, AheadNote]) -> None:
        """When limits are reached at the present rate, by tag; all there are. A card tells of its nearest."""
        nearest: dict[int, tuple[AheadNote, str]] = {}
        for name, note in sorted(notes.items(), key=lambda item: item[1].seconds):
            if name in self._group_of:
                nearest.setdefault(self._group_of[name], (note, name))
        for index, card in enumerate(self._cards):
            found = nearest.get(index)
            card.put_ahead("" if found is None or self._silent else f"{found[1]} {found[0].text}")

    def set_feed_silent(self, silent: bool, since: Instant | None = None) -> None:
        """Every value is in doubt then, and the page says so."""
        self._silent, self._since = silent, since
        if silent:
            self.put_ahead({})
        self._stale = set(range(len(self._groups)))
        self.flush()

    def flush(self) -> None:
        """Sums up everything that changed."""
        self._sum_up(self._stale)

    def _beat(self) -> None:
        """A tenth of the sources at a time, so that 20,000 tags are never one stall; each source once a second."""
        self._beats += 1
        self._sum_up({index for index in self._stale if index % SLICES == self._beats % SLICES})

    def _sum_up(self, indices: set[int]) -> None:
        self._stale = self._stale - indices
        for index in indices:
            one = self._groups[index]
            live = [alarm for tag in one.tags for alarm in self._alarms.get(tag.tag, ())]
            self._cards[index].put(summarise(one, self._values, self._alarms, self._silent), live)
        said = self._headline()
        if said != self._head.text():
            self._head.setText(said)

    def _headline(self) -> str:
        """One line for the plant: silence first, then sums of every alarm there is, wherever it belongs."""
        counts, aside = count(alarm for live in self._alarms.values() for alarm in live)
        loose, _ = count(a for name, live in self._alarms.items() if name not in self._group_of for a in live)
        summaries: list[Summary] = [card.summary for card in self._cards if card.summary is not None]
        said = [
            tr("重大危险源 {n} 处", n=sum(1 for one in self._groups if one.code)),
            tr("未确认 {n}", n=sum(c.unacked for c in counts)),
            tr("全部报警 {n}", n=sum(c.active for c in counts)),
            tr("搁置或停用 {n}", n=aside),
            tr("系统与数据源报警 {n}", n=sum(c.active for c in loose)),
            tr("数据存疑 {n}", n=sum(s.doubted for s in summaries)),
        ]
        if self._silent:
            time = f"{to_datetime(self._since).astimezone():%H:%M:%S}" if self._since is not None else ""
            said.insert(0, tr("与站点失联 · 自 {time} 起无数据", time=time) if time else tr("与站点失联"))
        return "   ".join(said)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.flush()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """As many columns as make the cards largest: a plant of five hazard sources is read from across the room."""
        room_w, room_h = self.width() - 32, self.height() - self._head.sizeHint().height() - 24
        most = max(1, room_w // CARD_WIDTH)

        def growth(columns: int) -> float:
            rows = max(1, -(-len(self._cards) // columns))
            return min(room_w / columns / (CARD_WIDTH + 12), room_h / rows / (CARD_HEIGHT + 12))

        columns = max(range(1, most + 1), key=growth)
        scale = min(_LARGEST, max(1.0, growth(columns)))
        for card in self._cards:
            card.set_scale(scale)
        if columns == self._columns:
            return
        self._columns = columns
        for column in range(max(self._grid.columnCount(), columns)):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
        for index, card in enumerate(self._cards):
            self._grid.addWidget(card, index // columns, index % columns)
        for row in range(self._grid.rowCount() + 1):
            self._grid.setRowStretch(row, 0)
        self._grid.setRowStretch((len(self._cards) + columns - 1) // columns, 1)

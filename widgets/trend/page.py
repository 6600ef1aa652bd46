"""The trend page: choose tags, span, live or history; chart above, legend below. Console side.

History is asked for by signal (`history_wanted`) and answered by `put_history`; the page never waits for it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from time import time

from PySide6.QtCore import QStringListModel, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCompleter,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.domain.sample import Sample
from app.domain.tag import Tag
from widgets.theme import ThemeHolder, font
from widgets.trend.legend import ROW, Legend
from widgets.trend.pen import Pen, past_of
from widgets.trend.plot import TrendPlot
from widgets.words import tr

MOST_PENS = 16
POINTS = 1500
_ASK_AFTER_MS = 250
_SPANS = ((600, "10 分钟"), (3600, "1 小时"), (8 * 3600, "8 小时"), (86400, "24 小时"), (7 * 86400, "7 天"))


class TrendPage(QWidget):
    """`history_wanted(tags, start, end, points)`: times in seconds since the epoch. `tags_changed(tags)` to be remembered."""

    history_wanted = Signal(list, float, float, int)
    tags_changed = Signal(list)

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._tags: Mapping[str, Tag] = {}
        self._latest: dict[str, Sample] = {}
        self._pens: list[Pen] = []
        self._cursor: float | None = None
        self.plot = TrendPlot(holder)
        self.legend = Legend(holder)
        self._add = QLineEdit()
        self._add.setFont(font(12))
        self._add.setClearButtonEnabled(True)
        self._add.setMaximumWidth(360)
        self._names = QStringListModel(self)
        completer = QCompleter(self._names, self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setMaxVisibleItems(12)
        completer.activated.connect(self._add_text)
        self._add.setCompleter(completer)
        self._add.returnPressed.connect(self._add_typed)
        self._spans = QButtonGroup(self)
        self._span_buttons = [self._button(checkable=True) for _ in _SPANS]
        for place, button in enumerate(self._span_buttons):
            self._spans.addButton(button, place)
        self._spans.idClicked.connect(self._choose_span)
        self._span_buttons[0].setChecked(True)
        self._live = self._button(checkable=True)
        self._live.setChecked(True)
        self._live.clicked.connect(self._set_live)
        self._auto = self._button(checkable=True)
        self._auto.toggled.connect(self._set_auto)
        self._when = QLabel()
        self._when.setFont(font(11.5))
        self._empty = QLabel()
        self._empty.setFont(font(14))
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setEnabled(False)
        self._lay_out()
        self._ask = QTimer(self)
        self._ask.setSingleShot(True)
        self._ask.setInterval(_ASK_AFTER_MS)
        self._ask.timeout.connect(self._ask_history)
        self._refresh = QTimer(self)
        self._refresh.setInterval(500)
        self._refresh.timeout.connect(self._refresh_legend)
        self.plot.moved.connect(self._moved)
        self.plot.cursor.connect(self._set_cursor)
        self.plot.left_live.connect(self._show_live)
        self.legend.chosen.connect(self.plot.choose)
        self.legend.removed.connect(self.remove_tag)
        self.retranslate()
        self._rebuild()
        self._moved(self.plot.t0, self.plot.end)

    # data in

    def show_site(self, tags: Mapping[str, Tag]) -> None:
        self._tags = tags
        self._names.setStringList([f"{tag.tag}  {tag.name}" for tag in tags.values()])
        self._pens = [self._pen(pen.tag.tag) for pen in self._pens if pen.tag.tag in tags]
        self._rebuild()

    def put_values(self, values: Mapping[str, Sample]) -> None:
        """The newest samples; cheap while no pen is concerned."""
        for pen in self._pens:
            sample = values.get(pen.tag.tag)
            if sample is not None:
                pen.put(sample)

    def put_latest(self, values: Mapping[str, Sample]) -> None:
        """All values known now, so that a pen added later begins with one."""
        self._latest.update(values)

    def put_history(
        self,
        tag: str,
        start: float,
        end: float,
        t: Sequence[float],
        low: Sequence[float | None],
        high: Sequence[float | None],
        quality: Sequence[str | None] = (),
    ) -> None:
        """The answer for one tag. None is a gap."""
        for pen in self._pens:
            if pen.tag.tag == tag:
                pen.past = past_of(start, end, t, low, high, quality)
        self.plot.redraw()

    def feed_lost(self) -> None:
        """The feed is silent: no curve goes on as if it were live."""
        for pen in self._pens:
            pen.feed_lost()
        self.plot.redraw()

    # tags

    @property
    def tags(self) -> list[str]:
        return [pen.tag.tag for pen in self._pens]

    def set_tags(self, tags: Iterable[str]) -> None:
        self._pens = [self._pen(tag) for tag in list(dict.fromkeys(tags))[:MOST_PENS] if tag in self._tags]
        self._rebuild()

    def add_tag(self, tag: str) -> bool:
        """False when unknown, there already, or the chart is full."""
        if tag not in self._tags or tag in self.tags or len(self._pens) >= MOST_PENS:
            return False
        self._pens.append(self._pen(tag))
        self._rebuild()
        return True

    def remove_tag(self, tag: str) -> None:
        self._pens = [pen for pen in self._pens if pen.tag.tag != tag]
        self._rebuild()

    def _pen(self, tag: str) -> Pen:
        known = next((pen for pen in self._pens if pen.tag.tag == tag), None)
        if known is not None and known.tag == self._tags[tag]:
            return known
        made = Pen(self._tags[tag])
        made.sample = self._latest.get(tag)
        return made

    def _add_text(self, text: str) -> None:
        if self.add_tag(text.split("  ")[0]):
            QTimer.singleShot(0, self._add.clear)

    def _add_typed(self) -> None:
        words = self._add.text().lower().split()
        hits = [tag for tag in self._tags.values() if all(word in f"{tag.tag} {tag.name}".lower() for word in words)]
        if words and hits and self.add_tag(hits[0].tag):
            self._add.clear()

    def _rebuild(self) -> None:
        self.plot.set_pens(self._pens)
        self.legend.set_pens(self._pens)
        self.legend.setFixedHeight(ROW * max(len(self._pens), 1) + self.legend.horizontalHeader().sizeHint().height() + 4)
        self._stack.setCurrentIndex(0 if self._pens else 1)
        self.legend.setVisible(bool(self._pens))
        self._when.setVisible(bool(self._pens))
        self._refresh_legend()
        self._ask.start()
        self.tags_changed.emit(self.tags)

    # time

    def show_span(self, t0: float, t1: float) -> None:
        """A fixed span, e.g. round an alarm."""
        self.plot.show_span(t0, t1)
        self._spans.setExclusive(False)
        for button in self._span_buttons:
            button.setChecked(False)
        self._spans.setExclusive(True)
        self._show_live()

    def _choose_span(self, place: int) -> None:
        self.plot.set_span(_SPANS[place][0])

    def _set_live(self, live: bool) -> None:
        if live:
            self.plot.go_live()
        else:
            self.plot.live = False
        self._show_live()

    def _show_live(self) -> None:
        self._live.setChecked(self.plot.live)

    def _set_auto(self, auto: bool) -> None:
        self.plot.auto_scale = auto
        self.plot.redraw()

    def _moved(self, t0: float, t1: float) -> None:
        first, last = (datetime.fromtimestamp(t).astimezone() for t in (t0, min(t1, time())))
        form = "%m-%d %H:%M:%S"
        self._when.setText(f"{first.strftime(form)}  —  {last.strftime(form)}")
        if not self._ask.isActive():
            self._ask.start()

    def _ask_history(self) -> None:
        """For the pens whose view reaches back beyond what is known."""
        t0, t1, now = self.plot.t0, min(self.plot.end, time()), time()
        if t1 <= t0:
            return
        per_s = POINTS / (t1 - t0)
        wanted = [pen.tag.tag for pen in self._pens if not pen.covered(t0, t1, per_s)]
        if wanted:
            margin = (t1 - t0) * 0.5
            self.history_wanted.emit(wanted, t0 - margin, min(t1 + margin, now), POINTS * 2)

    # legend and cursor

    def _set_cursor(self, t: float | None) -> None:
        self._cursor = t
        self._refresh_legend()

    def _refresh_legend(self) -> None:
        self.legend.refresh(self.plot.t0, self.plot.end, time(), self._cursor)

    def showEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        super().showEvent(event)
        self._refresh.start()

    def hideEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        super().hideEvent(event)
        self._refresh.stop()

    # looks

    def retranslate(self) -> None:
        self._add.setPlaceholderText(tr("添加位号：输入位号或名称"))
        for button, (_, word) in zip(self._span_buttons, _SPANS, strict=True):
            button.setText(tr(word))
        self._live.setText(tr("实时"))
        self._live.setToolTip(tr("跟随现在；拖动曲线即转为历史"))
        self._auto.setText(tr("自动量程"))
        self._empty.setText(
            tr("还没有曲线。\n在左上角输入位号添加，或在平面图上点设备、再点“趋势”。最多 {n} 条。", n=MOST_PENS)
        )
        self.legend.retranslate()

    def _button(self, checkable: bool) -> QPushButton:
        made = QPushButton()
        made.setFont(font(12))
        made.setCheckable(checkable)
        return made

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(6)
        top.addWidget(self._add, 1)
        top.addSpacing(14)
        for button in self._span_buttons:
            top.addWidget(button)
        top.addSpacing(14)
        top.addWidget(self._live)
        top.addWidget(self._auto)
        top.addStretch(1)
        top.addWidget(self._when)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.plot)
        self._stack.addWidget(self._empty)
        box = QVBoxLayout(self)
        box.setContentsMargins(14, 12, 14, 12)
        box.setSpacing(10)
        box.addLayout(top)
        box.addWidget(self._stack, 1)
        box.addWidget(self.legend)

"""The trend page: groups at the left, controls above, the chart, its legend and the figures of a span below. Console side.

Everything that has to be asked of the station is asked by signal and answered by a call; the page never waits: what is known
is drawn at once, stretched if need be, and finer when the answer is here.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from time import time

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPainter, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from app.domain.sample import Sample
from app.domain.tag import Tag
from widgets.journal.work import WorkStrip
from widgets.pulse import Pulse, Settle
from widgets.tagdrag import tags_of
from widgets.theme import ThemeHolder, font
from widgets.timecursor import TimeCursor
from widgets.trend.bar import TrendBar
from widgets.trend.frame import By
from widgets.trend.groups import Group, Groups
from widgets.trend.legend import Legend, Reading
from widgets.trend.marks import Mark
from widgets.trend.pen import LimitSpan, Pen, past_of
from widgets.trend.plot import TrendPlot
from widgets.trend.statistics import Statistics
from widgets.trend.strip import AskStrip
from widgets.words import tr

MOST_PENS = 16
POINTS = 1500
_ASK_AFTER_MS = 120
_LEGEND_MS = 500
_MARGIN = 0.5  # of the span, asked for at both sides: a small pan needs no new answer
_MARKS_APART = 30.0  # seconds, or a twentieth of the span: marks of a live chart are asked for again after so much


class TrendPage(QWidget):
    """All times in seconds since the epoch. `history_wanted(tags, start, end, points)`; `ghost_wanted` the same for the span
    compared with; `limits_wanted(tags, start, end)`, `marks_wanted(tags, start, end)`; `statistics_wanted(tags, start, end)`;
    `export_wanted(tags, start, end, format, raw)`, format csv, xlsx or png; `cancelled`: whatever is being asked for is not
    wanted any more; `tags_changed(tags)`; `mark_opened(Mark)`."""

    history_wanted = Signal(list, float, float, int)
    ghost_wanted = Signal(list, float, float, int)
    limits_wanted = Signal(list, float, float)
    marks_wanted = Signal(list, float, float)
    statistics_wanted = Signal(list, float, float)
    replay_wanted = Signal(list, float, float)
    export_wanted = Signal(list, float, float, str, bool)
    cancelled = Signal()
    tags_changed = Signal(list)
    mark_opened = Signal(object)

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._tags: Mapping[str, Tag] = {}
        self._latest: dict[str, Sample] = {}
        self._pens: list[Pen] = []
        self._marked: tuple[float, float] | None = None  # the span marks were asked for
        self._limited: dict[str, float] = {}  # tag to the beginning of what its limits are known for
        self._compared: object = None  # what the bar says of it
        self._shift = 0.0  # by how much earlier a start of one's own is
        self.user: Callable[[], str] = lambda: ""
        self.bar, self.groups = TrendBar(), Groups()
        self.plot, self.legend, self.figures = TrendPlot(holder), Legend(holder), Statistics(holder)
        self.exporting = WorkStrip(holder)
        self.exporting.hide()
        self._empty = QLabel()
        self._empty.setFont(font(14))
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setEnabled(False)
        self.asking = AskStrip()
        self._stack = QStackedWidget()
        self._lay_out()
        self._ask = Settle(self, _ASK_AFTER_MS, self._ask_now)
        self._refresh = Pulse(self, _LEGEND_MS, self._refresh_legend)
        self.setAcceptDrops(True)
        self._connect()
        self.retranslate()
        self._rebuild()
        self.bar.show_span(self.plot.span)
        self._moved(self.plot.t0, self.plot.end)

    # data in

    def show_site(self, tags: Mapping[str, Tag]) -> None:
        self._tags = tags
        self.bar.set_tags(tags.values())
        self._pens = [self._pen(pen.tag.tag) for pen in self._pens if pen.tag.tag in tags]
        self._limited.clear()  # the configuration is another one: its limits may be too
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
        ghost: bool = False,
    ) -> None:
        """The answer for one tag. None is a gap."""
        for pen in self._pens:
            if pen.tag.tag == tag:
                (pen.ghost if ghost else pen.history).put(past_of(start, end, t, low, high, quality))
        self.plot.redraw()

    def put_limits(self, tag: str, spans: Sequence[LimitSpan]) -> None:
        """Those that counted in the span asked for, oldest first; the newest are those of the configuration."""
        for pen in self._pens:
            if pen.tag.tag == tag and spans:
                pen.limits = tuple(spans)
        self.plot.redraw()

    def put_marks(self, marks: Sequence[Mark]) -> None:
        self.plot.set_marks(marks)

    def feed_lost(self) -> None:
        """The feed is silent: no curve goes on as if it were live."""
        for pen in self._pens:
            pen.feed_lost()
        self.plot.redraw()

    # tags

    @property
    def tags(self) -> list[str]:
        return [pen.tag.tag for pen in self._pens]

    @property
    def pens(self) -> Sequence[Pen]:
        return self._pens

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
        if known is not None:  # only the row of the tag is another one: what was measured stays
            made.live, made.history, made.ghost = known.live, known.history, known.ghost
        made.sample = self._latest.get(tag)
        return made

    def _rebuild(self) -> None:
        self.plot.set_pens(self._pens)
        self.legend.set_pens(self._pens)
        self._stack.setCurrentIndex(0 if self._pens else 1)
        self._hide_figures()  # of other curves than these
        self.bar.when.setVisible(bool(self._pens))
        self._marked = None
        self._refresh_legend()
        self._ask.poke()
        self.tags_changed.emit(self.tags)

    # groups

    def _keep_group(self, name: str) -> None:
        plot, scales = self.plot, self.plot.scales
        manual = tuple((key, low, high) for key, (low, high) in sorted(scales.manual.items()))
        made = Group(name, tuple(self.tags), plot.span, plot.stacked, scales.by.value, scales.auto, manual, self.user())
        self.groups.keep(made)

    def show_group(self, group: Group) -> None:
        scales = self.plot.scales
        scales.auto, scales.by = group.auto, By(group.by)
        scales.manual = {key: (low, high) for key, low, high in group.manual}
        self.bar.show_layout(group.stacked, scales.by, group.auto)
        self.set_tags(group.tags)
        self.plot.set_layout(group.stacked, scales.by)
        self.bar.show_span(group.span_s)
        self.plot.set_span(group.span_s)

    # time

    def show_span(self, t0: float, t1: float) -> None:
        """A fixed span, e.g. round an alarm."""
        self.plot.show_span(t0, t1)
        self._show_live()

    def follow(self, cursor: TimeCursor | None) -> None:
        """See `TrendPlot.follow`: the legend reads its values at the cursor, too."""
        self.plot.follow(cursor)
        self.bar.live_button.setEnabled(cursor is None)
        self._show_live()
        self._refresh_legend()

    def _set_live(self, live: bool) -> None:
        if live:
            self.plot.go_live()
        else:
            self.plot.live = False
        self._show_live()

    def _step(self, way: int) -> None:
        self.plot.pan_to(self.plot.t0 + way * self.plot.span, self.plot.end + way * self.plot.span)

    def _show_live(self) -> None:
        self.bar.live_button.setChecked(self.plot.live)

    def _moved(self, t0: float, t1: float) -> None:
        first, last = (datetime.fromtimestamp(t).astimezone() for t in (t0, min(t1, max(time(), t0))))
        form = "%Y-%m-%d %H:%M:%S" if first.year != last.year or t1 - t0 > 20 * 86400 else "%m-%d %H:%M:%S"
        self.bar.when.setText(f"{first.strftime(form)}  —  {last.strftime(form)}")
        if not self.plot.live:
            self.bar.show_span(t1 - t0)
        self._ask.nudge()

    # what is asked of the station

    def _ask_now(self) -> None:
        """For the pens whose view reaches back beyond what is known, or is known too coarsely."""
        t0, t1, now = self.plot.t0, min(self.plot.end, time()), time()
        if t1 <= t0 or not self._pens:
            return
        per_s = POINTS / (self.plot.end - t0)
        margin = (t1 - t0) * _MARGIN
        start, end = max(t0 - margin, 0.0), min(t1 + margin, now)
        wanted = [pen.tag.tag for pen in self._pens if not pen.covered(t0, t1, per_s)]
        if wanted:
            self.history_wanted.emit(wanted, start, end, POINTS * 2)
        shift = self.shift_s()
        if shift is not None:
            ghosts = [pen.tag.tag for pen in self._pens if not pen.ghost.covered(t0 - shift, t1 - shift, per_s)]
            if ghosts:
                self.ghost_wanted.emit(ghosts, max(start - shift, 0.0), end - shift, POINTS * 2)
        unlimited = [tag for tag in self.tags if self._limited.get(tag, now + 1) > t0]
        if unlimited:
            self._limited |= dict.fromkeys(unlimited, start)
            self.limits_wanted.emit(unlimited, start, now + 1)
        old = self._marked
        if old is None or t0 < old[0] or t1 > old[1] + max(_MARKS_APART, (t1 - t0) / 20):
            self._marked = (start, end)
            self.marks_wanted.emit(self.tags, start, end)

    def _ask_again(self) -> None:
        self._marked = None
        self._limited.clear()
        self._ask_now()

    # comparison, cursors, figures, export

    def shift_s(self) -> float | None:
        """By how much earlier the compared span is."""
        kind = self._compared
        if not isinstance(kind, float):
            return None
        return self.plot.span if kind == 0.0 else self._shift if kind < 0 else kind

    def _compare(self, kind: object, start: float) -> None:
        if kind == -1.0 and self._compared != -1.0:
            start = self.plot.t0 - self.plot.span
            self.bar.choose_start(start)
        self._compared, self._shift = kind, self.plot.t0 - start
        for pen in self._pens:
            pen.ghost.clear()
        self.plot.compare(self.shift_s())
        self._refresh_legend()
        self._ask.poke()

    def _toggle_cursors(self, on: bool) -> None:
        plot = self.plot
        plot.fixed[1] = plot.t0 + plot.span * 0.65 if on else None
        plot.set_fixed(0, plot.t0 + plot.span * 0.35 if on else None)

    def _fixed_changed(self) -> None:
        self.bar.cursor_button.setChecked(self.plot.fixed != [None, None])
        self._refresh_legend()

    def chosen_span(self) -> tuple[float, float]:
        """What figures and exports are about: the selection, else A to B, else what is shown up to now."""
        a, b = self.plot.fixed
        if self.plot.selection is not None:
            return self.plot.selection
        if a is not None and b is not None and a != b:
            return min(a, b), max(a, b)
        return self.plot.t0, max(min(self.plot.end, time()), self.plot.t0 + 1.0)

    def _want_figures(self) -> None:
        if self._pens:
            t0, t1 = self.chosen_span()
            self.figures.show_wait(self._pens, t0, t1)
            self.legend.hide()  # the chart keeps its room
            self.statistics_wanted.emit(self.tags, t0, t1)

    def _selected(self) -> None:
        if self.plot.selection is None:
            self._hide_figures()
        else:
            self._want_figures()

    def _close_figures(self) -> None:
        self._hide_figures()
        self.plot.select(None)

    def _hide_figures(self) -> None:
        self.figures.hide()
        self.legend.setVisible(bool(self._pens))

    def _export(self, format: str, raw: bool) -> None:
        if self._pens:
            self.export_wanted.emit(self.tags, *self.chosen_span(), format, raw)

    def picture(self) -> QPixmap:
        """Chart and legend as they stand, for a file."""
        below = [part for part in (self.legend, self.figures) if part.isVisible()]
        made = QPixmap(self.plot.width(), self.plot.height() + sum(part.height() + 6 for part in below))
        made.fill(self.palette().window().color())
        painter = QPainter(made)
        painter.drawPixmap(0, 0, self.plot.grab())
        y = self.plot.height() + 6
        for part in below:
            painter.drawPixmap(0, y, part.grab())
            y += part.height() + 6
        painter.end()
        return made

    # legend and cursor

    def _refresh_legend(self) -> None:
        plot = self.plot
        now = time()
        shift = self.shift_s()
        if plot.ghost_s != shift:
            plot.compare(shift)
        fixed = (plot.fixed[0], plot.fixed[1])
        self.legend.refresh(Reading(plot.t0, plot.end, now, plot.moment(), fixed, shift, plot.following))

    # drops

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(tag in self._tags for tag in tags_of(event.mimeData())):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        for tag in tags_of(event.mimeData()):
            self.add_tag(tag)
        event.acceptProposedAction()

    # looks

    def retranslate(self) -> None:
        self._empty.setText(
            tr(
                "还没有曲线。\n在左上角输入位号添加，从左侧打开曲线组，或把位号从报警表、总览拖到这里。\n"
                "在平面图上点设备、再点“趋势”也可以。最多 {n} 条。",
                n=MOST_PENS,
            )
        )
        for part in (self.bar, self.groups, self.legend, self.figures):
            part.retranslate()

    def _connect(self) -> None:
        plot, bar = self.plot, self.bar
        plot.moved.connect(self._moved)
        plot.cursor.connect(self._refresh_legend)
        plot.left_live.connect(self._show_live)
        plot.fixed_changed.connect(self._fixed_changed)
        plot.selected.connect(self._selected)
        plot.mark_opened.connect(self.mark_opened)
        plot.chosen_changed.connect(self.legend.choose)
        self.legend.chosen.connect(plot.choose)
        self.legend.removed.connect(self.remove_tag)
        bar.added.connect(self.add_tag)
        bar.span.connect(plot.set_span)
        bar.live.connect(self._set_live)
        bar.step.connect(self._step)
        bar.layout_changed.connect(lambda stacked, by: plot.set_layout(stacked, By(by)))
        bar.auto.connect(self._set_auto)
        bar.limits.connect(self._set_limits)
        bar.cursors.connect(self._toggle_cursors)
        bar.statistics.connect(self._want_figures)
        bar.replay.connect(lambda: self.replay_wanted.emit(self.tags, *self.chosen_span()))
        bar.compared.connect(self._compare)
        bar.export.connect(self._export)
        self.groups.save.connect(self._keep_group)
        self.groups.chosen.connect(self.show_group)
        self.figures.closed.connect(self._close_figures)
        self.asking.again.connect(self._ask_again)
        self.asking.cancelled.connect(self.cancelled)

    def _set_auto(self, auto: bool) -> None:
        self.plot.auto_scale = auto

    def _set_limits(self, on: bool) -> None:
        self.plot.show_limits = on
        self.plot.redraw()

    def _lay_out(self) -> None:
        self.asking.put_into(self.bar.side)  # a row of its own would move the chart
        self._stack.addWidget(self.plot)
        self._stack.addWidget(self._empty)
        column = QVBoxLayout()
        column.setSpacing(6)
        column.addWidget(self.bar)
        column.addWidget(self.asking)
        column.addWidget(self._stack, 1)
        column.addWidget(self.exporting)
        column.addWidget(self.legend)
        column.addWidget(self.figures)
        box = QHBoxLayout(self)
        box.setContentsMargins(14, 12, 14, 12)
        box.setSpacing(14)
        box.addWidget(self.groups)
        box.addLayout(column, 1)

"""The trend page: groups at the left, controls above, the chart, its legend and the figures of a span below. Console side.

Everything that has to be asked of the station is asked by signal and answered by a call; the page never waits: what is known
is drawn at once, stretched if need be, and finer when the answer is here.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from time import time

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from app.domain.sample import Sample
from app.domain.tag import Tag
from widgets.journal.work import WorkStrip
from widgets.pulse import Pulse
from widgets.tagdrag import tags_of
from widgets.theme import ThemeHolder, font
from widgets.timecursor import TimeCursor
from widgets.trend.asking import Asking
from widgets.trend.bar import TrendBar
from widgets.trend.compared import OWN, Compared
from widgets.trend.frame import By
from widgets.trend.groups import Group, Groups, group_of
from widgets.trend.legend import Legend, Reading
from widgets.trend.marks import Mark
from widgets.trend.overlay import said_dates
from widgets.trend.paper import picture, title_of
from widgets.trend.pen import LimitSpan, Pen
from widgets.trend.penset import MOST_PENS, PenSet
from widgets.trend.plot import TrendPlot
from widgets.trend.statistics import Statistics
from widgets.trend.strip import AskStrip
from widgets.vocabulary import span as said_span
from widgets.words import tr

_LEGEND_MS = 500


class TrendPage(QWidget):
    """All times in seconds since the epoch. `asker` says what has to be asked of the station; `statistics_wanted(tags, start,
    end)`, `replay_wanted` the same; `export_wanted(tags, start, end, format, raw)`, format csv, xlsx or png; `cancelled`:
    whatever is being asked for is not wanted any more; `tags_changed(tags)`; `mark_opened(Mark)`."""

    statistics_wanted = Signal(list, float, float)
    replay_wanted = Signal(list, float, float)
    export_wanted = Signal(list, float, float, str, bool)
    cancelled = Signal()
    tags_changed = Signal(list)
    mark_opened = Signal(object)

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self._set = PenSet()
        self._compared = Compared()
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
        self.asker = Asking(self, self.plot, self._set, self.shift_s)
        self.history_wanted = self.asker.history_wanted
        self._stack = QStackedWidget()
        self._lay_out()
        self._refresh = Pulse(self, _LEGEND_MS, self._refresh_legend)
        self.setAcceptDrops(True)
        self._connect()
        self.retranslate()
        self._rebuild()
        self.bar.show_span(self.plot.span)
        self._moved(self.plot.t0, self.plot.end)

    # data in

    def show_site(self, tags: Mapping[str, Tag]) -> None:
        self.bar.set_tags(tags.values())
        gone = self._set.show_site(tags)
        self.asker.forget_limits()  # the configuration is another one: its limits may be too
        self._rebuild()
        if gone:
            self.asking.show_note(tr("位号 {tags} 已从位号表中删除，曲线随之移除。", tags=_some(gone)))

    def put_values(self, values: Mapping[str, Sample]) -> None:
        self._set.put_values(values)

    def put_latest(self, values: Mapping[str, Sample]) -> None:
        self._set.put_latest(values)

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
        asked: int = 0,
    ) -> None:
        """See `PenSet.put_history`."""
        self._set.put_history(tag, start, end, t, low, high, quality, ghost, asked)
        self.asker.answered()

    def put_limits(self, tag: str, spans: Sequence[LimitSpan]) -> None:
        self._set.put_limits(tag, spans)
        self.plot.redraw()

    def put_marks(self, marks: Sequence[Mark]) -> None:
        self.plot.set_marks(marks)

    def feed_lost(self) -> None:
        self._set.feed_lost()
        self.plot.redraw()

    # tags

    @property
    def tags(self) -> list[str]:
        return self._set.tags

    @property
    def pens(self) -> Sequence[Pen]:
        return self._set.pens

    def set_tags(self, tags: Iterable[str]) -> None:
        self._tell_left_out(*self._set.set(tags))

    def add_tags(self, tags: Iterable[str]) -> None:
        self._tell_left_out(*self._set.add(tags))

    def add_tag(self, tag: str) -> bool:
        """False when unknown, there already, or the chart is full."""
        before = len(self.pens)
        self.add_tags([tag])
        return len(self.pens) > before

    def remove_tag(self, tag: str) -> None:
        self._set.remove(tag)
        self._rebuild()

    def _tell_left_out(self, unknown: list[str], many: int) -> None:
        self._rebuild()
        if unknown:
            self.asking.show_note(tr("位号 {tags} 不在位号表中，没有画出。", tags=_some(unknown)))
        elif many:
            self.asking.show_note(tr("最多 {n} 条曲线，另有 {more} 个位号没有画出；请先移除一些。", n=MOST_PENS, more=many))

    def _rebuild(self) -> None:
        self.plot.set_pens(self._set.pens)
        self.legend.set_pens(self._set.pens)
        self._stack.setCurrentIndex(0 if self.pens else 1)
        self._hide_figures()  # of other curves than these
        self.bar.when.setVisible(bool(self.pens))
        self.asking.clear_note()
        self.asker.forget_marks()
        self._refresh_legend()
        self.asker.poke()
        self.tags_changed.emit(self.tags)

    # groups

    def _keep_group(self, name: str) -> None:
        plot = self.plot
        self.groups.keep(group_of(name, self.tags, plot.span, plot.stacked, plot.scales, self.user()))

    def show_group(self, group: Group) -> None:
        self.plot.scales = group.scales()
        self.bar.show_layout(group.stacked, self.plot.scales.by, group.auto)
        self.set_tags(group.tags)
        self.plot.set_layout(group.stacked, self.plot.scales.by)
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
        self.plot.set_live(live)
        self._show_live()

    def _step(self, way: int) -> None:
        self.plot.pan_to(self.plot.t0 + way * self.plot.span, self.plot.end + way * self.plot.span)

    def _show_live(self) -> None:
        self.bar.live_button.setChecked(self.plot.live)

    def _moved(self, t0: float, t1: float) -> None:
        self.bar.when.setText(said_dates(t0, min(t1, max(time(), t0))))
        if not self.plot.live:
            self.bar.show_span(t1 - t0)
        self.asker.nudge()

    # comparison, cursors, figures, export

    def shift_s(self) -> float | None:
        """By how much earlier the compared span is."""
        return self._compared.shift_s(self.plot.span)

    def _compare(self, kind: float | None, start: float) -> None:
        if kind == OWN and self._compared.kind != OWN:
            start = self.plot.t0 - self.plot.span
            self.bar.choose_start(start)
        self._compared = Compared(kind, self.plot.t0 - start)
        self._set.clear_ghosts()
        self.plot.compare(self.shift_s())
        self._refresh_legend()
        self.asker.poke()

    def _fixed_changed(self) -> None:
        self.bar.cursor_button.setChecked(self.plot.fixed != [None, None])
        self._refresh_legend()

    def _want_figures(self) -> None:
        if self.pens:
            t0, t1 = self.plot.chosen_span()
            self.figures.show_wait(self.pens, t0, t1)
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
        self.legend.setVisible(bool(self.pens))

    def _export(self, format: str, raw: bool) -> None:
        if self.pens:
            self.export_wanted.emit(self.tags, *self.plot.chosen_span(), format, raw)

    def picture(self) -> QPixmap:
        """Title, span, chart and legend as they stand, for a file."""
        below = [part for part in (self.legend, self.figures) if part.isVisible()]
        names = [f"{pen.tag.tag} {pen.tag.name}".strip() for pen in self.pens]
        shift = self.shift_s()
        notes = [
            said_dates(self.plot.t0, min(self.plot.end, max(time(), self.plot.t0))),
            "" if shift is None else tr("虚线为 {span} 之前", span=said_span(shift)),
            self.plot.rough_text if self.plot.rough else "",
            self.user(),
            f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S}",
        ]
        return picture(self.plot, below, title_of(names), notes, self._holder.theme)

    # legend and cursor

    def _refresh_legend(self) -> None:
        plot = self.plot
        if self.asker.failed:
            self.asker.nudge()
        now = time()
        shift = self.shift_s()
        if plot.ghost_s != shift:
            plot.compare(shift)
        fixed = (plot.fixed[0], plot.fixed[1])
        self.legend.refresh(Reading(plot.t0, plot.end, now, plot.moment(), fixed, shift, plot.following, plot.fine_s))

    # drops

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(tag in self._set.known for tag in tags_of(event.mimeData())):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.add_tags(tag for tag in tags_of(event.mimeData()) if tag in self._set.known)
        event.acceptProposedAction()

    # looks

    def retranslate(self) -> None:
        self._empty.setText(
            tr(
                "还没有曲线。\n在左上角输入位号添加，从左侧打开曲线组，\n"
                "或把储罐、仪表、报警、查找结果拖到左侧导航的“趋势”上。最多 {n} 条。",
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
        bar.auto.connect(plot.set_auto)
        bar.limits.connect(plot.set_limits_shown)
        bar.cursors.connect(plot.toggle_cursors)
        bar.statistics.connect(self._want_figures)
        bar.replay.connect(lambda: self.replay_wanted.emit(self.tags, *self.plot.chosen_span()))
        bar.compared.connect(self._compare)
        bar.export.connect(self._export)
        self.groups.save.connect(self._keep_group)
        self.groups.chosen.connect(self.show_group)
        self.figures.closed.connect(self._close_figures)
        self.asking.again.connect(self.asker.again)
        self.asking.cancelled.connect(self.cancelled)

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


def _some(names: Sequence[str]) -> str:
    return "、".join(names[:5]) + ("…" if len(names) > 5 else "")

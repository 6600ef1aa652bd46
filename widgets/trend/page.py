"""The trend page: groups at the left, controls above, the chart, its legend and the figures of a span below. Console side.

Everything that has to be asked of the station is asked by signal and answered by a call; the page never waits: what is known
is drawn at once, stretched if need be, and finer when the answer is here.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from time import monotonic, time

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPixmap
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
from widgets.trend.paper import picture, title_of
from widgets.trend.pen import LimitSpan, Pen
from widgets.trend.penset import MOST_PENS, PenSet
from widgets.trend.plot import TrendPlot
from widgets.trend.questions import POINTS, Questions
from widgets.trend.statistics import Statistics
from widgets.trend.strip import AskStrip
from widgets.vocabulary import span as said_span
from widgets.words import tr

_ASK_AFTER_MS = 120
_LEGEND_MS = 500
_AGAIN_S = 5.0  # after a question that was not answered


class TrendPage(QWidget):
    """All times in seconds since the epoch. `history_wanted(tags, start, end, points)`; `ghost_wanted` the same for the span
    compared with, `context_wanted` for what lies around, which can wait; `limits_wanted(tags, start, end)`,
    `marks_wanted(tags, start, end)`; `statistics_wanted(tags, start, end)`;
    `export_wanted(tags, start, end, format, raw)`, format csv, xlsx or png; `cancelled`: whatever is being asked for is not
    wanted any more; `tags_changed(tags)`; `mark_opened(Mark)`."""

    history_wanted = Signal(list, float, float, int)
    context_wanted = Signal(list, float, float, int)
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
        self._holder = holder
        self._set, self._questions = PenSet(), Questions()
        self._failed_at: float | None = None  # when history was not answered
        self._compared: object = None  # what the bar says of it
        self._shift = 0.0  # by how much earlier a start of one's own is
        self.user: Callable[[], str] = lambda: ""
        self.bar, self.groups = TrendBar(), Groups()
        self.plot, self.legend, self.figures = TrendPlot(holder), Legend(holder), Statistics(holder)
        self.plot.resolution = POINTS
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
        self.bar.set_tags(tags.values())
        gone = self._set.show_site(tags)
        self._questions.forget_limits()  # the configuration is another one: its limits may be too
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
        self._failed_at = None
        self._say_rough()
        self._ask.nudge()  # for what lies around

    def history_failed(self) -> None:
        """It was not answered: what is drawn stays marked, and is asked for again by and by."""
        self._failed_at = monotonic()
        self._say_rough()

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
        self._questions.forget_marks()
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
        t0, end, now, shift = self.plot.t0, self.plot.end, time(), self.shift_s()
        pens, questions = self.pens, self._questions
        if min(end, now) <= t0 or not pens:
            return
        if self._failed_at is None or monotonic() - self._failed_at > _AGAIN_S:
            ask = questions.history(pens, t0, end, now)
            ghost = None if shift is None else questions.history(pens, t0, end, now, shift, ghost=True)
            if ask is not None:
                self.history_wanted.emit(ask.tags, ask.start, ask.end, ask.points)
            if ghost is not None:
                self.ghost_wanted.emit(ghost.tags, ghost.start, ghost.end, ghost.points)
            around = questions.context(pens, t0, end, now) if ask is None and ghost is None else None
            if around is not None:
                self.context_wanted.emit(around.tags, around.start, around.end, around.points)
        limits = questions.limits(self.tags, t0, end, now)
        if limits is not None:
            self.limits_wanted.emit(limits.tags, limits.start, limits.end)
        marks = questions.marks(self.tags, t0, end, now)
        if marks is not None:
            self.marks_wanted.emit(marks.tags, marks.start, marks.end)

    def _ask_again(self) -> None:
        self._questions.forget_marks()
        self._questions.forget_limits()
        self._failed_at = None
        self._say_rough()
        self._ask_now()

    def _say_rough(self) -> None:
        if self._failed_at is None:
            self.plot.rough_text = tr("正在读取；色带为已知的最低到最高")
        else:
            self.plot.rough_text = tr("没有取到；色带为已知的最低到最高")
        self.plot.redraw()

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
        self._set.clear_ghosts()
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
        if self.pens:
            t0, t1 = self.chosen_span()
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
            self.export_wanted.emit(self.tags, *self.chosen_span(), format, raw)

    def picture(self) -> QPixmap:
        """Title, span, chart and legend as they stand, for a file."""
        below = [part for part in (self.legend, self.figures) if part.isVisible()]
        names = [f"{pen.tag.tag} {pen.tag.name}".strip() for pen in self.pens]
        shift = self.shift_s()
        notes = [
            self.bar.when.text(),
            "" if shift is None else tr("虚线为 {span} 之前", span=said_span(shift)),
            self.plot.rough_text if self.plot.rough else "",
            self.user(),
        ]
        return picture(self.plot, below, title_of(names), notes, self._holder.theme)

    # legend and cursor

    def _refresh_legend(self) -> None:
        plot = self.plot
        if self._failed_at is not None:
            self._ask.nudge()
        now = time()
        shift = self.shift_s()
        if plot.ghost_s != shift:
            plot.compare(shift)
        fixed = (plot.fixed[0], plot.fixed[1])
        self.legend.refresh(Reading(plot.t0, plot.end, now, plot.moment(), fixed, shift, plot.following))

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


def _some(names: Sequence[str]) -> str:
    return "、".join(names[:5]) + ("…" if len(names) > 5 else "")

"""The cut-out of the plan round the alarm, live and to be looked at only; and the detectors within the radius. Console side."""

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from app.domain.instant import Instant
from app.domain.nearby import Near, detectors_near, place_of
from app.domain.plant import Equipment, Layout, LayoutItem
from app.domain.sample import Sample
from app.domain.tag import Tag
from app.domain.wire import AlarmMsg
from widgets.card.panel import Panel, text_label
from widgets.card.rows import Column, Line, Rows
from widgets.plant.reading import quality_text, say
from widgets.plant.view import PlantView, wall_clock
from widgets.symbols import Blink, symbol_of, to_show
from widgets.theme import ThemeHolder, font
from widgets.words import tr

SIDE = 330
_ROOM = 1.12  # shown beyond the radius


class CutOut(PlantView):
    """The plant picture, looking at one item, with the circle of the radius. Nothing can be chosen in it."""

    def __init__(self, holder: ThemeHolder, blink: Blink, now: Callable[[], Instant] = wall_clock) -> None:
        super().__init__(holder, blink, now)
        self._centre: LayoutItem | None = None
        self._radius = 0.0
        self._numbered: list[Near] = []
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def look_round(self, item: LayoutItem, radius_m: float, numbered: Sequence[Near]) -> None:
        """`numbered`: detectors that carry the number of their line in the list."""
        self._centre, self._radius, self._numbered = item, radius_m, list(numbered)
        self.select(item.id)
        self._fit_round()

    def _fit_round(self) -> None:
        if self._centre is not None and self._radius > 0:
            room = self.viewport().size()
            scale = min(room.width(), room.height()) / (2 * self._radius * _ROOM)
            self.look_at(QPointF(self._centre.x, -self._centre.y), max(scale, 1e-3))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_round()

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        if self._centre is not None:
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            pen = QPen(QColor(self.scenery.theme.focus), 1.5, Qt.PenStyle.DashLine)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(self._centre.x, -self._centre.y), self._radius, self._radius)
            painter.restore()
        super().drawForeground(painter, rect)
        self._paint_numbers(painter)

    def _paint_numbers(self, painter: QPainter) -> None:
        theme, to_view = self.scenery.theme, self.viewportTransform()
        painter.resetTransform()
        painter.setFont(font(9.5, bold=True))
        for number, near in enumerate(self._numbered, 1):
            at = to_view.map(QPointF(near.item.x, -near.item.y))
            box = QRectF(at.x() + 6, at.y() - 19, 18, 16)
            painter.fillRect(box, QColor(theme.surface))
            painter.setPen(QColor(theme.text))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(number))

    def _on_click(self, at: QPointF) -> None:
        """It is looked at; the plant page is one click away."""

    def _on_double_click(self, at: QPointF) -> None:
        pass


class PlanPanel(Panel):
    """`alarm_wanted` carries the AlarmMsg of a line."""

    alarm_wanted = Signal(object)

    def __init__(self, holder: ThemeHolder, blink: Blink) -> None:
        super().__init__(tr("现场位置与周边探测器"))
        self.view = CutOut(holder, blink)
        self.nowhere = text_label(12, dim=True, wrap=True)
        self.nowhere.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._near: list[Near] = []
        self._tags: Mapping[str, Tag] = {}
        self._silent = False
        self.detectors = Rows(
            holder,
            (
                Column("", 18, right=True),
                Column(tr("探测器")),
                Column(tr("现在值"), 120, right=True, strong=True),
                Column(tr("距离"), 52, right=True),
            ),
            tr("半径内的平面图上没有探测器。"),
            symbols=True,
        )
        self.others = Rows(
            holder,
            (Column(tr("报警")), Column(tr("状态"), 124)),
            tr("没有其他报警。"),
            symbols=True,
        )
        self.detectors.openable = False
        self.others.opened.connect(self.alarm_wanted)
        self._others_title = text_label(11, bold=True)
        self._others_title.setText(tr("同设备与同重大危险源的报警"))
        picture = QWidget()
        self._stack = QStackedLayout(picture)
        self._stack.addWidget(self.view)
        self._stack.addWidget(self.nowhere)
        side = QVBoxLayout()
        side.setSpacing(4)
        side.addWidget(self.detectors, 5)
        side.addWidget(self._others_title)
        side.addWidget(self.others, 4)
        holds = QWidget()
        holds.setFixedWidth(SIDE)
        holds.setLayout(side)
        side.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(picture, 1)
        row.addWidget(holds)
        self.body.addLayout(row, 1)

    def show_place(
        self,
        alarm: AlarmMsg,
        tag: Tag | None,
        layouts: Sequence[Layout],
        picture: Callable[[str], bytes | None],
        tags: Mapping[str, Tag],
        equipment: Mapping[str, Equipment],
        radius_m: float,
    ) -> None:
        """Where the tag is drawn, at once; values and alarms follow."""
        self._tags = tags
        place = place_of(layouts, alarm.tag, "" if tag is None else tag.equipment)
        if place is None:
            self._near = []
            self.remark.setText("")
            self.nowhere.setText(tr("平面图上没有画出这个位号或它的设备。\n请工程师在 layouts 中补画，之后这里显示周边情况。"))
            self._stack.setCurrentWidget(self.nowhere)
            self._show_detectors({}, {})
            return
        layout, item = place
        self._near = detectors_near(layout, item, radius_m)
        self.remark.setText(tr("{layout}，半径 {n:g} m（默认值，非官方规定），平面距离", layout=layout.title, n=radius_m))
        if self.view.layout_id != layout.id or self.view.scenery.tags is not tags:
            background = layout.background
            self.view.show_layout(layout, None if background is None else picture(background.file), tags, equipment)
        self._stack.setCurrentWidget(self.view)
        self.view.look_round(item, radius_m, self._near)

    def put_values(self, values: Mapping[str, Sample]) -> None:
        self.view.put_values(values)

    def put_alarms(self, alarms: Mapping[str, Sequence[AlarmMsg]], whole: bool = False) -> None:
        self.view.put_alarms(alarms, whole)

    def put_others(self, lines: Sequence[Line], total: int) -> None:
        self.others.show_lines(lines, total)

    def set_silent(self, silent: bool, since: Instant | None) -> None:
        self._silent = silent
        self.view.set_feed_silent(silent, since)

    def tick(self, values: Mapping[str, Sample], alarms: Mapping[str, Sequence[AlarmMsg]]) -> None:
        """Once a second: what the detectors show. `alarms`: the live ones of each tag."""
        self._show_detectors(values, alarms)

    @property
    def detector_tags(self) -> list[str]:
        return [name for near in self._near for name in near.item.bind.values()]

    def shut(self) -> None:
        self.view.shut()

    def _show_detectors(self, values: Mapping[str, Sample], alarms: Mapping[str, Sequence[AlarmMsg]]) -> None:
        self.detectors.show_lines([self._line(n, near, values, alarms) for n, near in enumerate(self._near, 1)])

    def _line(self, number: int, near: Near, values: Mapping[str, Sample], alarms: Mapping[str, Sequence[AlarmMsg]]) -> Line:
        names = list(near.item.bind.values())
        name = names[0] if names else ""
        tag, sample = self._tags.get(name), values.get(name)
        shown = say(tag, sample, self._silent)
        worst = to_show([alarm for one in names for alarm in alarms.get(one, ())])[:1]
        title = near.item.label or name
        cells = (str(number), title, f"{shown.text} {shown.unit}".strip(), f"{near.distance_m:.0f} m")
        tip = "　".join(part for part in (title, tag.name if tag else "", quality_text(sample, self._silent)) if part)
        return Line(cells, name, symbol_of(worst[0]) if worst else None, not shown.trusted, tip)

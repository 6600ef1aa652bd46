"""The faceplate: everything about one item of the picture in one place, beside the picture and never over it.

Alarms with their one due action, every tag of the equipment with limits and the last hour, cameras, guidance. Not modal.
"""

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QToolButton, QVBoxLayout, QWidget

from app.domain.alarm import AlarmState, RuleKind
from app.domain.instant import Instant
from app.domain.plant import Camera, Equipment, EquipmentStatus, LayoutItem
from app.domain.sample import Sample
from app.domain.tag import Kind, Priority, Tag
from app.domain.wire import AlarmMsg
from widgets.ahead import AheadNote
from widgets.plant.alarmrow import AlarmRow
from widgets.plant.reading import level_word
from widgets.plant.tagpanel import TagPanel
from widgets.pulse import Pulse
from widgets.symbols import Blink, rank
from widgets.theme import ThemeHolder, font
from widgets.words import tr

WIDTH = 400
_TICK_MS = 200
_AGE_EVERY = 5
_KIND_ORDER = {kind: i for i, kind in enumerate(Kind)}
_STANDING = (AlarmState.UNACK, AlarmState.ACKED)


class Faceplate(QWidget):
    """`acknowledge` and `reset` carry an occurrence, `open_trend`, `history_wanted` a tag, `open_camera` a camera, `open_card`
    an AlarmMsg."""

    acknowledge = Signal(object)
    reset = Signal(object)
    open_card = Signal(object)
    open_trend = Signal(str)
    open_camera = Signal(str)
    history_wanted = Signal(str)
    closed = Signal()

    def __init__(self, holder: ThemeHolder, blink: Blink, now: Callable[[], Instant], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._holder, self._blink, self._now = holder, blink, now
        self.item: LayoutItem | None = None
        self._panels: dict[str, TagPanel] = {}
        self._rows: dict[int, AlarmRow] = {}
        self._waiting: dict[str, Sample] = {}
        self._beats = 0
        self._silent = False
        self._ahead: Mapping[str, AheadNote] = {}
        self.look_only = False  # of the past: nothing can be acknowledged
        self.setFixedWidth(WIDTH)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self._title = _label(14, bold=True)
        self._about = _label(10.5, dim=True)
        close = QToolButton(self)
        close.setText("✕")
        close.setAutoRaise(True)
        close.setToolTip(tr("关闭（Esc）"))
        close.setMinimumSize(34, 34)
        close.clicked.connect(self.closed)
        head = QHBoxLayout()
        head.setContentsMargins(12, 10, 8, 6)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._title)
        words.addWidget(self._about)
        head.addLayout(words, 1)
        head.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self._scroll = QScrollArea(self)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        all_ = QVBoxLayout(self)
        all_.setContentsMargins(0, 0, 0, 0)
        all_.setSpacing(0)
        all_.addLayout(head)
        all_.addWidget(self._scroll, 1)
        self._alarm_box = QVBoxLayout()
        self._pulse = Pulse(self, _TICK_MS, self._beat)
        holder.changed.connect(self.update)

    def show_item(
        self,
        item: LayoutItem,
        tags: Mapping[str, Tag],
        equipment: Mapping[str, Equipment],
        cameras: Mapping[str, Camera],
        values: Mapping[str, Sample],
    ) -> None:
        """`values`: what is known now. Alarms follow with `put_alarms`; one `history_wanted` per analogue tag is emitted."""
        self.item = item
        self._panels.clear()
        self._rows.clear()
        self._waiting.clear()
        unit = equipment.get(item.equipment)
        self._title.setText(_title(item, unit))
        self._about.setText(_about(unit))
        self._about.setVisible(bool(self._about.text()))
        names = tags_of(item, tags)
        body = QWidget()
        body.setAutoFillBackground(True)
        body.setBackgroundRole(QPalette.ColorRole.Base)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 12)
        column.setSpacing(0)
        self._alarm_box = QVBoxLayout()
        self._alarm_box.setSpacing(0)
        column.addLayout(self._alarm_box)
        for name in names:
            panel = TagPanel(name, tags.get(name), self._holder, self._now)
            panel.silent = self._silent
            panel.ahead = self._ahead[name].text if name in self._ahead else ""
            panel.opened.connect(self.open_trend)
            panel.put(values.get(name))
            self._panels[name] = panel
            column.addWidget(panel)
        self._add_cameras(column, item, names, tags, cameras)
        for said in dict.fromkeys(tags[n].guidance for n in names if n in tags and tags[n].guidance):
            column.addWidget(_section(tr("处置提示")))
            column.addWidget(_paragraph(said))
        if not names:
            column.addWidget(_paragraph(tr("此设备没有绑定位号。")))
        column.addStretch(1)
        old = self._scroll.takeWidget()
        self._scroll.setWidget(body)
        if old is not None:
            old.deleteLater()
        for panel in self._panels.values():
            if panel.analogue:
                self.history_wanted.emit(panel.name)

    @property
    def tags(self) -> list[str]:
        return list(self._panels)

    @property
    def panels(self) -> Mapping[str, TagPanel]:
        return self._panels

    @property
    def rows(self) -> Mapping[int, AlarmRow]:
        """By occurrence, in the order they stand on the screen."""
        return self._rows

    def put_values(self, values: Mapping[str, Sample]) -> None:
        for name in values.keys() & self._panels.keys():
            self._waiting[name] = values[name]

    def put_ahead(self, notes: Mapping[str, AheadNote]) -> None:
        """When limits are reached at the present rate, by tag; all there are."""
        self._ahead = notes
        for name, panel in self._panels.items():
            text = notes[name].text if name in notes else ""
            if panel.ahead != text:
                panel.ahead = text
                panel.update()

    def put_history(
        self, tag: str, times: Sequence[Instant], lows: Sequence[float | None], highs: Sequence[float | None] | None = None
    ) -> None:
        panel = self._panels.get(tag)
        if panel is not None:
            panel.put_history(times, lows, highs)

    def put_alarms(self, alarms: Sequence[AlarmMsg]) -> None:
        """All live alarms of the item shown. Rows keep their places while they live: a button never moves under the cursor."""
        live = {a.occurrence: a for a in sorted(alarms, key=rank) if a.state != AlarmState.NORM}
        for occurrence in [o for o in self._rows if o not in live]:
            row = self._rows.pop(occurrence)
            self._alarm_box.removeWidget(row)
            row.hide()
            row.deleteLater()
        for occurrence, alarm in live.items():
            known = self._rows.get(occurrence)
            if known is not None:
                known.put(alarm)
                continue
            panel = self._panels.get(alarm.tag)
            decimals = panel.tag.decimals if panel is not None and panel.tag is not None else 1
            row = AlarmRow(alarm, self._holder, self._blink, decimals, self.look_only)
            row.acknowledge.connect(self.acknowledge)
            row.reset.connect(self.reset)
            row.opened.connect(self.open_card)
            self._rows[occurrence] = row
            self._alarm_box.addWidget(row)
        worst: dict[str, Priority] = {}
        for alarm in live.values():
            if alarm.state in _STANDING and alarm.rule != RuleKind.BAD:
                priority = Priority.of(alarm.priority)
                worst[alarm.tag] = min(priority, worst.get(alarm.tag, priority))
        for name, one in self._panels.items():
            if one.alarm != worst.get(name):
                one.alarm = worst.get(name)
                one.update()

    def set_feed_silent(self, silent: bool) -> None:
        self._silent = silent
        for panel in self._panels.values():
            panel.silent = silent
            panel.update()

    def _beat(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for name, sample in waiting.items():
            self._panels[name].put(sample)
        self._beats += 1
        if self._beats % _AGE_EVERY == 0:
            for panel in self._panels.values():
                panel.tick()

    def _add_cameras(
        self,
        column: QVBoxLayout,
        item: LayoutItem,
        names: Sequence[str],
        tags: Mapping[str, Tag],
        cameras: Mapping[str, Camera],
    ) -> None:
        mine = [item.camera, *item.cameras, *(c for n in names if n in tags for c in tags[n].camera)]
        mine += [c.camera for c in cameras.values() if item.equipment and item.equipment in c.equipment]
        for i, code in enumerate(dict.fromkeys(code for code in mine if code)):
            if i == 0:
                column.addWidget(_section(tr("摄像机")))
            camera = cameras.get(code)
            button = QToolButton()
            button.setAutoRaise(True)
            button.setFont(font(11))
            button.setText(f"{camera.name}  {code}" if camera is not None and camera.name else code)
            button.setMinimumHeight(30)
            button.setProperty("camera", code)
            button.clicked.connect(self._on_camera)
            line = QHBoxLayout()
            line.setContentsMargins(8, 0, 12, 0)
            line.addWidget(button)
            line.addStretch(1)
            column.addLayout(line)

    def _on_camera(self) -> None:
        self.open_camera.emit(str(self.sender().property("camera")))


def tags_of(item: LayoutItem, tags: Mapping[str, Tag]) -> list[str]:
    """The tags bound to the item in the layout's order, then the other tags of its equipment by kind."""
    bound = list(dict.fromkeys(item.bind.values()))
    more = [t for t in tags.values() if item.equipment and t.equipment == item.equipment and t.tag not in bound]
    return bound + [t.tag for t in sorted(more, key=lambda t: (_KIND_ORDER[t.kind], t.tag))]


def _title(item: LayoutItem, unit: Equipment | None) -> str:
    parts = [item.label or item.equipment or item.id]
    if unit is not None and unit.name and unit.name not in parts:
        parts.append(unit.name)
    return "  ".join(parts)


def _about(unit: Equipment | None) -> str:
    if unit is None:
        return ""
    status = {EquipmentStatus.STOPPED: tr("停用"), EquipmentStatus.MAINTENANCE: tr("检修")}.get(unit.status, "")
    level = level_word(unit.hazard_level)
    chemical = f"{unit.chemical} {unit.cas}".strip()
    capacity = tr("最大储量 {n:g} t", n=unit.capacity_t) if unit.capacity_t is not None else ""
    responsible = tr("责任人 {name}", name=unit.responsible) if unit.responsible else ""
    return " · ".join(part for part in (status, unit.area, chemical, level, capacity, responsible) if part)


def _label(size: float, bold: bool = False, dim: bool = False) -> QLabel:
    made = QLabel()
    made.setFont(font(size, bold))
    made.setWordWrap(True)
    made.setTextFormat(Qt.TextFormat.PlainText)
    if dim:
        made.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    return made


def _section(said: str) -> QWidget:
    made = _label(10.5, dim=True)
    made.setText(said)
    return _inset(made, 12, 4)


def _paragraph(said: str) -> QWidget:
    made = _label(11)
    made.setText(said)
    return _inset(made, 4, 6)


def _inset(label: QLabel, above: int, below: int) -> QWidget:
    """Margins of a layout, not of the label: a style sheet that is replaced takes those away."""
    made = QWidget()
    box = QVBoxLayout(made)
    box.setContentsMargins(12, above, 12, below)
    box.addWidget(label)
    return made

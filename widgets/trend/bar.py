"""The two rows of controls above the chart: tags, span and live; layout, scales, cursors, comparison, export. Console side."""

from collections.abc import Iterable

from PySide6.QtCore import QDateTime, QStringListModel, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QCompleter,
    QDateTimeEdit,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.domain.tag import Tag
from widgets.theme import font
from widgets.trend.frame import By
from widgets.words import tr

HOUR, DAY = 3600.0, 86400.0
SPANS = (
    (600.0, "10 分钟"), (HOUR, "1 小时"), (8 * HOUR, "8 小时"), (DAY, "24 小时"), (7 * DAY, "7 天"), (30 * DAY, "30 天"),
    (365 * DAY, "1 年"),
)  # fmt: skip
_SHIFTS = ((None, "不对比"), (0.0, "前一段"), (DAY, "昨天同时"), (7 * DAY, "上周同时"), (-1.0, "指定起点…"))
EXPORTS = (
    ("csv", False, "CSV：曲线（含最小、最大、平均）"), ("csv", True, "CSV：全部原始样本"),
    ("xlsx", False, "Excel：曲线（含最小、最大、平均）"), ("xlsx", True, "Excel：全部原始样本"), ("png", False, "PNG 图片"),
)  # fmt: skip


class TrendBar(QWidget):
    """`added(tag)`, `span(seconds)`, `live(on)`, `step(-1 or 1)`: by a span; `layout_changed`, `auto(on)`, `limits(on)`,
    `cursors(on)`, `statistics`, `replay`: of what is shown; `compared(kind, start)`: kind None no, 0 the span before, -1 from
    `start` on, else seconds earlier; `export(format, raw)`."""

    added = Signal(str)
    span = Signal(float)
    live = Signal(bool)
    step = Signal(int)
    layout_changed = Signal(bool, str)
    auto = Signal(bool)
    limits = Signal(bool)
    cursors = Signal(bool)
    statistics = Signal()
    replay = Signal()
    compared = Signal(object, float)
    export = Signal(str, bool)

    def __init__(self) -> None:
        super().__init__()
        self._tags: list[Tag] = []
        self.search = QLineEdit()
        self.search.setFont(font(12))
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(260)
        self.search.setMaximumWidth(360)
        self._names = QStringListModel(self)
        completer = QCompleter(self._names, self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setMaxVisibleItems(12)
        completer.activated.connect(self._picked)
        self.search.setCompleter(completer)
        self.search.returnPressed.connect(self._typed)
        self._spans = QButtonGroup(self)
        self.span_buttons = [_button(checkable=True) for _ in SPANS]
        for place, button in enumerate(self.span_buttons):
            self._spans.addButton(button, place)
        self._spans.idClicked.connect(lambda place: self.span.emit(SPANS[place][0]))
        self._back, self._on = _button(), _button()
        self._back.clicked.connect(lambda: self.step.emit(-1))
        self._on.clicked.connect(lambda: self.step.emit(1))
        self.live_button = _button(checkable=True)
        self.live_button.setChecked(True)
        self.live_button.clicked.connect(self.live)
        self.when = QLabel()
        self.when.setFont(font(11.5))
        self._overlay, self._stacked = _button(checkable=True), _button(checkable=True)
        self._own, self._unit = _button(checkable=True), _button(checkable=True)
        for pair in ((self._overlay, self._stacked), (self._own, self._unit)):
            group = QButtonGroup(self)
            for button in pair:
                group.addButton(button)
            pair[0].setChecked(True)
            group.idClicked.connect(self._lay)
        self.auto_button, self.limits_button, self.cursor_button = (_button(checkable=True) for _ in range(3))
        self.limits_button.setChecked(True)
        self.auto_button.toggled.connect(self.auto)
        self.limits_button.toggled.connect(self.limits)
        self.cursor_button.clicked.connect(self.cursors)
        self._figures = _button()
        self._figures.clicked.connect(self.statistics)
        self._replay = _button()
        self._replay.clicked.connect(self.replay)
        self._compare = QComboBox()
        self._compare.setFont(font(12))
        self._compare.addItems([""] * len(_SHIFTS))
        self._compare.currentIndexChanged.connect(self._compared)
        self._start = QDateTimeEdit()
        self._start.setFont(font(12))
        self._start.setDisplayFormat("yyyy-MM-dd HH:mm:ss")
        self._start.setCalendarPopup(True)
        self._start.hide()
        self._start.dateTimeChanged.connect(self._compared)
        self._export = _button()
        self._menu = QMenu(self._export)
        self._actions = []
        for format, raw, _ in EXPORTS:
            action = self._menu.addAction("")
            action.setProperty("order", [format, raw])
            action.triggered.connect(self._exported)
            self._actions.append(action)
        self._export.setMenu(self._menu)
        self.side = QHBoxLayout()  # what there is to say of questions under way
        self._lay_out()
        self.retranslate()

    def set_tags(self, tags: Iterable[Tag]) -> None:
        self._tags = list(tags)
        self._names.setStringList([f"{tag.tag}  {tag.name}" for tag in self._tags])

    def show_span(self, seconds: float | None) -> None:
        """The button of this span, if there is one; none for any other."""
        self._spans.setExclusive(False)
        for button, (length, _) in zip(self.span_buttons, SPANS, strict=True):
            button.setChecked(seconds is not None and abs(length - seconds) < 1.0)
        self._spans.setExclusive(True)

    def show_layout(self, stacked: bool, by: By, auto: bool) -> None:
        """As kept in a group; tells nobody."""
        for button, on in (
            (self._overlay, not stacked), (self._stacked, stacked), (self._own, by is By.PEN), (self._unit, by is By.UNIT),
        ):  # fmt: skip
            button.setChecked(on)
        self.auto_button.blockSignals(True)
        self.auto_button.setChecked(auto)
        self.auto_button.blockSignals(False)

    @property
    def stacked(self) -> bool:
        return self._stacked.isChecked()

    @property
    def by(self) -> By:
        return By.UNIT if self._unit.isChecked() else By.PEN

    def clear_compare(self) -> None:
        self._compare.setCurrentIndex(0)

    def choose_start(self, start: float) -> None:
        """Where a comparison of one's own choosing begins."""
        self._start.blockSignals(True)
        self._start.setDateTime(QDateTime.fromSecsSinceEpoch(round(start)))
        self._start.blockSignals(False)

    def retranslate(self) -> None:
        self.search.setPlaceholderText(tr("添加位号：输入位号或名称"))
        for button, (_, word) in zip(self.span_buttons, SPANS, strict=True):
            button.setText(tr(word))
        self._back.setText("◀")
        self._back.setToolTip(tr("往前一段"))
        self._on.setText("▶")
        self._on.setToolTip(tr("往后一段"))
        for button, word, about in (
            (self.live_button, tr("实时"), tr("跟随现在；拖动曲线即转为历史")),
            (self._overlay, tr("叠加"), tr("所有曲线画在一起")),
            (self._stacked, tr("分道"), tr("每个量程一道，上下排列")),
            (self._own, tr("各自量程"), tr("每条曲线一个量程")),
            (self._unit, tr("按单位"), tr("同一单位的曲线共用一个量程")),
            (self.auto_button, tr("自动量程"), tr("量程随画面中的曲线变化；也可在坐标轴上滚动或拖动，双击恢复")),
            (self.limits_button, tr("限值"), tr("限值带，按当时生效的限值画")),
            (self.cursor_button, tr("游标 A/B"), tr("两个固定游标及其间的差；键盘 A、B 放在鼠标处，Esc 收起")),
            (self._replay, tr("回放这一段"), tr("全厂一起回放：平面图、曲线、报警、录像站在同一时刻")),
            (self._figures, tr("统计"), tr("对选中的一段（按住 Shift 拖动）或 A、B 之间作统计；都没有时统计画面中的一段")),
        ):
            button.setText(word)
            button.setToolTip(about)
        for place, (_, word) in enumerate(_SHIFTS):
            self._compare.setItemText(place, tr(word))
        self._compare.setToolTip(tr("把另一段时间的同一批曲线以虚线画在上面"))
        self._export.setText(tr("导出"))
        for action, (_, _, word) in zip(self._actions, EXPORTS, strict=True):
            action.setText(tr(word))

    # inside

    def _picked(self, text: str) -> None:
        self.added.emit(text.split("  ")[0])
        QTimer.singleShot(0, self.search.clear)

    def _typed(self) -> None:
        words = self.search.text().lower().split()
        hits = [tag for tag in self._tags if all(word in f"{tag.tag} {tag.name}".lower() for word in words)]
        if words and hits:
            self.added.emit(hits[0].tag)
            self.search.clear()

    def _lay(self, _: int) -> None:
        self.layout_changed.emit(self.stacked, self.by.value)

    def _compared(self) -> None:
        kind = _SHIFTS[self._compare.currentIndex()][0]
        self._start.setVisible(kind == -1.0)
        self.compared.emit(kind, float(self._start.dateTime().toSecsSinceEpoch()))

    def _exported(self) -> None:
        format, raw = self.sender().property("order")
        self.export.emit(str(format), bool(raw))

    def _lay_out(self) -> None:
        first, second = QHBoxLayout(), QHBoxLayout()
        first.setSpacing(6)
        second.setSpacing(6)
        first.addWidget(self.search, 1)
        first.addSpacing(10)
        for button in (*self.span_buttons, self._back, self._on):
            first.addWidget(button)
        first.addSpacing(10)
        first.addWidget(self.live_button)
        first.addStretch(1)
        first.addWidget(self.when)
        for some in (
            (self._overlay, self._stacked), (self._own, self._unit, self.auto_button), (self.limits_button, self.cursor_button),
            (self._figures, self._compare, self._start), (self._export, self._replay),
        ):  # fmt: skip
            for widget in some:
                second.addWidget(widget)
            second.addSpacing(10)
        second.addLayout(self.side, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        box.addLayout(first)
        box.addLayout(second)


def _button(checkable: bool = False) -> QPushButton:
    made = QPushButton()
    made.setFont(font(12))
    made.setCheckable(checkable)
    return made

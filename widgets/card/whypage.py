"""The page of one tag's alarms: for each rule why it is silent or why it alarmed. Console side; asks by signal."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QPixmap
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.domain.alarm import AlarmState, RuleKind
from app.domain.plant import EquipmentStatus
from app.domain.tag import Priority
from widgets import vocabulary
from widgets.card.panel import text_label
from widgets.card.why import WhyPanel, worst_first
from widgets.pulse import Pulse
from widgets.symbols import symbol_pixmap
from widgets.theme import ThemeHolder, font
from widgets.words import tr

ASK_MS = 3000
_COLUMNS = 3
_STATUS = {EquipmentStatus.STOPPED.value: "停用", EquipmentStatus.MAINTENANCE.value: "检修"}


class WhyPage(QWidget):
    """`wanted(tag)` while the page is seen; `trend_wanted(tag)`, `limits_wanted(tag)`, `back`."""

    wanted = Signal(str)
    trend_wanted = Signal(str)
    limits_wanted = Signal(str)
    back = Signal()

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.tag = ""
        self._may_limits = False
        self.title = text_label(18, bold=True)
        self.about = text_label(12, dim=True)
        self.message = text_label(12.5, wrap=True)
        self.panels: dict[str, WhyPanel] = {}
        self._order: list[str] = []
        self.buttons = {
            name: self._button(word, slot)
            for name, word, slot in (
                ("limits", tr("申请修改限值"), self._on_limits),
                ("trend", tr("趋势"), self._on_trend),
                ("back", tr("返回 Esc"), self.back.emit),
            )
        }
        head = QHBoxLayout()
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.title)
        words.addWidget(self.about)
        head.addLayout(words, 1)
        for button in self.buttons.values():
            head.addWidget(button)
        self._grid = QGridLayout()
        self._grid.setSpacing(8)
        for column in range(_COLUMNS):
            self._grid.setColumnStretch(column, 1)
        all_ = QVBoxLayout(self)
        all_.setContentsMargins(14, 10, 14, 10)
        all_.setSpacing(10)
        all_.addLayout(head)
        all_.addWidget(self.message)
        all_.addLayout(self._grid, 1)
        self.show_nothing()
        self._asks = Pulse(self, ASK_MS, self._ask)
        self._ticks = Pulse(self, 500, self._tick)

    def show_nothing(self) -> None:
        self.tag = ""
        self._take_panels_away()
        self.title.setText("")
        self.about.setText("")
        self._say(tr("没有选择位号。\n在报警卡片、报警表或平面图上点“为什么”。"))
        for name in ("limits", "trend"):
            self.buttons[name].hide()

    def show_tag(self, tag: str, name: str) -> None:
        """The answer follows with `put_why`."""
        if tag != self.tag:
            self._take_panels_away()
            self.about.setText("")
        self.tag = tag
        self.title.setText("　".join(dict.fromkeys(part for part in (name, tag) if part)))
        self._say("" if self.panels else tr("正在读取…"))
        real = not tag.startswith("@")
        self.buttons["trend"].setVisible(real)
        self.buttons["limits"].setVisible(real and self._may_limits)

    def put_why(self, answer: Mapping[str, Any]) -> None:
        if answer.get("tag") != self.tag:
            return
        self._say("" if answer.get("rules") else tr("这个位号没有报警规则：没有设限值，也没有报警值。"))
        self.about.setText(_about(answer))
        rules = worst_first(answer.get("rules", ()))
        order = [str(one["rule"]) for one in rules]
        if order != self._order:  # a panel never jumps while somebody reads it, but for a rule that begins or ends to alarm
            self._take_panels_away()
            self._order = order
            for place, rule in enumerate(order):
                panel = self.panels[rule] = WhyPanel(self._holder, compact=False)
                self._grid.addWidget(panel, place // _COLUMNS, place % _COLUMNS)
        for one in rules:
            panel = self.panels[str(one["rule"])]
            panel.title.setText(f"{vocabulary.rule_word(str(one['rule']))}　{_limit(one, str(answer.get('unit', '')))}".strip())
            panel.show_symbol(self._symbol(one))
            panel.show_rule(one)

    def failed(self, text: str) -> None:
        self._say(tr("没有取到：{error}", error=text))

    def allow_limits(self, allowed: bool) -> None:
        self._may_limits = allowed

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.back.emit()
        else:
            super().keyPressEvent(event)

    def _symbol(self, rule: Mapping[str, Any]) -> QPixmap | None:
        state = AlarmState(rule["state"])
        if state is AlarmState.NORM:
            return None
        lost = rule["rule"] in (RuleKind.LINK, RuleKind.BAD)
        priority = None if lost else Priority.of(str(rule["priority"]))
        return symbol_pixmap(priority, state, True, 22, self._holder.theme, self.devicePixelRatioF())

    def _ask(self) -> None:
        if self.tag:
            self.wanted.emit(self.tag)

    def _tick(self) -> None:
        for panel in self.panels.values():
            panel.tick()

    def _say(self, text: str) -> None:
        self.message.setText(text)
        self.message.setVisible(bool(text))

    def _take_panels_away(self) -> None:
        for panel in self.panels.values():
            self._grid.removeWidget(panel)
            panel.hide()
            panel.deleteLater()
        self.panels, self._order = {}, []

    def _on_limits(self) -> None:
        self.limits_wanted.emit(self.tag)

    def _on_trend(self) -> None:
        self.trend_wanted.emit(self.tag)

    def _button(self, word: str, slot: object) -> QPushButton:
        made = QPushButton(word)
        made.setFont(font(12))
        made.setMinimumHeight(36)
        made.clicked.connect(slot)
        return made


def _limit(rule: Mapping[str, Any], unit: str) -> str:
    limit = rule.get("limit")
    if limit is None or not vocabulary.has_numbers(str(rule["rule"])):
        return ""
    return f"{limit:g} {unit}".strip()


def _about(answer: Mapping[str, Any]) -> str:
    """What is true of all rules of the tag."""
    parts = []
    equipment = answer.get("equipment") or {}
    if equipment:
        parts.append(str(equipment.get("equipment", "")))
        if (status := _STATUS.get(str(equipment.get("status", "")))) is not None:
            parts.append(tr("设备状态：{word}", word=tr(status)))
    masks = answer.get("masks") or ()
    if masks:
        parts.append(tr("报警时屏蔽 {n} 条下级报警", n=len(masks)))
    return "　".join(part for part in parts if part)

"""The sheets of the action panel: for how long and why an alarm is shelved; why a tag is suppressed or taken out of service.

Console side. Part of the page, never a dialog. A sheet says what is still missing on its own button.
"""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.domain.tag import Priority
from widgets.alarms.permits import ShelvePermit
from widgets.alarms.row import Row
from widgets.alarms.wish import Want
from widgets.theme import font
from widgets.vocabulary import priority_word
from widgets.words import tr


class Sheet(QWidget):
    """`done` when it may be sent; Escape and the second button leave it."""

    done = Signal()
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.title = QLabel()
        self.title.setFont(font(12.5, bold=True))
        self.send = QPushButton()
        self.send.setObjectName("primary")
        self.send.setFont(font(12))
        self.send.clicked.connect(self._send)
        self.leave = QPushButton(tr("不做了（Esc）"))
        self.leave.setFont(font(12))
        self.leave.clicked.connect(self.left)
        self.hint = QLabel()
        self.hint.setObjectName("dim")
        self.hint.setFont(font(10.5))
        self.hint.setWordWrap(True)
        self.text = QLineEdit()
        self.text.setFont(font(12))
        self.text.setMaxLength(500)
        self.text.textChanged.connect(self.check)
        self.text.returnPressed.connect(self._send)

    def check(self) -> None:
        """Says what is missing."""

    def _send(self) -> None:
        if self.send.isEnabled():
            self.done.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def say_missing(self, missing: Sequence[str], ready: str) -> None:
        self.send.setEnabled(not missing)
        self.send.setText(tr("还缺：{what}", what="、".join(missing)) if missing else ready)


class Choice(QWidget):
    """One of a few, as buttons beside each other."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(6)
        self._line.addStretch(1)
        self._group = QButtonGroup(self)
        self._group.idClicked.connect(self._on_click)
        self.buttons: list[QPushButton] = []

    def offer(self, words: Sequence[str]) -> None:
        """Nothing is chosen afterwards."""
        for button in self.buttons:
            self._group.removeButton(button)
            self._line.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = []
        for number, word in enumerate(words):
            button = QPushButton(word)
            button.setCheckable(True)
            button.setFont(font(12))
            self._group.addButton(button, number)
            self._line.insertWidget(number, button)
            self.buttons.append(button)

    @property
    def chosen(self) -> int:
        """Its number, -1 for none."""
        return self._group.checkedId()

    def _on_click(self, number: int) -> None:
        self.changed.emit()


class ShelveSheet(Sheet):
    def __init__(self) -> None:
        super().__init__()
        self._permit = ShelvePermit()
        self._asks = False
        self._cannot = ""
        self.times, self.reasons = Choice(), Choice()
        self.times.changed.connect(self.check)
        self.reasons.changed.connect(self.check)
        first, second, third = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for line in (first, second, third):
            line.setSpacing(8)
        first.addWidget(self.title)
        first.addSpacing(10)
        first.addWidget(self.times, 1)
        second.addWidget(self.reasons)
        second.addWidget(self.text, 1)
        third.addWidget(self.hint, 1)
        third.addWidget(self.leave)
        third.addWidget(self.send)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(8)
        for line in (first, second, third):
            box.addLayout(line)

    def begin(self, rows: Sequence[Row], permit: ShelvePermit) -> None:
        self._permit = permit
        words = {row.alarm.priority for row in rows}
        self._asks = bool(words & permit.second_person)
        beyond = sorted(Priority.of(word) for word in words - permit.priorities - permit.second_person)
        self._cannot = tr("本角色不能搁置{word}级报警", word=priority_word(beyond[0])) if beyond else ""
        if len(rows) > 1 and permit.at_once and permit.used + len(rows) > permit.at_once:
            self._cannot = tr("已搁置 {used} 条，每人最多 {most} 条", used=permit.used, most=permit.at_once)
        self.title.setText(tr("搁置 {tag}", tag=rows[0].alarm.tag) if len(rows) == 1 else tr("搁置 {n} 条报警", n=len(rows)))
        self.times.offer([minutes_word(one) for one in permit.times_min])
        self.reasons.offer(permit.reasons)
        self.text.clear()
        self.text.setPlaceholderText(tr("补充说明"))
        self.hint.setText(self._what_may(permit))
        self.check()
        if self.times.buttons:
            self.times.buttons[0].setFocus()

    @property
    def minutes(self) -> float:
        return self._permit.times_min[self.times.chosen]

    @property
    def reason(self) -> str:
        return self._permit.reasons[self.reasons.chosen]

    def check(self) -> None:
        missing = [self._cannot] if self._cannot else []
        if not missing:
            missing += [] if self.times.chosen >= 0 else [tr("时间")]
            missing += [] if self.reasons.chosen >= 0 else [tr("原因")]
            if self.reasons.chosen >= 0 and self.reason == self._permit.other and not self.text.text().strip():
                missing.append(tr("说明"))
        if self._cannot:
            self.send.setEnabled(False)
            self.send.setText(self._cannot)
        else:
            self.say_missing(missing, tr("提交搁置申请") if self._asks else tr("搁置"))

    def _what_may(self, permit: ShelvePermit) -> str:
        mine = "、".join(priority_word(p) for p in Priority if p.word in permit.priorities) or tr("无")
        said = tr(
            "可搁置{priorities}级，最长 {longest} · 已用 {used}/{most}，全站 {all}/{limit}",
            priorities=mine, longest=minutes_word(permit.longest_min), used=permit.used, most=permit.at_once,
            all=permit.station_used, limit=permit.station_at_once,
        )  # fmt: skip
        if not permit.official:
            said += tr(" · 默认值，非官方规定")
        if self._asks:
            said = tr("需要另一人批准：提交后发起申请，批准后才生效。") + "\n" + said
        return said


class ReasonSheet(Sheet):
    """Suppress a tag, or take it out of service; the latter with its work order."""

    def __init__(self) -> None:
        super().__init__()
        self.want = Want.SUPPRESS
        self.order = QLineEdit()
        self.order.setFont(font(12))
        self.order.setMaxLength(100)
        self.order.setMaximumWidth(260)
        self.order.setPlaceholderText(tr("工单号"))
        self.order.textChanged.connect(self.check)
        self.order.returnPressed.connect(self._send)
        middle, last = QHBoxLayout(), QHBoxLayout()
        middle.setSpacing(8)
        last.setSpacing(8)
        middle.addWidget(self.text, 1)
        middle.addWidget(self.order)
        last.addWidget(self.hint, 1)
        last.addWidget(self.leave)
        last.addWidget(self.send)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(8)
        box.addWidget(self.title)
        box.addLayout(middle)
        box.addLayout(last)

    def begin(self, want: Want, rows: Sequence[Row]) -> None:
        self.want = want
        tags = list(dict.fromkeys(row.alarm.tag for row in rows))
        what = tags[0] if len(tags) == 1 else tr("{n} 个位号", n=len(tags))
        out = want is Want.OUT_OF_SERVICE
        self.title.setText(tr("停用 {what} 的全部报警", what=what) if out else tr("抑制 {what} 的全部报警", what=what))
        self.text.clear()
        self.order.clear()
        self.order.setVisible(out)
        self.text.setPlaceholderText(tr("原因（必填）"))
        self.hint.setText(
            tr("停用期间不报警、不发声，直到有人恢复使用。") if out else tr("抑制期间不报警、不发声，直到有人解除抑制。")
        )
        self.check()
        self.text.setFocus()

    def check(self) -> None:
        out = self.want is Want.OUT_OF_SERVICE
        missing = [] if self.text.text().strip() else [tr("原因")]
        if out and not self.order.text().strip():
            missing.append(tr("工单号"))
        self.say_missing(missing, tr("停用") if out else tr("抑制"))


def minutes_word(minutes: float) -> str:
    if minutes >= 60 and minutes % 60 == 0:
        return tr("{n} 小时", n=int(minutes // 60))
    return tr("{n:g} 分钟", n=minutes)

"""What of the journal is looked for (日志筛选): span, kinds, person, tag, text. Console side; asks, fetches nothing."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from PySide6.QtCore import QDateTime, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QButtonGroup,
    QDateTimeEdit,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.domain.journal_words import KINDS
from widgets.pulse import Settle
from widgets.theme import font
from widgets.words import tr

HIGH = 34
SETTLE_MS = 350
SPANS: tuple[tuple[str, float | None], ...] = (
    ("全部", None), ("1 小时", 1), ("24 小时", 24), ("7 天", 7 * 24), ("30 天", 30 * 24),
)  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """`start`, `end` RFC 3339 UTC; empty means not asked for."""

    start: str = ""
    end: str = ""
    kinds: tuple[str, ...] = ()
    actor: str = ""
    tag: str = ""
    text: str = ""

    def params(self) -> list[tuple[str, str]]:
        """For the query of a call; a kind may be there several times."""
        pairs = [(key, getattr(self, key)) for key in ("start", "end", "actor", "tag", "text")]
        return [pair for pair in pairs if pair[1]] + [("kind", kind) for kind in self.kinds]

    def filters(self) -> dict[str, object]:
        """For an export."""
        asked = {"start": self.start, "end": self.end, "actor": self.actor, "tag": self.tag, "text": self.text}
        return {key: value for key, value in asked.items() if value} | ({"kinds": list(self.kinds)} if self.kinds else {})


class Filters(QWidget):
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._settle = Settle(self, SETTLE_MS, self.changed.emit)
        self._spans = QButtonGroup(self)
        first = QHBoxLayout()
        first.setSpacing(6)
        for number, (word, _) in enumerate((*SPANS, ("自选", None))):
            button = _button(tr(word))
            button.setCheckable(True)
            self._spans.addButton(button, number)
            first.addWidget(button)
        self._spans.button(0).setChecked(True)
        self._spans.idClicked.connect(self._choose_span)
        self.start, self.end = _moment(), _moment()
        self._until = QLabel("–")
        for part in (self.start, self._until, self.end):
            first.addWidget(part)
            part.hide()
        for moment in (self.start, self.end):
            moment.dateTimeChanged.connect(self._settle.poke)
        first.addStretch(1)
        self.kinds = _button("")
        self._menu = QMenu(self)
        self._menu.setFont(font(12))
        self._actions = {kind: self._kind_action(kind, title) for kind, title in KINDS.items()}
        self.kinds.clicked.connect(lambda: self._menu.popup(self.kinds.mapToGlobal(self.kinds.rect().bottomLeft())))
        self.actor = _field(tr("人员"), 150)
        self.tag = _field(tr("位号"), 170)
        self.text = _field(tr("内容，可用中文词，如：确认 高高报（Ctrl+F）"), 420)
        self.clear = _button(tr("清除筛选"))
        self.clear.clicked.connect(self.reset)
        second = QHBoxLayout()
        second.setSpacing(6)
        for field in (self.actor, self.tag, self.text):
            field.textEdited.connect(self._settle.poke)
            field.returnPressed.connect(self._ask_now)
        for one in (self.kinds, self.actor, self.tag, self.text, self.clear):
            second.addWidget(one)
        second.addStretch(1)
        self.first, self.second = first, second
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(first)
        column.addLayout(second)
        self._name_kinds()

    def wanted(self) -> Wanted:
        start, end = self._span()
        return Wanted(
            start, end, tuple(kind for kind, action in self._actions.items() if action.isChecked()),
            self.actor.text().strip(), self.tag.text().strip(), self.text.text().strip(),
        )  # fmt: skip

    def _ask_now(self) -> None:
        self._settle.stop()
        self.changed.emit()

    def look_for(self, text: str) -> None:
        """As if somebody had typed it."""
        self.text.setText(text)
        self.changed.emit()

    def reset(self) -> None:
        for field in (self.actor, self.tag, self.text):
            field.clear()
        for action in self._actions.values():
            action.setChecked(False)
        self._name_kinds()
        self._spans.button(0).setChecked(True)
        self._show_moments(False)
        self.changed.emit()

    def choose_kinds(self, kinds: tuple[str, ...]) -> None:
        for kind, action in self._actions.items():
            action.setChecked(kind in kinds)
        self._name_kinds()
        self.changed.emit()

    def _span(self) -> tuple[str, str]:
        number = self._spans.checkedId()
        if number == len(SPANS):
            return _utc(self.start.dateTime()), _utc(self.end.dateTime())
        hours = SPANS[number][1]
        if hours is None:
            return "", ""
        return (datetime.now(UTC) - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ"), ""

    def _choose_span(self, number: int) -> None:
        own = number == len(SPANS)
        if own and self.start.isHidden():
            now = QDateTime.currentDateTime()
            for moment, value in ((self.start, now.addDays(-1)), (self.end, now)):
                moment.blockSignals(True)
                moment.setDateTime(value)
                moment.blockSignals(False)
        self._show_moments(own)
        self.changed.emit()

    def _show_moments(self, shown: bool) -> None:
        for part in (self.start, self._until, self.end):
            part.setVisible(shown)

    def _kind_action(self, kind: str, title: str) -> QAction:
        made = self._menu.addAction(tr(title))
        made.setCheckable(True)
        made.triggered.connect(self._choose_kind)
        return made

    def _choose_kind(self) -> None:
        self._name_kinds()
        self.changed.emit()

    def _name_kinds(self) -> None:
        names = [action.text() for action in self._actions.values() if action.isChecked()]
        self.kinds.setText(f"{'、'.join(names[:3]) + ('…' if len(names) > 3 else '') or tr('全部类别')}　▾")


def _button(text: str) -> QPushButton:
    made = QPushButton(text)
    made.setFont(font(12))
    made.setMinimumHeight(HIGH)
    made.setAutoDefault(False)
    return made


def _field(hint: str, width: int) -> QLineEdit:
    made = QLineEdit()
    made.setFont(font(12))
    made.setMinimumHeight(HIGH)
    made.setPlaceholderText(hint)
    made.setAccessibleName(hint)
    made.setClearButtonEnabled(True)
    made.setMaxLength(200)
    made.setFixedWidth(width)
    return made


def _moment() -> QDateTimeEdit:
    made = QDateTimeEdit()
    made.setFont(font(12))
    made.setMinimumHeight(HIGH)
    made.setDisplayFormat("yyyy-MM-dd HH:mm")
    made.setCalendarPopup(True)
    made.setMinimumWidth(190)
    return made


def _utc(at: QDateTime) -> str:
    return at.toUTC().toString(Qt.DateFormat.ISODate)

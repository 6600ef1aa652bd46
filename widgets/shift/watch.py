"""The watch that is on (当班): shift, crew, time left, who has it, the horn test, and the notes of the shift. Console side.

Says what is wanted; what is known comes in as `Watch`, made from `GET /shift`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from widgets.forms.controls import button, column, label, line, row
from widgets.theme import ThemeHolder, font
from widgets.vocabulary import local_time, span
from widgets.words import tr

WIDTH = 350
NOTE_LENGTH = 500
_MARGIN = 16


@dataclass(frozen=True)
class Watch:
    """`shift`, `next`: turns of the roster; `sheet`, `before`: about the present and the last sheet; times in seconds."""

    shift: Mapping[str, Any] | None = None
    next: Mapping[str, Any] | None = None
    on_duty: Mapping[str, Any] | None = None
    sheet: Mapping[str, Any] | None = None
    before: Mapping[str, Any] | None = None
    notes: Sequence[Mapping[str, Any]] = ()
    roster_empty: bool = False
    default_shifts: bool = False
    remind_min: float = 15.0
    person: str = ""
    names: Mapping[str, str] = field(default_factory=dict)  # account to name

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Watch":
        return cls(
            told.get("shift"), told.get("next"), told.get("on_duty"), told.get("sheet"), told.get("previous_sheet"),
            tuple(told.get("notes") or ()), bool(told.get("roster_empty")), bool(told.get("default_shifts")),
            float(told.get("remind_min") or 15.0), str(told.get("person") or ""), dict(told.get("names") or {}),
        )  # fmt: skip


def seconds(text: Any) -> float | None:
    """Of an RFC 3339 time, since the epoch."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() if isinstance(text, str) and text else None


class _Gone(QWidget):
    """How much of the shift has gone, as a thin bar."""

    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self._themes, self._share = themes, 0.0
        self.setFixedHeight(6)
        themes.changed.connect(self.update)

    def show_share(self, share: float) -> None:
        if abs(share - self._share) > 0.001:
            self._share = share
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.raised))
        painter.fillRect(QRectF(0, 0, self.width() * self._share, self.height()), QColor(theme.text_dim))
        painter.end()


class WatchCard(QWidget):
    note_written = Signal(str)
    take_over = Signal()
    horn_tested = Signal(bool)  # was it heard?
    horn_wanted = Signal()  # sound it
    before_wanted = Signal(object)  # id of the last sheet

    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self._watch = Watch()
        self._told = False  # nothing has been read yet: that is not the same as no shift
        self._may = False
        self.setFixedWidth(WIDTH)
        self.shift = label(size=20, bold=True)
        self.hours = label(size=12, dim=True)
        self.left = label(size=14, bold=True)
        self.gone = _Gone(themes)
        self.crew = label(wrap=True)
        self.duty = label(wrap=True)
        self.take = button(tr("到岗接班"), primary=True)
        self.take.clicked.connect(self.take_over)
        self.before = button("")
        self.before.clicked.connect(self._ask_for_before)
        self.horn = label(wrap=True)
        self.sound = button(tr("试听"), name=tr("响一声报警声"))
        self.sound.clicked.connect(self.horn_wanted)
        self.heard, self.mute = button(tr("听到了")), button(tr("没有声音"))
        self.heard.clicked.connect(lambda: self.horn_tested.emit(True))
        self.mute.clicked.connect(lambda: self.horn_tested.emit(False))
        self.note = QLineEdit()
        self.note.setFont(font(12))
        self.note.setMinimumHeight(34)
        self.note.setMaxLength(NOTE_LENGTH)
        self.note.setPlaceholderText(tr("写一条值班记事，按回车记下"))
        self.note.returnPressed.connect(self._write)
        self.notes = QListWidget()
        self.notes.setFont(font(12))
        self.notes.setWordWrap(True)
        self.notes.setFrameShape(QListWidget.Shape.NoFrame)
        self.notes.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.notes.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.notes.setSpacing(3)
        self.notes.setAccessibleName(tr("值班记事"))
        self.hint = label(size=10.5, dim=True, wrap=True)
        self.setLayout(self._arranged())

    def allow(self, may: bool) -> None:
        """By the role of who is logged in. The station decides again."""
        self._may = may
        self._show()

    def show_watch(self, watch: Watch) -> None:
        if watch != self._watch or not self._told:
            self._watch, self._told = watch, True
            self._show()

    @property
    def person(self) -> str:
        """Who is logged in, by name."""
        return self._watch.person

    def tick(self, now: float) -> None:
        """`now`: seconds since the epoch by the station's clock."""
        shift = self._watch.shift
        start, end = (None, None) if shift is None else (seconds(shift.get("start")), seconds(shift.get("end")))
        if start is None or end is None:
            self.left.setText("")
            self.gone.show_share(0.0)
            return
        left = end - now
        self.left.setText(tr("还有 {span}", span=_hours(left)) if left > 0 else tr("已到交班时间"))
        self.gone.show_share(max(0.0, min(1.0, (now - start) / max(1.0, end - start))))

    def note_taken(self) -> None:
        """The note is in the log: room for the next."""
        self.note.clear()

    # inside

    def _show(self) -> None:
        watch = self._watch
        shift = watch.shift
        none = tr("现在没有班次") if self._told else tr("正在读取…")
        self.shift.setText(_words(shift.get("name"), shift.get("crew")) if shift is not None else none)
        self.hours.setText(_hours_of(shift) if shift is not None else _next_words(watch.next) if self._told else "")
        self.crew.setText(_people(shift))
        self.crew.setVisible(bool(self.crew.text()))
        duty = watch.on_duty
        self.duty.setText(
            tr("值班：{name}　{time} 接班", name=duty.get("name", ""), time=local_time(duty.get("at"))[:5])
            if duty is not None
            else tr("还没有人到岗接班") if watch.sheet is not None else ""
        )  # fmt: skip
        self.take.setVisible(self._may and watch.sheet is not None and duty is None and watch.sheet.get("state") == "running")
        self._show_before(watch.before)
        tests = [note for note in watch.notes if note.get("about") == "horn_test"]
        self.horn.setText(
            tr("报警声试验　{time} {by}：{said}", time=local_time(tests[-1].get("at"))[:5], by=tests[-1].get("by", ""),
               said=tests[-1].get("text", ""))
            if tests
            else tr("报警声试验　本班未做")
        )  # fmt: skip
        for one in (self.sound, self.heard, self.mute, self.note):
            one.setVisible(self._may and watch.sheet is not None)
        self._show_notes([note for note in watch.notes if note.get("about") != "horn_test"])
        self.hint.setText(tr("班次时间为默认值，非官方规定；在 site.toml 的 [shift] 里设置。") if watch.default_shifts else "")
        self.hint.setVisible(watch.default_shifts)

    def _show_before(self, before: Mapping[str, Any] | None) -> None:
        self.before.setVisible(before is not None)
        if before is None:
            return
        signed = before.get("signed") or {}
        out, into = signed.get("sign_out"), signed.get("sign_in")
        if out and into:
            said = tr("{a} → {b}　{time}", a=out["name"], b=into["name"], time=local_time(into["at"], date=True)[:11])
        else:
            said = tr("没有按时交接")
        text = tr("上一班：{said}", said=said)
        room = WIDTH - 2 * _MARGIN - 40
        self.before.setText(self.before.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room))
        self.before.setToolTip(f"{before.get('title', '')}\n{text}")

    def _show_notes(self, notes: list[Mapping[str, Any]]) -> None:
        self.notes.clear()
        for note in reversed(notes):
            done = tr("办结“{item}”：", item=note.get("item", "")) if note.get("about") == "closed" else ""
            text = f"{local_time(note.get('at'))[:5]}　{note.get('by', '')}\n{done}{note.get('text', '')}"
            self.notes.addItem(QListWidgetItem(text))
        if not notes:
            empty = QListWidgetItem(tr("本班还没有记事。"))
            self.notes.addItem(empty)

    def _write(self) -> None:
        text = self.note.text().strip()
        if text:
            self.note_written.emit(text)

    def _ask_for_before(self) -> None:
        if self._watch.before is not None:
            self.before_wanted.emit(self._watch.before.get("id"))

    def _arranged(self) -> QVBoxLayout:
        head = row(self.shift, 1, self.left)
        made = column(
            head, self.hours, self.gone, 0, self.crew, self.duty, self.take, self.before, line(),
            self.horn, row(self.sound, self.heard, self.mute, 1), line(),
            label(tr("值班记事"), 12.5, bold=True), self.note, self.notes, self.hint,
            gap=9, margins=(_MARGIN + 2, 16, _MARGIN - 2, 14),
        )  # fmt: skip
        made.setStretchFactor(self.notes, 1)
        return made


def _words(*parts: Any) -> str:
    return "　".join(str(part) for part in parts if part)


def _hours_of(turn: Mapping[str, Any]) -> str:
    return f"{turn.get('date', '')}　{local_time(turn.get('start'))[:5]} – {local_time(turn.get('end'))[:5]}"


def _next_words(turn: Mapping[str, Any] | None) -> str:
    return "" if turn is None else tr("下一班：{turn}", turn=_words(turn.get("name"), _hours_of(turn)))


def _people(turn: Mapping[str, Any] | None) -> str:
    if turn is None:
        return ""
    leader, members = turn.get("leader"), turn.get("members") or ()
    return _words(
        tr("值班长 {name}", name=leader) if leader else "", tr("成员 {names}", names=tr("、").join(members)) if members else ""
    )


def _hours(left: float) -> str:
    minutes = int(left // 60)
    return tr("{h} 小时 {m} 分", h=minutes // 60, m=minutes % 60) if minutes >= 60 else span(left)

"""The strip of what is put aside: on every page, under the banner, thin and grey. What is silenced is never forgotten.

Console side. Counts of shelved, suppressed and out of service, and the next alarm that comes back, with its countdown; some
minutes before that the strip asks for attention by turning light and dark round, never in the colour of an alarm.
"""

import time
from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton

from app.domain.instant import SECOND, from_rfc3339
from app.domain.wire import AlarmMsg
from widgets.alarms.queue import AlarmQueue
from widgets.alarms.row import View
from widgets.pulse import Pulse
from widgets.theme import ThemeHolder, font
from widgets.vocabulary import local_time, rule_word
from widgets.words import tr

HEIGHT = 30
_LISTS = ((View.SHELVED, "搁置"), (View.SUPPRESSED, "抑制"), (View.OUT_OF_SERVICE, "停用"))


class AsideStrip(QFrame):
    list_wanted = Signal(object)  # View

    def __init__(self, holder: ThemeHolder, wall_time: Callable[[], float] = time.time) -> None:
        """`wall_time`: seconds since the epoch."""
        super().__init__()
        self._holder, self._wall_time = holder, wall_time
        self._warn_s = 300.0
        self._next: AlarmMsg | None = None
        self._until_s = 0.0
        self.soon = False
        self.buttons: dict[View, QPushButton] = {}
        box = QHBoxLayout(self)
        box.setContentsMargins(14, 0, 18, 0)
        box.setSpacing(2)
        for view, _ in _LISTS:
            button = QPushButton()
            button.setFont(font(11))
            button.setFlat(True)
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _=False, wanted=view: self.list_wanted.emit(wanted))
            self.buttons[view] = button
            box.addWidget(button)
        box.addStretch(1)
        self.next = QPushButton()
        self.next.setFont(font(11))
        self.next.setFlat(True)
        self.next.setCursor(Qt.CursorShape.PointingHandCursor)
        self.next.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.next.clicked.connect(lambda: self.list_wanted.emit(View.SHELVED))
        box.addWidget(self.next)
        self.setFixedHeight(HEIGHT)
        self._pulse = Pulse(self, 1000, self._count_down)
        holder.changed.connect(self._dress)
        self._dress()
        self.show_unknown()

    def warn_before(self, minutes: float) -> None:
        """So long before a return the strip asks for attention (`shelve.warn_min` of the policy)."""
        self._warn_s = minutes * 60
        self._count_down()

    def show_queue(self, queue: AlarmQueue) -> None:
        for view, word in _LISTS:
            count = queue.count(view)
            self._set(self.buttons[view], f"{tr(word)} {count}", count > 0)
        self._next = queue.next_to_return()
        self._until_s = from_rfc3339(self._next.shelved_until) / SECOND if self._next and self._next.shelved_until else 0.0
        self._count_down()

    def show_unknown(self) -> None:
        """Nothing is known: a zero would say that nothing is silenced."""
        for view, word in _LISTS:
            self._set(self.buttons[view], f"{tr(word)} —", False)
        self._next = None
        self._count_down()

    def _set(self, button: QPushButton, text: str, some: bool) -> None:
        if button.text() != text:
            button.setText(text)
            button.setFont(font(11, bold=some))

    def _count_down(self) -> None:
        alarm, left = self._next, self._until_s - self._wall_time()
        self.next.setVisible(alarm is not None)
        soon = alarm is not None and left <= self._warn_s
        if alarm is not None:
            said = tr(
                "{tag} {rule} {at} 恢复报警，还有 {left}",
                tag=alarm.tag, rule=rule_word(alarm.rule), at=local_time(alarm.shelved_until), left=clock(left),
            )  # fmt: skip
            if said != self.next.text():
                self.next.setText(said)
        if soon != self.soon:
            self.soon = soon
            self._dress()

    def _dress(self) -> None:
        theme = self._holder.theme
        ink, ground = (theme.background, theme.text) if self.soon else (theme.text_dim, "transparent")
        self.setStyleSheet(
            f"AsideStrip {{ background: {theme.background}; border: 0; border-bottom: 1px solid {theme.line}; }}"
            f"QPushButton {{ color: {theme.text_dim}; background: transparent; border: 0; padding: 2px 8px; }}"
            f"QPushButton:hover {{ color: {theme.text}; }}"
            f"QPushButton:focus {{ border: 1px solid {theme.focus}; }}"
        )
        self.next.setStyleSheet(f"color: {ink}; background: {ground}; border: 0; border-radius: 3px; padding: 2px 10px;")


def clock(seconds: float) -> str:
    """`04:12`, `1:04:12`; never below nothing."""
    whole = max(0, int(seconds))
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes:02d}:{whole % 60:02d}"

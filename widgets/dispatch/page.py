"""The page 通知: how people outside are told, what became of every message, and the sound of this seat. Console side."""

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from widgets.dispatch.log import dispatch_log
from widgets.dispatch.outlets import OutletPanel
from widgets.dispatch.seat import SeatPanel
from widgets.dispatch.words import ALL, STATES, state_word
from widgets.pulse import Settle
from widgets.theme import ThemeHolder, font
from widgets.words import tr

PAGE = 200
_SETTLE_MS = 300


class DispatchPage(QWidget):
    """`wanted(filters, after)`: messages wanted; `after` None = the newest."""

    wanted = Signal(object, object)

    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self.outlets = OutletPanel(themes)
        self.seat = SeatPanel(themes)
        self.log = dispatch_log(themes)
        self.state = QComboBox()
        self.outlet = QComboBox()
        for box in (self.state, self.outlet):
            box.setFont(font(12))
            box.setMinimumHeight(34)
        for state in (ALL, *STATES):
            self.state.addItem(state_word(state), state)
        self.outlet.addItem(tr("全部通道"), ALL)
        self.text = QLineEdit()
        self.text.setFont(font(12))
        self.text.setMinimumHeight(34)
        self.text.setMaximumWidth(360)
        self.text.setPlaceholderText(tr("在内容中查找"))
        self.text.setClearButtonEnabled(True)
        self.older = QPushButton(tr("更早的"))
        self.older.setFont(font(12))
        self.older.clicked.connect(self._ask_older)
        self._said = QLabel()
        self._said.setFont(font(12))
        self._said.setObjectName("dim")
        self._said.setTextFormat(Qt.TextFormat.PlainText)
        self._settle = Settle(self, _SETTLE_MS, self.ask)
        self.state.activated.connect(self.ask)
        self.outlet.activated.connect(self.ask)
        self.text.textChanged.connect(self._settle.poke)
        self._arrange()

    def filters(self) -> dict[str, Any]:
        """As the call of the API wants them."""
        given = {"state": self.state.currentData(), "outlet": self.outlet.currentData(), "text": self.text.text().strip()}
        return {name: value for name, value in given.items() if value}

    def ask(self) -> None:
        self.wanted.emit(self.filters(), None)

    def show_outlets(self, outlets: list[dict[str, Any]]) -> None:
        self.outlets.show_outlets(outlets)
        names = [one["name"] for one in outlets]
        if names != [self.outlet.itemData(n) for n in range(1, self.outlet.count())]:
            chosen = self.outlet.currentData()
            self.outlet.clear()
            self.outlet.addItem(tr("全部通道"), ALL)
            for name in names:
                self.outlet.addItem(name, name)
            self.outlet.setCurrentIndex(max(0, self.outlet.findData(chosen)))

    def show_messages(self, rows: list[dict[str, Any]], older: bool) -> None:
        if older:
            self.log.add(rows)
        else:
            self.log.put(rows)
        self.older.setEnabled(len(rows) == PAGE)
        count = len(self.log.rows)
        if count:
            self.say(tr("已列出 {n} 条", n=count))
        else:
            self.say(tr("没有符合条件的通知。") if self.filters() else tr("还没有发过通知。"))

    @property
    def shows_past(self) -> bool:
        """Somebody reads older ones: the list does not jump back to the newest by itself."""
        return len(self.log.rows) > PAGE

    def say(self, text: str) -> None:
        self._said.setText(text)

    def clear(self) -> None:
        self._settle.stop()
        self.show_outlets([])
        self.log.put([])
        self.say("")

    def _ask_older(self) -> None:
        if self.log.rows:
            self.wanted.emit(self.filters(), self.log.rows[-1]["id"])

    def _arrange(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(14)
        top.addWidget(self.outlets, 1)
        top.addWidget(self.seat)
        bar = QHBoxLayout()
        bar.setSpacing(10)
        title = QLabel(tr("通知记录"))
        title.setFont(font(13.5, bold=True))
        bar.addWidget(title)
        bar.addSpacing(14)
        for widget in (self.state, self.outlet):
            bar.addWidget(widget)
        bar.addWidget(self.text, 1)
        bar.addWidget(self._said)
        bar.addStretch(1)
        bar.addWidget(self.older)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 14)
        column.setSpacing(12)
        column.addLayout(top)
        column.addLayout(bar)
        column.addWidget(self.log, 1)

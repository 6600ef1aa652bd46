"""The two signatures under the sheet (交班签字、接班签字): what the outgoing person says, and name, password and opinion of the
incoming one, who signs at the same desk without logging it out. Console side; says what is wanted, knows no station.
"""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QStackedWidget, QVBoxLayout, QWidget

from widgets.forms.controls import button, column, label, row
from widgets.theme import font
from widgets.vocabulary import local_time
from widgets.words import tr

RUNNING, LAPSED, WAITING = "running", "lapsed", "waiting"
_HIGH = 84


class SignPanel(QWidget):
    """`sign_out(remarks, matters)`; `sign_in(user, password, remarks, refused)`, `refused` as [(item, why)]."""

    sign_out = Signal(str, list)
    sign_in = Signal(str, str, str, list)
    withdraw = Signal()
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._stack = QStackedWidget()
        self._nothing, self._out, self._in = QWidget(), QWidget(), QWidget()
        for one in (self._nothing, self._out, self._in):
            self._stack.addWidget(one)
        self.remarks = _lines(tr("交班说明：正在处理的事、需要特别留意的设备和作业"))
        self.matters = _lines(tr("交办事项，一行一件；办结前每班都带着"))
        self.sign = button(tr("交班签字"), primary=True)
        self.sign.clicked.connect(self._sign_out)
        self.not_yet = button(tr("先不交班"))
        self.not_yet.clicked.connect(self.close_panel)
        self.signer = label(dim=True)
        self._out.setLayout(self._arranged_out())
        self.who_signed = label(wrap=True)
        self.user, self.password = QLineEdit(), QLineEdit()
        self.user.setPlaceholderText(tr("接班人账号"))
        self.password.setPlaceholderText(tr("接班人密码"))
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        for edit in (self.user, self.password):
            edit.setFont(font(12))
            edit.setMinimumHeight(34)
            edit.returnPressed.connect(self._sign_in)
        self.opinion = _lines(tr("接班意见（可不填）"))
        self.refused = _lines(tr("未接受的事项（可不填），一行一件，写成“事项：原因”；它继续留作未办结"))
        self.accept = button(tr("接班签字"), primary=True)
        self.accept.clicked.connect(self._sign_in)
        self.back = button(tr("撤回交班，继续当班"))
        self.back.clicked.connect(self.withdraw)
        self.fault = label(wrap=True)
        self.fault.setObjectName("error")
        self.fault.hide()
        self._in.setLayout(self._arranged_in())
        self.setLayout(column(self.fault, self._stack, gap=0))
        self.hide()

    # what is shown

    def open_out(self, person: str) -> None:
        """The outgoing person is asked."""
        self.signer.setText(tr("以 {name} 的登录签字；签字后内容定稿，此后的变化另行列出", name=person))
        self._show(self._out)
        self.remarks.setFocus()

    def show_state(self, state: str, signed: Mapping[str, Any] | None, mine: bool) -> None:
        """The sheet as it stands: `signed` the first signature; `mine`: who is logged in here gave it."""
        if state == WAITING and signed is not None:
            time = local_time(signed.get("at"))
            self.who_signed.setText(
                tr(
                    "{name} 已于 {time} 交班签字。接班人用自己的账号在这里签字，不必退出本席登录。",
                    name=signed.get("by", ""),
                    time=time,
                )
            )
            self.back.setVisible(mine)
            if self._stack.currentWidget() is not self._in or self.isHidden():
                self._show(self._in)
        elif self._stack.currentWidget() is self._in:
            self.close_panel()

    def close_panel(self) -> None:
        self.password.clear()
        self.fault.hide()
        self._stack.setCurrentWidget(self._nothing)
        self.hide()
        self.closed.emit()

    def say(self, text: str) -> None:
        """Why it was not taken; "" nothing."""
        self.fault.setText(text)
        self.fault.setVisible(bool(text))

    def busy(self, on: bool) -> None:
        for one in (self.sign, self.accept, self.back, self.not_yet):
            one.setEnabled(not on)

    def forget(self) -> None:
        """Signed, or somebody else is at the desk: nothing of what was typed stays."""
        for text in (self.remarks, self.matters, self.opinion, self.refused):
            text.clear()
        self.user.clear()
        self.password.clear()
        self.say("")

    # what is wanted

    def _sign_out(self) -> None:
        self.say("")
        self.sign_out.emit(self.remarks.toPlainText().strip(), [{"item": one} for one in _rows(self.matters)])

    def _sign_in(self) -> None:
        user, password = self.user.text().strip(), self.password.text()
        if not user or not password:
            self.say(tr("请填写接班人的账号和密码。"))
            (self.password if user else self.user).setFocus()
            return
        refused = []
        for one in _rows(self.refused):
            item, _, why = one.replace(":", "：", 1).partition("：")
            if not why.strip():
                self.say(tr("“{item}”没有写明原因，请写成“事项：原因”。", item=item))
                return
            refused.append({"item": item.strip(), "why": why.strip()})
        self.say("")
        self.sign_in.emit(user, password, self.opinion.toPlainText().strip(), refused)
        self.password.clear()

    # inside

    def _show(self, panel: QWidget) -> None:
        self.say("")
        self._stack.setCurrentWidget(panel)
        self.show()

    def _arranged_out(self) -> QVBoxLayout:
        texts = row(self.remarks, self.matters, gap=12)
        return column(
            label(tr("交班"), 12.5, bold=True), texts, row(self.signer, 1, self.not_yet, self.sign, gap=10),
            gap=8, margins=(16, 10, 16, 12),
        )  # fmt: skip

    def _arranged_in(self) -> QVBoxLayout:
        texts = row(self.opinion, self.refused, gap=12)
        self.user.setFixedWidth(200)
        self.password.setFixedWidth(200)
        return column(
            self.who_signed, texts, row(self.back, 1, self.user, self.password, self.accept, gap=10),
            gap=8, margins=(16, 10, 16, 12),
        )  # fmt: skip


def _lines(hint: str) -> QPlainTextEdit:
    made = QPlainTextEdit()
    made.setFont(font(12))
    made.setPlaceholderText(hint)
    made.setTabChangesFocus(True)
    made.setFixedHeight(_HIGH)
    return made


def _rows(edit: QPlainTextEdit) -> list[str]:
    return [one.strip() for one in edit.toPlainText().splitlines() if one.strip()]

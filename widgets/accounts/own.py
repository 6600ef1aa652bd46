"""One's own password. Console side; says at once what is wrong with the new one, the station decides."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout, QFrame, QLabel, QLineEdit, QPushButton, QVBoxLayout

from app.domain.password import password_fault
from widgets.theme import font
from widgets.words import tr


class OwnPassword(QFrame):
    wanted = Signal(str, str)  # old, new

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self._user = ""
        self._title = QLabel(tr("修改我的密码"))
        self._title.setFont(font(13, bold=True))
        self._why = QLabel()
        self._why.setFont(font(11.5))
        self._why.setWordWrap(True)
        self.old, self.new, self.again = QLineEdit(), QLineEdit(), QLineEdit()
        for one in (self.old, self.new, self.again):
            one.setEchoMode(QLineEdit.EchoMode.Password)
            one.setFont(font(12.5))
            one.setMinimumHeight(36)
        self._said = QLabel()
        self._said.setFont(font(11.5))
        self._said.setWordWrap(True)
        self.done = QPushButton(tr("修改密码"))
        self.done.setFont(font(12.5))
        self.done.setObjectName("primary")
        self.done.clicked.connect(self._send)
        self.again.returnPressed.connect(self._send)
        self.new.textEdited.connect(self._check)
        self.again.textEdited.connect(self._check)
        form = QFormLayout()
        form.setVerticalSpacing(10)
        for text, part in ((tr("原密码"), self.old), (tr("新密码"), self.new), (tr("再输一次"), self.again)):
            words = QLabel(text)
            words.setFont(font(12))
            form.addRow(words, part)
        box = QVBoxLayout(self)
        box.setContentsMargins(20, 16, 20, 16)
        box.setSpacing(12)
        box.addWidget(self._title)
        box.addWidget(self._why)
        box.addLayout(form)
        box.addWidget(self._said)
        box.addWidget(self.done)

    def show_user(self, user: str, why: str = "") -> None:
        """`why`: it must be changed before anything else is done."""
        self._user = user
        self._why.setText(why or tr("至少 10 个字符，含大写、小写、数字、其他字符中的三类；不能与最近用过的相同。"))
        for one in (self.old, self.new, self.again):
            one.clear()
        self._said.setText("")
        self.done.setEnabled(True)

    def show_fault(self, text: str) -> None:
        self._said.setText(text)
        self.done.setEnabled(True)

    @property
    def fault(self) -> str:
        if not self.old.text():
            return tr("请填写原密码。")
        if found := password_fault(self.new.text(), self._user):
            return found
        return "" if self.new.text() == self.again.text() else tr("两次输入的密码不一致。")

    def _check(self) -> None:
        self._said.setText(self.fault if self.new.text() and self.again.text() else "")

    def _send(self) -> None:
        if self.fault:
            self._said.setText(self.fault)
            return
        self.done.setEnabled(False)
        self.wanted.emit(self.old.text(), self.new.text())

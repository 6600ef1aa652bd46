"""The page of the accounts: my password for everybody; the list and what three administrators may do with it. Console side.

System administrator: new, disable, enable, reset. Security administrator: approve, role, unlock. Auditor: looks. What an
account may do is decided by the station; buttons one may not use are not shown.
"""

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.domain.roles import Action, Role, may
from widgets.accounts.own import OwnPassword
from widgets.accounts.table import account_table
from widgets.accounts.words import role_word
from widgets.theme import font
from widgets.words import page_title, tr


class AccountsPage(QWidget):
    """`wanted(what, name, body)`: add, disable, enable, password, approve, role, unlock."""

    wanted = Signal(str, str, object)

    def __init__(self) -> None:
        super().__init__()
        self.own = OwnPassword()
        self.own.setFixedWidth(430)
        self.table = account_table()
        self._title = _words(page_title("用户"), 15, bold=True)
        self._said = _words("", 12)
        self._said.setWordWrap(True)
        self._separation = _words("", 11.5)
        self._separation.setWordWrap(True)
        self.new = _NewAccount()
        self.new.wanted.connect(self._add)
        self.buttons = {
            "approve": _button(tr("授权")),
            "unlock": _button(tr("解除锁定")),
            "disable": _button(tr("停用账号")),
            "enable": _button(tr("重新启用")),
            "password": _button(tr("重设密码")),
            "role": _button(tr("改角色为")),
        }
        self.role = QComboBox()
        self.role.setFont(font(12))
        for role in Role:
            self.role.addItem(role_word(role.value), role.value)
        self.password = QLineEdit()
        self.password.setPlaceholderText(tr("给他的新密码（本人下次登录须修改）"))
        self.password.setFont(font(12))
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        for what, button in self.buttons.items():
            button.clicked.connect(lambda _=False, what=what: self._act(what))
        self.table.chosen.connect(self._show_chosen)
        self._manage = QWidget()
        self._lay_out()
        self.show_person("", None)

    def show_person(self, user: str, role: Role | None, why: str = "") -> None:
        self.own.show_user(user, why)
        sees = role is not None and may(role, Action.SEE_USERS)
        manages = role is not None and may(role, Action.MANAGE_USERS)
        authorises = role is not None and may(role, Action.AUTHORISE_USERS)
        self._manage.setVisible(sees)
        way = QBoxLayout.Direction
        self._body.setDirection(way.LeftToRight if sees else way.RightToLeft)  # alone, the password stands at the left
        for what in ("disable", "enable", "password"):
            self.buttons[what].setVisible(manages)
        self.password.setVisible(manages)
        self.new.setVisible(manages)
        for what in ("approve", "role", "unlock"):
            self.buttons[what].setVisible(authorises)
        self.role.setVisible(authorises)
        if not sees:
            self.table.put([])

    def show_accounts(self, accounts: list[dict[str, Any]]) -> None:
        self.table.put(accounts)
        posts = {one["role"] for one in accounts if one["enabled"] and one["approved"]}
        missing = [role_word(role.value) for role in (Role.ADMIN, Role.SECURITY, Role.AUDITOR) if role.value not in posts]
        self._separation.setText(
            tr("三员分立未建立：还没有{who}。建立安全管理员之后，新账号须经其授权才能登录。", who="、".join(missing))
            if missing
            else tr("三员分立：系统管理员建立账号，安全管理员授权，审计管理员查日志，三者不能是同一人。")
        )

    def say(self, text: str) -> None:
        self._said.setText(text)

    def _act(self, what: str) -> None:
        account = self.table.row
        if account is None:
            return
        body: dict[str, str] | None = None
        if what == "role":
            body = {"role": self.role.currentData()}
        elif what == "password":
            body = {"password": self.password.text()}
            self.password.clear()
        self.wanted.emit(what, account["name"], body)

    def _add(self, body: dict[str, str]) -> None:
        self.wanted.emit("add", body["name"], body)

    def _show_chosen(self, account: dict[str, Any] | None) -> None:
        for button in self.buttons.values():
            button.setEnabled(account is not None)
        if account is None:
            return
        self.buttons["approve"].setEnabled(not account["approved"])
        self.buttons["unlock"].setEnabled(bool(account["locked_until"]))
        self.buttons["disable"].setEnabled(account["enabled"])
        self.buttons["enable"].setEnabled(not account["enabled"])
        self.role.setCurrentIndex(self.role.findData(account["role"]))

    def _lay_out(self) -> None:
        acts = QHBoxLayout()
        acts.setSpacing(8)
        for what in ("approve", "unlock"):
            acts.addWidget(self.buttons[what])
        acts.addWidget(self.buttons["role"])
        acts.addWidget(self.role)
        for what in ("disable", "enable"):
            acts.addWidget(self.buttons[what])
        acts.addWidget(self.password, 1)
        acts.addWidget(self.buttons["password"])
        acts.addStretch(0)
        managing = QVBoxLayout(self._manage)
        managing.setContentsMargins(0, 0, 0, 0)
        managing.setSpacing(10)
        managing.addWidget(self._separation)
        managing.addWidget(self.table, 1)
        managing.addLayout(acts)
        managing.addWidget(self.new)
        left = QVBoxLayout()
        left.setSpacing(10)
        left.addWidget(self._manage, 1)
        left.addWidget(self._said)
        right = QVBoxLayout()
        right.addWidget(self.own)
        right.addStretch(1)
        body = self._body = QHBoxLayout()
        body.setSpacing(16)
        body.addLayout(left, 1)
        body.addLayout(right)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(18, 12, 18, 14)
        whole.setSpacing(10)
        whole.addWidget(self._title)
        whole.addLayout(body, 1)


class _NewAccount(QFrame):
    wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self.name, self.person, self.password = QLineEdit(), QLineEdit(), QLineEdit()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.role = QComboBox()
        for role in Role:
            self.role.addItem(role_word(role.value), role.value)
        self.role.setCurrentIndex(self.role.findData(Role.OPERATOR.value))
        self.done = _button(tr("新建账号"))
        self.done.clicked.connect(self._send)
        line = QHBoxLayout()
        line.setSpacing(10)
        for text, part in (
            (tr("用户名"), self.name), (tr("姓名"), self.person), (tr("角色"), self.role), (tr("初始密码"), self.password),
        ):  # fmt: skip
            part.setFont(font(12))
            form = QFormLayout()
            form.addRow(_words(text, 11.5), part)
            line.addLayout(form, 1)
        line.addWidget(self.done)
        box = QVBoxLayout(self)
        box.setContentsMargins(14, 10, 14, 10)
        box.addLayout(line)

    def clear(self) -> None:
        for one in (self.name, self.person, self.password):
            one.clear()

    def _send(self) -> None:
        self.wanted.emit(
            {
                "name": self.name.text().strip(),
                "person": self.person.text().strip(),
                "role": self.role.currentData(),
                "password": self.password.text(),
            }
        )


def _words(text: str, size: float, bold: bool = False) -> QLabel:
    made = QLabel(text)
    made.setFont(font(size, bold))
    made.setTextFormat(Qt.TextFormat.PlainText)
    return made


def _button(text: str) -> QPushButton:
    made = QPushButton(text)
    made.setFont(font(12))
    return made

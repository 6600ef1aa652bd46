"""The login page: which station, who, password. A page of the window, not a dialog, so that nothing hides an alarm.

Console side. Also asks a person to compare a certificate's thumbprint, and keeps showing the alarms last known when a login
ran out.
"""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent
from PySide6.QtWidgets import QFormLayout, QFrame, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from app.console.controls import button, field, mono
from app.console.errors import CertificateError
from app.console.lastknown import LastKnown
from app.console.pins import grouped, normal
from app.domain.wire import AlarmMsg
from widgets.theme import ThemeHolder, font
from widgets.words import tr

_WIDTH = 460
_TYPED_BACK = 8
"""Characters of a changed thumbprint that must be typed: nobody clicks past a refused certificate."""


class LoginPage(QWidget):
    log_in = Signal(str, str, str)  # address, user, password
    cancel = Signal()
    accept_certificate = Signal(str, str)  # host, thumbprint

    def __init__(self, themes: ThemeHolder, station: str, user: str, fixed_station: bool = False) -> None:
        super().__init__()
        self._certificate: CertificateError | None = None
        self.address = field(station, "192.168.1.10:8750")
        self.address.setReadOnly(fixed_station)
        self.user = field(user, "")
        self.password = field("", "")
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.password.installEventFilter(self)
        self.caps = QLabel(tr("大写锁定已打开"))
        self.caps.setFont(font(11))
        self.caps.hide()
        self.message = _sentence("error")
        self.hint = _sentence("hint")
        self.button = button(tr("登录"), primary=True)
        self.stop_button = button(tr("取消"))
        self.stop_button.hide()
        self.certificate = CertificatePanel()
        self.certificate.hide()
        self.last_known = LastKnown(themes)
        self.last_known.hide()
        self._arrange()
        self.button.clicked.connect(self._send)
        for one in (self.address, self.user, self.password):
            one.returnPressed.connect(self._next_or_send)
        self.stop_button.clicked.connect(self.cancel)
        self.certificate.accepted.connect(self._accept)
        self.certificate.declined.connect(self._decline)

    def start(self) -> None:
        """Puts the cursor where something is missing."""
        for one in (self.address, self.user, self.password):
            if not one.text():
                one.setFocus()
                return

    def show_station(self, address: str) -> None:
        self.address.setText(address)

    def show_busy(self, text: str) -> None:
        self._enable(False)
        self.certificate.hide()
        self._say(text, error=False)

    def show_idle(self) -> None:
        self._enable(True)
        self._say("", error=False)

    def show_error(self, text: str) -> None:
        """The password is cleared: it was wrong, or somebody else will type the next one."""
        self._enable(True)
        self.password.clear()
        self.password.setFocus()
        self._say(text, error=True)

    def ask_certificate(self, error: CertificateError) -> None:
        self._certificate = error
        self._enable(True)
        self.button.hide()  # one question at a time
        self._say(error.message, error=bool(error.expected))
        self.certificate.ask(error)

    def show_last_known(self, alarms: list[AlarmMsg], at: str) -> None:
        """What stood when the feed ended; an empty list hides it."""
        self.last_known.put(alarms, at)
        self.last_known.setVisible(bool(alarms))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # Qt does not tell the state of the key, but a capital typed without Shift gives it away.
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            letter = event.text()
            if letter.isalpha() and letter.isascii():
                shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
                self.caps.setVisible(letter.isupper() != shift)
        return False

    def _send(self) -> None:
        if self.address.text().strip() and self.user.text().strip() and self.password.text():
            self.caps.hide()
            self.log_in.emit(self.address.text().strip(), self.user.text().strip(), self.password.text())
        else:
            self._say(tr("请填写站点地址、用户名和密码。"), error=True)

    def _next_or_send(self) -> None:
        for one in (self.address, self.user, self.password):
            if not one.text():
                one.setFocus()
                return
        self._send()

    def _accept(self) -> None:
        error, self._certificate = self._certificate, None
        self.certificate.hide()
        self.button.show()
        if error is not None:
            self.accept_certificate.emit(error.host, error.seen)
            self._send()

    def _decline(self) -> None:
        self._certificate = None
        self.certificate.hide()
        self.show_idle()

    def _enable(self, on: bool) -> None:
        for one in (self.address, self.user, self.password, self.button):
            one.setEnabled(on)
        self.button.show()
        self.stop_button.setVisible(not on)

    def _say(self, text: str, error: bool) -> None:
        for one, on in ((self.message, error), (self.hint, not error)):
            one.setText(text if on else "")
            one.setVisible(on and bool(text))

    def _arrange(self) -> None:
        card = QFrame()
        card.setObjectName("card")
        card.setFixedWidth(_WIDTH)
        form = QFormLayout()
        form.setHorizontalSpacing(14)
        form.setVerticalSpacing(12)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for text, one in ((tr("站点"), self.address), (tr("用户"), self.user), (tr("密码"), self.password)):
            label = QLabel(text)
            label.setFont(font(12))
            label.setBuddy(one)
            form.addRow(label, one)
        form.addRow("", self.caps)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.stop_button)
        buttons.addWidget(self.button)
        title = QLabel(tr("登录站点"))
        title.setFont(font(17, bold=True))
        column = QVBoxLayout(card)
        column.setContentsMargins(30, 26, 30, 26)
        column.setSpacing(16)
        for part in (title, form, self.message, self.hint, self.certificate, buttons):
            column.addWidget(part) if isinstance(part, QWidget) else column.addLayout(part)
        whole = QVBoxLayout(self)
        whole.addStretch(2)
        middle = QHBoxLayout()  # an alignment would measure the wrapped sentences at the width of the whole page
        middle.addStretch(1)
        middle.addWidget(card)
        middle.addStretch(1)
        whole.addLayout(middle)
        whole.addSpacing(18)
        whole.addWidget(self.last_known, 0, Qt.AlignmentFlag.AlignHCenter)
        whole.addStretch(3)


class CertificatePanel(QWidget):
    """Shows a thumbprint to compare. A first one is accepted with a button, a changed one only by typing its end."""

    accepted = Signal()
    declined = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._end = ""
        self.print = QLabel()
        self.print.setObjectName("thumbprint")
        self.print.setFont(mono(11))
        self.print.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.print.setMinimumHeight(4 * QFontMetrics(mono(11)).lineSpacing() + 24)  # the size hint forgets the fallback font
        self.typed = field("", "")
        self.typed.textChanged.connect(self._compare)
        self.yes = button("")
        self.no = button(tr("不连接"))
        self.yes.clicked.connect(self.accepted)
        self.no.clicked.connect(self.declined)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.no)
        buttons.addWidget(self.yes)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        for part in (QLabel(tr("证书指纹（SHA-256）")), self.print, self.typed):
            column.addWidget(part)
        column.addLayout(buttons)

    def ask(self, error: CertificateError) -> None:
        changed = bool(error.expected)
        self._end = error.seen[-_TYPED_BACK:]
        self.print.setText(grouped(error.seen))
        self.typed.clear()
        self.typed.setPlaceholderText(tr("向管理员要来新指纹，输入其末 {n} 位", n=_TYPED_BACK))
        self.typed.setVisible(changed)
        self.yes.setText(tr("已核对，改用新证书") if changed else tr("指纹一致，连接"))
        self.yes.setEnabled(not changed)
        self.show()

    def _compare(self, text: str) -> None:
        self.yes.setEnabled(normal(text) == self._end)


def _sentence(name: str) -> QLabel:
    made = QLabel()
    made.setObjectName(name)
    made.setFont(font(12))
    made.setWordWrap(True)
    made.hide()
    return made

"""The page of a seat that has no plant yet: choose a site package, see its faults, import it, make the first account.

Console side. Says what is missing and what to do; the work is done by `direct`.
"""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.console.controls import button, field, label
from app.domain.roles import Role
from widgets.theme import ThemeHolder, font
from widgets.words import tr

_ACCOUNT_ROLES = (
    (Role.OPERATOR, "值班员"), (Role.SUPERVISOR, "值班长"), (Role.ENGINEER, "工程师"), (Role.ADMIN, "管理员"),
)  # fmt: skip


class SetupPage(QWidget):
    check = Signal(str)  # path of a site package
    use = Signal(str)
    add_account = Signal(str, str, str)  # name, role, password
    again = Signal()

    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self._dialog: QFileDialog | None = None
        self.busy = label("", 14)
        self.busy.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.site = _SitePart()
        self.account = _AccountPart()
        self.message = label("", 12)
        self.message.setObjectName("error")
        self.message.setWordWrap(True)
        self.message.hide()
        self._stack = QStackedWidget()
        for part in (self.busy, self.site, self.account):
            self._stack.addWidget(part)
        card = QFrame()
        card.setObjectName("card")
        card.setFixedWidth(980)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(30, 26, 30, 26)
        inside.setSpacing(14)
        inside.addWidget(self.message)
        inside.addWidget(self._stack)
        whole = QVBoxLayout(self)
        whole.addStretch(1)
        middle = QHBoxLayout()  # an alignment would measure the wrapped sentences at the width of the whole page
        middle.addStretch(1)
        middle.addWidget(card)
        middle.addStretch(1)
        whole.addLayout(middle)
        whole.addStretch(2)
        self.site.folder.clicked.connect(self._choose_folder)
        self.site.zip.clicked.connect(self._choose_zip)
        self.site.use.clicked.connect(self._use)
        self.site.again.clicked.connect(self.again)
        self.account.done.clicked.connect(self._add)
        self.account.repeat.returnPressed.connect(self._add)

    def show_busy(self, text: str) -> None:
        self._say("")
        self.busy.setText(text)
        self._stack.setCurrentWidget(self.busy)

    def ask_site(self, message: str) -> None:
        self._say(message)
        self._stack.setCurrentWidget(self.site)

    def ask_account(self, message: str = "") -> None:
        self._say(message)
        self._stack.setCurrentWidget(self.account)
        self.account.name.setFocus()

    def show_faults(self, faults: list[str]) -> None:
        """Lines `file:row:column: found, expected`; none means it may be imported."""
        self.ask_site("")
        self.site.show_faults(faults)

    def _choose_folder(self) -> None:
        self._open(QFileDialog.FileMode.Directory, tr("选择站点包文件夹"), "")

    def _choose_zip(self) -> None:
        self._open(QFileDialog.FileMode.ExistingFile, tr("选择站点包 zip"), "*.zip")

    def _open(self, mode: QFileDialog.FileMode, title: str, pattern: str) -> None:
        dialog = QFileDialog(self, title)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(mode)
        if pattern:
            dialog.setNameFilter(pattern)
        dialog.fileSelected.connect(self._chosen)
        self._dialog = dialog
        dialog.open()

    def _chosen(self, path: str) -> None:
        self.site.path.setText(path)
        self.site.use.setEnabled(False)
        self.check.emit(path)

    def _use(self) -> None:
        self.use.emit(self.site.path.text())

    def _add(self) -> None:
        part = self.account
        name, password = part.name.text().strip(), part.password.text()
        if not name or not password:
            self._say(tr("请填写用户名和密码。"))
        elif password != part.repeat.text():
            self._say(tr("两次输入的密码不一致。"))
        else:
            part.password.clear()
            part.repeat.clear()
            self.add_account.emit(name, part.role.currentData(), password)

    def _say(self, text: str) -> None:
        self.message.setText(text)
        self.message.setVisible(bool(text))


class _SitePart(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.path = field("", "")
        self.path.setReadOnly(True)
        self.folder = button(tr("选择文件夹…"))
        self.zip = button(tr("选择 zip…"))
        self.again = button(tr("重新启动站点"))
        self.use = button(tr("导入并使用"), primary=True)
        self.use.setEnabled(False)
        self.verdict = label("", 12)
        self.faults = QTableWidget(0, 4)
        self.faults.setHorizontalHeaderLabels([tr("文件"), tr("行"), tr("列"), tr("问题，应为")])
        self.faults.verticalHeader().hide()
        self.faults.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.faults.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.faults.setFont(font(11.5))
        self.faults.setWordWrap(True)
        self.faults.horizontalHeader().setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        for column, width in enumerate((210, 60, 130)):
            self.faults.setColumnWidth(column, width)
        self.faults.setMinimumHeight(320)
        self.faults.hide()
        what = label(
            tr(
                "这个席位还没有工厂配置。\n"
                "1  选择站点包（site.toml、tags.csv、equipment.csv、cameras.csv、layouts 所在的文件夹或 zip）。\n"
                "2  检查通过后导入，本机即运行自己的站点服务，直接采集 DCS 与气体检测系统。\n"
                "如果工厂已有站点服务，请关闭本程序，改用 hazwatch console --station 地址。"
            ),
            12.5,
        )
        what.setWordWrap(True)
        chooser = QHBoxLayout()
        for part in (self.path, self.folder, self.zip):
            chooser.addWidget(part)
        end = QHBoxLayout()
        end.addWidget(self.verdict, 1)
        end.addWidget(self.again)
        end.addWidget(self.use)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(14)
        whole.addWidget(label(tr("选择站点包"), 17, bold=True))
        whole.addWidget(what)
        whole.addLayout(chooser)
        whole.addWidget(self.faults)
        whole.addLayout(end)

    def show_faults(self, faults: list[str]) -> None:
        self.use.setEnabled(not faults)
        self.verdict.setText(
            tr("检查出 {n} 处问题，请改正后重新选择。", n=len(faults)) if faults else tr("检查通过，可以导入。")
        )
        self.faults.setVisible(bool(faults))
        self.faults.setRowCount(len(faults))
        for row, line in enumerate(faults):
            for column, text in enumerate(fault_cells(line)):
                self.faults.setItem(row, column, QTableWidgetItem(text))
        self.faults.resizeRowsToContents()


class _AccountPart(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.name = field("", "")
        self.role = QComboBox()
        self.role.setFont(font(12.5))
        self.role.setMinimumHeight(36)
        for role, word in _ACCOUNT_ROLES:
            self.role.addItem(tr(word), role.value)
        self.password = field("", tr("至少 10 个字符，含三类字符"))
        self.repeat = field("", "")
        for one in (self.password, self.repeat):
            one.setEchoMode(QLineEdit.EchoMode.Password)
        self.done = button(tr("建立账号"), primary=True)
        form = QFormLayout()
        form.setHorizontalSpacing(14)
        form.setVerticalSpacing(12)
        for text, part in (
            (tr("用户"), self.name), (tr("角色"), self.role), (tr("密码"), self.password), (tr("再输一次"), self.repeat),
        ):  # fmt: skip
            form.addRow(label(text, 12), part)
        end = QHBoxLayout()
        end.addStretch(1)
        end.addWidget(self.done)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        column.addWidget(label(tr("建立第一个账号"), 17, bold=True))
        column.addWidget(label(tr("站点没有默认密码。请为值守人员建立账号；以后可用 hazwatch user 管理。"), 12.5))
        column.addLayout(form)
        column.addLayout(end)
        column.addStretch(1)


def fault_cells(line: str) -> tuple[str, str, str, str]:
    """`file:row:column: text` as cells; a line of another shape goes whole into the last."""
    place, _, text = line.partition(": ")
    parts = place.rsplit(":", 2)
    return (parts[0], parts[1], parts[2], text) if len(parts) == 3 and text else ("", "", "", line)

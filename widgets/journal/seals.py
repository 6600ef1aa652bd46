"""The daily seals (日封印): their list, printed one by one, and a seal from paper held against the journal. Console side."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
)

from app.domain.seal import CAUSES
from widgets.theme import font
from widgets.vocabulary import local_time
from widgets.words import tr

_HEADS = ("号", "日期", "记录", "封印于")


class SealsView(QFrame):
    printed = Signal(int)  # number
    held = Signal(str)  # the text of a seal
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self._seals: list[dict[str, Any]] = []
        self.table = QTableWidget(0, len(_HEADS))
        self._dress_table()
        self.about = _label("", 11.5, dim=True)
        self.key = _label("", 11, dim=True)
        self.key.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.print = _button(tr("打印封印（PDF）"))
        self.print.clicked.connect(self._print)
        self.paper = QPlainTextEdit()
        self.paper.setFont(font(11.5))
        self.paper.setPlaceholderText(tr("把纸上封印的文字贴在这里（可用扫码枪），核对日志是否还是当时的日志"))
        self.paper.setFixedHeight(92)
        self.paper.setTabChangesFocus(True)
        self.hold = _button(tr("与日志核对"))
        self.hold.clicked.connect(self._hold)
        close = _button(tr("关闭"))
        close.clicked.connect(self.closed)
        head = QHBoxLayout()
        head.addWidget(_label(tr("日封印"), 14, bold=True), 1)
        head.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 12)
        column.setSpacing(10)
        column.addLayout(head)
        column.addWidget(
            _label(tr("每天零点和停站时封住此前的全部记录；印在纸上后，任何人都可证明日志没有被改过。"), 11.5, dim=True)
        )
        column.addWidget(self.table, 1)
        for part in (self.about, self.print, self.key, self.paper, self.hold):
            column.addWidget(part)
        self.show_seals([], "")

    def show_seals(self, seals: Sequence[dict[str, Any]], key: str) -> None:
        """As `GET /seals` gives them."""
        self._seals = list(seals)
        self.table.setRowCount(len(seals))
        for row, one in enumerate(seals):
            words = (
                str(one["number"]), one["day"], f"{one['first']}–{one['last']}", local_time(one["made_at"], date=True),
            )  # fmt: skip
            for column, word in enumerate(words):
                item = QTableWidgetItem(word)
                item.setToolTip(tr(CAUSES.get(one["cause"], one["cause"])))
                self.table.setItem(row, column, item)
        self.key.setText(tr("签名公钥（Ed25519）：{key}", key=key) if key else "")
        if seals:
            self.table.selectRow(0)
        self._show_chosen()

    def chosen(self) -> dict[str, Any] | None:
        row = self.table.currentRow()
        return self._seals[row] if 0 <= row < len(self._seals) else None

    def _show_chosen(self) -> None:
        one = self.chosen()
        self.print.setEnabled(one is not None)
        if one is None:
            self.about.setText(tr("还没有封印。第一个封印在今天零点之后，或停站时生成。"))
        else:
            self.about.setText(
                tr(
                    "{cause}，共 {n} 条，哈希 {hash}…",
                    cause=tr(CAUSES.get(one["cause"], one["cause"])), n=one["count"], hash=one["hash"][:24],
                )
            )  # fmt: skip

    def _print(self) -> None:
        one = self.chosen()
        if one is not None:
            self.printed.emit(one["number"])

    def _hold(self) -> None:
        text = self.paper.toPlainText().strip()
        if text:
            self.held.emit(text)

    def _dress_table(self) -> None:
        table = self.table
        table.setFont(font(12))
        table.setHorizontalHeaderLabels([tr(word) for word in _HEADS])
        table.horizontalHeader().setFont(font(11))
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        table.horizontalHeader().setStretchLastSection(True)
        table.horizontalHeader().setHighlightSections(False)
        table.verticalHeader().hide()
        table.setShowGrid(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.itemSelectionChanged.connect(self._show_chosen)
        table.itemDoubleClicked.connect(lambda item: self._print())


def _label(text: str, size: float, bold: bool = False, dim: bool = False) -> QLabel:
    made = QLabel(text)
    made.setFont(font(size, bold))
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(True)
    if dim:
        made.setObjectName("dim")
    return made


def _button(text: str) -> QPushButton:
    made = QPushButton(text)
    made.setFont(font(12))
    made.setMinimumHeight(34)
    made.setAutoDefault(False)
    return made

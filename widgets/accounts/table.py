"""The accounts as a table. Console side; reads what the station told."""

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from widgets.accounts.words import role_word
from widgets.theme import font
from widgets.vocabulary import local_time
from widgets.words import tr

_Index = QModelIndex | QPersistentModelIndex
NAME, PERSON, ROLE, STATE, PASSWORD, SEEN, WHERE = range(7)


def state_words(account: dict[str, Any]) -> str:
    """What keeps this account from being used, gravest first; "可用" when nothing does."""
    said = []
    if not account["enabled"]:
        said.append(tr("已停用"))
    elif not account["approved"]:
        said.append(tr("待授权"))
    if account["locked_until"]:
        said.append(tr("锁定至 {at}", at=local_time(account["locked_until"])))
    if account["must_change"] and account["enabled"]:
        said.append(tr("须改密码"))
    return "，".join(said) or tr("可用")


class _Model(QAbstractTableModel):
    def __init__(self) -> None:
        super().__init__()
        self.accounts: list[dict[str, Any]] = []

    def put(self, accounts: list[dict[str, Any]]) -> None:
        self.beginResetModel()
        self.accounts = accounts
        self.endResetModel()

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.accounts)

    def columnCount(self, parent: _Index | None = None) -> int:
        return 7

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (
                tr("用户名"), tr("姓名"), tr("角色"), tr("状态"), tr("密码到期"), tr("最近登录"), tr("登录于"),
            )[section]  # fmt: skip
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        one = self.accounts[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return (
                one["name"], one["person"], role_word(one["role"]), state_words(one),
                (one["password_ends_at"] or "")[:10] or tr("不到期"), local_time(one["last_login_at"], date=True) or tr("从未"),
                "，".join(one["logged_in"]),
            )[index.column()]  # fmt: skip
        return None


class AccountTable(QTableView):
    chosen = Signal(object)  # the account, or None

    def __init__(self) -> None:
        super().__init__()
        self._model = _Model()
        self.setModel(self._model)
        self.setFont(font(12))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(36)
        header = self.horizontalHeader()
        header.setFont(font(11))
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column, width in enumerate((150, 120, 120, 250, 120, 160, 160)):
            self.setColumnWidth(column, width)
        header.setSectionResizeMode(STATE, QHeaderView.ResizeMode.Stretch)
        self.selectionModel().selectionChanged.connect(self._on_selection)

    def put(self, accounts: list[dict[str, Any]]) -> None:
        """The chosen account stays chosen."""
        before = self.account
        self._model.put(accounts)
        for row, one in enumerate(accounts):
            if before is not None and one["name"] == before["name"]:
                self.selectRow(row)
        self._on_selection()

    @property
    def account(self) -> dict[str, Any] | None:
        rows = self.selectionModel().selectedRows()
        return self._model.accounts[rows[0].row()] if rows and rows[0].row() < len(self._model.accounts) else None

    def _on_selection(self) -> None:
        self.chosen.emit(self.account)

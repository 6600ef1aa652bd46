"""One record of the journal opened: all its fields, old and new, hash and neighbours. Console side."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.domain.journal_words import COLUMNS, person
from widgets.theme import font
from widgets.vocabulary import local_time
from widgets.words import tr

_FIELDS = {
    "what": "事件", "rule": "报警", "before": "之前", "after": "之后", "value": "值", "limit": "限值", "note": "备注",
    "priority": "级别", "annunciate": "发声提示", "source_time": "源时间", "command": "操作", "args": "内容", "outcome": "结果",
    "code": "原因代码", "role": "角色", "address": "来自", "table": "表", "key": "键", "column": "列", "old": "原值",
    "new": "新值", "why": "原因", "error": "错误", "state": "状态", "subject": "对象", "reason": "原因", "step": "步骤",
    "title": "标题", "number": "编号", "fields": "字段", "day": "日期", "count": "条数", "first": "首条", "last": "末条",
    "hash": "末条哈希", "sha256": "SHA-256", "sm3": "SM3", "signature": "签名", "cause": "原因", "made_at": "封印时间",
    "form": "表单号", "form_kind": "表单种类", "form_sha256": "表单哈希", "minutes": "分钟", "torn": "残缺的记录",
    "lost": "丢失条数",
    "kept": "保留到", "expected": "应有条数", "said": "说明", "file": "文件", "rows": "行数", "filters": "筛选",
}  # fmt: skip
LONGEST = 4000
_LONG = re.compile(r"[!-~]{20,}")


class RecordView(QScrollArea):
    neighbour = Signal(int)  # its number

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.number: int | None = None
        self.older, self.newer = _button(tr("◀ 上一条")), _button(tr("下一条 ▶"))
        self.older.clicked.connect(lambda: self._go(-1))
        self.newer.clicked.connect(lambda: self._go(1))
        self._neighbours: dict[int, int] = {}
        self.show_nothing()

    def show_nothing(self, text: str = "") -> None:
        self.number = None
        self._neighbours = {}
        page, column = _page()
        hint = _label(text or tr("在左边选一条记录，这里显示它的全部内容、哈希和前后两条。"), dim=True)
        hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addStretch(1)
        column.addWidget(hint)
        column.addStretch(2)
        self.setWidget(page)

    def show_record(self, line: Mapping[str, Any]) -> None:
        """As `GET /journal/{id}` gives it."""
        self.number = line["id"]
        page, column = _page()
        head = QHBoxLayout()
        head.addWidget(_label(tr("第 {n} 条", n=line["id"]), 14, bold=True), 1)
        before, after = line.get("before"), line.get("after")
        self._neighbours = {-1: before["id"] if before else 0, 1: after["id"] if after else 0}
        self.older, self.newer = _button(tr("◀ 上一条")), _button(tr("下一条 ▶"))
        for button, way in ((self.older, -1), (self.newer, 1)):
            button.setEnabled(bool(self._neighbours[way]))
            button.clicked.connect(lambda checked=False, way=way: self._go(way))
            head.addWidget(button)
        column.addLayout(head)
        column.addWidget(_label(line["text"], 13))
        who = [(tr("时间"), local_time(line["time"], date=True)), (tr("类别"), tr(line["title"]))]
        who += [(tr("人员"), person(line["actor"]))] if line["actor"] else []
        who += [(tr("位号"), line["tag"])] if line["tag"] else []
        who += [(tr("报警编号"), str(line["occurrence"]))] if line["occurrence"] else []
        column.addWidget(_table(who))
        data = dict(line["data"])
        if "old" in data and "new" in data:
            column.addWidget(_label(tr("原值与新值"), 12, bold=True))
            name = COLUMNS.get(str(data.get("column")), str(data.get("column") or ""))
            column.addWidget(_table([(name, ""), (tr("原值"), _text(data.pop("old"))), (tr("新值"), _text(data.pop("new")))]))
        column.addWidget(_label(tr("全部字段"), 12, bold=True))
        column.addWidget(_table((_field(key, line["kind"]), _text(value)) for key, value in data.items()))
        column.addWidget(_label(tr("哈希链"), 12, bold=True))
        column.addWidget(_table([(tr("本条"), _split(line["hash"])), (tr("前一条"), _split(line["previous"]))]))
        for title, one in ((tr("前一条："), before), (tr("后一条："), after)):
            if one:
                column.addWidget(_label(f"{title}{local_time(one['time'], date=True)}　{one['text']}", 11.5, dim=True))
        column.addStretch(1)
        self.setWidget(page)

    def _go(self, way: int) -> None:
        if self._neighbours.get(way):
            self.neighbour.emit(self._neighbours[way])


def _page() -> tuple[QWidget, QVBoxLayout]:
    page = QWidget()
    page.setObjectName("card")
    column = QVBoxLayout(page)
    column.setContentsMargins(14, 10, 14, 12)
    column.setSpacing(10)
    return page, column


def _table(rows: Iterable[tuple[str, str]]) -> QWidget:
    made = QWidget()
    grid = QGridLayout(made)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(14)
    grid.setVerticalSpacing(5)
    grid.setColumnStretch(1, 1)
    grid.setColumnMinimumWidth(0, 76)
    for number, (key, value) in enumerate(rows):
        grid.addWidget(_label(key, 11.5, dim=True), number, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(_label(value, 12), number, 1)
    return made


def _label(text: str, size: float = 12, bold: bool = False, dim: bool = False) -> QLabel:
    made = QLabel(_LONG.sub(_breakable, text))
    made.setFont(font(size, bold))
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(True)
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if dim:
        made.setObjectName("dim")
    return made


def _breakable(word: re.Match[str]) -> str:
    """A label breaks lines between words only; a hash or an address is one long word."""
    return "\u200b".join(word[0][at : at + 12] for at in range(0, len(word[0]), 12))


def _button(text: str) -> QPushButton:
    made = QPushButton(text)
    made.setFont(font(11.5))
    made.setAutoDefault(False)
    return made


def _field(key: str, kind: str) -> str:
    if key == "key" and kind == "seal":
        return tr("签名公钥")
    return tr(_FIELDS[key]) if key in _FIELDS else key


def _text(value: Any) -> str:
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return tr("是") if value else tr("否")
    if isinstance(value, dict):
        return "\n".join(f"{_field(key, '')}：{_text(one)}" for key, one in value.items())[:LONGEST] or "—"
    if isinstance(value, list):
        return "、".join(_text(one) for one in value)[:LONGEST] or "—"
    return str(value)[:LONGEST]


def _split(hash: str) -> str:
    """In groups of eight, so that it wraps and can be compared by eye."""
    return " ".join(hash[at : at + 8] for at in range(0, len(hash), 8))

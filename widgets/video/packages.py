"""Finished case packages (案卷): their list, what is in the chosen one, save it as a file. Console side.

Shows what it is given and emits what the person wants; it lies beside the pictures and over nothing.
"""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame

from widgets.forms.controls import button, column, label, row
from widgets.rowtable import Column, Row, RowTable
from widgets.vocabulary import local_time
from widgets.words import tr

WIDE = 560


class PackagesView(QFrame):
    save_wanted = Signal(object)  # the package, as `GET /cases` gives it
    stop_wanted = Signal()  # the one that is being saved
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self.setFixedWidth(WIDE)
        self.table = RowTable(_columns(), key="name")
        self.table.setAccessibleName(tr("已做好的案卷"))
        self.empty = label(size=12, dim=True, wrap=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.about = label(size=12, wrap=True)
        self.digest = label(size=11, dim=True, wrap=True)
        self.digest.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.save = button(tr("另存为…"))
        self.stop = button(tr("取消保存"))
        self.close_button = button(tr("关闭"))
        self.said = label(size=11, dim=True, wrap=True)
        head = row(label(tr("已做好的案卷"), 14, bold=True), 1, self.close_button)
        parts = (self.empty, self.table, self.about, self.digest, row(self.save, self.stop, 1), self.said)
        self.setLayout(column(head, *parts, gap=8, margins=(14, 10, 14, 12)))
        self.table.chosen.connect(self._show_chosen)
        self.table.doubleClicked.connect(lambda _: self._save())
        self.save.clicked.connect(self._save)
        self.stop.clicked.connect(self.stop_wanted)
        self.close_button.clicked.connect(self.closed)
        self.show_saving(None)
        self.put([])

    def put(self, packages: Sequence[dict[str, Any]], words: str = "") -> None:
        """Newest first. `words`: why there are none."""
        self.table.put(packages)
        self.table.setVisible(bool(packages))
        self.empty.setVisible(not packages)
        self.empty.setText(words or tr("还没有案卷。\n选好摄像机和时间，写明原因，按“制作案卷”。"))
        if packages and self.table.row is None:
            self.table.selectRow(0)

    def show_saving(self, share: float | None, name: str = "") -> None:
        """None: nothing is being saved."""
        self.stop.setVisible(share is not None)
        self.save.setVisible(share is None)
        if share is not None:
            self.said.setText(tr("正在保存 {name}：{n} %", name=name, n=round(100 * share)))

    def say(self, text: str) -> None:
        self.said.setText(text)

    def _save(self) -> None:
        if self.table.row is not None and self.stop.isHidden():
            self.save_wanted.emit(self.table.row)

    def _show_chosen(self, one: Row | None) -> None:
        self.save.setEnabled(one is not None)
        for part in (self.about, self.digest):
            part.setVisible(one is not None)
        if one is None:
            return
        span = f"{local_time(one['start'], date=True)} – {local_time(one['end'], date=True)}"
        words = [tr("原因：{why}", why=one["why"]), tr("时间：{span}", span=span)]
        words.append(tr("内容：报警 {alarms} 条，文件 {files} 个", alarms=len(one["occurrences"]), files=one.get("files", 0)))
        words += [tr("注意：{what}", what=fault) for fault in one.get("faults") or ()]
        self.about.setText("\n".join(words))
        self.digest.setText(f"SHA-256  {one.get('sha256', '')}")


def size_words(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size < 1e9 else f"{size / 1e9:,.2f} GB"


def _columns() -> list[Column]:
    return [
        Column(tr("做好于"), 168, lambda one: local_time(one["made_at"], date=True)),
        Column(tr("原因"), 160, lambda one: str(one["why"]), stretch=True, tip=lambda one: str(one["why"])),
        Column(tr("制作人"), 90, lambda one: str(one["by"])),
        Column(tr("大小"), 100, lambda one: size_words(int(one.get("size") or 0)), right=True),
    ]

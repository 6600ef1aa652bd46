"""The running of the system itself (五位一体运维): sensors, cameras, gateways, network, platform side by side. Console side."""

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from widgets.operations.column import TITLES, PartColumn
from widgets.theme import ThemeHolder, font
from widgets.vocabulary import local_time
from widgets.words import tr


class OperationsPage(QWidget):
    wanted = Signal()

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self.columns = {part: PartColumn(part, holder) for part in TITLES}
        self.again = QPushButton(tr("刷新"))
        self.again.setFont(font(11.5))
        self.again.clicked.connect(self.wanted)
        self._at = QLabel("")
        self._at.setFont(font(11))
        self._note = QLabel("")
        self._note.setFont(font(10.5))
        self._note.setObjectName("dim")
        title = QLabel(tr("系统运维"))
        title.setFont(font(14, bold=True))
        head = QHBoxLayout()
        head.addWidget(title)
        head.addSpacing(16)
        head.addWidget(self._at, 1)
        head.addWidget(self.again)
        row = QHBoxLayout()
        row.setSpacing(10)
        for column in self.columns.values():
            row.addWidget(column, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(18, 12, 18, 12)
        whole.addLayout(head)
        whole.addLayout(row, 1)
        whole.addWidget(self._note, 0, Qt.AlignmentFlag.AlignLeft)

    def show_state(self, told: dict[str, Any]) -> None:
        """As `GET /operations` gives it."""
        for part in told["parts"]:
            self.columns[part["id"]].put(part)
        self._at.setText(tr("{at} 的情况，每 10 秒更新", at=local_time(told["at"])))
        limits = told["defaults"]
        self._note.setText(
            tr(
                "注意的界限：磁盘剩余 {disk}%，证书到期前 {cert} 天，备份超过 {backup} 天，站停顿 {held} 秒。"
                "默认值，非官方规定，在 site.toml 的 [operations] 里改。",
                disk=f"{100 * limits['disk_share']:g}",
                cert=limits["certificate_days"],
                backup=limits["backup_days"],
                held=f"{limits['held_s']:g}",
            )
        )

    def show_fault(self, text: str) -> None:
        """What is shown stays, with the word that it is old."""
        self._at.setText(text)

"""One point: its scores, its day with the finding marked, and what was found in words. Console side."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QKeySequence
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout

from app.domain.instant import from_rfc3339
from widgets.quality.plot import FindingPlot
from widgets.quality.words import about, kind_title, note_text, reason_text, score_text
from widgets.theme import ThemeHolder, font
from widgets.vocabulary import local_time
from widgets.words import tr

_SPAN = Qt.ItemDataRole.UserRole


class Detail(QFrame):
    trend = Signal(str)  # tag

    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self.setObjectName("card")
        self.tag = ""
        self.title = _label(13, True)
        self.scores = _label(10.5)
        self.scores.setObjectName("dim")
        self.scores.setWordWrap(True)
        self.plot = FindingPlot(themes)
        self.list = QListWidget()
        self.list.setFont(font(11.5))
        self.list.setWordWrap(True)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setSpacing(3)
        self.list.currentItemChanged.connect(self._on_item)
        self._themes = themes
        themes.changed.connect(self._dress)
        self._dress()
        self.button = QPushButton(tr("查看趋势"))
        self.button.setFont(font(11.5))
        self.button.setShortcut(QKeySequence("Alt+T"))
        self.button.clicked.connect(lambda: self.trend.emit(self.tag))
        top = QHBoxLayout()
        top.addWidget(self.title, 1)
        top.addWidget(self.button)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 10)
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(self.scores)
        column.addWidget(self.plot, 2)
        column.addWidget(self.list, 3)
        self.clear()

    def _dress(self) -> None:
        """The chosen finding is marked quietly: the plot shows where it is."""
        theme, colours = self._themes.theme, self.list.palette()
        colours.setColor(colours.ColorRole.Highlight, QColor(theme.raised))
        colours.setColor(colours.ColorRole.HighlightedText, QColor(theme.text))
        colours.setColor(colours.ColorRole.Base, QColor(theme.surface))
        self.list.setPalette(colours)

    def clear(self) -> None:
        self.tag = ""
        self.title.setText(tr("选择左边的一个测点，看它的问题"))
        self.scores.setText("")
        self.list.clear()
        self.plot.hide()
        self.button.hide()

    def show_site(self, findings: list[dict[str, Any]], notes: Sequence[dict[str, Any] | str]) -> None:
        """What is about the whole site, while no point is chosen."""
        self.clear()
        self._fill(findings)
        for note in notes:
            self._add(note_text(note), None)
        if findings or notes:
            self.title.setText(tr("全厂的问题"))

    def show_point(self, answer: dict[str, Any], tag: str) -> None:
        """As `GET /quality/{tag}` gives it."""
        row = answer["row"]
        self.tag = tag
        self.button.show()
        self.plot.show()
        if row is None:
            self.title.setText(tag)
            self.scores.setText(tr("这一天没有它的结果。"))
        else:
            self.title.setText(f"{tag}　{row['name']}　{score_text(row['score'])}")
            self.scores.setText(about(row))
        self.plot.show_mark(None)
        self._fill(answer["findings"])
        if not answer["findings"]:
            self._add(tr("没有发现问题。") if row is not None and row["score"] is not None else tr("停用或检修，不计。"), None)
        self.list.setCurrentRow(0)

    def _fill(self, findings: list[dict[str, Any]]) -> None:
        self.list.clear()
        for one in findings:
            start, end = (local_time(one[name], date=True) for name in ("start", "end"))
            until = end[-8:] if end[:-8] == start[:-8] else end
            span = (from_rfc3339(one["start"]), from_rfc3339(one["end"]))
            self._add(f"{kind_title(one['kind'])}　{start} – {until}\n{reason_text(one)}", span)

    def _add(self, text: str, span: tuple[int, int] | None) -> None:
        item = QListWidgetItem(text)
        item.setData(_SPAN, span)
        self.list.addItem(item)

    def _on_item(self, item: QListWidgetItem | None) -> None:
        self.plot.show_mark(None if item is None else item.data(_SPAN))


def _label(size: float, bold: bool = False) -> QLabel:
    made = QLabel()
    made.setFont(font(size, bold))
    made.setTextFormat(Qt.TextFormat.PlainText)
    return made

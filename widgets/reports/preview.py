"""The pages of a report as pictures (预览): readable on a machine that has nothing to show a PDF with. Console side.

By night the paper is dimmed: a white page beside a dark desk blinds for minutes.
"""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from widgets.theme import ThemeHolder, font
from widgets.words import tr

_NIGHT = QColor(0, 0, 0, 64)
_MARGIN = 12


class Sheet(QWidget):
    """One page at the width there is."""

    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self._themes = themes
        self._picture = QPixmap()
        self._scaled = QPixmap()
        self.message = ""
        themes.changed.connect(self.update)

    def show_picture(self, picture: QPixmap) -> None:
        self._picture, self.message = picture, ""
        self.fit(self.width())

    def show_message(self, text: str) -> None:
        self._picture, self._scaled, self.message = QPixmap(), QPixmap(), text
        self.setMinimumHeight(0)
        self.update()

    @property
    def has_picture(self) -> bool:
        return not self._picture.isNull()

    def fit(self, width: int) -> None:
        if self._picture.isNull():
            return
        ratio = self.devicePixelRatioF()
        room = QSize(max(200, width - 2 * _MARGIN), 100_000)
        size = self._picture.size().scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
        self._scaled = self._picture.scaled(
            size * ratio, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        self._scaled.setDevicePixelRatio(ratio)
        self.setMinimumHeight(size.height() + 2 * _MARGIN)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        if event.size().width() != event.oldSize().width():
            self.fit(event.size().width())

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self._themes.theme, QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.background))
        if self._scaled.isNull():
            painter.setFont(font(13))
            painter.setPen(QColor(theme.text_dim))
            painter.drawText(
                self.rect().adjusted(40, 0, -40, 0), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.message
            )
        else:
            size = self._scaled.deviceIndependentSize().toSize()
            place = QRect((self.width() - size.width()) // 2, _MARGIN, size.width(), size.height())
            painter.drawPixmap(place.topLeft(), self._scaled)
            if theme.name == "night":
                painter.fillRect(place, _NIGHT)
        painter.end()


class Preview(QFrame):
    """`put` a report; it asks for its pages one by one with `wanted`."""

    wanted = Signal(str, int)  # id of the report, page from 1
    opened = Signal(str)  # id: show its PDF with the program of the machine
    saved = Signal(str, str)  # id, format

    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self.setObjectName("card")
        self._report: Mapping[str, Any] | None = None
        self.number = 1
        self.sheet = Sheet(themes)
        self.title = QLabel()
        self.title.setFont(font(13, bold=True))
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.where = QLabel()
        self.where.setFont(font(12))
        self.back, self.ahead = _button(tr("上一页")), _button(tr("下一页"))
        self.open = _button(tr("用系统程序打开"))
        self.save_pdf, self.save_xlsx = _button(tr("另存 PDF…")), _button(tr("另存 Excel…"))
        self.back.clicked.connect(lambda: self.turn(-1))
        self.ahead.clicked.connect(lambda: self.turn(1))
        self.open.clicked.connect(lambda: self._emit(self.opened))
        self.save_pdf.clicked.connect(lambda: self._emit(self.saved, "pdf"))
        self.save_xlsx.clicked.connect(lambda: self._emit(self.saved, "xlsx"))
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidget(self.sheet)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.installEventFilter(self)
        head, line = QHBoxLayout(), QHBoxLayout()
        head.addWidget(self.title, 1)
        for part in (self.open, self.save_pdf, self.save_xlsx):
            head.addWidget(part)
        line.addStretch(1)
        line.addWidget(self.back)
        line.addWidget(self.where)
        line.addWidget(self.ahead)
        line.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.area, 1)
        column.addLayout(line)
        self.put(None)

    @property
    def report(self) -> str:
        return "" if self._report is None else str(self._report["id"])

    def put(self, report: Mapping[str, Any] | None) -> None:
        if report is not None and report["id"] == self.report:
            return
        self._report, self.number = report, 1
        there = {} if report is None else report["sha256"]
        self.title.setText("" if report is None else f"{report['title']}　{report['scope']['title']}")
        self.open.setEnabled("pdf" in there)
        self.save_pdf.setEnabled("pdf" in there)
        self.save_xlsx.setEnabled("xlsx" in there)
        if report is None:
            self.sheet.show_message(tr("在列表里选一份报表，这里显示它的每一页。"))
        elif not report["pages"]:
            self.sheet.show_message(report["no_pdf"] or tr("这份报表只有 Excel 表，请另存后查看。"))
        self._turned()

    def turn(self, by: int) -> None:
        """So many pages on."""
        number = self.number + by
        if self._report is not None and 1 <= number <= self._report["pages"]:
            self.number = number
            self._turned()

    def show_page(self, report: str, number: int, picture: bytes) -> None:
        """What was asked for; nothing when something else was chosen meanwhile."""
        if (report, number) != (self.report, self.number):
            return
        made = QPixmap()
        if made.loadFromData(picture):
            self.sheet.show_picture(made)
            self.area.verticalScrollBar().setValue(0)
        else:
            self.sheet.show_message(tr("这一页的图片显示不出来，请另存 PDF 查看。"))

    def show_fault(self, report: str, text: str) -> None:
        if report == self.report:
            self.sheet.show_message(text)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Page keys turn the page where there is nothing more to scroll."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            bar = self.area.verticalScrollBar()
            if event.key() == Qt.Key.Key_PageDown and bar.value() >= bar.maximum():
                self.turn(1)
                return True
            if event.key() == Qt.Key.Key_PageUp and bar.value() <= 0:
                self.turn(-1)
                return True
        return False

    def _turned(self) -> None:
        pages = 0 if self._report is None else int(self._report["pages"])
        self.where.setText(tr("第 {n} 页，共 {all} 页", n=self.number, all=pages) if pages else "")
        self.back.setEnabled(self.number > 1)
        self.ahead.setEnabled(self.number < pages)
        if pages:
            if not self.sheet.has_picture:
                self.sheet.show_message(tr("正在取第 {n} 页…", n=self.number))
            self.wanted.emit(self.report, self.number)

    def _emit(self, signal: Any, *more: str) -> None:
        if self.report:
            signal.emit(self.report, *more)


def _button(text: str) -> QPushButton:
    made = QPushButton(text)
    made.setFont(font(12))
    made.setAutoDefault(False)
    return made

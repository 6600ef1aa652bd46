"""The score of the site, a hazard source or a source as a card: number, four parts as bars; grey while good. Console side."""

from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QScrollArea, QSizePolicy, QWidget

from app.domain.saying import rate_words
from widgets.quality.words import PARTS, mark, score_text
from widgets.theme import ThemeHolder, font
from widgets.words import tr

WIDTH, HEIGHT = 282, 132
_EDGE = 14
_NAME = 64  # of a part, in the longer language


class Card(QAbstractButton):
    """Checked: the table shows its points only."""

    def __init__(self, row: dict[str, Any], title: str, by: str, themes: ThemeHolder) -> None:
        super().__init__()
        self.row, self.title, self.by = row, title, by
        self._themes = themes
        self.setCheckable(True)
        self.setFixedSize(WIDTH, HEIGHT)
        self.setToolTip(f"{title}\n{row.get('key', '')}".strip())
        self.setAccessibleName(f"{title} {score_text(row['score'])}")
        themes.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, row = self._themes.theme, self.row
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        chosen = self.isChecked() or self.hasFocus()
        painter.setPen(QPen(QColor(theme.focus if chosen else theme.line), 2 if self.isChecked() else 1))
        painter.setBrush(QColor(theme.surface))
        painter.drawRoundedRect(box, 4, 4)
        colour = mark(row["score"], theme)
        if colour is not None:
            painter.fillRect(QRectF(box.left(), box.top(), 5, box.height()), QColor(colour))
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        room = box.adjusted(_EDGE, 8, -_EDGE, -8)
        painter.setPen(QColor(theme.text))
        painter.setFont(font(11.5, bold=True))
        title = painter.fontMetrics().elidedText(self.title, Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(QRectF(room.left(), room.top(), room.width(), 22), left, title)
        painter.setFont(font(24, bold=True))
        number = QRectF(room.left(), room.top() + 24, 96, 44)
        painter.drawText(number, left, score_text(row["score"]))
        painter.setFont(font(10.5))
        painter.setPen(QColor(theme.text_dim))
        said = tr("{n} 点　在线率 {rate}", n=row["tags"], rate=rate_words(row["online_rate"]))
        painter.drawText(QRectF(room.left(), room.bottom() - 20, room.width(), 20), left, said)
        for at, (name, word) in enumerate(PARTS.items()):
            y = room.top() + 26 + at * 17
            painter.setFont(font(9.5))
            painter.setPen(QColor(theme.text_dim))
            name_of = painter.fontMetrics().elidedText(tr(word), Qt.TextElideMode.ElideRight, _NAME)
            painter.drawText(QRectF(room.left() + 96, y, _NAME, 16), left, name_of)
            track = QRectF(room.left() + 100 + _NAME, y + 6, room.width() - 100 - _NAME - 38, 5)
            painter.fillRect(track, QColor(theme.line))
            value = row[name]
            if value is not None:
                bar = QRectF(track.left(), track.top(), track.width() * value / 100, track.height())
                painter.fillRect(bar, QColor(mark(value, theme) or theme.level_fill))
            painter.setPen(QColor(theme.text))
            painter.drawText(QRectF(room.right() - 36, y, 36, 16), right, score_text(value))
        painter.end()


class Cards(QScrollArea):
    chosen = Signal(str, str)  # by (source, hazard_source, "" all), key

    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self._themes = themes
        self._group = QButtonGroup(self)
        self._group.buttonClicked.connect(self._on_clicked)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT + 14)
        self.cards: list[Card] = []

    def put(self, whole: dict[str, Any], hazards: list[dict[str, Any]], sources: list[dict[str, Any]]) -> None:
        for button in self._group.buttons():
            self._group.removeButton(button)
        place = QWidget()
        line = QHBoxLayout(place)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(10)
        self.cards = [Card({**whole, "key": ""}, tr("全厂"), "", self._themes)]
        for row in hazards:
            name = row["name"] or row["key"]
            level = tr("　{n} 级", n=row["level"]) if row.get("level") else ""
            self.cards.append(Card(row, f"{name}{level}", "hazard_source", self._themes))
        for row in sources:
            name = row["name"] or row["key"] or tr("未接入")
            self.cards.append(Card(row, tr("数据源 {name}", name=name), "source", self._themes))
        for card in self.cards:
            self._group.addButton(card)
            line.addWidget(card)
        line.addStretch(1)
        self.cards[0].setChecked(True)
        self.setWidget(place)

    def _on_clicked(self, card: QAbstractButton) -> None:
        assert isinstance(card, Card)
        self.chosen.emit(card.by, card.row["key"])

"""How one line of the alarm table looks: a row as a picture that is kept, and the heading of a group. Console side.

In a storm most lines only move, and Chinese text is costly to set; so a row is painted once and copied after that.
"""

from collections import OrderedDict
from functools import lru_cache

from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen, QPixmap

from app.domain.alarm import AlarmState
from widgets.alarms.groups import Heading
from widgets.alarms.row import COLUMNS, LIMIT, NAME, PRIORITY, RULE, UNACKED_STATES, VALUE, Row
from widgets.symbols import symbol_pixmap
from widgets.theme import ThemeHolder, font
from widgets.vocabulary import priority_word
from widgets.words import tr

ROW_HEIGHT = 34
SYMBOL = ROW_HEIGHT - 10
NUMBERS = (VALUE, LIMIT)
_FIRST_READ = (NAME, RULE)
_REST = tuple(column for column in range(len(COLUMNS)) if column not in _FIRST_READ)
_KEPT = 160
Edges = tuple[tuple[int, int], ...]
"""(left, width) of every column."""


class RowPictures:
    """Whole rows as pixmaps. Bounded."""

    def __init__(self, holder: ThemeHolder) -> None:
        self._holder = holder
        self._font, self._strong, self._small = font(12.5), font(12.5, bold=True), font(10.5)
        self._metrics = {False: QFontMetrics(self._font), True: QFontMetrics(self._strong)}
        self._small_metrics = QFontMetrics(self._small)
        self._widest = {strong: metrics.horizontalAdvance("高") for strong, metrics in self._metrics.items()}
        plain = self._metrics[False]
        self._base = (ROW_HEIGHT - plain.height()) // 2 + plain.ascent()
        self._kept: OrderedDict[int, tuple[Row, tuple[object, ...], QPixmap]] = OrderedDict()

    def of(self, row: Row, edges: Edges, selected: bool, first: bool, ratio: float) -> QPixmap:
        """`first`: the one that came first, at the head of its group."""
        key = (edges, selected, first, ratio, self._holder.theme.name)
        kept = self._kept.get(row.occurrence)
        if kept is not None and kept[0] is row and kept[1] == key:
            self._kept.move_to_end(row.occurrence)
            return kept[2]
        made = self._draw(row, edges, selected, first, ratio)
        self._kept[row.occurrence] = (row, key, made)
        return made

    def _sheet(self, occurrence: int, width: int, ratio: float) -> QPixmap:
        """To paint a row on: the one it has, or else the one that was not wanted for longest. A new one costs the system
        more than the painting."""
        size = QSize(round(width * ratio), round(ROW_HEIGHT * ratio))
        old = self._kept.pop(occurrence, None)
        if old is None and len(self._kept) >= _KEPT:
            old = self._kept.popitem(last=False)[1]
        made = old[2] if old is not None and old[2].size() == size else QPixmap(size)
        made.setDevicePixelRatio(ratio)
        return made

    def _draw(self, row: Row, edges: Edges, selected: bool, first: bool, ratio: float) -> QPixmap:
        theme = self._holder.theme
        width = max((left + wide for left, wide in edges), default=1)
        made = self._sheet(row.occurrence, width, ratio)
        ground = theme.raised if first else theme.surface
        made.fill(_mixed(ground, theme.focus, 0.22) if selected else QColor(ground))
        painter = QPainter(made)
        bright, dim = QColor(theme.text), QColor(theme.text_dim)
        unacked = row.state in UNACKED_STATES
        # What is read first comes first, in its own type and colour: to change them costs as much as a word.
        for columns, strong, ink in ((_FIRST_READ, unacked, bright), (_REST, False, bright if unacked else dim)):
            indent = self._badges(painter, row, edges[NAME][0] + 8, bright) if NAME in columns else 0
            painter.setFont(self._strong if strong else self._font)
            painter.setPen(ink)
            for column in columns:
                left, wide = edges[column]
                if (text := row.cells[column]) and wide > 0:
                    shift = SYMBOL + 16 if column == PRIORITY else 8 + indent if column == NAME else 8
                    self._text(painter, text, strong, left + shift, wide - shift - 8, column in NUMBERS)
        painter.setPen(QColor(theme.line))
        painter.drawLine(0, ROW_HEIGHT - 1, width, ROW_HEIGHT - 1)
        if selected:
            painter.fillRect(0, 0, 4, ROW_HEIGHT, QColor(theme.focus))
        painter.end()
        return made

    def _text(self, painter: QPainter, text: str, strong: bool, left: int, room: int, to_the_right: bool) -> None:
        """In the painter's type. Nothing is wider than a Chinese character, so most texts need no measuring."""
        metrics = self._metrics[strong]
        if to_the_right or len(text) * self._widest[strong] > room:
            width = metrics.horizontalAdvance(text)
            if width > room:
                text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
            elif to_the_right:
                left += room - width
        painter.drawText(QPoint(left, self._base), text)

    def _badges(self, painter: QPainter, row: Row, left: int, ink: QColor) -> int:
        """Marks before the name; their width. Outlined, grey: a mark is no alarm."""
        taken = 0
        for word in badges(row):
            wide = self._small_metrics.horizontalAdvance(word) + 10
            painter.setFont(self._small)
            painter.setPen(QPen(ink, 1))
            painter.drawRoundedRect(QRectF(left + taken + 0.5, 7.5, wide - 1, ROW_HEIGHT - 16), 3, 3)
            base = (ROW_HEIGHT - 1 + self._small_metrics.ascent() - self._small_metrics.descent()) // 2
            painter.drawText(QPoint(left + taken + 5, base), word)
            taken += wide + 6
        return taken


def badges(row: Row) -> list[str]:
    words = [tr("首出")] if row.alarm.first_out else []
    return [*words, tr("频发")] if row.alarm.chattering else words


def paint_heading(painter: QPainter, box: QRectF, heading: Heading, holder: ThemeHolder, ratio: float) -> None:
    """Fold mark, gravest symbol, name, how many; and whether the order is known."""
    theme = holder.theme
    painter.fillRect(box, QColor(theme.background))
    painter.setPen(QColor(theme.line))
    painter.drawLine(box.bottomLeft(), box.bottomRight())
    left = box.left() + 8 + heading.level * 22
    painter.setPen(QColor(theme.text_dim))
    painter.setFont(font(12.5))
    middle = Qt.AlignmentFlag.AlignVCenter
    painter.drawText(QRectF(left, box.top(), 20, box.height()), middle, "▸" if heading.folded else "▾")
    state = AlarmState.ACKED if heading.unacked else AlarmState.SHLVD
    painter.drawPixmap(
        QPoint(round(left + 20), round(box.top()) + (ROW_HEIGHT - 20) // 2),
        symbol_pixmap(heading.worst, state, True, 20, theme, ratio),
    )
    name, counts = heading_words(heading)
    painter.setPen(QColor(theme.text))
    painter.setFont(font(12.5, bold=heading.level == 0))
    painter.drawText(QRectF(left + 50, box.top(), box.width(), box.height()), middle, name)
    wide = QFontMetrics(font(12.5, bold=True)).horizontalAdvance(name)
    painter.setPen(QColor(theme.text if heading.unacked else theme.text_dim))
    painter.setFont(font(12))
    painter.drawText(QRectF(left + 74 + wide, box.top(), box.width(), box.height()), middle, counts)


def heading_words(heading: Heading) -> tuple[str, str]:
    name = heading.title or (tr("未分区") if heading.level == 0 else tr("无设备"))
    if heading.area:
        name = f"{heading.area}  {name}"
    counts = tr("{n} 条，未确认 {m}", n=heading.rows, m=heading.unacked)
    counts += "　" + tr("最高级别 {word}", word=priority_word(heading.worst))
    if not heading.ordered:
        counts += "　" + tr("首出不明：最先的已了结，或先后太近不能排序")
    return name, counts


@lru_cache(maxsize=64)
def _mixed(ground: str, over: str, share: float) -> QColor:
    below, above = QColor(ground), QColor(over)
    parts = zip((below.red(), below.green(), below.blue()), (above.red(), above.green(), above.blue()), strict=True)
    return QColor(*(round(a + (b - a) * share) for a, b in parts))

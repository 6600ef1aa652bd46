"""One tag in the faceplate: value, quality, age, bar with normal band and limits, the last hour. Painted whole, one widget."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.domain.instant import Instant
from app.domain.sample import Sample
from app.domain.tag import Priority, Tag
from widgets.plant.reading import age_text, fraction, marks, quality_text, say
from widgets.plant.sparkline import Recent, paint_sparkline
from widgets.symbols import INK
from widgets.tagdrag import is_far, start_drag
from widgets.theme import ThemeHolder, font
from widgets.words import tr

_EDGE = 12
_ANALOGUE_HEIGHT = 178
_DIGITAL_HEIGHT = 74


class TagPanel(QWidget):
    """Emits `opened` with the tag's name when clicked: its trend is wanted."""

    opened = Signal(str)

    def __init__(self, name: str, tag: Tag | None, holder: ThemeHolder, now: Callable[[], Instant]) -> None:
        super().__init__()
        self.name = name
        self.tag = tag
        self.sample: Sample | None = None
        self.alarm: Priority | None = None
        self.silent = False
        self.ahead = ""  # when the next limit is reached at this rate, in words
        self.recent = Recent()
        self._pressed: QPointF | None = None
        self._holder = holder
        self._now = now
        self._marks = marks(tag)
        self.analogue = tag is None or not tag.is_digital
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_ANALOGUE_HEIGHT if self.analogue else _DIGITAL_HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(tr("点击打开趋势；“按此速度”由最近 10 分钟的变化推算，窗口与范围为默认值，非官方规定"))

    def sizeHint(self) -> QSize:
        return QSize(360, self.height())

    def put(self, sample: Sample | None) -> None:
        self.sample = sample
        self._remember()
        self.update()

    def tick(self) -> None:
        """Once a second: the age grows, and a value that still stands still counts for the curve."""
        self._remember()
        self.update()

    def _remember(self) -> None:
        said = say(self.tag, self.sample, self.silent)
        if self.analogue and said.trusted and said.number is not None:
            self.recent.put(self._now(), said.number)

    def put_history(
        self, times: Sequence[Instant], lows: Sequence[float | None], highs: Sequence[float | None] | None = None
    ) -> None:
        self.recent.put_history(times, lows, highs)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Into a trend, for instance."""
        if self._pressed is not None and is_far(self._pressed, event.position()):
            self._pressed = None
            start_drag(self, [self.name])

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        if (
            pressed is not None
            and event.button() == Qt.MouseButton.LeftButton
            and self.rect().contains(event.position().toPoint())
        ):
            self.opened.emit(self.name)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.opened.emit(self.name)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._holder.theme
        painter = QPainter(self)
        room = self.rect().adjusted(_EDGE, 0, -_EDGE, 0)
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawLine(room.bottomLeft(), room.bottomRight())
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.focus), 1))
            painter.drawRect(self.rect().adjusted(2, 2, -3, -3))
        self._paint_words(painter, room)
        if self.analogue:
            self._paint_bar(painter, QRectF(room.left(), 68, room.width(), 12))
            self._paint_limits(painter, QRect(room.left(), 86, room.width(), 18))
            tag = self.tag
            limits = (
                [] if tag is None else [v for v in (tag.limits.ll, tag.limits.l, tag.limits.h, tag.limits.hh) if v is not None]
            )
            chart = QRectF(room.left(), 124, room.width(), 46)
            paint_sparkline(painter, chart, self.recent, self._now(), theme, limits)
            painter.setFont(font(9.5))
            painter.setPen(QColor(theme.text_dim))
            above = chart.translated(0, -18)
            painter.drawText(above, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, tr("近 1 小时趋势 ›"))
            self._paint_ahead(painter, above)
        painter.end()

    def _paint_ahead(self, painter: QPainter, line: QRectF) -> None:
        """Only beside a value that may be believed: a rate of something lost foretells nothing."""
        if not self.ahead or not say(self.tag, self.sample, self.silent).trusted:
            return
        painter.setFont(font(10, bold=True))
        painter.setPen(QColor(self._holder.theme.text))
        room = line.adjusted(0, 0, -96, 0)
        said = painter.fontMetrics().elidedText(self.ahead, Qt.TextElideMode.ElideRight, round(room.width()))
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, said)

    def _paint_words(self, painter: QPainter, room: QRect) -> None:
        theme, said = self._holder.theme, say(self.tag, self.sample, self.silent)
        left, right, middle = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignVCenter
        line = QRect(room.left(), 8, room.width(), 20)
        painter.setFont(font(10.5))
        title = self.tag.name if self.tag is not None and self.tag.name else self.name
        painter.setPen(QColor(theme.text_dim))
        code_width = painter.fontMetrics().horizontalAdvance(self.name)
        if title != self.name:
            painter.drawText(line, right | middle, self.name)
            title = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, line.width() - code_width - 12)
        painter.setPen(QColor(theme.text))
        painter.drawText(line, left | middle, title)
        value = QRect(room.left(), 30, room.width(), 32)
        painter.setFont(font(17, bold=True))
        width = painter.fontMetrics().horizontalAdvance(said.text)
        if self.alarm is not None and said.trusted:
            painter.fillRect(QRect(value.left() - 4, value.top() + 1, width + 8, 30), QColor(theme.alarm(self.alarm)))
            painter.setPen(QColor(INK))
        else:
            painter.setPen(QColor(theme.text if said.trusted else theme.text_dim if self.sample is None else theme.bad))
        painter.drawText(value, left | middle, said.text)
        painter.setFont(font(11))
        painter.setPen(QColor(theme.text_dim))
        painter.drawText(value.adjusted(width + 12, 4, 0, 0), left | middle, said.unit)
        painter.setFont(font(10.5))
        painter.setPen(QColor(theme.text_dim if said.trusted or self.sample is None else theme.bad))
        painter.drawText(value.adjusted(0, 4, 0, 0), right | middle, self.quality_line())

    def quality_line(self) -> str:
        """`数据好 · 3 秒前`, `数据源中断 · 5 分前`."""
        word = quality_text(self.sample, self.silent)
        if self.sample is None:
            return word
        line = tr("{word} · {age}前", word=word, age=age_text(self._now() - self.sample.source_time))
        return f"{line} {self.sample.detail}" if self.sample.detail else line

    def _paint_bar(self, painter: QPainter, bar: QRectF) -> None:
        """The range from low to high; the normal band is lighter, limits are ticks, a pointer shows the value."""
        theme, at = self._holder.theme, dict(self._marks)
        said = say(self.tag, self.sample, self.silent)
        painter.fillRect(bar, QColor(theme.raised))
        low, high = at.get("L", at.get("LL", 0.0)), at.get("H", at.get("HH", 1.0))
        band = QRectF(bar.left() + low * bar.width(), bar.top(), (high - low) * bar.width(), bar.height())
        painter.fillRect(band, QColor(theme.line))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for name, where in self._marks:
            long = len(name) == 2
            painter.setPen(QPen(QColor(theme.text_dim), 2 if long else 1))
            at_x = round(bar.left() + where * bar.width())
            painter.drawLine(at_x, round(bar.top()) - (4 if long else 2), at_x, round(bar.bottom()) + (3 if long else 1))
        where_now = fraction(self.tag, said.number)
        if where_now is not None:
            x = bar.left() + where_now * bar.width()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            colour = QColor(theme.text if said.trusted else theme.bad)
            painter.setPen(QPen(colour, 2))
            painter.setBrush(colour if said.trusted else Qt.BrushStyle.NoBrush)
            painter.drawLine(QPointF(x, bar.top()), QPointF(x, bar.bottom()))
            top = bar.top() + 1
            painter.drawPolygon(QPolygonF([QPointF(x, top), QPointF(x - 4.5, top - 6), QPointF(x + 4.5, top - 6)]))

    def _paint_limits(self, painter: QPainter, line: QRect) -> None:
        theme, tag = self._holder.theme, self.tag
        painter.setFont(font(10))
        painter.setPen(QColor(theme.text_dim))
        if tag is None:
            said = tr("点表中没有此位号")
        else:
            set_ = (("LL", tag.limits.ll), ("L", tag.limits.l), ("H", tag.limits.h), ("HH", tag.limits.hh))
            said = "   ".join(f"{name} {at:.{tag.decimals}f}" for name, at in set_ if at is not None) or tr("未设报警限")
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, said)
        if tag is not None and tag.range_low is not None and tag.range_high is not None:
            span = f"{tag.range_low:g} … {tag.range_high:g}"
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, span)

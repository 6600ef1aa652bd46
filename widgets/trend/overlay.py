"""What lies over a trend and moves by itself: a marked span, now, cursors, the veil of a replay. Console side."""

from datetime import datetime

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from widgets.theme import Theme, font
from widgets.trend.frame import Frame


def clock(at: float) -> str:
    return f"{datetime.fromtimestamp(at).astimezone():%m-%d %H:%M:%S}"


def said_dates(t0: float, t1: float) -> str:
    """With the year: who sees it on paper does not know when that was."""
    first, last = (datetime.fromtimestamp(t).astimezone() for t in (t0, t1))
    form = "%H:%M:%S" if first.date() == last.date() else "%Y-%m-%d %H:%M:%S"
    return f"{first:%Y-%m-%d %H:%M:%S} — {last.strftime(form)}"


def paint_selection(painter: QPainter, frame: Frame, span: tuple[float, float], theme: Theme) -> None:
    left, right = (frame.x(t) for t in span)
    shade = QColor(theme.focus)
    shade.setAlpha(40)
    painter.fillRect(QRectF(left, frame.area.top(), right - left, frame.area.height()), shade)


def paint_cursor(painter: QPainter, frame: Frame, at: float, theme: Theme) -> None:
    """Of a replay: what is later is veiled."""
    area, veil = frame.area, QColor(theme.background)
    veil.setAlpha(150)
    x = max(frame.x(at), area.left())
    painter.fillRect(QRectF(x, area.top(), area.right() + 1 - x, area.height()), veil)
    paint_moment(painter, frame, at, QPen(QColor(theme.text), 1), theme, clock(at))


def paint_moment(painter: QPainter, frame: Frame, at: float, pen: QPen, theme: Theme, text: str = "") -> None:
    """A line; a letter stands on it, a longer text beside it."""
    if not frame.t0 <= at <= frame.t1:
        return
    area, x = frame.area, round(frame.x(at))
    painter.setPen(pen)
    painter.drawLine(x, area.top(), x, area.bottom())
    if not text:
        return
    painter.setFont(font(9.5))
    width = painter.fontMetrics().horizontalAdvance(text) + 10
    left = min(max(x + 3, area.left()), area.right() - width)
    box = QRectF(left if len(text) > 1 else x - width / 2, area.top() - 2, width, 17)
    painter.fillRect(box, pen.color())
    painter.setPen(QColor(theme.background))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

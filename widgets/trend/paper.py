"""A trend as a picture for a file: title, span and who looked at it above, chart, legend and figures below. Console side."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from widgets.theme import Theme, font
from widgets.trend.plot import TrendPlot
from widgets.words import tr

_HEAD, _GAP, _EDGE = 58, 6, 12


def picture(plot: TrendPlot, below: Sequence[QWidget], title: str, notes: Sequence[str], theme: Theme) -> QPixmap:
    """As they stand, in the colours of the screen. `notes`: the span and whatever else somebody must know who only has the
    picture."""
    ratio = plot.devicePixelRatioF()
    high = _HEAD + plot.height() + sum(part.height() + _GAP for part in below) + _EDGE
    wide = plot.width() + 2 * _EDGE
    made = QPixmap(round(wide * ratio), round(high * ratio))
    made.setDevicePixelRatio(ratio)
    made.fill(QColor(theme.background))
    painter = QPainter(made)
    painter.setPen(QColor(theme.text))
    painter.setFont(font(14, bold=True))
    left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    painter.drawText(QRectF(_EDGE, 6, wide - 2 * _EDGE, 26), left, title)
    painter.setFont(font(11))
    painter.setPen(QColor(theme.text_dim))
    painter.drawText(QRectF(_EDGE, 32, wide - 2 * _EDGE, 20), left, "　".join(note for note in notes if note))
    painter.drawPixmap(_EDGE, _HEAD, plot.grab())
    y = _HEAD + plot.height() + _GAP
    for part in below:
        painter.drawPixmap(_EDGE, y, part.grab())
        y += part.height() + _GAP
    painter.end()
    return made


def title_of(names: Sequence[str]) -> str:
    shown = "、".join(names[:6])
    return tr("趋势：{names}", names=shown) if len(names) <= 6 else tr("趋势：{names} 等 {n} 条", names=shown, n=len(names))

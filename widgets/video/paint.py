"""How a pane is drawn: the strip with name, state and rate; the picture; and the marks no live picture ever carries.

A picture that is not live is grey, hatched and crossed by a band with words and an age that counts: at two metres and at 02:40
nobody may take it for the present. Draws only; knows no stream.
"""

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetrics, QImage, QPainter, QPen, QPolygonF

from widgets.symbols import FAULT_FILL, INK
from widgets.theme import Theme, font
from widgets.video.feed import Frame, Look, Said, clock
from widgets.words import tr

STRIP = 24
_HATCH_ALPHA = 120
_WORDS = {
    Look.CONNECTING: "正在连接", Look.FROZEN: "画面冻结", Look.BLACK: "画面全黑", Look.COVERED: "镜头被遮挡",
    Look.LOST: "视频中断", Look.REFUSED: "被拒绝", Look.REPLAY: "回放", Look.EMPTY: "此刻没有录像",
}  # fmt: skip


def word_of(look: Look) -> str:
    return tr(_WORDS[look]) if look in _WORDS else tr("实时")


def image_of(frame: Frame) -> QImage:
    """Over the frame's own memory: whoever keeps the image must keep the frame beside it."""
    rows = min(frame.height, len(frame.pixels) // frame.stride)  # fewer where it is painted small
    return QImage(frame.pixels, frame.columns or frame.width, rows, frame.stride, QImage.Format.Format_RGB32)


def grey_of(image: QImage) -> QImage:
    return image.convertToFormat(QImage.Format.Format_Grayscale8)


def paint_dot(painter: QPainter, centre: QPointF, look: Look, theme: Theme) -> None:
    """Filled disc: live. Half disc: connecting. White diamond with "!": do not trust it. Shape first, never colour alone."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    ink = QColor(theme.text)
    if look is Look.LIVE:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        painter.drawEllipse(centre, 4, 4)
    elif look is Look.REPLAY:
        painter.setPen(QPen(ink, 1.4))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolygon(QPolygonF([centre + QPointF(-3, -4.5), centre + QPointF(5, 0), centre + QPointF(-3, 4.5)]))
    elif look is Look.EMPTY:
        painter.setPen(QPen(ink, 1.4))
        painter.drawLine(centre + QPointF(-4, 0), centre + QPointF(4, 0))
    elif look is Look.CONNECTING:
        painter.setPen(QPen(ink, 1.4))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(centre, 4, 4)
        painter.setBrush(ink)
        painter.drawPie(QRectF(centre.x() - 4, centre.y() - 4, 8, 8), 90 * 16, 180 * 16)
    else:
        around = [QPointF(0, -7), QPointF(7, 0), QPointF(0, 7), QPointF(-7, 0)]
        painter.setPen(QPen(QColor(theme.symbol_outline), 1.5))
        painter.setBrush(QColor(FAULT_FILL))
        painter.drawPolygon(QPolygonF([centre + point for point in around]))
        painter.setPen(QPen(QColor(INK), 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(centre + QPointF(0, -3.2), centre + QPointF(0, 0.8))
        painter.drawPoint(centre + QPointF(0, 3.4))
    painter.restore()


def paint_strip(
    painter: QPainter, room: QRect, said: Said | None, name: str, words: str, rate: str, chosen: bool, theme: Theme
) -> None:
    """`words`, remarks or a state, give way before the name does; the `rate` before both, and whole."""
    painter.fillRect(room, QColor(theme.raised if chosen else theme.surface))
    if chosen:
        painter.fillRect(room.x(), room.bottom() - 1, room.width(), 2, QColor(theme.focus))
    x = room.x() + 6
    if said is not None:
        paint_dot(painter, QPointF(x + 7, room.center().y() + 0.5), said.look, theme)
        x += 19
    face, right_face = font(9.5, bold=chosen), font(9)
    metrics, right_metrics = QFontMetrics(face), QFontMetrics(right_face)
    room_left = room.right() - 6 - x
    most = max(0, room_left - min(metrics.horizontalAdvance(name), room_left * 2 // 3) - 10)
    right = "  ".join(part for part in (words, rate) if part)
    if right_metrics.horizontalAdvance(right) > most:
        right = _elided(right_metrics, words, most) if most > 20 else ""
    right_wide = right_metrics.horizontalAdvance(right)
    painter.setFont(face)
    painter.setPen(QColor(theme.text))
    flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
    wide = room_left - right_wide - (10 if right_wide else 0)
    painter.drawText(QRect(x, room.y(), wide, room.height()), flags, _elided(metrics, name, wide))
    if right:
        painter.setFont(right_face)
        painter.setPen(QColor(theme.text_dim))
        place = QRect(room.right() - 6 - right_wide, room.y(), right_wide, room.height())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, right)


def paint_distrust(painter: QPainter, picture: QRect, room: QRect, said: Said, theme: Theme) -> None:
    """Over a picture that is not live: hatched from edge to edge, and the band across the whole pane."""
    if not picture.isEmpty():
        veil = QColor(theme.background)
        veil.setAlpha(90)
        painter.fillRect(picture, veil)
        line = QColor(theme.bad)
        line.setAlpha(_HATCH_ALPHA)
        painter.save()
        painter.setClipRect(picture)
        painter.setPen(QPen(line, 2))
        for x in range(picture.left() - picture.height(), picture.right(), 14):
            painter.drawLine(x, picture.bottom() + 1, x + picture.height(), picture.top())
        painter.restore()
    paint_band(painter, room, said, theme, across=not picture.isEmpty())


def paint_band(painter: QPainter, room: QRect, said: Said, theme: Theme, across: bool) -> None:
    """State and age, large; why, below it. `across`: on a ground of its own, since a picture lies under it."""
    large = font(15 if room.width() > 360 else 12.5, bold=True)
    small = font(11 if room.width() > 360 else 9.5)
    inner = room.adjusted(10, 0, -10, 0)
    head = word_of(said.look) if said.look is Look.EMPTY else f"{word_of(said.look)}  {clock(said.age)}"
    words = "" if said.words.rstrip("。") == word_of(said.look) else said.words
    why = QFontMetrics(small).boundingRect(inner, _WRAP, words) if words else QRect()
    head_high = QFontMetrics(large).height()
    if head_high + why.height() + 16 > room.height():
        why = QRect()
    high = head_high + (why.height() + 4 if not why.isNull() else 0) + 12
    band = QRect(room.x(), room.center().y() - high // 2, room.width(), high)
    if across:
        painter.fillRect(band, QColor(theme.background))
        painter.fillRect(band.x(), band.y(), band.width(), 2, QColor(theme.bad))
        painter.fillRect(band.x(), band.bottom() - 1, band.width(), 2, QColor(theme.bad))
    painter.setFont(large)
    painter.setPen(QColor(theme.text))
    top = QRect(inner.x(), band.y() + 6, inner.width(), head_high)
    painter.drawText(top, Qt.AlignmentFlag.AlignCenter, _elided(QFontMetrics(large), head, inner.width()))
    if not why.isNull():
        painter.setFont(small)
        painter.setPen(QColor(theme.text if across else theme.text_dim))
        painter.drawText(QRect(inner.x(), top.bottom() + 4, inner.width(), why.height() + 2), _WRAP, words)


def paint_empty(painter: QPainter, room: QRect, open_to_all: bool, hovered: bool, theme: Theme) -> None:
    """`open_to_all`: a camera can be brought here."""
    if open_to_all:
        painter.setPen(QPen(QColor(theme.focus if hovered else theme.line), 2 if hovered else 1, Qt.PenStyle.DashLine))
        painter.setBrush(QBrush(Qt.BrushStyle.NoBrush))
        painter.drawRect(room.adjusted(6, 6, -7, -7))
    face = font(10.5)
    painter.setFont(face)
    painter.setPen(QColor(theme.text_dim))
    words = tr("把左边的摄像机拖到这里") if open_to_all else tr("空画面")
    painter.drawText(room.adjusted(14, 0, -14, 0), _WRAP, words)


def paint_frame(painter: QPainter, room: QRect, colour: str, wide: int) -> None:
    """A frame just inside the room: an alarm at the camera's equipment, or the place something is dragged to."""
    painter.setPen(QPen(QColor(colour), wide, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap, Qt.PenJoinStyle.MiterJoin))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    half = wide // 2
    painter.drawRect(room.adjusted(half, half, -half - 1, -half - 1))


_WRAP = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap


def _elided(metrics: QFontMetrics, text: str, wide: int) -> str:
    return metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0, wide))

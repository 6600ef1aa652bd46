"""What a silent feed looks like: a loud strip with the time it stopped, and a grey veil over everything that came from it.

Console side. The veil lets the mouse through: what was last known may be looked at, but nobody can take it for the present.
"""

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from widgets.theme import ThemeHolder, font
from widgets.words import tr

STRIP = 64


class SilentStrip(QWidget):
    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self._themes = themes
        self.text = ""
        self.reason = ""
        self.setFixedHeight(STRIP)
        self.hide()
        themes.changed.connect(self.update)

    def say(self, age_s: float, last_heard: str, reason: str) -> None:
        """`last_heard`: local wall time of the last message; `reason`: what the session knows, may be empty."""
        text = tr("与站点失去联系已 {n} 秒：画面停在 {at}，不是现在的数据", n=int(age_s), at=last_heard)
        if (text, reason) != (self.text, self.reason):
            self.text, self.reason = text, reason
            self.update()
        self.show()

    def clear(self) -> None:
        self.text = self.reason = ""
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        whole = QRectF(self.rect())
        painter.fillRect(whole, QColor(theme.bad))
        painter.setPen(QColor("#000000" if theme.name == "night" else "#ffffff"))
        painter.setFont(font(17, bold=True))
        bottom = -24 if self.reason else 0
        painter.drawText(whole.adjusted(18, 2, -18, bottom), Qt.AlignmentFlag.AlignCenter, self.text)
        painter.setFont(font(11.5))
        painter.drawText(whole.adjusted(18, 38, -18, -2), Qt.AlignmentFlag.AlignCenter, self.reason)
        painter.end()


class Veil(QWidget):
    """Greys `over`; shown and hidden with `setVisible`."""

    def __init__(self, themes: ThemeHolder, over: QWidget) -> None:
        super().__init__(over)
        self._themes = themes
        self._over = over
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        over.installEventFilter(self)
        self.hide()
        themes.changed.connect(self.update)

    def lay(self, on: bool) -> None:
        if on:
            self.setGeometry(self._over.rect())
            self.raise_()
        self.setVisible(on)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self._over.rect())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        grey = QColor(theme.background)
        grey.setAlpha(110)
        painter.fillRect(self.rect(), grey)
        hatch = QColor(theme.bad)
        hatch.setAlpha(60)
        painter.fillRect(self.rect(), QBrush(hatch, Qt.BrushStyle.BDiagPattern))
        painter.end()

"""The line across the top: who we are, is the data alive, who is logged in, silence, theme, and the time. Console side.

Shows only what it is told; it asks nobody.
"""

from datetime import datetime

from PySide6.QtCore import QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from app.console.controls import label
from app.console.icons import icon
from app.console.reader import FeedWord
from app.console.state import Trust
from app.domain.wire import LinkMsg
from widgets.pulse import Pulse
from widgets.symbols import FAULT_FILL
from widgets.theme import ThemeHolder, font
from widgets.words import tr

HEIGHT = 56
_WEEK = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")


class Lamp(QWidget):
    """Is the data alive? Shape and words, never colour alone: filled disc live, half disc waiting, white diamond lost."""

    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self._themes = themes
        self.trust = Trust.NOTHING_YET
        self.setFixedSize(22, 22)
        themes.changed.connect(self.update)

    def put(self, trust: Trust) -> None:
        if trust is not self.trust:
            self.trust = trust
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_lamp(painter, self.rect().center().x() + 0.5, self.rect().center().y() + 0.5, self.trust, theme.text)
        painter.end()


def paint_lamp(painter: QPainter, x: float, y: float, trust: Trust, ink: str) -> None:
    painter.save()
    painter.translate(x, y)
    painter.setPen(QPen(QColor(ink), 1.6))
    if trust is Trust.SILENT:
        painter.rotate(45)
        painter.setPen(QPen(QColor("#1d2125"), 2))
        painter.setBrush(QColor(FAULT_FILL))
        painter.drawRect(-6, -6, 12, 12)
        painter.rotate(-45)
        painter.setFont(font(9, bold=True))
        painter.drawText(-8, -8, 16, 16, Qt.AlignmentFlag.AlignCenter, "!")
    else:
        painter.drawEllipse(-6, -6, 12, 12)
        painter.setBrush(QColor(ink))
        span = 360 if trust is Trust.LIVE else 180
        painter.drawPie(-6, -6, 12, 12, 90 * 16, span * 16)
    painter.restore()


class TopBar(QWidget):
    silence = Signal()
    test_horn = Signal()
    switch_theme = Signal()
    switch_language = Signal()
    log_out = Signal()
    show_sources = Signal()

    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self._themes = themes
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.product = label(tr("危源值守"), 15, bold=True)
        self.site = label("", 13)
        self.lamp = Lamp(themes)
        self.feed = label(tr("未连接"), 12)
        self.source_lamp = Lamp(themes)
        self.sources = QToolButton()
        self.sources.setFont(font(10.5))
        self.sources.setObjectName("quiet")
        self.sources.setToolTip(tr("打开数据源页"))
        self.sources.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.sources.clicked.connect(self.show_sources)
        self.user = label("", 12)
        self.clock = label("", 19, bold=True)
        self.date = label("", 10.5, dim=True)
        self._buttons = {
            "silence": self._button("silence", tr("消音 F9"), tr("本席消音：只停声音，不确认报警"), self.silence, text=True),
            "horn": self._button("horn", tr("试音"), tr("试听报警声"), self.test_horn),
            "theme": self._button("theme", tr("昼夜"), tr("切换白天／夜间配色"), self.switch_theme),
            "language": self._button("language", tr("语言"), "中文 / English", self.switch_language),
            "logout": self._button("logout", tr("退出登录"), tr("退出登录"), self.log_out),
        }
        self._arrange()
        self.sources.hide()
        self.source_lamp.hide()
        self.feed.setMinimumWidth(120)
        self._dress()
        themes.changed.connect(self._dress)
        self.show_user("", "")
        self._pulse = Pulse(self, 200, self._tell_time)

    def hide_buttons(self) -> None:
        """For a wall: only what is to be read."""
        for button in self._buttons.values():
            button.hide()

    def show_site(self, name: str) -> None:
        self.site.setText(name)

    def show_user(self, name: str, role: str) -> None:
        self.user.setText(f"{name}  {role}" if name else "")
        for one in ("silence", "horn", "logout"):
            self._buttons[one].setVisible(bool(name))

    def show_feed(self, trust: Trust, word: FeedWord, age: float | None) -> None:
        self.lamp.put(trust)
        if trust is Trust.LIVE and word is FeedWord.LIVE:
            text = tr("数据 实时 {n} 秒", n=int(age or 0))
        elif trust is Trust.SILENT and age is not None:
            text = tr("数据 中断 {n} 秒", n=int(age))
        else:
            text = {
                FeedWord.OFF: tr("未连接"),
                FeedWord.LOGIN: tr("需要登录"),
                FeedWord.REFUSED: tr("连接被拒绝"),
                FeedWord.LOST: tr("正在重新连接"),
            }.get(word, tr("正在连接"))
        _set(self.feed, text)

    def show_links(self, links: list[LinkMsg]) -> None:
        up = sum(link.state == "up" for link in links)
        text = tr("数据源 {up}/{all} 通", up=up, all=len(links)) if links else tr("没有数据源")
        self.sources.setText(text)
        self.sources.show()
        down = any(link.state == "down" for link in links)
        self.source_lamp.put(Trust.SILENT if down else Trust.NOTHING_YET)
        self.source_lamp.setVisible(up < len(links))

    def _tell_time(self) -> None:
        now = datetime.now().astimezone()
        _set(self.clock, now.strftime("%H:%M:%S"))
        _set(self.date, f"{now:%Y-%m-%d} {tr(_WEEK[now.weekday()])}")

    def _button(self, name: str, label: str, tip: str, clicked: SignalInstance, text: bool = False) -> QToolButton:
        made = QToolButton()
        made.setObjectName(name)
        made.setToolTip(tip)
        made.setAccessibleName(label)
        made.setIconSize(QSize(22, 22))
        made.setFont(font(12))
        made.setText(label)
        style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon if text else Qt.ToolButtonStyle.ToolButtonIconOnly
        made.setToolButtonStyle(style)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        made.clicked.connect(clicked)
        return made

    def _arrange(self) -> None:
        line = QHBoxLayout(self)
        line.setContentsMargins(18, 0, 18, 0)
        line.setSpacing(10)
        line.addWidget(self.product)
        line.addSpacing(10)
        line.addWidget(self.site)
        line.addStretch(1)
        line.addWidget(self.lamp)
        line.addWidget(self.feed)
        line.addSpacing(12)
        line.addWidget(self.source_lamp)
        line.addWidget(self.sources)
        line.addSpacing(18)
        line.addWidget(self._buttons["silence"])
        line.addWidget(self._buttons["horn"])
        line.addSpacing(14)
        line.addWidget(self.user)
        for one in ("theme", "language", "logout"):
            line.addWidget(self._buttons[one])
        line.addSpacing(18)
        line.addWidget(self.date)
        line.addWidget(self.clock)

    def _dress(self) -> None:
        theme = self._themes.theme
        for name, button in self._buttons.items():
            button.setIcon(icon(name, theme))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.surface))
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(theme.line))
        painter.end()


def _set(label: QLabel, text: str) -> None:
    if label.text() != text:
        label.setText(text)

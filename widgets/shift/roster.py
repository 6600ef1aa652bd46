"""The roster of a week (排班表): a line a day, a column a shift; today and the shift that is on stand out. Console side."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from widgets.theme import ThemeHolder, font
from widgets.words import tr

HEAD, LINE, DATE = 30, 46, 104  # px
_WEEK = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
_CENTRE = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class RosterView(QWidget):
    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self._themes = themes
        self._turns: list[Mapping[str, Any]] = []
        self._now = ""  # key of the shift that is on
        self._today = ""
        self._empty = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("本周排班"))
        themes.changed.connect(self.update)

    def show_turns(self, turns: Sequence[Mapping[str, Any]], now: str, today: str, empty: bool) -> None:
        """`now`: key of the shift that is on; `empty`: nobody is named anywhere."""
        if (list(turns), now, today, empty) == (self._turns, self._now, self._today, self._empty):
            return
        self._turns, self._now, self._today, self._empty = list(turns), now, today, empty
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(360, 190 if self._empty else HEAD + LINE * max(1, len(self._days())))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.surface))
        if self._empty:
            painter.setFont(font(12))
            painter.setPen(QColor(theme.text_dim))
            text = tr(
                "还没有排班。\n在站点包的 site.toml 里写明班组（[[shift.crew]]）和轮班（[shift] 的 anchor、rotation），"
                "或放入排班表 roster.csv（日期、班次、值班长、值班员），检查后导入。"
            )
            painter.drawText(QRectF(self.rect()).adjusted(16, 12, -16, -12), Qt.TextFlag.TextWordWrap, text)
            painter.end()
            return
        shifts = list(dict.fromkeys(str(turn["name"]) for turn in self._turns))
        width = (self.width() - DATE) / max(1, len(shifts))
        painter.setFont(font(12))
        painter.setPen(QColor(theme.text_dim))
        for number, name in enumerate(shifts):
            painter.drawText(QRectF(DATE + number * width, 0, width, HEAD), _CENTRE, name)
        for number, day in enumerate(self._days()):
            self._paint_day(painter, HEAD + number * LINE, day, shifts, width)
        painter.end()

    def _paint_day(self, painter: QPainter, top: int, day: str, shifts: Sequence[str], width: float) -> None:
        theme = self._themes.theme
        if day == self._today:
            painter.fillRect(QRectF(0, top, self.width(), LINE), QColor(theme.raised))
        painter.fillRect(QRectF(0, top, self.width(), 1), QColor(theme.line))
        painter.setFont(font(12, bold=day == self._today))
        painter.setPen(QColor(theme.text if day == self._today else theme.text_dim))
        painter.drawText(QRectF(14, top, DATE - 14, LINE), _LEFT, f"{day[5:]} {tr(_WEEK[date.fromisoformat(day).weekday()])}")
        for turn in self._turns:
            if turn["date"] != day:
                continue
            box = QRectF(DATE + shifts.index(str(turn["name"])) * width, top, width, LINE)
            on = turn["key"] == self._now
            if on:
                painter.setPen(QColor(theme.focus))
                painter.drawRect(box.adjusted(2, 3, -3, -3))
            painter.setPen(QColor(theme.text))
            painter.setFont(font(12, bold=on))
            crew, leader = str(turn.get("crew") or ""), str(turn.get("leader") or "")
            upper = box.adjusted(4, 3, -4, -LINE / 2 + 1) if crew and leader else box.adjusted(4, 0, -4, 0)
            _say(painter, upper, crew or leader or "—")
            if crew and leader:
                painter.setPen(QColor(theme.text_dim))
                painter.setFont(font(12))
                _say(painter, box.adjusted(4, LINE / 2 - 1, -4, -3), leader)

    def _days(self) -> list[str]:
        return list(dict.fromkeys(str(turn["date"]) for turn in self._turns))


def _say(painter: QPainter, box: QRectF, text: str) -> None:
    painter.drawText(box, _CENTRE, QFontMetricsF(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, box.width()))

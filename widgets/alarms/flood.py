"""The badge of an alarm flood (报警泛滥): since when, and how many in ten minutes. Console side.

Light on dark turned round: it must be seen on any page and is no alarm, so it has no alarm's colour.
"""

from dataclasses import dataclass

from PySide6.QtWidgets import QLabel

from widgets.theme import ThemeHolder, font
from widgets.vocabulary import local_time
from widgets.words import tr


@dataclass(frozen=True, slots=True)
class Flood:
    """As the station tells it. `count`: annunciations of the last ten minutes, None when they are not known."""

    active: bool = False
    since: str | None = None
    count: int | None = None


class FloodBadge(QLabel):
    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self.setFont(font(12, bold=True))
        self.hide()
        holder.changed.connect(self._dress)
        self._dress()

    def put(self, flood: Flood) -> None:
        self.setVisible(flood.active)
        if not flood.active:
            return
        text = tr("报警泛滥 自 {at}", at=local_time(flood.since)[:5])
        if flood.count is not None:
            text += tr(" · {n} 条/10 分钟", n=flood.count)
        if text != self.text():
            self.setText(text)
        self.setToolTip(tr("10 分钟内 10 条以上新报警为泛滥，少于 5 条时结束；报警一条不少，语音只报汇总。"))

    def _dress(self) -> None:
        theme = self._holder.theme
        self.setStyleSheet(f"background: {theme.text}; color: {theme.background}; border-radius: 3px; padding: 3px 10px;")

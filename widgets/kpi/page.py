"""The page of the alarm figures (报警统计): how good is the alarm system, what is wrong with it, what would help. Console side.

Shows one answer of the station; asks for another when the person chooses a span. Figures are bands, not pass or fail: EEMUA
itself calls them approximate indicators.
"""

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from app.domain.tag import Priority
from widgets.kpi.bars import NameBars, TimeBars
from widgets.kpi.ranking import Ranking
from widgets.kpi.tiles import Tile
from widgets.kpi.whatif import WhatIf
from widgets.kpi.words import FIGURES, SEASONS, class_word, rule_of, seconds
from widgets.rowtable import Row
from widgets.theme import ThemeHolder, font
from widgets.vocabulary import local_time, priority_word
from widgets.words import tr

SPANS = ((8.0, "8 小时"), (24.0, "24 小时"), (7 * 24.0, "7 天"), (30 * 24.0, "30 天"))
_COLUMNS = 5


class KpiPage(QWidget):
    wanted = Signal(float)  # hours back from now

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self.hours = 24.0
        self.tiles = {name: Tile(name, holder) for name in FIGURES}
        self.bars = TimeBars(holder)
        self.ranking = Ranking(holder)
        self.what_if = WhatIf()
        self.by_class = NameBars(tr("按类型"), holder)
        self.by_area = NameBars(tr("按区域"), holder)
        self.by_rule = NameBars(tr("按报警种类"), holder)
        self.by_hour = NameBars(tr("按一天中的时段"), holder)
        self.by_season = NameBars(tr("按季节"), holder)
        self.by_priority = NameBars(tr("按级别"), holder)
        self._grade = _label("", 15, bold=True)
        self._about = _label("", 11)
        self._handled = _label("", 11.5)
        self._ack = _label("", 11.5)
        self._ack.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._note = _label(tr("限值为默认值，非官方规定"), 10.5)
        self._note.setToolTip(tr("在站点包 site.toml 的 [kpi] 里改。"))
        self._message = _label("", 14)
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._spans = QButtonGroup(self)
        self._spans.idClicked.connect(self._choose)
        self.again = QPushButton(tr("刷新"))
        self.again.setFont(font(11.5))
        self.again.clicked.connect(self._ask)
        self.ranking.chosen.connect(self._on_actor)
        self._lay_out()
        self.show_message(tr("选择时段，统计这段时间的报警。"))

    # what the station said

    def _on_actor(self, actor: Row | None) -> None:
        if actor is not None:
            self.what_if.show_actor(actor)

    def show_busy(self) -> None:
        self.again.setEnabled(False)
        self._about.setText(tr("正在统计…"))

    def show_message(self, text: str) -> None:
        """Instead of figures."""
        self.again.setEnabled(True)
        self._message.setText(text)
        self._stack.setCurrentIndex(0)

    def show_report(self, report: dict[str, Any]) -> None:
        """As `GET /kpi` gives it."""
        self.again.setEnabled(True)
        found, counted = report["figures"], report["groups"]
        judged = {one["name"]: one for one in report["judged"]}
        for name, tile in self.tiles.items():
            tile.put(judged.get(name))
        self._grade.setText(tr("总评：{grade}", grade=tr(report["grade"])) if found["count"] else "")  # of nothing, no verdict
        self._about.setText(
            tr(
                "{start} 至 {end}　{n} 条报警，{p} 个位号　现有 {s} 条未恢复，{f} 次泛滥",
                start=local_time(report["start"], date=True)[:-3],
                end=local_time(report["end"], date=True)[:-3],
                n=found["count"],
                p=found["points"],
                s=found["standing"],
                f=found["floods"],
            )
        )
        self._handled.setText(
            tr("已处置 {h}　确认未恢复 {o}　未确认 {u}", h=counted["handled"], o=counted["open"], u=counted["unhandled"])
        )
        self._ack.setText(self._ack_text(found["ack"], report["ack_s"]))
        self._ack.setToolTip(self._ack.text())
        bars = report["bars"]
        self.bars.put(report["start"], bars["slot_s"], bars["counts"], report["slot_limit"])
        self.ranking.put(found["actors"])
        self.what_if.clear()
        self.by_class.put([(class_word(code), count) for code, count in counted["classes"].items()])
        self.by_area.put(list(counted["areas"].items()))
        self.by_rule.put([(rule_of(code), count) for code, count in counted["rules"].items()])
        hours = {int(hour): count for hour, count in counted["hours"].items()}
        parts = ((first, sum(hours.get(hour, 0) for hour in range(first, first + 4))) for first in range(0, 24, 4))
        self.by_hour.put([(f"{first:02d}–{first + 4:02d}", count) for first, count in parts])
        self.by_season.put([(tr(SEASONS[code]), count) for code, count in counted["seasons"].items()])
        self.by_priority.put([(_priority(word), found["priorities"].get(word, 0)) for word in _WORDS])
        if not found["count"]:
            self.show_message(tr("这段时间没有报警。\n换一个更长的时段，或等有报警之后再看。"))
        else:
            self._stack.setCurrentIndex(1)

    def clear(self) -> None:
        self.what_if.clear()
        self.ranking.put([])
        self.show_message(tr("选择时段，统计这段时间的报警。"))
        self._about.setText("")
        self._grade.setText("")

    # inside

    def _ack_text(self, times: dict[str, Any], targets: dict[str, float]) -> str:
        parts = []
        for word in _WORDS:
            one = times.get(word)
            if one is not None:
                late = one["p95_s"] > targets.get(word, float("inf"))
                goal = tr("（目标 {n} 内）", n=seconds(targets[word])) if word in targets else ""
                mark = "▲" if late else ""
                parts.append(f"{_priority(word)} {seconds(one['median_s'])} / {mark}{seconds(one['p95_s'])}{goal}")
        return tr("确认用时 中位 / 95%：{all}", all="　".join(parts)) if parts else tr("确认用时：这段时间没有确认")

    def _choose(self, number: int) -> None:
        self.hours = SPANS[number][0]
        self._ask()

    def _ask(self) -> None:
        self.show_busy()
        self.wanted.emit(self.hours)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(_label(tr("报警统计"), 15, bold=True))
        top.addSpacing(16)
        for number, (hours, word) in enumerate(SPANS):
            button = QPushButton(tr(word))
            button.setCheckable(True)
            button.setChecked(hours == self.hours)
            button.setFont(font(11.5))
            self._spans.addButton(button, number)
            top.addWidget(button)
        top.addWidget(self.again)
        top.addSpacing(16)
        top.addWidget(self._about)
        top.addStretch(1)
        top.addWidget(self._note)
        top.addSpacing(16)
        top.addWidget(self._grade)
        grid = QGridLayout()
        grid.setSpacing(10)
        for number, tile in enumerate(self.tiles.values()):
            grid.addWidget(tile, number // _COLUMNS, number % _COLUMNS)
        second = QHBoxLayout()
        second.addWidget(self._handled)
        second.addSpacing(30)
        second.addWidget(self._ack, 1)
        worst = QHBoxLayout()
        worst.setSpacing(10)
        worst.addWidget(self.ranking, 3)
        worst.addWidget(self.what_if, 2)
        groups = QHBoxLayout()
        groups.setSpacing(10)
        for bars in (self.by_class, self.by_area, self.by_rule, self.by_priority, self.by_hour, self.by_season):
            groups.addWidget(bars)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addLayout(grid)
        column.addLayout(second)
        column.addWidget(self.bars, 3)
        column.addLayout(worst, 7)
        column.addLayout(groups, 4)
        place = QWidget()
        self._stack = QStackedLayout(place)
        self._stack.addWidget(self._message)
        self._stack.addWidget(body)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(18, 12, 18, 14)
        whole.setSpacing(10)
        whole.addLayout(top)
        whole.addWidget(place, 1)


_WORDS = ("critical", "high", "medium", "low")


def _priority(word: str) -> str:
    return priority_word(Priority.of(word))


def _label(text: str, size: float, bold: bool = False) -> QLabel:
    made = QLabel(text)
    made.setFont(font(size, bold))
    made.setTextFormat(Qt.TextFormat.PlainText)
    return made

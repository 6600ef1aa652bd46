"""Earlier occurrences of the same alarm: when, how far, how long, who acknowledged how soon, and how often. Console side."""

from collections.abc import Sequence

from PySide6.QtCore import Signal

from app.domain.card import Earlier, HowOften
from app.domain.tag import Tag
from widgets import vocabulary
from widgets.card import said
from widgets.card.panel import Panel
from widgets.card.rows import Column, Line, Rows
from widgets.theme import ThemeHolder
from widgets.words import tr


class EarlierPanel(Panel):
    """`opened` carries the occurrence of a line."""

    opened = Signal(object)

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__(tr("此前同一报警"))
        self.rows = Rows(
            holder,
            (
                Column(tr("触发"), 96),
                Column(tr("当时值"), 58, right=True, strong=True),
                Column(tr("持续"), 54, right=True),
                Column(tr("确认"), 112),
                Column(tr("备注")),
            ),
            tr("正在读取…"),
        )
        self.rows.opened.connect(self.opened)
        self.body.addWidget(self.rows, 1)

    def wait(self, text: str) -> None:
        self.rows.empty = text
        self.rows.show_lines([])
        self.rows.update()
        self.remark.setText("")

    def show_earlier(self, earlier: Sequence[Earlier], how_often: HowOften, tag: Tag | None, unit: str, rule: str) -> None:
        self.rows.empty = tr("以前没有发生过，这是第一次。")
        self.rows.show_lines([_line(one, tag, unit, rule) for one in earlier])
        self.rows.update()
        self.remark.setText(
            tr("24 小时 {a} 次　7 天 {b} 次　30 天 {c} 次", a=how_often.day, b=how_often.week, c=how_often.month)
        )


def _line(one: Earlier, tag: Tag | None, unit: str, rule: str) -> Line:
    after = said.short_span(one.ack_after_s)
    acked = tr("{who} {after}后", who=one.acked_by, after=after) if after else tr("未确认")
    lasted = said.short_span(one.duration_s) or tr("未结束")
    raised = vocabulary.local_time(one.raised_at, date=True)
    cells = (raised[:-3], said.value_text(one.value, "", tag, rule), lasted, acked, one.note)
    tip = "\n".join(
        part
        for part in (
            tr("第 {n} 次", n=one.occurrence) + f"　{raised}",
            said.value_text(one.value, unit, tag, rule),
            tr("持续 {time}", time=lasted),
            acked,
            one.note,
        )
        if part
    )
    return Line(cells, one.occurrence, tip=tip)

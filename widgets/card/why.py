"""Why one alarm is silent, or why it alarmed (为什么): the verdict, the facts in order, the last transitions. Console side.

Drawn from the answer of `GET /tags/{tag}/why`; `WhyPanel` shows one rule of it, the page of a tag several side by side.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.alarm import AlarmState, What
from app.domain.journal_words import person
from widgets import vocabulary
from widgets.card.fact import FactRow
from widgets.card.panel import Panel, clear_layout, text_label
from widgets.card.rows import ROW, Column, Line, Rows
from widgets.theme import ThemeHolder
from widgets.words import tr

_WHAT: dict[str, str] = {
    What.RAISED: "触发", What.ACTIVE_AGAIN: "再次超限", What.REANNOUNCED: "重新报出", What.CLEARED: "恢复",
    What.ACKNOWLEDGED: "确认", What.RESET: "复位", What.SHELVED: "搁置", What.UNSHELVED: "取消搁置", What.SUPPRESSED: "抑制",
    What.UNSUPPRESSED: "解除抑制", What.MASKED: "被上级屏蔽", What.UNMASKED: "解除屏蔽", What.OUT_OF_SERVICE: "停用",
    What.RETURNED_TO_SERVICE: "恢复使用", What.SOURCE_LOST: "数据源中断", What.SOURCE_BACK: "数据源恢复",
}  # fmt: skip
_VALUED = frozenset({What.RAISED, What.ACTIVE_AGAIN, What.REANNOUNCED})  # what was measured at the return is not on record
_TOLD_ELSEWHERE = frozenset({"verdict"})


class WhyPanel(Panel):
    """`compact`: on the card, where value, limit and acknowledgement stand in the head already."""

    def __init__(self, holder: ThemeHolder, compact: bool = True) -> None:
        super().__init__(tr("为什么"))
        self._holder = holder
        self._hidden = _TOLD_ELSEWHERE | ({"value", "raised", "acknowledged"} if compact else frozenset())
        self._shown: Mapping[str, Any] | None = None
        self.facts: list[FactRow] = []
        self.verdict = text_label(12.5, bold=True, wrap=True)
        inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(3)
        self.past = Rows(holder, (Column("", 100), Column("")), "")
        self.past.openable = False
        self.past.setMinimumHeight(ROW * 2)
        self.body.addWidget(self.verdict)
        self.body.addWidget(inner)
        self.body.addWidget(self.past, 1)

    def wait(self, text: str) -> None:
        self._clear()
        self._shown = None
        self.verdict.setText(text)
        self.past.show_lines([])

    def show_why(self, answer: Mapping[str, Any], rule: str) -> None:
        """One rule of the answer. A rule that is gone (the limit was taken away) says so."""
        one = next((one for one in answer.get("rules", ()) if one.get("rule") == rule), None)
        if one is None:
            self.wait(tr("这个位号现在没有这条报警规则：限值已取消。"))
            return
        self.show_rule(one)

    def show_rule(self, rule: Mapping[str, Any]) -> None:
        facts: Sequence[Mapping[str, Any]] = rule.get("facts", ())
        verdict = next((fact for fact in facts if fact.get("code") == "verdict"), None)
        self.verdict.setText("" if verdict is None else str(verdict.get("text", "")))
        self.remark.setText(since_text(rule.get("since")))
        self.remark.setToolTip(str((rule.get("since") or {}).get("why", "")))
        limit = next((fact.get("numbers") or {} for fact in facts if fact.get("code") == "limit"), {})
        self._clear()
        now = time.monotonic()
        for fact in facts:
            if fact.get("code") not in self._hidden:
                row = FactRow(self._holder, fact, limit, now)
                self.facts.append(row)
                self._column.addWidget(row)
        self.past.show_lines([_past_line(one) for one in rule.get("past", ())])
        self._shown = rule

    def tick(self) -> None:
        now = time.monotonic()
        for fact in self.facts:
            fact.tick(now)

    def _clear(self) -> None:
        clear_layout(self._column)
        self.facts = []


def since_text(since: Mapping[str, Any] | None) -> str:
    """Since when the limit is what it is: `限值 11-20 08:00 起，wang（批准 zhao）`."""
    if not since:
        return ""
    at = vocabulary.local_time(since.get("at"), date=True)[:-3]
    said = tr("限值 {at} 起，{by}", at=at, by=person(since.get("by", "")))
    approved = since.get("approved_by")
    return said + (tr("（批准 {who}）", who=approved) if approved else "")


def _past_line(one: Mapping[str, Any]) -> Line:
    """In few words; the whole sentence of the journal is the tool tip."""
    what = str(one.get("what", ""))
    lasted, value = one.get("lasted_s"), one.get("value")
    number = vocabulary.number(round(value, 3) if isinstance(value, float) else value, 3).rstrip("0").rstrip(".")
    parts = [
        tr(_WHAT[what]) if what in _WHAT else what,
        number if value is not None and what in _VALUED else "",
        tr("持续 {time}", time=vocabulary.span(lasted)) if lasted is not None else "",
        person(str(one.get("by") or "")),
        str(one.get("note", "")),
    ]
    at = vocabulary.local_time(one.get("time"), date=True)
    return Line((at, "　".join(part for part in parts if part)), tip=f"{at}\n{one.get('text', '')}")


def worst_first(rules: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Rules that are in alarm or put aside before those at rest; otherwise as the station orders them, gravest first."""
    return sorted(rules, key=lambda rule: rule.get("state") == AlarmState.NORM)

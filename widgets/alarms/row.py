"""One line of the alarm queue, made once when its alarm changes, so that painting, sorting and filtering only read.

Console side, no Qt.
"""

from collections.abc import Mapping
from enum import IntFlag

from app.domain.alarm import AlarmState
from app.domain.instant import from_rfc3339
from app.domain.tag import Priority
from app.domain.wire import AlarmMsg
from widgets.vocabulary import has_numbers, local_time, number, priority_word, rule_word, state_word
from widgets.words import tr


class View(IntFlag):
    """The lists of the desk. A row belongs to several."""

    UNACKED = 1
    ACTIVE = 2
    RETURNED = 4
    ASIDE = 8  # shelved, suppressed or out of service
    QUEUE = 16  # all that is not put aside


_ASIDE = {AlarmState.SHLVD, AlarmState.DSUPR, AlarmState.OOSRV}
_VIEWS = {
    AlarmState.UNACK: View.QUEUE | View.UNACKED | View.ACTIVE,
    AlarmState.ACKED: View.QUEUE | View.ACTIVE,
    AlarmState.RTNUN: View.QUEUE | View.UNACKED | View.RETURNED,
    AlarmState.LUNAK: View.QUEUE | View.UNACKED | View.RETURNED,
    AlarmState.LAKED: View.QUEUE | View.RETURNED,
    AlarmState.SHLVD: View.ASIDE,
    AlarmState.DSUPR: View.ASIDE,
    AlarmState.OOSRV: View.ASIDE,
    AlarmState.NORM: View(0),
}
UNACKED_STATES = frozenset(state for state, views in _VIEWS.items() if views & View.UNACKED)

# What and where first: they are read at arm's length; who and when follow.
COLUMNS = ("级别", "位号", "名称", "报警", "当时值", "限值", "状态", "发生时间", "恢复时间", "设备", "确认人", "说明")
PRIORITY, TAG, NAME, RULE, VALUE, LIMIT, STATE, RAISED, CLEARED, EQUIPMENT, BY, NOTE = range(len(COLUMNS))


class Row:
    """`cells` are the texts of COLUMNS; `views` and `hay` decide filters; `folded` are alarms shown inside this row (H
    under HH): acknowledged together with it, because the operator sees them together."""

    __slots__ = ("alarm", "cells", "folded", "hay", "occurrence", "priority", "raised", "state", "views")

    def __init__(self, alarm: AlarmMsg, folded: tuple[AlarmMsg, ...] = (), decimals: int = 1) -> None:
        self.alarm = alarm
        self.occurrence = alarm.occurrence
        self.state = AlarmState(alarm.state)
        self.priority = Priority.of(alarm.priority)
        self.raised = from_rfc3339(alarm.raised_at) if alarm.raised_at else 0
        self.folded = folded
        views = _VIEWS[self.state]
        for inner in folded:
            views |= _VIEWS[AlarmState(inner.state)] & View.UNACKED
        self.views = int(views)
        self.cells = _cells(alarm, self.priority, folded, decimals)
        more = (alarm.area,) if alarm.message in self.cells else (alarm.area, alarm.message)
        self.hay = "\n".join((*self.cells, *more)).lower().encode()  # bytes are searched faster than mixed text

    @property
    def unacked(self) -> list[int]:
        """Occurrences an acknowledgement of this row names."""
        shown = [self.alarm, *self.folded]
        return [one.occurrence for one in shown if AlarmState(one.process_state) in UNACKED_STATES]


def _cells(alarm: AlarmMsg, priority: Priority, folded: tuple[AlarmMsg, ...], decimals: int) -> tuple[str, ...]:
    rule = rule_word(alarm.rule)
    if folded:
        rule += " +" + " ".join(rule_word(inner.rule) for inner in folded)
    unit = f" {alarm.unit}" if alarm.unit else ""
    state = state_word(alarm.state)
    if alarm.source_lost_since:
        state += tr("（源中断 {at}）", at=local_time(alarm.source_lost_since))
    if not alarm.durable:
        state += tr("（未存盘）")
    if alarm.shelved_until:
        state += tr("（至 {at}）", at=local_time(alarm.shelved_until))
    numbers = has_numbers(alarm.rule)
    return (
        priority_word(priority),
        alarm.tag,
        alarm.name,
        rule,
        number(alarm.value, decimals) + unit if numbers and alarm.value is not None else "",
        f"{alarm.limit:g}{unit}" if numbers and alarm.limit is not None else "",
        state,
        local_time(alarm.raised_at, date=True),
        local_time(alarm.cleared_at),
        alarm.equipment,
        alarm.acked_by or alarm.shelved_by,
        alarm.note or alarm.reason or ("" if numbers else _what_happened(alarm)),  # numbers say it already
    )


def _what_happened(alarm: AlarmMsg) -> str:
    """The message without what stands in its own columns: `数据源 gds 数据源中断：连接断开了` is `连接断开了`."""
    head, _, cause = alarm.message.partition("：")
    return cause if head.startswith(alarm.name) else alarm.message


_FOLDS = {"HH": "H", "LL": "L"}
_OUTER = {inner: outer for outer, inner in _FOLDS.items()}


def fold(alarms: Mapping[str, AlarmMsg]) -> list[tuple[AlarmMsg, tuple[AlarmMsg, ...]]]:
    """The live alarms of one tag by rule, H folded under a standing HH and L under LL; each with what it holds."""
    shown: list[tuple[AlarmMsg, tuple[AlarmMsg, ...]]] = []
    for rule, alarm in alarms.items():
        outer = alarms.get(_OUTER.get(rule, ""))
        if outer is not None and _stands_together(outer, alarm):
            continue
        inner = alarms.get(_FOLDS.get(rule, ""))
        shown.append((alarm, (inner,) if inner is not None and _stands_together(alarm, inner) else ()))
    return shown


def _stands_together(outer: AlarmMsg, inner: AlarmMsg) -> bool:
    standing = {AlarmState.UNACK, AlarmState.ACKED}
    return AlarmState(outer.state) in standing and AlarmState(inner.state) in standing

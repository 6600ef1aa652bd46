"""One line of the alarm queue, made once when its alarm changes. What decides lists, filters and places is ready at once;
the texts are set when they are first painted, because in a storm most lines never are.

Console side, no Qt.
"""

from collections.abc import Mapping
from enum import IntFlag
from typing import Any

from app.domain.alarm import AlarmState, RuleKind
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
    QUEUE = 8  # all that is not put aside
    SHELVED = 16
    SUPPRESSED = 32
    OUT_OF_SERVICE = 64
    ASIDE = SHELVED | SUPPRESSED | OUT_OF_SERVICE


_VIEWS = {
    AlarmState.UNACK: View.QUEUE | View.UNACKED | View.ACTIVE,
    AlarmState.ACKED: View.QUEUE | View.ACTIVE,
    AlarmState.RTNUN: View.QUEUE | View.UNACKED | View.RETURNED,
    AlarmState.LUNAK: View.QUEUE | View.UNACKED | View.RETURNED,
    AlarmState.LAKED: View.QUEUE | View.RETURNED,
    AlarmState.SHLVD: View.SHELVED,
    AlarmState.DSUPR: View.SUPPRESSED,
    AlarmState.OOSRV: View.OUT_OF_SERVICE,
    AlarmState.NORM: View(0),
}
UNACKED_STATES = frozenset(state for state, views in _VIEWS.items() if views & View.UNACKED)
_UNACKED = frozenset(state.value for state in UNACKED_STATES)
_STATES = {state.value: state for state in AlarmState}
_PRIORITIES = {priority.word: priority for priority in Priority}
_PLAIN = {state: int(views) for state, views in _VIEWS.items()}  # flags are slow to combine

# Lists and priority of a row in one small number: a filter over all rows is one table of 256 answers.
_KINDS = sorted({views | more for views in _PLAIN.values() for more in (0, int(View.UNACKED))})
_CODES = {(views, rank): number for number, (views, rank) in enumerate((v, p) for v in _KINDS for p in Priority)}
CODED: tuple[tuple[int, Priority], ...] = tuple(_CODES)
"""What each `Row.code` stands for: its lists and its priority."""

# What and where first: they are read at arm's length; who and when follow.
COLUMNS = ("级别", "位号", "名称", "报警", "当时值", "限值", "状态", "发生时间", "恢复时间", "设备", "确认人", "说明")
PRIORITY, TAG, NAME, RULE, VALUE, LIMIT, STATE, RAISED, CLEARED, EQUIPMENT, BY, NOTE = range(len(COLUMNS))


Key = tuple[Any, ...]


class Row:
    """`cells` are the texts of COLUMNS; `code` and `hay` decide filters; `folded` are alarms shown inside this row (H
    under HH): acknowledged together with it, because the operator sees them together."""

    __slots__ = (
        "_cells", "_decimals", "alarm", "code", "folded", "hay", "key", "occurrence", "priority", "raised", "slot",
        "state", "views",
    )  # fmt: skip

    def __init__(self, alarm: AlarmMsg, folded: tuple[AlarmMsg, ...] = (), decimals: int = 1) -> None:
        self.alarm = alarm
        self.occurrence = alarm.occurrence
        self.state = _STATES[alarm.state]
        self.priority = _PRIORITIES.get(alarm.priority) or Priority.of(alarm.priority)
        self.raised = from_rfc3339(alarm.raised_at) if alarm.raised_at else 0
        self.folded = folded
        views = _PLAIN[self.state]
        for inner in folded:
            if inner.state in _UNACKED:
                views |= View.UNACKED.value
        self.views = views
        self.code = _CODES[views, self.priority]
        self._decimals = decimals
        self._cells: tuple[str, ...] | None = None
        words = [
            alarm.tag, alarm.name, _said(alarm, folded), state_word(alarm.state), alarm.equipment, alarm.area,
            alarm.acked_by, alarm.shelved_by, alarm.note, alarm.reason, alarm.message,
        ]  # fmt: skip
        self.slot = -1  # of its text, see `sieve`
        self.key: Key = ()  # its place in the order of the table
        self.hay = "\n".join(words).lower()

    @property
    def cells(self) -> tuple[str, ...]:
        if self._cells is None:
            self._cells = _cells(self.alarm, self.priority, self.folded, self._decimals)
        return self._cells

    @property
    def unacked(self) -> list[int]:
        """Occurrences an acknowledgement of this row names."""
        return [one.occurrence for one in (self.alarm, *self.folded) if one.process_state in _UNACKED]


def _said(alarm: AlarmMsg, folded: tuple[AlarmMsg, ...]) -> str:
    rule = rule_word(alarm.rule)
    return f"{rule} +{' '.join(rule_word(inner.rule) for inner in folded)}" if folded else rule


def _cells(alarm: AlarmMsg, priority: Priority, folded: tuple[AlarmMsg, ...], decimals: int) -> tuple[str, ...]:
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
        "" if alarm.tag.startswith("@") else alarm.tag,  # of the station itself and its sources: the name says it
        alarm.name,
        _said(alarm, folded),
        number(alarm.value, decimals) + unit if numbers and alarm.value is not None else "",
        f"{alarm.limit:g}{unit}" if numbers and alarm.limit is not None else "",
        state,
        local_time(alarm.raised_at, date=True),
        local_time(alarm.cleared_at),
        alarm.equipment,
        alarm.acked_by or alarm.shelved_by,
        alarm.note or alarm.reason or (_foretold(alarm) if numbers else _what_happened(alarm)),  # numbers say it already
    )


def _foretold(alarm: AlarmMsg) -> str:
    """Of a pre-alarm when its limit was to be reached, as reckoned at the raise."""
    return tr("预计 {at} 到限", at=local_time(alarm.limit_at)[:5]) if alarm.limit_at and not alarm.cleared_at else ""


def _what_happened(alarm: AlarmMsg) -> str:
    """The message without what stands in its own columns: `数据源 gds 数据源中断：连接断开了` is `连接断开了`."""
    head, _, cause = alarm.message.partition("：")
    return cause if head.startswith(alarm.name) else alarm.message


_STANDING = frozenset({AlarmState.UNACK.value, AlarmState.ACKED.value})
_SEEN = _STANDING | {AlarmState.RTNUN.value}
_FOLDS = {"HH": "H", "LL": "L"}
_OUTER = {inner: outer for outer, inner in _FOLDS.items()}


def fold(alarms: Mapping[str, AlarmMsg]) -> list[tuple[AlarmMsg, tuple[AlarmMsg, ...]]]:
    """The live alarms of one tag by rule, H folded under a standing HH and L under LL, a pre-alarm
    under the alarm it warned of; each with what it holds."""
    shown: list[tuple[AlarmMsg, tuple[AlarmMsg, ...]]] = []
    for rule, alarm in alarms.items():
        outer = alarms.get(_OUTER.get(rule, ""))
        if outer is not None and _stands_together(outer, alarm):
            continue
        if rule == RuleKind.RATE and _holder(alarms, alarm) is not None:
            continue
        inner = alarms.get(_FOLDS.get(rule, ""))
        held = [inner] if inner is not None and _stands_together(alarm, inner) else []
        warned = alarms.get(RuleKind.RATE)
        if warned is not None and _holder(alarms, warned) == rule:
            held.append(warned)
        shown.append((alarm, tuple(held)))
    return shown


def _holder(alarms: Mapping[str, AlarmMsg], warned: AlarmMsg) -> str | None:
    """The rule that came after the pre-alarm and shows it inside: what it warned of is here."""
    if warned.state not in _SEEN:
        return None
    for outer, inner in _FOLDS.items():
        standing = [one for rule in (outer, inner) if (one := alarms.get(rule)) is not None and one.state in _STANDING]
        if any(one.limit == warned.limit for one in standing):
            return standing[0].rule
    return None


def _stands_together(outer: AlarmMsg, inner: AlarmMsg) -> bool:
    return outer.state in _STANDING and inner.state in _STANDING

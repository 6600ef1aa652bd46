"""The desk's words for codes: priorities, states, rules, qualities, reasons, kinds; and how numbers and times are written.

Console side. One place, so that table, picture and faceplate say the same thing.
"""

from datetime import UTC, datetime
from functools import lru_cache

from app.domain.alarm import AlarmState, RuleKind
from app.domain.sample import Quality, Reason, Value
from app.domain.sample_words import QUALITIES, REASONS
from app.domain.tag import Priority
from widgets.words import tr

_PRIORITY = {Priority.CRITICAL: "紧急", Priority.HIGH: "高", Priority.MEDIUM: "中", Priority.LOW: "低"}
_STATE: dict[str, str] = {
    AlarmState.NORM: "正常",
    AlarmState.UNACK: "未确认",
    AlarmState.ACKED: "已确认",
    AlarmState.RTNUN: "已恢复 未确认",
    AlarmState.LUNAK: "锁存 未确认",
    AlarmState.LAKED: "锁存 待复位",
    AlarmState.SHLVD: "搁置",
    AlarmState.DSUPR: "抑制",
    AlarmState.OOSRV: "停用",
}
_RULE: dict[str, str] = {
    RuleKind.HH: "高高报",
    RuleKind.H: "高报",
    RuleKind.L: "低报",
    RuleKind.LL: "低低报",
    RuleKind.STATE: "状态异常",
    RuleKind.BAD: "数据坏",
    RuleKind.RATE: "趋势预警",
    RuleKind.LINK: "数据源中断",
    RuleKind.SYSTEM: "系统",
}
_NUMBERLESS = frozenset({RuleKind.STATE, RuleKind.BAD, RuleKind.LINK, RuleKind.SYSTEM})


def priority_word(priority: Priority) -> str:
    return tr(_PRIORITY[priority])


def state_word(state: str) -> str:
    return tr(_STATE[state])


def rule_word(rule: str) -> str:
    """The short name of a rule; one this version does not know is shown as it came."""
    return tr(_RULE[rule]) if rule in _RULE else rule


def has_numbers(rule: str) -> bool:
    """Do value and limit of such an alarm mean anything to a person? Of a switch or a lost source they are only 0 and 1."""
    return rule not in _NUMBERLESS


def quality_word(quality: str) -> str:
    return tr(QUALITIES[Quality(quality)])


def reason_word(reason: str) -> str:
    return tr(REASONS[Reason(reason)]) if reason in set(Reason) and reason else reason


def number(value: Value | None, decimals: int = 1) -> str:
    """`92.1`; "—" when there is none; switches as 0 and 1."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "1" if value else "0"
    return f"{value:.{decimals}f}" if isinstance(value, float) else str(value)


def local_time(text: str | None, date: bool = False) -> str:
    """Local wall time of an RFC 3339 UTC text, `02:40:00`, with `date` `11-21 02:40:00`; "" for None."""
    return _to_second(text[:19], date) if text else ""


@lru_cache(maxsize=4096)
def _to_second(text: str, date: bool) -> str:
    """Alarms of one second share their text."""
    at = datetime.fromisoformat(text).replace(tzinfo=UTC).astimezone()
    return at.strftime("%m-%d %H:%M:%S" if date else "%H:%M:%S")


def forget_times() -> None:
    """The wall time is another one from now on."""
    _to_second.cache_clear()


def span(seconds: float) -> str:
    """An age: `3 秒`, `12 分`, `5 小时`, `2 天`."""
    for size, word in ((86400, "{n} 天"), (3600, "{n} 小时"), (60, "{n} 分")):
        if seconds >= size:
            return tr(word, n=int(seconds // size))
    return tr("{n} 秒", n=max(0, int(seconds)))

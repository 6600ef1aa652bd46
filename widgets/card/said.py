"""What the card says in words: how far beyond the limit, since when, what became of it. Pure: no Qt, no clock."""

from collections.abc import Mapping

from app.domain.alarm import AlarmState, RuleKind
from app.domain.card import LimitsThen
from app.domain.instant import SECOND, Instant, from_rfc3339
from app.domain.journal_words import person
from app.domain.sample import Value
from app.domain.tag import Tag
from app.domain.wire import AlarmMsg
from widgets import vocabulary
from widgets.words import tr

UPWARD = frozenset({RuleKind.H.value, RuleKind.HH.value})
DOWNWARD = frozenset({RuleKind.L.value, RuleKind.LL.value})
_STANDING = frozenset({AlarmState.UNACK.value, AlarmState.ACKED.value, AlarmState.LUNAK.value, AlarmState.LAKED.value})


def clock(seconds: float) -> str:
    """A running duration: `04:05`, `1:02:03`, `3 天 04:05:06`. Never negative: two clocks may differ."""
    whole = max(0, int(seconds))
    days, rest = divmod(whole, 86_400)
    hours, rest = divmod(rest, 3600)
    text = f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours or days else f"{rest // 60:02}:{rest % 60:02}"
    return tr("{n} 天 {time}", n=days, time=text) if days else text


def headline(alarm: AlarmMsg) -> str:
    """`V-204液位 高高报`; of a lost source or the station itself, what happened in its own words."""
    if alarm.rule in (RuleKind.LINK, RuleKind.SYSTEM) and alarm.message:
        return alarm.message
    return f"{alarm.name or alarm.tag}　{vocabulary.rule_word(alarm.rule)}"


def lasted(alarm: AlarmMsg, now: Instant) -> float | None:
    """Seconds from the raise to the return, or to now while it stands."""
    if alarm.raised_at is None:
        return None
    end = now if alarm.cleared_at is None else from_rfc3339(alarm.cleared_at)
    return max(0.0, (end - from_rfc3339(alarm.raised_at)) / SECOND)


def beyond(alarm: AlarmMsg, value: Value | None, tag: Tag | None) -> str:
    """Where the value stands against the limit of the alarm: `高出限值 0.12 m`, `已回到限值内 0.30 m`; of a pre-alarm what is
    still to go: `距限值 0.80 m`. "" where nothing can be compared; a value at the limit is beyond it, as the rule has it."""
    if alarm.rule == RuleKind.RATE:
        return _to_go(alarm, value, tag)
    if alarm.limit is None or value is None or isinstance(value, str | bool) or alarm.rule not in UPWARD | DOWNWARD:
        return ""
    over = value - alarm.limit if alarm.rule in UPWARD else alarm.limit - value
    amount = f"{vocabulary.number(abs(over), _decimals(tag))} {alarm.unit}".strip()
    if over >= 0:
        return tr("高出限值 {amount}", amount=amount) if alarm.rule in UPWARD else tr("低于限值 {amount}", amount=amount)
    return tr("已回到限值内 {amount}", amount=amount)


def _to_go(alarm: AlarmMsg, value: Value | None, tag: Tag | None) -> str:
    warned = warned_of(alarm, tag)
    if alarm.limit is None or not warned or value is None or isinstance(value, str | bool):
        return ""
    way = alarm.limit - value if warned in UPWARD else value - alarm.limit
    amount = f"{vocabulary.number(abs(way), _decimals(tag))} {alarm.unit}".strip()
    return tr("距限值 {amount}", amount=amount) if way > 0 else tr("已到限值")


def warned_of(alarm: AlarmMsg, tag: Tag | None) -> str:
    """Which of the tag's limits a pre-alarm warns of: `H`; "" where the limits are others now."""
    if alarm.rule != RuleKind.RATE or tag is None:
        return ""
    held = ((name, getattr(tag.limits, name.lower())) for name in ("H", "HH", "L", "LL"))
    return next((name for name, limit in held if limit is not None and limit == alarm.limit), "")


def limit_text(alarm: AlarmMsg, tag: Tag | None) -> str:
    """`HH 12.60 m`, of a pre-alarm the limit it warns of; of a switch its word, "" without."""
    if alarm.limit is None or not vocabulary.has_numbers(alarm.rule):
        return ""
    rule = warned_of(alarm, tag) if alarm.rule == RuleKind.RATE else alarm.rule
    return f"{rule} {vocabulary.number(alarm.limit, _decimals(tag))} {alarm.unit}".strip()


def basis(limits: LimitsThen | None) -> str:
    """Where the limit comes from: version, since when, by whom."""
    if limits is None or limits.version is None:
        return ""
    since = vocabulary.local_time(limits.since, date=True)[:-3]
    said = tr("第 {n} 版，{at} 起，{by}", n=limits.version, at=since, by=person(limits.by))
    return f"{said}，{tr('此后已变更')}" if limits.changed_since else said


def state_lines(alarm: AlarmMsg, live: bool) -> tuple[str, str]:
    """The state in a word, and who did what about it."""
    word = vocabulary.state_word(alarm.state) if live else tr("已结束")
    lines = []
    if alarm.acked_at:
        lines.append(tr("{who} {at} 确认", who=alarm.acked_by, at=vocabulary.local_time(alarm.acked_at)))
    if live and alarm.shelved_until:
        lines.append(tr("{who} 搁置至 {at}", who=alarm.shelved_by, at=vocabulary.local_time(alarm.shelved_until)))
    if live and alarm.reason:
        lines.append(alarm.reason)
    if live and alarm.state in (AlarmState.SHLVD, AlarmState.DSUPR, AlarmState.OOSRV):
        lines.append(tr("底下的状态：{word}", word=vocabulary.state_word(alarm.process_state)))
    if alarm.cleared_at:
        lines.append(tr("{at} 恢复", at=vocabulary.local_time(alarm.cleared_at)))
    if alarm.note:
        lines.append(tr("备注：{note}", note=alarm.note))
    if not alarm.durable:
        lines.append(tr("尚未存盘"))
    return word, "，".join(lines)


def is_standing(alarm: AlarmMsg, live: bool) -> bool:
    return live and (alarm.state in _STANDING or alarm.process_state in _STANDING)


def value_text(value: Value | None, unit: str, tag: Tag | None, rule: str) -> str:
    """The value of an occurrence, in the words of a table cell."""
    if value is None or not vocabulary.has_numbers(rule):
        return ""
    return f"{vocabulary.number(value, _decimals(tag))} {unit}".strip()


def short_span(seconds: float | None) -> str:
    """`45 秒`, `3 分`, `2 小时`; "" for None."""
    return "" if seconds is None else vocabulary.span(seconds)


def _decimals(tag: Tag | None) -> int:
    return 1 if tag is None else tag.decimals


def with_limits(tag: Tag, limits: LimitsThen | None) -> Mapping[str, float]:
    """The limits to draw for the time of the alarm, by name; those of today until the station has said."""
    names = ("ll", "l", "h", "hh")
    found = {name: getattr(tag.limits if limits is None else limits, name) for name in names}
    return {name.upper(): limit for name, limit in found.items() if limit is not None}

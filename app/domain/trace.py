"""Why is it silent, why did it alarm (报警追溯): everything that stands between a value and an alarm, as plain facts.

Both sides; pure. One fact is a code for programs, a Chinese sentence for people and the numbers in it; the first one is the
verdict. What the journal knows of the past is added by the station (`station.why`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domain.alarm import AlarmRule, AlarmState, RuleKind, RuleState
from app.domain.alarm_step import FAR_AGAIN, HIGH, LOW
from app.domain.instant import SECOND, Instant, to_rfc3339
from app.domain.sample import Quality, Sample, Value
from app.domain.sample_words import reason_words

_VERDICTS = {
    AlarmState.NORM: "没有报警",
    AlarmState.UNACK: "正在报警，尚未确认",
    AlarmState.ACKED: "正在报警，已确认，条件仍在",
    AlarmState.RTNUN: "条件已消失，报警尚未确认",
    AlarmState.LUNAK: "已锁存，尚未确认",
    AlarmState.LAKED: "已锁存，已确认，等待复位",
    AlarmState.SHLVD: "不发声：已搁置",
    AlarmState.DSUPR: "不发声：已抑制",
    AlarmState.OOSRV: "不发声：已停用",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """`numbers`: JSON-able; times RFC 3339, spans in seconds."""

    code: str
    text: str
    numbers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Around:
    """What rule, state and sample do not know. `clock` writes a time for people; `mask` is the parent alarm in words; `detail`
    is the station's word for the trouble of a source or of itself; `plain_off_delay` the one without the chatter guard."""

    unit: str = ""
    decimals: int = 1
    clock: Callable[[Instant], str] = to_rfc3339
    mask: str = ""
    detail: str = ""
    chattering_since: Instant | None = None
    plain_off_delay: Instant | None = None


def why(rule: AlarmRule, state: RuleState, sample: Sample | None, now: Instant, around: Around) -> tuple[Fact, ...]:
    """`sample` None: the alarm is that of a source or of the station, there is no value."""
    trace = _Trace(rule, state, now, around)
    trace.verdict()
    if sample is None:
        trace.add("link" if rule.kind is RuleKind.LINK else "system", around.detail or "没有故障记录")
    else:
        trace.value(sample)
        if rule.limit is not None:
            trace.limit(rule.limit)
            trace.condition(rule.limit, sample)
        if rule.kind is RuleKind.RATE:
            trace.ahead()
    trace.delay()
    trace.standing()
    trace.overlays()
    trace.chatter()
    return tuple(trace.facts)


def span(length: Instant) -> str:
    """`8 秒`, `12 分钟`, `3 小时 5 分钟`, `2 天 4 小时`."""
    whole = max(0, length) // SECOND
    if whole < 60:
        part = max(0, length) / SECOND
        return f"{part:.1f} 秒" if part < 10 and part != whole else f"{whole} 秒"
    minutes, hours, days = whole // 60, whole // 3600, whole // 86_400
    if minutes < 60:
        return f"{minutes} 分钟"
    if hours < 24:
        return f"{hours} 小时 {minutes % 60} 分钟"
    return f"{days} 天 {hours % 24} 小时"


class _Trace:
    def __init__(self, rule: AlarmRule, state: RuleState, now: Instant, around: Around) -> None:
        self.rule, self.state, self.now, self.around = rule, state, now, around
        self.facts: list[Fact] = []

    def add(self, code: str, text: str, **numbers: Any) -> None:
        self.facts.append(Fact(code, text, numbers))

    def verdict(self) -> None:
        shown, process = self.state.shown, self.state.process_state
        text = _VERDICTS[shown]
        if shown is AlarmState.DSUPR and not self.state.suppressed:
            text = "不发声：被上级报警屏蔽"
        if self.state.overlay is not None:
            text += f"（其下：{_VERDICTS[process]}）"
        self.add("verdict", text, state=shown.value, process_state=process.value)

    # the value against the limit

    def value(self, sample: Sample) -> None:
        age = self.now - sample.source_time
        seen = f"{self._number(sample.value)}，{span(age)}前"
        numbers = {"value": _plain(sample.value), "quality": sample.quality.value, "age_s": round(age / SECOND, 1)}
        if sample.quality is Quality.GOOD:
            self.add("value", f"现在 {seen}，数据良好", **numbers)
            return
        why = reason_words(sample.reason, sample.detail)
        last = "还没有收到过值" if sample.value is None else f"最后的值 {seen}"
        holds = "" if self.rule.kind is RuleKind.BAD else "；数据不可信期间报警不变化，延时暂停"
        self.add("not_good", f"数据不可信：{why}，{last}{holds}", reason=sample.reason.value, **numbers)

    def limit(self, limit: float) -> None:
        rule = self.rule
        parts = [f"报警值 {limit:g}" if rule.kind is RuleKind.STATE else f"限值 {self._number(limit)}"]
        if rule.deadband:
            parts.append(f"死区 {self._number(rule.deadband)}")
        parts.append(f"报警延时 {span(rule.on_delay)}，消警延时 {span(rule.off_delay)}")
        if rule.latching:
            parts.append("锁存")
        self.add(
            "limit",
            "，".join(parts),
            limit=limit,
            deadband=rule.deadband,
            on_delay_s=rule.on_delay / SECOND,
            off_delay_s=rule.off_delay / SECOND,
            latching=rule.latching,
        )

    def ahead(self) -> None:
        """What a pre-alarm waits for, and of which limit it warns."""
        rule, state = self.rule, self.state
        text = (
            f"预计 {span(rule.within)}内到限、持续 {span(rule.on_delay)}即预警；预计超过 {span(round(rule.within * FAR_AGAIN))}"
            f"或不再趋向限值、持续 {span(rule.off_delay)}，或该限值报警时结束（持续时间和倍数为默认值，非官方规定）"
        )
        self.add("ahead", text, within_s=rule.within / SECOND, on_delay_s=rule.on_delay / SECOND)
        if state.active and state.limit is not None and state.limit_at is not None:
            text = f"报警时预计 {self._at(state.limit_at)} 到限值 {self._number(state.limit)}"
            self.add("limit_at", text, limit=state.limit, at=to_rfc3339(state.limit_at))

    def condition(self, limit: float, sample: Sample) -> None:
        """Only a good value says anything about the condition."""
        value, rule = sample.value, self.rule
        if sample.quality is not Quality.GOOD or isinstance(value, str) or value is None:
            return
        if rule.kind is RuleKind.STATE:
            if value == limit:
                self.add("beyond", f"现在是报警值 {limit:g}", by=0.0)
            else:
                self.add("within", f"现在不是报警值 {limit:g}", by=0.0)
            return
        high = rule.kind in HIGH
        if not high and rule.kind not in LOW:
            return
        beyond = value - limit if high else limit - value
        end = limit - rule.deadband if high else limit + rule.deadband
        if beyond >= 0:
            word = "达到或高于" if high else "达到或低于"
            self.add("beyond", f"{word}限值，超出 {self._number(abs(beyond))}", by=beyond)
        elif self.state.active and not self.state.pending:
            word = "不高于" if high else "不低于"
            self.add("deadband", f"已回到限值以内，但死区使报警保持，须{word} {self._number(end)} 才消警", until=end, by=beyond)
        else:
            self.add("within", f"未到限值，还差 {self._number(-beyond)}", by=beyond)

    def delay(self) -> None:
        state, rule = self.state, self.rule
        if not state.pending:
            return
        running = state.running_from is not None
        done = state.elapsed + (max(0, self.now - state.running_from) if state.running_from is not None else 0)
        due = rule.off_delay if state.active else rule.on_delay
        what, code = ("消警延时", "off_delay") if state.active else ("报警延时", "on_delay")
        text = f"{what}：{span(due)}中已过 {span(min(done, due))}" + ("" if running else "，因数据不可信而暂停")
        self.add(code, text, of_s=due / SECOND, done_s=round(min(done, due) / SECOND, 1), running=running)

    # what happened, what lies over it

    def standing(self) -> None:
        state = self.state
        if state.raised_at is not None and state.process_state is not AlarmState.NORM:
            limit = "" if state.limit is None or self.rule.kind is RuleKind.STATE else f"，当时限值 {self._number(state.limit)}"
            then = f"当时值 {self._number(state.value)}{limit}"
            text = f"{self._at(state.raised_at)} 报警，{then}，至今 {self._since(state.raised_at)}"
            numbers = {"occurrence": state.occurrence, "at": to_rfc3339(state.raised_at)}
            self.add("raised", text, value=_plain(state.value), limit=state.limit, **numbers)
            if state.acked_at is not None:
                note = f"，说明：{state.note}" if state.note else ""
                text = f"{state.acked_by} 于 {self._at(state.acked_at)} 确认{note}"
                self.add("acknowledged", text, by=state.acked_by, at=to_rfc3339(state.acked_at), note=state.note)
        if state.latched:
            steps = "复位" if state.acked else "先确认再复位"
            self.add("latched", f"条件已消失，锁存使报警保持，须{steps}", acked=state.acked)
        if state.source_lost_since is not None:
            lost = state.source_lost_since
            text = f"数据源自 {self._at(lost)} 中断（{self._since(lost)}），报警按最后所知保持"
            self.add("source_lost", text, since=to_rfc3339(lost))

    def overlays(self) -> None:
        """Gravest first: that is the one that counts."""
        state = self.state
        if state.out_of_service:
            self.add("out_of_service", f"已停用：{state.out_of_service}", reason=state.out_of_service)
        if state.suppressed:
            self.add("suppressed", f"已抑制：{state.suppressed}", reason=state.suppressed)
        if state.masked_by:
            self.add("masked", f"被上级报警屏蔽：{self.around.mask or state.masked_by}", parent=state.masked_by)
        if state.shelved_until is not None:
            until = state.shelved_until
            text = (
                f"已由 {state.shelved_by} 搁置到 {self._at(until)}，还剩 {span(until - self.now)}，原因：{state.shelve_reason}"
            )
            left = round(max(0, until - self.now) / SECOND, 1)
            numbers = {"by": state.shelved_by, "until": to_rfc3339(until), "reason": state.shelve_reason, "left_s": left}
            self.add("shelved", text, **numbers)

    def chatter(self) -> None:
        since, plain = self.around.chattering_since, self.around.plain_off_delay
        if since is None or plain is None:
            return
        longer = self.rule.off_delay
        text = f"自 {self._at(since)} 起反复报警，消警延时由 {span(plain)} 暂时加长到 {span(longer)}"
        self.add("chattering", text, since=to_rfc3339(since), plain_s=plain / SECOND, off_delay_s=longer / SECOND)

    # words

    def _number(self, value: Value | None) -> str:
        if value is None:
            return "无值"
        if isinstance(value, bool) or self.rule.kind is RuleKind.STATE:
            return f"{value:g}" if isinstance(value, int | float) else value
        if isinstance(value, int | float):
            return f"{value:.{max(0, self.around.decimals)}f} {self.around.unit}".rstrip()
        return value

    def _at(self, at: Instant) -> str:
        return self.around.clock(at)

    def _since(self, at: Instant) -> str:
        return span(self.now - at)


def _plain(value: Value | None) -> Value | None:
    """JSON knows no NaN."""
    return None if isinstance(value, float) and value != value else value

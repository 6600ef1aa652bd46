"""The alarm as people and files get it: `AlarmMsg`, journal record and history row of one change. Station side, pure.

Texts are Chinese; consoles may say the same in English from the fields beside the text.
"""

from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from app.domain.alarm import AlarmRule, AlarmState, RuleKind, RuleState, What
from app.domain.instant import MINUTE, SECOND, Instant, to_datetime, to_rfc3339
from app.domain.plant import Equipment, Site
from app.domain.sample import Reason, Value
from app.domain.sample_words import reason_words
from app.domain.tag import Tag
from app.domain.wire import AlarmMsg, EventMsg
from app.station.changes import Change
from app.store.rows import OccurrenceRow, Record

KIND_WORDS = {
    RuleKind.HH: "高高报",
    RuleKind.H: "高报",
    RuleKind.L: "低报",
    RuleKind.LL: "低低报",
    RuleKind.STATE: "状态报警",
    RuleKind.BAD: "数据失效",
    RuleKind.RATE: "趋势预警",
    RuleKind.LINK: "数据源中断",
    RuleKind.SYSTEM: "站自身故障",
}
LIMITED = (RuleKind.HH, RuleKind.H, RuleKind.L, RuleKind.LL)
SYSTEM_NAMES = {
    "@station/journal": "事件日志存储",
    "@station/history": "历史数据存储",
    "@station/clock": "站时钟",
    "@station/disk": "数据盘",
    "@station/audio": "值守席声音",
    "@station/dispatch": "通知外发",
    "@station/loop": "站的响应",
    "@station/integrity": "日志完整性",
    "@station/video": "报警预录",
    "@station/video_clip": "报警录像",
    "@station/video_clock": "摄像机时钟",
}


def optional_time(at: Instant | None) -> str | None:
    return None if at is None else to_rfc3339(at)


def shown_value(value: Value | None, tag: Tag | None) -> str:
    if value is None:
        return "无值"
    if isinstance(value, float) and tag is not None:
        return f"{value:.{max(0, tag.decimals)}f}"
    return str(value)


def raised_limit(rule: AlarmRule, state: RuleState) -> float | None:
    """The limit the present occurrence was raised by; that of today where it is not on record."""
    return rule.limit if state.limit is None else state.limit


class Wording:
    """Knows the site and the details of troubles; turns changes into messages. `reason(tag)` is the present reason of a bad
    tag and the device's word for it."""

    def __init__(self, site: Site, reason: Callable[[str], tuple[Reason, str]]) -> None:
        self._reason = reason
        self.details: dict[str, str] = {}  # of LINK and SYSTEM alarms, by tag
        self.chattering: set[str] = set()  # rule keys
        self.adopt(site)

    def adopt(self, site: Site) -> None:
        """The configuration that counts from now on."""
        self._tags: Mapping[str, Tag] = {tag.tag: tag for tag in site.tags}
        self._equipment: Mapping[str, Equipment] = {e.equipment: e for e in site.equipment}
        self._sources = {f"@{source.id}": source for source in site.sources}
        self._cameras = {f"@camera/{camera.camera}": camera for camera in site.cameras}
        self._zone = ZoneInfo(site.timezone)

    def equipment_of(self, tag: str) -> Equipment | None:
        known = self._tags.get(tag)
        return None if known is None else self._equipment.get(known.equipment)

    def name_of(self, tag: str) -> str:
        known = self._tags.get(tag)
        if known is not None:
            return known.name or known.tag
        source = self._sources.get(tag)
        if source is not None:
            return f"数据源 {source.id}"
        camera = self._cameras.get(tag)
        if camera is not None:
            return f"摄像机 {camera.name or camera.camera}"
        return SYSTEM_NAMES.get(tag, tag)

    def mask_words(self, key: str) -> str:
        """What masks an alarm, in words: `屏蔽源：压缩机停机 状态报警（K101.RUN/STATE）`; "" for nothing."""
        tag, _, kind = key.rpartition("/")
        word = next((word for rule, word in KIND_WORDS.items() if rule == kind), kind)
        return f"屏蔽源：{self.name_of(tag)} {word}（{key}）" if key else ""

    def sentence(self, rule: AlarmRule, state: RuleState) -> str:
        name, kind = self.name_of(rule.tag), KIND_WORDS[rule.kind]
        tag = self._tags.get(rule.tag)
        unit = "" if tag is None else tag.unit
        match rule.kind:
            case RuleKind.HH | RuleKind.H | RuleKind.L | RuleKind.LL:
                way = "≥" if rule.kind in (RuleKind.HH, RuleKind.H) else "≤"
                limit = raised_limit(rule, state)
                return f"{name} {kind}：{shown_value(state.value, tag)} {unit} {way} {limit:g} {unit}".rstrip()
            case RuleKind.STATE:
                return f"{name} {kind}"
            case RuleKind.BAD:
                reason, detail = self._reason(rule.tag)
                why = reason_words(reason, detail)
                return f"{name} {kind}" + (f"：{why}" if why and state.active else "")
            case RuleKind.RATE:
                return f"{name} {kind}：{self._ahead(state, tag)}"
            case _:
                detail = self.details.get(rule.tag, "")
                return f"{name} {kind}" + (f"：{detail}" if detail else "")

    def _ahead(self, state: RuleState, tag: Tag | None) -> str:
        """Minutes count from the raise and grow old; the time of day does not."""
        unit = "" if tag is None else tag.unit
        limits = () if tag is None else (getattr(tag.limits, kind.lower()) for kind in LIMITED)
        named = next((KIND_WORDS[kind] for kind, limit in zip(LIMITED, limits, strict=False) if limit == state.limit), "限值")
        limit = "" if state.limit is None else f"，限值 {state.limit:g} {unit}".rstrip()
        then = f"，当时 {shown_value(state.value, tag)} {unit}".rstrip()
        if state.limit_at is None or state.raised_at is None:
            return f"按当时速度将到{named}{limit}{then}"
        left, at = state.limit_at - state.raised_at, to_datetime(state.limit_at).astimezone(self._zone)
        said = f"{round(left / MINUTE)} 分钟" if left >= 1.5 * MINUTE else f"{round(left / SECOND)} 秒"
        return f"按此速度 {said}后到{named}（约 {at:%H:%M}{limit}{then}）"

    def alarm(self, rule: AlarmRule, state: RuleState, durable: bool = True, first_out: bool = False) -> AlarmMsg:
        tag, equipment = self._tags.get(rule.tag), self.equipment_of(rule.tag)
        return AlarmMsg(
            occurrence=state.occurrence,
            tag=rule.tag,
            name=self.name_of(rule.tag),
            equipment="" if tag is None else tag.equipment,
            rule=rule.kind.value,
            state=state.shown.value,
            priority=rule.priority.word,
            value=state.value,
            limit=state.limit if rule.kind is RuleKind.RATE else rule.limit,
            unit="" if tag is None else tag.unit,
            raised_at=optional_time(state.raised_at),
            cleared_at=optional_time(state.cleared_at),
            acked_at=optional_time(state.acked_at),
            acked_by=state.acked_by,
            note=state.note,
            shelved_until=optional_time(state.shelved_until),
            source_lost_since=optional_time(state.source_lost_since),
            message=self.sentence(rule, state),
            first_out=first_out,
            process_state=state.process_state.value,
            hazard_source="" if equipment is None else equipment.hazard_source,
            area="" if equipment is None else equipment.area,
            shelved_by=state.shelved_by,
            reason=state.out_of_service or state.suppressed or self.mask_words(state.masked_by) or state.shelve_reason,
            guidance="" if tag is None else tag.guidance,
            durable=durable,
            chattering=rule.key in self.chattering,
            limit_at=optional_time(state.limit_at),
        )

    def past(self, row: OccurrenceRow) -> AlarmMsg:
        """An occurrence of the history of alarms."""
        equipment = self.equipment_of(row.tag)
        return AlarmMsg(
            occurrence=row.occurrence,
            tag=row.tag,
            name=self.name_of(row.tag),
            equipment=row.equipment,
            rule=row.rule,
            state=row.state,
            priority=row.priority,
            value=row.value,
            limit=row.limit,
            unit=row.unit,
            raised_at=to_rfc3339(row.raised_at),
            cleared_at=optional_time(row.cleared_at),
            acked_at=optional_time(row.acked_at),
            acked_by=row.acked_by,
            note=row.note,
            message=row.message,
            process_state=row.state,
            hazard_source="" if equipment is None else equipment.hazard_source,
            area="" if equipment is None else equipment.area,
        )

    def event(self, change: Change, record: int) -> EventMsg:
        t = change.transition
        return EventMsg(
            id=record,
            time=to_rfc3339(t.at),
            what=t.what.value,
            tag=change.rule.tag,
            rule=change.rule.kind.value,
            occurrence=t.occurrence,
            before=t.before.value,
            after=t.after.value,
            annunciate=t.annunciate,
            priority=change.rule.priority.word,
            by=t.by,
            note=t.note,
            value=t.value,
        )

    def record(self, change: Change) -> Record:
        rule, t = change.rule, change.transition
        data = {
            "after": t.after.value,
            "annunciate": t.annunciate,
            "before": t.before.value,
            "limit": change.state.limit if rule.kind is RuleKind.RATE else rule.limit,
            "note": t.note,
            "priority": rule.priority.word,
            "rule": rule.kind.value,
            "source_time": optional_time(change.state.source_time),
            "value": t.value,
            "what": t.what.value,
        }
        if t.what in (What.SHELVED, What.SHELF_MOVED):
            data["until"] = optional_time(change.state.shelved_until)
        if rule.kind is RuleKind.RATE:
            data["limit_at"] = optional_time(change.state.limit_at)
        return Record(t.at, "alarm", t.by, rule.tag, t.occurrence, data)

    def rows(self, change: Change) -> list[OccurrenceRow]:
        """What the history of alarms has to say: the present occurrence, and the one it took the place of. None of them for
        an overlay on a rule that never alarmed."""
        rows = []
        if change.before.occurrence != change.state.occurrence and change.before.overlay is not None:
            rows.append(self._row(change.rule, change.before, change.before.process_state))
        state = change.state
        rows.append(self._row(change.rule, state, AlarmState.NORM if _over(state) else state.shown))
        return [row for row in rows if row is not None]

    def _row(self, rule: AlarmRule, state: RuleState, shown: AlarmState) -> OccurrenceRow | None:
        if state.raised_at is None:
            return None
        tag = self._tags.get(rule.tag)
        return OccurrenceRow(
            occurrence=state.occurrence,
            tag=rule.tag,
            rule=rule.kind.value,
            priority=rule.priority.word,
            equipment="" if tag is None else tag.equipment,
            state=shown.value,
            value=state.value,
            limit=raised_limit(rule, state),
            unit="" if tag is None else tag.unit,
            message=self.sentence(rule, state),
            raised_at=state.raised_at,
            cleared_at=state.cleared_at,
            acked_at=state.acked_at,
            acked_by=state.acked_by,
            note=state.note,
            announced=state.announced,
        )


def _over(state: RuleState) -> bool:
    """Over is over, whatever overlay still lies on the rule."""
    return state.process_state is AlarmState.NORM

"""The policy of the desk (报警操作规定): what a person must write and may do, after the settings. Both sides; pure.

Each function refuses with a sentence that tells the limit. Who may act at all is `roles`; what the alarm's state allows is
`alarm_step`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.alarm import AlarmRule, Refused, RuleKind, RuleState
from app.domain.roles import Action, Role, may
from app.domain.settings.alarm import LONGEST_MIN, PRIORITIES, AlarmSettings, ShelveSettings
from app.domain.tag import Priority

PRIORITY_WORDS = {
    Priority.CRITICAL.word: "紧急",
    Priority.HIGH.word: "高",
    Priority.MEDIUM.word: "中",
    Priority.LOW.word: "低",
}


@dataclass(frozen=True, slots=True)
class Shelved:
    """How many alarms are shelved now: by this person, and in the whole station."""

    mine: int = 0
    all: int = 0


def note_due(settings: AlarmSettings, rule: AlarmRule, state: RuleState, occurrence: int, note: str) -> None:
    """Raises Refused when this acknowledgement needs a note. What is over or acknowledged is refused for that elsewhere."""
    waits = state.occurrence == occurrence and not state.acked
    if waits and rule.priority.word in settings.note_required and not note.strip():
        raise Refused("note_required", f"{PRIORITY_WORDS[rule.priority.word]}级报警确认时必须填写说明")


def shelve_reason(settings: ShelveSettings, reason: str, text: str = "") -> str:
    """The reason as it is kept. Words that are not on the list count as a text of one's own. Raises Refused."""
    reason, text = reason.strip(), text.strip()
    if not reason and not text:
        raise Refused("reason_required", "必须写明原因")
    if reason == settings.other and not text:
        raise Refused("reason_text_required", f"原因选“{settings.other}”时必须写明具体情况")
    return f"{reason}：{text}" if reason and text else reason or text


def may_shelve(
    settings: ShelveSettings, role: Role, rule: AlarmRule, minutes: float, shelved: Shelved, asks: bool = False
) -> None:
    """Raises Refused with the limit that stands in the way. `asks`: a second person will decide, so the priority may be one the
    role may not shelve alone; how long and how many counts all the same."""
    if rule.kind is RuleKind.SYSTEM:
        raise Refused("not_allowed", "站自身的报警不能搁置")
    allowed = settings.roles.get(role.value)
    word = rule.priority.word
    if allowed is None or (word not in allowed.priorities and not asks):
        mine = "、".join(PRIORITY_WORDS[one] for one in PRIORITIES if allowed is not None and one in allowed.priorities)
        text = f"本角色只能搁置{mine}级报警" if mine else "本角色不能搁置报警"
        raise Refused("shelve_priority", f"{text}，{PRIORITY_WORDS[word]}级报警请值班长处理")
    longest = min(allowed.longest_min, LONGEST_MIN)
    if not 0 < minutes <= longest:
        raise Refused("bad_shelve_time", f"搁置时间须大于 0，本角色最长 {longest:g} 分钟")
    if shelved.mine >= allowed.at_once:
        raise Refused("too_many_shelved", f"您已搁置 {shelved.mine} 条，每人最多同时 {allowed.at_once} 条，请先取消一些搁置")
    if shelved.all >= settings.at_once:
        raise Refused("too_many_shelved", f"全站已搁置 {shelved.all} 条，最多同时 {settings.at_once} 条，请先取消一些搁置")


def needs_second(settings: ShelveSettings, rule: AlarmRule) -> bool:
    return rule.priority.word in settings.second_person


def told(settings: AlarmSettings, role: Role, shelved: Shelved) -> Mapping[str, Any]:
    """All a console needs to draw its sheets: what may be chosen, what this role may do, and where each number comes from."""
    shelve, chatter = settings.shelve, settings.chatter
    own = shelve.roles.get(role.value) if may(role, Action.SHELVE) else None
    numbers = ("times_min", "reasons", "second_person", "warn_min", "at_once", *shelve.roles)
    basis = {f"shelve.{key}": settings.basis(f"shelve.{key}") for key in numbers}
    basis |= {f"chatter.{key}": settings.basis(f"chatter.{key}") for key in ("count", "within_s", "off_delay_s", "quiet_s")}
    basis |= {key: settings.basis(key) for key in ("note_required", "never_suppressed")}
    return {
        "role": role.value,
        "note_required": list(settings.note_required),
        "shelve": {
            "times_min": [one for one in shelve.times_min if own is not None and one <= own.longest_min],
            "all_times_min": list(shelve.times_min),
            "reasons": list(shelve.reasons),
            "other": shelve.other,
            "second_person": list(shelve.second_person),
            "warn_min": shelve.warn_min,
            "may": own is not None and bool(own.priorities) and own.at_once > 0,
            "priorities": [] if own is None else list(own.priorities),
            "longest_min": 0.0 if own is None else own.longest_min,
            "at_once": 0 if own is None else own.at_once,
            "used": shelved.mine,
            "station_at_once": shelve.at_once,
            "station_used": shelved.all,
            "roles": {
                name: {"priorities": list(one.priorities), "longest_min": one.longest_min, "at_once": one.at_once}
                for name, one in shelve.roles.items()
            },
        },
        "suppress": {"may": may(role, Action.SUPPRESS), "never": list(settings.never_suppressed)},
        "out_of_service": {"may": may(role, Action.OUT_OF_SERVICE)},
        "chatter": {
            "count": chatter.count,
            "within_s": chatter.within_s,
            "off_delay_s": chatter.off_delay_s,
            "quiet_s": chatter.quiet_s,
        },
        "basis": basis,
    }

"""The handover sheet (交接班记录) as it follows from what is known: sections of rows, figures of the shift, what came after the
signature. Station side, pure; who signs when is in the form `handover`, gathering is in `app.station.shift`.

A sheet is the table fields of that form: section to rows, each row a dictionary of columns. What somebody has to do stands
first. `AFTER` tells by which columns a row is the same row again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.domain.instant import HOUR, MINUTE, SECOND, Instant, from_rfc3339, to_rfc3339
from app.domain.kpi import Alarmed, figures
from app.domain.plant import Equipment, EquipmentStatus
from app.domain.wire import AlarmMsg, LinkMsg

Row = dict[str, Any]
Sheet = dict[str, list[Row]]

SECTIONS: dict[str, str] = {
    "left": "上一班遗留",
    "open_alarms": "未消除的报警",
    "standing": "长时间未消除",
    "shelved": "搁置",
    "suppressed": "抑制",
    "out_of_service": "停用",
    "stopped": "停用检修的设备",
    "limit_changes": "本班限值变更",
    "forms_open": "未完成的表单",
    "sources_lost": "中断的数据源",
    "system": "系统报警",
    "figures": "本班报警指标",
    "bad_actors": "报警最多的位号",
    "notes": "值班记事",
}
"""Key (field of the form) to title, in the order of the sheet."""
AFTER: Mapping[str, tuple[str, ...]] = {
    "left": ("item",),
    "open_alarms": ("occurrence", "state"),
    "shelved": ("tag", "what", "until"),
    "suppressed": ("tag", "reason"),
    "out_of_service": ("tag", "reason"),
    "stopped": ("equipment", "status"),
    "limit_changes": ("at", "tag", "what"),
    "forms_open": ("number", "state"),
    "sources_lost": ("source",),
    "system": ("occurrence",),
    "notes": ("at", "by", "text"),
}
"""Sections of which later changes are told; the others follow from these or from the clock."""
LIVE = ("UNACK", "ACKED", "RTNUN", "LUNAK", "LAKED")
OVERLAID = {"SHLVD": "shelved", "DSUPR": "suppressed", "OOSRV": "out_of_service"}
OWN_RULES = ("LINK", "SYSTEM")
BAD_ACTORS = 5
MOST = 200  # rows of one section; beyond it the number that is left out is said
_RANK = {"critical": 0, "high": 1, "medium": 2, "low": 3}
_UNSEEN = ("UNACK", "LUNAK", "RTNUN")
_STATUS = {EquipmentStatus.STOPPED: "停用", EquipmentStatus.MAINTENANCE: "检修"}


@dataclass(frozen=True, slots=True)
class LimitChange:
    """`old`, `new` in words, "" for not set; `why` with the number of the approved form where there is one."""

    at: Instant
    tag: str
    name: str
    what: str
    old: str
    new: str
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class OpenForm:
    id: int
    kind: str
    number: str
    title: str
    state: str
    due_at: Instant | None
    created_at: Instant


@dataclass(frozen=True, slots=True)
class Note:
    """One line of the duty log. `about`: note | horn_test | closed; `item`: what of the earlier shift was closed by it."""

    at: Instant
    by: str
    text: str
    about: str = "note"
    item: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """Something an earlier shift left open: `why` it is open, `since` which shift."""

    item: str
    why: str
    since: str


@dataclass(frozen=True)
class Known:
    """All that is known at `now` of the shift that began at `start`. `alarms`: everything live; `alarmed`: the annunciations of
    the shift, by time; `names`: tag to name."""

    start: Instant
    now: Instant
    alarms: Sequence[AlarmMsg] = ()
    alarmed: Sequence[Alarmed] = ()
    equipment: Sequence[Equipment] = ()
    links: Sequence[LinkMsg] = ()
    limit_changes: Sequence[LimitChange] = ()
    forms: Sequence[OpenForm] = ()
    notes: Sequence[Note] = ()
    left: Sequence[Left] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    standing_h: float = 8.0


def make_sheet(known: Known) -> Sheet:
    """Every section, empty ones too."""
    process = [alarm for alarm in known.alarms if alarm.rule not in OWN_RULES]
    live = sorted((alarm for alarm in process if alarm.state in LIVE), key=_urgency)
    by_overlay = {name: [a for a in process if a.state == state] for state, name in OVERLAID.items()}
    sheet: Sheet = {
        "left": [_left(one, known.notes) for one in known.left],
        "open_alarms": [_open(alarm) for alarm in live],
        "standing": _standing(live, known),
        "shelved": [_shelved(alarm) for alarm in sorted(by_overlay["shelved"], key=lambda a: a.shelved_until or "")],
        "suppressed": _by_tag(by_overlay["suppressed"]),
        "out_of_service": _by_tag(by_overlay["out_of_service"]),
        "stopped": [_stopped(one) for one in known.equipment if one.status in _STATUS],
        "limit_changes": [_limit(one) for one in sorted(known.limit_changes, key=lambda one: one.at)],
        "forms_open": _forms(known),
        "sources_lost": [_lost(link) for link in known.links if link.state != "up"],
        "system": [_system(a) for a in known.alarms if a.rule == "SYSTEM" and a.state in LIVE],
        **_counted(known),
        "notes": [
            {"at": to_rfc3339(note.at), "by": note.by, "text": note.text} for note in known.notes if note.about != "horn_test"
        ],
    }
    return {key: _cut(sheet[key], key) for key in SECTIONS}


def horn_test(notes: Sequence[Note]) -> Note | None:
    """The last test of the horn in the shift."""
    return next((note for note in reversed(notes) if note.about == "horn_test"), None)


def still_left(fields: Mapping[str, Any], shift: str) -> list[Left]:
    """What a signed sheet hands to the next shift: what it had taken over and not closed, what the outgoing leader asks for,
    and what the incoming one did not accept."""
    found = [Left(row["item"], row.get("why", ""), row.get("since", "")) for row in fields.get("left", ()) if _is_open(row)]
    found += [Left(row["item"], "交办", shift) for row in fields.get("matters", ())]
    found += [Left(row["item"], f"接班人未接受：{row.get('why', '')}", shift) for row in fields.get("refused", ())]
    return list({one.item: one for one in found}.values())


def after_signing(signed: Mapping[str, Any], sheet: Sheet) -> list[Row]:
    """What changed since: `{section, title, change: new | gone, row}`; a row whose state changed is gone and new again."""
    changes = []
    for section, columns in AFTER.items():
        before = {tuple(row.get(c) for c in columns): row for row in signed.get(section) or ()}
        after = {tuple(row.get(c) for c in columns): row for row in sheet.get(section, ())}
        title = SECTIONS[section]
        for key, row in after.items():
            if key not in before:
                changes.append({"section": section, "title": title, "change": "new", "row": row})
        for key, row in before.items():
            if key not in after:
                changes.append({"section": section, "title": title, "change": "gone", "row": row})
    return changes


# rows


def _urgency(alarm: AlarmMsg) -> tuple[bool, int, str]:
    return alarm.state not in _UNSEEN, _RANK.get(alarm.priority, 9), alarm.raised_at or ""


def _open(alarm: AlarmMsg) -> Row:
    return {
        "at": alarm.raised_at,
        "priority": alarm.priority,
        "tag": alarm.tag,
        "text": alarm.message,
        "state": alarm.state,
        "acked_by": alarm.acked_by,
        "note": alarm.note,
        "occurrence": alarm.occurrence,
    }


def _standing(live: Sequence[AlarmMsg], known: Known) -> list[Row]:
    rows = []
    for alarm in live:
        since = known.now if alarm.raised_at is None else from_rfc3339(alarm.raised_at)
        if known.now - since > known.standing_h * HOUR:
            hours = round((known.now - since) / HOUR, 1)
            rows.append({key: _open(alarm)[key] for key in ("at", "priority", "tag", "text", "occurrence")} | {"hours": hours})
    return sorted(rows, key=lambda row: -float(row["hours"]))


def _shelved(alarm: AlarmMsg) -> Row:
    return {
        "tag": alarm.tag,
        "text": alarm.name,
        "what": alarm.rule,
        "until": alarm.shelved_until,
        "by": alarm.shelved_by,
        "reason": alarm.reason,
        "occurrence": alarm.occurrence,
    }


def _by_tag(alarms: Sequence[AlarmMsg]) -> list[Row]:
    """One row a tag and reason: all rules of a tag are laid still together."""
    found: dict[tuple[str, str], Row] = {}
    for alarm in alarms:
        row = found.setdefault(
            (alarm.tag, alarm.reason),
            {"tag": alarm.tag, "text": alarm.name, "reason": alarm.reason, "rules": 0, "occurrence": alarm.occurrence},
        )
        row["rules"] += 1
    return sorted(found.values(), key=lambda row: str(row["tag"]))


def _stopped(one: Equipment) -> Row:
    return {"equipment": one.equipment, "text": one.name, "area": one.area, "status": _STATUS[one.status]}


def _limit(one: LimitChange) -> Row:
    return {
        "at": to_rfc3339(one.at), "tag": one.tag, "text": one.name, "what": one.what, "old": one.old or "未设",
        "new": one.new or "未设", "by": one.by, "why": one.why,
    }  # fmt: skip


def _forms(known: Known) -> list[Row]:
    """Overdue ones first, then by the time at which they are due."""
    ordered = sorted(known.forms, key=lambda one: (one.due_at is None, one.due_at or 0, one.created_at))
    return [
        {
            "number": one.number, "text": one.title, "state": one.state,
            "due": None if one.due_at is None else to_rfc3339(one.due_at),
            "overdue": one.due_at is not None and one.due_at < known.now, "kind": one.kind, "form": one.id,
        }
        for one in ordered
    ]  # fmt: skip


def _lost(link: LinkMsg) -> Row:
    return {"at": link.since, "source": link.source, "text": link.name, "error": link.last_error or "尚未连接"}


def _system(alarm: AlarmMsg) -> Row:
    return {"at": alarm.raised_at, "text": alarm.message, "state": alarm.state, "occurrence": alarm.occurrence}


def _left(one: Left, notes: Sequence[Note]) -> Row:
    closed = next((note for note in notes if note.about == "closed" and note.item == one.item), None)
    row: Row = {"item": one.item, "why": one.why, "since": one.since}
    if closed is not None:
        row |= {"closed_at": to_rfc3339(closed.at), "closed_by": closed.by, "closed": closed.text}
    return row


def _is_open(row: Row) -> bool:
    return not row.get("closed_at")


def _cut(rows: list[Row], section: str) -> list[Row]:
    """A storm must not make the sheet unreadable: what is left out is counted in the last row."""
    if len(rows) <= MOST:
        return rows
    key = "item" if section == "left" else "text"
    return [*rows[: MOST - 1], {key: f"……另有 {len(rows) - MOST + 1} 条，见报警列表"}]


# figures


def _counted(known: Known) -> Sheet:
    end = max(known.now, known.start + SECOND)
    found = figures(known.alarmed, known.start, end, known.now)
    ack = found.ack.get("")
    by = found.priorities
    clock = "" if found.peak_at is None else to_rfc3339(found.peak_at)
    rows: list[Row] = [
        {"text": "报警次数", "value": str(found.count), "unit": "次"},
        *(
            {"text": f"其中{title}", "value": str(by.get(word, 0)), "unit": "次"}
            for word, title in (("critical", "紧急"), ("high", "高"), ("medium", "中"), ("low", "低"))
        ),
        {"text": "平均每 10 分钟", "value": f"{found.per_slot:.1f}", "unit": "次"},
        {"text": "10 分钟内最多", "value": str(found.peak_slot), "unit": "次", **({"at": clock} if clock else {})},
        {"text": "报警泛滥", "value": f"{found.flood_us / MINUTE:.0f}", "unit": "分钟"},
        {"text": "确认用时中位数", "value": "—" if ack is None else _took(ack.median_s), "unit": ""},
        {"text": "确认用时 95 %", "value": "—" if ack is None else _took(ack.p95_s), "unit": ""},
        {"text": "尚未确认", "value": str(found.unacknowledged), "unit": "次"},
    ]
    actors = [
        {"tag": one.tag, "text": known.names.get(one.tag, one.tag), "what": one.rule, "count": one.count,
         "share": round(one.share * 100, 1)}
        for one in found.actors[:BAD_ACTORS]
    ]  # fmt: skip
    return {"figures": rows, "bad_actors": actors}


def _took(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.0f} 秒"
    return f"{whole // 60} 分 {whole % 60} 秒" if whole < 3600 else f"{whole // 3600} 小时 {whole % 3600 // 60} 分"

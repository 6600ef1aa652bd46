"""The journal in words (日志的文字): every record as one Chinese sentence, the same on the screen, in an export and in print.

Both sides; pure. A code this version does not know is shown as it stands, with its fields: a record is never hidden because
nobody has a word for it.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, tzinfo
from typing import Any

from app.domain.instant import Instant, from_rfc3339, to_datetime
from app.domain.refusal_words import refusal_word

Data = Mapping[str, Any]
Names = Callable[[str], str]
"""Tag to its name, "" when it has none."""

KINDS = {
    "alarm": "报警",
    "command": "操作",
    "form": "表单",
    "login": "登录",
    "config": "配置",
    "view": "查看",
    "seal": "封印",
    "link": "数据源",
    "system": "系统",
    "duty": "催办",
    "video": "录像",
    "report": "报表",
}
RULES = {
    "HH": "高高报", "H": "高报", "L": "低报", "LL": "低低报", "STATE": "状态报警", "BAD": "数据失效", "LINK": "数据源中断",
    "SYSTEM": "站自身故障", "RATE": "趋势预警",
}  # fmt: skip
PRIORITIES = {"critical": "紧急", "high": "高", "medium": "中", "low": "低"}
STATES = {
    "NORM": "正常", "UNACK": "未确认", "ACKED": "已确认", "RTNUN": "已恢复未确认", "LUNAK": "锁存未确认", "LAKED": "锁存待复位",
    "SHLVD": "搁置", "DSUPR": "抑制", "OOSRV": "停用",
}  # fmt: skip
ALARMS = {
    "raised": "报警",
    "active_again": "再次报警",
    "reannounced": "重新提示",
    "cleared": "恢复",
    "acknowledged": "确认",
    "reset": "复位",
    "shelved": "搁置",
    "unshelved": "搁置结束",
    "suppressed": "抑制",
    "unsuppressed": "解除抑制",
    "masked": "被上级报警屏蔽",
    "unmasked": "解除屏蔽",
    "out_of_service": "停用",
    "returned_to_service": "恢复使用",
    "source_lost": "数据源中断，报警保持",
    "source_back": "数据源恢复",
    "shelf_moved": "搁置时刻随时钟调整",
    "rule_removed": "报警规则被取消",
}
COMMANDS = {
    "ack": "确认",
    "reset": "复位",
    "shelve": "搁置",
    "unshelve": "取消搁置",
    "suppress": "抑制",
    "unsuppress": "解除抑制",
    "out_of_service": "停用",
    "return_to_service": "恢复使用",
    "equipment_status": "变更设备状态",
    "add_user": "新增用户",
    "user_add": "新增用户（命令行）",
    "disable_user": "停用用户",
    "user_disable": "停用用户（命令行）",
    "enable_user": "启用用户",
    "set_password": "重设密码",
    "own_password": "修改本人密码",
    "list_users": "查看用户名单",
    "approve_user": "批准用户",
    "set_role": "变更角色",
    "unlock_user": "解锁用户",
    "secret_set": "保存数据源口令",
    "read_journal": "查看日志",
    "export": "导出",
    "verify": "校验日志",
    "seal": "封印日志",
    "report": "生成报表",
    "cancel_report": "取消报表",
}
SYSTEM = {
    "station_started": "站启动",
    "station_stopped": "站停止",
    "flood_began": "进入报警泛滥",
    "flood_ended": "报警泛滥结束",
    "clock_step": "系统时钟被调整",
    "journal_repaired": "日志断电修复",
    "shelf_returning": "搁置即将到期",
    "chatter_began": "频繁报警，已加长恢复延时",
    "chatter_ended": "频繁报警结束",
    "dispatched": "通知已发出",
    "dispatch_gave_up": "通知没有发出，已放弃",
    "seat_audio": "值守席声音",
    "horn_test": "试听报警声",
}
LOGINS = {
    "login": "登录",
    "logout": "退出登录",
    "login_failed": "登录失败（密码不对）",
    "login_locked": "登录被锁定",
    "login_not_approved": "登录被拒绝（账号未批准）",
    "unlocked": "登录锁定解除",
}
CONFIG = {
    "imported": "载入配置",
    "changed": "修改配置",
    "in_force": "新配置生效",
    "not_taken": "配置没有采用",
    "rule_removed": "报警规则被取消",
}
TABLES = {
    "site": "站点", "source": "数据源", "sources": "数据源", "tags": "位号", "equipment": "设备", "cameras": "摄像机",
    "roster": "排班", "layouts": "画面", "pictures": "底图", "forms": "表单", "strapping": "罐容表",
}  # fmt: skip
COLUMNS = {
    "hh": "高高报限值", "h": "高报限值", "l": "低报限值", "ll": "低低报限值", "deadband": "死区", "on_delay_s": "报警延时",
    "off_delay_s": "消警延时", "range_low": "量程下限", "range_high": "量程上限", "unit": "单位", "name": "名称",
    "status": "状态", "responsible": "责任人", "latching": "锁存", "guidance": "处置提示",
    "prealarm_min": "预警提前分钟", "priority_prealarm": "预警优先级",
}  # fmt: skip
VIEWS = {
    "alarm_card": "报警卡片",
    "journal": "日志",
    "export": "导出文件",
    "seals": "日封印",
    "video": "视频",
    "history": "历史报警",
    "kpi": "报警统计",
    "users": "用户名单",
    "form": "表单",
    "clip": "录像片段",
    "snapshot": "视频抓拍",
    "case": "案卷",
    "spot_check": "视频抽查画面",
    "report": "报表",
    "playback": "录像回放",
    "replay": "事故回放",
    "quality": "数据质量",
}
_SUBJECTS = {
    "camera": "摄像机 {}",
    "clip": "第 {} 号",
    "tag": "{}",
    "day": "{} 这一天",
    "occurrence": "#{}",
    "form": "第 {} 号",
}
"""What was looked at, by the word before the colon of the stored subject."""
LINKS = {"up": "通信恢复", "down": "通信中断", "connecting": "正在连接"}
OUTCOMES = {"refused": "被拒绝", "not_written": "没有写入，已撤销"}
STATION = "@station"


def sentence(
    kind: str,
    actor: str,
    tag: str,
    occurrence: int,
    data: Data,
    names: Names = lambda tag: "",
    zone: tzinfo = UTC,
) -> str:
    """What happened, without its time: `李明 确认 TK302.LT 三号罐液位 高高报 备注：已到现场`. `zone`: where it is read."""
    if kind == "view":
        data = {**data, "subject": _subject(str(data.get("subject", "")), zone)}
    tell = _TELL.get(kind, _other)
    words = tell(actor, _place(tag, names), occurrence, data)
    return " ".join(word for word in words if word)


def line(
    at: Instant, zone: tzinfo, kind: str, actor: str, tag: str, occurrence: int, data: Data, names: Names = lambda tag: ""
) -> str:
    """The sentence with its local time: `02:41:07 李明 确认 …`."""
    return f"{to_datetime(at).astimezone(zone):%H:%M:%S} {sentence(kind, actor, tag, occurrence, data, names, zone)}"


def kind_word(kind: str) -> str:
    return KINDS.get(kind, kind)


def person(actor: str) -> str:
    """`@station` is the station itself, `os:NAME` somebody at the station's command line."""
    if actor.startswith(STATION):
        return "站"
    return f"{actor.removeprefix('os:')}（命令行）" if actor.startswith("os:") else actor


def codes_of(word: str) -> tuple[str, ...]:
    """Pieces of the stored data by which a Chinese word of a sentence is found: 确认 stands there as `"command":"ack"`."""
    found = [f'"{key}":"{code}"' for key, table in _CODED for code, said in table.items() if len(word) > 1 and word in said]
    return tuple(dict.fromkeys(found))


def _place(tag: str, names: Names) -> str:
    if tag.startswith("@"):
        return names(tag) or tag.removeprefix("@")
    name = names(tag) if tag else ""
    return f"{tag} {name}" if name and name != tag else tag


def _alarm(actor: str, place: str, occurrence: int, data: Data) -> list[str]:
    what, rule = str(data.get("what", "")), str(data.get("rule", ""))
    words = [person(actor), ALARMS.get(what, what), place, RULES.get(rule, rule)]
    if what in ("raised", "active_again", "reannounced"):
        words = [place, RULES.get(rule, rule), "" if what == "raised" else ALARMS[what], *_measured(data)]
    return [*words, _note(data), _number(occurrence), _merged(data)]


def _measured(data: Data) -> list[str]:
    value, limit, rule = data.get("value"), data.get("limit"), data.get("rule")
    if rule not in ("HH", "H", "L", "LL", "RATE"):
        return []
    said = [f"值 {value:g}" if isinstance(value, float) else f"值 {value}" if value is not None else ""]
    return [*said, f"限值 {limit:g}" if isinstance(limit, int | float) else ""]


def _command(actor: str, place: str, occurrence: int, data: Data) -> list[str]:
    command, args = str(data.get("command", "")), data.get("args")
    args = args if isinstance(args, Mapping) else {}
    words = [person(actor), COMMANDS.get(command, command), place, _many(args)]
    if "minutes" in args:
        words.append(f"{args['minutes']:g} 分钟" if isinstance(args["minutes"], int | float) else "")
    words += [_named(key, args[key]) for key in ("name", "role", "reason", "work_order", "note") if args.get(key)]
    if command in ("export", "verify", "seal"):
        words += [_named(key, args[key]) for key in ("what", "file", "rows", "sha256", "result") if args.get(key)]
    if data.get("approved_by"):
        words.append(f"批准：{data['approved_by']}，申请：{data.get('by', '')}")
    outcome = str(data.get("outcome", ""))
    if outcome != "done":
        code = str(data.get("code") or "")
        words.append(OUTCOMES.get(outcome, outcome) + (f"：{refusal_word(code)}" if code else ""))
    return [*words, _number(occurrence)]


def _many(args: Data) -> str:
    occurrences = args.get("occurrences")
    if not isinstance(occurrences, list):
        return ""
    refused = args.get("refused")
    bad = f"，其中 {len(refused)} 条被拒绝" if isinstance(refused, Mapping) and refused else ""
    return f"{len(occurrences)} 条报警{bad}"


_NAMED = {
    "name": "用户：", "role": "角色：", "reason": "原因：", "work_order": "工单：", "note": "备注：", "what": "",
    "file": "文件 ", "rows": "行数 ", "sha256": "SHA-256 ", "result": "结果：",
}  # fmt: skip


def _named(key: str, value: Any) -> str:
    return f"{_NAMED[key]}{value}"


def _form(actor: str, place: str, occurrence: int, data: Data) -> list[str]:
    title, number, step = data.get("title", ""), data.get("number", ""), data.get("step_title") or data.get("step", "")
    before, after = (data.get(f"{key}_title") or data.get(key, "") for key in ("before", "after"))
    moved = f"{before} → {after}" if before and before != after else str(after)
    return [
        person(actor),
        str(step),
        f"{number}",
        f"{title}",
        f"（{moved}）" if moved else "",
        _note(data),
        _number(occurrence),
    ]


def _login(actor: str, place: str, occurrence: int, data: Data) -> list[str]:
    what, address = str(data.get("what", "")), data.get("address", "")
    return [person(actor), LOGINS.get(what, what), f"来自 {address}" if address else "", _note(data)]


def _config(actor: str, place: str, occurrence: int, data: Data) -> list[str]:
    what = str(data.get("what", ""))
    words = [person(actor), CONFIG.get(what, what)]
    if what == "changed":
        table, column = str(data.get("table", "")), str(data.get("column", ""))
        words += [TABLES.get(table, table), place or str(data.get("key", ""))]
        if column:
            words.append(f"{COLUMNS.get(column, column)}：{_value(data.get('old'))} → {_value(data.get('new'))}")
        else:
            words.append("新增" if data.get("old") is None else "删除" if data.get("new") is None else "")
    elif what == "imported":
        words.append(f"{data.get('tags', '?')} 个位号，{data.get('changes', '?')} 处变化")
    elif what == "in_force":
        words.append(f"第 {data.get('config', '?')} 版")
    else:
        words += [place, RULES.get(str(data.get("rule", "")), "")]
    if data.get("why"):
        words.append(f"原因：{data['why']}")
    return words


def _view(actor: str, place: str, occurrence: int, data: Data) -> list[str]:
    what = str(data.get("what", ""))
    return [person(actor), "查看", VIEWS.get(what, what), place, str(data["subject"])]


def _subject(stored: str, zone: tzinfo) -> str:
    """`camera:CAM-01` as 摄像机 CAM-01; a replayed hour, journalled by its beginning, in local time."""
    kind, colon, which = stored.partition(":")
    if colon and kind == "time":
        return _hour(which, zone)
    return _SUBJECTS[kind].format(which) if colon and kind in _SUBJECTS else stored


def _hour(written: str, zone: tzinfo) -> str:
    try:
        return f"{to_datetime(from_rfc3339(written)).astimezone(zone):%Y-%m-%d %H:%M} 起"
    except ValueError:
        return written


def _seal(actor: str, place: str, occurrence: int, data: Data) -> list[str]:
    span = f"第 {data.get('first')} 到 {data.get('last')} 条（{data.get('count')} 条）"
    return [f"日封印第 {data.get('number')} 号", str(data.get("day", "")), span, f"哈希 {str(data.get('hash', ''))[:16]}…"]


def _link(actor: str, place: str, occurrence: int, data: Data) -> list[str]:
    state, error = str(data.get("state", "")), str(data.get("error", ""))
    return [place, LINKS.get(state, state), error if state != "up" else ""]


def _system(actor: str, place: str, occurrence: int, data: Data) -> list[str]:
    what = str(data.get("what", ""))
    words = [SYSTEM.get(what, what), place, RULES.get(str(data.get("rule", "")), "")]
    if what == "station_started":
        words.append("" if data.get("clean", True) else "（上次没有正常停止）")
    elif what == "clock_step":
        moved = data.get("moved_s")
        words.append(f"{moved:+.1f} 秒" if isinstance(moved, int | float) else "")
    elif what in ("dispatched", "dispatch_gave_up"):
        words += [str(data.get(key) or "") for key in ("outlet", "person", "title", "detail")] + [_number(occurrence)]
    elif what in ("seat_audio", "horn_test"):
        words = [person(actor), *words, str(data.get("seat") or ""), str(data.get("detail") or "")]
        words.append("" if data.get("ok", True) else "听不到")
    elif what == "journal_repaired":
        words.append(str(data.get("said", "")))
    elif what not in SYSTEM:
        words.append(_rest(data))
    return words


def _duty(actor: str, place: str, occurrence: int, data: Data) -> list[str]:
    """What is overdue, and who was told (催办)."""
    what = str(data.get("what", ""))
    if what == "offered":
        return ["到时催办已送交通知"]
    return [
        "催办",
        str(data.get("title") or what),
        str(data.get("subject") or ""),
        PRIORITIES.get(str(data.get("priority")), ""),
    ]


VIDEO = {
    "begun": "开始",
    "recording": "正在录制",
    "joined": "又关联报警",
    "ready": "已存下",
    "checked": "逐帧检查无误",
    "unsound": "检查发现问题",
    "failed": "没有存下",
    "mended": "上次中断后整理",
    "cancelled": "取消调取",
    "locked": "锁定为证据",
    "unlocked": "解除证据锁定",
    "taken_back": "未能写入，操作撤回",
    "removed": "到期清除",
    "in_case": "收入案卷",
    "case_begun": "开始制作案卷",
    "case_made": "制成案卷",
    "case_not_made": "案卷没有制成",
}


def _video(actor: str, place: str, occurrence: int, data: Data) -> list[str]:
    what = str(data.get("what", ""))
    subject = f"录像片段 {data['clip']}" if "clip" in data else str(data.get("case") or "")
    camera = f"摄像机 {data['camera']}" if data.get("camera") else ""
    why = str(data.get("why") or (data.get("lock_why") if what == "locked" else "") or "")
    hashed = f"SHA-256 {str(data['sha256'])[:16]}…" if what in ("ready", "mended", "case_made") and data.get("sha256") else ""
    said = str(data.get("words") or data.get("why_not") or "")
    return [person(actor), VIDEO.get(what, what), subject, camera, why, said, hashed, _number(occurrence)]


REPORTS = {"made": "生成报表", "failed": "报表没有做成", "cancelled": "取消生成报表", "removed": "到期清除报表"}


def _report(actor: str, place: str, occurrence: int, data: Data) -> list[str]:
    what, hashes = str(data.get("what", "")), data.get("sha256")
    words = [person(actor), REPORTS.get(what, what), str(data.get("title", "")), str(data.get("scope", ""))]
    words.append("（补做）" if data.get("late") else "")
    if isinstance(hashes, Mapping):
        words += [f"{format.upper()} SHA-256 {str(digest)[:16]}…" for format, digest in sorted(hashes.items())]
    return [*words, str(data.get("error") or "")]


def _other(actor: str, place: str, occurrence: int, data: Data) -> list[str]:
    what = str(data.get("said") or data.get("what") or data.get("command") or "")
    return [person(actor), what, place, _note(data), _rest(data) if not what else "", _number(occurrence)]


def _rest(data: Data) -> str:
    return "，".join(f"{key}={_value(value)}" for key, value in data.items() if key not in ("what", "rule", "note"))[:300]


def _value(value: Any) -> str:
    if value is None or value == "":
        return "（空）"
    if isinstance(value, bool):
        return "是" if value else "否"
    return f"{value:g}" if isinstance(value, float) else str(value)[:200]


def _note(data: Data) -> str:
    return f"备注：{data['note']}" if data.get("note") else ""


def _merged(data: Data) -> str:
    return f"（合并了之前 {data['merged']} 次变化）" if data.get("merged") else ""


def _number(occurrence: int) -> str:
    return f"#{occurrence}" if occurrence else ""


_TELL: dict[str, Callable[[str, str, int, Data], list[str]]] = {
    "alarm": _alarm, "command": _command, "form": _form, "login": _login, "config": _config, "view": _view, "seal": _seal,
    "duty": _duty, "video": _video, "report": _report, "link": _link, "system": _system,
}  # fmt: skip
_CODED = (
    ("what", ALARMS), ("command", COMMANDS), ("what", SYSTEM), ("what", LOGINS), ("what", CONFIG), ("what", VIEWS),
    ("rule", RULES), ("priority", PRIORITIES), ("outcome", OUTCOMES), ("state", LINKS), ("column", COLUMNS),
)  # fmt: skip

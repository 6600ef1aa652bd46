"""Parts of a report about what people did (处置、抑制、限值、录像): forms, overlays, changed limits, clips. Pure."""

from collections import Counter

from app.domain.clip import ClipReason, ClipState
from app.domain.form import FormDef
from app.domain.instant import MINUTE
from app.domain.journal_words import COMMANDS, RULES
from app.station.reports.facts import Facts
from app.station.reports.paper import Cell, Cells, Column, Pairs, Part, Say, Table
from app.store.rows import FormRow

MOST = 200
_CLIPS = {ClipReason.ALARM: "报警录像", ClipReason.FETCH: "调取的录像", ClipReason.SPOT_CHECK: "视频抽查"}


def overdue(facts: Facts) -> list[FormRow]:
    """Open at the end and over their time by then."""
    return [row for row in facts.open_forms if row.due_at is not None and row.due_at < facts.end]


def work_sentence(facts: Facts) -> str:
    late = len(overdue(facts))
    words = f"新开表单 {len(facts.forms)} 张，期末未办结 {len(facts.open_forms)} 张"
    return f"{words}，其中超期 {late} 张。" if late else f"{words}，没有超期。"


def forms_part(facts: Facts) -> Part:
    late = overdue(facts)
    by_kind: list[tuple[Cell, ...]] = []
    for kind, definition in facts.kinds.items():
        mine = [row for row in facts.forms if row.kind == kind]
        open = [row for row in facts.open_forms if row.kind == kind]
        if mine or open:
            done = sum(not row.open and row.updated_at < facts.end for row in mine)
            by_kind.append((definition.title, len(mine), done, len(open), sum(row.kind == kind for row in late)))
    counts = tuple(Column(title, Cells.NUMBER, 1.0) for title in ("新开", "其中办结", "期末未办结", "其中超期"))
    columns = (Column("编号", weight=2.4), Column("表单", weight=1.8), Column("事项", weight=4.0), Column("步骤", weight=1.4))
    times = (Column("开始", Cells.TIME, 1.7), Column("应办完", Cells.TIME, 1.7))
    listed = sorted(facts.open_forms, key=lambda row: (row not in late, row.due_at or row.created_at))[:MOST]
    rows = [_form(facts, row) for row in listed]
    return Part(
        "处置与表单",
        (
            Table("按种类", (Column("表单", weight=3.0), *counts), by_kind, "表单", empty="没有表单"),
            Table(
                "期末未办结（超期的在前）", (*columns, *times), rows, "未办结", _more(len(facts.open_forms)), "没有未办结的表单"
            ),
        ),
    )


def _form(facts: Facts, row: FormRow) -> tuple[Cell, ...]:
    definition: FormDef | None = facts.kinds.get(row.kind)
    title = row.kind if definition is None else definition.title
    state = row.state if definition is None else definition.state(row.state).title
    return (str(row.body.get("number", "")), title, row.title, state, row.created_at, row.due_at)


def overlays_part(facts: Facts) -> Part:
    """Shelved, suppressed, out of service: what was done in the period, and what lies on alarms at the moment of making."""
    done = Counter(str(one.data.get("command")) for one in facts.overlays)
    counted = "，".join(f"{COMMANDS[key]} {done[key]} 次" for key in ("shelve", "suppress", "out_of_service"))
    columns = (
        Column("时间", Cells.TIME, 1.7), Column("操作", weight=0.9), Column("位号", weight=1.8), Column("名称", weight=2.4),
        Column("分钟", Cells.NUMBER, 0.9), Column("原因", weight=3.2), Column("人员", weight=1.2),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for one in facts.overlays[:MOST]:
        args = one.data.get("args", {})
        minutes = args.get("minutes")
        why = "；".join(str(part) for part in (args.get("reason"), args.get("text"), args.get("work_order")) if part)
        command = COMMANDS[str(one.data["command"])]
        length = float(minutes) if isinstance(minutes, int | float) else None
        rows.append(
            (one.time, command, one.tag, facts.name_of(one.tag) if one.tag else "", length, why, facts.order.name_of(one.actor))
        )
    now: list[tuple[Cell, ...]] = []
    for key, state in sorted(facts.standing.items()):
        tag, _, rule = key.rpartition("/")
        what = {"SHLVD": "搁置", "DSUPR": "抑制", "OOSRV": "停用"}[str(state.overlay)]
        why = state.out_of_service or state.suppressed or state.shelve_reason
        why = why or (f"被 {state.masked_by} 屏蔽" if state.masked_by else "")
        until = state.shelved_until if what == "搁置" else None
        now.append((tag, facts.name_of(tag), RULES.get(rule, rule), what, until, why))
    standing = (
        Column("位号", weight=1.8), Column("名称", weight=2.4), Column("报警", weight=1.2), Column("状态", weight=0.9),
        Column("到", Cells.TIME, 1.7), Column("原因", weight=3.2),
    )  # fmt: skip
    return Part(
        "搁置、抑制、停用",
        (
            Say(f"本期{counted}；生成时仍在搁置、抑制、停用中的报警 {len(now)} 条。"),
            Table("本期的操作", columns, rows, "搁置抑制", _more(len(facts.overlays)), "本期没有搁置、抑制、停用"),
            Table("生成时仍有效的", standing, now[:MOST], "仍有效", _more(len(now)), "没有"),
        ),
    )


def limits_part(facts: Facts) -> Part:
    mine = {tag.tag for tag in facts.tags}
    changes = [one for one in facts.order.limit_changes if one.tag in mine]
    columns = (
        Column("时间", Cells.TIME, 1.7), Column("位号", weight=1.8), Column("名称", weight=2.4), Column("项目", weight=1.4),
        Column("原值", weight=1.0), Column("新值", weight=1.0), Column("修改人", weight=1.2), Column("依据", weight=3.0),
    )  # fmt: skip
    rows = [(one.at, one.tag, one.name, one.what, one.old, one.new, one.by, one.why) for one in changes]
    return Part("限值变更", (Table("报警限值和参数的变更", columns, rows, "限值变更", empty="本期没有变更"),))


def clips_part(facts: Facts) -> Part:
    states = Counter((row.reason, row.state) for row in facts.clips)
    columns = (Column("种类", weight=2.5), *(Column(t, Cells.NUMBER, 1.0) for t in ("片段", "完好", "没有存下", "已到期清除")))
    rows: list[tuple[Cell, ...]] = []
    for reason, title in _CLIPS.items():
        of = {state: count for (why, state), count in states.items() if why == reason}
        if of:
            good, failed, gone = of.get(ClipState.READY, 0), of.get(ClipState.FAILED, 0), of.get(ClipState.REMOVED, 0)
            rows.append((title, sum(of.values()), good, failed, gone))
    size = sum(row.size for row in facts.clips if row.state == ClipState.READY)
    locked = sum(bool(row.locked_by) for row in facts.clips)
    said = Pairs((("锁定为证据", f"{locked} 段"), ("占用", f"{size / 1e6:.0f} MB")))
    table = Table("录像片段", columns, rows, "录像", empty="本期没有录像片段")
    return Part("录像", (table, said) if rows else (table,))


def mean_clear_min(facts: Facts) -> float | None:
    """Of the alarms raised within; those that still stand count up to the end."""
    took = [min(facts.end, one.cleared or facts.end) - one.raised for one in facts.within]
    return sum(took) / len(took) / MINUTE if took else None


def longest_min(facts: Facts) -> float | None:
    took = [min(facts.end, one.cleared or facts.end) - one.raised for one in facts.alarmed]
    return max(took) / MINUTE if took else None


def _more(count: int) -> str:
    return f"共 {count} 条，列出 {MOST} 条。" if count > MOST else ""

"""The pass over the data of a span (数据质量计算): every point, then what can only be seen of several together. Station side.

In the worker's process: blocking, a point at a time, so that memory stays flat; cancelled by ending the process. The results
are seen only when all of them are written.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from app.domain.instant import SECOND
from app.domain.quality import Finding, QualityKind, Scores, score
from app.domain.quality_limits import Gas, wrong_limits
from app.domain.quality_reasons import finding, reason
from app.domain.settings.quality import Interlock, TagNumbers, Tank
from app.domain.strapping import Strapping, WrongTable, read_strapping, upright
from app.domain.tag import Kind, Tag
from app.station.chemicals import chemicals_at
from app.station.quality import balance, interlocks, missed, presence, timing
from app.station.quality.fingerprints import Prints
from app.station.quality.forged import forged
from app.station.quality.plan import NoConfiguration, Plan, make_plan
from app.station.quality.presence import Presence, alive_bins
from app.station.quality.series import Series
from app.station.quality.summary import Summary, by_tag, flat_lines, minute_means, same_series, summarise
from app.station.quality.values import Flat, jumps, longest_flat, out_of_range
from app.station.quality.whole import alarm_figures, video_online
from app.store.ports import Store
from app.store.rows import Columns, QualityRow, QualityRun

Tell = Callable[[int, int], None]
FEW = 60  # numbers, below which no pattern is looked for
STOOD_S = 3600.0  # a value that stood so long when the span began is looked up before it
NO_CONFIGURATION = "还没有保存过配置，数据质量无法计算；请先在站上载入配置"


@dataclass
class Pass:
    """What is gathered on the way, by tag."""

    plan: Plan
    findings: list[Finding] = field(default_factory=list)
    presences: dict[str, Presence] = field(default_factory=dict)
    summaries: list[Summary] = field(default_factory=list)
    minutes: dict[str, balance.Minutes] = field(default_factory=dict)
    switches: dict[str, Series] = field(default_factory=dict)
    alive: list[list[int]] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)


def run_quality(store: Store, job: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """The worker's call. `job`: day, start, end, now, by; `ahead`: samples dated in the future, by source."""
    began = time.monotonic()
    try:
        run = work_out(store, job, tell)
    except NoConfiguration:
        return {"error": NO_CONFIGURATION}
    return {"day": run.day, "number": run.number, "tags": run.summary["tags"], "took_s": round(time.monotonic() - began, 2)}


def work_out(store: Store, job: Mapping[str, Any], tell: Tell = lambda done, total: None) -> QualityRun:
    """Raises NoConfiguration, StoreUnavailable."""
    began = time.monotonic()
    start, end, now = int(job["start"]), int(job["end"]), int(job["now"])
    plan = make_plan(store, start, end, now)
    found = Pass(plan)
    tags = plan.site.tags
    total = len(tags) + 1  # what is worked out at the end counts too
    names = [tag.tag for tag in tags]
    for number, (tag, columns) in enumerate(
        zip(tags, store.historian.columns(names, start, plan.end, state=True), strict=True)
    ):
        one_point(found, tag, columns)
        tell(number + 1, total)
    rows = together(found, job.get("ahead", {}))
    whole, about = alarm_figures(plan)
    found.findings += whole
    run = QualityRun(
        day=str(job["day"]),
        start=start,
        end=plan.end,
        made_at=now,
        by=str(job.get("by", "")),
        took_s=round(time.monotonic() - began, 2),
        partial=plan.end < end,
        summary={
            "tags": len(rows),
            "alarms": about,
            "video": video_online(plan),
            "enterprise_online": _enterprise(found),
            "interlocks": _interlock_rates(found),
            "notes": found.notes,
        },
    )
    return store.quality.put(run, rows, found.findings)


def one_point(found: Pass, tag: Tag, columns: Columns) -> None:
    """All that can be said of it alone."""
    plan, numbers = found.plan, found.plan.settings.of(tag)
    series = series_of(plan, tag, columns, numbers)
    due = plan.due(tag)
    there = found.presences[tag.tag] = presence.presence(series, due, numbers)
    found.alive.append(alive_bins(there, due, plan.start, plan.end))
    values = series.numbers[1]
    prints = Prints(np.ascontiguousarray(values)) if len(values) >= FEW and not tag.is_digital else None
    flat = _flat(plan, series, numbers)
    found.summaries.append(summarise(series, prints, flat))
    if _is_of_a_tank(plan, tag):
        found.minutes[tag.tag] = balance.Minutes(tag, _by_minute(series))
    if _is_of_an_interlock(plan, tag):
        found.switches[tag.tag] = series
    out = [
        *_wrong_limits(plan, tag),
        *missed.other_limits(tag.tag, plan),
    ]
    if due:
        out += [
            *presence.findings(series, there, numbers),
            *out_of_range(series, numbers),
            *jumps(series, numbers),
            *forged(series, numbers, prints),
            *timing.time_faults(series, numbers),
            *missed.missed(series, plan, numbers),
        ]
    found.findings += [one for one in out if numbers.wants(one.kind)]


def together(found: Pass, ahead: Mapping[str, int]) -> list[QualityRow]:
    """What needs several points, and then the scores."""
    plan, settings = found.plan, found.plan.settings
    owed = {tag.tag for tag in plan.site.tags if plan.due(tag)}
    out = [*flat_lines(found.summaries, plan.start, settings), *same_series(found.summaries, plan.start, plan.end, settings)]
    out += _tanks(found)
    out += _interlocks(found)
    found.findings += [one for one in out if one.tag in owed and _wanted(plan, one)]
    found.findings += [
        timing.ahead(source, count, plan.start, plan.end) for source, count in sorted(ahead.items()) if count > 0
    ]
    mine = by_tag(found.findings)
    rows = []
    for tag in plan.site.tags:
        there = found.presences[tag.tag]
        its = [*mine.get(tag.tag, ()), *(mine.get(f"@{tag.source}", ()) if tag.source else ())]
        scores = score(there.slots, there.online, its, settings.weights, settings.deductions) if there.slots.due else Scores()
        counts: dict[str, int] = {}
        for one in mine.get(tag.tag, ()):
            counts[one.kind.value] = counts.get(one.kind.value, 0) + 1
        rows.append(QualityRow(tag.tag, scores, there.slots, there.online, counts))
    return rows


def series_of(plan: Plan, tag: Tag, columns: Columns, numbers: TagNumbers) -> Series:
    source = plan.eras[-1].sources.get(tag.source)
    period = tag.period_s or (1.0 if source is None else source.period_s)
    own = numbers.own.by_exception
    quiet = own if own is not None else source is not None and source.driver in plan.settings.by_exception
    return Series(tag, columns, plan.start, plan.end, max(1, round(period * SECOND)), quiet, plan.gaps)


def _flat(plan: Plan, series: Series, numbers: TagNumbers) -> Flat | None:
    """The longest time without a change; one that began before the span is followed back as far as it takes to judge it."""
    patience = numbers.flat_s
    if patience is None or series.tag.is_digital:
        return None
    least = round(min(STOOD_S, patience) * SECOND)
    flat = longest_flat(series, least)
    if flat is None or not flat.from_before or flat.end - flat.start >= patience * SECOND:
        return flat
    back = plan.start - round(patience * SECOND)
    for columns in plan.store.historian.columns([series.tag.tag], back, plan.start, state=True):
        earlier = Series(series.tag, columns, back, plan.start, series.period, series.by_exception, series.gaps)
        number = np.where(earlier.valid, columns.number, np.nan)
        resolution = 0.5 * 10.0 ** -max(0, series.tag.decimals)
        with np.errstate(invalid="ignore"):
            other = np.flatnonzero(~(np.abs(number - flat.value) <= resolution))
        first = int(other[-1]) + 1 if len(other) else 0
        if first < len(number):
            return Flat(min(flat.start, int(columns.source[first])), flat.end, flat.value, True)
    return flat


def _wrong_limits(plan: Plan, tag: Tag) -> list[Finding]:
    at = plan.start, plan.end
    return [
        finding(QualityKind.LIMITS, one.what, tag.tag, at, one.score, one.said, one.evidence, one.value)
        for one in wrong_limits(tag, _gas_of(plan, tag))
    ]


def _gas_of(plan: Plan, tag: Tag) -> Gas | None:
    """The toxic gas a detector looks for: the one its name names, or the only one there."""
    equipment = plan.eras[-1].equipment.get(tag.equipment)
    if tag.kind is not Kind.TOXIC_GAS or equipment is None:
        return None
    cards, _ = chemicals_at(plan.site, equipment, tag)
    toxic = [card for card in cards if card.figure("oel_mg_m3")]
    named = [card for card in toxic if any(name and name in tag.name for name in (card.name, *card.aliases))]
    if not named and len(toxic) != 1:
        return None
    card = (named or toxic)[0]

    def figure(key: str) -> float | None:
        found = card.figure(key)
        return found[0].value if found else None

    return Gas(card.name, figure("oel_mg_m3"), figure("idlh_ppm"), figure("vapour_density"))


def _is_of_a_tank(plan: Plan, tag: Tag) -> bool:
    return any(
        tag.tag in (tank.level, tank.temperature, *tank.inflows, *tank.outflows, *tank.activity) for tank in plan.settings.tanks
    )


def _is_of_an_interlock(plan: Plan, tag: Tag) -> bool:
    return tag.kind is Kind.INTERLOCK or any(tag.tag in (one.tag, one.bypass, one.fault) for one in plan.settings.interlocks)


def _by_minute(series: Series) -> np.ndarray[Any, np.dtype[np.float64]]:
    times, values = series.numbers
    means = minute_means(times, values, series.start, series.end)
    if series.by_exception or series.tag.is_digital:
        last = np.maximum.accumulate(np.where(np.isfinite(means), np.arange(len(means)), -1))
        before = series.columns.number[:1] if len(series.columns.source) else np.array([np.nan])
        held = np.where(last >= 0, means[np.maximum(last, 0)], before[0] if len(before) else np.nan)
        return np.where(np.isfinite(means), means, held)
    return means


def _tanks(found: Pass) -> list[Finding]:
    plan, out = found.plan, list[Finding]()
    groups: dict[str, list[tuple[Tank, Strapping]]] = {}
    lacking = set[str]()
    for number, tank in enumerate(plan.settings.tanks):
        name = tank.group or f"#{number}"
        table = _strapping(plan, tank.equipment, tank.area_m2)
        if table is None:
            found.notes.append(_note({"said": "no_strapping", "tank": tank.equipment}))
            lacking.add(name)
        else:
            groups.setdefault(name, []).append((tank, table))
    for name, tanks in groups.items():
        if name in lacking:
            continue  # the group without one of its tanks does not balance
        mine, why = balance.balance(tanks, found.minutes, plan.start, plan.settings)
        out += mine
        if why:
            found.notes.append(_note(why))
    return out


def _note(why: Mapping[str, Any]) -> dict[str, Any]:
    """`text` in Chinese; a desk may word it from the figures."""
    return {"text": reason(why), "evidence": dict(why)}


def _strapping(plan: Plan, equipment: str, area: float) -> Strapping | None:
    data = plan.site.strapping.get(f"{equipment}.csv")
    if data is None:
        return upright(area) if area else None
    try:
        return read_strapping(data.decode("utf-8"))
    except WrongTable:  # kept by another version of the program: the check of a site refuses it
        return None


def _interlocks(found: Pass) -> list[Finding]:
    plan, out = found.plan, list[Finding]()
    for wanted in plan.settings.interlocks:
        due = plan.due(plan.eras[-1].tags.get(wanted.tag, Tag(wanted.tag)))
        states = interlocks.states(wanted, found.switches, due)
        approved = [*plan.out.get(wanted.tag, ()), *plan.out.get(wanted.bypass, ())]
        alarms = [one for tag in wanted.limits for one in plan.alarmed.get(tag, ())]
        out += interlocks.findings(wanted, states, approved, alarms, plan.settings["bypass_h"])
    return out


def _interlock_rates(found: Pass) -> dict[str, Any] | None:
    """投用率 of all interlocks of the site, and of each that was not in service all the time."""
    plan = found.plan
    wanted = {one.tag: one for one in plan.settings.interlocks}
    tags = [tag.tag for tag in plan.site.tags if tag.kind is Kind.INTERLOCK or tag.tag in wanted]
    rates = {}
    for name in tags:
        due = plan.due(plan.eras[-1].tags[name]) if name in plan.eras[-1].tags else []
        declared = wanted.get(name, Interlock(name))
        rate = interlocks.states(declared, found.switches, due).rate
        if rate is not None:
            rates[name] = rate
    if not rates:
        return None
    return {"count": len(rates), "in_service": sum(rates.values()) / len(rates), "declared": len(wanted)}


def _enterprise(found: Pass) -> float | None:
    """企业在线率: the share of time in which enough of its points were online."""
    if not found.alive:
        return None
    bins = np.array(found.alive, np.int8)
    due, online = (bins >= 0).sum(axis=0), (bins == 1).sum(axis=0)
    counted = due > 0
    if not counted.any():
        return None
    enough = 100 * online[counted] >= found.plan.settings["enterprise_pct"] * due[counted]
    return float(enough.mean())


def _wanted(plan: Plan, one: Finding) -> bool:
    tag = plan.eras[-1].tags.get(one.tag)
    return tag is None or plan.settings.of(tag).wants(one.kind)

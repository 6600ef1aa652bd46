"""Definition 11: the state of interlocks (联锁状态) through the span: 投用, 旁路, 故障, 未知. Pure.

A bypass is a deed of people and needs their word: the interlock, or its bypass switch, taken out of service by a command with a
work order while it lasts, and for no longer than one approval may. Where nothing tells of a bypass, an interlock whose data is
good counts as in service, and one whose data is not as unknown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.domain.instant import HOUR, SECOND
from app.domain.kpi import Alarmed
from app.domain.quality import Finding, QualityKind
from app.domain.quality_reasons import finding
from app.domain.settings.quality import Interlock
from app.station.quality.plan import OutOfService
from app.station.quality.series import Series, Span, common, held, merged, within, without

CODE = QualityKind.INTERLOCK
SHORT = 60 * SECOND  # a switch that is only tried


@dataclass(frozen=True)
class States:
    """When the interlock was in which state; together the time that was due."""

    in_service: Sequence[Span]
    bypassed: Sequence[Span]
    fault: Sequence[Span]
    unknown: Sequence[Span]

    @property
    def rate(self) -> float | None:
        """投用率."""
        total = sum(_length(one) for one in (self.in_service, self.bypassed, self.fault, self.unknown))
        return _length(self.in_service) / total if total else None


def states(wanted: Interlock, series: Mapping[str, Series], due: Sequence[Span]) -> States:
    own = series.get(wanted.tag)
    known = common(_while(own, None), due) if own is not None else []
    bypassed, fault = list[Span](), list[Span]()
    if wanted.bypass:
        switch = series.get(wanted.bypass)
        heard = common(_while(switch, None), due) if switch is not None else []
        known = common(known, heard)
        bypassed = common(_while(switch, wanted.bypass_on), due) if switch is not None else []
    if wanted.fault and wanted.fault in series:
        fault = without(common(_while(series[wanted.fault], wanted.fault_on), due), bypassed)
    good = without(without(known, bypassed), fault)
    unknown = without(without(without(due, good), bypassed), fault)
    return States(good, bypassed, fault, unknown)


def findings(
    wanted: Interlock, found: States, approved: Sequence[OutOfService], alarms: Sequence[Alarmed], longest_h: float
) -> list[Finding]:
    out = []
    for start, end in merged(found.bypassed):
        if end - start < SHORT:
            continue
        papers = [one for one in approved if one.order and one.start < end and one.end > start]
        bare = without([(start, end)], [(one.start, min(one.end, one.start + round(longest_h * HOUR))) for one in papers])
        if not papers:
            out.append(_one(wanted, "unapproved", (start, end), 1.0, "bypass_unapproved"))
        elif _length(bare) > SHORT:
            order = "、".join(dict.fromkeys(one.order for one in papers))
            more = {"bare_s": _length(bare) / SECOND, "order": order, "length_s": (end - start) / SECOND}
            out.append(_one(wanted, "too_long", (bare[0][0], bare[-1][1]), 0.8, "bypass_too_long", **more))
        open = [one for one in alarms if one.raised < end and (one.cleared is None or one.cleared > start)]
        if open:
            names = "、".join(dict.fromkeys(f"{one.tag} {one.rule}" for one in open))
            span = max(start, open[0].raised), end
            out.append(_one(wanted, "alarm_open", span, 1.0, "bypass_alarm_open", alarms=names))
    faults = _length(found.fault)
    if faults > SHORT:
        span = found.fault[0][0], found.fault[-1][1]
        out.append(_one(wanted, "fault", span, 0.6, "interlock_fault", length_s=faults / SECOND))
    return out


def _one(wanted: Interlock, what: str, span: Span, score: float, said: str, **more: Any) -> Finding:
    return finding(CODE, what, wanted.tag, span, score, said, {"length_s": (span[1] - span[0]) / SECOND, **more})


def _while(series: Series | None, value: int | None) -> list[Span]:
    """When the point was known (None), or known to be this value, by the station's clock."""
    if series is None or not len(series.live):
        return []
    live = series.live
    patience = series.end if series.by_exception else max(3 * series.period, 120 * SECOND)
    ends = np.minimum(np.append(live.receive[1:], series.end), live.receive + patience)
    wanted = live.valid if value is None else live.valid & (live.number == value)
    return without(within(held(live, wanted, ends), series.start, series.end), series.gaps)


def _length(spans: Sequence[Span]) -> int:
    return sum(end - start for start, end in spans)

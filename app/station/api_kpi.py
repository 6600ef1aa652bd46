"""Calls for the figures of the alarm system. Station side."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.domain.instant import DAY, HOUR
from app.station import kpi
from app.station.api_parts import LoggedInAs, TheStation, Time, instant, json
from app.station.errors import Malformed, Unknown

router = APIRouter(tags=["统计"])

LONGEST = 366 * DAY


@router.get("/kpi", summary="一段时间的报警系统指标（ISA-18.2、EEMUA 191）；默认最近 30 天")
async def report(station: TheStation, who: LoggedInAs, start: Time = None, end: Time = None) -> Response:
    now = station.clock.now()
    to = instant(end)
    to = now if to is None else to
    begin = instant(start)
    begin = to - 30 * DAY if begin is None else begin
    if begin >= to:
        raise Malformed("malformed", "start 必须早于 end")
    if to - begin > LONGEST:
        raise Malformed("malformed", "一次最多统计 366 天")
    return json(await station.call(kpi.report, station.store.journal, station.site, station.wording, begin, to, now))


@router.get("/kpi/proposals", summary="用历史数据模拟：改变死区或延时后，这条报警会剩下多少")
async def proposals(
    station: TheStation,
    who: LoggedInAs,
    tag: str,
    rule: str,
    hours: Annotated[float, Query(gt=0, le=31 * 24, allow_inf_nan=False)] = 72.0,
) -> Response:
    watch, slot = station.engine.watches.get(tag), station.table.slots.get(tag)
    found = None if watch is None else next((one for one in watch.rules if one.kind.value == rule), None)
    if found is None or slot is None:
        raise Unknown("not_found", f"位号 {tag} 没有报警 {rule}")
    if rule not in ("HH", "H", "L", "LL"):
        raise Malformed("malformed", "只能模拟高高报、高报、低报、低低报")
    row = slot.tag
    span = None if row.range_low is None or row.range_high is None else row.range_high - row.range_low
    now = station.clock.now()
    return json(await station.call(kpi.what_if, station.store.historian, found, span, now - round(hours * HOUR), now))

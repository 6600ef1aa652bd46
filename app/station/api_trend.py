"""Calls of the trend page beyond the curves: limits of the past, marks, statistics, export. Station side."""

import asyncio
import threading
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app.domain.instant import DAY, HOUR, Instant
from app.domain.roles import Action
from app.station import limits_history, marks, statistics
from app.station.api_card import in_force_of
from app.station.api_journal import export_told
from app.station.api_parts import LoggedInAs, TheStation, Time, instant, json
from app.station.errors import Malformed, Unknown
from app.station.station import Station
from app.store.ports import Historian, Journal

router = APIRouter(tags=["趋势"])

LONGEST = 366 * DAY
MOST_TAGS = 16
_EVER: Instant = 0

Tags = Annotated[list[str], Query(max_length=MOST_TAGS)]


@router.get("/tags/{tag:path}/limits/history", summary="限值的历史：何时起、由谁改成多少")
async def limits(
    tag: str, request: Request, station: TheStation, who: LoggedInAs, start: Time = None, end: Time = None
) -> Response:
    _existing(station, [tag])
    begin, to = _span(station, start, end, _EVER)
    in_force = in_force_of(request, station)
    spans = await station.call(limits_history.limits_between, station.store, in_force, tag, begin, to)
    return json(limits_history.told(spans))


@router.get("/history/marks", summary="报警与操作，画在时间轴上")
async def happened(station: TheStation, who: LoggedInAs, tag: Tags, start: Time = None, end: Time = None) -> Response:
    names = _existing(station, tag)
    begin, to = _span(station, start, end)
    found: list[dict[str, Any]] = []
    cut = False
    for name in names:
        some, missing = await station.call(marks.marks, station.store.journal, station.wording, name, begin, to)
        found += some
        cut = cut or missing
    return json({"marks": sorted(found, key=lambda one: one["at"]), "cut": cut})


@router.get("/history/statistics", summary="一段时间的统计，按原始样本计算")
async def figures(
    request: Request, station: TheStation, who: LoggedInAs, tag: Tags, start: Time = None, end: Time = None
) -> Response:
    """One answer a tag; a caller that goes away calls it off."""
    names = _existing(station, tag)
    begin, to = _span(station, start, end)
    if to - begin > LONGEST:
        raise Malformed("malformed", "一次最多统计 366 天")
    in_force, store, now = in_force_of(request, station), station.store, station.clock.now()
    called_off = threading.Event()

    def work() -> list[dict[str, Any]]:
        historian: Historian = store.historian
        journal: Journal = store.journal
        out = []
        for name in names:
            spans = limits_history.limits_between(store, in_force, name, begin, to)
            out.append(statistics.statistics(historian, journal, name, begin, to, now, spans, called_off.is_set))
        return out

    running = asyncio.ensure_future(station.call(work))
    try:
        while not running.done():
            await asyncio.wait([running], timeout=0.25)
            if not running.done() and await request.is_disconnected():
                called_off.set()
        return json(await running)
    except statistics.CalledOff:
        return json([])
    except asyncio.CancelledError:
        called_off.set()
        raise


class TrendExport(BaseModel):
    model_config = ConfigDict(extra="forbid")

    tags: Annotated[list[str], Field(min_length=1, max_length=MOST_TAGS)]
    start: str
    end: str
    raw: bool = False
    points: Annotated[int, Field(ge=2, le=20_000)] = 1500
    format: Literal["csv", "xlsx"] = "csv"


@router.post("/history/export", summary="导出曲线为文件，在后台进行；进度与文件见 /exports")
async def export(body: TrendExport, station: TheStation, who: LoggedInAs) -> Response:
    station.commands.require(who, Action.VIEW, "export", {"what": "trend"})
    names = _existing(station, body.tags)
    begin, to = _span(station, body.start, body.end)
    if to - begin > LONGEST:
        raise Malformed("malformed", "一次最多导出 366 天")
    station.writer.refuse_if_down()  # an export is journalled, or it is not made
    filters = {
        "tags": names, "start": begin, "end": to, "raw": body.raw, "points": body.points, "until": station.clock.now(),
    }  # fmt: skip
    return json(export_told(station.duty_log.exports.begin(who, "trend", body.format, filters)), 202)


def _span(station: Station, start: str | None, end: str | None, default: Instant | None = None) -> tuple[Instant, Instant]:
    """The last hour unless told otherwise. Raises Malformed."""
    to = instant(end)
    to = station.clock.now() if to is None else to
    begin = instant(start)
    if begin is None:
        begin = to - HOUR if default is None else default
    if begin >= to:
        raise Malformed("malformed", "start 必须早于 end")
    return begin, to


def _existing(station: Station, names: list[str]) -> list[str]:
    for name in names:
        if name not in station.table.slots:
            raise Unknown("not_found", f"没有位号 {name}")
    return list(dict.fromkeys(names))

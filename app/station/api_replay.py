"""Calls of the replay: the picture of a second, how it went on, what happened. Station side."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.domain.instant import DAY, HOUR, SECOND, Instant, to_rfc3339
from app.station import replay_events
from app.station.api_parts import LoggedInAs, TheStation, Time, instant, json
from app.station.commands import Who
from app.station.errors import Malformed
from app.station.station import Station

router = APIRouter(prefix="/replay", tags=["回放"])

LONGEST = 31 * DAY
WHAT = "replay"


@router.get("/at", summary="某一秒的完整画面：数值、报警、数据源，形状同推送的快照")
async def at(station: TheStation, who: LoggedInAs, at: Time = None) -> Response:
    now = station.clock.now()
    moment = instant(at)
    moment = now if moment is None else moment
    if moment > now:
        raise Malformed("malformed", "只能回放过去：这个时刻还没有到")
    _saw(station, who, moment)
    return Response(await station.replay.call(station.replay.at, moment), media_type="application/json")


@router.get("/span", summary="一段时间里的变化，按先后；形状同推送的增量，end 为下一页的起点")
async def span(
    station: TheStation,
    who: LoggedInAs,
    start: Time = None,
    end: Time = None,
    step_s: Annotated[float, Query(gt=0, le=3600, allow_inf_nan=False)] = 1.0,
) -> Response:
    low, high = _span(station, start, end)
    _saw(station, who, low)
    step = round(step_s * SECOND)
    return Response(await station.replay.call(station.replay.span, low, high, step), media_type="application/json")


@router.get("/events", summary="一段时间里发生的事，每页按先后；before 为上一页给出的值")
async def events(
    station: TheStation,
    who: LoggedInAs,
    start: Time = None,
    end: Time = None,
    before: Annotated[int | None, Query(ge=1)] = None,
    limit: Annotated[int, Query(ge=1, le=2000)] = replay_events.MOST,
) -> Response:
    low, high = _span(station, start, end)
    _saw(station, who, low)
    names = station.wording.name_of
    return json(await station.replay.call(replay_events.events, station.store, low, high, names, before, limit))


@router.get("/density", summary="一段时间里各时段的报警数（紧急、高、中、低）和历史数据的缺口")
async def density(
    station: TheStation,
    who: LoggedInAs,
    start: Time = None,
    end: Time = None,
    slots: Annotated[int, Query(ge=1, le=2000)] = 300,
) -> Response:
    low, high = _span(station, start, end)
    return json(await station.replay.call(replay_events.density, station.store, low, high, slots))


def _span(station: Station, start: str | None, end: str | None) -> tuple[Instant, Instant]:
    now = station.clock.now()
    high = instant(end)
    high = now if high is None else min(high, now)
    low = instant(start)
    low = high - HOUR if low is None else low
    if low >= high:
        raise Malformed("malformed", "start 必须早于 end，且早于现在")
    if high - low > LONGEST:
        raise Malformed("malformed", "一次最多回放 31 天")
    return low, high


def _saw(station: Station, who: Who, moment: Instant) -> None:
    """Who looked at which hour again: one line in ten minutes."""
    station.duty_log.viewings.saw(who, WHAT, f"time:{to_rfc3339(moment // HOUR * HOUR)}")

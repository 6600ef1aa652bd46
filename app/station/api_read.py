"""Calls that read what is and what was: status, values, alarms, history. Station side."""

import sys
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.domain.instant import HOUR, to_rfc3339
from app.station.api_parts import LoggedInAs, TheStation, Time, instant, json
from app.station.board import VIEWS
from app.station.curves import curves_json
from app.station.encode import value_text
from app.station.errors import Malformed, Unknown
from app.station.station import Station

router = APIRouter(tags=["读取"])

MOST_TAGS = 64
MOST_POINTS = 20_000


@router.get("/health", summary="站在运行（无需登录）")
async def health(station: TheStation) -> Response:
    return json({"ok": True, "version": station.given.version})


@router.get("/status", summary="站、数据源、存储、时钟的状态")
async def status(request: Request, station: TheStation, who: LoggedInAs) -> Response:
    now = station.clock.now()
    writer, history, config = station.writer, station.history, station.given.config
    links = station.wiring.messages()
    return json(
        {
            "station": {"code": station.site.code, "name": station.site.name, "timezone": station.site.timezone},
            "versions": {
                "hazwatch": station.given.version,
                "python": sys.version.split()[0],
                "config": None if config is None else config.version,
            },
            "started_at": to_rfc3339(station.started_at),
            "uptime_s": (now - station.started_at) // 1_000_000,
            "links": links,
            "store": {
                "writable": not writer.trouble,
                "last_error": writer.trouble,
                "backlog": writer.backlog,
                "written": writer.written,
                "merged": writer.merged,
                "dropped": writer.dropped,
                "history": {
                    "last_error": history.trouble,
                    "buffered": history.buffered,
                    "written": history.written,
                    "lost": history.lost,
                    "cpu_s": round(history.cpu_s, 3),
                    "longest_s": round(history.longest_s, 3),
                },
            },
            "loop": {"longest_s": round(station.heart.longest, 3), "worst_s": round(station.heart.worst, 3)},
            "counts": {
                "tags": len(station.table),
                "good": sum(link.good for link in links),
                "uncertain": sum(link.uncertain for link in links),
                "bad": sum(link.bad for link in links),
                "alarms": station.board.counts(),
                "clients": len(station.feed.clients),
                "users": station.logins.users,
            },
            "clock": {
                "now": to_rfc3339(now),
                "offset_s": station.clock.offset / 1_000_000,
            },
            "flood": station.extra()["flood"],
            "notices": station.notices.texts(),
            "tls_thumbprint": request.app.state.thumbprint,
            "memory_mb": _memory_mb(),
        }
    )


if sys.platform == "win32":

    def _memory_mb() -> float | None:
        return None  # the standard library has no figure for it there

else:
    import resource

    def _memory_mb() -> float | None:
        """Most that was ever resident."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return round(peak / (1024 if sys.platform != "darwin" else 1024 * 1024), 1)


# values and alarms


@router.get("/values", summary="实时值")
async def values(station: TheStation, who: LoggedInAs, tag: Annotated[list[str] | None, Query()] = None) -> Response:
    slots = station.table.slots
    wanted = slots.values() if tag is None else [slots[name] for name in _existing(station, tag)]
    body = "[" + ",".join(value_text(slot) for slot in wanted) + "]"
    return Response(body, media_type="application/json")


@router.get("/alarms", summary="当前报警")
async def alarms(station: TheStation, who: LoggedInAs, view: str | None = None) -> Response:
    if view is not None and view not in VIEWS:
        raise Malformed("malformed", f"没有视图 {view}，应为 {'、'.join(VIEWS)}")
    return json(station.board.alarms(view))


@router.get("/alarms/history", summary="历史报警，新的在前；after 为已取得的最小 occurrence")
async def alarm_history(
    station: TheStation,
    who: LoggedInAs,
    start: Time = None,
    end: Time = None,
    tag: str | None = None,
    equipment: str | None = None,
    priority: str | None = None,
    user: str | None = None,
    text: str | None = None,
    after: Annotated[int | None, Query(ge=0)] = None,
    limit: Annotated[int, Query(ge=1, le=5000)] = 200,
) -> Response:
    rows = await station.call(
        station.store.journal.occurrences,
        start=instant(start),
        end=instant(end),
        tag=tag,
        equipment=equipment,
        priority=priority,
        user=user,
        text=text,
        after=after,
        limit=limit,
    )
    return json([station.wording.past(row) for row in rows])


# history


@router.get("/history", summary="历史曲线")
async def history(
    station: TheStation,
    who: LoggedInAs,
    tag: Annotated[list[str], Query()],
    start: Time = None,
    end: Time = None,
    points: int = 1500,
) -> Response:
    if not 2 <= points <= MOST_POINTS:
        raise Malformed("malformed", f"points 应为 2 到 {MOST_POINTS} 之间的整数")
    to = instant(end)
    to = station.clock.now() if to is None else to
    begin = instant(start)
    begin = to - HOUR if begin is None else begin
    if begin >= to:
        raise Malformed("malformed", "start 必须早于 end")
    if len(tag) > MOST_TAGS:
        raise Malformed("malformed", f"一次最多 {MOST_TAGS} 个位号")
    names = _existing(station, tag)
    slots, now = station.table.slots, station.clock.now()

    def work() -> bytes:
        series = station.store.historian.reduced(names, begin, to, points, until=now)
        return curves_json(series, lambda name: slots[name].tag.unit if name in slots else "")

    return Response(await station.call(work), media_type="application/json")


def _existing(station: Station, names: list[str]) -> list[str]:
    """Each once, in the order asked for. Raises Unknown."""
    for name in names:
        if name not in station.table.slots:
            raise Unknown("not_found", f"没有位号 {name}")
    return list(dict.fromkeys(names))

"""Calls of the trend page beyond the curves: limits of the past, marks, statistics, export. Station side."""

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
from app.station.figures import SHORT
from app.station.jobs import Job, JobState
from app.station.station import Station

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


@router.get("/history/statistics", summary="一段时间的统计，按原始样本计算；较长的用 POST")
async def figures(station: TheStation, who: LoggedInAs, tag: Tags, start: Time = None, end: Time = None) -> Response:
    """One answer a tag. min, max: of the good values that held within the span; mean, std: weighted by time; beyond_s: seconds
    at or beyond each limit as it counted then; good_share: share of the span for which a good value was known."""
    names = _existing(station, tag)
    begin, to = _span(station, start, end)
    if (to - begin) * len(names) > SHORT:
        raise Malformed("malformed", f"位号数 × 天数超过 {SHORT // DAY} 的统计请用 POST /history/statistics，在后台进行")
    return json(await station.call(statistics.figures, station.store, _figures_order(station, names, begin, to)))


class FiguresWanted(BaseModel):
    model_config = ConfigDict(extra="forbid")

    tags: Annotated[list[str], Field(min_length=1, max_length=MOST_TAGS)]
    start: str
    end: str


@router.post("/history/statistics", summary="一段时间的统计；短的立即算完，长的在后台进行，可看进度、可取消")
async def begin_figures(body: FiguresWanted, station: TheStation, who: LoggedInAs) -> Response:
    """`rows` as GET gives them once `state` is done; until then ask /history/statistics/{id}."""
    names = _existing(station, body.tags)
    begin, to = _span(station, body.start, body.end)
    if to - begin > LONGEST:
        raise Malformed("malformed", "一次最多统计 366 天，请缩短时间段")
    order = _figures_order(station, names, begin, to)
    if (to - begin) * len(names) > SHORT:
        return json(_figures_told(station.duty_log.figures.begin(who, order)), 202)
    rows = await station.call(statistics.figures, station.store, order)
    return json({"id": "", "state": "done", "done": 1, "total": 1, "error": "", "rows": rows})


@router.get("/history/statistics/{id}", summary="统计的进度和结果")
async def figures_so_far(id: str, station: TheStation, who: LoggedInAs) -> Response:
    return json(_figures_told(station.duty_log.figures.get(who, id)))


@router.delete("/history/statistics/{id}", summary="取消统计")
async def call_figures_off(id: str, station: TheStation, who: LoggedInAs) -> Response:
    await station.duty_log.figures.remove(who, id)
    return json({})


def _figures_order(station: Station, tags: list[str], start: Instant, end: Instant) -> dict[str, Any]:
    return {"tags": tags, "start": start, "end": end, "now": station.clock.now()}


def _figures_told(job: Job) -> dict[str, Any]:
    rows = job.result["rows"] if job.state is JobState.DONE else []
    return {"id": job.id, "state": job.state.value, "done": job.done, "total": job.total, "error": job.error, "rows": rows}


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
        raise Malformed("malformed", "一次最多导出 366 天，请缩短时间段")
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

"""Calls for the data quality (数据质量): scores, findings, the work itself, the sheet. Station side."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from app.domain.instant import Instant, to_datetime
from app.domain.quality import QualityKind
from app.station.api_parts import LoggedInAs, TheStation, Time, instant, json
from app.station.errors import Malformed, Unknown
from app.station.quality import report
from app.station.quality.service import job_dict
from app.station.station import Station
from app.store.rows import QualityRun

router = APIRouter(tags=["数据质量"])

_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS = tuple(kind.value for kind in QualityKind)
Day = Annotated[str | None, Query(max_length=40, description="本地日期，如 2026-11-21；不写则为最近一次")]


class Run(BaseModel):
    """A local day, or a span."""

    model_config = ConfigDict(extra="forbid")
    day: Annotated[str, Field(max_length=10)] = ""
    start: str | None = None
    end: str | None = None


@router.get("/quality", summary="数据质量得分：全厂，并按测点、数据源或重大危险源；差的在前")
async def scores(
    station: TheStation, who: LoggedInAs, day: Day = None, by: Literal["tag", "source", "hazard_source"] = "tag"
) -> Response:
    run = await _run(station, day)
    if run is None:
        return json({"run": None, "whole": None, "rows": [], "findings": [], "job": job_dict(station.quality.job)})
    station.duty_log.viewings.saw(who, "quality", f"day:{run.day}")

    def told() -> dict[str, Any]:
        rows = station.store.quality.rows(run.day)
        site = station.site
        listed = report.points(site, rows) if by == "tag" else report.groups(site, rows, by)
        about = station.store.quality.findings(run.day, tag="")
        sources = [one for source in site.sources for one in station.store.quality.findings(run.day, tag=f"@{source.id}")]
        return {
            "run": report.run_dict(run),
            "whole": report.whole(rows),
            "rows": listed,
            "findings": report.finding_rows([*about, *sources]),
            "job": job_dict(station.quality.job),
        }

    return json(await station.call(told))


@router.get("/quality/days", summary="已有结果的日期，新的在前")
async def days(station: TheStation, who: LoggedInAs, limit: Annotated[int, Query(ge=1, le=1000)] = 400) -> Response:
    runs = await station.call(station.store.quality.runs, limit)
    return json([report.run_dict(one) for one in runs])


@router.get("/quality/thresholds", summary="产品定义和全部阈值，并注明哪些是默认值")
async def thresholds(station: TheStation, who: LoggedInAs) -> Response:
    return json(report.thresholds(station.quality.settings))


@router.get("/quality/findings", summary="一段时间里发现的问题，重的在前")
async def findings(
    station: TheStation,
    who: LoggedInAs,
    day: Day = None,
    start: Time = None,
    end: Time = None,
    tag: str | None = None,
    kind: Annotated[list[str] | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=20_000)] = 5000,
) -> Response:
    wrong = [one for one in kind or () if one not in KINDS]
    if wrong:
        raise Malformed("malformed", f"没有问题类别 {'、'.join(wrong)}，应为：{'、'.join(KINDS)}")
    begin, to = _span(start, end)
    found = await station.call(station.store.quality.findings, day, begin, to, tag, kind or (), limit)
    return json(report.finding_rows(found))


@router.get("/quality/run", summary="正在进行或最近一次计算的进度，没有则为 null")
async def progress(station: TheStation, who: LoggedInAs) -> Response:
    return json(job_dict(station.quality.job))


@router.post("/quality/run", summary="在后台计算一天或一段时间的数据质量")
async def run(body: Run, station: TheStation, who: LoggedInAs) -> Response:
    if body.day:
        try:
            start, end = station.quality.span_of(date.fromisoformat(body.day))
        except (ValueError, OverflowError) as error:
            raise Malformed("malformed", f"日期无法理解：{body.day!r}，应像 2026-11-21") from error
    else:
        begin, to = _span(body.start, body.end)
        if begin is None or to is None:
            raise Malformed("malformed", "应写明 day，或 start 和 end")
        start, end = begin, to
    return json(job_dict(station.quality.begin(who, start, end, body.day)), 202)


@router.delete("/quality/run", summary="取消正在进行的计算；不留下半个结果")
async def cancel(station: TheStation, who: LoggedInAs) -> Response:
    if station.quality.job is None:
        raise Unknown("not_found", "没有正在进行的计算")
    await station.quality.cancel()
    return json(job_dict(station.quality.job))


@router.get("/quality/sheet.xlsx", summary="一天的数据质量 Excel 表")
async def sheet(station: TheStation, who: LoggedInAs, day: Day = None) -> Response:
    run = await _run(station, day)
    if run is None:
        raise Unknown("not_found", "还没有结果，请先计算")
    station.duty_log.viewings.saw(who, "quality", f"day:{run.day}")

    def made() -> bytes:
        from app.station.quality.book import quality_book  # here, for it brings openpyxl

        rows, site = station.store.quality.rows(run.day), station.site
        whole = {"key": site.code, "name": site.name, **report.whole(rows)}
        groups = {
            "全厂": [whole],
            "重大危险源": report.groups(site, rows, "hazard_source"),
            "数据源": report.groups(site, rows, "source"),
        }
        found = report.finding_rows(station.store.quality.findings(run.day, limit=100_000))
        return quality_book(report.run_dict(run), site.name, groups, report.points(site, rows), found, local)

    def local(at: Instant) -> str:
        return f"{to_datetime(at).astimezone(station.quality.zone):%Y-%m-%d %H:%M:%S}"

    name = f"quality-{run.day}.xlsx"
    return Response(
        await station.call(made), media_type=_SHEET, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@router.get("/quality/{tag:path}", summary="一个测点的得分、近 31 天的走势和问题")
async def one(
    tag: str, station: TheStation, who: LoggedInAs, day: Day = None, start: Time = None, end: Time = None
) -> Response:
    if tag not in station.table.slots:
        raise Unknown("not_found", f"没有位号 {tag}")
    run = await _run(station, day)
    begin, to = _span(start, end)
    within = None if begin is not None or to is not None or run is None else run.day
    store = station.store.quality

    def told() -> dict[str, Any]:
        equipment = {one.equipment: one for one in station.site.equipment}
        row = station.table.slots[tag].tag
        kept = [] if run is None else store.rows(run.day, tag)
        return {
            "run": None if run is None else report.run_dict(run),
            "row": report.point(kept[0], row, equipment) if kept else None,
            "findings": report.finding_rows(store.findings(within, begin, to, tag)),
            "history": [{"day": of.day, "score": its.scores.total} for of, its in store.history(tag)],
        }

    return json(await station.call(told))


async def _run(station: Station, day: str | None) -> QualityRun | None:
    store = station.store.quality
    if day is not None:
        found: QualityRun | None = await station.call(store.run, day)
        return found
    latest: list[QualityRun] = await station.call(store.runs, 1)
    return latest[0] if latest else None


def _span(start: str | None, end: str | None) -> tuple[Instant | None, Instant | None]:
    begin, to = instant(start), instant(end)
    if begin is not None and to is not None and begin >= to:
        raise Malformed("malformed", "start 必须早于 end")
    return begin, to

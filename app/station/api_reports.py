"""Calls for reports: what there is, one to be made, how far it is, its files and the pictures of its pages. Station side.

There is no call that deletes one: they go when their time is up.
"""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field

from app.domain.instant import to_rfc3339
from app.domain.report_period import Period
from app.domain.settings.reports import DEFAULTS, SPANS
from app.station.api_parts import LoggedInAs, TheStation, json
from app.station.jobs import JobState
from app.station.reports.order import FORMATS, KIND_WORDS, KINDS, Scope
from app.station.reports.service import Running

router = APIRouter(tags=["报表"])

Id = Annotated[str, Path(max_length=80)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Part(_Body):
    kind: Literal["site", "area", "hazard"] = "site"
    code: Annotated[str, Field(max_length=200)] = ""


class NewReport(_Body):
    kind: Annotated[str, Field(max_length=20)]
    period: Annotated[str, Field(max_length=60)]
    scope: Part = Part()
    formats: Annotated[list[Literal["pdf", "xlsx"]], Field(min_length=1, max_length=2)] = ["pdf", "xlsx"]


@router.get("/reports", summary="已有的报表，新的在前；正在生成的；可选的种类、时段、范围")
async def reports(station: TheStation, who: LoggedInAs) -> Response:
    service, now = station.reports, station.clock.now()
    calendar, wanted = service.calendar, service.settings
    equipment = station.site.equipment
    return json(
        {
            "reports": await service.list(),
            "jobs": [_job(one) for one in reversed(service.running.values()) if one.job.state is not JobState.DONE],
            "kinds": [{"kind": kind, "title": KIND_WORDS[kind]} for kind in KINDS],
            "formats": list(FORMATS),
            "periods": {
                span: {"now": _period(calendar.at(span, now)), "last": _period(calendar.before(span, now))} for span in SPANS
            },
            "shifts": [one.name for one in station.shifts.rota.settings.shifts],
            "areas": sorted({one.area for one in equipment} - {""}),
            "hazards": sorted({one.hazard_source for one in equipment} - {""}),
            "automatic": list(wanted.automatic),
            "delay_min": wanted.delay_min,
            "keep_days": dict(wanted.keep_days),
            "defaults": DEFAULTS,
        }
    )


@router.post("/reports", summary="生成一份报表，在后台进行")
async def begin(body: NewReport, station: TheStation, who: LoggedInAs) -> Response:
    scope = Scope(body.scope.kind, body.scope.code)
    job = await station.reports.begin(who, body.kind, body.period, scope, body.formats)
    return json(_job(station.reports.get(job.id)), 202)


@router.get("/reports/jobs/{id}", summary="生成报表的进度：位号数")
async def progress(id: Id, station: TheStation, who: LoggedInAs) -> Response:
    return json(_job(station.reports.get(id)))


@router.post("/reports/jobs/{id}/cancel", summary="取消生成报表，不留下文件")
async def cancel(id: Id, station: TheStation, who: LoggedInAs) -> Response:
    return json(_job(await station.reports.cancel(who, id)))


@router.get("/reports/{id}/pages/{number}.png", summary="报表一页的图片，供没有 PDF 阅读器的机器查看")
async def page(id: Id, number: Annotated[int, Path(ge=1, le=100_000)], station: TheStation, who: LoggedInAs) -> FileResponse:
    _, file = await station.reports.page(id, number)
    station.duty_log.viewings.saw(who, "report", id)
    return FileResponse(file, media_type="image/png")


@router.get("/reports/{id}.pdf", summary="报表的 PDF")
async def pdf(id: Id, station: TheStation, who: LoggedInAs) -> FileResponse:
    _, file = await station.reports.file(id, "pdf")
    station.duty_log.viewings.saw(who, "report", id)
    return FileResponse(file, filename=f"{id}.pdf", media_type="application/pdf")


@router.get("/reports/{id}.xlsx", summary="报表的 Excel 表")
async def xlsx(id: Id, station: TheStation, who: LoggedInAs) -> FileResponse:
    _, file = await station.reports.file(id, "xlsx")
    station.duty_log.viewings.saw(who, "report", id)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return FileResponse(file, filename=f"{id}.xlsx", media_type=kind)


def _period(one: Period | None) -> dict[str, str] | None:
    if one is None:
        return None
    return {"key": one.key, "title": one.title, "start": to_rfc3339(one.start), "end": to_rfc3339(one.end)}


def _job(one: Running) -> dict[str, Any]:
    """`report`: what its id will be, or is. `tags`: so many of `total` steps are tags."""
    job, order = one.job, one.order
    return {
        "id": job.id,
        "report": order.id,
        "kind": order.kind,
        "title": f"{KIND_WORDS[order.kind]}　{order.period.title}",
        "period": order.period.key,
        "period_title": order.period.title,
        "scope": {"kind": order.scope.kind, "code": order.scope.code, "title": order.scope.title},
        "state": job.state.value,
        "by": job.by,
        "automatic": not one.user,
        "done": job.done,
        "total": job.total,
        "started_at": to_rfc3339(job.started_at),
        "ended_at": None if job.ended_at is None else to_rfc3339(job.ended_at),
        "error": job.error,
    }

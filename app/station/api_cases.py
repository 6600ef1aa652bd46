"""Calls of case packages (案卷): asked for, followed, called off, taken away; finished ones are never deleted. Station side."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field

from app.domain.instant import to_rfc3339
from app.station.api_parts import LoggedInAs, TheStation, instant, json
from app.station.errors import Malformed
from app.station.jobs import Job
from app.station.video.cases import MOST, Asked

router = APIRouter(tags=["案卷"])

Number = Annotated[int, Field(ge=1, le=2**62)]
Code = Annotated[str, Field(min_length=1, max_length=200)]
Name = Annotated[str, Path(max_length=100)]


class NewCase(BaseModel):
    model_config = ConfigDict(extra="forbid")

    occurrences: Annotated[list[Number], Field(max_length=MOST)] = []
    cameras: Annotated[list[Code], Field(max_length=MOST)] = []
    start: str
    end: str
    why: Annotated[str, Field(min_length=1, max_length=500)]


@router.get("/cases", summary="案卷：正在制作的 jobs 和已完成的 packages")
async def cases(station: TheStation, who: LoggedInAs) -> Response:
    packages = await station.video.cases.packages(who)
    return json({"jobs": [_job(job) for job in station.video.cases.jobs()], "packages": packages})


@router.post("/cases", summary="制作案卷（值班主管）：录像、趋势、报警、表单、日志和封印打成一个 zip，在后台进行")
async def begin(body: NewCase, station: TheStation, who: LoggedInAs) -> Response:
    start, end = instant(body.start), instant(body.end)
    if start is None or end is None or start >= end:
        raise Malformed("malformed", "start 必须早于 end")
    asked = Asked(tuple(dict.fromkeys(body.occurrences)), tuple(dict.fromkeys(body.cameras)), start, end, body.why)
    return json(_job(await station.video.cases.begin(who, asked)), 202)


@router.get("/cases/{id}", summary="案卷制作的进度")
async def case(id: Name, station: TheStation, who: LoggedInAs) -> Response:
    return json(_job(station.video.cases.get(who, id)))


@router.post("/cases/{id}/cancel", summary="取消制作")
async def cancel(id: Name, station: TheStation, who: LoggedInAs) -> Response:
    return json(_job(await station.video.cases.cancel(who, id)))


@router.get("/cases/{name}/file", summary="案卷的 zip 文件，name 见案卷列表")
async def file(name: Name, station: TheStation, who: LoggedInAs) -> Response:
    path = await station.video.cases.file(who, name)
    station.duty_log.viewings.saw(who, "case", name)
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(path.name)}", "Cache-Control": "no-store"}
    return FileResponse(path, media_type="application/zip", headers=headers)


def _job(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "name": job.task["name"],
        "state": job.state.value,
        "done": job.done,
        "total": job.total,
        "by": job.by,
        "why": job.task["why"],
        "started_at": to_rfc3339(job.started_at),
        "ended_at": None if job.ended_at is None else to_rfc3339(job.ended_at),
        "error": job.error,
        **job.result,
    }

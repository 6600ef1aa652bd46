"""Calls on the journal: pages and search, one record, checks, seals, viewings, exports. Station side."""

from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field

from app.domain import journal_words as words
from app.domain.instant import to_rfc3339
from app.domain.roles import Action, may
from app.domain.seal import Seal, read_seal, seal_text
from app.station.api_parts import LoggedInAs, TheStation, Time, instant, json
from app.station.commands import Who
from app.station.errors import Denied, Malformed, Unknown
from app.station.exports import FORMATS
from app.station.jobs import Job
from app.station.journal_query import search_of
from app.station.seal_print import seal_pdf
from app.station.station import Station
from app.store.rows import Written

router = APIRouter(tags=["日志"])

LONGEST_TEXT = 200
Number = Annotated[int, Path(ge=1, le=2**62)]
Text = Annotated[str | None, Query(max_length=LONGEST_TEXT)]
Before = Annotated[int | None, Query(ge=1, le=2**62, description="只要编号小于它的")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Viewed(_Body):
    what: Annotated[str, Field(min_length=1, max_length=40)]
    subject: Annotated[str, Field(max_length=200)] = ""


class Check(_Body):
    seal: Annotated[str, Field(max_length=2000)] = ""


class Filters(_Body):
    """Of an export; those of the journal, or of the history of alarms."""

    start: str | None = None
    end: str | None = None
    kinds: Annotated[list[str], Field(max_length=20)] = []
    actor: str | None = None
    tag: str | None = None
    occurrence: int | None = None
    text: Annotated[str | None, Field(max_length=LONGEST_TEXT)] = None
    equipment: str | None = None
    priority: str | None = None
    user: str | None = None


class Export(_Body):
    kind: Literal["journal", "alarms"]
    format: str = "csv"
    filters: Filters = Filters()


@router.get("/journal", summary="事件日志：按编号顺序；给出 before 或任何筛选条件则新的在前")
async def journal(
    station: TheStation,
    who: LoggedInAs,
    after: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=5000)] = 500,
    kind: Annotated[list[str] | None, Query()] = None,
    before: Before = None,
    start: Time = None,
    end: Time = None,
    actor: Text = None,
    tag: Text = None,
    occurrence: Annotated[int | None, Query(ge=1)] = None,
    text: Text = None,
) -> Response:
    _reading(station, who)
    kinds = kind or []
    if len(kinds) < 2 and before is None and not any((start, end, actor, tag, occurrence, text)):
        lines = await station.call(station.store.journal.read, after, limit, kinds[0] if kinds else None)
        return json([_line(station, line) for line in lines])
    filters = {
        "start": instant(start), "end": instant(end), "kinds": kinds, "actor": actor, "tag": tag, "occurrence": occurrence,
        "text": text, "after": after,
    }  # fmt: skip
    lines = []
    while len(lines) < limit:  # each search is bounded; a list has nowhere to say that it should be asked again
        found = await station.call(station.store.journal.search, search_of(filters, before, limit - len(lines)))
        lines += found.records
        before = found.before
        if before is None:
            break
    return json([_line(station, line) for line in lines])


@router.get("/journal/page", summary="一页日志，新的在前；before 接着往前，searched_to 是已查到的时刻")
async def page(
    station: TheStation,
    who: LoggedInAs,
    before: Before = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    kind: Annotated[list[str] | None, Query()] = None,
    start: Time = None,
    end: Time = None,
    actor: Text = None,
    tag: Text = None,
    occurrence: Annotated[int | None, Query(ge=1)] = None,
    text: Text = None,
) -> Response:
    """`records` may be few or none with `before` set: so much was looked through in one call, go on from there."""
    _reading(station, who)
    filters = {
        "start": instant(start), "end": instant(end), "kinds": kind, "actor": actor, "tag": tag, "occurrence": occurrence,
        "text": text,
    }  # fmt: skip
    found = await station.call(station.store.journal.search, search_of(filters, before, limit))
    return json(
        {
            "records": [_line(station, line) for line in found.records],
            "before": found.before,
            "searched_to": None if found.searched_to is None else to_rfc3339(found.searched_to),
        }
    )


@router.get("/journal/kinds", summary="日志记录的类别和中文名")
async def kinds(station: TheStation, who: LoggedInAs) -> Response:
    return json([{"kind": kind, "title": title} for kind, title in words.KINDS.items()])


@router.get("/journal/verify", summary="最近一次校验的进度或结果，没有则为 null")
async def verdict(station: TheStation, who: LoggedInAs) -> Response:
    _reading(station, who)
    return json(None if station.duty_log.check is None else _check(station.duty_log.check))


@router.post("/journal/verify", summary="在后台校验整个日志；给出封印文字则同时与它核对")
async def verify(station: TheStation, who: LoggedInAs, body: Check | None = None) -> Response:
    station.commands.require(who, Action.READ_JOURNAL, "verify")
    seal = "" if body is None else body.seal.strip()
    if seal:
        try:
            read_seal(seal)
        except ValueError as error:
            raise Malformed("malformed", str(error)) from error
    return json(_check(station.duty_log.verify(who, seal)), 202)


@router.delete("/journal/verify", summary="取消正在进行的校验")
async def stop_verify(station: TheStation, who: LoggedInAs) -> Response:
    station.commands.require(who, Action.READ_JOURNAL, "verify")
    check = station.duty_log.check
    if check is None:
        raise Unknown("not_found", "没有校验可以取消")
    await check.cancel()
    return json(_check(check))


@router.get("/journal/{id}", summary="一条日志和它前后两条")
async def record(id: Number, station: TheStation, who: LoggedInAs) -> Response:
    _reading(station, who)
    lines = await station.call(station.store.journal.read, max(0, id - 2), 3)
    by_id = {line.id: line for line in lines}
    if id not in by_id:
        raise Unknown("not_found", f"没有第 {id} 条日志")
    neighbours = [by_id.get(id - 1), by_id.get(id + 1)]
    before, after = (None if one is None else _line(station, one) for one in neighbours)
    return json({**_line(station, by_id[id]), "before": before, "after": after})


@router.post("/viewed", summary="留痕：看了什么（同一人同一对象十分钟内只记一次）")
async def viewed(body: Viewed, station: TheStation, who: LoggedInAs) -> Response:
    return json({"journalled": station.duty_log.viewings.saw(who, body.what, body.subject)})


@router.get("/seals", summary="日封印，新的在前")
async def seals(
    station: TheStation, who: LoggedInAs, before: Before = None, limit: Annotated[int, Query(ge=1, le=1000)] = 200
) -> Response:
    _reading(station, who)
    found = await station.call(station.store.seals.list, before, limit)
    key = await station.call(station.duty_log.sealer.public_key)
    return json({"key": key, "site": station.site.code, "seals": [_seal(station, one) for one in found]})


@router.get("/seals/{number}.pdf", summary="打印的日封印，带二维码")
async def seal_on_paper(number: Number, station: TheStation, who: LoggedInAs) -> Response:
    _reading(station, who)
    one, site, zone = await _sealed(station, number), station.site, station.duty_log.zone
    pdf = await station.call(seal_pdf, one, site.code, site.name, zone, station.clock.now())
    name = f"seal-{site.code}-{number}.pdf".encode("ascii", "replace").decode()
    return Response(pdf, media_type="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.get("/seals/{number}", summary="一个日封印")
async def seal(number: Number, station: TheStation, who: LoggedInAs) -> Response:
    _reading(station, who)
    return json(_seal(station, await _sealed(station, number)))


@router.get("/exports", summary="本人的导出；可读日志者看到全部")
async def exports(station: TheStation, who: LoggedInAs) -> Response:
    return json([export_told(job) for job in station.duty_log.exports.list() if _mine(who, job)])


@router.post("/exports", summary="导出日志或报警历史为文件，在后台进行")
async def export(body: Export, station: TheStation, who: LoggedInAs) -> Response:
    action = Action.READ_JOURNAL if body.kind == "journal" else Action.VIEW
    station.commands.require(who, action, "export", {"what": body.kind})
    if body.format not in FORMATS:
        raise Malformed("malformed", f"不能导出为 {body.format}，应为 {'、'.join(FORMATS)}")
    station.writer.refuse_if_down()  # an export is journalled, or it is not made
    filters = body.filters.model_dump()
    filters["start"], filters["end"] = instant(body.filters.start), instant(body.filters.end)
    return json(export_told(station.duty_log.exports.begin(who, body.kind, body.format, filters)), 202)


@router.get("/exports/{id}", summary="导出的进度")
async def export_state(id: str, station: TheStation, who: LoggedInAs) -> Response:
    return json(export_told(_job(station, who, id)))


@router.get("/exports/{id}/file", summary="导出的文件")
async def export_file(id: str, station: TheStation, who: LoggedInAs) -> Response:
    job = _job(station, who, id)
    file = station.duty_log.exports.file(job)
    station.duty_log.viewings.saw(who, "export", file.name)
    return FileResponse(file, filename=file.name)


@router.delete("/exports/{id}", summary="取消导出，或删除它的文件")
async def export_remove(id: str, station: TheStation, who: LoggedInAs) -> Response:
    job = _job(station, who, id)
    await station.duty_log.exports.remove(id)
    return json(export_told(job))


def _reading(station: Station, who: Who) -> None:
    station.commands.require(who, Action.READ_JOURNAL, "read_journal")
    station.duty_log.viewings.saw(who, "journal")


def _line(station: Station, line: Written) -> dict[str, Any]:
    record = line.record
    return {
        "id": line.id,
        "time": to_rfc3339(record.time),
        "kind": record.kind,
        "actor": record.actor,
        "tag": record.tag,
        "occurrence": record.occurrence,
        "data": dict(record.data),
        "previous": line.previous,
        "hash": line.hash,
        "title": words.kind_word(record.kind),
        "text": words.sentence(
            record.kind,
            record.actor,
            record.tag,
            record.occurrence,
            record.data,
            station.wording.name_of,
            ZoneInfo(station.site.timezone),
        ),
    }


def _check(job: Job) -> dict[str, Any]:
    return {
        "state": job.state.value,
        "by": job.by,
        "done": job.done,
        "total": job.total,
        "started_at": to_rfc3339(job.started_at),
        "ended_at": None if job.ended_at is None else to_rfc3339(job.ended_at),
        "seal": job.task["seal"],
        "error": job.error,
        "result": job.result or None,
    }


async def _sealed(station: Station, number: int) -> Seal:
    found: Seal | None = await station.call(station.store.seals.get, number)
    if found is None:
        raise Unknown("not_found", f"没有第 {number} 号日封印")
    return found


def _seal(station: Station, one: Seal) -> dict[str, Any]:
    return {
        "number": one.number,
        "record": one.record,
        "day": one.day,
        "cause": one.cause,
        "made_at": to_rfc3339(one.made_at),
        "first": one.first,
        "last": one.last,
        "count": one.count,
        "hash": one.hash,
        "sha256": one.sha256,
        "sm3": one.sm3,
        "key": one.key,
        "signature": one.signature,
        "text": seal_text(one, station.site.code),
    }


def _mine(who: Who, job: Job) -> bool:
    return job.by == who.user or may(who.role, Action.READ_JOURNAL)


def _job(station: Station, who: Who, id: str) -> Job:
    job = station.duty_log.exports.get(id)
    if not _mine(who, job):
        raise Denied("forbidden", "这是别人的导出")
    return job


def export_told(job: Job) -> dict[str, Any]:
    result = job.result if job.state == "done" else {}
    return {
        "id": job.id,
        "kind": job.task["what"],
        "format": job.task["format"],
        "state": job.state.value,
        "by": job.by,
        "done": job.done,
        "total": job.total,
        "started_at": to_rfc3339(job.started_at),
        "ended_at": None if job.ended_at is None else to_rfc3339(job.ended_at),
        "name": job.task["file"].replace("\\", "/").rpartition("/")[2],
        "rows": result.get("rows"),
        "size": result.get("size"),
        "sha256": result.get("sha256"),
        "error": job.error,
    }

"""Calls of video: states of cameras, where a seat reads a stream, clips, spans of recorders, evidence locks, spot checks.

Station side. Nothing here deletes a clip.
"""

import ipaddress
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field

from app.domain.instant import to_rfc3339
from app.domain.roles import Action, may
from app.domain.spot_check import Subject
from app.station.api_forms import whole
from app.station.api_parts import LoggedInAs, TheStation, Time, address_of, instant, json
from app.station.errors import Denied, Malformed, Unknown
from app.station.video.playback import Wanted
from app.store.rows import ClipRow

router = APIRouter(tags=["视频"])

LONGEST_WHY = 500
Id = Annotated[int, Path(ge=1, le=2**62)]
Why = Annotated[str, Field(min_length=1, max_length=LONGEST_WHY)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Fetch(_Body):
    camera: Annotated[str, Field(min_length=1, max_length=200)]
    start: str
    end: str
    reason: Why
    occurrence: Annotated[int, Field(ge=0, le=2**62)] = 0
    form: Annotated[int, Field(ge=0, le=2**62)] = 0


class Reason(_Body):
    why: Why


class Draw(_Body):
    kinds: Annotated[list[Subject], Field(max_length=len(Subject))] = []


# cameras


@router.get("/cameras/state", summary="全部摄像机的状态：预录、断线原因、帧率、时钟偏差")
async def states(station: TheStation, who: LoggedInAs) -> Response:
    return json(station.video.states())


@router.get("/cameras/clocks", summary="校时监测：各录像机、摄像机的时钟与站时钟的偏差")
async def clocks(station: TheStation, who: LoggedInAs) -> Response:
    return json(station.video.clocks.all())


@router.get("/cameras/{camera}/stream", summary="值守席取流的地址和登录信息；只经 TLS 或本机给出")
async def stream(
    camera: str,
    request: Request,
    station: TheStation,
    who: LoggedInAs,
    which: Annotated[Literal["main", "sub"], Query(description="主码流或子码流")] = "sub",
) -> Response:
    if not may(who.role, Action.VIEW):
        raise Denied("forbidden", f"角色 {who.role} 不能查看视频")
    found = station.video.cameras.get(camera)
    if found is None:
        raise Unknown("not_found", f"没有摄像机 {camera}")
    if not _is_private(request):
        raise Denied("not_private", "摄像机的登录信息只经加密连接给出：请用 https 连接站")
    address = await station.call(station.video.logins.address, found, which == "sub")
    station.duty_log.viewings.saw(who, "video", f"camera:{camera}")
    told = {
        "url": address.url,
        "user": address.user,
        "password": address.password,
        "transport": address.transport,
        "folder": station.video.camera_folder(found),
    }
    answer = json(told)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@router.get("/cameras/{camera}/playback", summary="值守席回放录像机里一段录像的地址和登录信息；只经 TLS 或本机给出")
async def playback(
    camera: str, request: Request, station: TheStation, who: LoggedInAs, start: Time = None, end: Time = None
) -> Response:
    if not may(who.role, Action.FETCH_VIDEO):
        raise Denied("forbidden", f"角色 {who.role} 不能回放录像机里的录像")
    if not _is_private(request):
        raise Denied("not_private", "录像机的登录信息只经加密连接给出：请用 https 连接站")
    begin, until = instant(start), instant(end)
    if begin is None or until is None:
        raise Malformed("malformed", "请写明 start 和 end")
    found = await station.call(station.video.recorders.find, camera, begin, until)
    station.duty_log.viewings.saw(who, "playback", f"camera:{camera}")
    address = found.address
    told = {"url": address.url, "user": address.user, "password": address.password, "offset_s": found.offset_s}
    answer = json(told)
    answer.headers["Cache-Control"] = "no-store"
    return answer


# clips


@router.get("/clips", summary="录像片段，新的在前；after 为已取到的最小编号")
async def clips(
    station: TheStation,
    who: LoggedInAs,
    occurrence: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    camera: Annotated[str | None, Query(max_length=200)] = None,
    start: Time = None,
    end: Time = None,
    after: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 200,
) -> Response:
    wanted = {"camera": camera, "start": instant(start), "end": instant(end), "after": after, "limit": limit}
    book = station.video.book
    rows = await station.call(station.store.clips.find, occurrence=occurrence, **wanted)
    if occurrence is not None and after is None and camera is None:
        rows = book.of_alarm(occurrence, rows)
    return json([book.message(row) for row in book.newest(rows)])


@router.post("/clips", summary="从录像机按时间调取一段录像，在后台进行；进度见片段的 progress")
async def fetch(body: Fetch, station: TheStation, who: LoggedInAs) -> Response:
    start, end = instant(body.start), instant(body.end)
    if start is None or end is None:
        raise Malformed("malformed", "请写明 start 和 end")
    if body.occurrence and station.board.alarm(body.occurrence) is None:
        rows = await station.call(station.store.journal.occurrences, after=body.occurrence + 1, limit=1)
        if not rows or rows[0].occurrence != body.occurrence:
            raise Unknown("not_found", f"没有编号为 {body.occurrence} 的报警")
    wanted = Wanted(body.camera, start, end, body.reason, body.occurrence, body.form)
    return _clip(station, await station.video.playback.ask(who, wanted), 202)


@router.get("/clips/{id}", summary="一个录像片段：状态、进度、首末帧时间、SHA-256、锁定")
async def clip(id: Id, station: TheStation, who: LoggedInAs) -> Response:
    return _clip(station, await station.video.keeping.get(id))


@router.get("/clips/{id}/file", summary="片段的 MP4 文件，支持 Range")
async def file(id: Id, station: TheStation, who: LoggedInAs) -> Response:
    row, path = await station.video.keeping.file(id)
    station.duty_log.viewings.saw(who, "clip", f"clip:{id}")
    name = quote(f"{row.camera}_{to_rfc3339(row.first_frame or row.start)}_{row.id}.mp4".replace(":", ""))
    headers = {
        "Content-Disposition": f"inline; filename*=UTF-8''{name}",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "X-Content-SHA256": row.sha256,
    }
    return FileResponse(path, media_type="video/mp4", headers=headers)


@router.post("/clips/{id}/cancel", summary="取消调取")
async def cancel(id: Id, station: TheStation, who: LoggedInAs) -> Response:
    row = await station.video.keeping.get(id)
    await station.video.playback.cancel(who, row.id)
    return _clip(station, await station.video.keeping.get(id))


@router.post("/clips/{id}/lock", summary="锁定为证据：不随保存期清除（值班主管）")
async def lock(id: Id, body: Reason, station: TheStation, who: LoggedInAs) -> Response:
    return _clip(station, await station.video.keeping.lock(who, id, body.why))


@router.post("/clips/{id}/unlock", summary="解除锁定：须由锁定人以外的主管")
async def unlock(id: Id, body: Reason, station: TheStation, who: LoggedInAs) -> Response:
    return _clip(station, await station.video.keeping.unlock(who, id, body.why))


# spot checks


@router.post("/spot_check", summary="视频抽查：按等级和距上次抽查的时间抽取对象，建立抽查记录")
async def spot_check(station: TheStation, who: LoggedInAs, body: Draw | None = None) -> Response:
    form = await station.video.spot_checks.draw(who, (body or Draw()).kinds)
    told: dict[str, Any] = {"form": await whole(station, who, form), "camera": form.fields["camera"]}
    return json(told, 201)


def _clip(station: TheStation, row: ClipRow, status: int = 200) -> Response:
    return json(station.video.book.message(row), status)


def _is_private(request: Request) -> bool:
    """Over TLS, or within this machine."""
    if request.url.scheme == "https":
        return True
    try:
        return ipaddress.ip_address(address_of(request)).is_loopback
    except ValueError:
        return False

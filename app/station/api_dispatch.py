"""Calls about telling people: the log of messages, the outlets and their test; and what the desks say of their sound.

Station side.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from app.domain.alarm import Refused
from app.domain.instant import to_rfc3339
from app.domain.roles import Role
from app.station.api_parts import LoggedInAs, TheStation, Time, instant, json
from app.station.dispatch.service import message
from app.station.errors import Denied, KnownError
from app.store.rows import Record

router = APIRouter(tags=["通知"])

TESTERS = frozenset({Role.SUPERVISOR, Role.ENGINEER, Role.ADMIN})
Short = Annotated[str, Field(max_length=200)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Test(_Body):
    to: Short = ""


class Audio(_Body):
    seat: Annotated[str, Field(min_length=1, max_length=80)]
    ok: bool
    detail: Short = ""


class HornTest(_Body):
    heard: bool
    seat: Annotated[str, Field(max_length=80)] = ""
    detail: Short = ""


@router.get("/dispatch", summary="通知记录，最新的在前")
async def log(
    station: TheStation,
    who: LoggedInAs,
    state: Annotated[str | None, Query(pattern="^(waiting|sent|gave_up)$")] = None,
    outlet: str | None = None,
    person: str | None = None,
    text: str | None = None,
    start: Time = None,
    end: Time = None,
    after: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Response:
    wanted: dict[str, Any] = {"state": state, "outlet": outlet, "person": person, "text": text, "after": after, "limit": limit}
    rows = await station.dispatch.find(**wanted, start=instant(start), end=instant(end))
    return json([{**message(row), "text": row.text} for row in rows])


@router.get("/dispatch/outlets", summary="通知通道的状态")
async def outlets(station: TheStation, who: LoggedInAs) -> Response:
    return json(await station.dispatch.outlets())


@router.post("/dispatch/outlets/{name}/test", summary="立即试发一条，回答结果")
async def test(name: str, body: Test, station: TheStation, who: LoggedInAs) -> Response:
    if who.role not in TESTERS:
        raise Denied("forbidden", "只有值班长、工程师和管理员可以测试通知通道")
    row = await station.dispatch.test(name, who.user, body.to)
    return json({"ok": row.state == "sent", **message(row)})


@router.post("/seat/audio", summary="值守席报告本席的声音能否听到")
async def audio(body: Audio, station: TheStation, who: LoggedInAs) -> Response:
    if station.seats.tell(body.seat, body.ok, body.detail, who.user):
        data = {"what": "seat_audio", "seat": body.seat, "ok": body.ok, "detail": body.detail}
        station.writer.note(Record(station.clock.now(), "system", who.user, data=data))
    return json({"seat": body.seat, "ok": body.ok})


@router.get("/seat/audio", summary="各值守席的声音")
async def seats(station: TheStation, who: LoggedInAs) -> Response:
    return json(
        [
            {"seat": one.seat, "ok": one.ok, "detail": one.detail, "user": one.user, "at": to_rfc3339(one.at)}
            for one in station.seats.all()
        ]
    )


@router.post("/seat/horn_test", summary="记录交接班的试音：听到了，或没有听到")
async def horn_test(body: HornTest, station: TheStation, who: LoggedInAs) -> Response:
    data = {"what": "horn_test", "heard": body.heard, "seat": body.seat, "detail": body.detail}
    await station.writer.submit([Record(station.clock.now(), "command", who.user, data=data)], [], [])
    said = "声音正常" if body.heard else "没有声音"
    try:
        await station.shifts.note(who, f"{body.seat}{said}", "horn_test")  # the handover sheet looks for it there
    except (KnownError, Refused) as error:
        return json({"heard": body.heard, "noted": False, "why": error.message})
    return json({"heard": body.heard, "noted": True, "why": ""})

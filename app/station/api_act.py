"""Calls that do something to alarms; each is one command of the command bus. Station side."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from app.domain.plant import EquipmentStatus
from app.domain.rows import row_of
from app.domain.wire import AlarmMsg
from app.station.api_parts import LoggedInAs, TheStation, json
from app.station.equipment import set_status
from app.station.shelf import Begun

router = APIRouter(tags=["操作"])

MOST = 10_000

Occurrence = Annotated[int, Path(ge=1, le=2**62)]
Note = Annotated[str, Field(max_length=1000)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Ack(_Body):
    note: Note | None = None


class AckMany(_Body):
    occurrences: Annotated[list[int], Field(min_length=1, max_length=MOST)]
    note: Note | None = None


class Shelve(_Body):
    """`reason` from the list of `GET /policy`, `text` in one's own words."""

    minutes: Annotated[float, Field(allow_inf_nan=False)]
    reason: Note
    text: Note | None = None


class ShelveRule(Shelve):
    rule: Annotated[str, Field(min_length=1, max_length=20)]


class Status(_Body):
    status: EquipmentStatus
    reason: Note
    work_order: Note | None = None


class RuleOf(_Body):
    rule: Annotated[str, Field(max_length=16)]


class Reason(_Body):
    reason: Note


class OutOfService(_Body):
    reason: Note
    work_order: Note | None = None


MaybeAck = Annotated[Ack | None, Body()]


@router.post("/alarms/ack", summary="确认多条报警；每条各自成功或被拒绝")
async def ack_many(body: AckMany, station: TheStation, who: LoggedInAs) -> Response:
    return json(await station.commands.acknowledge_many(who, body.occurrences, body.note or ""))


@router.post("/alarms/{occurrence}/ack", summary="确认")
async def ack(occurrence: Occurrence, station: TheStation, who: LoggedInAs, body: MaybeAck = None) -> Response:
    note = "" if body is None else body.note or ""
    return json(await station.commands.acknowledge(who, occurrence, note))


@router.post("/alarms/{occurrence}/shelve", summary="搁置")
async def shelve(occurrence: Occurrence, body: Shelve, station: TheStation, who: LoggedInAs) -> Response:
    """202: another person has to agree first; the body names the form."""
    return _shelved(await station.commands.shelve(who, occurrence, body.minutes, body.reason, body.text or ""))


@router.post("/alarms/{occurrence}/unshelve", summary="取消搁置")
async def unshelve(occurrence: Occurrence, station: TheStation, who: LoggedInAs) -> Response:
    return json(await station.commands.unshelve(who, occurrence))


@router.post("/alarms/{occurrence}/reset", summary="复位锁存的报警")
async def reset(occurrence: Occurrence, station: TheStation, who: LoggedInAs) -> Response:
    return json(await station.commands.reset(who, occurrence))


@router.post("/tags/{tag:path}/shelve", summary="搁置位号的一条报警规则，现在不在报警也可以")
async def shelve_rule(tag: str, body: ShelveRule, station: TheStation, who: LoggedInAs) -> Response:
    """202: another person has to agree first; the body names the form."""
    commands = station.commands
    return _shelved(await commands.shelve_rule(who, tag, body.rule, body.minutes, body.reason, body.text or ""))


@router.post("/tags/{tag:path}/unshelve", summary="取消位号一条报警规则的搁置")
async def unshelve_rule(tag: str, body: RuleOf, station: TheStation, who: LoggedInAs) -> Response:
    return json(await station.commands.unshelve_rule(who, tag, body.rule))


def _shelved(done: AlarmMsg | Begun) -> Response:
    if isinstance(done, Begun):
        told = {"form": done.form, "kind": "shelve_request", "message": "已提交搁置申请，另一人批准后生效"}
        return json(told, 202)
    return json(done)


@router.post("/tags/{tag:path}/suppress", summary="抑制位号的全部报警")
async def suppress(tag: str, body: Reason, station: TheStation, who: LoggedInAs) -> Response:
    await station.commands.suppress(who, tag, body.reason)
    return json({"tag": tag})


@router.post("/tags/{tag:path}/unsuppress", summary="解除抑制")
async def unsuppress(tag: str, station: TheStation, who: LoggedInAs) -> Response:
    await station.commands.unsuppress(who, tag)
    return json({"tag": tag})


@router.post("/tags/{tag:path}/out_of_service", summary="停用位号的全部报警")
async def out_of_service(tag: str, body: OutOfService, station: TheStation, who: LoggedInAs) -> Response:
    await station.commands.out_of_service(who, tag, body.reason, body.work_order or "")
    return json({"tag": tag})


@router.post("/tags/{tag:path}/return_to_service", summary="恢复使用")
async def return_to_service(tag: str, station: TheStation, who: LoggedInAs) -> Response:
    await station.commands.return_to_service(who, tag)
    return json({"tag": tag})


@router.post("/equipment/{code:path}/status", summary="设备投用、停用或检修：按设计抑制其报警，或重新评估")
async def equipment_status(code: str, body: Status, station: TheStation, who: LoggedInAs) -> Response:
    version = await set_status(station, who, code, body.status, body.reason, body.work_order or "")
    equipment = next(one for one in station.site.equipment if one.equipment == code)
    return json({"equipment": row_of(equipment), "version": version.version})

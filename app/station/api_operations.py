"""The call for the running of the system itself. Station side."""

from fastapi import APIRouter, Response

from app.station.api_parts import LoggedInAs, TheStation, json
from app.station.operations import operations

router = APIRouter(tags=["运维"])


@router.get("/operations", summary="五位一体运维：传感器、摄像机、网关、网络、平台各自的状态、最差的在前")
async def state(station: TheStation, who: LoggedInAs) -> Response:
    return json(await operations(station))

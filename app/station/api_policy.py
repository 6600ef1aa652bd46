"""What the desk may do and why an alarm is as it is: `GET /policy`, `GET /tags/{tag}/why`. Station side."""

from fastapi import APIRouter, Response

from app.domain import policy
from app.station.api_parts import LoggedInAs, TheStation, json

router = APIRouter(tags=["操作"])


@router.get("/policy", summary="操作规定：搁置时间、原因、本角色的权限与已用数量，说明是否必填")
async def read_policy(station: TheStation, who: LoggedInAs) -> Response:
    return json(policy.told(station.alarm, who.role, station.shelf.used(who.user)))

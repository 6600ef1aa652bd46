"""What the desk may do and why an alarm is as it is: `GET /policy`, `GET /tags/{tag}/why`. Station side."""

from fastapi import APIRouter, Response

from app.domain import policy
from app.station.api_parts import LoggedInAs, TheStation, json
from app.station.why import why_of

router = APIRouter(tags=["操作"])


@router.get("/policy", summary="操作规定：搁置时间、原因、本角色的权限与已用数量，说明是否必填")
async def read_policy(station: TheStation, who: LoggedInAs) -> Response:
    return json(policy.told(station.alarm, who.role, station.shelf.used(who.user)))


@router.get("/tags/{tag:path}/why", summary="为什么不报警，为什么报警：每条规则的事实、近来的变化、限值自何时生效")
async def why(tag: str, station: TheStation, who: LoggedInAs) -> Response:
    """Also for `@source` and `@station/part`."""
    return json(await why_of(station, tag))

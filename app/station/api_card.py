"""Calls of the alarm card and the emergency cards of chemicals. Station side; they read, nothing is changed."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.domain.nearby import RADIUS_M
from app.station.api_parts import LoggedInAs, TheStation, json
from app.station.card import alarm_card
from app.station.chemicals import chemical, chemicals
from app.station.errors import Unknown
from app.station.inforce import InForce
from app.station.station import Station

router = APIRouter(tags=["报警卡片"])

MOST_RADIUS_M = 2000.0

Occurrence = Annotated[int, Path(ge=1, le=2**62)]
Radius = Annotated[float, Query(ge=0, le=MOST_RADIUS_M, description="周边探测器的半径，米（50 为默认值，非官方规定）")]


def in_force_of(request: Request, station: Station) -> InForce:
    """One for the life of the API: it remembers what it has read of the journal."""
    made: InForce | None = getattr(request.app.state, "in_force", None)
    if made is None:
        made = request.app.state.in_force = InForce(station.store)
    return made


@router.get("/alarms/{occurrence}/card", summary="一次报警的全部情况")
async def card(
    occurrence: Occurrence, request: Request, station: TheStation, who: LoggedInAs, radius: Radius = RADIUS_M
) -> Response:
    return json(await alarm_card(station, in_force_of(request, station), occurrence, radius))


@router.get("/chemicals", summary="应急卡目录")
async def all_chemicals(who: LoggedInAs) -> Response:
    return json([{"cas": c.cas, "name": c.name, "name_en": c.name_en, "aliases": c.aliases, "un": c.un} for c in chemicals()])


@router.get("/chemicals/{cas:path}", summary="一种化学品的应急卡，按 CAS 号或名称")
async def one_chemical(cas: str, who: LoggedInAs) -> Response:
    found = chemical(cas)
    if found is None:
        raise Unknown("not_found", f"没有 {cas} 的应急卡")
    return json(found)

"""Spot checks (视频抽查) at the station: who may be drawn, the draw, its form; the looking is journalled. Station side."""

import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from app.domain.form import Form
from app.domain.instant import Instant, to_rfc3339
from app.domain.plant import Equipment, EquipmentStatus, EquipmentType, Site
from app.domain.roles import Action, may
from app.domain.spot_check import Candidate, Drawn, Subject, draw
from app.domain.tag import Priority
from app.station.commands import Who
from app.station.errors import Denied, NotAllowed
from app.station.words import optional_time

if TYPE_CHECKING:
    from app.station.station import Station

KIND = "spot_check"
DUTY_ROOM = "duty_room"
_PAGE, _PAGES = 500, 10


class SpotChecks:
    def __init__(self, station: "Station") -> None:
        self._station = station

    async def draw(self, who: Who, wanted: Iterable[Subject] = ()) -> Form:
        """Draws, begins the form and notes who was shown which camera. Raises KnownError, StoreUnavailable."""
        station = self._station
        station.writer.refuse_if_down()
        if not may(who.role, Action.FETCH_VIDEO):
            raise Denied("forbidden", f"角色 {who.role} 不能发起视频抽查")
        now = station.clock.now()
        subjects = set(wanted) or set(Subject)
        checked = await self._checked()
        some = [one for one in candidates(station.site, checked) if one.subject in subjects]
        seed = secrets.token_hex(16)
        drawn = draw(some, now, seed)
        if drawn is None:
            raise NotAllowed("nothing_to_check", "没有可抽查的对象：请在 cameras.csv 里为重大危险源、值班室关联摄像机")
        title, fields = f"视频抽查：{drawn.candidate.name}", self._fields(drawn, seed, now)
        # nobody begins one by hand: it would be a choice, not a draw
        form = await station.forms.born(KIND, drawn.candidate.key, title, Priority.MEDIUM.word, fields, by=who.user)
        station.duty_log.viewings.saw(who, "spot_check", f"camera:{drawn.camera}")
        return form

    async def _checked(self) -> dict[str, Instant]:
        """When each was checked last: a form of it was begun."""
        found: dict[str, Instant] = {}
        after: int | None = None
        for _ in range(_PAGES):  # older ones count as never: the weight has its end at thirty days
            rows = await self._station.forms.find(kind=KIND, after=after, limit=_PAGE)
            for row in rows:
                found.setdefault(row.subject, row.created_at)
            if len(rows) < _PAGE:
                break
            after = rows[-1].id
        return found

    def _fields(self, drawn: Drawn, seed: str, now: Instant) -> dict[str, Any]:
        one = drawn.candidate
        names = {camera.camera: camera.name for camera in self._station.site.cameras}
        fields = {
            "subject_kind": one.subject.value,
            "subject_id": one.id,
            "subject_name": one.name,
            "hazard_level": one.level,
            "camera": drawn.camera,
            "camera_name": names.get(drawn.camera, ""),
            "drawn_at": to_rfc3339(now),
            "last_checked": optional_time(one.checked),
            "chance": round(drawn.share * 100, 2),
            "of": drawn.of,
            "seed": seed,
        }
        return {key: value for key, value in fields.items() if value not in (None, "")}


def candidates(site: Site, checked: dict[str, Instant]) -> list[Candidate]:
    """Running work (units under maintenance), duty rooms, hazard sources; each with its cameras."""
    looks_at: dict[str, list[str]] = {}
    for camera in site.cameras:
        for code in camera.equipment:
            looks_at.setdefault(code, []).append(camera.camera)
    found = [
        _of(Subject.WORK, one.equipment, one.name, looks_at.get(one.equipment, ()), one.hazard_level)
        for one in site.equipment
        if one.status is EquipmentStatus.MAINTENANCE
    ]
    rooms = {one.equipment: one.name for one in site.equipment if one.type is EquipmentType.DUTY_ROOM}
    found += [_of(Subject.DUTY_ROOM, code, name, looks_at.get(code, ()), None) for code, name in rooms.items()]
    found += [
        _of(Subject.DUTY_ROOM, camera.camera, camera.name, [camera.camera], None)
        for camera in site.cameras
        if camera.kind == DUTY_ROOM and rooms.keys().isdisjoint(camera.equipment)
    ]
    sources: dict[str, list[Equipment]] = {}
    for one in site.equipment:
        if one.hazard_source:
            sources.setdefault(one.hazard_source, []).append(one)
    for source, parts in sources.items():
        cameras = dict.fromkeys(code for part in parts for code in looks_at.get(part.equipment, ()))
        level = min((part.hazard_level for part in parts if part.hazard_level), default=None)
        where = "、".join(dict.fromkeys(part.area for part in parts if part.area))
        name = f"重大危险源 {source}（{where}）" if where else f"重大危险源 {source}"
        found.append(_of(Subject.HAZARD_SOURCE, source, name, cameras, level))
    return [Candidate(c.subject, c.id, c.name, c.cameras, c.level, checked.get(c.key)) for c in found]


def _of(subject: Subject, id: str, name: str, cameras: Iterable[str], level: int | None) -> Candidate:
    return Candidate(subject, id, name or id, tuple(cameras), level)

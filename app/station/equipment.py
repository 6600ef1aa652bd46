"""Equipment stopped, in maintenance, or in service again (设备启停状态), while the station runs. Station side.

The status is part of the configuration: a change is a new version with who and why. The alarms of the equipment are suppressed
by design, with the reason, or looked at again; gas detectors are exempt (`bydesign`).
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from app.domain.plant import Equipment, EquipmentStatus, Site
from app.domain.roles import Action
from app.station.bydesign import WHY
from app.station.commands import Who, text_of
from app.station.errors import KnownError, NotAllowed, Unknown
from app.station.reconfigure import put_in_force
from app.store.rows import ConfigVersion

if TYPE_CHECKING:
    from app.station.station import Station

COMMAND = "equipment_status"


async def set_status(
    station: "Station", who: Who, code: str, status: EquipmentStatus, reason: str, work_order: str = ""
) -> ConfigVersion:
    """Raises Denied, Unknown, NotAllowed, StoreUnavailable; a refusal is journalled."""
    args = {"equipment": code, "reason": reason, "status": status.value, "work_order": work_order}
    station.commands.require(who, Action.SUPPRESS, COMMAND, args)
    why = text_of(reason) + (f"，工单 {text_of(work_order)}" if work_order.strip() else "")

    def change(site: Site) -> Site:
        if not reason.strip():
            raise NotAllowed("reason_required", "必须写明原因")
        before = next((one for one in site.equipment if one.equipment == code), None)
        if before is None:
            raise Unknown("not_found", f"没有设备 {code}")
        if before.status is status:
            raise NotAllowed("no_change", f"设备 {before.name or code} 已经是这个状态")
        after = _with_status(before, status, why)
        return replace(site, equipment=tuple(after if one is before else one for one in site.equipment))

    more = {"status_of": code, "why": text_of(reason), "work_order": text_of(work_order)}
    try:
        version = await put_in_force(station, change, who.user, f"设备 {code} 状态改为 {status.value}：{why}", more)
    except KnownError as error:
        station.commands.refused(who, COMMAND, "", 0, args, error.code)
        raise
    await station.commands.done(who, COMMAND, args)
    return version


def _with_status(before: Equipment, status: EquipmentStatus, why: str) -> Equipment:
    extra = {name: value for name, value in before.extra.items() if name != WHY}
    if status is not EquipmentStatus.IN_SERVICE:
        extra[WHY] = why
    return replace(before, status=status, extra=extra)

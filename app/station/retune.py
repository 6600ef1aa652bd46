"""Limits changed in the running station (在线修改限值): validated like the site package, all tags of a change or none.

Station side. The change comes approved (form `limit_change`): here it is checked once more, because the tag may have changed
since it was asked for, and put in force by `reconfigure`. After a restart the same limits hold.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from app.domain.masks import kinds_of, masks_of
from app.domain.plant import Site, Source
from app.domain.settings import settings
from app.domain.settings.alarm import read_alarm
from app.domain.tag import Limits, Priority, Tag
from app.site.tag_rules import check_tuning
from app.station.errors import NotAllowed, Unknown
from app.station.reconfigure import put_in_force
from app.store.rows import ConfigVersion

if TYPE_CHECKING:
    from app.station.station import Station

Changes = Mapping[str, Mapping[str, Any]]
"""Tag to field to new value; None takes a limit, or the pre-alarm, away."""

LIMITS = tuple(field.name for field in fields(Limits))


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("应为数字")
    return float(value)


def _not_negative(value: Any) -> float:
    number = _number(value)
    if number < 0:
        raise ValueError("应为 0 或正数")
    return number


def _limit(value: Any) -> float | None:
    return None if value is None else _number(value)


def _switch(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or value not in (0, 1):
        raise ValueError("应为 0 或 1，或不设")
    return int(value)


def _priority(value: Any) -> Priority:
    try:
        return Priority.of(value)
    except (KeyError, AttributeError):
        raise ValueError(f"应为 {'、'.join(one.word for one in Priority)} 之一") from None


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("应为 true 或 false")
    return value


FIELDS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(LIMITS, _limit),
    "deadband": _not_negative,
    "on_delay_s": _not_negative,
    "off_delay_s": _not_negative,
    "alarm_on": _switch,
    "priority_hh": _priority,
    "priority_h": _priority,
    "priority_l": _priority,
    "priority_ll": _priority,
    "latching": _flag,
    "prealarm_min": _limit,
    "priority_prealarm": _priority,
}


async def retune(station: "Station", changes: Changes, by: str, approved_by: str, why: str) -> ConfigVersion:
    """The version that counts afterwards. Raises NotAllowed with a sentence, Unknown for a tag, StoreUnavailable."""
    if not why.strip():
        raise NotAllowed("reason_required", "必须写明修改原因")
    text = why.strip() + (f"（批准：{approved_by}）" if approved_by else "")
    more = {"approved_by": approved_by, "why": why.strip()}
    return await put_in_force(station, lambda site: retuned_site(site, changes), by, text, more)


def retuned_site(site: Site, changes: Changes) -> Site:
    """The site with the changes, every other row the very same. Raises NotAllowed, Unknown."""
    known = {tag.tag: number for number, tag in enumerate(site.tags)}
    sources = {source.id: source for source in site.sources}
    tags = list(site.tags)
    faults: list[str] = []
    for name, wanted in changes.items():
        if name not in known:
            raise Unknown("not_found", f"没有位号 {name}")
        before = tags[known[name]]
        after = _changed(before, wanted, faults)
        _check(after, sources.get(after.source), faults)
        if after != before:
            tags[known[name]] = after
    new = replace(site, tags=tuple(tags))
    if any(kinds_of(before) != kinds_of(after) for before, after in zip(site.tags, tags, strict=True) if before is not after):
        faults += _masks_broken(new)
    if faults:
        raise NotAllowed("bad_limits", "；".join(dict.fromkeys(faults)))
    return new


def _masks_broken(site: Site) -> list[str]:
    """A limit that masks others, or is masked, by name cannot simply go."""
    _, faults = masks_of(site.tags, settings(site.options, "alarm", read_alarm))
    return [f"屏蔽设置用到了它：{fault.found}，请先修改屏蔽设置" for fault in faults]


def _changed(tag: Tag, wanted: Mapping[str, Any], faults: list[str]) -> Tag:
    new: dict[str, Any] = {}
    for name, value in wanted.items():
        read = FIELDS.get(name)
        if read is None:
            faults.append(f"{tag.tag} 的 {name} 不能在运行中修改，只能改 {'、'.join(FIELDS)}")
            continue
        try:
            new[name] = read(value)
        except ValueError as error:
            faults.append(f"{tag.tag} 的 {name} = {value!r} 不对：{error}")
    limits = {name: new.pop(name) for name in LIMITS if name in new}
    return replace(tag, **new, limits=replace(tag.limits, **limits))


def _check(tag: Tag, source: Source | None, faults: list[str]) -> None:
    """The rules of the site check, over the whole row as it would be."""
    names = (
        "range_low", "range_high", "deadband", "on_delay_s", "off_delay_s", "alarm_on", "prealarm_min", "period_s", "stale_s",
        "data_type",
    )  # fmt: skip
    values = {name: getattr(tag, name) for name in names} | {name: getattr(tag.limits, name) for name in LIMITS}
    values["source"] = tag.source
    values = {name: value for name, value in values.items() if value is not None}

    def fault(column: str, found: str, expected: str) -> None:
        faults.append(f"{tag.tag}：{found}，{expected}")

    check_tuning(values, source, fault)

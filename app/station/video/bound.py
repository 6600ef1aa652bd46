"""Which cameras look at what can alarm (报警关联摄像机): by the tag, its equipment, or where it is drawn. Station side, pure.

The same rule as the alarm card's, worked out once for all tags: a storm must not search the displays.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.domain.plant import Camera, Equipment, LayoutItem, Site
from app.domain.tag import Tag

_NO_LEVEL = 9
_NOT_EQUIPMENT = ("text", "camera", "link")


@dataclass(frozen=True, slots=True)
class Watched:
    """A camera and what it answers for. `hazard_sources`: those whose points alarm into it; `level`: the gravest, 9 without."""

    camera: Camera
    hazard_sources: tuple[str, ...] = ()
    level: int = _NO_LEVEL


@dataclass(frozen=True)
class Bound:
    """`by_tag`: codes of cameras; `watched`: by code, gravest hazard source first."""

    by_tag: dict[str, tuple[str, ...]] = field(default_factory=dict)
    watched: dict[str, Watched] = field(default_factory=dict)


def bound_cameras(site: Site) -> Bound:
    cameras = {one.camera: one for one in site.cameras}
    equipment = {one.equipment: one for one in site.equipment}
    looks_at: dict[str, list[str]] = {}
    for camera in site.cameras:
        for code in camera.equipment:
            looks_at.setdefault(code, []).append(camera.camera)
    drawn = _Drawn(site)
    by_tag: dict[str, tuple[str, ...]] = {}
    concerns: dict[str, list[Equipment]] = {}
    for tag in site.tags:
        if not alarms(tag):
            continue
        item = drawn.item(tag)
        wanted: Iterable[str] = (
            *tag.camera,
            *looks_at.get(tag.equipment, ()),
            *(() if item is None else (item.camera, *item.cameras)),
        )
        codes = tuple(code for code in dict.fromkeys(wanted) if code in cameras)
        if not codes:
            continue
        by_tag[tag.tag] = codes
        for code in codes:
            found = concerns.setdefault(code, [])
            if tag.equipment in equipment:
                found.append(equipment[tag.equipment])
    watched = [_watched(cameras[code], found) for code, found in concerns.items()]
    return Bound(by_tag, {one.camera.camera: one for one in sorted(watched, key=lambda one: one.level)})


def alarms(tag: Tag) -> bool:
    """Something of it can alarm beyond its own bad data."""
    limits = tag.limits
    return tag.alarm_on is not None or any(one is not None for one in (limits.ll, limits.l, limits.h, limits.hh))


def _watched(camera: Camera, equipment: Iterable[Equipment]) -> Watched:
    sources = {one.hazard_source: one.hazard_level or _NO_LEVEL for one in equipment if one.hazard_source}
    return Watched(camera, tuple(sorted(sources)), min(sources.values(), default=_NO_LEVEL))


class _Drawn:
    """`app.domain.nearby.place_of` for every tag at once: the deepest display that binds it, else that draws its equipment."""

    def __init__(self, site: Site) -> None:
        self._tags: dict[str, LayoutItem] = {}
        self._equipment: dict[str, LayoutItem] = {}
        for layout in sorted(site.layouts, key=lambda one: -one.level):
            for item in layout.items:
                for tag in item.bind.values():
                    self._tags.setdefault(tag, item)
                if item.equipment and item.type not in _NOT_EQUIPMENT:
                    self._equipment.setdefault(item.equipment, item)

    def item(self, tag: Tag) -> LayoutItem | None:
        return self._tags.get(tag.tag) or self._equipment.get(tag.equipment)

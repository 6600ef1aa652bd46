"""What lies near on the plan: where a tag is drawn, and the gas detectors round it. Both sides, pure.

Distances are those of the layout, in metres on the plant grid, from the middle of one item to the middle of the other: as good
as the drawing, level with the ground, and blind to walls.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import hypot

from app.domain.plant import Layout, LayoutItem

DETECTOR = "gas_detector"
RADIUS_M = 50.0
"""Our own default, no official figure."""


@dataclass(frozen=True, slots=True)
class Near:
    item: LayoutItem
    distance_m: float


def place_of(layouts: Sequence[Layout], tag: str, equipment: str = "") -> tuple[Layout, LayoutItem] | None:
    """Where a tag is drawn: the deepest layout that binds it, else the one that draws its equipment; None: nowhere. Tags of a
    point come before its equipment on any layout: a detector of a large area is where it hangs, not in the area's middle."""
    deepest = sorted(layouts, key=lambda layout: -layout.level)
    for layout in deepest:
        for item in layout.items:
            if tag in item.bind.values():
                return layout, item
    if equipment:
        for layout in deepest:
            for item in layout.items:
                if item.equipment == equipment and item.type not in ("text", "camera", "link"):
                    return layout, item
    return None


def detectors_near(layout: Layout, centre: LayoutItem, radius_m: float = RADIUS_M) -> list[Near]:
    """The gas detectors of the layout within `radius_m` of `centre`, nearest first; `centre` itself is none of them."""
    return near(layout.items, centre, radius_m, DETECTOR)


def near(items: Iterable[LayoutItem], centre: LayoutItem, radius_m: float, kind: str) -> list[Near]:
    found = []
    for item in items:
        if item.type == kind and item.id != centre.id:
            distance = hypot(item.x - centre.x, item.y - centre.y)
            if distance <= radius_m:
                found.append(Near(item, distance))
    return sorted(found, key=lambda one: (one.distance_m, one.item.id))

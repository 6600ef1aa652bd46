"""Which item draws which type of a layout. A type nobody knows is a labelled box, never a fault of the page."""

from collections.abc import Sequence

from app.domain.plant import LayoutItem
from widgets.plant.ground import Area, Camera, Link, Pipe, Text
from widgets.plant.item import PlantItem
from widgets.plant.machine import Machine, Place, Switch, Unknown
from widgets.plant.placement import Ground
from widgets.plant.point import GasDetector, Value
from widgets.plant.scenery import Scenery
from widgets.plant.vessel import Vessel

KINDS: dict[str, type[PlantItem]] = {
    "tank.vertical": Vessel,
    "tank.horizontal": Vessel,
    "tank.sphere": Vessel,
    "tank.floating_roof": Vessel,
    "reactor": Vessel,
    "column": Vessel,
    "pump": Machine,
    "valve": Machine,
    "compressor": Machine,
    "pipe": Pipe,
    "loading_bay": Place,
    "warehouse": Place,
    "gas_detector": GasDetector,
    "value": Value,
    "switch": Switch,
    "camera": Camera,
    "text": Text,
    "area": Area,
    "link": Link,
}


def place(items: Sequence[PlantItem], em: float) -> None:
    """Finds room for the texts of all items of a picture."""
    ground = Ground(em * 8)
    for item in items:
        if item.z >= 0 or isinstance(item, Camera):
            ground.take(item.body_rect(), item)
        elif isinstance(item, Pipe):
            for stretch in item.stretches(em * 0.3):
                ground.take(stretch, item)
    for item in sorted(items, key=lambda item: (item.minor, -item.w * item.h)):
        item.place(ground)


def make_item(spec: LayoutItem, scenery: Scenery) -> PlantItem:
    return KINDS.get(spec.type, Unknown)(spec, scenery)

"""Which item draws which type of a layout. A type nobody knows is a labelled box, never a fault of the page."""

from app.domain.plant import LayoutItem
from widgets.plant.ground import Area, Camera, Link, Pipe, Text
from widgets.plant.item import PlantItem
from widgets.plant.machine import Machine, Place, Switch, Unknown
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


def make_item(spec: LayoutItem, scenery: Scenery) -> PlantItem:
    return KINDS.get(spec.type, Unknown)(spec, scenery)

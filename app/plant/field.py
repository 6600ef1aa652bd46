"""The field side of any plant: true values as their transmitters show them, and what ails the transmitters. Plant side.

`readings()` gives for each tag what its source says now: a number, a contact, or None when the transmitter reports a fault.
"""

from collections.abc import Iterable, Mapping
from random import Random
from typing import Protocol

from app.domain.plant import Site
from app.domain.tag import DataType, Tag
from app.plant.generic import GenericModel
from app.plant.geometry import COMPANY_CODE
from app.plant.model import DemoModel
from app.plant.sensor import measured

Reading = float | bool | None


class Model(Protocol):
    def step(self, dt: float) -> None: ...

    def truth(self) -> Mapping[str, float | bool]: ...


class Field:
    """`stuck`, `faults`, `forced` and `values` are what upsets change: a frozen reading, a broken transmitter, a reading
    set by hand."""

    def __init__(self, tags: Iterable[Tag], models: Iterable[Model], random: Random) -> None:
        self.tags = {tag.tag: tag for tag in tags}
        self._models = tuple(models)
        self._random = random
        self.forced: dict[str, float | bool] = {}
        self.stuck: dict[str, Reading] = {}
        self.faults: set[str] = set()
        self.clock = 0.0

    def step(self, dt: float) -> None:
        self.clock += dt
        for model in self._models:
            model.step(dt)

    def readings(self) -> dict[str, Reading]:
        shown: dict[str, Reading] = {}
        tags, random = self.tags, self._random
        for model in self._models:
            for name, true in model.truth().items():
                tag = tags.get(name)
                if tag is not None:
                    shown[name] = _digital(tag, true) if tag.is_digital else measured(tag, float(true), random)
        shown |= self.forced
        shown |= self.stuck
        shown |= dict.fromkeys(self.faults)
        return shown


def _digital(tag: Tag, true: float | bool) -> float | bool:
    return bool(true) if tag.data_type is DataType.BOOL else int(bool(true))


def field_of(site: Site, seed: int) -> tuple[Field, DemoModel | None]:
    """The demo plant's physics for the tags it knows, the generic walk for every other tag."""
    random = Random(seed)
    demo = DemoModel(seed) if site.code == COMPANY_CODE else None
    known = demo.truth() if demo else {}
    rest = GenericModel([tag for tag in site.tags if tag.tag not in known], random)
    models: list[Model] = [demo, rest] if demo else [rest]
    return Field(site.tags, models, random), demo

"""The plant as configured: sources, equipment, hazard sources (重大危险源), cameras, layouts, and the `Site` that holds all.

Both sides. Frozen: a new configuration is a new `Site`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.domain.tag import Tag


class EquipmentType(StrEnum):
    TANK = "tank"
    PRESSURE_VESSEL = "pressure_vessel"
    REACTOR = "reactor"
    WAREHOUSE = "warehouse"
    LOADING_BAY = "loading_bay"
    PUMP = "pump"
    COMPRESSOR = "compressor"
    PIPELINE = "pipeline"
    BUILDING = "building"
    GAS_AREA = "gas_area"
    DUTY_ROOM = "duty_room"
    OTHER = "other"


class EquipmentStatus(StrEnum):
    IN_SERVICE = "in_service"
    STOPPED = "stopped"
    MAINTENANCE = "maintenance"


@dataclass(frozen=True, slots=True)
class Source:
    """Where values come from: one line to one device or server. `options` holds what only its driver knows."""

    id: str
    driver: str
    url: str
    security: str = "none"
    user: str = ""
    password_secret: str = ""
    unit: int = 1
    period_s: float = 1.0
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Equipment:
    """`hazard_level` 1 (highest) to 4 after GB 18218; `capacity_t` in tonnes."""

    equipment: str
    name: str = ""
    type: EquipmentType = EquipmentType.OTHER
    area: str = ""
    hazard_source: str = ""
    hazard_level: int | None = None
    chemical: str = ""
    cas: str = ""
    capacity_t: float | None = None
    status: EquipmentStatus = EquipmentStatus.IN_SERVICE
    responsible: str = ""
    extra: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Camera:
    camera: str
    name: str = ""
    main_url: str = ""
    sub_url: str = ""
    secret: str = ""
    nvr: str = "generic"
    channel: str = ""
    equipment: tuple[str, ...] = ()
    kind: str = "tank"
    extra: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class LayoutItem:
    """One drawn thing. `x`, `y`: its centre, `w`, `h`: its size, in metres on the plant grid (y up); `rot` degrees counter-
    clockwise; `bind` maps a role to a tag; what else stands in the file is in `options` (camera: `bearing` degrees clockwise
    from north, `angle`, `reach` in metres; pipe and area: `points` [[x, y], ...]; link: `layout`; text: `size` in metres).
    """

    id: str
    type: str
    x: float
    y: float
    w: float = 0.0
    h: float = 0.0
    rot: float = 0.0
    label: str = ""
    equipment: str = ""
    camera: str = ""
    bind: Mapping[str, str] = field(default_factory=dict, hash=False)
    cameras: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Background:
    """`affine` [a, b, c, d, e, f]: picture pixel (u, v) lies at metres (a*u + c*v + e, b*u + d*v + f)."""

    file: str
    affine: tuple[float, float, float, float, float, float] | None = None
    dim: float = 0.3


@dataclass(frozen=True, slots=True)
class Layout:
    """One display. `extent` [x0, y0, x1, y1] in metres; `level` 1 overview to 4 diagnosis (ISA-101)."""

    id: str
    title: str
    level: int
    extent: tuple[float, float, float, float]
    items: tuple[LayoutItem, ...]
    background: Background | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Duty:
    """One line of the roster (排班表): who has the watch in one shift of one day (`date` 2026-11-21, the day it begins). Where
    the line names nobody, leader and members are those of its `crew`."""

    date: str
    shift: str
    crew: str = ""
    leader: str = ""
    members: tuple[str, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def key(self) -> str:
        return f"{self.date}/{self.shift}"


@dataclass(frozen=True)
class Site:
    """A whole checked configuration. `pictures`: file name in `layouts/` to its bytes; `forms`, `strapping`: the same of
    `forms/` and `strapping/`. Tables keep their file order."""

    code: str
    name: str
    timezone: str = "Asia/Shanghai"
    sources: tuple[Source, ...] = ()
    tags: tuple[Tag, ...] = ()
    equipment: tuple[Equipment, ...] = ()
    cameras: tuple[Camera, ...] = ()
    layouts: tuple[Layout, ...] = ()
    pictures: Mapping[str, bytes] = field(default_factory=dict, hash=False, repr=False)
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)
    roster: tuple[Duty, ...] = ()
    forms: Mapping[str, bytes] = field(default_factory=dict, hash=False, repr=False)
    strapping: Mapping[str, bytes] = field(default_factory=dict, hash=False, repr=False)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a site package. `row` counts from 1 with the header as row 1 (0 = whole file); `found` and `expected`
    are Chinese sentences for a site engineer."""

    file: str
    row: int
    column: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.file}:{self.row}:{self.column}: {self.found}, {self.expected}"

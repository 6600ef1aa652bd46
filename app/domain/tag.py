"""The point table (位号表): one frozen `Tag` a row, and the vocabulary of its columns. Both sides."""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum


class Kind(StrEnum):
    LEVEL = "level"
    TEMPERATURE = "temperature"
    PRESSURE = "pressure"
    FLOW = "flow"
    COMBUSTIBLE_GAS = "combustible_gas"
    TOXIC_GAS = "toxic_gas"
    OXYGEN = "oxygen"
    WIND_SPEED = "wind_speed"
    WIND_DIRECTION = "wind_direction"
    SWITCH = "switch"
    INTERLOCK = "interlock"
    GROUNDING = "grounding"
    OVERFILL = "overfill"
    COMPOSITION = "composition"
    SPEED = "speed"
    OTHER = "other"


class DataType(StrEnum):
    BOOL = "bool"
    INT16 = "int16"
    UINT16 = "uint16"
    INT32 = "int32"
    UINT32 = "uint32"
    INT64 = "int64"
    UINT64 = "uint64"
    FLOAT32 = "float32"
    FLOAT64 = "float64"
    BCD16 = "bcd16"
    BCD32 = "bcd32"

    @property
    def registers(self) -> int:
        """16-bit Modbus registers this type takes."""
        return {"32": 2, "64": 4}.get(self.value[-2:], 1)


class WordOrder(StrEnum):
    ABCD = "ABCD"
    CDAB = "CDAB"
    BADC = "BADC"
    DCBA = "DCBA"


class Priority(IntEnum):
    """Alarm priority; 1 is the highest, shown red (红), then orange (橙), yellow (黄), blue (蓝)."""

    CRITICAL = 1
    HIGH = 2
    MEDIUM = 3
    LOW = 4

    @property
    def word(self) -> str:
        return self.name.lower()

    @classmethod
    def of(cls, word: str) -> "Priority":
        """Raises KeyError for an unknown word."""
        return cls[word.strip().upper()]


@dataclass(frozen=True, slots=True)
class Limits:
    """Four limits of an analogue tag in its own unit; None = not set. LL < L < H < HH."""

    ll: float | None = None
    l: float | None = None  # noqa: E741  the field's own name
    h: float | None = None
    hh: float | None = None


@dataclass(frozen=True, slots=True)
class Tag:
    """One point. Times in seconds, limits and range in `unit`. Raw field value * scale + offset = value in `unit`.
    `prealarm_min`: minutes before a limit, at the present rate, at which it is warned of; None: not at all."""

    tag: str
    name: str = ""
    equipment: str = ""
    kind: Kind = Kind.OTHER
    unit: str = ""
    range_low: float | None = None
    range_high: float | None = None
    decimals: int = 1
    source: str = ""
    address: str = ""
    data_type: DataType = DataType.FLOAT32
    word_order: WordOrder = WordOrder.ABCD
    scale: float = 1.0
    offset: float = 0.0
    period_s: float | None = None
    stale_s: float | None = None
    limits: Limits = Limits()
    deadband: float = 0.0
    on_delay_s: float = 0.0
    off_delay_s: float = 0.0
    alarm_on: int | None = None
    priority_hh: Priority = Priority.CRITICAL
    priority_h: Priority = Priority.HIGH
    priority_l: Priority = Priority.HIGH
    priority_ll: Priority = Priority.CRITICAL
    latching: bool = False
    guidance: str = ""
    camera: tuple[str, ...] = ()
    extra: dict[str, str] = field(default_factory=dict, hash=False)
    prealarm_min: float | None = None
    priority_prealarm: Priority = Priority.MEDIUM

    @property
    def is_digital(self) -> bool:
        return self.data_type is DataType.BOOL or self.alarm_on is not None

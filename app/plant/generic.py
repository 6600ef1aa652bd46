"""A stand-in for plants we have no physics of: every tag of any site package moves quietly inside its normal band."""

from collections.abc import Iterable
from random import Random

from app.domain.tag import DataType, Tag

_RAW = {
    DataType.INT16: (-32768, 32766), DataType.UINT16: (0, 32766), DataType.BCD16: (0, 9999),
    DataType.INT32: (-(2**31), 2**31 - 2), DataType.UINT32: (0, 2**31 - 2), DataType.BCD32: (0, 99999999),
}  # fmt: skip
"""What a raw number of that type can say; the top codes are left for faults."""


def band(tag: Tag) -> tuple[float, float]:
    """Where the tag may wander: well inside L..H, else the middle of its range, always something its type can say."""
    low = 0.0 if tag.range_low is None else tag.range_low
    high = low + 100.0 if tag.range_high is None else tag.range_high
    if tag.data_type in _RAW:
        ends = sorted(raw * tag.scale + tag.offset for raw in _RAW[tag.data_type])
        low, high = max(low, ends[0]), min(high, ends[1])
    limits = tag.limits
    floors = [one for one in (limits.ll, limits.l) if one is not None]
    roofs = [one for one in (limits.h, limits.hh) if one is not None]
    # a gas detector has only high limits: clean air is at the bottom of its range
    bottom = max(floors) if floors else low
    top = min(roofs) if roofs else high
    span = top - bottom
    if roofs and not floors:
        return bottom + 0.05 * span, bottom + 0.5 * span
    return bottom + 0.2 * span, bottom + 0.8 * span


class GenericModel:
    """A random walk per analogue tag, reflected at its band; a contact stands where it does not alarm."""

    def __init__(self, tags: Iterable[Tag], random: Random) -> None:
        self._random = random
        self._still: dict[str, float | bool] = {}
        self._low: dict[str, float] = {}
        self._high: dict[str, float] = {}
        self._values: dict[str, float | bool] = {}
        for tag in tags:
            if tag.is_digital:
                self._still[tag.tag] = tag.alarm_on == 0
            else:
                self._low[tag.tag], self._high[tag.tag] = band(tag)
                self._values[tag.tag] = random.uniform(*band(tag))

    def step(self, dt: float) -> None:
        gauss = self._random.gauss
        reach = 0.01 * dt**0.5
        low, high, values = self._low, self._high, self._values
        for tag, value in values.items():
            bottom, top = low[tag], high[tag]
            value += gauss(0.0, reach) * (top - bottom)
            values[tag] = min(max(value, bottom), top)

    def truth(self) -> dict[str, float | bool]:
        return self._still | self._values

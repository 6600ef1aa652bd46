"""Definition 4 of the data quality (阈值填写有误): limits that cannot be right, read off the point table. Both sides, pure.

What the site check refuses (limits out of order, outside the range) is asked here again: a configuration may have come by an
older program. The bounds for gas are those of GB/T 50493-2019: 25 and 50 %LEL; 100 and 200 %OEL, and only where the detector's
range is too coarse for that, 5 and 10 %IDLH. Which OEL and LEL hold is the plant's to confirm.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from app.domain.quality_reasons import reason
from app.domain.tag import Kind, Tag

COARSE = 30.0  # a detector whose range is so many times the OEL or more cannot show a hundredth of it in its upper part
PPM_VOLUME = 24.04  # litres of a mole at 20 ℃ and 101.3 kPa
MOLAR_AIR = 28.96
WORDS = {"ll": "低低报", "l": "低报", "h": "高报", "hh": "高高报"}


@dataclass(frozen=True, slots=True)
class Gas:
    """What the emergency card of the chemical knows. None: not known."""

    name: str
    oel_mg_m3: float | None = None
    idlh_ppm: float | None = None
    vapour_density: float | None = None  # against air

    def oel(self, unit: str) -> float | None:
        """In the unit of the detector; None where that cannot be said."""
        if self.oel_mg_m3 is None:
            return None
        if _is_mg(unit):
            return self.oel_mg_m3
        molar = None if self.vapour_density is None else self.vapour_density * MOLAR_AIR
        return None if molar is None or unit.casefold() != "ppm" else self.oel_mg_m3 * PPM_VOLUME / molar

    def idlh(self, unit: str) -> float | None:
        if self.idlh_ppm is None:
            return None
        if unit.casefold() == "ppm":
            return self.idlh_ppm
        molar = None if self.vapour_density is None else self.vapour_density * MOLAR_AIR
        return None if molar is None or not _is_mg(unit) else self.idlh_ppm * molar / PPM_VOLUME


@dataclass(frozen=True, slots=True)
class WrongLimit:
    """`limit`: ll, l, h, hh; `score`: 1 wrong, less for what is missing or open to doubt; `said`: one of `REASONS`, with its
    figures in `evidence`."""

    what: str
    limit: str
    score: float
    said: str
    value: float | None = None
    bound: float | None = None
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def evidence(self) -> dict[str, Any]:
        kept = {"limit": WORDS.get(self.limit, ""), "value": self.value, "bound": self.bound, **self.more}
        return {name: one for name, one in kept.items() if one is not None}

    @property
    def reason(self) -> str:
        return reason({**self.evidence, "said": self.said})


def wrong_limits(tag: Tag, gas: Gas | None = None) -> list[WrongLimit]:
    """`gas`: what a toxic gas detector looks for, None when nobody knows."""
    return [*_order(tag), *_outside(tag), *_missing(tag), *_gas(tag, gas)]


def _limits(tag: Tag) -> list[tuple[str, float]]:
    named = ((name, getattr(tag.limits, name)) for name in WORDS)
    return [(name, value) for name, value in named if value is not None]


def _order(tag: Tag) -> Iterator[WrongLimit]:
    for (lower, low), (upper, high) in pairwise(_limits(tag)):
        if low >= high:
            more = {"upper": WORDS[upper], "lower": WORDS[lower], "unit": tag.unit}
            yield WrongLimit("order", upper, 1.0, "limits_order", high, low, more)


def _outside(tag: Tag) -> Iterator[WrongLimit]:
    low, high = tag.range_low, tag.range_high
    if low is not None and high is not None and low >= high:
        yield WrongLimit("range", "", 1.0, "limits_range", high, low)
        return
    for name, value in _limits(tag):
        if low is not None and value < low:
            yield WrongLimit("outside", name, 1.0, "limits_below", value, low, {"unit": tag.unit})
        if high is not None and value > high:
            yield WrongLimit("outside", name, 1.0, "limits_above", value, high, {"unit": tag.unit})


def _missing(tag: Tag) -> Iterator[WrongLimit]:
    if tag.kind is not Kind.LEVEL or tag.is_digital:
        return
    missing = [name for name in ("h", "hh") if getattr(tag.limits, name) is None]
    if missing:
        more = {"limits": "、".join(WORDS[name] for name in missing)}
        yield WrongLimit("missing", missing[0], 0.5 * len(missing), "limits_missing", more=more)


def _gas(tag: Tag, gas: Gas | None) -> Iterator[WrongLimit]:
    if tag.kind is Kind.COMBUSTIBLE_GAS and "LEL" in tag.unit.upper():
        yield from _not_above(tag, (25.0, 50.0), "limits_combustible", {})
    elif tag.kind is Kind.TOXIC_GAS and gas is not None:
        yield from _toxic(tag, gas)
    elif tag.kind is Kind.OXYGEN:
        if tag.limits.l is not None and tag.limits.l < 19.5:
            yield WrongLimit("gas", "l", 0.5, "limits_oxygen_low", tag.limits.l, 19.5)
        if tag.limits.h is not None and tag.limits.h > 23.5:
            yield WrongLimit("gas", "h", 0.5, "limits_oxygen_high", tag.limits.h, 23.5)


def _toxic(tag: Tag, gas: Gas) -> Iterator[WrongLimit]:
    oel, idlh = gas.oel(tag.unit), gas.idlh(tag.unit)
    if oel is None:
        return
    bounds, said = (oel, 2 * oel), "limits_oel"
    more = {"gas": gas.name, "unit": tag.unit, "oel": oel}
    if idlh is not None and tag.range_high is not None and tag.range_high >= COARSE * oel:
        bounds = (max(oel, 0.05 * idlh), max(2 * oel, 0.10 * idlh))
        said, more = "limits_idlh", {**more, "idlh": idlh}
    yield from _not_above(tag, bounds, said, more, 0.7)


def _not_above(
    tag: Tag, bounds: tuple[float, float], said: str, more: Mapping[str, Any], score: float = 1.0
) -> Iterator[WrongLimit]:
    """A hundredth more is rounding: 1.85 is not above 1.847."""
    for name, bound in zip(("h", "hh"), bounds, strict=True):
        value = getattr(tag.limits, name)
        if value is not None and value > bound * 1.01:
            yield WrongLimit("gas", name, score, said, value, bound, more)


def _is_mg(unit: str) -> bool:
    return unit.casefold().replace("³", "3") == "mg/m3"

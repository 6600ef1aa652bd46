"""Definition 4 of the data quality (阈值填写有误): limits that cannot be right, read off the point table. Both sides, pure.

What the site check refuses (limits out of order, outside the range) is asked here again: a configuration may have come by an
older program. The bounds for gas are those of GB/T 50493-2019: 25 and 50 %LEL; 100 and 200 %OEL, and only where the detector's
range is too coarse for that, 5 and 10 %IDLH. Which OEL and LEL hold is the plant's to confirm.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

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
    """`limit`: ll, l, h, hh; `score`: 1 wrong, less for what is missing or open to doubt."""

    what: str
    limit: str
    score: float
    reason: str
    value: float | None = None
    bound: float | None = None


def wrong_limits(tag: Tag, gas: Gas | None = None) -> list[WrongLimit]:
    """`gas`: what a toxic gas detector looks for, None when nobody knows."""
    return [*_order(tag), *_outside(tag), *_missing(tag), *_gas(tag, gas)]


def _limits(tag: Tag) -> list[tuple[str, float]]:
    named = ((name, getattr(tag.limits, name)) for name in WORDS)
    return [(name, value) for name, value in named if value is not None]


def _order(tag: Tag) -> Iterator[WrongLimit]:
    for (lower, low), (upper, high) in pairwise(_limits(tag)):
        if low >= high:
            said = f"{WORDS[upper]} {high:g} 不大于{WORDS[lower]} {low:g} {tag.unit}".rstrip()
            yield WrongLimit("order", upper, 1.0, f"{said}，应为 低低报 < 低报 < 高报 < 高高报", high, low)


def _outside(tag: Tag) -> Iterator[WrongLimit]:
    low, high = tag.range_low, tag.range_high
    if low is not None and high is not None and low >= high:
        yield WrongLimit("range", "", 1.0, f"量程上限 {high:g} 不大于量程下限 {low:g}", high, low)
        return
    for name, value in _limits(tag):
        if low is not None and value < low:
            said = f"{WORDS[name]} {value:g} 低于量程下限 {low:g} {tag.unit}".rstrip()
            yield WrongLimit("outside", name, 1.0, said, value, low)
        if high is not None and value > high:
            said = f"{WORDS[name]} {value:g} 高于量程上限 {high:g} {tag.unit}".rstrip()
            yield WrongLimit("outside", name, 1.0, said, value, high)


def _missing(tag: Tag) -> Iterator[WrongLimit]:
    if tag.kind is not Kind.LEVEL or tag.is_digital:
        return
    missing = [name for name in ("h", "hh") if getattr(tag.limits, name) is None]
    if missing:
        said = "和".join(WORDS[name] for name in missing)
        yield WrongLimit("missing", missing[0], 0.5 * len(missing), f"液位测点没有设{said}")


def _gas(tag: Tag, gas: Gas | None) -> Iterator[WrongLimit]:
    if tag.kind is Kind.COMBUSTIBLE_GAS and "LEL" in tag.unit.upper():
        yield from _not_above(tag, (25.0, 50.0), "%LEL", "GB/T 50493-2019：可燃气体一级不大于 25 %LEL，二级不大于 50 %LEL")
    elif tag.kind is Kind.TOXIC_GAS and gas is not None:
        yield from _toxic(tag, gas)
    elif tag.kind is Kind.OXYGEN:
        if tag.limits.l is not None and tag.limits.l < 19.5:
            yield WrongLimit("gas", "l", 0.5, f"缺氧报警 {tag.limits.l:g} 低于 19.5 %", tag.limits.l, 19.5)
        if tag.limits.h is not None and tag.limits.h > 23.5:
            yield WrongLimit("gas", "h", 0.5, f"富氧报警 {tag.limits.h:g} 高于 23.5 %", tag.limits.h, 23.5)


def _toxic(tag: Tag, gas: Gas) -> Iterator[WrongLimit]:
    oel, idlh = gas.oel(tag.unit), gas.idlh(tag.unit)
    if oel is None:
        return
    bounds, basis = (oel, 2 * oel), f"{gas.name} OEL {oel:.3g} {tag.unit}：一级不大于 100 %OEL，二级不大于 200 %OEL"
    if idlh is not None and tag.range_high is not None and tag.range_high >= COARSE * oel:
        bounds = (max(oel, 0.05 * idlh), max(2 * oel, 0.10 * idlh))
        basis = f"{gas.name}，量程不足以按 OEL 设定：一级不大于 5 %IDLH，二级不大于 10 %IDLH（IDLH {idlh:.3g} {tag.unit}）"
    yield from _not_above(tag, bounds, tag.unit, f"GB/T 50493-2019，{basis}；OEL 为参考值，须由企业核定", 0.7)


def _not_above(tag: Tag, bounds: tuple[float, float], unit: str, basis: str, score: float = 1.0) -> Iterator[WrongLimit]:
    """A hundredth more is rounding: 1.85 is not above 1.847."""
    for name, bound in zip(("h", "hh"), bounds, strict=True):
        value = getattr(tag.limits, name)
        if value is not None and value > bound * 1.01:
            yield WrongLimit("gas", name, score, f"{WORDS[name]} {value:g} {unit} 高于 {bound:.3g}（{basis}）", value, bound)


def _is_mg(unit: str) -> bool:
    return unit.casefold().replace("³", "3") == "mg/m3"

"""Definition 10: the material balance of a tank, or of tanks that share their meters (物料平衡). Pure, vectorised.

Mass by strapping table and density, `M = rho(T) V(h)`, against what the flow meters say went in and out. Over a window

    e = M(t2) - M(t1) - (sum in - sum out)        sigma^2 = sigma_level^2 + sigma_density^2 + sigma_flow^2

is told when |e| > k sigma in two windows that overlap. With no flow and no activity a falling level is 疑似泄漏. The level at
an edge of a window is the mean of some minutes, so noise does not count, but what a level meter is wrong by does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.domain.instant import MINUTE, SECOND, Instant
from app.domain.quality import Finding, QualityKind
from app.domain.quality_reasons import finding
from app.domain.settings.quality import QualitySettings, Tank
from app.domain.strapping import Strapping
from app.domain.tag import Tag
from app.station.quality.series import Bools, Floats, Ints, runs

CODE = QualityKind.BALANCE
Why = dict[str, Any]
"""Figures of a sentence, its key under `said`."""
STEP = 10  # minutes from one window to the next
EDGE = 5  # minutes of the mean at the edges of a window
LEVEL_M = {"m": 1.0, "cm": 0.01, "mm": 0.001}
TONNES_PER_H = {"t/h": 1.0, "kg/h": 0.001}
M3_PER_H = {"m³/h": 1.0, "m3/h": 1.0, "l/min": 0.06, "m³/s": 3600.0, "m3/s": 3600.0, "l/s": 3.6}


@dataclass(frozen=True, slots=True, eq=False)
class Minutes:
    """A point by the minute: mean value, NaN where nothing is known."""

    tag: Tag
    mean: Floats


def balance(
    tanks: Sequence[tuple[Tank, Strapping]], minutes: Mapping[str, Minutes], start: Instant, settings: QualitySettings
) -> tuple[list[Finding], Why]:
    """`tanks`: one, or those of a group that share their meters. What was found, and why it could not be worked out, empty when
    it could."""
    name = tanks[0][0].group or tanks[0][0].equipment
    held = list[_Held]()
    for tank, strapping in tanks:
        wanted = [tank.level, *filter(None, [tank.temperature]), *tank.inflows, *tank.outflows]
        missing = [one for one in wanted if one not in minutes]
        if missing:
            return [], {"said": "no_data", "tank": name, "tags": "、".join(missing)}
        level = minutes[tank.level]
        metres = LEVEL_M.get(level.tag.unit)
        if metres is None:
            return [], {"said": "no_length", "tank": name, "tag": tank.level, "unit": repr(level.tag.unit)}
        density = np.full(len(level.mean), tank.density / 1000)
        if tank.temperature:
            density = density * (1 - tank.expansion * (minutes[tank.temperature].mean - 20))
        error_mm = tank.level_error_mm or settings["level_error_mm"]
        held.append(_held(level.tag, strapping, level.mean * metres, density, error_mm / 1000))
    flow, through, wrong = _through(name, [tank for tank, _ in tanks], minutes, held[0].density)
    if wrong:
        return [], wrong
    idle = _idle([tank for tank, _ in tanks], minutes, settings)
    return _windows(name, held, flow, through, idle, start, settings), {}


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """One tank by the minute. `mass` t; `per_level`: what the mass is wrong by (1 sigma) because the level is."""

    tag: Tag
    mass: Floats
    density: Floats
    per_level: Floats


def _held(tag: Tag, strapping: Strapping, height: Floats, density: Floats, error_m: float) -> _Held:
    height = _around(height, EDGE)
    heights, volumes = np.array(strapping.heights), np.array(strapping.volumes)
    volume = np.interp(height, heights, volumes, left=np.nan, right=np.nan)
    area = np.interp(height, (heights[1:] + heights[:-1]) / 2, np.diff(volumes) / np.diff(heights))
    rho = _around(density, EDGE)
    return _Held(tag, rho * volume, density, rho * area * error_m)


def _through(
    name: str, tanks: Sequence[Tank], minutes: Mapping[str, Minutes], density: Floats
) -> tuple[Floats | None, Floats | None, Why]:
    """Tonnes a minute into and through the tanks by their meters, None without any; and what is wrong with a meter."""
    metered = [(sign, one) for tank in tanks for sign, names in ((1.0, tank.inflows), (-1.0, tank.outflows)) for one in names]
    if not metered:
        return None, None, {}
    flow, through = np.zeros(len(density)), np.zeros(len(density))
    for sign, one in dict.fromkeys(metered):
        rate = _tonnes_per_minute(minutes[one], density)
        if rate is None:
            return None, None, {"said": "no_flow", "tank": name, "tag": one, "unit": repr(minutes[one].tag.unit)}
        flow, through = flow + sign * rate, through + np.abs(rate)
    return flow, through, {}


def _idle(tanks: Sequence[Tank], minutes: Mapping[str, Minutes], settings: QualitySettings) -> Bools:
    """The minutes in which nothing was done with the tanks."""
    idle = np.ones(len(minutes[tanks[0].level].mean), np.bool_)
    for tank in tanks:
        for name in (*tank.inflows, *tank.outflows):
            idle &= ~_flows(minutes[name], settings["idle_flow_pct"] / 100)
        for name in tank.activity:
            if name in minutes:
                idle &= ~(minutes[name].mean > 0)
    return idle


def _windows(
    name: str,
    held: Sequence[_Held],
    flow: Floats | None,
    through: Floats | None,
    idle: Bools,
    start: Instant,
    settings: QualitySettings,
) -> list[Finding]:
    width = round(settings["balance_window_min"])
    count = len(idle)
    if count < width + EDGE:
        return []
    first = np.arange(0, count - width, STEP, dtype=np.int64)
    last = first + width
    changes = np.array([one.mass[last] - one.mass[first] for one in held])
    gained = changes.sum(axis=0)
    moved = np.zeros(len(first)) if flow is None else _sums(flow, first, last)
    error = gained - moved
    variance = sum(2 * one.per_level[first] ** 2 + (settings["density_error_pct"] / 100 * one.mass[first]) ** 2 for one in held)
    if through is not None:
        variance = variance + (settings["flow_error_pct"] / 100 * _sums(through, first, last)) ** 2
    sigma = np.sqrt(variance)
    quiet = _sums(idle.astype(np.float64), first, last) >= width
    with np.errstate(invalid="ignore"):
        off = np.abs(error) > settings["balance_k"] * sigma
    if flow is None:
        off &= quiet  # what is done with a tank that has no meter is not known
    out = []
    for way in (-1.0, 1.0):
        with np.errstate(invalid="ignore"):
            mine = off & (np.sign(error) == way)
        for low, high in zip(*runs(mine), strict=True):
            if high - low < 2:
                continue  # one window alone may be a meter that was late
            worst = low + int(np.argmax(np.abs(error[low:high]) / sigma[low:high]))
            still = bool(quiet[low:high].all())
            span = start + int(first[low]) * MINUTE, start + int(last[high - 1]) * MINUTE
            tag = held[int(np.argmax(np.abs(changes[:, worst])))].tag  # of a group the one that changed most
            found = _Residual(
                float(error[worst]), float(sigma[worst]), float(gained[worst]), float(moved[worst]), width, way < 0, still
            )
            out.append(_told(name, tag, span, found))
    return out


@dataclass(frozen=True, slots=True)
class _Residual:
    """Tonnes, minutes."""

    error: float
    sigma: float
    gained: float
    moved: float
    minutes: int
    loss: bool
    idle: bool


def _told(name: str, tag: Tag, span: tuple[Instant, Instant], found: _Residual) -> Finding:
    times = abs(found.error) / found.sigma
    rate = found.error / found.minutes * 60
    what = "leak" if found.loss and found.idle else "loss" if found.loss else "gain"
    length = (span[1] - span[0]) / SECOND
    evidence = {
        "error_t": found.error, "sigma_t": found.sigma, "gained_t": found.gained, "moved_t": found.moved, "rate_t_h": rate,
        "tank": name, "length_s": length, "lost_t_h": abs(rate), "off_t": abs(found.error), "times": times,
        "minutes": found.minutes,
    }  # fmt: skip
    score = min(1.0, (0.6 if what == "leak" else 0.4) + times / 50)
    return finding(CODE, what, tag.tag, span, score, what, evidence)


def _tonnes_per_minute(flow: Minutes, density: Floats) -> Floats | None:
    unit = flow.tag.unit.strip().casefold()
    if unit in TONNES_PER_H:
        return flow.mean * (TONNES_PER_H[unit] / 60)
    if unit in M3_PER_H:
        found: Floats = flow.mean * density * (M3_PER_H[unit] / 60)
        return found
    return None


def _flows(flow: Minutes, share: float) -> Bools:
    low, high = flow.tag.range_low or 0.0, flow.tag.range_high
    with np.errstate(invalid="ignore"):
        found: Bools = np.abs(flow.mean) > share * ((high - low) if high is not None else 1.0)
    return found | np.isnan(flow.mean)


def _around(values: Floats, width: int) -> Floats:
    """Mean of the minutes before and after each."""
    known = np.isfinite(values)
    sums = np.concatenate([[0.0], np.cumsum(np.where(known, values, 0.0))])
    counts = np.concatenate([[0], np.cumsum(known)])
    at = np.arange(len(values))
    low, high = np.maximum(at - width // 2, 0), np.minimum(at + width // 2 + 1, len(values))
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = (sums[high] - sums[low]) / (counts[high] - counts[low])
    return found


def _sums(values: Floats, first: Ints, last: Ints) -> Floats:
    """NaN where a minute is not known."""
    sums = np.concatenate([[0.0], np.cumsum(np.where(np.isfinite(values), values, 0.0))])
    unknown = np.concatenate([[0], np.cumsum(~np.isfinite(values))])
    found: Floats = np.where(unknown[last] > unknown[first], np.nan, sums[last] - sums[first])
    return found

"""Where everything of a trend stands on the screen: lanes, axes, time. Console side; numbers only, nothing is painted here.

Overlaid: all pens share one lane, each on its own scale, up to four scales written at the sides. Stacked: one lane a scale,
one below the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from PySide6.QtCore import QRect

from widgets.trend.pen import Pen

AXIS_W = 66
TIME_H = 40
MARKS_H = 20
TOP = 8
RIGHT = 14
LANE_GAP = 6
MOST_SHOWN = 4
SPAN_MIN_S, SPAN_MAX_S = 10.0, 1100 * 86400.0


class By(StrEnum):
    """Which pens share a scale."""

    PEN = "pen"
    UNIT = "unit"


@dataclass(frozen=True, slots=True)
class Axis:
    """One scale: `places` of the pens on it; `low`, `high` in `unit`."""

    key: str
    unit: str
    places: tuple[int, ...]
    low: float
    high: float
    manual: bool = False


@dataclass(frozen=True, slots=True)
class Lane:
    axis: Axis
    top: float
    bottom: float

    def y(self, value: float) -> float:
        return self.bottom - (value - self.axis.low) / (self.axis.high - self.axis.low) * (self.bottom - self.top)

    def value(self, y: float) -> float:
        return self.axis.low + (self.bottom - y) / (self.bottom - self.top) * (self.axis.high - self.axis.low)


@dataclass(frozen=True, slots=True)
class Strip:
    """An axis that is written: in `rect`, at the right of the chart or at its left."""

    lane: Lane
    rect: QRect
    right: bool


@dataclass(frozen=True, slots=True)
class Frame:
    area: QRect
    lanes: tuple[Lane, ...]
    """One a pen, in the order of the pens."""
    strips: tuple[Strip, ...]
    marks: QRect
    t0: float
    t1: float
    stacked: bool

    def x(self, t: float) -> float:
        return self.area.left() + (t - self.t0) / (self.t1 - self.t0) * self.area.width()

    def t(self, x: float) -> float:
        return self.t0 + (x - self.area.left()) / max(self.area.width(), 1) * (self.t1 - self.t0)


@dataclass(slots=True)
class Scales:
    """Which pens share a scale, and the scales somebody set by hand."""

    by: By = By.PEN
    auto: bool = False
    manual: dict[str, tuple[float, float]] = field(default_factory=dict)

    def axes(self, pens: Sequence[Pen], t0: float, t1: float, now: float) -> list[Axis]:
        groups: dict[str, list[int]] = {}
        for place, pen in enumerate(pens):
            unit = pen.tag.unit
            groups.setdefault(f"unit:{unit}" if self.by is By.UNIT and unit else pen.tag.tag, []).append(place)
        made = []
        for key, places in groups.items():
            by_hand = self.manual.get(key)
            if by_hand is None:
                sides = [pens[place].scale(t0, t1, now, self.auto) for place in places]
                low, high = min(one[0] for one in sides), max(one[1] for one in sides)
            else:
                low, high = by_hand
            made.append(Axis(key, pens[places[0]].tag.unit, tuple(places), low, high, by_hand is not None))
        return made

    def zoom(self, axis: Axis, about: float, factor: float) -> None:
        self.manual[axis.key] = (about - (about - axis.low) * factor, about + (axis.high - about) * factor)

    def shift(self, axis: Axis, by: float) -> None:
        self.manual[axis.key] = (axis.low + by, axis.high + by)


def frame_of(
    size: QRect, axes: Sequence[Axis], pens: int, chosen: int, t0: float, t1: float, stacked: bool, marks: bool
) -> Frame:
    first = next((axis for axis in axes if chosen in axis.places), None)
    order = [axis for axis in (first, *axes) if axis is not None]
    shown = list(dict.fromkeys(order))[:1] if stacked else list(dict.fromkeys(order))[:MOST_SHOWN]
    left = (len(shown) + 1) // 2 or 1
    right = len(shown) // 2
    edge = max(right * AXIS_W, RIGHT)
    bottom = TIME_H + (MARKS_H if marks else 0)
    width, height = size.width() - left * AXIS_W - edge, size.height() - TOP - bottom
    area = QRect(left * AXIS_W, TOP, max(width, 20), max(height, 20))
    strip_marks = QRect(area.left(), area.top() + area.height(), area.width(), MARKS_H if marks else 0)
    top, floor = float(area.top()), float(area.top() + area.height())
    by_place: dict[int, Lane] = {}
    strips: list[Strip] = []
    if stacked:
        each = (floor - top - LANE_GAP * max(len(axes) - 1, 0)) / max(len(axes), 1)
        for number, axis in enumerate(axes):
            y = top + number * (each + LANE_GAP)
            lane = Lane(axis, y, y + each)
            by_place |= dict.fromkeys(axis.places, lane)
            strips.append(Strip(lane, QRect(0, round(y), AXIS_W, round(each)), False))
    else:
        for axis in axes:
            by_place |= dict.fromkeys(axis.places, Lane(axis, top, floor))
        for number, axis in enumerate(shown):
            on_right = number % 2 == 1
            x = area.left() + area.width() + number // 2 * AXIS_W if on_right else area.left() - (number // 2 + 1) * AXIS_W
            strips.append(Strip(by_place[axis.places[0]], QRect(x, area.top(), AXIS_W, area.height()), on_right))
    lanes = tuple(by_place[place] for place in range(pens))
    return Frame(area, lanes, tuple(strips), strip_marks, t0, t1, stacked)

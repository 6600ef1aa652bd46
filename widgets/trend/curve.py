"""Points to pixels: one polyline for each unbroken run of a curve, straight from numpy into Qt's memory. Console side.

Lines of width 1 without antialiasing: anything else is several times slower (measured/screen.md 1.3).
"""

import numpy as np
from PySide6.QtGui import QPainter, QPolygonF
from shiboken6 import Shiboken

from widgets.trend.pyramid import Floats

_FAR = 1e5
"""Pixels. Beyond it nothing is seen, and Qt's raster arithmetic runs over."""
DASH_PX = 9


def draw_curve(painter: QPainter, x: Floats, y: Floats) -> None:
    """`x`, `y` in pixels; NaN in `y` breaks the line. A run of one point is drawn as a short dash, or it would not be seen."""
    if not len(x):
        return
    y = np.clip(y, -_FAR, _FAR)
    x = np.clip(x, -_FAR, _FAR)
    for a, b in _runs(y):
        _run(painter, x[a:b], y[a:b])


def draw_band(painter: QPainter, edges: Floats, bottom: Floats, top: Floats) -> None:
    """Steps filled from `bottom` to `top`, at least two pixels high; `edges` one more than steps, NaN in `bottom` leaves one
    out."""
    x = np.clip(edges, -_FAR, _FAR)
    bottom, top = np.clip(bottom, -_FAR, _FAR), np.clip(top, -_FAR, _FAR)
    for a, b in _runs(bottom):
        across = np.repeat(x[a : b + 1], 2)[1:-1]
        low, high = np.repeat(bottom[a:b], 2) + 1.0, np.repeat(top[a:b], 2) - 1.0
        painter.drawPolygon(_polygon(np.concatenate((across, across[::-1])), np.concatenate((high, low[::-1]))))


def _runs(y: Floats) -> list[tuple[int, int]]:
    """First and one past the last of each run without NaN."""
    broken = np.isnan(y)
    if not broken.any():
        return [(0, len(y))] if len(y) else []
    good = np.flatnonzero(~broken)
    if not len(good):
        return []
    cuts = np.flatnonzero(np.diff(good) > 1) + 1
    starts, ends = good[np.concatenate(([0], cuts))], good[np.concatenate((cuts - 1, [len(good) - 1]))] + 1
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def dashed(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """The same curve with every other piece of `DASH_PX` pixels left out."""
    if len(x) < 2:
        return x, y
    fine = np.arange(x[0], x[-1], DASH_PX / 3.0)
    if len(fine) > len(x):  # long straight pieces need points to be cut at; a step keeps its height up to the next
        at = np.clip(np.searchsorted(x, fine, side="right") - 1, 0, len(x) - 1)
        flat = fine[np.isfinite(y[at])]
        at = np.searchsorted(x, flat, side="right")
        x, y = np.insert(x, at, flat), np.insert(y, at, y[np.clip(at - 1, 0, len(y) - 1)])
    y = y.copy()
    y[(x // DASH_PX).astype(np.int64) % 2 == 1] = np.nan
    return x, y


def _run(painter: QPainter, x: Floats, y: Floats) -> None:
    if len(x) == 1:
        x, y = np.array([x[0] - 1.0, x[0] + 1.0]), np.array([y[0], y[0]])
    painter.drawPolyline(_polygon(x, y))


def _polygon(x: Floats, y: Floats) -> QPolygonF:
    line = QPolygonF()
    line.resize(len(x))
    memory = np.frombuffer(Shiboken.VoidPtr(line.data(), len(x) * 16, True), dtype=np.float64).reshape(-1, 2)  # type: ignore[call-overload, call-arg, arg-type]
    memory[:, 0], memory[:, 1] = x, y
    return line

"""Trend, 8 pens x 86,400 points: frames a second when 24 h are panned, ours against plain pyqtgraph in the same run.

python -m tests.bench.trend
"""

import os
import sys
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QApplication

from app.domain.tag import Tag
from widgets.theme import ThemeHolder
from widgets.trend.pen import Pen
from widgets.trend.plot import TrendPlot

PENS, POINTS, FRAMES, SIZE = 8, 86_400, 60, (1600, 900)


def signals() -> tuple[np.ndarray, list[np.ndarray]]:
    chance = np.random.default_rng(1)
    end = time.time()
    t = end - POINTS + np.arange(POINTS, dtype=float)
    walks = [np.cumsum(chance.normal(0, 0.2, POINTS)) * 0.1 + chance.normal(0, 0.5, POINTS) for _ in range(PENS)]
    return t, [20 * k + 20 + walk for k, walk in enumerate(walks)]


def fps(step) -> float:
    QApplication.processEvents()
    for n in range(3):
        step(n)
    began = time.perf_counter()
    for n in range(FRAMES):
        step(n)
    return FRAMES / (time.perf_counter() - began)


def ours(t, ys) -> float:
    plot = TrendPlot(ThemeHolder())
    pens = []
    for k, y in enumerate(ys):
        pen = Pen(Tag(f"T{k}", range_low=-40.0, range_high=220.0))
        pen.live.fill(t, y)
        pens.append(pen)
    plot.resize(*SIZE)
    plot.show()
    plot.set_pens(pens)
    plot._timer.stop()

    def pan(n: int) -> None:
        plot.show_span(t[0] - POINTS * 0.1 + n * 60, t[0] + POINTS * 0.9 + n * 60)
        plot.repaint()

    return fps(pan)


def plain(t, ys) -> float:
    plot = pg.PlotWidget(axisItems={"bottom": pg.DateAxisItem()})
    plot.resize(*SIZE)
    plot.show()
    box = plot.getPlotItem().getViewBox()
    box.disableAutoRange()
    box.setYRange(-40, 220, padding=0)
    for k, y in enumerate(ys):
        plot.plot(t, y, pen=pg.mkPen(k))

    def pan(n: int) -> None:
        box.setXRange(t[0] - POINTS * 0.1 + n * 60, t[0] + POINTS * 0.9 + n * 60, padding=0)
        plot.viewport().repaint()

    return fps(pan)


def main() -> None:
    app = QApplication(sys.argv)
    t, ys = signals()
    mine, theirs = ours(t, ys), plain(t, ys)
    print(f"trend 8x86400 pan 24 h: {mine:.0f} frames/s, plain pyqtgraph {theirs:.0f} frames/s, ratio {mine / theirs:.1f}")
    app.closeAllWindows()


if __name__ == "__main__":
    main()

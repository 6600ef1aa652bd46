"""A picture on the screen (offscreen platform), with a clock the test owns."""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRect
from PySide6.QtGui import QColor, QImage

from app.domain.instant import Instant
from app.domain.plant import Layout, LayoutItem
from app.domain.tag import Tag
from tests.widgets.plant import sample
from widgets.plant.view import PlantView
from widgets.symbols import Blink
from widgets.theme import NIGHT, ThemeHolder


class Clock:
    """Stands still until told."""

    def __init__(self) -> None:
        self.now: Instant = sample.NOW

    def __call__(self) -> Instant:
        return self.now


class Stage:
    """A view with what the tests ask of it."""

    def __init__(self, qtbot, holder: ThemeHolder, blink: Blink, clock: Clock) -> None:
        self.holder, self.blink, self.clock = holder, blink, clock
        self.view = PlantView(holder, blink, clock)
        qtbot.addWidget(self.view)
        self.view.resize(1400, 1000)
        self.view.show()

    def show(self, *items: LayoutItem, extent=(0, 0, 140, 100), tags: dict[str, Tag] | None = None, equipment=None) -> None:
        layout = Layout("t", "试验", 2, extent, items, raw={"text_m": 2.0})
        self.view.show_layout(layout, None, sample.TAGS if tags is None else tags, equipment or {})

    def image(self) -> QImage:
        return self.view.viewport().grab().toImage()

    def pixel(self, x: float, y: float, image: QImage | None = None) -> str:
        """The colour at metres x, y as `#rrggbb`."""
        at = self.view.viewportTransform().map(QPointF(x, -y)).toPoint()
        return (image or self.image()).pixelColor(at).name()

    def colours(self, x0: float, y0: float, x1: float, y1: float) -> set[str]:
        """Every colour in a rectangle of metres."""
        to_view, image = self.view.viewportTransform(), self.image()
        a, b = to_view.map(QPointF(x0, -y0)).toPoint(), to_view.map(QPointF(x1, -y1)).toPoint()
        return colours_of(image.copy(QRect(a, b).normalized()))


def colours_of(image: QImage) -> set[str]:
    """Every colour of an image, as `#rrggbb`."""
    plain = image.convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(plain.constBits(), dtype=np.uint32) & 0xFFFFFF
    return {f"#{colour:06x}" for colour in np.unique(pixels)}


@pytest.fixture
def holder(qtbot) -> ThemeHolder:
    return ThemeHolder(NIGHT)


@pytest.fixture
def blink(qtbot) -> Blink:
    return Blink()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stage(qtbot, holder, blink, clock) -> Stage:
    return Stage(qtbot, holder, blink, clock)


def near(colour: str, wanted: str, by: int = 12) -> bool:
    a, b = QColor(colour), QColor(wanted)
    return max(abs(a.red() - b.red()), abs(a.green() - b.green()), abs(a.blue() - b.blue())) <= by


@pytest.fixture
def alike() -> Callable[[str, str], bool]:
    return near

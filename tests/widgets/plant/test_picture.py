"""What stands on the screen after any changes is what a new picture of the same things would show, pixel for pixel.

The window is painted in parts and from what was kept; here it is read back as it stands, and compared with a picture that
was never changed and is painted whole.
"""

import random

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from app.domain.alarm import AlarmState, RuleKind
from app.domain.instant import SECOND
from app.domain.plant import Layout, LayoutItem
from app.domain.sample import Quality, Reason, Sample, good
from app.domain.tag import Priority
from tests.widgets.plant import sample
from tests.widgets.plant.conftest import Stage
from tests.widgets.plant.sample import EQUIPMENT, LAYOUT, TAGS
from widgets.plant.view import PlantView
from widgets.theme import DAY, NIGHT

STEPS = 60
SHAPES = ("tank.vertical", "tank.sphere", "tank.floating_roof", "tank.horizontal")
VESSELS = [item for item in LAYOUT.items if "level" in item.bind]
CROWD = Layout(
    "crowd", "许多储罐", 2, (0, 0, 300, 220),
    tuple(
        LayoutItem(f"t{n}", SHAPES[n % 4], 25 * (n % 12) + 12, 22 * (n // 12) + 14, 8 - n % 2 * 3, 8,
                   label=f"T{n}" if n % 3 else "", bind=VESSELS[n % len(VESSELS)].bind)
        for n in range(120)
    ),
    raw={"text_m": 1.6},
)  # fmt: skip
STATES = [AlarmState.UNACK, AlarmState.ACKED, AlarmState.RTNUN, AlarmState.LAKED, AlarmState.SHLVD]
BOUND = sorted({name for item in LAYOUT.items for name in item.bind.values()})


class Chance:
    """Random things that happen to a picture; what is true after them is kept, for a new one to be told."""

    def __init__(self, stage: Stage, layout: Layout, seed: int) -> None:
        self.stage, self.layout, self.dice = stage, layout, random.Random(seed)
        self.values: dict[str, Sample] = {}
        self.alarms: dict[str, list] = {}
        self.silent = False
        self.chosen = ""
        self.occurrence = 0

    def some_values(self) -> None:
        dice, now = self.dice, self.stage.clock.now
        names = dice.sample(BOUND, dice.choice((1, 2, 5, len(BOUND))))
        found = {}
        for name in names:
            number = dice.choice(
                (dice.uniform(-25, 110), dice.uniform(0, 2), -0.01, 0.0, 1.0, dice.randint(0, 1), float("nan"))
            )
            quality = dice.choice((Quality.GOOD,) * 6 + (Quality.BAD, Quality.UNCERTAIN))
            if quality is Quality.GOOD:
                found[name] = good(name, number, now, now)
            else:
                old = now - dice.randint(1, 4000) * SECOND
                reason = dice.choice((Reason.COMM_LOST, Reason.SENSOR_FAILURE))
                found[name] = Sample(name, dice.choice((number, None)), quality, reason, old, old)
        self.values |= found
        self.stage.view.put_values(found)
        self.stage.view.flush()

    def plain_numbers(self) -> None:
        """What nearly every change is."""
        now = self.stage.clock.now
        found = {name: good(name, self.dice.uniform(-5, 100), now, now) for name in BOUND}
        self.values |= found
        self.stage.view.put_values(found)
        self.stage.view.flush()

    def an_alarm(self) -> None:
        name = self.dice.choice(BOUND)
        self.occurrence += 1
        alarms = [
            sample.alarm(self.occurrence, name, rule, self.dice.choice(STATES), self.dice.choice(list(Priority)))
            for rule in self.dice.sample([RuleKind.HH, RuleKind.H, RuleKind.BAD], self.dice.randint(0, 2))
        ]
        self.alarms[name] = alarms
        self.stage.view.put_alarms({name: alarms})

    def silence(self) -> None:
        self.silent = not self.silent
        self.stage.view.set_feed_silent(self.silent)

    def choose(self) -> None:
        self.chosen = self.dice.choice(["", *(item.id for item in self.layout.items)])
        self.stage.view.select(self.chosen)

    def theme(self) -> None:
        self.stage.holder.set_theme(self.dice.choice((DAY, NIGHT)))

    def elsewhere(self) -> None:
        view = self.stage.view
        nearer, farther, aside = lambda: view.zoom(1.7), lambda: view.zoom(0.6), lambda: view.pan(37, -21)
        self.dice.choice((view.fit, nearer, farther, aside))()

    def hidden_and_back(self) -> None:
        self.stage.view.hide()
        self.some_values()
        self.stage.view.show()

    def later(self) -> None:
        self.stage.clock.now += self.dice.randint(1, 90) * SECOND
        for _ in range(5):  # ages are written once a second
            self.stage.view.flush()

    def beat(self) -> None:
        self.stage.blink._tick()

    def step(self) -> str:
        steps = [
            *[self.some_values] * 4, *[self.plain_numbers] * 4, *[self.an_alarm] * 3, self.silence, self.choose, self.theme,
            self.elsewhere, self.hidden_and_back, self.later, self.beat,
        ]  # fmt: skip
        chosen = self.dice.choice(steps)
        chosen()
        return chosen.__name__

    def new_picture(self) -> QImage:
        """Of the same things, from the same place."""
        old = self.stage.view
        fresh = PlantView(self.stage.holder, self.stage.blink, self.stage.clock)
        fresh.resize(old.size())
        fresh.scenery.hide_values_below, fresh.scenery.min_px = old.scenery.hide_values_below, old.scenery.min_px
        fresh.show_layout(self.layout, None, TAGS, EQUIPMENT)
        fresh.put_values(self.values)
        fresh.put_alarms(self.alarms, whole=True)
        fresh.set_feed_silent(self.silent)
        fresh.grab()  # has its size now
        fresh.setTransform(old.transform())
        for mine, its in (
            (fresh.horizontalScrollBar(), old.horizontalScrollBar()),
            (fresh.verticalScrollBar(), old.verticalScrollBar()),
        ):
            mine.setValue(its.value())
        fresh.flush()
        fresh.select(self.chosen)
        picture = fresh.grab().toImage()
        fresh.shut()
        fresh.deleteLater()
        return picture


def pixels(image: QImage) -> np.ndarray:
    plain = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(plain.constBits(), np.uint32).reshape(plain.height(), plain.width()) & 0xFFFFFF


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("layout", [LAYOUT, CROWD], ids=lambda layout: layout.id)
def test_after_any_changes_the_window_is_the_picture_of_what_is(stage: Stage, layout: Layout, seed: int) -> None:
    stage.blink._timer.setInterval(3_600_000)  # beats only when told
    view = stage.view
    if layout is CROWD:  # all texts, however small
        view.scenery.hide_values_below, view.scenery.min_px = 0.0, 6
    view.show_layout(layout, None, TAGS, EQUIPMENT)
    chance = Chance(stage, layout, seed)
    done: list[str] = []
    view.zoom(0.5 if layout is CROWD else 1.0)  # bodies so small that they are kept with their content
    for n in range(STEPS):
        done.append(chance.step())
        for _ in range(3):
            QApplication.processEvents()
        if n % 4 == 3:
            shown = pixels(view.screen().grabWindow(view.winId()).toImage())
            wanted = pixels(chance.new_picture())
            wrong = np.argwhere(shown != wanted)
            assert not len(wrong), (done[-8:], wrong.min(axis=0).tolist(), wrong.max(axis=0).tolist())

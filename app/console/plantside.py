"""The pages that draw the plant (overview, picture, trend), fed together. A bug in one never keeps another from its data.

Console side. Alarm table, banner and horn are not here: they are fed first, in `watch`.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.console.state import DeskState
from app.domain.instant import SECOND
from app.domain.sample import Sample
from app.domain.wire import AlarmMsg
from widgets.ahead import notes_of
from widgets.overview import OverviewPage
from widgets.plant.page import PlantPage
from widgets.trend.page import TrendPage

if TYPE_CHECKING:
    from app.console.history import Past


@dataclass(frozen=True)
class PlantSide:
    overview: OverviewPage
    plant: PlantPage
    trend: TrendPage
    guarded: Callable[[Callable[[], None]], None]
    """Runs one step and reports what it raises."""

    def show_site(self, state: DeskState) -> None:
        site = state.site
        self.guarded(lambda: self.overview.show_site(site.tags, site.equipment))
        self.guarded(lambda: self.plant.show_site(site.layouts, site.pictures.get, site.tags, site.equipment, site.cameras))
        self.guarded(lambda: self.trend.show_site(site.tags))

    def put_values(self, values: Mapping[str, Sample]) -> None:
        self.guarded(lambda: self.overview.put_values(values))
        self.guarded(lambda: self.plant.put_values(values))
        self.guarded(lambda: self.trend.put_latest(values))
        self.guarded(lambda: self.trend.put_values(values))

    def put_alarms(self, alarms: Mapping[str, list[AlarmMsg]], whole: bool = False) -> None:
        """For each tag named, all its live alarms."""
        self.guarded(lambda: self.overview.put_alarms(alarms, whole))
        self.guarded(lambda: self.plant.put_alarms(alarms, whole))

    def put_ahead(self, state: DeskState) -> None:
        """When limits are reached at the present rate, as the station reckons."""
        notes = notes_of(state.extra.get("ahead"))
        self.guarded(lambda: self.overview.put_ahead(notes))
        self.guarded(lambda: self.plant.faceplate.put_ahead(notes))

    def set_silent(self, silent: bool, age: float | None) -> None:
        """`age`: seconds since the last news."""
        since = None if age is None else round((time.time() - age) * SECOND)
        self.guarded(lambda: self.overview.set_feed_silent(silent, since))
        self.guarded(lambda: self.plant.set_feed_silent(silent, since))
        if silent:
            self.guarded(self.trend.feed_lost)

    def put_history(self, past: "Past", asker: str) -> None:
        """`asker`: "trend" or "faceplate"."""
        if asker == "trend":
            self.trend.put_history(past.tag, past.start, past.end, past.t, past.low, past.high, past.quality, asked=past.points)
        else:
            self.plant.put_history(past.tag, [round(at * SECOND) for at in past.t], past.low, past.high)

    def go_to(self, tag: str, equipment: str) -> bool:
        """False when neither is drawn anywhere."""
        return self.plant.goto_tag(tag) or self.plant.goto_equipment(equipment)

"""The pages of the watch: built one by one behind the login page, fed together, and what they ask for in one place.

Console side. Widgets know nothing of HTTP; this object knows the widgets, and `desk` knows the station.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.console.pages.sources import SourcesPage
from app.console.state import Changes, DeskState, Trust
from app.console.window import DeskWindow
from app.domain.instant import SECOND
from app.domain.wire import AlarmMsg
from widgets.alarms.banner import AlarmBanner
from widgets.alarms.horn import Horn
from widgets.alarms.page import AlarmPage
from widgets.symbols import Blink
from widgets.theme import ThemeHolder
from widgets.words import tr

if TYPE_CHECKING:
    from app.console.history import Past
    from widgets.plant.page import PlantPage
    from widgets.trend.page import TrendPage

FACEPLATE_S = 3600.0
FACEPLATE_POINTS = 240


class Watch(QObject):
    acknowledge = Signal(list, str)  # occurrences, note
    reset = Signal(object)  # occurrence
    history_wanted = Signal(list, float, float, int, str)  # tags, start, end (seconds), points, who asks: FACEPLATE or TREND
    horn_fault = Signal(str)

    FACEPLATE, TREND = "faceplate", "trend"

    def __init__(self, themes: ThemeHolder, window: DeskWindow) -> None:
        super().__init__()
        self._themes = themes
        self._window = window
        self._decimals: dict[str, int] = {}
        self._may_acknowledge = False
        self.is_built = False
        self.first_page = "plant"
        self.blink = Blink(self)
        self.horn = Horn(self)
        self.banner = AlarmBanner(themes, self.blink)
        self.alarms = AlarmPage(themes, self.blink, self._decimals_of)
        self.sources = SourcesPage(themes)
        self.plant: PlantPage | None = None
        self.trend: TrendPage | None = None
        self.horn.fault.connect(self.horn_fault)
        self.alarms.changed.connect(self._show_banner)
        self.alarms.acknowledge.connect(self.acknowledge)
        self.alarms.opened.connect(self.goto)
        self.banner.acknowledge.connect(self._acknowledge_from_banner)
        self.banner.opened.connect(self.goto)
        self.banner.list_wanted.connect(self._show_list)

    def steps(self) -> list[Callable[[], None]]:
        """What is still to be built, in order, each step short enough not to be felt. F1, F2 … go by this order too."""
        return [self._add_banner, self._add_plant, self._add_alarms, self._add_trend, self._add_sources, self._built]

    # what is known

    def allow(self, acknowledge: bool) -> None:
        self._may_acknowledge = acknowledge
        self.alarms.allow_acknowledge(acknowledge)
        self._show_banner()

    def show_site(self, state: DeskState) -> None:
        """A (new) configuration; everything known is shown again on top of it."""
        assert self.plant is not None
        assert self.trend is not None
        site = state.site
        self._decimals = {tag.tag: tag.decimals for tag in site.tags.values()}
        self.plant.show_site(site.layouts, site.pictures.get, site.tags, site.equipment, site.cameras)
        self.trend.show_site(site.tags)
        self._put_all(state)

    def put(self, changes: Changes, state: DeskState, now: float) -> None:
        """One batch; `now` in monotonic seconds."""
        if changes.links:
            self.sources.put_links(state.links, now)
        if not self.is_built:
            return  # all that is known comes with `show_site`
        if changes.whole:
            self._put_all(state)
        else:
            self._put_values(changes, state)
        if changes.events:
            self.horn.put_events(changes.events)

    def clear(self) -> None:
        """Another station, or nobody logged in: nothing of the last one stays."""
        if self.is_built:
            self.show_site(DeskState())
        self.sources.put_links([], 0.0)

    def show_trust(self, trust: Trust, age: float | None) -> None:
        """The feed fell silent, or speaks again; `age` in seconds."""
        silent = trust is Trust.SILENT
        since = None if age is None else round((time.time() - age) * SECOND)
        if self.plant is not None:
            self.plant.set_feed_silent(silent, since)
        if self.trend is not None and silent:
            self.trend.feed_lost()

    def put_history(self, past: "Past", asker: str) -> None:
        if asker == self.TREND and self.trend is not None:
            self.trend.put_history(past.tag, past.start, past.end, past.t, past.low, past.high)
        elif asker == self.FACEPLATE and self.plant is not None:
            self.plant.put_history(past.tag, [round(at * SECOND) for at in past.t], past.mean)

    # going places

    def goto(self, alarm: AlarmMsg) -> None:
        """The place of an alarm: where its tag or equipment is drawn, its curve where it is drawn nowhere, or its source."""
        if alarm.tag.startswith("@"):
            self._window.show_page("sources")
            return
        assert self.plant is not None
        self._window.show_page("plant")
        if not self.plant.goto_tag(alarm.tag) and not self.plant.goto_equipment(alarm.equipment):
            self.open_trend(alarm.tag)

    def open_trend(self, tag: str) -> None:
        assert self.trend is not None
        self.trend.add_tag(tag)
        self._window.show_page("trend")

    def search(self) -> None:
        if self.plant is not None:
            self._window.show_page("plant")
            self.plant.search_now()

    def close(self) -> None:
        self.horn.close()
        self.alarms.replace_alarms([])
        if self.plant is not None:
            self.plant.shut()

    # inside

    def _put_all(self, state: DeskState) -> None:
        assert self.plant is not None
        assert self.trend is not None
        standing = list(state.alarms.values())
        self.alarms.replace_alarms(standing)
        self.horn.replace_alarms(standing)
        self.plant.put_values(state.values)
        self.plant.put_alarms(state.alarms_of({tag for tag, _ in state.alarms}), whole=True)
        self.trend.put_latest(state.values)
        self.trend.put_values(state.values)

    def _put_values(self, changes: Changes, state: DeskState) -> None:
        assert self.plant is not None
        assert self.trend is not None
        if changes.values:
            self.plant.put_values(changes.values)
            self.trend.put_latest(changes.values)
            self.trend.put_values(changes.values)
        if changes.alarms:
            self.alarms.put_alarms(changes.alarms)
            self.horn.put_alarms(changes.alarms)
            self.plant.put_alarms(state.alarms_of({alarm.tag for alarm in changes.alarms}))

    def _built(self) -> None:
        self.is_built = True

    def _add_banner(self) -> None:
        self._window.set_banner(self.banner)

    def _add_plant(self) -> None:
        from widgets.plant.page import PlantPage

        self.plant = PlantPage(self._themes, self.blink)
        self.plant.acknowledge.connect(self._acknowledge_one)
        self.plant.reset.connect(self.reset)
        self.plant.open_trend.connect(self.open_trend)
        self.plant.history_wanted.connect(self._ask_for_faceplate)
        self._window.add_page("plant", "plant", tr("平面图"), self.plant, greys_itself=True)

    def _add_alarms(self) -> None:
        self._window.add_page("alarms", "alarms", tr("报警"), self.alarms)

    def _add_trend(self) -> None:
        from widgets.trend.page import TrendPage

        self.trend = TrendPage(self._themes)
        self.trend.history_wanted.connect(self._ask_for_trend)
        self._window.add_page("trend", "trend", tr("趋势"), self.trend)

    def _add_sources(self) -> None:
        self._window.add_page("sources", "sources", tr("数据源"), self.sources)

    def _ask_for_faceplate(self, tag: str) -> None:
        now = time.time()
        self.history_wanted.emit([tag], now - FACEPLATE_S, now, FACEPLATE_POINTS, self.FACEPLATE)

    def _ask_for_trend(self, tags: list[str], start: float, end: float, points: int) -> None:
        self.history_wanted.emit(tags, start, end, points, self.TREND)

    def _decimals_of(self, tag: str) -> int:
        return self._decimals.get(tag, 1)

    def _show_banner(self) -> None:
        self.banner.show_queue(self.alarms.table.queue, self._may_acknowledge)

    def _acknowledge_from_banner(self, occurrences: list[int]) -> None:
        self.acknowledge.emit(occurrences, "")

    def _acknowledge_one(self, occurrence: int) -> None:
        self.acknowledge.emit([occurrence], "")

    def _show_list(self) -> None:
        self._window.show_page("alarms")

"""The pages of the watch: built one by one behind the login page, fed together, and what they ask for in one place.

Console side. Widgets know nothing of HTTP; this object knows the widgets, and `desk` knows the station.
"""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.console.pages.sources import SourcesPage
from app.console.sound import SeatSound
from app.console.state import Changes, DeskState, Trust
from app.console.window import DeskWindow
from app.domain.wire import AlarmMsg
from widgets.alarms.aside import AsideStrip
from widgets.alarms.banner import AlarmBanner
from widgets.alarms.horn import Horn
from widgets.alarms.page import AlarmPage
from widgets.alarms.permits import Permits
from widgets.alarms.row import View
from widgets.alarms.voice.voice import Voice
from widgets.symbols import Blink
from widgets.theme import ThemeHolder
from widgets.words import page_title, tr

if TYPE_CHECKING:  # each is imported by the step that builds it
    from app.console.history import Past
    from app.console.pages import PageSpec
    from app.console.plantside import PlantSide
    from app.console.seat import Seat

FACEPLATE_S = 3600.0
FACEPLATE_POINTS = 240


class Watch(QObject):
    reset = Signal(object)  # occurrence
    history_wanted = Signal(list, float, float, int, str)  # tags, start, end (seconds), points, who asks
    horn_fault = Signal(str)

    def __init__(
        self,
        themes: ThemeHolder,
        window: DeskWindow,
        bug: Callable[[BaseException], None],
        sound: bool = True,
        seat: "Seat | None" = None,
        pages: "Sequence[PageSpec] | None" = None,
    ) -> None:
        """`bug` hears of whatever a page raises. `sound`: whether this screen has a horn. `seat`: for those who work here; a
        wall has none. `pages`: those of the seat, all that there are unless named."""
        super().__init__()
        self._seat = seat
        self._pages = pages
        self._themes = themes
        self._window = window
        self._bug = bug
        self._decimals: dict[str, int] = {}
        self._may_acknowledge = False
        self._known = False  # has a snapshot said which alarms there are?
        self.blink = Blink(self) if seat is None else seat.blink
        self.horn = Horn(self, None if seat is None else Voice(seat.data / "voice", self)) if sound else None
        if seat is not None and self.horn is not None:
            seat.sound = SeatSound(seat, self.horn)
        self.banner = AlarmBanner(themes, self.blink)
        self.strip = AsideStrip(themes)
        self.alarms = AlarmPage(themes, self.blink, self._decimals_of)
        self.sources = SourcesPage(themes)
        self.plant_side: PlantSide | None = None
        if self.horn is not None:
            self.horn.fault.connect(self.horn_fault)
        self.alarms.changed.connect(self._show_banner)
        self.alarms.opened.connect(self.goto)
        self.banner.acknowledge.connect(self._acknowledge_from_banner)
        self.banner.opened.connect(self._open_card)
        self.banner.list_wanted.connect(self._show_list)
        self.strip.list_wanted.connect(self._show_aside)
        if seat is None:
            self.alarms.panel.hide()  # a wall looks
        else:
            from app.console.alarm_actions import AlarmActions

            AlarmActions(seat, self.alarms, self.strip, self.banner)

    def steps(self) -> list[Callable[[], None]]:
        """What is still to be built, in order, each step short enough not to be felt. F1, F2 … go by this order too."""
        watch = [self._add_banner, self._add_overview, self._add_plant, self._add_alarms, self._add_trend, self._add_sources]
        if self._seat is None:
            return watch
        from app.console.pages import PAGES

        pages = PAGES if self._pages is None else self._pages
        return [*watch, *(partial(self._add_page, spec, self._seat) for spec in pages)]

    @property
    def is_built(self) -> bool:
        return self.plant_side is not None

    # what is known

    def allow(self, acknowledge: bool) -> None:
        self._may_acknowledge = acknowledge
        if self._seat is None:
            self.alarms.allow(Permits(acknowledge=acknowledge))
        self._show_banner()

    def show_site(self, state: DeskState) -> None:
        """A (new) configuration; everything known is shown again on top of it."""
        self._decimals = {tag.tag: tag.decimals for tag in state.site.tags.values()}
        if self.plant_side is not None:
            self.plant_side.show_site(state)
        self._put_all(state)

    def put(self, changes: Changes, state: DeskState, now: float) -> None:
        """One batch; `now` in monotonic seconds. Alarms first: no picture may stand between them and the horn."""
        if changes.whole:
            self._known = True
            self._put_all(state)
        else:
            if changes.alarms:
                if self.horn is not None:
                    self._guarded(partial(self.horn.put_alarms, changes.alarms))
                self._guarded(lambda: self.alarms.put_alarms(changes.alarms))
            if self.plant_side is not None:
                if changes.alarms:
                    self.plant_side.put_alarms(state.alarms_of({alarm.tag for alarm in changes.alarms}))
                if changes.values:
                    self.plant_side.put_values(changes.values)
                if changes.extra:
                    self.plant_side.put_ahead(state)
        if changes.events and self.horn is not None:
            self._guarded(partial(self.horn.put_events, changes.events))
        if changes.links:
            self.sources.put_links(state.links, now)

    def clear(self) -> None:
        """Another station, or nobody logged in: nothing of the last one stays."""
        self._known = False
        self.show_site(DeskState())
        self.sources.put_links([], 0.0)

    def show_trust(self, trust: Trust, age: float | None) -> None:
        """The feed fell silent, or speaks again; `age` in seconds."""
        if self.plant_side is not None:
            self.plant_side.set_silent(trust is Trust.SILENT, age)

    def set_lost(self, lost: bool) -> None:
        """Somebody watches, and nothing is heard of the station: the horn says so."""
        if self.horn is not None:
            self.horn.set_lost(lost)

    def put_history(self, past: "Past", asker: str) -> None:
        if self.plant_side is not None:
            self.plant_side.put_history(past, asker)

    # going places

    def goto(self, alarm: AlarmMsg) -> None:
        """The place of an alarm: where its tag or equipment is drawn, its curve where it is drawn nowhere, or its source."""
        if alarm.tag.startswith("@"):
            self._window.show_page("sources")
            return
        self._window.show_page("plant")
        if self.plant_side is not None and not self.plant_side.go_to(alarm.tag, alarm.equipment):
            self.open_trend(alarm.tag)

    def open_equipment(self, code: str) -> None:
        self._window.show_page("plant")
        if self.plant_side is not None:
            self.plant_side.plant.goto_equipment(code)

    def open_trend(self, tag: str) -> None:
        self._window.show_page("trend")
        if self.plant_side is not None:
            self.plant_side.trend.add_tag(tag)

    def open_trends(self, tags: list[str]) -> None:
        for tag in tags:
            self.open_trend(tag)

    def search(self) -> None:
        self._window.show_page("plant")
        if self.plant_side is not None:
            self.plant_side.plant.search_now()

    def close(self) -> None:
        if self.horn is not None:
            self.horn.close()
        self.alarms.replace_alarms([])
        if self.plant_side is not None:
            self.plant_side.plant.shut()

    # inside

    def _put_all(self, state: DeskState) -> None:
        standing = list(state.alarms.values())
        if self.horn is not None:
            self._guarded(partial(self.horn.replace_alarms, standing))
        self._guarded(lambda: self.alarms.replace_alarms(standing))
        if self.plant_side is not None:
            self.plant_side.put_alarms(state.alarms_of({tag for tag, _ in state.alarms}), whole=True)
            self.plant_side.put_values(state.values)

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception as error:  # noqa: BLE001  written down and told by `bug`; the next page still gets its data
            self._bug(error)

    def _add_banner(self) -> None:
        self._window.set_banner(self.banner)
        self._window.set_banner(self.strip)

    def _add_overview(self) -> None:
        from widgets.overview import OverviewPage

        self._overview: OverviewPage = OverviewPage(self._themes, self.blink)
        self._overview.open_layout.connect(self.open_equipment)
        self._window.add_page("overview", "overview", tr("总览"), self._overview, greys_itself=True)

    def _add_plant(self) -> None:
        from widgets.plant.page import PlantPage

        self._plant: PlantPage = PlantPage(self._themes, self.blink)
        self._plant.acknowledge.connect(self._acknowledge_one)
        self._plant.reset.connect(self.reset)
        self._plant.open_card.connect(self._open_card)
        self._plant.open_trend.connect(self.open_trend)
        if self._seat is not None:
            from app.console.plant_video import PlantVideo

            PlantVideo(self._seat, self._plant)
        self._plant.history_wanted.connect(self._ask_for_faceplate)
        self._window.add_page("plant", "plant", tr("平面图"), self._plant, greys_itself=True)

    def _add_alarms(self) -> None:
        self._window.add_page("alarms", "alarms", page_title("报警"), self.alarms)
        if self._seat is not None:
            from app.console.alarm_history import AlarmHistory
            from widgets.alarms.past import PastSearch

            past = PastSearch(self._themes, self._decimals_of)
            past.opened.connect(self._open_card)
            AlarmHistory(self._seat, past, self._decimals_of)
            self.alarms.set_past(past)

    def _add_trend(self) -> None:
        from widgets.trend.page import TrendPage

        self._trend: TrendPage = TrendPage(self._themes)
        if self._seat is None:
            self._trend.history_wanted.connect(self._ask_for_trend)
        else:
            from app.console.trend import TrendSide

            TrendSide(self._seat, self._trend)
        self._window.add_page("trend", "trend", tr("趋势"), self._trend)

    def _add_sources(self) -> None:
        from app.console.plantside import PlantSide

        self._window.add_page("sources", "sources", tr("数据源"), self.sources)
        self.plant_side = PlantSide(self._overview, self._plant, self._trend, self._guarded)

    def _add_page(self, spec: "PageSpec", seat: "Seat") -> None:
        page = spec.make(seat)
        self._window.add_page(spec.name, spec.icon, page_title(spec.title), page, greys_itself=spec.bare, listed=spec.listed)

    def _ask_for_faceplate(self, tag: str) -> None:
        now = time.time()
        self.history_wanted.emit([tag], now - FACEPLATE_S, now, FACEPLATE_POINTS, "faceplate")

    def _ask_for_trend(self, tags: list[str], start: float, end: float, points: int) -> None:
        self.history_wanted.emit(tags, start, end, points, "trend")

    def _decimals_of(self, tag: str) -> int:
        return self._decimals.get(tag, 1)

    def _show_banner(self) -> None:
        if self._known:
            self.banner.show_queue(self.alarms.table.queue, self._may_acknowledge)
            self.strip.show_queue(self.alarms.table.queue)
        else:
            self.strip.show_unknown()
            self.banner.show_unknown(tr("未连接，报警情况不明"))

    def _acknowledge_from_banner(self, occurrences: list[int]) -> None:
        """Goes the way of the alarm page, which is shown when something is still missing."""
        if not self.alarms.acknowledge_from_outside(occurrences):
            self._window.show_page("alarms")
            self.alarms.ask_for_note(occurrences)

    def _open_card(self, alarm: AlarmMsg) -> None:
        """The card of an alarm; its place where there is no card to open."""
        if self._seat is None or "card" not in self._window.page_names:
            self.goto(alarm)
        else:
            self._seat.card_wanted.emit(alarm)

    def _acknowledge_one(self, occurrence: int) -> None:
        self._acknowledge_from_banner([occurrence])

    def _show_list(self) -> None:
        self._window.show_page("alarms")

    def _show_aside(self, view: View) -> None:
        self._window.show_page("alarms")
        self.alarms.show_list(view)

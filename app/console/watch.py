"""The pages of the watch: built one by one behind the login page, fed together, and what they ask for in one place.

Console side. Widgets know nothing of HTTP; this object knows the widgets, and `desk` knows the station.
"""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from app.console.pages.sources import SourcesPage
from app.console.state import Changes, DeskState, Trust
from app.console.window import DeskWindow
from app.domain.wire import AlarmMsg
from widgets.alarms.banner import AlarmBanner
from widgets.alarms.horn import Horn
from widgets.alarms.page import AlarmPage
from widgets.symbols import Blink
from widgets.theme import ThemeHolder
from widgets.words import tr


class Watch(QObject):
    first_page = "alarms"
    acknowledge = Signal(list, str)  # occurrences, note
    open_alarm = Signal(object)  # AlarmMsg
    horn_fault = Signal(str)

    def __init__(self, themes: ThemeHolder, window: DeskWindow) -> None:
        super().__init__()
        self._themes = themes
        self._window = window
        self._decimals: dict[str, int] = {}
        self._may_acknowledge = False
        self.is_built = False
        self.blink = Blink(self)
        self.horn = Horn(self)
        self.horn.fault.connect(self.horn_fault)
        self.banner = AlarmBanner(themes, self.blink)
        self.alarms = AlarmPage(themes, self.blink, self._decimals_of)
        self.sources = SourcesPage(themes)
        self.alarms.changed.connect(self._show_banner)
        self.alarms.acknowledge.connect(self.acknowledge)
        self.alarms.opened.connect(self.open_alarm)
        self.banner.acknowledge.connect(self._acknowledge_from_banner)
        self.banner.opened.connect(self.open_alarm)
        self.banner.list_wanted.connect(self._show_list)

    def steps(self) -> list[Callable[[], None]]:
        """What is still to be built, in order, each step short enough not to be felt."""
        return [self._add_banner, self._add_alarms, self._add_sources, self._built]

    def allow(self, acknowledge: bool) -> None:
        self._may_acknowledge = acknowledge
        self.alarms.allow_acknowledge(acknowledge)
        self._show_banner()

    def show_site(self, state: DeskState) -> None:
        """A (new) configuration; everything known is shown again on top of it."""
        self._decimals = {tag.tag: tag.decimals for tag in state.site.tags.values()}
        self.alarms.replace_alarms(state.alarms.values())

    def put(self, changes: Changes, state: DeskState, now: float) -> None:
        """One batch; `now` in monotonic seconds."""
        if changes.whole:
            standing = list(state.alarms.values())
            self.alarms.replace_alarms(standing)
            self.horn.replace_alarms(standing)
        elif changes.alarms:
            self.alarms.put_alarms(changes.alarms)
            self.horn.put_alarms(changes.alarms)
        if changes.events:
            self.horn.put_events(changes.events)
        if changes.links:
            self.sources.put_links(state.links, now)

    def clear(self) -> None:
        """Another station, or nobody logged in: nothing of the last one stays."""
        self.alarms.replace_alarms([])
        self.horn.replace_alarms([])

    def show_trust(self, trust: Trust, age: float | None) -> None:
        """The feed fell silent, or speaks again; `age` in seconds."""

    def goto(self, alarm: AlarmMsg) -> None:
        """The place of an alarm: its equipment on the plant picture, or the source that is lost."""
        self._window.show_page("sources" if alarm.tag.startswith("@") else "plant")

    def search(self) -> None:
        self._window.show_page("plant")

    def close(self) -> None:
        self.horn.close()

    def _built(self) -> None:
        self.is_built = True

    def _add_banner(self) -> None:
        self._window.set_banner(self.banner)

    def _add_alarms(self) -> None:
        self._window.add_page("alarms", "alarms", tr("报警"), self.alarms)

    def _add_sources(self) -> None:
        self._window.add_page("sources", "sources", tr("数据源"), self.sources)

    def _decimals_of(self, tag: str) -> int:
        return self._decimals.get(tag, 1)

    def _show_banner(self) -> None:
        self.banner.show_queue(self.alarms.table.queue, self._may_acknowledge)

    def _acknowledge_from_banner(self, occurrences: list[int]) -> None:
        self.acknowledge.emit(occurrences, "")

    def _show_list(self) -> None:
        self._window.show_page("alarms")

"""What is wrong with the station itself (站的故障提示): lines for the desks, an alarm for a part in trouble. Station side."""

from typing import TYPE_CHECKING

from app.station.bydesign import STATION

if TYPE_CHECKING:
    from app.station.station import Station

PARTS = ("journal", "history", "clock", "disk", "integrity", "audio", "dispatch", "loop")  # each with an alarm of its own


class Notices:
    """By part; "" when there is nothing to say. On the event loop."""

    def __init__(self, station: "Station") -> None:
        self._station = station
        self._texts: dict[str, str] = {}

    def get(self, part: str) -> str:
        return self._texts.get(part, "")

    def texts(self) -> list[str]:
        return [text for text in self._texts.values() if text]

    def trouble(self, part: str, text: str) -> None:
        """A part is in trouble, or well again with ""."""
        station, tag = self._station, f"{STATION}/{part}"
        before = self.get(part)
        if text == before:
            return
        self._texts[part] = text
        if text:
            station.wording.details[tag] = text
        if bool(text) != bool(before):
            station.engine.flag(tag, bool(text), station.clock.now())
        station.feed.side_changed()

    def notice(self, part: str, text: str) -> None:
        """A line for the desks that is no alarm; "" takes it away."""
        if text != self.get(part):
            self._texts[part] = text
            self._station.feed.side_changed()

    def broken(self) -> None:
        """Something failed that never should."""
        self.notice("internal", "站内部出错，详见站的日志文件；值守继续")

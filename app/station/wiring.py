"""The sources of a station (接线): each has its driver, supervised; a lost link is told of. Station side."""

from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from app.domain.wire import LinkMsg
from app.station.bydesign import STATION
from app.station.links import Link
from app.station.supervisor import Supervisor
from app.store.rows import Record
from drivers.base import Driver, DriverContext, SourceMisconfigured

if TYPE_CHECKING:
    from app.station.station import Station


class Wiring:
    def __init__(self, station: "Station") -> None:
        self._station = station
        self._secrets: dict[str, str] = {}

    def works(self) -> Iterator[tuple[Callable[[], Coroutine[Any, Any, None]], str]]:
        station = self._station
        for link in station.links.values():
            make = partial(self._make_driver, link)
            supervisor = Supervisor(link, make, station.ingest, station.clock.now, self._changed, station.given.backoff_s)
            yield supervisor.run, f"source {link.source.id}"

    def messages(self) -> list[LinkMsg]:
        return [link.message() for link in self._station.links.values()]

    def _changed(self, link: Link) -> None:
        station, tag = self._station, f"@{link.source.id}"
        now = station.clock.now()
        if link.last_error:
            station.wording.details[tag] = link.last_error
        down = link.state == "down"
        # While it still connects nothing is known: an alarm of an earlier run stands until the link does.
        if link.state != "connecting" and station.engine.watches[tag].states[0].active != down:
            record = Record(now, "link", STATION, tag, data={"error": link.last_error, "state": link.state})
            station.writer.note(record)
            station.engine.flag(tag, down, now)
        station.feed.side_changed()

    async def _make_driver(self, link: Link) -> Driver:
        station, source = self._station, link.source
        factory = station.given.drivers.get(source.driver)
        if factory is None:
            raise SourceMisconfigured(f"没有名为 {source.driver} 的驱动")
        secrets = station.store.secrets
        self._secrets = await station.call(lambda: {name: secrets.get(name) for name in secrets.names()})
        pki = station.given.data / "pki" / source.id
        pki.mkdir(mode=0o700, parents=True, exist_ok=True)
        context = DriverContext(station.clock.now, self._secrets.__getitem__, pki)
        return factory(source, [slot.tag for slot in link.slots], context)

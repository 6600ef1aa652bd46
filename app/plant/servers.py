"""From a site package to the servers that play its sources. The one place that knows which driver needs which. Plant side."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from app.domain.plant import Site, Source
from app.domain.tag import Tag
from app.plant.field import Reading
from app.plant.modbus_master import ModbusMaster
from app.plant.serve_modbus import ModbusServer
from app.plant.serve_opcua import OpcUaServer


class Server(Protocol):
    """One or more sources at one address. `cut` is a pulled cable, `mend` puts it back."""

    sources: tuple[str, ...]
    endpoint: str

    async def start(self, readings: Mapping[str, Reading]) -> None:
        """Raises OSError."""

    async def write(self, readings: Mapping[str, Reading]) -> int:
        """Readings of all tags; returns how many of its own had changed."""

    async def cut(self) -> None: ...

    async def mend(self) -> None:
        """Raises OSError."""

    async def stop(self) -> None: ...


_MAKE: dict[str, Callable[[Sequence[Source], Iterable[Tag]], Server]] = {
    "opcua": OpcUaServer,
    "modbus_tcp": ModbusServer,
    "modbus_rtu": ModbusServer,
    "modbus_slave": ModbusMaster,
}


def servers_of(site: Site) -> tuple[list[Server], list[str]]:
    """The servers, and a Chinese sentence for each source that cannot be played. Sources with one URL share a server."""
    groups: dict[str, list[Source]] = {}
    left = []
    for source in site.sources:
        if source.driver not in _MAKE or source.url.startswith("rtu+tcp:"):
            left.append(f"数据源 {source.id}（{source.driver} {source.url}）不能由演示工厂提供")
        elif source.driver == "modbus_slave" and source.url.startswith("serial:"):
            left.append(f"数据源 {source.id}：演示工厂不能在串口上作主站")
        else:
            groups.setdefault(source.url, []).append(source)
    servers = []
    for sources in groups.values():
        names = {source.id for source in sources}
        servers.append(_MAKE[sources[0].driver](sources, [tag for tag in site.tags if tag.source in names]))
    return servers, left

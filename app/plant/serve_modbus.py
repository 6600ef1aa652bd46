"""Modbus sources of the plant that are read by the station: slaves over TCP or on a serial line. Plant side."""

from collections.abc import Iterable, Mapping, Sequence

from app.domain.plant import Source
from app.domain.tag import Tag
from app.plant.field import Reading
from app.plant.registers import Units
from drivers.modbus.endpoint import Wire, parse_endpoint
from drivers.modbus.server import RtuServer, TcpServer, listening_socket


class ModbusServer:
    """Serves every source that has this URL."""

    def __init__(self, sources: Sequence[Source], tags: Iterable[Tag]) -> None:
        self.sources = tuple(source.id for source in sources)
        self.endpoint = sources[0].url
        self._units = Units(sources, tags)
        self._where = parse_endpoint(self.endpoint)
        self._tcp: TcpServer | None = None
        self._rtu: RtuServer | None = None

    async def start(self, readings: Mapping[str, Reading]) -> None:
        """Raises OSError (port taken, no such serial device)."""
        self._units.put(readings)
        await self.mend()

    async def write(self, readings: Mapping[str, Reading]) -> int:
        return self._units.put(readings)

    async def cut(self) -> None:
        await self.stop()

    async def mend(self) -> None:
        where = self._where
        if where.wire is Wire.SERIAL:
            self._rtu = RtuServer(self._units, frozenset(self._units.units), where, lambda: None)
            await self._rtu.start()
        else:
            self._tcp = TcpServer(self._units)
            await self._tcp.start(listening_socket(where.host, where.port))

    async def stop(self) -> None:
        for server in (self._tcp, self._rtu):
            if server is not None:
                await server.stop()
        self._tcp = self._rtu = None

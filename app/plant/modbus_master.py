"""The DCS that writes into a slave station (从站方式): the plant is the master of those sources. TCP only; plant side."""

import asyncio
import struct
from collections.abc import Iterable, Mapping, Sequence

from app.domain.address import Table
from app.domain.plant import Source
from app.domain.tag import Tag
from app.plant.field import Reading
from app.plant.registers import Registers, Units
from drivers.modbus.endpoint import parse_endpoint
from drivers.modbus.framing import tcp_frame
from drivers.modbus.memory import pack_bits


class ModbusMaster:
    """Plays the DCS that writes to a slave station: every register and coil of the source once a `write`, over TCP. What
    cannot be written by Modbus (inputs) is left out. An absent station is tried again at the next write."""

    def __init__(self, sources: Sequence[Source], tags: Iterable[Tag]) -> None:
        self.sources = tuple(source.id for source in sources)
        self.endpoint = sources[0].url
        self._units = Units(sources, tags, gaps=False)
        where = parse_endpoint(self.endpoint)
        self._host = "127.0.0.1" if where.host in ("0.0.0.0", "::") else where.host
        self._port = where.port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._is_cut = False

    async def start(self, readings: Mapping[str, Reading]) -> None:
        await self.write(readings)

    async def write(self, readings: Mapping[str, Reading]) -> int:
        changed = self._units.put(readings)
        if self._is_cut:
            return changed
        try:
            await self._send()
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            await self.stop()
        return changed

    async def cut(self) -> None:
        self._is_cut = True
        await self.stop()

    async def mend(self) -> None:
        self._is_cut = False

    async def stop(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.transport.abort()
            await asyncio.sleep(0)

    async def _send(self) -> None:
        async with asyncio.timeout(2.0):
            if self._writer is None or self._reader is None:
                self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
            reader, writer, sent = self._reader, self._writer, 0
            for unit, registers in self._units.units.items():
                for pdu in _write_requests(registers):
                    writer.write(tcp_frame(unit, pdu, sent & 0xFFFF))
                    sent += 1
            await writer.drain()
            for _ in range(sent):
                head = await reader.readexactly(6)
                await reader.readexactly(int.from_bytes(head[4:6], "big"))


def _write_requests(registers: Registers) -> list[bytes]:
    """Function 16 and 15 over runs of neighbours, at most 100 registers each."""
    requests = []
    for table in (Table.HOLDING_REGISTERS, Table.COILS):
        for run in _runs(sorted(registers.cells[table]), 100):
            values = [registers.cells[table][address] for address in run]
            if table.is_bits:
                data = pack_bits(values)
                requests.append(struct.pack(">BHHB", 15, run[0], len(run), len(data)) + data)
            else:
                requests.append(struct.pack(f">BHHB{len(run)}H", 16, run[0], len(run), 2 * len(run), *values))
    return requests


def _runs(addresses: Sequence[int], longest: int) -> list[list[int]]:
    runs: list[list[int]] = []
    for address in addresses:
        if runs and address == runs[-1][-1] + 1 and len(runs[-1]) < longest:
            runs[-1].append(address)
        else:
            runs.append([address])
    return runs

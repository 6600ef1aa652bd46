"""Modbus slave driver (从站): the DCS is the master and writes its values into us. Station side. It asks nothing itself.

Link up: the first question a master puts to one of our units. Link lost: no master has said anything for `silent_s`, or
the last one hung up and none came back within `reconnect_s`. The loss is raised like any other driver's, so every tag
goes bad and the loss alarms; but

* a DCS that has not come yet is waited for without an end and without `up()`: raising would make a supervisor's growing
  back-off keep the door shut, and a link that does not come up is the supervisor's to tell;
* the listening socket stays open between a loss and the next `run` (and only there, see `door`), so the DCS gets its
  connection at once and its first writes wait in it.
After a loss nothing written before it counts any more.
"""

import asyncio
import socket
from collections.abc import Callable, Sequence

from app.domain.instant import Instant
from app.domain.plant import Source
from app.domain.sample import Quality, Reason, Sample, bad
from app.domain.tag import Tag
from drivers.base import Driver, DriverContext, LinkLost, Sink, SourceMisconfigured
from drivers.modbus.client import settings
from drivers.modbus.door import Door, door_at
from drivers.modbus.endpoint import Endpoint, Options, Wire
from drivers.modbus.formats import Fault, decode, sample_of
from drivers.modbus.framing import Request, exception
from drivers.modbus.image import Image
from drivers.modbus.memory import ILLEGAL_ADDRESS, NO_PATH, respond
from drivers.modbus.point import Point, points_of
from drivers.modbus.sentences import listening_failed, opening_failed
from drivers.modbus.server import RtuServer, TcpServer

_COMPLAINT_S = 60.0
_ANY_UNIT = (0, 255)
"""Over TCP these mean the device itself (Modbus Messaging on TCP/IP V1.0b, 4.4.1.2)."""


def make_slave(source: Source, tags: Sequence[Tag], context: DriverContext) -> Driver:
    """`tcp://host:port` to listen on, or `serial://…`."""
    return _Slave(source, tags, context)


class _Slave:
    def __init__(self, source: Source, tags: Sequence[Tag], context: DriverContext) -> None:
        self._source = source
        self._tags = tags
        self._now = context.now
        self._door: Door | None = None
        """Kept after a loss, see `door`."""

    async def run(self, sink: Sink) -> None:
        endpoint, options = settings(self._source, (Wire.TCP, Wire.SERIAL))
        points, faults = points_of(list(self._tags), self._source.unit)
        for point in [point for point in points if point.table.value in ("IR", "DI")]:
            faults[point.tag.tag] = f"主站不能写 {point.table} 区，从站方式的位号应在 HR 或 CO 区"
            points.remove(point)
        if not points:
            raise SourceMisconfigured(f"数据源 {self._source.id} 没有一个主站可写的位号，请检查位号表的地址")
        watch = _Watch(self._source, points, faults, endpoint, options, sink, self._now)
        if endpoint.wire is Wire.SERIAL:
            raise LinkLost(await watch.over_serial())
        try:
            door = self._door = door_at(endpoint.host, endpoint.port)
        except OSError as failure:
            raise LinkLost(listening_failed(endpoint, failure)) from None
        try:
            silence = await watch.over_tcp(door.handle())
        except BaseException:
            door.close()
            raise
        door.leave_open()
        raise LinkLost(silence)


class _Watch:
    """One run: what masters write goes to the sink. `over_…` return the sentence to say when no master is there any more."""

    def __init__(
        self,
        source: Source,
        points: list[Point],
        faults: dict[str, str],
        endpoint: Endpoint,
        options: Options,
        sink: Sink,
        now: Callable[[], Instant],
    ) -> None:
        self._source, self._points, self._faults = source, points, faults
        self._endpoint, self._options, self._sink, self._now = endpoint, options, sink, now
        period = max(point.tag.period_s or source.period_s for point in points)
        self._silent_s = max(3 * period, 10.0) if options.silent_s is None else options.silent_s
        units = {point.unit for point in points}
        gap = options.gap if "gap" in source.options else 0
        self._images = {
            unit: Image([p for p in points if p.unit == unit], gap, window=source.period_s / 2) for unit in sorted(units)
        }
        self._clock = asyncio.get_running_loop().time
        self._heard = self._clock()
        self._up = False
        self._hung_up: float | None = None
        self._port_lost = False
        self._complaint_at: float | None = None
        self._complaint = ""
        self._tcp: TcpServer | None = None
        self._wake = asyncio.Event()

    async def over_tcp(self, sock: socket.socket) -> str:
        self._tcp = TcpServer(self)
        try:
            await self._tcp.start(sock)
            return await self._until_silent()
        finally:
            await self._tcp.stop()

    async def over_serial(self) -> str:
        server = RtuServer(self, frozenset(self._images), self._endpoint, self._port_gone, self._options.local_echo)
        try:
            try:
                await server.start()
            except (OSError, ValueError) as failure:
                raise LinkLost(opening_failed(self._endpoint, failure)) from None
            return await self._until_silent()
        finally:
            await server.stop()

    # --- Owner ---

    def answer(self, request: Request) -> bytes | None:
        unit = request.unit
        if request.transaction is not None and unit in _ANY_UNIT and unit not in self._images:
            unit = self._source.unit if self._source.unit in self._images else next(iter(self._images))
        broadcast = request.transaction is None and unit == 0
        images = list(self._images.values()) if broadcast else [self._images[unit]] if unit in self._images else []
        if not images:
            self._complain(request, NO_PATH)
            return exception(request.pdu[0], NO_PATH)
        self._heard = self._clock()
        answer = b""
        samples: list[Sample] = []
        for image in images:
            image.now = self._heard
            answer = respond(request.pdu, image)
            samples += self._samples(image)
        self._came_up({sample.tag for sample in samples})
        if samples:
            self._sink.publish(samples)
        else:
            self._sink.alive()  # a DCS that only reads back is there; each tag's own age still says what it no longer writes
        if answer[0] & 0x80:
            self._complain(request, answer[1])
        return answer

    def changed(self) -> None:
        if self._tcp is not None:
            self._hung_up = None if self._tcp.connections else self._clock()
            self._wake.set()

    # --- values ---

    def _samples(self, image: Image) -> list[Sample]:
        now = self._now()
        return [sample_of(point.tag.tag, self._value(point, cells), now) for point, cells in image.take()]

    def _value(self, point: Point, cells: list[int]) -> bool | float | str | Fault:
        if point.table.is_bits:
            return bool(cells[0])
        tag = point.tag
        return decode(cells, tag.data_type, tag.word_order, tag.scale, tag.offset, point.bit, self._options.bad_raw)

    def _came_up(self, written: set[str]) -> None:
        if self._up:
            return
        self._up = True
        self._wake.set()  # from now on its silence counts
        self._sink.up(str(self._endpoint))
        now = self._now()
        waiting = [p.tag.tag for p in self._points if p.tag.tag not in written]
        self._sink.publish(
            [Sample(tag, None, Quality.UNCERTAIN, Reason.NO_DATA_YET, now, now) for tag in waiting]
            + [bad(tag, Reason.CONFIG_ERROR, now, fault) for tag, fault in self._faults.items()]
        )

    def _complain(self, request: Request, code: int) -> None:
        """The master asks for what we do not have: somebody has to correct one of the two tables."""
        self._complaint_at = self._clock()
        self._wake.set()
        where = ""
        if code == ILLEGAL_ADDRESS and len(request.pdu) >= 5:
            start = int.from_bytes(request.pdu[1:3], "big")
            count = 1 if request.pdu[0] in (5, 6) else int.from_bytes(request.pdu[3:5], "big")
            where = f"地址 {start}" + (f" 到 {start + count - 1}" if count > 1 else "")
        elif code == NO_PATH:
            where = f"从站号 {request.unit}"
        text = f"主站的请求被拒绝：功能码 {request.pdu[0]}，{where or '内容'}不在位号表内（exception {code}）"
        if text != self._complaint:
            self._complaint = text
            self._sink.trouble(text)

    # --- time ---

    def _port_gone(self) -> None:
        self._port_lost = True
        self._wake.set()

    async def _until_silent(self) -> str:
        while True:
            self._wake.clear()
            if self._port_lost:
                raise LinkLost(f"串口 {self._endpoint.host} 不见了：请检查 USB 转换器和接线")
            now = self._clock()
            if (sentence := self._lost(now)) is not None:
                return sentence
            if self._complaint_at is not None and now - self._complaint_at >= _COMPLAINT_S:
                self._complaint_at, self._complaint = None, ""
                self._sink.trouble("")
            await self._sleep(self._next_look(now) - now)

    def _lost(self, now: float) -> str | None:
        if not self._up:
            return None
        if now - self._heard >= self._silent_s:
            return f"主站（DCS）已 {self._silent_s:g} s 没有写 {self._endpoint}：请检查 DCS 通信和网络"
        if self._hung_up is not None and now - self._hung_up >= self._options.reconnect_s:
            return f"主站（DCS）断开了与 {self._endpoint} 的连接，{self._options.reconnect_s:g} s 内没有重连"
        return None

    def _next_look(self, now: float) -> float:
        looks = [now + 60.0]
        if self._up:
            looks.append(self._heard + self._silent_s)
        if self._up and self._hung_up is not None:
            looks.append(self._hung_up + self._options.reconnect_s)
        if self._complaint_at is not None:
            looks.append(self._complaint_at + _COMPLAINT_S)
        return min(looks)

    async def _sleep(self, seconds: float) -> None:
        """Until something happens, at most that long."""
        timer = asyncio.get_running_loop().call_later(max(seconds, 0.0), self._wake.set)
        try:
            await self._wake.wait()
        finally:
            timer.cancel()

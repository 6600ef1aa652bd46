"""Modbus client driver (主站): reads the tags of one line block by block, each with its own period. Station side.

`line` does the talking, `poll` decides who is asked next, this file puts both together and publishes what comes.
"""

import asyncio
from collections.abc import Sequence

from app.domain.plant import Source
from app.domain.sample import Reason, Sample, bad
from app.domain.tag import Tag
from drivers.base import Driver, DriverContext, LinkLost, Sink, SourceMisconfigured
from drivers.modbus.blocks import Block, plan
from drivers.modbus.bus_time import impossible
from drivers.modbus.endpoint import Endpoint, Options, Wire, parse_endpoint, parse_options
from drivers.modbus.formats import BlockDecoder
from drivers.modbus.line import Garbled, Line, NoAnswer
from drivers.modbus.memory import Refused
from drivers.modbus.point import points_of
from drivers.modbus.poll import Job, Loss, Poll


def make_tcp(source: Source, tags: Sequence[Tag], context: DriverContext) -> Driver:
    """`tcp://host:port` or `rtu+tcp://host:port`."""
    return _Client(source, tags, context, (Wire.TCP, Wire.RTU_TCP))


def make_rtu(source: Source, tags: Sequence[Tag], context: DriverContext) -> Driver:
    """`serial://…` or `rtu+tcp://host:port`."""
    return _Client(source, tags, context, (Wire.SERIAL, Wire.RTU_TCP))


class _Client:
    def __init__(self, source: Source, tags: Sequence[Tag], context: DriverContext, wires: tuple[Wire, ...]) -> None:
        self._source = source
        self._tags = tags
        self._now = context.now
        self._wires = wires

    async def run(self, sink: Sink) -> None:
        endpoint, options = settings(self._source, self._wires)
        points, faults = points_of(list(self._tags), self._source.unit)
        if endpoint.is_rtu:
            for point in [point for point in points if point.unit == 0]:
                faults[point.tag.tag] = "从站号 0 是广播，串口上不能读取"
                points.remove(point)
        blocks = plan(points, self._source.period_s, options.gap, options.max_registers, options.max_bits)
        if not blocks:
            raise SourceMisconfigured(f"数据源 {self._source.id} 没有一个位号可读，请检查位号表的地址")
        if endpoint.baudrate and (sentence := impossible(blocks, endpoint.baudrate, endpoint.bits_per_char, options.silence_s)):
            raise SourceMisconfigured(sentence)
        line = Line(endpoint, options)
        try:
            await line.open()
            await self._poll(line, blocks, options, faults, endpoint, sink)
        finally:
            await line.close()

    async def _poll(
        self, line: Line, blocks: tuple[Block, ...], options: Options, faults: dict[str, str], endpoint: Endpoint, sink: Sink
    ) -> None:
        clock = asyncio.get_running_loop().time

        def decoder(block: Block) -> BlockDecoder:
            return BlockDecoder(block.points, block.start, options.bad_raw)

        poll = Poll(blocks, clock(), decoder, options.unit_backoff_s, options.max_registers, options.max_bits)
        up = False
        trouble = ""
        while True:
            job = poll.next(clock())
            if not isinstance(job, Job):
                await line.pause(max(0.0, job - clock()))
                continue
            samples, answered = await self._read(line, poll, job, options)
            if answered and not up:
                up = True
                sink.up(str(endpoint))
                if faults:
                    sink.publish([bad(tag, Reason.CONFIG_ERROR, self._now(), fault) for tag, fault in faults.items()])
            if samples:
                sink.publish(samples)
            if not poll.news:
                continue
            poll.news = False
            if poll.line_dead:
                raise LinkLost(f"{endpoint} 上所有从站都不应答（{len(poll.units)} 个）：请检查设备电源、接线、站号和通信参数")
            if (now_wrong := poll.trouble()) != trouble:
                trouble = now_wrong
                sink.trouble(trouble)

    async def _read(self, line: Line, poll: Poll, job: Job, options: Options) -> tuple[list[Sample], bool]:
        """What is to be published, and whether anything answered."""
        block = job.block
        clock = asyncio.get_running_loop().time
        try:
            raw = await line.read(block.unit, block.table, block.start, block.count, poll.tries(job, 1 + options.retries))
        except Refused as refused:
            return self._lost(poll.refused(job, refused.code, clock())), True
        except Garbled as garbled:
            return self._lost(poll.garbled(job, str(garbled), clock())), True
        except NoAnswer:
            return self._lost(poll.silent(job, clock())), False
        poll.answered(job, clock())
        return job.decoder.decode(raw, self._now()), True

    def _lost(self, losses: list[Loss]) -> list[Sample]:
        now = self._now()
        return [bad(point.tag.tag, loss.reason, now, loss.detail) for loss in losses for point in loss.points]


def settings(source: Source, wires: tuple[Wire, ...]) -> tuple[Endpoint, Options]:
    """Raises SourceMisconfigured."""
    try:
        endpoint, options = parse_endpoint(source.url), parse_options(source.options)
    except ValueError as fault:
        raise SourceMisconfigured(f"数据源 {source.id}：{fault}") from None
    if endpoint.wire not in wires:
        allowed = "、".join(f"{wire}://" for wire in wires)
        raise SourceMisconfigured(f"数据源 {source.id} 的驱动 {source.driver} 不能用 {source.url}，应是 {allowed} 开头")
    return endpoint, options

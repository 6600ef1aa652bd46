"""CPU of our Modbus driver against bare pymodbus reading the same blocks, same run, same libmodbus server (C).

    python -m tests.bench.modbus_driver [SECONDS] [SPEEDUP]

One line for 1,000 and one for 10,000 registers (float32 tags) at 1 Hz. SPEEDUP 10 reads ten times a second, so that a short
run shows more than the noise; the ratio is what counts. "bare" leaves the registers as the list of numbers pymodbus gives,
"bare+decode" turns them into floats, which the driver does too, and into samples with quality and time besides.
"""

import asyncio
import struct
import sys
import time
from collections.abc import Sequence
from operator import itemgetter
from statistics import median

from pymodbus.client import AsyncModbusTcpClient

from app.domain.plant import Source
from app.domain.sample import Quality, Sample
from app.domain.tag import Tag
from drivers.modbus import make_tcp
from drivers.modbus.blocks import Block, plan
from drivers.modbus.point import points_of
from tests.drivers.modbus_rigs import CONTEXT, free_port
from tests.peers.modbus_process import ModbusProcess

ROUNDS = 3


class CountingSink:
    def __init__(self) -> None:
        self.good = self.bad = 0
        self.first = asyncio.Event()

    def publish(self, samples: Sequence[Sample]) -> None:
        good = list(map(itemgetter(2), samples)).count(Quality.GOOD)
        self.good += good
        self.bad += len(samples) - good
        self.first.set()

    def up(self, detail: str = "") -> None: ...

    def alive(self) -> None: ...

    def trouble(self, message: str) -> None: ...


async def bare(port: int, blocks: Sequence[Block], period_s: float, seconds: float, decode: bool) -> float:
    """CPU seconds."""
    client = AsyncModbusTcpClient("127.0.0.1", port=port, retries=0)
    await client.connect()
    started, cpu = time.perf_counter(), time.process_time()
    cycle = 0
    while time.perf_counter() - started < seconds:
        for block in blocks:
            answer = await client.read_holding_registers(block.start, count=block.count, device_id=1)
            if decode:
                words = struct.pack(f">{block.count}H", *answer.registers)
                struct.unpack(f">{block.count // 2}f", words)
        cycle += 1
        await asyncio.sleep(max(0.0, cycle * period_s - (time.perf_counter() - started)))
    used = time.process_time() - cpu
    client.close()
    return used


async def ours(port: int, tags: Sequence[Tag], period_s: float, seconds: float) -> tuple[float, CountingSink]:
    sink = CountingSink()
    source = Source("bench", "modbus_tcp", f"tcp://127.0.0.1:{port}", period_s=period_s)
    task = asyncio.create_task(make_tcp(source, tags, CONTEXT).run(sink))
    await sink.first.wait()
    await asyncio.sleep(period_s / 2)
    sink.good = sink.bad = 0
    cpu = time.process_time()
    await asyncio.sleep(seconds)
    used = time.process_time() - cpu
    task.cancel()
    await asyncio.wait({task})
    return used, sink


async def main(seconds: float, speedup: float) -> None:
    port = free_port()
    server = ModbusProcess("slave", "tcp", port, 20_000, "move")
    period_s = 1.0 / speedup
    try:
        for registers in (1_000, 10_000):
            tags = [Tag(f"T{a}", address=f"HR:{a}", source="bench") for a in range(0, registers, 2)]
            blocks = plan(points_of(tags, 1)[0], period_s)
            rounds = []
            good = bad = 0
            for _ in range(ROUNDS):  # in turns: what else runs on the machine hits all three
                plain = await bare(port, blocks, period_s, seconds / ROUNDS, decode=False)
                decoded = await bare(port, blocks, period_s, seconds / ROUNDS, decode=True)
                used, sink = await ours(port, tags, period_s, seconds / ROUNDS)
                rounds.append((used, plain, decoded))
                good, bad = good + sink.good, bad + sink.bad
            used, plain, decoded = (median(column) * ROUNDS / seconds for column in zip(*rounds, strict=True))
            print(
                f"{registers} registers at {speedup:g} Hz, {len(blocks)} reads: ours {100 * used:.2f} % of a core, "
                f"bare {100 * plain:.2f} %, bare+decode {100 * decoded:.2f} %, "
                f"ratio {used / plain:.2f} ({used / decoded:.2f} of decoded), "
                f"values {good} of {len(tags) * seconds * speedup:.0f}, bad {bad}"
            )
    finally:
        server.stop()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else 9.0, float(sys.argv[2]) if len(sys.argv) > 2 else 1.0))

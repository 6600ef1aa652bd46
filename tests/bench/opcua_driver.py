"""Bench: our OPC UA driver against a bare asyncua raw subscription, same server (node-opcua), same process, in turns.

    python -m tests.bench.opcua_driver [--tags 20000] [--seconds 6] [--rounds 2]

Prints one line. Processor time of this process only; every tag changes once a second.
"""

import argparse
import asyncio
import logging
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from asyncua import Client, ua

from app.domain.plant import Source
from app.domain.sample import Sample
from app.domain.tag import DataType, Tag
from drivers.base import DriverContext
from drivers.opcua import make
from tests.peers.opcua_peer import NodeServer, node_folder

PUBLISHING_MS = 500  # values are sampled as often: at the pace of the changes itself a server a little late misses one
REQUESTS = 20  # publish requests in flight: this server puts at most 1000 values into an answer


class Counter:
    """A sink that counts."""

    def __init__(self) -> None:
        self.values = 0
        self.is_up = asyncio.Event()

    def publish(self, samples: Sequence[Sample]) -> None:
        self.values += len(samples)

    def up(self, detail: str = "") -> None:
        self.is_up.set()

    def alive(self) -> None:
        return

    def trouble(self, message: str) -> None:
        print("trouble:", message)


@asynccontextmanager
async def ours(server: NodeServer, tags: int, folder: Path) -> AsyncIterator[Callable[[], int]]:
    source = Source(
        "dcs", "opcua", f"opc.tcp://127.0.0.1:{server.port}/plant", options={"publishing_ms": PUBLISHING_MS, "timeout_s": 30}
    )
    points = [Tag(f"T{i}", address=f"ns=1;s=T{i}", data_type=DataType.FLOAT64) for i in range(tags)]
    sink = Counter()
    driver = make(source, points, DriverContext(lambda: time.time_ns() // 1000, {}.__getitem__, folder))
    task = asyncio.create_task(driver.run(sink))
    await asyncio.wait({task, asyncio.create_task(sink.is_up.wait())}, return_when=asyncio.FIRST_COMPLETED)
    try:
        yield lambda: sink.values
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def bare(server: NodeServer, tags: int, folder: Path) -> AsyncIterator[Callable[[], int]]:
    """What asyncua costs by itself: raw publish callback that only counts."""
    client = Client(f"opc.tcp://127.0.0.1:{server.port}/plant", timeout=30, watchdog_intervall=30)
    count = 0

    def publish(result: Any) -> None:
        nonlocal count
        for notification in result.NotificationMessage.NotificationData or ():
            if isinstance(notification, ua.DataChangeNotification):
                count += len(notification.MonitoredItems)

    await client.connect()
    session = client.uaclient.session
    created = await session.create_subscription(
        ua.CreateSubscriptionParameters(
            RequestedPublishingInterval=PUBLISHING_MS,
            RequestedLifetimeCount=60,
            RequestedMaxKeepAliveCount=5,
            MaxNotificationsPerPublish=5000,
            PublishingEnabled=True,
        ),
        publish,
    )
    for start in range(0, tags, 1000):
        await session.create_monitored_items(
            ua.CreateMonitoredItemsParameters(
                SubscriptionId=created.SubscriptionId,
                TimestampsToReturn=ua.TimestampsToReturn.Both,
                ItemsToCreate=[
                    ua.MonitoredItemCreateRequest(
                        ItemToMonitor=ua.ReadValueId(ua.NodeId(f"T{i}", 1), ua.AttributeIds.Value),
                        MonitoringMode=ua.MonitoringMode.Reporting,
                        RequestedParameters=ua.MonitoringParameters(i, PUBLISHING_MS, None, 2, True),
                    )
                    for i in range(start, min(tags, start + 1000))
                ],
            )
        )
    extra = [asyncio.create_task(session._publish_loop()) for _ in range(REQUESTS - 1)]
    try:
        yield lambda: count
    finally:
        for task in extra:
            task.cancel()
        await client.disconnect()


async def measure(kind: Any, server: NodeServer, tags: int, seconds: float, folder: Path) -> tuple[float, int, float]:
    """Processor seconds, values, seconds."""
    async with kind(server, tags, folder) as count:
        await asyncio.sleep(2.5)  # initial values are through
        values, cpu, clock = count(), time.process_time(), time.perf_counter()
        await asyncio.sleep(seconds)
        return time.process_time() - cpu, count() - values, time.perf_counter() - clock


async def main(tags: int, seconds: float, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = NodeServer(folder, tags, ["--hz", "1"])
        server.start()
        try:
            sums: dict[Any, list[float]] = {ours: [0.0, 0, 0.0], bare: [0.0, 0, 0.0]}
            for _ in range(rounds):
                for kind, total in sums.items():
                    for i, part in enumerate(await measure(kind, server, tags, seconds, folder)):
                        total[i] += part
        finally:
            server.stop()
    text = []
    for name, (cpu, values, clock) in (("ours", sums[ours]), ("bare asyncua", sums[bare])):
        text.append(
            f"{name}: {100 * cpu / clock:.1f} % of a core, {1e6 * cpu / max(values, 1):.2f} us/value, "
            f"{values:.0f} of {tags * clock:.0f} values"
        )
    ratio = (sums[ours][0] / max(sums[ours][1], 1)) / (sums[bare][0] / max(sums[bare][1], 1))
    print(f"opcua {tags} tags at 1 Hz: {'; '.join(text)}; ratio {ratio:.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--tags", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--rounds", type=int, default=2)
    given = parser.parse_args()
    if node_folder() is None:
        raise SystemExit("node-opcua is not installed: set HAZWATCH_TEST_NODE")
    logging.disable(logging.CRITICAL)
    asyncio.run(main(given.tags, given.seconds, given.rounds))

"""Bench: the whole station on an OPC UA server of another project, against a bare asyncua subscription that throws away.

    python -m tests.bench.whole_opcua [--tags 20000] [--seconds 10]

Every tag changes once a second and has four limits (about one in a thousand alarms at each change); history is on, one feed
client takes all tags at 4 Hz. First the bare subscription (this process), then the station (its own process), same server,
the same number of changes each. The server stands still before and after, so that every value can be counted. One line.
"""

import argparse
import asyncio
import logging
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.bench.opcua_driver import bare
from tests.bench.rig import listener, opcua_site, station_process
from tests.peers.opcua_peer import NodeServer, node_folder


@dataclass
class Found:
    """`changes`: how often, once a second, every tag changed; `sent`: values the server says it sent of them; `values`: what
    arrived. A server that is short of a processor misses changes, that is not its client's loss."""

    cpu_s: float
    changes: int
    sent: int
    values: int

    @property
    def share(self) -> float:
        """Per cent of a core."""
        return 100 * self.cpu_s / self.changes


def run_server(server: NodeServer, seconds: float) -> tuple[int, int]:
    """Changes of each tag, and values sent."""
    before = server.ask(tick=True)
    time.sleep(seconds)
    server.ask(tick=False)
    time.sleep(1.5)  # the last change is published and read
    after = server.ask()
    return after["ticks"] - before["ticks"], after["sent"] - before["sent"]


async def throw_away(server: NodeServer, tags: int, seconds: float, folder: Path) -> Found:
    async with bare(server, tags, folder) as count:
        began = 0
        while count() > began or not began:  # the first values
            began = count()
            await asyncio.sleep(1.5)
        cpu = time.process_time()
        changes, sent = await asyncio.to_thread(run_server, server, seconds)
        return Found(time.process_time() - cpu, changes, sent, count() - began)


def main(tags: int, seconds: float) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = NodeServer(folder, tags, ["--hz", "1", "--paused", "yes"])
        server.start()
        try:
            plain = asyncio.run(throw_away(server, tags, seconds, folder))
            with station_process(folder, opcua_site(server.port, tags)) as station:
                station.wait_for(lambda: station.get("/status")["counts"]["good"] >= tags)
                with listener(station) as heard:
                    before = station.settled()
                    cpu = station.cpu_s()
                    changes, sent = run_server(server, seconds)
                    whole = Found(station.cpu_s() - cpu, changes, sent, station.settled() - before)
                    memory = station.rss_mb()
                    status = station.get("/status")
                    client = heard()
        finally:
            server.stop()
    history = status["store"]["history"]
    print(
        f"whole station, {tags} OPC UA tags at 1 Hz: {whole.share:.1f} % of a core, bare asyncua {plain.share:.1f} %, "
        f"ratio {whole.share / plain.share:.2f}; {1e6 * whole.cpu_s / max(whole.values, 1):.1f} us a value; values "
        f"{whole.values} of {whole.sent} sent and {whole.changes * tags} changed (bare {plain.values} of {plain.sent} and "
        f"{plain.changes * tags}); RSS {memory:.0f} MB; "
        f"alarm events {client['events']}, values to the client {client['values']}; history lost {history['lost']}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tags", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=10.0)
    given = parser.parse_args()
    if node_folder() is None:
        raise SystemExit("node-opcua is not installed: set HAZWATCH_TEST_NODE")
    logging.disable(logging.CRITICAL)
    main(given.tags, given.seconds)

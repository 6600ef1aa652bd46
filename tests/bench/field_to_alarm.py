"""Bench: from a change in the field to the alarm in the console, while 20,000 other tags change once a second.

    python -m tests.bench.field_to_alarm [--tags 20000] [--changes 100]

The OPC UA server (node-opcua) writes a value over the limit on one quiet tag at random moments. The client is the console's own
session in a process of its own. Three times of each change, p50/p99: until the station has read it (sampling 500 ms, then
publishing 500 ms: the source's own period), from there until the event is in the session, and until the screen's thread has
it. Beside them what the disk alone takes to make 4 kB safe in the same half minute: no alarm is shown before it is written.
One line.
"""

import argparse
import logging
import multiprocessing
import random
import tempfile
import time
from pathlib import Path
from typing import Any

from app.domain.sample import Sample
from app.domain.tag import Limits
from tests.bench.rig import PASSWORD, USER, StationProcess, disk_probe, in_ms, opcua_site, point, station_process
from tests.peers.opcua_peer import NodeServer, node_folder

HIGH = 90.0
Times = dict[str, float]


def console(url: str, changes: int, pipe: Any) -> None:
    """Sends "ready", then when each alarm was heard and when it was on the screen's thread, and when the station read it."""
    import os

    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtCore import QCoreApplication

    from app.console.reader import Batch, Heard
    from app.console.session import Session

    read: Times = {}
    heard: Times = {}
    shown: Times = {}

    class Noting(Session):
        def _put(self, message: Heard) -> None:
            now = time.time()
            for event in message.events:
                if event.what == "raised" and event.tag.startswith("A"):
                    heard.setdefault(event.tag, now)
            super()._put(message)

    def take(batch: Batch) -> None:
        now = time.time()
        for event in batch.events:
            if event.what == "raised" and event.tag.startswith("A"):
                shown.setdefault(event.tag, now)
        for tag, sample in batch.values.items():
            if tag.startswith("A") and over(sample):
                read.setdefault(tag, sample.receive_time / 1e6)
        if batch.whole:
            pipe.send("ready")
        session.taken()
        if len(read) == len(shown) == changes:
            application.quit()

    def over(sample: Sample) -> bool:
        return isinstance(sample.value, float) and sample.value > HIGH

    application = QCoreApplication([])
    session = Noting()
    session.batch.connect(take)
    session.start()
    session.log_in(url, "", USER, PASSWORD)
    application.exec()
    session.stop()
    pipe.send((read, heard, shown))


def measure(server: NodeServer, station: StationProcess, changes: int) -> tuple[Times, Times, Times, Times]:
    """When each was written, read by the station, heard by the session, and given to the screen; seconds since 1970."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=console, args=(station.url, changes, theirs), daemon=True)
    process.start()
    try:
        assert ours.recv() == "ready"
        server.ask(tick=True)
        time.sleep(2)
        chance, written = random.Random(7), {}
        for number in range(changes):
            written[f"A{number}"] = server.ask(set={f"A{number}": HIGH + 5})["at_ms"] / 1000
            time.sleep(chance.uniform(0.1, 0.3))
        if not ours.poll(20):
            raise RuntimeError("not every alarm came to the console within 20 s")
        return (written, *ours.recv())
    finally:
        process.terminate()
        process.join()


def main(tags: int, changes: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = NodeServer(folder, tags, ["--hz", "1", "--paused", "yes"])
        server.start()
        try:
            server.ask(set={f"A{number}": 50.0 for number in range(changes)})
            quiet = [point(f"A{number}", f"ns=1;s=A{number}", Limits(h=HIGH)) for number in range(changes)]
            site = opcua_site(server.port, tags, quiet)
            with station_process(folder, site) as station:
                station.wait_for(lambda: station.get("/status")["counts"]["good"] >= tags + changes)
                with disk_probe(folder) as disk:
                    written, read, heard, shown = measure(server, station, changes)
        finally:
            server.stop()
    spans = {
        "until read by the station": [read[tag] - at for tag, at in written.items()],
        "from there to the session": [heard[tag] - read[tag] for tag in written],
        "to the screen": [shown[tag] - read[tag] for tag in written],
        "all": [shown[tag] - at for tag, at in written.items()],
    }
    text = ", ".join(f"{what} {in_ms(took)}" for what, took in (spans | {"the disk alone": disk}).items())
    print(
        f"field to alarm, {changes} changes beside {tags} tags at 1 Hz, p50/p99: {text} (the source samples and publishes "
        f"at 500 ms)"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tags", type=int, default=20_000)
    parser.add_argument("--changes", type=int, default=100)
    given = parser.parse_args()
    if node_folder() is None:
        raise SystemExit("node-opcua is not installed: set HAZWATCH_TEST_NODE")
    logging.disable(logging.CRITICAL)
    main(given.tags, given.changes)

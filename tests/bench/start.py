"""Bench: how long until something is there: the console's window, and a station of 20,000 tags.

    python -m tests.bench.start [--tags 20000] [--rounds 5]

The console from the start of its process to the first painting of its window (Qt's offscreen platform), and to the login page
in it. The station from the start of its process to `station ready`, once with an empty data folder and once more over what
that run left. The best of the rounds, with the processor seconds it took: other work on the machine only adds. One line.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.rig import ROOT, opcua_site, station_process

LOOK = """
import sys, time
from PySide6.QtCore import QEvent
from app.console.login import LoginPage
from app.console.main import run_console
from app.console.window import DeskWindow

def tell(kind, word):
    plain = kind.event
    def event(self, what):
        done = plain(self, what)
        if what.type() == QEvent.Type.Paint and word not in said:
            said.add(word)
            print(word, time.time(), time.process_time(), flush=True)
        return done
    kind.event = event

said = set()
tell(DeskWindow, "window")
tell(LoginPage, "login")
sys.exit(run_console("http://127.0.0.1:9", __import__("pathlib").Path(sys.argv[1])))
"""


def console(folder: Path) -> dict[str, tuple[float, float]]:
    """For "window" and "login": seconds since the start, processor seconds."""
    began = time.time()
    process = subprocess.Popen(
        [sys.executable, "-c", LOOK, str(folder)],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    found = {}
    try:
        while len(found) < 2:
            word, at, cpu = process.stdout.readline().split()
            found[word] = (float(at) - began, float(cpu))
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    return found


def station(tags: int) -> list[tuple[float, float]]:
    """First start, second start: seconds, processor seconds."""
    with tempfile.TemporaryDirectory() as name:
        found = []
        for site in (opcua_site(9, tags), None):
            with station_process(Path(name), site) as running:
                found.append((running.start_s, running.start_cpu_s))
        return found


def main(tags: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        windows = [console(Path(name)) for _ in range(rounds)]
    stations = [station(tags) for _ in range(max(1, rounds // 2))]
    parts = {
        "console window": min(one["window"] for one in windows),
        "login page": min(one["login"] for one in windows),
        f"station of {tags} tags, first": min(one[0] for one in stations),
        "again": min(one[1] for one in stations),
    }
    print("start: " + ", ".join(f"{what} {took:.2f} s (CPU {cpu:.2f} s)" for what, (took, cpu) in parts.items()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tags", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    main(given.tags, given.rounds)

"""Plant picture, 1,000 tanks of 4 values all changing 5 times a second on a full-HD screen: CPU and worst stall; ours and PyDM.

    python -m tests.bench.plant_page [--tanks 1000] [--hz 5] [--seconds 10] [--size 1920x1080] [--share 1.0]

PyDM runs when HAZWATCH_PYDM_PYTHON names a Python that has it (it wants an environment of its own). Both draw a level bar and
three numbers with units per tank, all of them, however small; `--lod` lets ours hide texts nobody could read, as it does on a
desk. Offscreen unless QT_QPA_PLATFORM says otherwise. CPU 100 = one core; stall = longest gap of a 10 ms heartbeat, less 10; in
brackets the most the window's thread worked between two beats, which no other load on the machine changes much.
"""

import argparse
import gc
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

ROLES = (
    ("level", "%", 0.0, 100.0, 1),
    ("temperature", "℃", -20.0, 80.0, 1),
    ("pressure", "MPa", 0.0, 2.0, 3),
    ("flow", "t/h", 0.0, 90.0, 1),
)
CELL_W, CELL_H = 22.0, 26.0  # metres from tank to tank
FRAMES = 40
WARM_S = 2.0


def grid(tanks: int, width: int, height: int) -> tuple[int, int]:
    """Columns and rows that fill a screen of this shape."""
    columns = max(1, round((tanks * width / height * CELL_H / CELL_W) ** 0.5))
    return columns, -(-tanks // columns)


def numbers(tanks: int, seed: int = 1) -> list[list[float]]:
    """FRAMES frames of 4 values a tank, each a small random step away from a base of its own."""
    chance = random.Random(seed)
    base = [
        chance.uniform(low + 0.2 * (high - low), high - 0.2 * (high - low))
        for _ in range(tanks)
        for _, _, low, high, _ in ROLES
    ]
    spans = [high - low for _ in range(tanks) for _, _, low, high, _ in ROLES]
    return [[at + chance.uniform(-0.05, 0.05) * span for at, span in zip(base, spans, strict=True)] for _ in range(FRAMES)]


def watch(app: Any, hz: float, seconds: float, step: Callable[[], None]) -> dict[str, float]:
    """Runs `step` at `hz` for `seconds` after a warm-up; what it cost. Only Qt, so that the peer can use it too."""
    from qtpy import QtCore

    beat, feed = QtCore.QTimer(), QtCore.QTimer()
    for timer in (beat, feed):
        timer.setTimerType(QtCore.Qt.TimerType.PreciseTimer)
    state = {"last": 0.0, "own": 0.0, "stall": 0.0, "busy": 0.0, "steps": 0.0, "cpu": 0.0, "wall": 0.0}

    def on_beat() -> None:
        now, own = time.perf_counter(), time.thread_time()
        if state["wall"] and state["last"]:
            state["stall"] = max(state["stall"], now - state["last"] - 0.010)
            state["busy"] = max(state["busy"], own - state["own"])
        state["last"], state["own"] = now, own

    def on_feed() -> None:
        step()
        state["steps"] += 1

    def begin() -> None:
        state["cpu"], state["wall"], state["steps"], state["last"] = time.process_time(), time.perf_counter(), 0, 0.0

    beat.timeout.connect(on_beat)
    feed.timeout.connect(on_feed)
    beat.start(10)
    feed.start(round(1000 / hz))
    QtCore.QTimer.singleShot(round(WARM_S * 1000), begin)
    QtCore.QTimer.singleShot(round((WARM_S + seconds) * 1000), app.quit)
    app.exec()
    beat.stop()
    feed.stop()
    wall = time.perf_counter() - state["wall"]
    return {
        "cpu": 100 * (time.process_time() - state["cpu"]) / wall,
        "stall_ms": 1000 * state["stall"],
        "busy_ms": 1000 * state["busy"],
        "rate": state["steps"] / wall,
    }


def ours(tanks: int, hz: float, seconds: float, size: tuple[int, int], share: float, lod: bool) -> dict[str, float]:
    from PySide6.QtWidgets import QApplication

    from app.console.garbage import GarbageOnThisThread
    from app.domain.instant import SECOND
    from app.domain.plant import Layout, LayoutItem
    from app.domain.sample import good
    from app.domain.tag import Kind, Limits, Tag
    from widgets.plant.view import PlantView
    from widgets.symbols import Blink
    from widgets.theme import ThemeHolder

    sys.modules["qtpy"] = __import__("PySide6", fromlist=["QtCore"])
    app = QApplication([])
    columns, rows = grid(tanks, *size)
    tags = {
        f"T{i}.{role}": Tag(
            f"T{i}.{role}", "", f"T{i}", Kind.OTHER, unit, low, high, decimals, limits=Limits(low, low, high, high)
        )
        for i in range(tanks)
        for role, unit, low, high, decimals in ROLES
    }
    items = tuple(
        LayoutItem(
            f"t{i}", "tank.vertical", (i % columns + 0.5) * CELL_W, (rows - i // columns - 0.5) * CELL_H, 11, 11,
            bind={role: f"T{i}.{role}" for role, *_ in ROLES},
        )
        for i in range(tanks)
    )  # fmt: skip
    view = PlantView(ThemeHolder(), Blink())
    view.resize(*size)
    if not lod:
        view.scenery.hide_values_below, view.scenery.min_px = 0.0, 6
    view.show()
    began = time.perf_counter()
    raw = {"text_m": 3.2}
    view.show_layout(Layout("bench", "", 2, (0, 0, columns * CELL_W, rows * CELL_H), items, raw=raw), None, tags, {})
    app.processEvents()
    shown = time.perf_counter() - began
    now = time.time_ns() // 1000
    names = list(tags)[: round(len(tags) * share)]
    batches = [
        {n: good(n, v, now + k * SECOND, now) for n, v in zip(names, frame, strict=False)}
        for k, frame in enumerate(numbers(tanks))
    ]
    turn = iter(range(10**9))
    garbage = GarbageOnThisThread()  # as the console does
    gc.collect()
    gc.freeze()  # what was made ahead for the bench is none of the view's
    found = watch(app, hz, seconds, lambda: view.put_values(batches[next(turn) % FRAMES]))
    if shot := os.environ.get("HAZWATCH_BENCH_SHOT"):
        view.grab().save(shot)
    view.close()
    garbage.stop()
    return {**found, "first_ms": 1000 * shown}


def part(command: list[str]) -> dict[str, float]:
    """Each in a process of its own."""
    said = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).resolve().parents[2])
    if said.returncode:
        raise SystemExit(said.stderr)
    found: dict[str, float] = json.loads(said.stdout.strip().splitlines()[-1])
    return found


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--tanks", type=int, default=1000)
    reader.add_argument("--hz", type=float, default=5.0)
    reader.add_argument("--seconds", type=float, default=10.0)
    reader.add_argument("--size", default="1920x1080")
    reader.add_argument("--share", type=float, default=1.0, help="of all values that change, from the first tank on")
    reader.add_argument("--lod", action="store_true")
    reader.add_argument("--part", choices=["ours"], help="run only this, in this process")
    given = reader.parse_args()
    width, height = (int(side) for side in given.size.split("x"))
    if given.part:
        print(json.dumps(ours(given.tanks, given.hz, given.seconds, (width, height), given.share, given.lod)))
        return
    same = [f"--{name}={getattr(given, name)}" for name in ("tanks", "hz", "seconds", "size", "share")]
    own = part([sys.executable, "-m", "tests.bench.plant_page", *same, *(["--lod"] if given.lod else []), "--part=ours"])
    line = (
        f"plant page, {given.tanks} tanks x 4 values at {given.hz:g} Hz, {given.share:.0%} changing, {given.size}: "
        f"{own['cpu']:.1f} % CPU, worst stall {own['stall_ms']:.0f} ms (work {own['busy_ms']:.0f}), "
        f"{own['rate']:.1f} updates/s, first picture {own['first_ms']:.0f} ms"
    )
    if peer_python := os.environ.get("HAZWATCH_PYDM_PYTHON"):
        peer = part([peer_python, str(Path(__file__).with_name("plant_page_pydm.py")), *same])
        line += (
            f" | PyDM: {peer['cpu']:.1f} % CPU, {peer['stall_ms']:.0f} ms, {peer['rate']:.1f} updates/s"
            f" | ratio: {peer['cpu'] / peer['rate'] / (own['cpu'] / own['rate']):.1f} x CPU an update, "
            f"{peer['stall_ms'] / max(own['stall_ms'], 1):.1f} x stall"
        )
    print(line)


if __name__ == "__main__":
    main()

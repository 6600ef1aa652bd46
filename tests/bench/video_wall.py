"""A wall of sub-streams painted: pictures a second and pane, CPU of one core, lateness of the screen's beat, memory.

    python -m tests.bench.video_wall [panes] [seconds]

The same films are first decoded and converted without a wall (`decode only`), then shown on it, then with the wall hidden: the
ratios count, not the figures of a busy machine. QT_QPA_PLATFORM decides where it is painted; without one, offscreen.
"""

import os
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import psutil
from PySide6.QtWidgets import QApplication

from app.console.streams import SWITCH_S
from app.domain.plant import Camera
from app.video.drawn import write_film
from app.video.files import FileSource
from app.video.live import LiveStream, stop_all
from app.video.ports import Wish
from widgets.theme import ThemeHolder
from widgets.video.arrangement import Arrangement
from widgets.video.feed import Decoding
from widgets.video.wall import VideoWall

WIDE, HIGH, RATE = 704, 576, Fraction(25)


def film(path: Path) -> None:
    """Four seconds of moving noise over a scene: about what a camera's sub-stream costs to decode."""
    rng = np.random.default_rng(1)
    still = np.kron(rng.integers(40, 200, (36, 44, 3)), np.ones((16, 16, 1))).astype(np.uint8)
    grains = [rng.integers(-2, 3, (HIGH, WIDE, 1)) for _ in range(4)]

    def pictures() -> Any:
        for number in range(100):
            made = np.clip(np.roll(still, number * 3, axis=1).astype(np.int16) + grains[number % 4], 0, 255).astype(np.uint8)
            yield made

    write_film(path, pictures(), RATE)


class Feed:
    def __init__(self, stream: LiveStream) -> None:
        self.stream = stream

    def newest(self) -> Any:
        return self.stream.frame()

    def state(self) -> Any:
        return self.stream.state()

    def want(self, decoding: Decoding) -> None:
        self.stream.wish = {Decoding.NONE: Wish.NONE, Decoding.KEYS: Wish.SLOW, Decoding.FULL: Wish.FULL}[decoding]


class Feeds:
    def __init__(self, streams: dict[str, LiveStream]) -> None:
        self._streams = streams

    def open(self, camera: Camera, main: bool) -> Feed:
        return Feed(self._streams[camera.camera])

    def close(self, feed: Any) -> None:
        """The bench ends the streams itself."""


class Watch:
    """CPU of this process, in percent of one core."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._begin()

    def _begin(self) -> None:
        used = self._process.cpu_times()
        self._used, self._at = used.user + used.system, time.monotonic()

    def percent(self) -> float:
        used, at = self._used, self._at
        self._begin()
        return 100 * (self._used - used) / (self._at - at)

    @property
    def megabytes(self) -> float:
        return float(self._process.memory_info().rss) / 1e6


def turn(application: QApplication, seconds: float) -> None:
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


def measure(panes: int, seconds: float) -> dict[str, float]:
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    with tempfile.TemporaryDirectory(prefix="hazwatch-wall-") as folder:
        path = Path(folder) / "sub.mp4"
        maker = [sys.executable, "-m", "tests.bench.video_wall", "film", str(path)]
        subprocess.run(maker, check=True)  # another process: drawing it takes memory that the wall does not
        names = [f"CAM-{number:02}" for number in range(panes)]
        streams = {name: LiveStream(name, lambda: FileSource(path.as_uri())) for name in names}
        cameras = {name: Camera(name, "摄像机", "file://x/m.mp4", "file://x/m.mp4") for name in names}
        for stream in streams.values():
            stream.start()
            time.sleep(0.04 / panes * 7 % 0.04)  # cameras do not beat together
        try:
            turn(application, 1.5)
            watch = Watch()
            before = {name: stream.decoded for name, stream in streams.items()}
            turn(application, seconds)
            decode = watch.percent()
            decoded = sum(streams[name].decoded - before[name] for name in names) / seconds / panes
            wall = VideoWall(ThemeHolder(), Feeds(streams))
            wall.resize(1812, 960)
            wall.show()
            wall.show_cameras(cameras)
            wall.show_arrangement(Arrangement(panes, tuple(names)))
            turn(application, 2.0)
            late: list[float] = []
            looked = wall.ticker.late_ms
            counts = [(pane.painted, pane.unseen) for pane in wall.panes]
            lag = _lag_of(application, late)
            watch.percent()
            turn(application, seconds)
            shown = watch.percent()
            lag.stop()
            painted = [(pane.painted - one) / seconds for pane, (one, _) in zip(wall.panes, counts, strict=True)]
            unseen = sum(pane.unseen - one for pane, (_, one) in zip(wall.panes, counts, strict=True))
            memory, beat, step = watch.megabytes, looked(), int(wall.governor.step)
            wall.hide()
            turn(application, 0.5)
            watch.percent()
            turn(application, seconds / 2)
            hidden = watch.percent()
            wall.close_all()
            wall.deleteLater()
        finally:
            stop_all(list(streams.values()), 3.0)
    total = sum(painted) * seconds
    return {
        "decode_cpu": decode, "decoded_fps": decoded, "shown_cpu": shown, "hidden_cpu": hidden, "ratio": shown / decode,
        "painted_least": min(painted), "painted_mean": sum(painted) / panes, "unseen": unseen / max(1.0, total + unseen),
        "gui_p99_ms": sorted(late)[int(len(late) * 0.99)] if late else 0.0, "beat_p99_late_ms": beat, "memory_mb": memory,
        "governor": float(step),
    }  # fmt: skip


def _lag_of(application: QApplication, late: list[float]) -> Any:
    """Intervals of a 10 ms timer of the screen's thread, in ms."""
    from PySide6.QtCore import Qt, QTimer

    timer = QTimer(application)
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    last = [time.monotonic()]

    def tick() -> None:
        now = time.monotonic()
        late.append((now - last[0]) * 1000)
        last[0] = now

    timer.timeout.connect(tick)
    timer.start(10)
    return timer


if __name__ == "__main__" and sys.argv[1:2] == ["film"]:
    film(Path(sys.argv[2]))
elif __name__ == "__main__":
    sys.setswitchinterval(SWITCH_S)
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 25
    span = float(sys.argv[2]) if len(sys.argv) > 2 else 5.0
    for name, value in measure(count, span).items():
        print(f"{name:18} {value:8.2f}")

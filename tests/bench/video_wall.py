"""A wall of sub-streams painted, from RTSP cameras to the screen: pictures a second and pane, CPU, lateness, age, memory.

    python -m tests.bench.video_wall [panes] [seconds]

The same cameras are first watched by `ffmpeg -f null` (five stand for all), then decoded and converted without a wall, then
shown on it, then with the wall hidden: ratios count, not the figures of a busy machine. The age of a picture is told by its
number, drawn into it, and the moment the camera sent that number; it counts to the end of the paint event. QT_QPA_PLATFORM
decides where it is painted; without one, offscreen.
"""

import mmap
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import psutil
from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QApplication

from app.console.streams import WISHES, prepare
from app.domain.plant import Camera
from app.video.live import LiveStream, stop_all
from app.video.rtsp import RtspSource
from tests.bench.turns import lag_of
from tests.bench.video_rig import Ffmpeg, ffmpegs, make_media
from tests.peers.rtsp_process import RtspPeer
from tests.peers.video_media import BITS, BLOCK
from widgets.theme import ThemeHolder
from widgets.video.arrangement import Arrangement
from widgets.video.feed import Decoding, Fitting
from widgets.video.wall import VideoWall

WATCHERS = 5
SIZE = 1812, 960


class Feed:
    def __init__(self, stream: LiveStream) -> None:
        self.stream = stream

    def newest(self) -> Any:
        return self.stream.frame()

    def state(self) -> Any:
        return self.stream.state()

    def want(self, decoding: Decoding) -> None:
        self.stream.wish = WISHES[decoding]

    def fit(self, wide: int, high: int) -> None:
        self.stream.fit(wide, high)


assert issubclass(Feed, Fitting)


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
        self._used, self._at = time.process_time(), time.monotonic()

    def percent(self) -> float:
        used, at = self._used, self._at
        self._used, self._at = time.process_time(), time.monotonic()
        return 100 * (self._used - used) / (self._at - at)


class Ages(QObject):
    """Milliseconds from the camera's sending to the end of the paint event, of every painted picture."""

    def __init__(self, wall: VideoWall, stamps: memoryview) -> None:
        super().__init__(wall)
        self.found: list[float] = []
        self._stamps = stamps
        self._seen: dict[int, int] = {}
        for pane in wall.panes:
            pane.installEventFilter(self)

    def eventFilter(self, pane: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.Paint:
            return False
        pane.removeEventFilter(self)
        QApplication.sendEvent(pane, event)  # the pane's own paint event, to its end
        now = time.monotonic()
        pane.installEventFilter(self)
        frame: Any = getattr(pane, "frame", None)
        place: int = getattr(pane, "place", 0)
        if frame is not None and self._seen.get(place) != frame.number:
            self._seen[place] = frame.number
            scale = (frame.columns or frame.width) / frame.width  # the blocks are as much smaller as the picture
            row = np.frombuffer(frame.pixels, np.uint8)[round(BLOCK / 3 * scale) * frame.stride :][: frame.stride]
            bits = row[((np.arange(BITS) + 0.5) * BLOCK * scale).astype(int) * 4] > 128
            sent = self._stamps[1024 * (place + 1) + int(np.packbits(bits).view(">u2")[0])]
            self.found.append((now - sent) * 1000)
        return True


def turn(seconds: float) -> None:
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


def share(values: list[float], part: float) -> float:
    return sorted(values)[int(len(values) * part)] if values else 0.0


def measure(panes: int, seconds: float, folder: Path) -> dict[str, float]:
    found = QApplication.instance() or QApplication([])
    assert isinstance(found, QApplication)
    subprocess.run([sys.executable, "-m", "tests.bench.video_wall", "media", str(folder)], check=True)  # not in our memory
    stamps_file = folder / "stamps"
    stamps_file.write_bytes(bytes(8 * 1024 * 64))
    with RtspPeer(folder, more=["--stamps", str(stamps_file)]) as peer, stamps_file.open("r+b") as file:
        stamps = memoryview(mmap.mmap(file.fileno(), 0)).cast("d")
        urls = [peer.url(f"/Streaming/Channels/{number + 1}02") for number in range(panes)]
        with ffmpegs(urls[:WATCHERS]) as running:
            time.sleep(2.5)
            before, began = sum(map(Ffmpeg.cpu, running)), time.monotonic()
            time.sleep(seconds / 2)
            theirs = 100 * (sum(map(Ffmpeg.cpu, running)) - before) / (time.monotonic() - began) / WATCHERS * panes
        names = [f"CAM-{number:02}" for number in range(panes)]
        streams = {name: LiveStream(name, lambda url=url: RtspSource(url)) for name, url in zip(names, urls, strict=True)}
        cameras = {name: Camera(name, "摄像机", "rtsp://x/m", "rtsp://x/s") for name in names}
        for number, stream in enumerate(streams.values()):
            stream.start()
            time.sleep(0.02 + number % 3 * 0.011)  # cameras do not beat together
        try:
            turn(1.5)
            watch = Watch()
            before_decoded = {name: stream.decoded for name, stream in streams.items()}
            turn(seconds / 2)
            decode = watch.percent()
            decoded = sum(streams[name].decoded - before_decoded[name] for name in names) / (seconds / 2) / panes
            wall = VideoWall(ThemeHolder(), Feeds(streams))
            wall.resize(*SIZE)
            wall.show()
            wall.show_cameras(cameras)
            wall.show_arrangement(Arrangement(panes, tuple(names)))
            turn(2.5)
            ages, late, own = Ages(wall, stamps), [], []
            counts = [(pane.painted, pane.unseen) for pane in wall.panes]
            came = [stream.decoded for stream in streams.values()]
            lag, began = lag_of(found, late, own), time.monotonic()
            watch.percent()
            turn(seconds)
            shown = watch.percent()
            lag.stop()
            span = time.monotonic() - began
            came = [stream.decoded - one for stream, one in zip(streams.values(), came, strict=True)]
            painted = [(pane.painted - one) / span for pane, (one, _) in zip(wall.panes, counts, strict=True)]
            unseen = sum(pane.unseen - one for pane, (_, one) in zip(wall.panes, counts, strict=True))
            memory, beat, step = psutil.Process().memory_info().rss / 1e6, wall.ticker.late_ms(), int(wall.governor.step)
            wall.hide()
            turn(1.0)
            watch.percent()
            turn(seconds / 2)
            hidden = watch.percent()
            wall.close_all()
            wall.deleteLater()
        finally:
            stop_all(list(streams.values()), 3.0)
        stamps.release()
    total = sum(painted) * span
    return {
        "ffmpeg_null_cpu": theirs, "decode_cpu": decode, "decoded_fps": decoded, "shown_cpu": shown, "hidden_cpu": hidden,
        "hidden_share": 100 * hidden / shown, "came_least": min(came) / span,
        "painted_least": min(painted), "painted_mean": sum(painted) / panes,
        "unseen_percent": 100 * unseen / max(1.0, total + unseen), "age_median_ms": share(ages.found, 0.5),
        "age_p95_ms": share(ages.found, 0.95), "gui_p99_ms": share(late, 0.99), "gui_p99_own_ms": share(own, 0.99),
        "beat_p99_late_ms": beat,
        "memory_mb": memory, "governor": float(step),
    }  # fmt: skip


if __name__ == "__main__" and sys.argv[1:2] == ["media"]:
    make_media(Path(sys.argv[2]))
elif __name__ == "__main__":
    prepare()
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 25
    span = float(sys.argv[2]) if len(sys.argv) > 2 else 15.0  # one picture more or less at its edges is 0.07 a second
    kept = os.environ.get("VIDEO_MEDIA", "")
    with tempfile.TemporaryDirectory(prefix="hazwatch-wall-") as made:
        for name, value in measure(count, span, Path(kept or made)).items():
            print(f"{name:18} {value:8.2f}")

"""What the benches of video share: cameras of gst-rtsp-server, and `ffmpeg -f null` watching the same streams. Test side.

CPU is each process's own, as the system counts it, over a window that begins after everybody has settled.
"""

import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.peers import video_media

SUB, MAIN = "sub_h264", "main_h264"


def make_media(folder: Path) -> None:
    """704x576 at 25/s and 512 kbit/s; 1920x1080 at 25/s and 4 Mbit/s; no B pictures, a key picture every two seconds."""
    video_media.make(folder, SUB, "h264", 704, 576, 100)
    video_media.make(folder, MAIN, "h264", 1920, 1080, 50, kbit=4096)


class Ffmpeg:
    """One `ffmpeg … -f null -` on one stream, one thread, as the figures of the measured notes have it."""

    def __init__(self, url: str, copy: bool = False) -> None:
        how = ["-c", "copy"] if copy else ["-fps_mode", "passthrough"]  # else it counts pictures it made up
        command = ["ffmpeg", "-v", "fatal", "-nostdin", "-threads", "1", "-rtsp_transport", "tcp", "-i", url, "-an", *how]
        self._process = subprocess.Popen(
            [*command, "-f", "null", "-progress", "pipe:1", "-stats_period", "0.2", "-"], stdout=subprocess.PIPE, text=True
        )
        self.frames = 0
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("frame="):
                self.frames = int(line[6:])

    def cpu(self) -> float:
        times = psutil.Process(self._process.pid).cpu_times()
        return times.user + times.system

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        if self._process.stdout is not None:
            self._process.stdout.close()


@contextmanager
def ffmpegs(urls: Sequence[str], copy: bool = False) -> Iterator[list[Ffmpeg]]:
    running = [Ffmpeg(url, copy) for url in urls]
    try:
        yield running
    finally:
        for one in running:
            one.close()

"""Decode and convert to BGRA, live over RTSP: CPU for 1000 pictures against `ffmpeg -f null` on the same streams; hidden panes.

    python -m tests.bench.video_decode [--streams 8] [--main 2] [--seconds 5]

To reach: at most 1.15 times ffmpeg; hidden panes at most 10 % of the shown cost. Both run at the same time, so
that they meet the same machine; converted whole, and as for a pane on a wall of 25. ffmpeg has one thread for each stream, as
we have, and converts nothing: what converting costs us is told beside it, as the thread's own time within libswscale.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.video.convert import Converter
from app.video.live import LiveStream, stop_all
from app.video.ports import Wish
from app.video.rtsp import RtspSource
from tests.bench.video_rig import MAIN, SUB, Ffmpeg, ffmpegs, make_media
from tests.peers.rtsp_process import RtspPeer

BEGIN_S, SETTLE_S = 30.0, 1.5
"""ffmpeg looks at a stream for some seconds before it shows the first picture."""
PANE = 202, 166


def window(seconds: float, cpu: Callable[[], float], pictures: Callable[[], int]) -> tuple[float, float]:
    """(CPU seconds for 1000 pictures, pictures a second)."""
    cpu_before, pictures_before, began = cpu(), pictures(), time.perf_counter()
    time.sleep(seconds)
    spent, seen, lasted = cpu() - cpu_before, pictures() - pictures_before, time.perf_counter() - began
    return 1000 * spent / seen, seen / lasted


class Converting:
    """Seconds this process has spent converting pictures, in all its threads."""

    def __init__(self) -> None:
        self.seconds = 0.0
        plain = Converter.bgra

        def timed(converter: Converter, picture: Any, wide: int = 0, high: int = 0) -> Any:
            began = time.thread_time()
            try:
                return plain(converter, picture, wide, high)
            finally:
                self.seconds += time.thread_time() - began

        Converter.bgra = timed  # type: ignore[method-assign]


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds for 1000 pictures: ours, of it for converting, ffmpeg's. Pictures a second and stream; hidden as a share of
    shown."""

    ours: float
    converting: float
    ffmpeg: float
    rate: float
    hidden: float


def side_by_side(urls: Sequence[str], seconds: float, fit: tuple[int, int], converting: Converting) -> Cost:
    streams = [LiveStream(f"s{n}", lambda url=url: RtspSource(url)) for n, url in enumerate(urls)]
    for stream in streams:
        stream.fit(*fit)
        stream.start()
    with ffmpegs(urls) as running:
        until = time.monotonic() + BEGIN_S
        while not all(one.frames for one in running) and time.monotonic() < until:
            time.sleep(0.1)
        time.sleep(SETTLE_S)
        before = sum(map(Ffmpeg.cpu, running)), sum(one.frames for one in running), converting.seconds
        pictures = sum(stream.decoded for stream in streams)
        shown, rate = window(seconds, time.process_time, lambda: sum(stream.decoded for stream in streams))
        pictures = sum(stream.decoded for stream in streams) - pictures
        cpu, frames = sum(map(Ffmpeg.cpu, running)) - before[0], sum(one.frames for one in running) - before[1]
        converted = 1000 * (converting.seconds - before[2]) / pictures
        for stream in streams:
            stream.wish = Wish.KEYS
        time.sleep(1.0)
        hidden, _ = window(seconds, time.process_time, lambda: sum(stream.packets for stream in streams))
    assert stop_all(streams) == []
    return Cost(shown, converted, 1000 * cpu / frames, rate / len(urls), hidden / shown)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--streams", type=int, default=6)
    parser.add_argument("--main", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=5.0)
    options, converting = parser.parse_args(), Converting()
    with tempfile.TemporaryDirectory() as folder:
        make_media(Path(folder))
        with RtspPeer(Path(folder)) as peer:
            for name, count in ((SUB, options.streams), (MAIN, options.main)):
                for fit, words in (((0, 0), "whole"), (PANE, "for a pane of 25")):
                    cost = side_by_side([peer.url(name)] * count, options.seconds, fit, converting)
                    bare = cost.ours - cost.converting
                    print(
                        f"{count} x {name} {words}: ours {cost.ours:.2f} CPU-s/1000 pictures ({cost.rate:.1f}/s each), "
                        f"of it converting {cost.converting:.2f}; ffmpeg -f null {cost.ffmpeg:.2f}; ratio "
                        f"{cost.ours / cost.ffmpeg:.2f}, without converting {bare / cost.ffmpeg:.2f}; "
                        f"hidden {cost.hidden:.1%} of shown",
                        flush=True,
                    )


if __name__ == "__main__":
    main()

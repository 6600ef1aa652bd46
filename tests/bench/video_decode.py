"""Decode and convert to BGRA, live over RTSP: CPU for 1000 pictures against `ffmpeg -f null` on the same streams; hidden panes.

    python -m tests.bench.video_decode [--streams 8] [--main 2] [--seconds 5]

To reach: at most 1.15 times ffmpeg; hidden panes at most 10 % of the shown cost. Both run at the same time, so
that they meet the same machine; converted whole, and as for a pane on a wall of 25.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from app.video.live import LiveStream, stop_all
from app.video.ports import Wish
from app.video.rtsp import RtspSource
from tests.bench.video_rig import MAIN, SUB, Ffmpeg, ffmpegs, make_media
from tests.peers.rtsp_process import RtspPeer

SETTLE_S = 2.5
PANE = 202, 166


def window(seconds: float, cpu: Callable[[], float], pictures: Callable[[], int]) -> tuple[float, float]:
    """(CPU seconds for 1000 pictures, pictures a second)."""
    cpu_before, pictures_before, began = cpu(), pictures(), time.perf_counter()
    time.sleep(seconds)
    spent, seen, lasted = cpu() - cpu_before, pictures() - pictures_before, time.perf_counter() - began
    return 1000 * spent / seen, seen / lasted


def side_by_side(urls: Sequence[str], seconds: float, fit: tuple[int, int]) -> tuple[float, float, float, float]:
    """CPU seconds for 1000 pictures of ours and of ffmpeg, ours a second and stream, hidden as a share of shown."""
    streams = [LiveStream(f"s{n}", lambda url=url: RtspSource(url)) for n, url in enumerate(urls)]
    for stream in streams:
        stream.fit(*fit)
        stream.start()
    with ffmpegs(urls) as running:
        time.sleep(SETTLE_S)
        before = sum(map(Ffmpeg.cpu, running)), sum(one.frames for one in running)
        shown, rate = window(seconds, time.process_time, lambda: sum(stream.decoded for stream in streams))
        cpu, frames = sum(map(Ffmpeg.cpu, running)) - before[0], sum(one.frames for one in running) - before[1]
        for stream in streams:
            stream.wish = Wish.KEYS
        time.sleep(1.0)
        hidden, _ = window(seconds, time.process_time, lambda: sum(stream.packets for stream in streams))
    assert stop_all(streams) == []
    return shown, 1000 * cpu / frames, rate / len(urls), hidden / shown


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--streams", type=int, default=6)
    parser.add_argument("--main", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=5.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        make_media(Path(folder))
        with RtspPeer(Path(folder)) as peer:
            for name, count in ((SUB, options.streams), (MAIN, options.main)):
                for fit, words in (((0, 0), "whole"), (PANE, "for a pane of 25")):
                    ours, theirs, rate, hidden = side_by_side([peer.url(name)] * count, options.seconds, fit)
                    print(
                        f"{count} x {name} {words}: ours {ours:.2f} CPU-s/1000 pictures ({rate:.1f}/s each), "
                        f"ffmpeg -f null {theirs:.2f}, ratio {ours / theirs:.2f}, hidden {hidden:.1%} of shown",
                        flush=True,
                    )


if __name__ == "__main__":
    main()

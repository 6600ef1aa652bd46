"""Decode and convert to BGRA, live over RTSP: CPU for 1000 pictures against `ffmpeg -f null` on the same streams; hidden panes.

    python -m tests.bench.video_decode [--streams 8] [--main 2] [--seconds 5]

To reach: at most 1.15 times ffmpeg; hidden panes at most 10 % of the shown cost. The two take turns, so that they meet the same
machine; one line each.
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


def window(seconds: float, cpu: Callable[[], float], pictures: Callable[[], int]) -> tuple[float, float]:
    """(CPU seconds for 1000 pictures, pictures a second)."""
    cpu_before, pictures_before, began = cpu(), pictures(), time.perf_counter()
    time.sleep(seconds)
    spent, seen, lasted = cpu() - cpu_before, pictures() - pictures_before, time.perf_counter() - began
    return 1000 * spent / seen, seen / lasted


def of_ffmpeg(urls: Sequence[str], seconds: float) -> tuple[float, float]:
    with ffmpegs(urls) as running:
        time.sleep(SETTLE_S)
        total: Callable[[Callable[[Ffmpeg], float]], float] = lambda what: sum(what(one) for one in running)  # noqa: E731
        return window(seconds, lambda: total(Ffmpeg.cpu), lambda: sum(one.frames for one in running))


def of_ours(urls: Sequence[str], seconds: float) -> tuple[float, float, float]:
    """And the CPU of hidden panes as a share of the shown."""
    streams = [LiveStream(f"s{n}", lambda url=url: RtspSource(url)) for n, url in enumerate(urls)]
    for stream in streams:
        stream.start()
    time.sleep(SETTLE_S)
    decoded = lambda: sum(stream.decoded for stream in streams)  # noqa: E731
    shown, rate = window(seconds, time.process_time, decoded)
    for stream in streams:
        stream.wish = Wish.KEYS
    time.sleep(0.5)
    hidden, _ = window(seconds, time.process_time, lambda: sum(stream.packets for stream in streams))
    assert stop_all(streams) == []
    return shown, rate, hidden / shown


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--streams", type=int, default=8)
    parser.add_argument("--main", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=5.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        make_media(Path(folder))
        with RtspPeer(Path(folder)) as peer:
            for name, count in ((SUB, options.streams), (MAIN, options.main)):
                urls = [peer.url(name)] * count
                theirs, their_rate = of_ffmpeg(urls, options.seconds)
                ours, rate, hidden = of_ours(urls, options.seconds)
                again, _ = of_ffmpeg(urls, options.seconds)
                peer_cost = (theirs + again) / 2
                print(
                    f"{count} x {name}: ours {ours:.2f} CPU-s/1000 pictures ({rate / count:.1f}/s each), "
                    f"ffmpeg -f null {theirs:.2f} and {again:.2f} ({their_rate / count:.1f}/s), "
                    f"ratio {ours / peer_cost:.2f}, hidden {hidden:.1%} of shown",
                    flush=True,
                )


if __name__ == "__main__":
    main()

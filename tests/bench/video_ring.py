"""The packet ring on main streams: share of a core and memory, and a clip from each; against `ffmpeg -c copy -f null`.

    python -m tests.bench.video_ring [--streams 25] [--seconds 8]

To reach: 25 main streams on at most 12 % of a core. ffmpeg only reads and counts; five of them stand for all.
"""

import argparse
import tempfile
import time
from pathlib import Path

import psutil

from app.domain.instant import SECOND
from app.video.clip import check_clip, write_clip
from app.video.live import LiveStream, stop_all
from app.video.ports import Wish
from app.video.ring import Ring
from app.video.rtsp import RtspSource
from tests.bench.video_rig import MAIN, Ffmpeg, ffmpegs, make_media
from tests.peers.rtsp_process import RtspPeer

PEERS = 5


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--streams", type=int, default=25)
    parser.add_argument("--seconds", type=float, default=8.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        make_media(Path(folder))
        with RtspPeer(Path(folder)) as peer:
            url = peer.url(MAIN)
            with ffmpegs([url] * PEERS, copy=True) as running:
                time.sleep(2.5)
                before = sum(one.cpu() for one in running)
                time.sleep(options.seconds / 2)
                theirs = (sum(map(Ffmpeg.cpu, running)) - before) / (options.seconds / 2) / PEERS
            rings = [Ring() for _ in range(options.streams)]
            streams = [LiveStream(f"s{n}", lambda: RtspSource(url), Wish.NONE, [ring.add]) for n, ring in enumerate(rings)]
            memory = psutil.Process().memory_info().rss
            for stream in streams:
                stream.start()
            time.sleep(3.0)
            cpu, packets, began = time.process_time(), sum(one.packets for one in streams), time.perf_counter()
            time.sleep(options.seconds)
            lasted = time.perf_counter() - began
            share = (time.process_time() - cpu) / lasted
            rate = (sum(one.packets for one in streams) - packets) / lasted / options.streams
            held = sum(ring.size for ring in rings)
            grown = psutil.Process().memory_info().rss - memory
            now = time.time_ns() // 1000
            took = time.perf_counter()
            clip = write_clip(rings[0], Path(folder) / "clip.mp4", now - 5 * SECOND, now - SECOND)
            took = time.perf_counter() - took
            assert stop_all(streams) == []
            check = check_clip(clip.path)
            print(
                f"{options.streams} x {MAIN}: ring {share:.1%} of a core at {rate:.1f} packets/s each, "
                f"{theirs * options.streams:.1%} for as many ffmpeg -c copy (ratio {share / options.streams / theirs:.2f}); "
                f"{held / 2**20:.0f} MiB of packets, {grown / 2**20:.0f} MiB of process; "
                f"a clip of {check.seconds:.1f} s written in {took * 1000:.0f} ms, {check.pictures} pictures, "
                f"sound: {check.sound}"
            )


if __name__ == "__main__":
    main()

"""The recorder on many main streams: `python -m tests.bench.video_recorder [cameras] [seconds]`.

Rings of that many 1080p RTSP cameras (a peer process of another project serves them) in one process, then one alarm that films
them all at once. Prints CPU of this process in percent of a core, memory, and how long after its end the last clip was ready.
"""

import asyncio
import resource
import sys
import tempfile
import time
from pathlib import Path

from app.domain.plant import Camera
from tests.peers import video_media
from tests.peers.rtsp_process import RtspPeer
from tests.station.rig import running, until
from tests.station.video.film import filmed_site


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def memory_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


async def measure(folder: Path, count: int, seconds: float) -> None:
    media = folder / "media"
    media.mkdir()
    video_media.make(media, "main_h264", "h264", 1920, 1080, 50, gop=50, kbit=4000)
    video_media.make(media, "sub_h264", "h264", 352, 288, 50, gop=50)
    with RtspPeer(media) as peer:
        cameras = [
            Camera(f"C{n}", "", peer.url(f"/Streaming/Channels/{n % 8 + 1}01"), equipment=("V-101",)) for n in range(count)
        ]
        video = {"pre_s": 10.0, "post_s": 3.0, "ring_s": 14.0, "most_clips": 64, "longest_s": 60.0}
        base = memory_mb()
        async with running(folder / "idle", filmed_site()):
            before, began = cpu(), time.monotonic()
            await asyncio.sleep(3)
            idle = (cpu() - before) / (time.monotonic() - began)
        async with running(folder / "data", filmed_site(*cameras, video=video)) as rig:
            rings = rig.station.video.rings.filmed.values()

            def deep() -> bool:
                return all(one.ring.span is not None and one.ring.span[1] - one.ring.span[0] >= 11e6 for one in rings)

            await until(deep, "rings", 40)
            before, began = cpu(), time.monotonic()
            await asyncio.sleep(seconds)
            used = (cpu() - before) / (time.monotonic() - began)
            held = sum(one.ring.size for one in rings) / 1e6
            rate = sum(one.stream.state().fps for one in rings if one.stream is not None)
            print(
                f"{count} rings: {used:.1%} of a core ({used - idle:.1%} over a station without cameras), "
                f"{memory_mb() - base:.0f} MB more, rings {held:.0f} MB, {rate:.0f} packets/s"
            )
            rig.field["dcs"].say("T1", 95.0)
            await rig.has("T1", "HH", "UNACK")
            began, before = time.monotonic(), cpu()
            book = rig.station.video.book
            end = max(row.end for row in book._rows.values())
            await until(lambda: all(row.state != "recording" for row in book._rows.values()), "clips", 30)
            late = (rig.station.clock.now() - end) / 1e6
            spent = (cpu() - before) / (time.monotonic() - began)
            rows = list(book._rows.values())
            good = sum(row.state == "ready" and not row.words for row in rows)
            first = max((row.first_frame or 0) - row.start for row in rows) / 1e6
            print(
                f"{good} of {len(rows)} clips whole, all ready {late:.2f} s after their end ({spent:.0%} of a core meanwhile)"
            )
            print(f"latest first picture {first:+.2f} s against T-10 s; {sum(row.size for row in rows) / 1e6:.0f} MB")
            print({row.words for row in rows if row.words})


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        asyncio.run(
            measure(Path(place), int(sys.argv[1]) if len(sys.argv) > 1 else 25, float(sys.argv[2]) if len(sys.argv) > 2 else 10)
        )

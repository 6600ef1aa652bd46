"""Evidence of an alarm: a piece of one stream as an MP4 file, from before the alarm to after it, checked, hashed. Both sides.

The caller brings the thread: `write_clip` returns when the end has come. The file has a temporary name until it is whole.
"""

import hashlib
import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import av

from app.disk import sync_file, sync_folder
from app.domain.instant import SECOND, Instant
from app.video.mp4 import Mp4Writer, UnfitStream
from app.video.ports import Packet
from app.video.ring import Ring

POLL_S = 0.1
LATE_S = 0.7
"""How long after its end a clip waits for packets of a camera that has gone silent."""
SYNC_S = 1.0
PART = ".part"


class ClipFailed(Exception):
    """No file. The text is a Chinese sentence."""


@dataclass(frozen=True, slots=True)
class ClipFile:
    """What was written. `first`, `last`: station time of the first and the last picture. `complete`: it begins at or before
    what was asked for, and goes on to its end; else `words` say what is missing."""

    path: Path
    first: Instant
    last: Instant
    packets: int
    size: int
    codec: str
    width: int
    height: int
    complete: bool
    words: str = ""
    cut_off: bool = False
    """The disk took no more: what is missing at its end was there to be written."""


@dataclass(frozen=True, slots=True)
class ClipCheck:
    """What a clip file holds, after every picture was decoded. `sound`: it opens, begins with a key picture, every picture
    decodes without damage and the time goes up. `seconds` from the first picture to the last."""

    sound: bool
    words: str
    pictures: int
    seconds: float
    codec: str
    width: int
    height: int
    sha256: str


def write_clip(
    ring: Ring,
    path: Path,
    start: Instant,
    end: Instant,
    stop: threading.Event | None = None,
    title: str = "",
    now: Callable[[], Instant] = lambda: time.time_ns() // 1000,
) -> ClipFile:
    """Writes the packets of `ring` from the key packet at or before `start` until `end`, which may lie in the future. `stop`
    ends it early with what there is. When the camera changes its codec, the clip ends there and says so.

    Raises ClipFailed: no packets, disk full before anything was kept, a codec MP4 cannot hold.
    """
    stop = stop or threading.Event()
    part = path.with_name(path.name + PART)
    packets, cursor = ring.read(ring.begin(start))
    while not packets and not stop.is_set() and now() < end + LATE_S * SECOND:
        stop.wait(POLL_S)
        packets, cursor = ring.read(ring.begin(start))
    newer = _last_change(packets) if now() < end else 0  # what follows is what matters, and has to fit to the beginning
    packets = packets[newer:]
    while packets and not packets[0].key:
        packets = packets[1:]
    if not packets:
        raise ClipFailed("这段时间没有收到摄像机的画面，没有录像可存。")
    first, last = packets[0], packets[0]
    why = "摄像机刚换了编码格式，之前的不能接在一个文件里。" if newer else "之前没有收到画面。"
    words = "" if first.wall <= start else f"录像晚开始 {(first.wall - start) / SECOND:.1f} 秒：{why}"
    writer: Mp4Writer | None = None
    cut_off, end_of_file = False, 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        writer = Mp4Writer(part, first, title)
        packets, synced = packets[1:], time.monotonic()
        while True:
            for packet in packets:
                if packet.info.codec != first.info.codec:
                    words = words or "摄像机中途改了编码格式，录像到此为止。"
                    break
                if packet.wall > end:
                    break
                writer.add(packet)
                last = packet
            else:
                if stop.is_set() or now() > end + LATE_S * SECOND:
                    break
                if writer.begun and time.monotonic() - synced > SYNC_S:
                    sync_file(part)
                    synced = time.monotonic()
                stop.wait(POLL_S)
                packets, cursor = ring.read(cursor)
                continue
            break
        closing, writer = writer, None
        closing.close()
        written = closing.packets
        sync_file(part)
    except UnfitStream as error:
        part.unlink(missing_ok=True)
        raise ClipFailed(str(error)) from None
    except (OSError, av.FFmpegError) as error:
        kept = _salvage(writer, part, error)
        written, words, cut_off = kept.pictures, kept.words, True
        end_of_file = first.wall + round(kept.seconds * SECOND)
    if not words and last.wall < end - 2 * SECOND:
        words = f"录像早结束 {(end - last.wall) / SECOND:.1f} 秒：" + (
            "按要求提前停止。" if stop.is_set() else "后面没有收到画面。"
        )
    os.replace(part, path)
    sync_folder(path.parent)
    info = first.info
    return ClipFile(
        path,
        first.wall,
        end_of_file if cut_off else last.wall,
        written,
        path.stat().st_size,
        info.codec,
        info.width,
        info.height,
        not words,
        words,
        cut_off,
    )


def _last_change(packets: Sequence[Packet]) -> int:
    """The place of the first packet behind the last change of codec, 0 without one."""
    changes = (n for n in range(len(packets) - 1, 0, -1) if packets[n].info.codec != packets[n - 1].info.codec)
    return next(changes, 0)


def _salvage(writer: Mp4Writer | None, part: Path, error: Exception) -> ClipCheck:
    """After a failed write: what is readable, with words for a person; ClipFailed when nothing is."""
    why = "磁盘已满" if isinstance(error, OSError) and error.errno == 28 else "磁盘写入出错"
    if writer is not None:
        with suppress(OSError, av.FFmpegError):  # the fragments before it are there, and are looked for next
            writer.close()
    check = check_clip(part) if part.exists() else None
    if check is None or not check.pictures:
        part.unlink(missing_ok=True)
        raise ClipFailed(f"录像没有存下来：{why}。请清理录像盘。") from None
    return replace(check, words=f"录像不完整：{why}，只存下 {check.seconds:.0f} 秒。")


def check_clip(path: Path) -> ClipCheck:
    """Decodes all of it: some seconds of one core for half a minute of main stream. For a worker thread; FFmpeg works without
    the interpreter's lock."""
    pictures, damaged, first, last = 0, 0, 0.0, 0.0
    codec, width, height, words = "", 0, 0, ""
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            stream.thread_count = 1
            codec, width, height = stream.codec_context.name, stream.codec_context.width, stream.codec_context.height
            expected, first_key = 0, None
            for packet in container.demux(stream):
                if packet.size:
                    expected += 1
                    first_key = packet.is_keyframe if first_key is None else first_key
                try:
                    decoded = packet.decode()
                except av.FFmpegError:
                    damaged += 1
                    continue
                for picture in decoded:
                    seconds = float(picture.time or 0.0)
                    first, last = (seconds if not pictures else first), max(last, seconds)
                    pictures += 1
                    damaged += bool(picture.is_corrupt)
            if not first_key:
                words = "录像不是从关键帧开始。"
            elif damaged or pictures < expected:
                words = f"录像里有 {max(damaged, expected - pictures)} 幅画面损坏或解不出。"
    except (OSError, av.FFmpegError, IndexError):
        words = "录像文件打不开。"
    return ClipCheck(not words and pictures > 0, words, pictures, last - first, codec, width, height, sha256_of(path))


def sha256_of(path: Path) -> str:
    """ "" when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def unfinished(folder: Path) -> list[Path]:
    """Clips a power cut interrupted: readable up to the last second before it (see `adopt`)."""
    return sorted(folder.rglob("*" + PART))


def adopt(part: Path) -> ClipCheck:
    """Gives an interrupted clip its name when it holds pictures, and removes it when it does not."""
    check = check_clip(part)
    if check.pictures:
        os.replace(part, part.with_name(part.name.removesuffix(PART)))
    else:
        part.unlink(missing_ok=True)
    return check

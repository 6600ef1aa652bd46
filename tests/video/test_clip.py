"""Clips: whole, readable whatever happens, and honest about what they lack. FFmpeg of PyAV reads them back."""

import hashlib
import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av
import pytest

from app.domain.instant import SECOND, Instant
from app.video.clip import ClipFailed, adopt, check_clip, unfinished, write_clip
from app.video.live import LiveStream
from app.video.mp4 import Mp4Writer, Timeline
from app.video.parameters import parameter_sets
from app.video.ports import Packet, Wish
from app.video.ring import Ring
from app.video.rtsp import RtspSource
from tests.pace import ENOUGH_S
from tests.peers.rtsp_process import RtspPeer
from tests.peers.video_media import number_of
from tests.video.making import EPOCH, FPS, GOP, info_of, packets
from tests.video.waiting import until

ROOT = Path(__file__).resolve().parents[2]


def ring_of(made: "list[Packet] | tuple[Packet, ...]", seconds: float = 60.0) -> Ring:
    ring = Ring(seconds)
    for packet in made:
        ring.add(packet)
    return ring


def after(seconds: float) -> Instant:
    return EPOCH + round(seconds * SECOND)


def pictures(path: Path) -> list[int]:
    with av.open(str(path)) as container:
        return [number_of(frame.to_ndarray(format="gray")) for frame in container.decode(video=0)]


@pytest.mark.parametrize(("codec", "tag"), [("h264", "avc1"), ("hevc", "hvc1")])
def test_ten_before_and_twenty_after(tmp_path: Path, codec: str, tag: str) -> None:
    ring = ring_of(packets(36, codec=codec))
    alarm, path = after(15.3), tmp_path / "a.mp4"
    clip = write_clip(ring, path, alarm - 10 * SECOND, alarm + 20 * SECOND, now=lambda: after(60))
    assert (clip.first, clip.complete, clip.words) == (after(5.0), True, "")
    assert alarm + 19.9 * SECOND <= clip.last <= alarm + 20 * SECOND
    check = check_clip(path)
    assert check.sound and check.words == ""
    assert check.pictures == clip.packets == 758  # 5.00 s to 35.28 s
    assert check.seconds == pytest.approx((clip.last - clip.first) / SECOND, abs=0.002)
    assert check.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert pictures(path)[:3] == [25, 26, 27]  # what was shown in the second it begins with
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.codec_tag == tag
        assert stream.start_time == 0
        first = next(container.demux(stream))
        assert first.is_keyframe
        assert container.metadata["creation_time"].startswith("2026-01-01T04:00:05")
    assert os.listdir(tmp_path) == ["a.mp4"]


def test_from_a_running_camera_and_done_within_a_second_of_its_end(peer: RtspPeer, tmp_path: Path) -> None:
    ring = Ring(4.0)
    stream = LiveStream("cam", lambda: RtspSource(peer.url("sub_h264")), wish=Wish.NONE, sinks=[ring.add])
    stream.start()
    try:
        until(lambda: ring.span and ring.span[1] - ring.span[0] >= 3 * SECOND)
        now = time.time_ns() // 1000
        start, end = now - 2 * SECOND, now + 2 * SECOND
        clip = write_clip(ring, tmp_path / "a.mp4", start, end)
        late = time.time_ns() // 1000 - end
    finally:
        assert stream.stop(ENOUGH_S)
    assert clip.complete and clip.first <= start and clip.last >= end - SECOND // 5
    assert late <= SECOND
    assert check_clip(clip.path).sound


def test_a_camera_silent_before_and_after_says_so(tmp_path: Path) -> None:
    ring = ring_of(packets(6, start_s=10))
    clip = write_clip(ring, tmp_path / "a.mp4", after(8), after(38), now=lambda: after(60))
    assert not clip.complete and "晚开始 2.0 秒" in clip.words and check_clip(clip.path).sound
    clip = write_clip(ring, tmp_path / "b.mp4", after(12), after(38), now=lambda: after(60))
    assert not clip.complete and "早结束 22.0 秒" in clip.words


def test_no_picture_no_file(tmp_path: Path) -> None:
    with pytest.raises(ClipFailed, match="没有收到"):
        write_clip(Ring(), tmp_path / "a.mp4", after(0), after(1), now=lambda: after(60))
    assert os.listdir(tmp_path) == []


def test_a_codec_mp4_cannot_hold_is_told(tmp_path: Path) -> None:
    odd = replace(info_of(), codec="mjpeg")
    ring = ring_of([replace(packet, info=odd) for packet in packets(2)])
    with pytest.raises(ClipFailed, match="mjpeg"):
        write_clip(ring, tmp_path / "a.mp4", after(0), after(1), now=lambda: after(60))
    assert os.listdir(tmp_path) == []


def test_stopped_early_keeps_what_there_is(tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    clip = write_clip(ring_of(packets(5)), tmp_path / "a.mp4", after(1), after(600), stop, now=lambda: after(5))
    assert not clip.complete and "提前停止" in clip.words and check_clip(clip.path).pictures == 4 * FPS


def test_resolution_changes_within_and_every_picture_decodes(tmp_path: Path) -> None:
    made = [*packets(4), *packets(4, start_s=4, pts0=900_000 + 4 * 90_000, width=480, height=272)]
    clip = write_clip(ring_of(made), tmp_path / "a.mp4", after(0), after(7.99), now=lambda: after(60))
    assert clip.complete
    check = check_clip(clip.path)
    assert check.pictures == len(made) and check.sound, check.words
    with av.open(str(clip.path)) as container:
        widths = [frame.width for frame in container.decode(video=0)]
    assert widths == [320] * 100 + [480] * 100


def test_a_codec_change_ends_the_clip_in_words(tmp_path: Path) -> None:
    made = [*packets(4), *packets(4, start_s=4, codec="hevc")]
    clip = write_clip(ring_of(made), tmp_path / "a.mp4", after(0), after(7.9), now=lambda: after(60))
    assert not clip.complete and "编码格式" in clip.words
    assert check_clip(clip.path).pictures == 100


@pytest.mark.parametrize("codecs", [("h264", "hevc"), ("hevc", "h264")])
def test_a_codec_change_just_before_the_event_leaves_the_event_in_the_clip(tmp_path: Path, codecs: tuple[str, str]) -> None:
    """Annunciation at 6 s, the change at 4 s: what is from before the change cannot be in one file with the event."""
    made = [*packets(4, codec=codecs[0]), *packets(4, start_s=4, codec=codecs[1])]
    moments = iter([after(6)])
    clip = write_clip(ring_of(made), tmp_path / "a.mp4", after(1), after(7.9), now=lambda: next(moments, after(60)))
    assert (clip.codec, clip.first) == (codecs[1], after(4)) and not clip.complete
    assert "录像晚开始 3.0 秒" in clip.words and "编码格式" in clip.words
    check = check_clip(clip.path)
    assert check.sound and check.pictures == 98 and check.codec == codecs[1]


def test_another_resolution_told_only_when_it_came_back_decodes(tmp_path: Path) -> None:
    """A camera that sends its parameter sets in the SDP alone, set to another size: lost, and back."""

    def bare(made: Sequence[Packet]) -> list[Packet]:
        return [replace(one, data=one.data.replace(parameter_sets(one.data, "h264"), b"")) if one.key else one for one in made]

    made = [*bare(packets(4)), *bare(packets(4, start_s=6, width=480, height=272))]
    assert not parameter_sets(made[0].data, "h264")
    clip = write_clip(ring_of(made), tmp_path / "a.mp4", after(0), after(9.99), now=lambda: after(60))
    check = check_clip(clip.path)
    assert check.sound and check.pictures == len(made), check.words
    with av.open(str(clip.path)) as container:
        assert [frame.width for frame in container.decode(video=0)] == [320] * 100 + [480] * 100


def test_a_corrupt_packet_is_found_by_the_check(tmp_path: Path) -> None:
    made = list(packets(4))
    bad = bytearray(made[30].data)
    bad[40:200] = os.urandom(160)
    made[30] = replace(made[30], data=bytes(bad))
    clip = write_clip(ring_of(made), tmp_path / "a.mp4", after(0), after(3.9), now=lambda: after(60))
    check = check_clip(clip.path)
    assert not check.sound and "损坏" in check.words


@pytest.mark.parametrize("data", [b"", b"no film", b"\x00\x00\x00\x1cftypiso5" + bytes(200)])
def test_what_is_no_film_is_not_sound(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(data)
    check = check_clip(path)
    assert not check.sound and check.words and check.sha256 == hashlib.sha256(data).hexdigest()
    assert not check_clip(tmp_path / "none.mp4").sound


# time stamps


def stamps(made: "list[Packet]") -> list[float]:
    timeline = Timeline()
    return [timeline.place(packet)[0] / 90_000 for packet in made]


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda n, p: replace(p, pts=None, dts=None), "none at all"),
        (lambda n, p: replace(p, pts=p.pts - 10**9, dts=p.dts - 10**9), "negative"),
        (lambda n, p: replace(p, pts=p.pts + (3600 * 90_000 if n >= 50 else 0), dts=None), "an hour ahead from the middle"),
        (lambda n, p: replace(p, pts=n % 50 * 3600, dts=None), "from zero again"),
        (lambda n, p: replace(p, pts=p.pts // 3 * 2, dts=None), "a slow clock"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_time_in_the_file_is_the_time_of_arrival(tmp_path: Path, change, name: str) -> None:
    made = [change(number, packet) for number, packet in enumerate(packets(8))]
    placed = stamps(made)
    assert placed[0] == 0 and all(before < after for before, after in pairwise(placed))
    assert all(abs(at - (p.arrived - made[0].arrived)) <= 2.1 for at, p in zip(placed, made, strict=True))
    clip = write_clip(ring_of(made), tmp_path / "a.mp4", after(0), after(7.99), now=lambda: after(60))
    check = check_clip(clip.path)
    assert check.sound and check.pictures == len(made)


def test_equal_stamps_still_rise() -> None:
    assert stamps([replace(packet, pts=5, dts=5) for packet in packets(1)])[:3] == [0, 1 / 90_000, 2 / 90_000]


def test_a_gap_stays_a_gap(tmp_path: Path) -> None:
    made = [*packets(4), *packets(4, start_s=14, pts0=0)]
    clip = write_clip(ring_of(made), tmp_path / "a.mp4", after(0), after(17.99), now=lambda: after(60))
    assert check_clip(clip.path).seconds == pytest.approx(17.96, abs=0.1)


# power cut and full disk, in processes of their own


def other(text: str, *arguments: str) -> subprocess.Popen:
    head = "import sys, time\nfrom pathlib import Path\nfrom tests.video.making import *\n"
    return subprocess.Popen(
        [sys.executable, "-c", head + textwrap.dedent(text), *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


def test_a_power_cut_leaves_a_readable_file(tmp_path: Path) -> None:
    """Killed in the middle, as nothing can be tidied up: all but the last second or so is there, and is adopted."""
    process = other(
        """
        import threading
        from app.video.ring import Ring
        from app.video.clip import write_clip
        ring = Ring(60)
        made = packets(8)
        for packet in made: ring.add(packet)
        threading.Timer(1.5, lambda: print("written", flush=True)).start()
        write_clip(ring, Path(sys.argv[1]), EPOCH, EPOCH + 60_000_000, now=lambda: EPOCH)
        """,
        str(tmp_path / "a.mp4"),
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "written\n"
    process.kill()
    process.wait()
    process.stdout.close()
    (part,) = unfinished(tmp_path)
    check = adopt(part)
    assert check.pictures >= 7 * FPS - 2
    assert os.listdir(tmp_path) == ["a.mp4"]
    assert pictures(tmp_path / "a.mp4")[:3] == [0, 1, 2]


def test_an_empty_rest_of_a_power_cut_is_removed(tmp_path: Path) -> None:
    (tmp_path / "a.mp4.part").write_bytes(b"")
    assert adopt(unfinished(tmp_path)[0]).pictures == 0
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(os.name == "nt", reason="no file size limits")
@pytest.mark.parametrize(("limit", "kept"), [(60_000, True), (300, False)])
def test_a_disk_that_takes_no_more(tmp_path: Path, limit: int, kept: bool) -> None:
    process = other(
        """
        import resource, signal
        from app.video.ring import Ring
        from app.video.clip import ClipFailed, write_clip, check_clip
        ring = Ring(60)
        for packet in packets(8): ring.add(packet)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
        try:
            clip = write_clip(ring, Path(sys.argv[1]), EPOCH, EPOCH + 8_000_000, now=lambda: EPOCH + 60_000_000)
            print(clip.complete, clip.words, check_clip(clip.path).pictures)
        except ClipFailed as error:
            print("failed", error)
        """,
        str(tmp_path / "a.mp4"),
        str(limit),
    )
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    if kept:
        words, _, count = said.rpartition(" ")
        assert words.startswith("False 录像不完整") and int(count) > 0
    else:
        assert said.startswith("failed") and "没有存下来" in said and os.listdir(tmp_path) == []


def test_a_clip_begins_at_a_key_packet_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="key"):
        Mp4Writer(tmp_path / "a.mp4", packets(1)[3])


def test_the_making_of_the_test_packets() -> None:
    assert [packet.key for packet in packets(2)] == ([True] + [False] * (GOP - 1)) * 2

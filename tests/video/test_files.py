"""A recording as a camera: in real time, round and round, whatever its container calls the packets."""

import itertools
from pathlib import Path

import pytest

from app.video.clip import write_clip
from app.video.files import FileSource
from app.video.live import LiveStream
from app.video.ports import SourceRefused
from tests.peers.video_media import number_of
from tests.video.making import EPOCH, packets
from tests.video.test_clip import after, ring_of
from tests.video.test_live import pixels
from tests.video.waiting import until


@pytest.fixture(params=["h264", "hevc"])
def film(request, tmp_path: Path) -> Path:
    return write_clip(
        ring_of(packets(2, codec=request.param)), tmp_path / "a.mp4", EPOCH, after(1.99), now=lambda: after(9)
    ).path


def test_loops_in_real_time(film: Path) -> None:
    source = FileSource(f"file://{film.name}", film.parent)
    source.open()
    try:
        made = [packet for packet, _ in zip(source.packets(), range(70), strict=False)]
    finally:
        source.close()
    assert [n for n, packet in enumerate(made) if packet.key] == [0, 25, 50]
    assert made[0].info is made[-1].info and made[0].info.width == 320
    stamps = [packet.pts for packet in made]
    assert all(b - a == 3600 for a, b in itertools.pairwise(stamps))  # also over the seam
    lasted = made[-1].arrived - made[0].arrived
    assert 69 / 25 - 0.1 <= lasted <= 69 / 25 + 0.5


def test_plays_as_a_stream_and_stops_at_once(film: Path) -> None:
    stream = LiveStream("drill", lambda: FileSource(film.as_uri()))
    stream.start()
    seen = set()
    until(lambda: (f := stream.frame()) and (seen.add(number_of(pixels(f)[..., 1])) or len(seen) > 20))
    assert stream.stop(0.5)
    assert seen <= set(range(50)) and stream.state().corrupt == 0


@pytest.mark.parametrize("data", [None, b"", b"no film at all"])
def test_a_bad_file_is_refused_by_name(tmp_path: Path, data: bytes | None) -> None:
    if data is not None:
        (tmp_path / "b.mp4").write_bytes(data)
    source = FileSource("file://b.mp4", tmp_path)
    with pytest.raises(SourceRefused, match=r"b\.mp4"):
        source.open()
    source.close()

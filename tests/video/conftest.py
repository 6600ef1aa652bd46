"""Cameras that are not ours: made once for a run of tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers import rtsp_process, video_media
from tests.peers.rtsp_process import RtspPeer


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small pictures, so that two cores do for all. `still` begins after its encoder has settled."""
    folder = tmp_path_factory.mktemp("media")
    video_media.make(folder, "sub_h264", "h264", 352, 288, 100, gop=25, kbit=256)
    video_media.make(folder, "sub_h265", "h265", 352, 288, 50, gop=25, kbit=256)
    video_media.make(folder, "large_h264", "h264", 704, 576, 25, gop=25)
    video_media.make(folder, "still_h264", "h264", 352, 288, 100, skip=50, kind="still", gop=25, kbit=1500)
    return folder


@pytest.fixture(scope="session")
def _peer_at_hand() -> None:
    if why := rtsp_process.missing():
        pytest.skip(why)


@pytest.fixture
def peer(_peer_at_hand: None, media: Path) -> Iterator[RtspPeer]:
    with RtspPeer(media) as running:
        yield running


@pytest.fixture
def locked(_peer_at_hand: None, media: Path) -> Iterator[RtspPeer]:
    """Wants a digest login."""
    with RtspPeer(media, auth="digest") as running:
        yield running

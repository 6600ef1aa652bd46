"""The right source for a camera's URL. Both sides."""

from pathlib import Path
from urllib.parse import urlsplit

from app.video.files import FileSource
from app.video.ports import PacketSource
from app.video.rtsp import RtspSource
from app.video.urls import NoAddress

TRANSPORTS = ("tcp", "udp")


def source_for(
    url: str, user: str = "", password: str = "", transport: str = "tcp", folder: Path | None = None
) -> PacketSource:
    """One attempt at `url`: rtsp://… or file://… (relative to `folder`, the configuration package). Raises NoAddress."""
    scheme = urlsplit(url).scheme.lower()
    if scheme == "file":
        return FileSource(url, folder)
    if scheme == "rtsp":
        return RtspSource(url, user, password, transport)
    if not url:
        raise NoAddress("没有视频地址。请在摄像机表里填写。")
    raise NoAddress(f"不能播放这种视频地址（{scheme or '没有写协议'}）。可用 rtsp:// 和 file://。")

"""Where a stream is read, and the right source for it. Both sides."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from app.video.files import FileSource
from app.video.ports import PacketSource
from app.video.rtsp import RtspSource
from app.video.urls import NoAddress

TRANSPORTS = ("tcp", "udp")


@dataclass(frozen=True, slots=True)
class Address:
    """`url`: rtsp://… or file://…, relative to `folder`, the configuration package. `user`, `password` "" where none was kept;
    what stands in the URL itself is left there."""

    url: str
    user: str = ""
    password: str = ""
    transport: str = "tcp"
    folder: Path | None = None

    def __repr__(self) -> str:
        return "Address(…)"  # it may hold a password


def source_of(address: Address) -> PacketSource:
    """A fresh source for one attempt. Raises NoAddress."""
    scheme = urlsplit(address.url).scheme.lower()
    if scheme == "file":
        return FileSource(address.url, address.folder)
    if scheme == "rtsp":
        return RtspSource(address.url, address.user, address.password, address.transport)
    if not address.url:
        raise NoAddress("没有视频地址。请在摄像机表里填写。")
    raise NoAddress(f"不能播放这种视频地址（{scheme or '没有写协议'}）。可用 rtsp:// 和 file://。")

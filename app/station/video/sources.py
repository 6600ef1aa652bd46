"""Where a camera's streams come from (取流地址): the configured URL, the login out of the secret store. Station side.

The login is read anew for every connection: a password that was mended counts at once. No URL with a login is kept, logged or
shown; the one way out is `GET /cameras/{id}/stream` (app/decisions/0010).
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from app.domain.plant import Camera
from app.domain.settings.video import NvrSettings
from app.station.errors import NotAllowed
from app.store.ports import Secrets, StoreUnavailable
from app.video.ports import PacketSource, SourceRefused
from app.video.sources import Address, source_of
from app.video.urls import MAKERS, NoAddress, device_of, live_url

LOOPED = "file"
STREAMS = ("rtsp",)
USUAL_USER = "admin"


def supported(camera: Camera) -> str:
    """Why no ring can be kept of it, a Chinese sentence; "" when one can."""
    scheme = urlsplit(camera.main_url).scheme
    if not camera.main_url:
        return "摄像机表里没有填写主码流地址（main_url）"
    if scheme not in (*STREAMS, LOOPED):
        return f"暂不能直接录制 {scheme}:// 的摄像机，请填写它的 rtsp:// 主码流地址"
    return ""


class Logins:
    """Names and passwords of cameras and recorders. A secret holds `user:password`, or the password alone where the user's name
    stands elsewhere (else it is that of `admin`)."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    def of(self, camera: Camera, nvr: NvrSettings | None = None) -> tuple[str, str]:
        """User and password, "" and "" without. Blocking. Raises NotAllowed when the secret is not there."""
        name, user = camera.secret, ""
        if nvr is not None and nvr.secret:
            name, user = nvr.secret, nvr.user
        if not name:
            return "", ""
        try:
            kept = self._secrets.get(name)
        except KeyError:
            words = f"密码库里没有“{name}”：请运行 hazwatch secret {name} 存入 用户名:口令"
            raise NotAllowed("no_secret", words) from None
        if user:
            return user, kept.removeprefix(f"{user}:")
        first, colon, rest = kept.partition(":")
        return (first, rest) if colon else (USUAL_USER, kept)

    def address(self, camera: Camera, sub: bool) -> Address:
        """Of the stream wanted; the main one where there is no other. Blocking. Raises NotAllowed, StoreUnavailable."""
        try:
            url = _url(camera, sub) or camera.main_url
        except NoAddress as error:
            raise NotAllowed("no_address", str(error)) from None
        if not url:
            raise NotAllowed("no_address", f"摄像机 {camera.camera} 没有填写视频地址，请补全摄像机表")
        if urlsplit(url).scheme not in STREAMS:
            return Address(url)
        user, password = self.of(camera)
        return Address(url, user, password, transport_of(camera))


def maker(camera: Camera, logins: Logins, package: Path | None) -> Callable[[], PacketSource]:
    """A fresh source of the main stream for every attempt; runs in the stream's own thread."""

    def make() -> PacketSource:
        try:
            return source_of(replace(logins.address(camera, sub=False), folder=package))
        except (NotAllowed, StoreUnavailable, NoAddress) as error:
            raise SourceRefused(str(error)) from None

    return make


def transport_of(camera: Camera) -> str:
    """Column `transport` of cameras.csv: tcp unless udp is asked for."""
    return "udp" if camera.extra.get("transport", "").strip().lower() == "udp" else "tcp"


def _url(camera: Camera, sub: bool) -> str:
    """As configured, else as the maker names it; "" when nobody knows. Raises NoAddress."""
    configured = camera.sub_url if sub else camera.main_url
    if configured or not sub:
        return configured
    if urlsplit(camera.main_url).scheme in STREAMS and camera.nvr in MAKERS:
        return live_url(device_of(camera.main_url, camera.nvr, camera.channel, camera.extra), sub=True)
    return ""

"""Where a recording is had (录像机回放地址): of one camera, by our time, at its recorder, with its login. Station side.

The station's own fetching and the playback of a seat ask here; the rule of `app/decisions/0010` holds for both.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from app.domain.instant import MINUTE, Instant, to_datetime
from app.domain.plant import Camera
from app.domain.settings.video import VideoSettings
from app.station.errors import NotAllowed, Unknown
from app.station.video.sources import Logins
from app.video.sources import Address
from app.video.urls import MAKERS, DeviceTime, NoAddress, device_of, playback_url


@dataclass(frozen=True, slots=True)
class Recording:
    """`offset_s`: how far the recorder's clock is ahead, by which `address` was corrected; None not measured."""

    address: Address
    offset_s: float | None


class Recorders:
    def __init__(
        self,
        cameras: Mapping[str, Camera],
        zone: ZoneInfo,
        settings: VideoSettings,
        logins: Logins,
        now: Callable[[], Instant],
        offset_s: Callable[[str], float | None],
    ) -> None:
        self._cameras, self._zone, self._settings, self._logins = cameras, zone, settings, logins
        self._now, self._offset_s = now, offset_s

    def find(self, code: str, start: Instant, end: Instant) -> Recording:
        """To be played by a seat. Blocking. Raises Unknown, NotAllowed, StoreUnavailable."""
        camera = self._cameras.get(code)
        if camera is None:
            raise Unknown("not_found", f"没有摄像机 {code}")
        if end <= start:
            raise NotAllowed("bad_span", "结束时间必须晚于开始时间")
        if start > self._now():
            raise NotAllowed("bad_span", "开始时间还没有到：录像机只能给出已经录下的画面")
        most = self._settings.longest_fetch_min
        if end - start > most * MINUTE:
            raise NotAllowed("too_long", f"一次最多回放 {most:g} 分钟")
        offset = self._offset_s(code)
        url = recording_url(self._settings, camera, self._zone, start, end, offset)
        user, password = self._logins.of(camera, self._settings.nvr_of(code))
        return Recording(Address(url, user, password), offset)


def recording_url(
    settings: VideoSettings, camera: Camera, zone: ZoneInfo, start: Instant, end: Instant, offset_s: float | None
) -> str:
    """By the recorder's own clock and zone; without login. Raises NotAllowed."""
    nvr = settings.nvr_of(camera.camera)
    maker = camera.nvr if nvr is None else nvr.vendor
    if maker not in MAKERS and not camera.extra.get("playback"):
        raise NotAllowed("no_nvr", f"摄像机 {camera.camera} 没有录像机：请在 [[video.nvr]] 或摄像机表的 nvr 列写明")
    address = camera.main_url if nvr is None else nvr.url
    if not address.startswith("rtsp://"):
        raise NotAllowed("no_nvr", f"摄像机 {camera.camera} 没有 rtsp:// 的录像机地址：请在 [[video.nvr]] 写明")
    east = to_datetime(start).astimezone(zone).utcoffset()
    face = DeviceTime(
        offset_s or 0.0, round(east.total_seconds()) if east is not None else 0, camera.extra.get("playback_utc", "") == "1"
    )
    try:
        channel = camera.channel or device_of(camera.main_url, maker, "", camera.extra).channel
        device = device_of(address, maker, str(channel), camera.extra)
        return playback_url(device, start, end, face)
    except NoAddress as error:
        raise NotAllowed("no_address", str(error)) from None

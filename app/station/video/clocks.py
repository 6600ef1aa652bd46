"""The clock meter (校时监测): how far the clocks of recorders and cameras are from the station's. Station side.

One host, one measurement, whatever number of cameras it serves. What cannot be measured says why and is not called right. The
alarm of it is the station's own, `@station/video_clock`.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from app.domain.instant import SECOND, Instant, to_rfc3339
from app.domain.plant import Camera
from app.domain.settings.video import VideoSettings
from app.station.errors import KnownError
from app.station.video.sources import Logins
from app.store.ports import StoreUnavailable
from app.video.clock import NoReading, Reading, ask_http, ask_rtsp, measure

log = logging.getLogger(__name__)

AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Device:
    """A host with a clock. `rtsp`, `http`: where it is asked."""

    host: str
    rtsp: str
    http: str
    maker: str
    camera: Camera


@dataclass(frozen=True, slots=True)
class Measured:
    """`offset_s` ahead of the station, None not known; `words`: a Chinese sentence, why not or how far; `at`: station time."""

    offset_s: float | None = None
    uncertainty_s: float = 0.0
    words: str = "尚未测量"
    at: Instant | None = None
    way: str = ""


class Clocks:
    """`trouble` hears what is too far off, "" when nothing is."""

    def __init__(
        self,
        cameras: Mapping[str, Camera],
        settings: VideoSettings,
        logins: Logins,
        now: Callable[[], Instant],
        trouble: Callable[[str], None],
    ) -> None:
        self._settings, self._logins, self._now, self._trouble = settings, logins, now, trouble
        self._devices: dict[str, Device] = {}
        self._host: dict[str, str] = {}
        for code, camera in cameras.items():
            device = _device(camera, settings)
            if device is not None:
                self._devices.setdefault(device.host, device)
                self._host[code] = device.host
        self._measured: dict[str, Measured] = {}
        self._threads = ThreadPoolExecutor(AT_ONCE, "camera-clock")

    def of(self, camera: str) -> Measured:
        host = self._host.get(camera)
        return Measured(words="没有可对时的设备") if host is None else self._measured.get(host, Measured())

    def offset_s(self, camera: str) -> float | None:
        """Of the host that has this camera's recordings; None when nobody knows."""
        return self.of(camera).offset_s

    def all(self) -> list[dict[str, Any]]:
        """For people: one entry a host."""
        return [
            {
                "host": host,
                "cameras": sorted(code for code, one in self._host.items() if one == host),
                "offset_s": found.offset_s,
                "uncertainty_s": found.uncertainty_s,
                "words": found.words,
                "way": found.way,
                "at": None if found.at is None else to_rfc3339(found.at),
                "over": self._is_over(found),
                "limit_s": self._settings.clock_limit_s,
            }
            for host in self._devices
            for found in (self._measured.get(host, Measured()),)
        ]

    async def run(self) -> None:
        while True:
            await self.round()
            await asyncio.sleep(self._settings.clock_period_s)

    async def round(self) -> None:
        loop = asyncio.get_running_loop()
        work = [loop.run_in_executor(self._threads, self._measure, device) for device in self._devices.values()]
        for device, found in zip(self._devices.values(), await asyncio.gather(*work), strict=True):
            before = self._measured.get(device.host)
            if found.offset_s is None and before is not None and before.offset_s is not None:
                # the last known offset is better than none to correct a request, but it is said to be old
                found = replace(before, words=f"{before.words}；最近一次没有测到：{found.words}")
            self._measured[device.host] = found
        over = [f"{host} {found.words}" for host, found in self._measured.items() if self._is_over(found)]
        self._trouble(f"时钟偏差超过 {self._settings.clock_limit_s:g} 秒：{'；'.join(over)}；请校正设备时间" if over else "")

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _is_over(self, found: Measured) -> bool:
        """Only what is surely beyond the limit."""
        return found.offset_s is not None and abs(found.offset_s) - found.uncertainty_s > self._settings.clock_limit_s

    def _measure(self, device: Device) -> Measured:
        """Blocking."""
        try:
            user, password = self._logins.of(device.camera, self._settings.nvr_of(device.camera.camera))
        except (KnownError, StoreUnavailable):
            user = password = ""
        ways: list[Callable[[], Reading]] = []
        if device.maker == "hikvision" and user:
            ways.append(partial(ask_http, device.http, user, password, True))
        ways += [partial(ask_rtsp, device.rtsp), partial(ask_http, device.http)]
        try:
            found = measure(ways)
        except NoReading as error:
            return Measured(words=str(error).rstrip("。"))
        except Exception:
            log.exception("对时出错：%s", device.host)
            return Measured(words="对时程序出错，详见站的日志文件")
        apart = time.time_ns() // 1000 - self._now()  # the meter compares with the machine; we want the station's clock
        offset = (found.offset + apart) / SECOND
        return Measured(round(offset, 3), round(found.uncertainty / SECOND, 3), found.words, self._now(), found.way)


def _device(camera: Camera, settings: VideoSettings) -> Device | None:
    nvr = settings.nvr_of(camera.camera)
    url = camera.main_url if nvr is None else nvr.url
    parts = urlsplit(url)
    if parts.scheme != "rtsp" or not parts.hostname:
        return None
    place = parts.netloc.rpartition("@")[2]
    http = nvr.clock if nvr is not None and nvr.clock else f"http://{_bracketed(parts.hostname)}"
    return Device(place if nvr is None else nvr.id, f"rtsp://{place}", http, camera.nvr if nvr is None else nvr.vendor, camera)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host

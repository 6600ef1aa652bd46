"""The rings of a station (预录): of every camera that alarms look to, the last seconds of its main stream. Station side.

A thread a camera (`LiveStream`), which reconnects by itself and decodes nothing; the event loop only looks at states. Packets
carry the time of the machine, alarms that of the station: the two meet here.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.domain.clip import CameraMsg
from app.domain.instant import SECOND, Instant, seconds, to_rfc3339
from app.domain.plant import Camera
from app.domain.settings.video import VideoSettings
from app.station.video.bound import Watched
from app.station.video.sources import Logins, maker, supported
from app.video.live import LiveStream, stop_all
from app.video.ports import Picture, StreamState, Wish
from app.video.ring import Ring

STAGGER_S = 0.04  # between two cameras at the start: a whole switch must not be asked at once
GRACE_S = 8.0  # a camera that was never seen may take longer at the start
STOP_S = 1.0
ANEW_S = 120.0  # a camera that is lost for so long gets another thread: whatever holds the first one, it must not be for ever


@dataclass(slots=True)
class Filmed:
    """One camera with its ring. `refused`: why there is none; `lost` None: not known yet, it was only just begun."""

    watched: Watched
    stream: LiveStream | None
    ring: Ring
    refused: str = ""
    lost: bool | None = None
    began: float = 0.0  # of its present thread


class Rings:
    def __init__(
        self,
        cameras: Mapping[str, Watched],
        settings: VideoSettings,
        logins: Logins,
        package: Path | None,
        now: Callable[[], Instant],
    ) -> None:
        """The gravest come first; those beyond `most_cameras` get no ring and say so."""
        self._settings, self._now, self._logins, self._package = settings, now, logins, package
        self.filmed: dict[str, Filmed] = {}
        count = 0
        for code, watched in cameras.items():
            refused = "" if settings.on else "站的录像已关闭（[video] on = false）"
            refused = refused or supported(watched.camera)
            if not refused and count >= settings.most_cameras:
                refused = f"超过预录摄像机数上限 {settings.most_cameras}（[video] most_cameras）"
            ring = Ring(settings.ring_s, round(settings.ring_mb * 1e6))
            stream = None
            if not refused:
                count += 1
                stream = self._stream(watched.camera, ring)
            self.filmed[code] = Filmed(watched, stream, ring, refused)

    def _stream(self, camera: Camera, ring: Ring) -> LiveStream:
        return LiveStream(camera.camera, maker(camera, self._logins, self._package), Wish.NONE, (ring.add,))

    async def start(self) -> None:
        for one in self.filmed.values():
            if one.stream is not None:
                one.began = time.monotonic()
                one.stream.start()
                await asyncio.sleep(STAGGER_S)

    async def stop(self) -> None:
        streams = [one.stream for one in self.filmed.values() if one.stream is not None and one.began]
        await asyncio.to_thread(stop_all, streams, STOP_S)

    # looking

    def look(self) -> list[Filmed]:
        """Sets `lost` of each; those for which it changed. A camera that only just began is not lost yet."""
        changed = []
        now = time.monotonic()
        for one in self.filmed.values():
            lost = True if one.refused else one.lost
            if one.stream is not None and one.began:
                state = one.stream.state(now)
                age = state.age_s
                waited = now - one.began if age is None else age
                grace = GRACE_S if age is None and state.picture is Picture.CONNECTING else 0.0
                late = waited > self._settings.lost_after_s + grace
                lost = True if late else one.lost if age is None else False
            if lost != one.lost:
                one.lost = lost
                changed.append(one)
            if lost and one.stream is not None and now - one.began > ANEW_S:
                one.stream.stop(0)
                one.stream = self._stream(one.watched.camera, one.ring)
                one.began = now
                one.stream.start()
        return changed

    def words(self, one: Filmed) -> str:
        """Why it has no ring now."""
        if one.refused or one.stream is None:
            return one.refused
        state = one.stream.state()
        return state.words.rstrip("。") or "没有画面"

    def missing(self) -> Iterable[tuple[str, str]]:
        """Cameras that should have a ring and have none, with the reason."""
        return [(one.watched.camera.camera, self.words(one)) for one in self.filmed.values() if one.lost]

    def message(self, one: Filmed) -> CameraMsg:
        camera = one.watched.camera
        state = StreamState(Picture.REFUSED, words=one.refused) if one.stream is None else one.stream.state()
        span = one.ring.span
        picture = Picture.LOST if one.lost and state.picture is Picture.FROZEN else state.picture
        return CameraMsg(
            camera.camera,
            camera.name,
            picture.value,
            to_rfc3339(self._since(state)),
            words=state.words,
            fps=round(state.fps, 1),
            age_s=None if state.age_s is None else round(state.age_s, 2),
            width=state.width,
            height=state.height,
            codec=state.codec,
            reconnects=state.reconnects,
            ring_s=0.0 if span is None else round((span[1] - span[0]) / SECOND, 1),
            ring_mb=round(one.ring.size / 1e6, 2),
            hazard_sources=list(one.watched.hazard_sources),
        )

    def _since(self, state: StreamState) -> Instant:
        ago = time.monotonic() - state.since if state.since else 0.0
        return self._now() - seconds(max(0.0, ago))

    # time

    def on_wall(self, at: Instant) -> Instant:
        """A moment of the station's clock as packets have it."""
        return at + self._apart()

    def on_station(self, wall: Instant) -> Instant:
        return wall - self._apart()

    def _apart(self) -> Instant:
        return time.time_ns() // 1000 - self._now()

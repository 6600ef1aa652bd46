"""The streams of this screen: one thread for a stream, shared by all panes that show it, begun and ended here. Console side.

Panes know neither addresses nor threads: they open a camera and are given a feed. Where it is reached, and with which login,
the station is asked at that moment; nothing of it is kept or written down.
"""

import asyncio
import logging
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any

from app.console.errors import Known
from app.domain.plant import Camera
from app.video.live import LiveStream, stop_all
from app.video.ports import Frame, PacketSource, Picture, StreamState, Wish
from app.video.sources import Address, source_of
from app.video.urls import NoAddress
from widgets.video.feed import Decoding, Feed
from widgets.words import tr

log = logging.getLogger(__name__)

ASK_AGAIN_S = 5.0
SWITCH_S = 0.0005
"""How long a decoding thread may keep the interpreter while the screen waits for it. Against Python's own
5 ms a busy machine paints a quarter to a third more pictures of a wall of 25."""
_ORDER = (Decoding.NONE, Decoding.KEYS, Decoding.FULL)
WISHES = {Decoding.NONE: Wish.NONE, Decoding.KEYS: Wish.SLOW, Decoding.FULL: Wish.FULL}


def prepare() -> None:
    """Once, before many streams are decoded in this process."""
    sys.setswitchinterval(SWITCH_S)


class CameraFeed:
    """What one pane holds."""

    def __init__(self, shared: "_Shared") -> None:
        self._shared = shared
        self.decoding = Decoding.NONE
        self.size = (0, 0)

    def newest(self) -> Frame | None:
        stream = self._shared.stream
        return None if stream is None else stream.frame()

    def state(self) -> StreamState:
        stream = self._shared.stream
        return self._shared.said if stream is None else stream.state()

    def want(self, decoding: Decoding) -> None:
        if decoding is not self.decoding:
            self.decoding = decoding
            self._shared.agree()

    def fit(self, wide: int, high: int) -> None:
        """How large the picture is painted, in pixels of the screen; 0, 0: every detail counts."""
        if (wide, high) != self.size:
            self.size = wide, high
            self._shared.agree()

    def retry_now(self) -> None:
        """Connects anew, also where a picture comes; the station is asked again while there is no stream yet."""
        self._shared.again()

    @property
    def shared(self) -> "_Shared":
        return self._shared


class _Shared:
    """One stream and those who hold it."""

    def __init__(self, camera: Camera, main: bool) -> None:
        self.camera, self.main = camera, main
        self.holders: list[CameraFeed] = []
        self.stream: LiveStream | None = None
        self.asking: asyncio.Task[Any] | None = None
        self.ask: Callable[[], None] | None = None
        self.said = StreamState(Picture.CONNECTING, time.monotonic(), "")

    def say(self, picture: Picture, words: str) -> None:
        if (picture, words) != (self.said.picture, self.said.words):
            self.said = StreamState(picture, time.monotonic(), words)

    def again(self) -> None:
        """With another login or address if the station has one by now, where the last one was refused."""
        if self.stream is not None and self.stream.state().picture is not Picture.REFUSED:
            self.stream.reconnect()
        elif self.ask is not None:
            self.ask()

    def agree(self) -> None:
        """The stream runs for whoever wants most of it."""
        if self.stream is not None:
            most = max((one.decoding for one in self.holders), key=_ORDER.index, default=Decoding.NONE)
            self.stream.wish = WISHES[most]
            seen = [one.size for one in self.holders if one.decoding is not Decoding.NONE]
            self.stream.fit(*(max(seen) if all(high for _, high in seen) else (0, 0)) if seen else (0, 0))


class Streams:
    """`address(camera, main)` raises Known. `run` starts a coroutine and keeps it."""

    def __init__(
        self,
        address: Callable[[Camera, bool], Awaitable[Address]],
        run: Callable[[Coroutine[Any, Any, Any]], "asyncio.Task[Any]"],
        make: Callable[[Address], PacketSource] = source_of,
    ) -> None:
        self._address, self._run, self._make = address, run, make
        self._shared: dict[tuple[str, bool, str], _Shared] = {}
        self._ending: list[LiveStream] = []
        prepare()

    def open(self, camera: Camera, main: bool) -> CameraFeed:
        url = camera.main_url if main else camera.sub_url or camera.main_url
        key = camera.camera, main and camera.main_url != camera.sub_url, url
        shared = self._shared.get(key)
        if shared is None:
            shared = self._shared[key] = _Shared(camera, main)
            if url:
                shared.ask = partial(self._ask, shared)
                shared.ask()
            else:
                shared.say(Picture.REFUSED, tr("没有配置视频地址。请在 cameras.csv 写明。"))
        feed = CameraFeed(shared)
        shared.holders.append(feed)
        return feed

    def close(self, feed: Feed) -> None:
        assert isinstance(feed, CameraFeed)
        shared = feed.shared
        shared.holders.remove(feed)
        if shared.holders:
            shared.agree()
            return
        self._shared = {key: one for key, one in self._shared.items() if one is not shared}
        if shared.asking is not None:
            shared.asking.cancel()
        if shared.stream is not None:
            shared.stream.stop(0)
            self._ending = [one for one in self._ending if not one.stop(0)]
            self._ending.append(shared.stream)

    def stop(self) -> None:
        """The program ends. A thread that hangs in a dead camera is left behind; it is a daemon and ends with its time-out."""
        streams = [one.stream for one in self._shared.values() if one.stream is not None] + self._ending
        for one in self._shared.values():
            if one.asking is not None:
                one.asking.cancel()
        self._shared, self._ending = {}, []
        for name in stop_all(streams, 2.0):
            log.warning("摄像机 %s：取流线程没有按时结束", name)

    @property
    def running(self) -> int:
        """Streams that are open, shown or not."""
        return sum(1 for one in self._shared.values() if one.stream is not None)

    def _ask(self, shared: _Shared) -> None:
        if shared.asking is not None:
            shared.asking.cancel()
        if shared.stream is not None:
            shared.stream.stop(0)
            self._ending.append(shared.stream)
            shared.stream = None
            shared.say(Picture.CONNECTING, "")
        shared.asking = self._run(self._begin(shared))

    async def _begin(self, shared: _Shared) -> None:
        """Asks for the address until there is one; a station that cannot be reached is asked again."""
        while True:
            try:
                address = await self._address(shared.camera, shared.main)
                self._make(address).close()  # what cannot be an address is told here, once
                break
            except NoAddress as error:
                shared.say(Picture.REFUSED, str(error))
                return
            except Known as error:
                shared.say(Picture.LOST, tr("没有取到视频地址：{why}", why=error.message))
                await asyncio.sleep(ASK_AGAIN_S)
        name = f"{shared.camera.camera}{'/main' if shared.main else ''}"
        shared.stream = LiveStream(name, lambda: self._make(address), Wish.NONE)
        shared.agree()
        shared.stream.start()

"""The video page of `hazwatch wall` (`--page video`, `--page video:夜间重点`): a kept wall, nothing to touch. Console side.

Which walls there are is this seat's own: kept on its video page by a person, in the same data folder.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from app.console.session import Session
from app.console.settings import Settings
from app.console.state import SiteView
from app.console.streams import Streams
from app.console.video import address_of
from widgets.pulse import Pulse
from widgets.theme import ThemeHolder
from widgets.video.arrangement import Arrangement, fitting, read_arrangement
from widgets.video.wall import VideoWall

NAME = "video"
_SECOND_MS = 1000
_MOST = 16
Run = Callable[[Coroutine[Any, Any, Any]], "asyncio.Task[Any]"]


class KioskVideo:
    def __init__(self, themes: ThemeHolder, session: Session, settings: Settings, run: Run) -> None:
        async def call(method: str, path: str, json: Any = None, params: Any = None) -> Any:
            return await asyncio.wrap_future(session.call(method, path, json, params))

        self.streams = Streams(lambda camera, main: address_of(call, camera, main), run)
        self.wall = VideoWall(themes, self.streams, fixed=True)
        self._kept = [one for one in map(read_arrangement, settings.video_walls) if one is not None]
        self._last = read_arrangement(settings.video_last)
        self._site = SiteView()
        self._turned = 0
        self._pulse = Pulse(self.wall, _SECOND_MS, self._beat)

    def show_site(self, site: SiteView) -> None:
        self._site = site
        self.wall.show_cameras(site.cameras)
        self.show("")

    def show(self, name: str) -> bool:
        """The wall kept under that name; "" what the seat showed last, or all cameras. False: none has that name."""
        found = next((one for one in self._kept if one.name == name), None) if name else self._first()
        if found is None:
            return False
        found = found.known(self._site.cameras)
        if found != self.wall.arrangement:
            self._turned = 0
            self.wall.show_arrangement(found)
        return True

    def close(self) -> None:
        self.wall.close_all()
        self.streams.stop()

    def _first(self) -> Arrangement:
        if self._last is not None and any(one in self._site.cameras for one in self._last.cameras):
            return self._last
        return fitting(list(self._site.cameras), most=_MOST)

    def _beat(self) -> None:
        arrangement = self.wall.arrangement
        if arrangement.turn_s and arrangement.groups > 1:
            self._turned += 1
            if self._turned >= arrangement.turn_s:
                self._turned = 0
                self.wall.show_group(self.wall.group + 1)

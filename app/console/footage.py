"""What there is of the picked cameras in a span, put onto a replay wall: clips, and what recorders have. Console side.

For every page that has a `ReplayWall`: `show` a span, `stop` when it is over. That somebody looks back is journalled here.
"""

import asyncio
from typing import Any

import msgspec
from PySide6.QtCore import QObject, Signal

from app.console.errors import Known
from app.console.recorder_footage import CameraFootage, RecorderFootage
from app.console.recordings import CameraRecordings, Shelf
from app.console.seat import Seat
from app.console.video import PLAYBACK, note_viewing
from app.domain.clip import ClipMsg, ClipState
from app.domain.instant import Instant, to_rfc3339
from app.domain.roles import Action
from widgets.video.replaypane import ReplayWall
from widgets.words import tr

AGAIN_S = 2.0
"""Between two looks at a clip that is still being recorded or fetched."""


class WallFootage(QObject):
    found = Signal(object)  # {camera: [Span]}
    said = Signal(str)  # a sentence: how many clips, or why none

    def __init__(self, seat: Seat, wall: ReplayWall) -> None:
        super().__init__(wall)
        self._seat, self._wall = seat, wall
        self._shelf = Shelf(seat)
        self._recordings: dict[str, CameraRecordings] = {}
        self._recorders: dict[str, RecorderFootage] = {}
        self._asking: asyncio.Task[Any] | None = None
        seat.closing.connect(self.stop)
        seat.left.connect(self.stop)

    def show(self, start: Instant, end: Instant) -> None:
        """Of the cameras the wall has picked. Again whenever they or the span are others."""
        self.stop()
        self._wall.show_footage({})
        cameras = list(self._wall.picked)
        if cameras and self._seat.role is not None:
            self.said.emit(tr("正在查找录像…"))
            self._asking = self._seat.run(self._load(cameras, start, end))

    def stop(self) -> None:
        """Nothing is read any more."""
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None
        recordings, self._recordings = self._recordings, {}
        for one in recordings.values():
            one.stop()
        recorders, self._recorders = self._recorders, {}
        for recorder in recorders.values():
            recorder.stop()

    async def tidy(self) -> None:
        """Old copies of this seat go."""
        await self._shelf.tidy()

    async def _load(self, cameras: list[str], start: Instant, end: Instant) -> None:
        for code in cameras:
            note_viewing(self._seat, PLAYBACK, f"camera:{code}")
        if self._seat.may(Action.FETCH_VIDEO):
            self._recorders = {code: RecorderFootage(self._seat, code) for code in cameras}
        while True:
            try:
                answers = await asyncio.gather(*(self._clips(code, start, end) for code in cameras))
            except Known as error:
                self.said.emit(tr("没有查到录像片段：{why}", why=error.message))
                return
            self._put(dict(zip(cameras, answers, strict=True)))
            if not any(clip.state == ClipState.RECORDING for found in answers for clip in found):
                return
            await asyncio.sleep(AGAIN_S)

    async def _clips(self, camera: str, start: Instant, end: Instant) -> list[ClipMsg]:
        params = {"camera": camera, "start": to_rfc3339(start), "end": to_rfc3339(end), "limit": 500}
        return msgspec.convert(await self._seat.call("GET", "/clips", params=params), list[ClipMsg])

    def _put(self, clips: dict[str, list[ClipMsg]]) -> None:
        fresh = {code: CameraRecordings(self._seat, self._shelf, found, lambda: None) for code, found in clips.items()}
        if {code: one.spans for code, one in fresh.items()} == {code: one.spans for code, one in self._recordings.items()}:
            return
        for one in self._recordings.values():
            one.stop()
        self._recordings = fresh
        self.found.emit({code: one.spans for code, one in fresh.items()})
        self._wall.show_footage({code: CameraFootage(one, self._recorders.get(code)) for code, one in fresh.items()})
        count = sum(1 for one in fresh.values() for span in one.spans if span.ready)
        failed = [clip.words for found in clips.values() for clip in found if clip.state == ClipState.FAILED and clip.words]
        none = tr("这段时间站上没有片段；接有录像机的，画面直接从录像机回放。")
        said = tr("这段时间有 {n} 个片段", n=count) if count else none
        self.said.emit(f"{said}  {failed[0]}" if failed else said)

"""Streams without cameras: frames and states of `app.video.ports`, made in memory, moving, in every state a camera can have."""

import time

import numpy as np

from app.domain.plant import Camera
from app.video.ports import Frame, Picture, StreamInfo, StreamState
from widgets.video.feed import Decoding

INFO = StreamInfo("h264", 704, 576, b"", None)  # type: ignore[arg-type]  # no pane asks for a time base


def picture(number: int, width: int = 704, height: int = 576, seed: int = 0) -> np.ndarray:
    """A tank under a sky, a level in it, and a bar that moves with `number`. Rows of B, G, R, A."""
    made = np.empty((height, width, 4), np.uint8)
    made[:, :, 3] = 255
    sky = np.linspace(150, 90, height, dtype=np.uint8)[:, None]
    made[:, :, :3] = np.stack([sky + 20, sky, sky - 20], axis=-1)
    made[height * 3 // 4 :, :, :3] = (70, 80, 78)
    left, right, top, bottom = width // 4, width * 3 // 4, height // 4, height * 4 // 5
    made[top:bottom, left:right, :3] = (190, 196, 200)
    level = bottom - (bottom - top) * (30 + (seed * 17) % 60) // 100
    made[level:bottom, left + 8 : right - 8, :3] = (140, 120, 96)
    at = number * 4 % (width - 20)
    made[height - 40 : height - 12, at : at + 20, :3] = (40, 60, 220)
    return made


class SyntheticFeed:
    """Speaks as a stream does. `say` sets its state, `step` makes the next picture."""

    def __init__(self, camera: Camera, main: bool = False, width: int = 704, height: int = 576, fps: float = 25.0) -> None:
        self.camera, self.main = camera, main
        self.width, self.height, self.fps = width, height, fps
        self.wanted: list[Decoding] = []
        self.closed = False
        self.retried = 0
        self.frame: Frame | None = None
        self._state = StreamState(since=time.monotonic())
        self._number = 0
        self._seed = sum(camera.camera.encode())

    def newest(self) -> Frame | None:
        return self.frame

    def state(self) -> StreamState:
        return self._state

    def want(self, decoding: Decoding) -> None:
        self.wanted.append(decoding)

    def retry_now(self) -> None:
        self.retried += 1

    def say(self, look: Picture, words: str = "", ago: float = 0.0) -> None:
        self._state = StreamState(
            look, time.monotonic() - ago, words, 0.0 if words else self.fps, None, self.width, self.height
        )

    def step(self, ago: float = 0.0, pixels: np.ndarray | None = None) -> Frame:
        self._number += 1
        made = picture(self._number, self.width, self.height, self._seed) if pixels is None else pixels
        memory = memoryview(made.reshape(-1)).cast("B")
        arrived = time.monotonic() - ago
        wall = round((time.time() - ago) * 1_000_000)
        self.frame = Frame(memory, self.width, self.height, made.shape[1] * 4, arrived, wall, self._number, INFO)
        if self._state.picture is Picture.CONNECTING:
            self.say(Picture.LIVE)
        return self.frame


class SyntheticFeeds:
    """`main_size`: what a main stream gives."""

    def __init__(self) -> None:
        self.opened: list[SyntheticFeed] = []
        self.main_size = (1920, 1080)

    def open(self, camera: Camera, main: bool) -> SyntheticFeed:
        made = SyntheticFeed(camera, main, *(self.main_size if main else (704, 576)))
        self.opened.append(made)
        return made

    def close(self, feed: SyntheticFeed) -> None:
        assert not feed.closed, "closed twice"
        feed.closed = True

    @property
    def running(self) -> list[SyntheticFeed]:
        return [one for one in self.opened if not one.closed]

    def of(self, camera: str, main: bool = False) -> SyntheticFeed:
        return next(one for one in self.running if one.camera.camera == camera and one.main == main)


def cameras(count: int) -> dict[str, Camera]:
    kinds = ("tank", "unit", "warehouse", "gate", "duty_room", "overview")
    made = {}
    for number in range(1, count + 1):
        code = f"CAM-{number:02}"
        url = f"rtsp://10.0.0.{number}/main"
        made[code] = Camera(code, f"甲醇罐区{number}号", url, url + "/sub", equipment=(f"V-{number}",), kind=kinds[number % 6])
    return made

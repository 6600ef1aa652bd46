"""One camera, watched: a thread that connects, reads, decodes what is wanted and comes back by itself. Both sides.

Nothing is shared between streams, so a dead camera delays no other. The newest picture waits in a box of one: whoever paints
takes it when it paints, and what was not taken is replaced. Packets go on to the sinks (ring, recorder) whatever is decoded.
"""

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from app.video.decoder import Decoded, Decoder, luma
from app.video.judge import Judge, JudgeLimits
from app.video.lanes import lane
from app.video.ports import (
    Frame,
    Packet,
    PacketSource,
    Patient,
    Picture,
    SourceLost,
    SourceRefused,
    StreamInfo,
    StreamState,
    Wish,
)

log = logging.getLogger(__name__)

RETRY_S = (0.5, 1.0, 2.0)
"""Pauses before the first, second and every later attempt. Short: a camera that is back is to be seen within five seconds."""
REFUSED_S = 60.0
"""After a wrong password or channel: an NVR locks accounts that try too often."""
SILENT_S = 1.5
"""No packet for so long: the picture on the pane is old, and is said to be."""
NO_PICTURE_S = 12.0
JUDGE_S = 1.0
KEYS_S = 3.5
"""How often a key picture is looked at when nobody else wants to see."""
DAMAGED_S = 4.0
"""A damaged picture stays damaged until the next key picture, longer than the codec says so."""
RING_GATHER_S, HIDDEN_GATHER_S = 0.04, 0.2
"""How long packets that nobody looks at may wait in the system: to wake up for each is most of what they cost."""
_GOP_PACKETS, _GOP_BYTES = 600, 16 * 1024 * 1024
_WINDOW_S = 1.0

_WORDS = {
    Picture.FROZEN: "画面没有任何变化，可能已经冻结。",
    Picture.BLACK: "画面全黑：请检查照明和镜头。",
    Picture.COVERED: "画面几乎没有细节，镜头可能被遮挡或失焦。",
}
_STATES = {Picture.LIVE: "画面正常", Picture.CONNECTING: "正在连接", Picture.LOST: "视频中断", Picture.REFUSED: "被拒绝"}
_DAMAGED = "网络丢包，画面有损坏。"
_NO_KEY = "有数据但没有关键帧，无法显示。请把摄像机的 I 帧间隔设为 2 秒以内。"
_NO_DECODE = "有数据但解不出画面。"


class LiveStream:
    """`make` gives a fresh source for every attempt. `sinks` are called in the stream's thread with every packet and must be
    quick. All attributes may be read and `wish` set from any thread."""

    def __init__(
        self,
        name: str,
        make: Callable[[], PacketSource],
        wish: Wish = Wish.FULL,
        sinks: Sequence[Callable[[Packet], None]] = (),
        limits: JudgeLimits | None = None,
        retry_s: Sequence[float] = RETRY_S,
        refused_s: float = REFUSED_S,
        keys_s: float = KEYS_S,
    ) -> None:
        self.name = name
        self._wish = wish
        self._fit = (0, 0)
        self._keys_s = keys_s
        self._make, self._sinks, self._limits = make, tuple(sinks), limits
        self._retry_s, self._refused_s = tuple(retry_s), refused_s
        self._stop = threading.Event()
        self._again = threading.Event()
        self._lock = threading.Lock()
        self._source: PacketSource | None = None
        self._thread: threading.Thread | None = None
        self._phase: tuple[Picture, float, str] = (Picture.CONNECTING, time.monotonic(), "正在连接。")
        self._frame: Frame | None = None
        self._taken = -1
        self._number = 0
        self._info: StreamInfo | None = None
        self._size = (0, 0)
        self._newest: float | None = None
        self._opened = 0.0
        self._pictured = 0.0
        self._window = (0.0, 0, 0)
        self._rate = 0.0
        self._damaged = -DAMAGED_S
        self._decoder = Decoder()
        self._lane = lane()
        self._judge = Judge(limits)
        self._judged = 0.0
        self._since_key: deque[Packet] = deque()
        self._since_key_bytes = 0
        self._decoding = False
        self.packets = 0
        self.decoded = 0
        self.reconnects = 0
        self.replaced = 0

    # for the owner

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name=f"video:{self.name}", daemon=True)
        self._thread.start()

    def stop(self, wait_s: float = 1.0) -> bool:
        """Whether the thread has ended. With `wait_s` 0 it only gives the order: tell all, then wait for each."""
        self._stop.set()
        self._again.set()
        with self._lock:
            if self._source is not None:
                self._source.interrupt()
        if self._thread is not None and wait_s > 0:
            self._thread.join(wait_s)
        return self._thread is None or not self._thread.is_alive()

    @property
    def wish(self) -> Wish:
        return self._wish

    @wish.setter
    def wish(self, wish: Wish) -> None:
        before, self._wish = self._wish, wish
        self._hurry()
        if wish is not before and Wish.OFF in (wish, before):
            self._again.set()
            with self._lock:
                if self._source is not None and wish is Wish.OFF:
                    self._source.interrupt()

    def _hurry(self) -> None:
        source = self._source
        if isinstance(source, Patient):
            seen = self._wish in (Wish.FULL, Wish.SLOW)
            source.gather_s = 0.0 if seen else RING_GATHER_S if self._sinks else HIDDEN_GATHER_S

    def fit(self, wide: int, high: int) -> None:
        """Pictures are painted so large, in pixels of the screen, and need not be larger. 0, 0: every detail counts."""
        self._fit = wide, high

    def retry_now(self) -> None:
        """Somebody mended something: do not wait for the next attempt."""
        self._again.set()

    def reconnect(self) -> None:
        """Begins anew at once, also where pictures come."""
        self._again.set()
        with self._lock:
            if self._source is not None:
                self._source.interrupt()

    def frame(self) -> Frame | None:
        """The newest picture, new or not (see `number`). The last one stays when the stream is lost: mark it by the state."""
        frame = self._frame
        if frame is not None:
            self._taken = frame.number
        return frame

    def state(self, now: float | None = None) -> StreamState:
        now = time.monotonic() if now is None else now
        phase, since, words = self._phase
        newest = self._newest
        age = None if newest is None else max(0.0, now - newest)
        if phase is Picture.LIVE:
            phase, since, words = self._playing(now, since)
        info, (width, height) = self._info, self._size
        fps = 0.0 if age is None or age > 2 * _WINDOW_S else self._rate
        codec = info.codec if info else ""
        corrupt = self._decoder.corrupt
        return StreamState(phase, since, words, fps, age, width, height, codec, self.reconnects, corrupt, self.replaced)

    def _unwanted(self) -> bool:
        return self._wish is Wish.OFF

    def _playing(self, now: float, since: float) -> tuple[Picture, float, str]:
        """Connected: is what is shown new, and is it a picture at all?"""
        last = self._newest or self._opened
        if now - last > SILENT_S:
            return Picture.FROZEN, last, f"{now - last:.0f} 秒没有新画面，显示的是旧画面。"
        if self._wish is not Wish.NONE:
            waited_from = max(self._pictured, self._opened)
            if now - waited_from > NO_PICTURE_S:
                words = _NO_DECODE if self._decoding else _NO_KEY
                return (Picture.FROZEN if self._frame else Picture.CONNECTING), waited_from, words
            if self._pictured < self._opened:
                return Picture.CONNECTING, since, "已连接，等待第一幅完整画面。"
            verdict = self._judge.verdict
            if verdict.picture is not Picture.LIVE:
                return verdict.picture, verdict.since, _WORDS[verdict.picture]
        return Picture.LIVE, since, _DAMAGED if now - self._damaged < DAMAGED_S else ""

    # the thread

    def _run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            if self._unwanted():
                self._set(Picture.CONNECTING, "没有取流：画面不在屏幕上。")
                self._again.wait()
                self._again.clear()
                failures = 0
                continue
            began = time.monotonic()
            try:
                self._watch()
                pause = 0.0
            except SourceRefused as error:
                self._set(Picture.REFUSED, str(error))
                pause = self._refused_s
            except SourceLost as error:
                if self._unwanted():  # asked for, no loss
                    continue
                self._set(Picture.LOST, str(error))
                failures = 0 if time.monotonic() - began > 10.0 and self._opened > began else failures
                pause = self._retry_s[min(failures, len(self._retry_s) - 1)] * random.uniform(0.75, 1.25)
                failures += 1
            except Exception:
                log.exception("摄像机 %s：程序内部错误", self.name)
                self._set(Picture.LOST, "程序内部错误，已记入日志，正在重试。")
                pause = self._refused_s
            if self._stop.is_set():
                break
            self._again.wait(pause)
            self._again.clear()
            self.reconnects += 1
        self._since_key.clear()

    def _watch(self) -> None:
        """One attempt, from connecting to the end."""
        source = self._make()
        with self._lock:
            self._source = source
        if self._stop.is_set() or self._wish is Wish.OFF:
            source.interrupt()
        if self._phase[0] not in (Picture.LOST, Picture.REFUSED):
            self._set(Picture.CONNECTING, "正在连接。")
        try:
            self._info = source.open()
            self._size = (self._info.width, self._info.height)
            self._opened = time.monotonic()
            self._hurry()
            self._restart()
            for packet in source.packets():
                if self._phase[0] is not Picture.LIVE:
                    self._set(Picture.LIVE, "")
                self._take(packet)
                if self._stop.is_set():
                    return
        finally:
            with self._lock:
                self._source = None
            source.close()

    def _set(self, picture: Picture, words: str) -> None:
        before, _, said = self._phase
        if (picture, words) == (before, said):
            return
        if not self._stop.is_set() and picture is not before:
            log.info("摄像机 %s：%s", self.name, words or _STATES[picture])
        self._phase = (picture, time.monotonic(), words)

    def _restart(self) -> None:
        self._decoder.restart()
        self._judge = Judge(self._limits)
        self._judged = 0.0
        self._since_key.clear()
        self._since_key_bytes = 0
        self._decoding = False
        self._window = (self._opened, 0, self._decoder.corrupt)

    def _take(self, packet: Packet) -> None:
        self._newest = packet.arrived
        self.packets += 1
        if packet.info is not self._info:
            self._info = packet.info
            self._size = (packet.info.width, packet.info.height)
        for sink in self._sinks:
            sink(packet)
        self._count(packet.arrived)
        wish = self._wish
        if wish is Wish.FULL:
            if not self._decoding:
                self._catch_up()
            with self._lane:
                self._show(self._decoder.decode(packet))
            return
        if packet.key:
            self._since_key.clear()
            self._since_key_bytes = 0
        self._decoding = False
        if packet.key or self._since_key:
            self._since_key.append(packet)
            self._since_key_bytes += len(packet.data)
            if len(self._since_key) > _GOP_PACKETS or self._since_key_bytes > _GOP_BYTES:
                self._since_key.clear()
        gap_s = {Wish.SLOW: 0.0, Wish.KEYS: self._keys_s}.get(wish)
        if packet.key and gap_s is not None and packet.arrived - self._judged >= gap_s:
            with self._lane:
                pictures = self._decoder.alone(packet)
                (self._show if wish is Wish.SLOW else self._see)(pictures)

    def _catch_up(self) -> None:
        """From the last key picture to now, so that a pane that comes on screen need not wait for the next one."""
        self._decoding = True
        self._decoder.restart()
        late: list[Decoded] = []
        for packet in self._since_key:
            with self._lane:
                late = self._decoder.decode(packet) or late
        self._since_key.clear()
        self._since_key_bytes = 0
        with self._lane:
            self._show(late)

    def _show(self, pictures: list[Decoded]) -> None:
        if not pictures:
            return
        self._see(pictures)
        newest = pictures[-1]
        self._number += 1
        if self._frame is not None and self._taken != self._frame.number:
            self.replaced += 1
        self._frame = self._decoder.frame(newest, self._number, *self._fit)

    def _see(self, pictures: list[Decoded]) -> None:
        """Judges key pictures, and others now and then."""
        for one in pictures:
            self.decoded += 1
            now = one.packet.arrived
            self._pictured = now
            self._size = (one.picture.width, one.picture.height)
            if one.packet.key or now - self._judged >= JUDGE_S:
                self._judged = now
                plane = luma(one.picture)
                if plane is not None:
                    self._judge.take(plane, one.packet.key, now)

    def _count(self, now: float) -> None:
        began, packets, corrupt = self._window
        packets += 1
        if now - began >= _WINDOW_S:
            self._rate = packets / (now - began)
            if self._decoder.corrupt > corrupt:
                self._damaged = now
            began, packets, corrupt = now, 0, self._decoder.corrupt
        self._window = (began, packets, corrupt)


def stop_all(streams: Sequence[LiveStream], wait_s: float = 1.0) -> list[str]:
    """Tells all first, then waits; the names of those whose thread still runs (it ends with its time-out)."""
    for one in streams:
        one.stop(0)
    until = time.monotonic() + wait_s
    return [one.name for one in streams if not one.stop(max(0.01, until - time.monotonic()))]

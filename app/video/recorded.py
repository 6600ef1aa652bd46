"""A recording that a recorder plays to us, watched at a time cursor: one session, from one moment on. Both sides.

The thread reads ahead of the cursor by some seconds and shows the newest picture at or before it. When nobody takes what it
reads it stops reading, then pauses the recorder. Going back, far ahead, or at another speed is another session, which every
recorder understands; whose it is decides that.
"""

import logging
import math
import threading
import time
from collections import deque
from fractions import Fraction

from app.domain.instant import SECOND, Instant
from app.video.decoder import Decoded, Decoder
from app.video.parameters import ParameterWatch
from app.video.ports import Frame, Packet, SourceError, SourceLost, SourceRefused, StreamInfo
from app.video.rtp import Depacketiser, Unit
from app.video.rtspsession import RtspSession, scale_of
from app.video.rtspwire import Answer, Data

log = logging.getLogger(__name__)

AHEAD_S = 3.0
MOST_BYTES = 32 * 1024 * 1024
IDLE_S = 2.0
"""So long the read-ahead may stand full before the recorder is told to pause."""
SILENT_S = 6.0
JUDGE_S = 0.6
_BEAT_S = 0.02
_JUMP_S = 10.0
_CATCH_UP = 60
_STEP = SECOND // 25
_B_PICTURES = SECOND // 2


class Placing:
    """From the time stamps of a track to moments. At another speed than life a recorder either squeezes its stamps (RFC 2326
    appendix B) or sends the recording's own: which, is seen by how fast they come."""

    def __init__(self, clock: int, begins: Instant) -> None:
        self._clock = clock
        self.newest: Instant = begins
        self._began = False
        self._scale = 1.0
        self._factor: float | None = 1.0
        self._first: tuple[int, float] | None = None
        self._base = (0, begins)
        self._held: list[tuple[Unit, float]] = []

    def anew(self, scale: float) -> None:
        """Other stamps may follow: it was paused, or plays at another speed."""
        self._scale, self._first, self._held = scale, None, []
        self._factor = 1.0 if scale == 1.0 else None

    def place(self, unit: Unit, arrived: float) -> list[tuple[Unit, Instant]]:
        """Those whose moment is known by now."""
        if self._first is None:
            self._first = unit.stamp, arrived
            self._base = unit.stamp, self.newest + (_STEP if self._began else 0)
        if self._factor is None:
            self._held.append((unit, arrived))
            passed = arrived - self._first[1]
            if passed < JUDGE_S:
                return []
            rate = (unit.stamp - self._first[0]) / self._clock / passed
            own = abs(math.log(max(rate, 1e-3) / self._scale)) < abs(math.log(max(rate, 1e-3)))
            self._factor = 1.0 if own else self._scale
            held, self._held = self._held, []
            return [(one, self._at(one)) for one, _ in held]
        return [(unit, self._at(unit))]

    def _at(self, unit: Unit) -> Instant:
        assert self._factor is not None
        seconds = (unit.stamp - self._base[0]) / self._clock * self._factor
        at = self._base[1] + round(seconds * SECOND)
        if self._began and -_B_PICTURES <= at - self.newest < 0:
            return at  # a B picture: shown before what came before it
        if self._began and not 0 <= at - self.newest <= _JUMP_S * SECOND * max(1.0, self._scale):
            at = self.newest + _STEP  # another timeline: the recorder's clock was set, or a piece is missing
            self._base = unit.stamp, at
        self._began, self.newest = True, at
        return at


class RecordedStream:
    """Plays from `begins` on, by our clock. All calls return at once, from any thread."""

    def __init__(self, name: str, url: str, user: str, password: str, begins: Instant, speed: float = 1.0) -> None:
        self.name, self.begins = name, begins
        self.fault = ""
        """Why it ended, a Chinese sentence; "" while it plays or connects."""
        self.refused = False
        """Somebody has to change something first."""
        self.scale = 1.0
        """How fast the recorder plays."""
        self.keys: deque[Instant] = deque(maxlen=500)
        self._session = RtspSession(url, user, password)
        self.speed = speed
        self._wanted = begins
        self._shown: Instant | None = None
        self._reached: Instant | None = None
        self._frame: Frame | None = None
        self._number = 0
        self._queue: deque[Packet] = deque()
        self._bytes = 0
        self._paused = False
        self._may_pause = True
        self._full_since: float | None = None
        self._heard = 0.0
        self._decoder = Decoder()
        self._depacketiser: Depacketiser | None = None
        self._placing = Placing(90_000, begins)
        self._watch: ParameterWatch | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"recorded:{name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, wait_s: float = 0.0) -> bool:
        """Whether the thread, and with it the session, has ended."""
        self._stop.set()
        if wait_s > 0 and self._thread.is_alive():
            self._thread.join(wait_s)
        return not self._thread.is_alive()

    def show(self, at: Instant) -> Frame | None:
        """The newest picture at or before `at`, as far as it is here; asked again and again."""
        self._wanted = at
        return self._frame

    @property
    def playing(self) -> bool:
        """Pictures have come."""
        return self._frame is not None

    @property
    def shown(self) -> Instant | None:
        return self._shown

    @property
    def reached(self) -> Instant | None:
        """The newest moment that is here."""
        return self._reached

    # the thread

    def _run(self) -> None:
        try:
            track = self._session.open()
            self._depacketiser = Depacketiser(track.codec)
            self._placing = Placing(track.clock, self.begins)
            self._watch = ParameterWatch(StreamInfo(track.codec, 0, 0, track.sets, Fraction(1, track.clock)))
            self.scale = self._session.play(self.speed)
            self._placing.anew(self.scale)
            self._heard = time.monotonic()
            while not self._stop.is_set():
                self._read()
                self._decode()
                self._steer()
        except SourceError as error:
            self.refused = isinstance(error, SourceRefused)
            self._finish()
            self.fault = str(error)
        except Exception:
            log.exception("录像机回放 %s：程序内部错误", self.name)
            self.fault = "程序内部错误，已记入日志。"
        finally:
            self._session.close()

    def _finish(self) -> None:
        """The end of a recording: what was read is still shown."""
        while self._queue and not self._stop.is_set():
            self._decode()
            self._stop.wait(_BEAT_S)

    def _read(self) -> None:
        if self._is_full() and not self._paused:
            self._stop.wait(_BEAT_S)
            return
        got = self._session.read(_BEAT_S)
        now = time.monotonic()
        if not self._paused and now - self._heard > SILENT_S:
            raise SourceRefused("录像机不再送画面：录像可能到此为止，或这段时间没有录像。")
        for one in got:
            if isinstance(one, Answer):
                self._answered(one)
            else:
                self._take(one, now)

    def _take(self, data: Data, now: float) -> None:
        if data.channel % 2:
            if _says_bye(data.payload):
                raise SourceRefused("录像到此为止。")
            return
        if self._depacketiser is None or self._watch is None:
            return
        self._heard = now
        complete = self._depacketiser.take(data.payload, 0, len(data.payload))
        if self._depacketiser.changed:
            raise SourceLost("录像从这里起换了编码格式，正在重新取。")
        if complete is None:
            return
        for unit, at in self._placing.place(complete, now):
            info = self._watch.take(unit.data, unit.key)
            self._queue.append(Packet(unit.data, unit.stamp, None, unit.key, now, at, info))
            self._bytes += len(unit.data)
            self._reached = at
            if unit.key:
                self.keys.append(at)

    def _is_full(self) -> bool:
        if not self._queue:
            return False
        ahead = self._queue[-1].wall - max(self._wanted, self._queue[0].wall)
        return ahead > AHEAD_S * SECOND * max(1.0, self.scale) or self._bytes > MOST_BYTES

    def _decode(self) -> None:
        """Up to the moment wanted; one picture is made of it, the newest."""
        at = self._wanted
        due = 0
        for packet in self._queue:
            if packet.wall > at and (due or self._frame is not None):
                break
            due += 1
            if packet.wall > at:
                break
        if not due:
            return
        packets = [self._queue.popleft() for _ in range(due)]
        self._bytes -= sum(len(one.data) for one in packets)
        if due > _CATCH_UP:  # late: from the last key picture on
            last = max((place for place, one in enumerate(packets) if one.key), default=0)
            if last:
                packets = packets[last:]
                self._decoder.restart()
        newest: Decoded | None = None
        for packet in packets:
            for decoded in self._decoder.decode(packet):
                newest = decoded
        if newest is not None:
            self._number += 1
            self._frame, self._shown = self._decoder.frame(newest, self._number), newest.packet.wall

    def _steer(self) -> None:
        """Pauses the recorder, and lets it go on, as the read-ahead wants it."""
        now = time.monotonic()
        if self._is_full():
            self._full_since = self._full_since or now
            if self._may_pause and not self._paused and now - self._full_since > IDLE_S:
                self._paused = True
                self._session.ask("PAUSE")
            return
        self._full_since = None
        if self._paused:
            self._paused, self._heard = False, now
            self._session.ask("PLAY", self.speed)

    def _answered(self, answer: Answer) -> None:
        method = self._session.method_of(answer)
        if method == "PLAY" and answer.status < 400:
            self.scale = scale_of(answer)
            self._placing.anew(self.scale)
        elif method == "PLAY":
            raise SourceLost("录像机暂停后不能接着播放，正在重新取。")
        elif method == "PAUSE":
            self._paused, self._may_pause = answer.status < 400, answer.status < 400


def _says_bye(packets: bytes) -> bool:
    """RTCP BYE (RFC 3550 6.6): the recording is over."""
    at = 0
    while at + 4 <= len(packets):
        if packets[at + 1] == 203:
            return True
        at += 4 + 4 * int.from_bytes(packets[at + 2 : at + 4])
    return False

"""The seam of video: what a source gives, what a pane is shown, what an analyser finds. Both sides; imports no codec library.

A source yields encoded packets, each with the parameters it decodes with and the time it arrived. What arrives is what counts:
display and age follow `arrived`, never the time stamps of the camera, so a drifting camera clock builds up no delay.

    SourceError
     ├─ SourceLost       gone or silent; trying again helps
     └─ SourceRefused    wrong password, unknown channel, no right: trying again soon would lock the account
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Protocol, runtime_checkable

from app.domain.instant import Instant


class SourceError(Exception):
    """The text is a Chinese sentence for the person at the desk. It never holds a password or a URL with one."""


class SourceLost(SourceError):
    """Nothing comes any more, or nothing came. The stream tries again by itself."""


class SourceRefused(SourceError):
    """The camera answered, and said no. Tried again slowly: somebody has to change something first."""


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """Parameters of one encoded video stream. `codec`: "h264" or "hevc" (others as FFmpeg names them); width and height in
    pixels, 0 when the stream has not said yet; `extradata`: parameter sets (SPS, PPS, VPS), may be empty."""

    codec: str
    width: int
    height: int
    extradata: bytes
    time_base: Fraction


@dataclass(frozen=True, slots=True)
class Packet:
    """One encoded picture; H.264 and H.265 as Annex B. `data` is bytes-like: memory of the source, not copied. `pts`, `dts`
    count `info.time_base`, None when the camera gave none; `arrived` is monotonic seconds (time.monotonic), `wall` the same
    moment on the station's clock. `info` changes, as an object, when the camera changes resolution or codec: compare with
    `is`."""

    data: bytes | memoryview
    pts: int | None
    dts: int | None
    key: bool
    arrived: float
    wall: Instant
    info: StreamInfo


class PacketSource(Protocol):
    """One stream of one camera. Used by one thread; made anew for every attempt, never reused after an end or an error."""

    def open(self) -> StreamInfo:
        """Connects. Raises SourceError. Blocks for some seconds at most."""

    def packets(self) -> Iterator[Packet]:
        """Packets as they come, for ever. Raises SourceError when the stream ends or stays silent; never returns."""

    def interrupt(self) -> None:
        """From any thread: whatever blocks in `open` or `packets` ends within half a second, as SourceLost. For good."""

    def close(self) -> None:
        """From the thread that opened it. Any number of times, also when `open` failed."""


@runtime_checkable
class Patient(Protocol):
    """A source that can let packets gather for that many seconds before it reads them, which costs less: for who only keeps
    them. 0: each at once."""

    gather_s: float


@dataclass(frozen=True, slots=True)
class Frame:
    """One decoded picture: rows of B, G, R, A bytes (A is 255), `stride` bytes a row, in memory of the decoder, not copied.
    The memory lives as long as `pixels` is held; it is never written again. `number` counts the pictures of the stream, and
    goes on over reconnects. `info` is what it was decoded from. Where a picture is painted small, `pixels` has it scaled to
    `columns` (0: all, `width`) by `rows`; `whole` makes one of its own size."""

    pixels: memoryview
    width: int
    height: int
    stride: int
    arrived: float
    wall: Instant
    number: int
    info: StreamInfo
    columns: int = 0
    more: "Callable[[], Frame] | None" = None

    @property
    def rows(self) -> int:
        return min(self.height, len(self.pixels) // self.stride)

    def whole(self) -> "Frame":
        return self if self.more is None else self.more()


class Picture(StrEnum):
    """What can be said of a stream now. All but LIVE mean: do not trust what is on the pane."""

    CONNECTING = "connecting"
    LIVE = "live"
    FROZEN = "frozen"
    BLACK = "black"
    COVERED = "covered"
    LOST = "lost"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class StreamState:
    """`since` is monotonic seconds; `words`: a Chinese sentence, "" when live; `fps`: packets that arrive in a second;
    `age_s`: seconds since the newest packet (None: never one); `corrupt`: packets or pictures skipped because they were
    damaged; `replaced`: pictures nobody took before the next one came."""

    picture: Picture = Picture.CONNECTING
    since: float = 0.0
    words: str = ""
    fps: float = 0.0
    age_s: float | None = None
    width: int = 0
    height: int = 0
    codec: str = ""
    reconnects: int = 0
    corrupt: int = 0
    replaced: int = 0


class Wish(StrEnum):
    """How much of a stream somebody wants to see. Packets (ring, recorder) flow whatever the wish, but OFF."""

    FULL = "full"
    """Every picture: the pane is on screen."""
    KEYS = "keys"
    """A key frame now and then (some seconds), no picture made: hidden pane, or a recorder that wants to know whether the
    camera still sees. Back to FULL at once."""
    SLOW = "slow"
    """Key frames only, shown: a pane that gives way while the desk is short of time."""
    NONE = "none"
    """No decoding at all."""
    OFF = "off"
    """Not even connected, so nothing flows: hidden for long, costs nothing. Back in as long as connecting takes."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something an analyser saw. `kind` names the rule; `score` 0 to 1; `box`: left, top, width, height in pixels."""

    kind: str
    score: float
    words: str
    box: tuple[int, int, int, int] | None = None


class Analyser(Protocol):
    """Takes frames of one stream, in order, from one thread. The seam for pixel rules (flame, smoke, intrusion, off duty)."""

    def take(self, frame: Frame, now: float) -> Sequence[Finding]:
        """`now`: monotonic seconds. What holds now; an empty answer means nothing does."""

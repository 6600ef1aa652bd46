"""What a pane is given: pictures in memory, the state of their stream, and a way to say how much of it is wanted. No Qt.

The protocols name what `app.video` already gives, so that its frames and states fit without being copied. Widgets decode
nothing and know no address: whoever owns the streams fulfils `Feeds`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from app.domain.instant import Instant
from app.domain.plant import Camera

STILL_S = 2.0
"""A live stream whose newest picture is older than this is shown as frozen, whatever the stream says of itself."""
SLOW_STILL_S = 6.0
"""The same where only key frames are decoded: cameras send one in one to four seconds."""


class Look(StrEnum):
    """What can be said of a stream now; but for LIVE and REPLAY: do not trust what is on the pane."""

    CONNECTING = "connecting"
    LIVE = "live"
    FROZEN = "frozen"
    BLACK = "black"
    COVERED = "covered"
    LOST = "lost"
    REFUSED = "refused"
    REPLAY = "replay"
    """Recorded, and told to be: the time of the picture stands with it."""
    EMPTY = "empty"
    """Nothing was recorded at this moment."""


class Decoding(StrEnum):
    """How much of a stream is wanted."""

    FULL = "full"
    KEYS = "keys"
    NONE = "none"


class Frame(Protocol):
    """One picture: rows of B, G, R, A bytes, `stride` bytes a row, in memory nobody writes again. `width` and
    `height` are the picture's own; where it is painted smaller it may be here in `columns` (0: `width`) and as many rows as
    `pixels` has. `arrived`: monotonic seconds; `number` counts the pictures of the stream."""

    @property
    def pixels(self) -> memoryview: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def columns(self) -> int: ...
    @property
    def stride(self) -> int: ...
    @property
    def arrived(self) -> float: ...
    @property
    def wall(self) -> Instant: ...
    @property
    def number(self) -> int: ...


class State(Protocol):
    """`picture` is a `Look`; `since` monotonic seconds; `words` a sentence, "" when live; `fps` of what arrives."""

    @property
    def picture(self) -> str: ...
    @property
    def since(self) -> float: ...
    @property
    def words(self) -> str: ...
    @property
    def fps(self) -> float: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def codec(self) -> str: ...
    @property
    def reconnects(self) -> int: ...


class Feed(Protocol):
    """One stream that runs by itself. All calls return at once."""

    def newest(self) -> Frame | None:
        """The newest picture, None while there was never one."""

    def state(self) -> State: ...

    def want(self, decoding: Decoding) -> None: ...

    def retry_now(self) -> None:
        """Somebody mended something: connect anew at once."""


@runtime_checkable
class Fitting(Protocol):
    """A feed that is glad to know how large its pictures are painted."""

    def fit(self, wide: int, high: int) -> None:
        """In pixels of the screen; 0, 0: not known, or every detail counts."""


@runtime_checkable
class Thinned(Protocol):
    """A frame that may be smaller than its picture because it is painted small."""

    def whole(self) -> Frame: ...


class Feeds(Protocol):
    """Who owns the streams. The same camera may be opened several times."""

    def open(self, camera: Camera, main: bool) -> Feed: ...

    def close(self, feed: Feed) -> None: ...


@dataclass(frozen=True, slots=True)
class Said:
    """What a pane says of its picture. `age` in seconds, whole: since the state began, or since the last picture."""

    look: Look
    age: int
    words: str
    rate: int = 0

    @property
    def trusted(self) -> bool:
        return self.look in (Look.LIVE, Look.REPLAY)


def said_of(state: State, newest: float | None, now: float, decoding: Decoding = Decoding.FULL) -> Said:
    """`newest`: when the picture that is shown arrived, None without one. The pane does not take the stream's word for it: a
    live stream without new pictures is frozen."""
    look = Look(state.picture)
    if look in (Look.REPLAY, Look.EMPTY):
        return Said(look, 0, state.words)
    still = SLOW_STILL_S if decoding is Decoding.KEYS else STILL_S
    if look is Look.LIVE and newest is not None and now - newest > still:
        return Said(Look.FROZEN, int(now - newest), "", round(state.fps))
    if look is Look.LIVE and newest is None:
        return Said(Look.CONNECTING, max(0, int(now - state.since)), "", round(state.fps))
    began = state.since if newest is None or look in (Look.FROZEN, Look.BLACK, Look.COVERED) else newest
    return Said(look, max(0, int(now - began)), state.words, round(state.fps))


def clock(seconds: int) -> str:
    """00:37, 1:02:03: an age that counts up."""
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"

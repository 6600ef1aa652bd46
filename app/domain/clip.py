"""Clips and the state of cameras (片段、摄像机状态) as station and console say them to each other. Both sides.

Times are RFC 3339 UTC text. New fields may be added with a default; none is renamed.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class ClipState(StrEnum):
    RECORDING = "recording"
    READY = "ready"
    FAILED = "failed"
    REMOVED = "removed"  # its time was up; the entry stays


class ClipReason(StrEnum):
    ALARM = "alarm"
    FETCH = "fetch"  # asked for from a recorder (查证)
    SPOT_CHECK = "spot_check"


@dataclass(slots=True)
class ClipMsg:
    """`start`, `end`: what was asked for; `first_frame`, `last_frame`: what is in it, on the station's clock. `words`: what
    there is to say, "" when all is well; of a failed clip always why. `keep_until`: when it may be thrown away, None while
    locked. `progress` 0 to 1 while it is being fetched. `durable` False: the journal cannot be written just now."""

    id: int
    camera: str
    name: str
    reason: str
    state: str
    start: str
    end: str
    created_at: str
    updated_at: str
    occurrences: list[int] = field(default_factory=list)
    first_frame: str | None = None
    last_frame: str | None = None
    size: int = 0
    sha256: str = ""
    locked_by: str = ""
    locked_at: str | None = None
    lock_why: str = ""
    case: str = ""
    form: int = 0
    by: str = ""
    words: str = ""
    keep_until: str | None = None
    progress: float | None = None
    durable: bool = True


@dataclass(slots=True)
class CameraMsg:
    """A camera the station watches. `state` as `app.video.ports.Picture` names it; `ring_s`: seconds of picture in memory now.
    `clock_offset_s`: how far its clock is ahead of the station's, None not measured; `clock_words`: why not, or what is wrong.
    `bound`: something that can alarm looks to this camera."""

    camera: str
    name: str
    state: str
    since: str
    words: str = ""
    fps: float = 0.0
    age_s: float | None = None
    width: int = 0
    height: int = 0
    codec: str = ""
    reconnects: int = 0
    ring_s: float = 0.0
    ring_mb: float = 0.0
    bound: bool = True
    hazard_sources: list[str] = field(default_factory=list)
    clock_offset_s: float | None = None
    clock_at: str | None = None
    clock_words: str = ""

"""What goes into a store and comes out of it: the rows, as frozen data. Station side; the calls are in `ports`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.instant import Instant
from app.domain.quality import Finding, Scores, Share
from app.domain.roles import Role
from app.domain.sample import Value


@dataclass(frozen=True, slots=True)
class Record:
    """One line of the journal before it is written. `kind`: alarm | command | login | config | system | link | view | seal
    | form and others. `data` must be JSON-able with sorted keys."""

    time: Instant
    kind: str
    actor: str = ""
    tag: str = ""
    occurrence: int = 0
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Written:
    """A record as it stands in the journal: numbered without gaps from 1, chained by hash (hex SHA-256)."""

    id: int
    record: Record
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class OccurrenceRow:
    """One occurrence of one alarm, for the history of alarms; written whenever it changes. `announced`: it was heard, and did
    not begin and end under an overlay."""

    occurrence: int
    tag: str
    rule: str
    priority: str
    equipment: str
    state: str
    value: Value | None
    limit: float | None
    unit: str
    message: str
    raised_at: Instant
    cleared_at: Instant | None = None
    acked_at: Instant | None = None
    acked_by: str = ""
    note: str = ""
    announced: bool = True


@dataclass(frozen=True, slots=True)
class FormRow:
    """A form (处置单, 交接班, 限值变更 …) as it stands; the newest version counts, every version is in the journal. `id` is
    unique over all kinds. `subject`: what it is about, e.g. "occurrence:123", "tag:TK101.LT", "shift:2026-11-21/night"; of one
    kind and subject there may be several. `body`: JSON-able, all fields and the history of steps. `due_at`: when the present
    state is overdue. `open`: the state is not a final one."""

    id: int
    kind: str
    state: str
    subject: str
    title: str
    priority: str
    open: bool
    created_at: Instant
    updated_at: Instant
    due_at: Instant | None
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ClipRow:
    """A piece of video (片段) as it stands; every version is in the journal. `reason`: alarm | fetch | spot_check;
    `occurrences`: the alarms it belongs to. `start`, `end`: what was asked for; `first_frame`, `last_frame`: what is in it, on
    the station's clock. `file`: in the folder of clips, "" none; `sha256` hex. `state`: recording | ready | failed | removed.
    `locked_by` "" free; `case`: the case packages it went into; `form`: the one it was asked for by, 0 none. `words`: what
    there is to say of it, a Chinese sentence."""

    id: int
    camera: str
    reason: str
    start: Instant
    end: Instant
    created_at: Instant
    updated_at: Instant
    state: str = "recording"
    occurrences: tuple[int, ...] = ()
    first_frame: Instant | None = None
    last_frame: Instant | None = None
    file: str = ""
    size: int = 0
    sha256: str = ""
    locked_by: str = ""
    locked_at: Instant | None = None
    lock_why: str = ""
    case: str = ""
    form: int = 0
    by: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class MomentRow:
    """What the alarms looked like after record `id` of the journal, whose hash is `hash`. `low`: the earliest time of a record
    after the moment before. `body` is the affair of whoever made it."""

    id: int
    time: Instant
    low: Instant
    hash: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Verdict:
    """Outcome of checking the chain: `broken_at` is the first record that does not fit, None when all do. `notes`: what is
    right but should be known (a repair after a power cut); `seals`, and the last record they cover; `stopped`: ended early."""

    count: int
    broken_at: int | None = None
    message: str = ""
    notes: tuple[str, ...] = ()
    seals: int = 0
    sealed_to: int = 0
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """Of a text looked for; `codes` are pieces of the stored JSON that count as the word too."""

    text: str
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Search:
    """What of the journal somebody wants to see, newest first. `before`: only records with a smaller number; `after`: with a
    larger one; times in [start, end); `words`: each must occur in person, tag or data."""

    before: int | None = None
    after: int = 0
    start: Instant | None = None
    end: Instant | None = None
    kinds: tuple[str, ...] = ()
    actor: str | None = None
    tag: str | None = None
    occurrence: int | None = None
    words: tuple[Word, ...] = ()
    limit: int = 200


@dataclass(frozen=True, slots=True)
class Found:
    """A page. `before`: where to go on, None when there is nothing older; the page may be short, or empty, when the work of one
    search was used up: `searched_to` is how far back it looked."""

    records: list["Written"]
    before: int | None
    searched_to: Instant | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """A reduced history of one tag: at most `points` slots, each with start time, min, max, mean, worst quality; None = gap.
    Each slot reaches to the next one's start, the last one to the end that was asked for."""

    tag: str
    t: list[Instant]
    min: list[float | None]
    max: list[float | None]
    mean: list[float | None]
    quality: list[str | None]


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Samples of one tag as arrays of equal length, by source time, equal times in order of arrival. Microseconds; `number`
    NaN where the value is no number; `quality` 0 good, 1 uncertain, 2 bad; `reason` a place in `samples.REASONS`."""

    tag: str
    source: NDArray[np.int64]
    receive: NDArray[np.int64]
    number: NDArray[np.float64]
    quality: NDArray[np.uint16]
    reason: NDArray[np.uint16] = field(default_factory=lambda: np.empty(0, np.uint16))


@dataclass(frozen=True, slots=True)
class QualityRun:
    """One working out of the data quality over [start, end). `day`: the local day (2026-11-21), or the span somebody asked for;
    of one `day` the newest run counts. `partial`: the day was not over. `summary`: JSON-able, what is about the whole site."""

    day: str
    start: Instant
    end: Instant
    made_at: Instant
    by: str = ""
    took_s: float = 0.0
    partial: bool = False
    summary: Mapping[str, Any] = field(default_factory=dict)
    number: int = 0


@dataclass(frozen=True, slots=True)
class QualityRow:
    """One point in one run. `slots`: received of expected; `online`: microseconds of those it should have been; `counts`:
    findings by kind."""

    tag: str
    scores: Scores
    slots: Share
    online: Share
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FoundRow:
    id: int
    finding: Finding


@dataclass(frozen=True, slots=True)
class Damage:
    """A span of one tag whose samples cannot be read any more. `why` is for the log."""

    tag: str
    first: Instant
    last: Instant
    why: str


@dataclass(frozen=True, slots=True)
class Account:
    """`person`: whose account it is, where the name is a post; `approved`: the security administrator agreed to it;
    `must_change`: somebody else set the password."""

    name: str
    role: Role
    enabled: bool = True
    created_at: Instant = 0
    password_changed_at: Instant = 0
    person: str = ""
    approved: bool = True
    must_change: bool = False
    last_login_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class ConfigVersion:
    version: int
    time: Instant
    by: str
    why: str
    digest: str


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One message to one person by one outlet. `key`: a reason to tell is told once. `kind`: alarm | duty | test. `reasons`:
    occurrence and rule of each alarm it tells of. `state`: waiting | sent | gave_up. `detail`: what the outlet said last."""

    key: str
    created_at: Instant
    kind: str
    priority: str
    outlet: str
    person: str
    address: str
    title: str
    text: str
    reasons: tuple[tuple[int, str], ...] = ()
    next_try_at: Instant = 0
    state: str = "waiting"
    attempts: int = 0
    done_at: Instant | None = None
    detail: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class OutboxCount:
    """Of one outlet: messages waiting, since when the oldest of them, and when one was sent last."""

    waiting: int = 0
    oldest: Instant | None = None
    sent_at: Instant | None = None

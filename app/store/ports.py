"""What the station asks of a store. Every call blocks and is made from worker threads, never from the event loop.

Two engines fill it, SQLite and PostgreSQL; one contract suite (`tests/store`) runs over both.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from app.domain.alarm import RuleState
from app.domain.instant import Instant
from app.domain.kpi import Alarmed
from app.domain.plant import Site
from app.domain.roles import Role
from app.domain.sample import Sample, Value
from app.domain.seal import GivenSeal, Seal
from app.domain.tag import Tag


class StoreUnavailable(Exception):
    """Nothing can be written or read now (disk full, locked, server gone). Text: a Chinese sentence saying what to do."""


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


class Seals(Protocol):
    """Daily seals of the journal (日封印)."""

    def last(self) -> Seal | None: ...

    def list(self, before: int | None = None, limit: int = 200) -> list[Seal]:
        """Newest first; `before`: only smaller numbers."""

    def get(self, number: int) -> Seal | None: ...

    def open_since(self) -> tuple[int, Instant] | None:
        """Number and time of the first record that no seal covers."""

    def last_before(self, first: int, end: Instant) -> int:
        """The last record before the first one from `first` on whose time is `end` or later; the newest when there is none."""

    def make(
        self,
        day: str,
        cause: str,
        now: Instant,
        last: int,
        sign: Callable[[Seal], Seal],
        in_time: Callable[[], bool] = ...,
    ) -> Seal | None:
        """Seals the records up to `last`: one transaction with its own record. None when `in_time` said no before it was done.
        Raises StoreUnavailable, and ValueError with a sentence when the records do not fit their chain."""


class Journal(Protocol):
    """Append-only, hash-chained. `append` returns only when the records are safe against a power cut."""

    def append(
        self,
        records: Sequence[Record],
        states: Mapping[str, RuleState] = ...,
        occurrences: Sequence[OccurrenceRow] = ...,
        forms: Sequence[FormRow] = ...,
        clips: Sequence[ClipRow] = ...,
    ) -> list[Written]:
        """One transaction: records, the rule states after them (by rule key), the occurrence rows, the forms and the clips, or
        nothing. Raises StoreUnavailable."""

    def read(self, after: int = 0, limit: int = 500, kind: str | None = None) -> list[Written]: ...

    def last_id(self) -> int: ...

    def states(self) -> dict[str, RuleState]:
        """Rule key to the state last written; what a start begins from."""

    def last_occurrence(self) -> int: ...

    def occurrences(
        self,
        start: Instant | None = None,
        end: Instant | None = None,
        tag: str | None = None,
        equipment: str | None = None,
        priority: str | None = None,
        user: str | None = None,
        text: str | None = None,
        after: int | None = None,
        limit: int = 200,
    ) -> list[OccurrenceRow]:
        """Newest first; `after` is the smallest occurrence number already had."""

    def repeats(
        self, tag: str, rule: str, before: int, limit: int, since: Sequence[Instant]
    ) -> tuple[list[OccurrenceRow], list[int]]:
        """Of one alarm: its last `limit` occurrences with a number below `before`, newest first; and how many of it were
        raised at or after each moment of `since`."""

    def alarmed(self, start: Instant, end: Instant) -> list[Alarmed]:
        """Every annunciated occurrence of process and data alarms raised in [start, end), and those raised before that still
        stood at `start`; by time of the raise."""

    def search(self, wanted: Search) -> Found:
        """Newest first, within a bound of work: see `Found`."""

    def verify(
        self,
        progress: Callable[[int], None] | None = None,
        given: GivenSeal | None = None,
        stop: Callable[[], bool] = ...,
    ) -> Verdict:
        """One pass, flat memory. `given`: a seal from paper that must fit; `stop` ends it early."""


class Forms(Protocol):
    """Reading forms; they are written by `Journal.append`, together with the record of who moved them."""

    def get(self, id: int) -> FormRow | None: ...

    def find(
        self,
        kind: str | None = None,
        subject: str | None = None,
        open: bool | None = None,
        state: str | None = None,
        start: Instant | None = None,
        end: Instant | None = None,
        text: str | None = None,
        after: int | None = None,
        limit: int = 200,
    ) -> list[FormRow]:
        """Newest first; `after` is the smallest id already had; `start`, `end` bound `created_at`."""

    def last_id(self) -> int: ...

    def counts(self) -> dict[str, int]:
        """Open forms by kind."""


class Clips(Protocol):
    """Reading clips; they are written by `Journal.append`, together with the record of what became of them."""

    def get(self, id: int) -> ClipRow | None: ...

    def find(
        self,
        occurrence: int | None = None,
        camera: str | None = None,
        state: str | None = None,
        start: Instant | None = None,
        end: Instant | None = None,
        after: int | None = None,
        limit: int = 200,
    ) -> list[ClipRow]:
        """Newest first; `after` is the smallest id already had; those that overlap [start, end)."""

    def old(self, reason: str, before: Instant, after: int = 0, limit: int = 200) -> list[ClipRow]:
        """Ready or failed ones of this reason that ended before `before` and that nobody locked, oldest first, with a number
        above `after`."""

    def last_id(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Series:
    """A reduced history of one tag: `points` slots, each with start time, min, max, mean, worst quality; None = gap."""

    tag: str
    t: list[Instant]
    min: list[float | None]
    max: list[float | None]
    mean: list[float | None]
    quality: list[str | None]


class Historian(Protocol):
    """Lossless, append-only samples. The way it keeps them may change; this interface stays."""

    def append(self, samples: Sequence[Sample]) -> None:
        """One transaction; raises StoreUnavailable, then none is kept. The first call of a run marks the time since the last
        run as a gap."""

    def raw(self, tag: str, start: Instant, end: Instant, limit: int = 100_000) -> list[Sample]:
        """Source time in [start, end), by source time, equal times in order of arrival; the first `limit`."""

    def reduced(
        self, tags: Sequence[str], start: Instant, end: Instant, points: int, until: Instant | None = None
    ) -> list[Series]:
        """A good value holds until the next sample; a sample that is not good, or a gap, holds nothing. `until`: the present,
        beyond which nothing is held. Raises ValueError when `end` <= `start`."""

    def last(self) -> dict[str, Sample]:
        """The newest sample of each tag; may take a moment."""

    def lost(self, start: Instant, end: Instant) -> None:
        """Samples received in this span could not be kept: no old value is held across it."""

    def purge(self, before: Instant) -> int:
        """Drops what was received before `before`, in whole chunks; how many. The newest chunk of each tag stays."""


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


class Accounts(Protocol):
    """Passwords are kept as argon2id; a missing user costs the same time as a wrong password."""

    def add(
        self,
        name: str,
        role: Role,
        password: str,
        now: Instant,
        *,
        person: str = "",
        approved: bool = True,
        must_change: bool = False,
    ) -> None:
        """Raises ValueError with a Chinese sentence: name taken, password too weak."""

    def check(self, name: str, password: str) -> Account | None:
        """None for an unknown name, a wrong password and a disabled account alike. Takes about 0.1 s and 64 MiB."""

    def get(self, name: str) -> Account | None: ...

    def list(self) -> Sequence[Account]: ...

    def set_enabled(self, name: str, enabled: bool) -> None:
        """Raises KeyError."""

    def set_password(self, name: str, password: str, now: Instant, *, must_change: bool = False, reuse: int = 0) -> None:
        """Raises KeyError, and ValueError as `add` does, or when it is the present or one of the last `reuse` passwords."""

    def set_role(self, name: str, role: Role) -> None:
        """Raises KeyError."""

    def set_approved(self, name: str, approved: bool) -> None:
        """Raises KeyError."""

    def logged_in(self, name: str, now: Instant) -> None:
        """Keeps the time."""


@dataclass(frozen=True, slots=True)
class ConfigVersion:
    version: int
    time: Instant
    by: str
    why: str
    digest: str


class ConfigStore(Protocol):
    """Versions of the whole configuration; nothing is overwritten."""

    def current(self) -> tuple[ConfigVersion, Site] | None: ...

    def get(self, version: int) -> Site:
        """Raises KeyError."""

    def save(self, site: Site, by: str, why: str, now: Instant) -> ConfigVersion:
        """The same configuration as the current one makes no new version: the current one comes back."""

    def versions(self) -> Sequence[ConfigVersion]:
        """Oldest first."""

    def tag(self, version: int, name: str) -> Tag | None:
        """One tag as it was in a version, without reading the rest of it. Raises KeyError for an unknown version."""


class Secrets(Protocol):
    """Named secrets, encrypted in the data folder."""

    def get(self, name: str) -> str:
        """Raises KeyError."""

    def set(self, name: str, value: str) -> None: ...

    def delete(self, name: str) -> None: ...

    def names(self) -> Iterable[str]: ...


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


class Outbox(Protocol):
    def add(self, rows: Sequence[OutboxRow]) -> list[OutboxRow]:
        """One transaction. Those whose key is kept already are left out; the others come back with their id."""

    def due(self, outlet: str, now: Instant, limit: int = 1) -> list[OutboxRow]:
        """Waiting ones whose next try has come, gravest and then oldest first."""

    def move(self, row: OutboxRow) -> None:
        """Keeps state, attempts, next try, end and detail."""

    def find(
        self,
        state: str | None = None,
        outlet: str | None = None,
        person: str | None = None,
        start: Instant | None = None,
        end: Instant | None = None,
        text: str | None = None,
        after: int | None = None,
        limit: int = 200,
    ) -> list[OutboxRow]:
        """Newest first; `after` is the smallest id already had."""

    def since(self, at: Instant) -> list[OutboxRow]:
        """Messages about alarms made from `at` on, oldest first."""

    def counts(self) -> dict[str, OutboxCount]: ...

    def purge(self, before: Instant) -> int:
        """Drops what is done and older; how many."""


class Store(Protocol):
    """All parts over one data folder or database URL. Opened with `app.store.open_store(data, url=None, exclusive=True)`;
    `exclusive=False` for tools that run beside a station (verify, backup, accounts). `data`, `url`: what it was opened with;
    `repaired`: what opening had to repair of a torn journal, or found missing, in a sentence; "" as ever."""

    data: Path
    url: str | None
    repaired: str
    journal: Journal
    seals: Seals
    forms: Forms
    clips: Clips
    outbox: Outbox
    historian: Historian
    accounts: Accounts
    config: ConfigStore
    secrets: Secrets

    def backup(self, file: str) -> None:
        """One file with everything, consistent while the station runs. Raises StoreUnavailable."""

    def close(self) -> None:
        """May be called twice."""


def pages(journal: Journal, kind: str | None = None, size: int = 1000) -> Iterator[Written]:
    """Every record in order, a page at a time."""
    after = 0
    while batch := journal.read(after, size, kind):
        yield from batch
        after = batch[-1].id

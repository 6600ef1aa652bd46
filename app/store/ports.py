"""What the station asks of a store. Every call blocks and is made from worker threads, never from the event loop.

Two engines fill it, SQLite and PostgreSQL; one contract suite (`tests/store`) runs over both.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from app.domain.alarm import RuleState
from app.domain.instant import Instant
from app.domain.kpi import Alarmed
from app.domain.plant import Site
from app.domain.quality import Finding
from app.domain.roles import Role
from app.domain.sample import Sample
from app.domain.seal import GivenSeal, Seal
from app.domain.tag import Tag
from app.store.rows import (
    Account,
    ClipRow,
    Columns,
    ConfigVersion,
    Damage,
    FormRow,
    Found,
    FoundRow,
    MomentRow,
    OccurrenceRow,
    OutboxCount,
    OutboxRow,
    QualityRow,
    QualityRun,
    Record,
    Search,
    Series,
    Verdict,
    Written,
)


class StoreUnavailable(Exception):
    """Nothing can be written or read now (disk full, locked, server gone). Text: a Chinese sentence saying what to do."""


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

    def evidence(self) -> list[ClipRow]:
        """Those that are locked, or went into a case package."""

    def old(self, reason: str, before: Instant, after: int = 0, limit: int = 200) -> list[ClipRow]:
        """Ready or failed ones of this reason that ended before `before` and that nobody locked, oldest first, with a number
        above `after`."""

    def last_id(self) -> int: ...


class Moments(Protocol):
    """Moments of the alarms, told again from the journal. None is precious: what is not there is made again."""

    def keep(self, row: MomentRow) -> None:
        """Takes the place of one with the same number."""

    def newest(self, before: int | None = None) -> MomentRow | None:
        """The one with the greatest number, or the greatest below `before`."""

    def reaching(self, at: Instant) -> int | None:
        """The number of the last one that closes a row of records of which one is not later than `at`."""

    def after(self, id: int) -> int | None:
        """The number of the next one."""

    def drop(self, since: int) -> None:
        """Those with this number and greater ones: they do not fit the journal."""


class Historian(Protocol):
    """Lossless, append-only samples. The way it keeps them may change; this interface stays."""

    def append(self, samples: Sequence[Sample]) -> None:
        """One transaction; raises StoreUnavailable, then none is kept. The first call of a run marks the time since the last
        run as a gap."""

    def tidy(self, now: Instant) -> bool:
        """Closes and merges what is due, for about a twentieth of a second; called again and again, also while nothing comes
        in. True: much is overdue, so it should be called again at once. Raises StoreUnavailable."""

    def raw(self, tag: str, start: Instant, end: Instant, limit: int = 100_000) -> list[Sample]:
        """Source time in [start, end), by source time, equal times in order of arrival; the first `limit`."""

    def reduced(
        self, tags: Sequence[str], start: Instant, end: Instant, points: int, until: Instant | None = None
    ) -> list[Series]:
        """A good value holds until the next sample; a sample that is not good, or a gap, holds nothing. `until`: the present,
        beyond which nothing is held. At most `points` slots; those of about a minute and more begin at whole minutes. Raises
        ValueError when `end` <= `start`, or `points` is absurd."""

    def columns(self, tags: Sequence[str], start: Instant, end: Instant, state: bool = False) -> Iterator[Columns]:
        """Every sample with a source time in [start, end), a tag at a time in the order asked, empty when there is none; with
        `state` the last one before `start` goes ahead of them."""

    def at(self, tags: Sequence[str], moment: Instant) -> dict[str, Sample]:
        """The newest sample of each tag with a source time at or before `moment`; tags without one are left out."""

    def gaps(self, start: Instant, end: Instant) -> list[tuple[Instant, Instant]]:
        """Spans that touch [start, end) in which samples may be missing, because the station was off or could not write."""

    def last(self) -> dict[str, Sample]:
        """The newest sample of each tag; may take a moment."""

    def lost(self, start: Instant, end: Instant) -> None:
        """Samples received in this span could not be kept: no old value is held across it."""

    def purge(
        self, before: Instant, keep: Sequence[tuple[Instant, Instant]] = (), rollups_before: Instant | None = None
    ) -> int:
        """Drops samples received before `before`, in whole chunks; how many. Their roll-ups stay until `rollups_before` (None:
        they go too). The newest chunk of each tag stays, and whatever touches a span of `keep`, or held when one began. May
        be interrupted at any moment."""

    def tags(self) -> list[str]:
        """Those that ever had a sample."""

    def check(self, tell: Callable[[int, int], None] = ...) -> int:
        """Reads every chunk, how many; what is damaged is in `damage` then. Raises StoreUnavailable."""

    def damage(self) -> list[Damage]:
        """What was found damaged on the disk since the start; such spans read as bad quality."""


class QualityResults(Protocol):
    """What was found out about the data (数据质量)."""

    def put(self, run: QualityRun, rows: Sequence[QualityRow], findings: Sequence[Finding]) -> QualityRun:
        """In place of what is kept of the same `day`; seen all at once, at the end. The run comes back with its number."""

    def run(self, day: str) -> QualityRun | None: ...

    def runs(self, limit: int = 400) -> list[QualityRun]:
        """Latest span first."""

    def rows(self, day: str, tag: str | None = None) -> list[QualityRow]:
        """By tag."""

    def history(self, tag: str, limit: int = 31) -> list[tuple[QualityRun, QualityRow]]:
        """Of one point, latest span first."""

    def findings(
        self,
        day: str | None = None,
        start: Instant | None = None,
        end: Instant | None = None,
        tag: str | None = None,
        kinds: Collection[str] = (),
        limit: int = 5000,
    ) -> list[FoundRow]:
        """Those that touch [start, end), gravest first."""

    def purge(self, before: Instant) -> int:
        """Drops runs whose span ended before; how many."""


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
    moments: Moments
    outbox: Outbox
    historian: Historian
    quality: QualityResults
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

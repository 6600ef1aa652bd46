"""What the desk knows now: values, live alarms, links, notices, and the age of all of it. Pure: no Qt, no clock.

Fed with one `Batch` per tick on the screen's thread; says what changed, so that pages need no diffing of their own.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from app.console.reader import Batch, FeedState, FeedWord
from app.domain.plant import Camera, Equipment, Layout
from app.domain.sample import Sample
from app.domain.tag import Tag
from app.domain.wire import AlarmMsg, EventMsg, LinkMsg

SILENT_S = 5.0
LOST_GRACE_S = 1.0

UNACKNOWLEDGED = frozenset({"UNACK", "RTNUN", "LUNAK"})

AlarmKey = tuple[str, str]
"""Tag and rule: of one rule at most one occurrence is live. The occurrence alone will not do, it is 0 for every overlay
laid over a rule that never raised; pages, which go by occurrence, get a negative number of its own for each of those."""


@dataclass(frozen=True)
class SiteView:
    """The configuration as the station told it. `pictures`: backgrounds of the layouts by file name, those there are."""

    version: str = ""
    code: str = ""
    name: str = ""
    timezone: str = ""
    tags: dict[str, Tag] = field(default_factory=dict)
    equipment: dict[str, Equipment] = field(default_factory=dict)
    cameras: dict[str, Camera] = field(default_factory=dict)
    layouts: tuple[Layout, ...] = ()
    pictures: dict[str, bytes] = field(default_factory=dict)


class Trust(StrEnum):
    """May what is on the screen be taken for the present?"""

    NOTHING_YET = "nothing_yet"
    LIVE = "live"
    SILENT = "silent"  # connected or not: nothing has been heard for too long


@dataclass(frozen=True, slots=True)
class Changes:
    """What one batch changed. An alarm that is over is in `alarms` once more, with state NORM."""

    values: dict[str, Sample]
    alarms: list[AlarmMsg]
    links: bool
    notices: bool
    events: list[EventMsg]
    whole: bool
    extra: bool = False


class DeskState:
    def __init__(self) -> None:
        self.site = SiteView()
        self.values: dict[str, Sample] = {}
        self.alarms: dict[AlarmKey, AlarmMsg] = {}
        self.links: list[LinkMsg] = []
        self.notices: list[str] = []
        self.extra: dict[str, Any] = {}  # what else the station tells: flood, counts, config version, open forms
        self.feed = FeedState()
        self._lost_at: float | None = None
        self._stand_ins: dict[AlarmKey, int] = {}

    def put(self, batch: Batch, now: float) -> Changes:
        """`now`: monotonic seconds."""
        self._put_feed(batch.feed, now)
        if batch.whole:
            self.values = dict(batch.values)
        else:
            self.values.update(batch.values)
        alarms = self._put_alarms(batch)
        if batch.links is not None:
            self.links = batch.links
        if batch.notices is not None:
            self.notices = batch.notices
        if batch.extra is not None:
            self.extra = batch.extra
        return Changes(
            batch.values,
            alarms,
            batch.links is not None,
            batch.notices is not None,
            batch.events,
            batch.whole,
            batch.extra is not None,
        )

    def age(self, now: float) -> float | None:
        """Seconds since anything was heard, None when nothing ever was."""
        heard = self.feed.heard_at
        return None if heard is None else max(0.0, now - heard)

    def trust(self, now: float) -> Trust:
        """Silence is judged here, by the console's own clock: a hung socket, a dead session thread and a pulled cable all
        look the same. A connection known to be lost does not get the full five seconds."""
        age = self.age(now)
        if age is None:
            return Trust.NOTHING_YET
        if age > SILENT_S:
            return Trust.SILENT
        if self._lost_at is not None and now - self._lost_at > LOST_GRACE_S:
            return Trust.SILENT
        return Trust.LIVE

    def alarms_of(self, tags: Iterable[str]) -> dict[str, list[AlarmMsg]]:
        """Live alarms of these tags, by tag; a tag without one has an empty list."""
        wanted: dict[str, list[AlarmMsg]] = {tag: [] for tag in tags}
        for (tag, _), alarm in self.alarms.items():
            if tag in wanted:
                wanted[tag].append(alarm)
        return wanted

    def unacknowledged(self) -> dict[str, int]:
        """Counts by priority word."""
        counts: dict[str, int] = {}
        for alarm in self.alarms.values():
            if alarm.state in UNACKNOWLEDGED:
                counts[alarm.priority] = counts.get(alarm.priority, 0) + 1
        return counts

    def _put_feed(self, feed: FeedState, now: float) -> None:
        if feed.word is FeedWord.LIVE:
            self._lost_at = None
        elif self.feed.word is FeedWord.LIVE:
            self._lost_at = now
        # The last moment anything was heard never goes back, whatever a new connection says of itself.
        heard = [at for at in (self.feed.heard_at, feed.heard_at) if at is not None]
        self.feed = replace(feed, heard_at=max(heard, default=None))

    def _put_alarms(self, batch: Batch) -> list[AlarmMsg]:
        before = self.alarms
        if batch.whole:
            self.alarms = {}
        changed: dict[tuple[AlarmKey, int], AlarmMsg] = {}
        for alarm in batch.alarms:
            key = (alarm.tag, alarm.rule)
            if alarm.occurrence == 0:
                alarm = replace(alarm, occurrence=self._stand_ins.setdefault(key, -1 - len(self._stand_ins)))
            old = self.alarms.get(key)
            if old is not None and old.occurrence > alarm.occurrence:
                if alarm.state == "NORM":
                    changed[key, alarm.occurrence] = alarm
                continue  # late news of an older occurrence never replaces a newer one
            if old is not None and old.occurrence != alarm.occurrence:
                changed[key, old.occurrence] = replace(old, state="NORM")
            changed[key, alarm.occurrence] = alarm
            if alarm.state == "NORM":
                self.alarms.pop(key, None)
            else:
                self.alarms[key] = alarm
        if batch.whole:
            for key, old in before.items():
                now = self.alarms.get(key)
                if now is None or now.occurrence != old.occurrence:
                    changed.setdefault((key, old.occurrence), replace(old, state="NORM"))
        # Ends first, so that a table never shows two occurrences of one rule.
        return sorted(changed.values(), key=lambda alarm: alarm.state != "NORM")

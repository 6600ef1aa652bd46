"""What station and console say to each other: the JSON shapes of API and feed, as plain dataclasses. Both sides.

Times are RFC 3339 UTC text. New fields may be added with a default; none is renamed.
"""

from dataclasses import dataclass, field
from typing import Any

from app.domain.sample import Value


@dataclass(slots=True)
class ValueMsg:
    """`value` with a quality that is not good is the last one known, `source_time` its time."""

    tag: str
    value: Value | None
    quality: str
    reason: str
    source_time: str
    receive_time: str
    detail: str = ""


@dataclass(slots=True)
class AlarmMsg:
    """One live or past alarm. `durable` False: shown before it could be written (disk full), see GET /status."""

    occurrence: int
    tag: str
    name: str
    equipment: str
    rule: str
    state: str
    priority: str
    value: Value | None = None
    limit: float | None = None
    unit: str = ""
    raised_at: str | None = None
    cleared_at: str | None = None
    acked_at: str | None = None
    acked_by: str = ""
    note: str = ""
    shelved_until: str | None = None
    source_lost_since: str | None = None
    message: str = ""
    first_out: bool = False
    # beyond the first version
    process_state: str = "NORM"  # under the overlay
    hazard_source: str = ""
    area: str = ""
    shelved_by: str = ""
    reason: str = ""  # of shelving, suppression or out of service
    guidance: str = ""
    durable: bool = True
    chattering: bool = False  # annunciated again and again: it has a longer off-delay for a while
    limit_at: str | None = None  # of a RATE alarm: when `limit` is reached, as it was reckoned at the raise


@dataclass(slots=True)
class LinkMsg:
    """One source. `age_s`: since anything was heard from it; `rate`: samples/s over the last 10 s."""

    source: str
    state: str  # up | connecting | down
    since: str
    tags: int
    last_error: str = ""
    driver: str = ""
    url: str = ""
    name: str = ""
    good: int = 0
    uncertain: int = 0
    bad: int = 0
    rate: float = 0.0
    age_s: float | None = None
    reconnects: int = 0
    samples: int = 0
    detail: str = ""


@dataclass(slots=True)
class EventMsg:
    """One alarm transition or command, in order, lossless. `what` is a word of `app.domain.alarm.What`."""

    id: int  # journal record
    time: str
    what: str
    tag: str
    rule: str
    occurrence: int
    before: str
    after: str
    annunciate: bool
    priority: str
    by: str = ""
    note: str = ""
    value: Value | None = None


@dataclass(slots=True)
class FeedMsg:
    """Every message of the feed. `type`: snapshot | delta | heartbeat | error."""

    type: str
    seq: int
    time: str = ""
    values: list[ValueMsg] = field(default_factory=list)
    alarms: list[AlarmMsg] = field(default_factory=list)
    links: list[LinkMsg] = field(default_factory=list)
    events: list[EventMsg] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)  # what the station has to say of itself (disk full ...), whole list
    message: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

"""Links (数据源链路): the state of one source and its counters, as `GET /status` and the feed tell them. Station side."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit, urlunsplit

from app.domain.instant import Instant, to_rfc3339
from app.domain.plant import Source
from app.domain.sample import Quality
from app.domain.wire import LinkMsg
from app.station.table import Slot

RATE_WINDOW_S = 10


def shown_url(url: str) -> str:
    """Without the password somebody may have written into it."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    netloc = parts.netloc.replace(f":{parts.password}@", ":***@")
    return urlunsplit(parts._replace(netloc=netloc))


class Link:
    """Mutable, owned by the event loop. `heard`: steady seconds of the last sign of life."""

    def __init__(
        self, source: Source, slots: Sequence[Slot], now: Instant, steady: Callable[[], float] = time.monotonic
    ) -> None:
        self.source = source
        self.slots = slots
        self._steady = steady
        self.state = "connecting"
        self.since = now
        self.last_error = ""
        self.detail = ""
        self.trouble = ""
        self.heard: float | None = None
        self.samples = 0
        self.reconnects = 0
        self.foreign = 0  # samples of tags that are not of this source
        self.clock_faults = 0  # samples dated in the future
        self.good = self.uncertain = self.bad = 0
        self._marks: deque[tuple[float, int]] = deque(maxlen=RATE_WINDOW_S + 1)

    def to(self, state: str, now: Instant) -> None:
        if state != self.state:
            self.state, self.since = state, now

    def count(self) -> None:
        """Once a second."""
        self._marks.append((self._steady(), self.samples))
        qualities = [slot.sample.quality for slot in self.slots]
        self.good = qualities.count(Quality.GOOD)
        self.bad = qualities.count(Quality.BAD)
        self.uncertain = len(qualities) - self.good - self.bad

    @property
    def rate(self) -> float:
        if len(self._marks) < 2:
            return 0.0
        (t0, n0), (t1, n1) = self._marks[0], self._marks[-1]
        return round((n1 - n0) / (t1 - t0), 1) if t1 > t0 else 0.0

    @property
    def age_s(self) -> float | None:
        return None if self.heard is None else round(max(0.0, self._steady() - self.heard), 1)

    def message(self) -> LinkMsg:
        notes = [self.detail, self.trouble]
        if self.clock_faults:
            notes.append(f"设备时钟超前，已按接收时间记录 {self.clock_faults} 次")
        if self.foreign:
            notes.append(f"收到不属于本数据源的位号 {self.foreign} 次")
        return LinkMsg(
            source=self.source.id,
            state=self.state,
            since=to_rfc3339(self.since),
            tags=len(self.slots),
            last_error=self.last_error,
            driver=self.source.driver,
            url=shown_url(self.source.url),
            name=str(self.source.options.get("name", "")),
            good=self.good,
            uncertain=self.uncertain,
            bad=self.bad,
            rate=self.rate,
            age_s=self.age_s,
            reconnects=self.reconnects,
            samples=self.samples,
            detail="；".join(note for note in notes if note),
        )

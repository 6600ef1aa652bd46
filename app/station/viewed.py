"""Who looked at what (查看留痕): opening an alarm card, the journal, an export, later a video. Station side.

Journalled so that nobody waits for it, and once per person and subject in ten minutes: looking is part of the watch, and the
journal must stay readable.
"""

from collections.abc import Callable

from app.domain.instant import MINUTE, Instant
from app.station.commands import Who
from app.store.rows import Record

AGAIN = 10 * MINUTE
KEPT = 10_000


class Viewings:
    def __init__(self, note: Callable[[Record], None], now: Callable[[], Instant]) -> None:
        self._note, self._now = note, now
        self._seen: dict[tuple[str, str, str], Instant] = {}

    def saw(self, who: Who, what: str, subject: str = "", tag: str = "") -> bool:
        """`subject`: `occurrence:123`, `tag:TK101.LT`, a file name. True when it was journalled, False when it had been."""
        now, key = self._now(), (who.user, what, subject)
        before = self._seen.get(key)
        if before is not None and now - before < AGAIN:
            return False
        if len(self._seen) >= KEPT:
            self._seen = {one: at for one, at in self._seen.items() if now - at < AGAIN}
            if len(self._seen) >= KEPT:  # a script that looks at everything: the oldest are told again
                del self._seen[next(iter(self._seen))]
        self._seen.pop(key, None)
        self._seen[key] = now
        data = {"address": who.address, "role": who.role.value, "subject": subject, "what": what}
        kind, _, number = subject.partition(":")
        occurrence = int(number) if kind == "occurrence" and number.isascii() and number.isdigit() and len(number) < 19 else 0
        self._note(Record(now, "view", who.user, tag, occurrence, data))
        return True

"""Which version of the configuration was in force when (当时生效的配置). Station side; blocking, called from worker threads.

Saved is not in force: an imported version counts from the next start, and the journal says with which version each start
began. A version made by an edit in the running station counts from the moment it was saved.
"""

from bisect import bisect_right
from dataclasses import dataclass
from threading import Lock

from app.domain.instant import Instant
from app.domain.tag import Tag
from app.station.configure import EDITED
from app.station.past import START
from app.store.ports import Store
from app.store.rows import ConfigVersion

_PAGE = 2000
_REMEMBERED = 500


@dataclass(frozen=True, slots=True)
class Since:
    """`version` has counted since `at`."""

    at: Instant
    version: ConfigVersion


class InForce:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = Lock()
        self._read_to = 0
        self._starts: list[tuple[Instant, int]] = []
        self._tags: dict[tuple[int, str], Tag | None] = {}

    def at(self, moment: Instant) -> Since | None:
        """None before the first version."""
        line = self.line()
        place = bisect_right([one.at for one in line], moment)
        return line[place - 1] if place else None

    def tag(self, version: int, name: str) -> Tag | None:
        """One tag as it was in that version; reading it out of twenty thousand takes a moment, so it is remembered."""
        key = (version, name)
        with self._lock:
            if key in self._tags:
                return self._tags[key]
        found = self._store.config.tag(version, name)
        with self._lock:
            if len(self._tags) >= _REMEMBERED:
                self._tags.clear()
            self._tags[key] = found
        return found

    def line(self) -> list[Since]:
        """Each version with the time from which it counted, in order of time; a version may come back."""
        with self._lock:
            self._read_starts()
            starts = list(self._starts)
        versions = {one.version: one for one in self._store.config.versions()}
        marks = [(at, versions[number]) for at, number in starts if number in versions]
        marks += [(one.time, one) for one in versions.values() if one.why.startswith(EDITED)]
        line: list[Since] = []
        for at, version in sorted(marks, key=lambda mark: (mark[0], mark[1].version)):
            if not line or line[-1].version.version != version.version:
                line.append(Since(at, version))
        return line

    def _read_starts(self) -> None:
        journal = self._store.journal
        while lines := journal.read(self._read_to, _PAGE, "system"):
            for line in lines:
                data = line.record.data
                if data.get("what") == START and isinstance(data.get("config"), int):
                    self._starts.append((line.record.time, data["config"]))
            self._read_to = lines[-1].id

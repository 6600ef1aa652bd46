"""What an earlier run left in the store: alarm states, the next number, its last alarms, did it end in order? Station side;
blocking."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.alarm import RuleState
from app.domain.instant import HOUR
from app.store.ports import Journal, Store, StoreUnavailable
from app.store.rows import Record, Search

log = logging.getLogger(__name__)

CLEAN_STOP = "station_stopped"
START = "station_started"
LOADED_AT_START = "随站启动载入"  # why a configuration was taken in; behind it the journal says where it lay
LATELY = 10_000  # records of a kind
LOOK_BACK = 1000  # records in which the end of the last run is looked for
OCCURRENCES_LOST = 10_000  # skipped after a crash: numbers that may have been shown without being written


@dataclass(frozen=True)
class Past:
    """`lately`: what alarms and the station told in its last hour, oldest first; of very many the newest."""

    states: dict[str, RuleState]
    next_occurrence: int
    clean: bool
    lately: Sequence[Record] = ()


def read_past(store: Store) -> Past:
    states = store.journal.states()
    last = max([store.journal.last_occurrence(), *(state.occurrence for state in states.values())])
    try:
        tail = store.journal.read(max(0, store.journal.last_id() - LOOK_BACK), LOOK_BACK, "system")
    except StoreUnavailable as error:  # a damaged record must not keep the watch from beginning
        log.error("日志末尾读不出来，按上次没有正常停站处理：%s", error)
        tail = []
    marks = [line.record.data.get("what") for line in tail]
    runs = [what for what in marks if what in (CLEAN_STOP, START)]
    clean = last == 0 or runs[-1:] == [CLEAN_STOP]
    # Alarms that were shown but could not be written before a crash had numbers too: an acknowledgement of one of them must
    # never meet a new alarm of the same number.
    return Past(states, last + 1 if clean else last + 1 + OCCURRENCES_LOST, clean, _lately(store.journal))


def _lately(journal: Journal) -> list[Record]:
    found: list[Record] = []
    try:
        newest = journal.search(Search(limit=1)).records
        for kind in ("system", "alarm") if newest else ():
            before: int | None = None
            some: list[Record] = []
            while len(some) < LATELY:
                page = journal.search(Search(before=before, start=newest[0].record.time - HOUR, kinds=(kind,), limit=1000))
                some += [line.record for line in page.records]
                if (before := page.before) is None:
                    break
            found += some
    except StoreUnavailable as error:
        log.error("最近的报警记录读不出来，频繁报警重新计数：%s", error)
    return sorted(found, key=lambda record: record.time)

"""What an earlier run left in the store: alarm states, the next number, did it end in order? Station side; blocking."""

import logging
from dataclasses import dataclass

from app.domain.alarm import RuleState
from app.store.ports import Store, StoreUnavailable

log = logging.getLogger(__name__)

CLEAN_STOP = "station_stopped"
START = "station_started"
LOADED_AT_START = "随站启动载入"  # why a configuration was taken in; behind it the journal says where it lay
LOOK_BACK = 1000  # records in which the end of the last run is looked for
OCCURRENCES_LOST = 10_000  # skipped after a crash: numbers that may have been shown without being written


@dataclass(frozen=True)
class Past:
    states: dict[str, RuleState]
    next_occurrence: int
    clean: bool


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
    return Past(states, last + 1 if clean else last + 1 + OCCURRENCES_LOST, clean)

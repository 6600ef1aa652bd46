"""What an operator wants done with alarms, said by the widgets and carried out elsewhere. Console side, no Qt."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.wire import AlarmMsg


class Want(StrEnum):
    ACK = "ack"
    RESET = "reset"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    SUPPRESS = "suppress"
    UNSUPPRESS = "unsuppress"
    OUT_OF_SERVICE = "out_of_service"
    RETURN_TO_SERVICE = "return_to_service"
    CARD = "card"
    WHY = "why"
    FORM = "form"
    TREND = "trend"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class Wish:
    """`occurrences`: those an acknowledgement names; `alarms`: what everything else is about."""

    want: Want
    alarms: tuple[AlarmMsg, ...] = ()
    occurrences: tuple[int, ...] = ()
    note: str = ""
    minutes: float = 0.0
    reason: str = ""
    text: str = ""
    work_order: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it: the station's own sentence. `done` False: nothing was changed, or not all of it."""

    text: str
    done: bool

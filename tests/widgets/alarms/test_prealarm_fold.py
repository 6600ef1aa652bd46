"""A pre-alarm is shown inside the alarm it warned of, and beside any other."""

import pytest

from app.domain.wire import AlarmMsg
from widgets.alarms.row import fold


def one(number: int, rule: str, limit: float, state: str = "UNACK") -> AlarmMsg:
    return AlarmMsg(number, "T1", "T1液位", "V-101", rule, state, "medium", 70.0, limit, process_state=state)


H, HH, L = one(2, "H", 80.0), one(3, "HH", 90.0), one(4, "L", 20.0)


@pytest.mark.parametrize(
    ("warned", "others", "shown"),
    [
        (one(1, "RATE", 80.0), [], {"RATE": ""}),
        (one(1, "RATE", 80.0, "RTNUN"), [H], {"H": "RATE"}),
        (one(1, "RATE", 80.0, "RTNUN"), [H, HH], {"HH": "H RATE"}),
        (one(1, "RATE", 90.0), [H], {"RATE": "", "H": ""}),
        (one(1, "RATE", 80.0, "RTNUN"), [one(2, "H", 80.0, "RTNUN")], {"RATE": "", "H": ""}),
        (one(1, "RATE", 80.0, "SHLVD"), [H], {"RATE": "", "H": ""}),
        (one(1, "RATE", 20.0, "RTNUN"), [H, L], {"H": "", "L": "RATE"}),
    ],
)
def test_fold(warned: AlarmMsg, others: list[AlarmMsg], shown: dict[str, str]) -> None:
    alarms = {alarm.rule: alarm for alarm in (warned, *others)}
    assert {alarm.rule: " ".join(inner.rule for inner in held) for alarm, held in fold(alarms)} == shown

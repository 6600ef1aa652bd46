"""Times of curves: a column of them is told as one by one."""

import json
from random import Random

import pytest

from app.domain.instant import DAY, SECOND, Instant, to_rfc3339
from app.station.curves import curves_json, times_json
from app.store.rows import Series

EDGES = [0, 1, 999, 1000, SECOND - 1, SECOND, 951_782_400 * SECOND, 1_700_000_000_123_999, 8000 * 365 * DAY]


@pytest.mark.parametrize("times", [[], EDGES, [Random(n).randrange(8000 * 365 * DAY) for n in range(500)]])
def test_a_column_of_times_reads_as_each_alone(times: list[Instant]) -> None:
    assert json.loads(times_json(times)) == [to_rfc3339(at) for at in times]


def test_each_curve_has_its_own_times() -> None:
    """Where only roll-ups of one tag are left its slots are others than those of its neighbours."""
    series = [
        Series("A", [0, SECOND], [1.0, None], [2.0, None], [1.5, None], ["good", None]),
        Series("B", [0, SECOND], [None, 7], [None, 7.5], [None, 7.25], [None, "bad"]),
        Series("C", [DAY], [0.1], [0.1], [0.1], ["uncertain"]),
        Series("D", [0, SECOND], [None] * 2, [None] * 2, [None] * 2, [None] * 2),
    ]
    told = json.loads(curves_json(series, lambda tag: {"A": "%"}.get(tag, "")))
    names = ("min", "max", "mean", "quality")
    assert told == [
        {"tag": one.tag, "unit": "%" if one.tag == "A" else "", "t": [to_rfc3339(at) for at in one.t]}
        | {name: getattr(one, name) for name in names}
        for one in series
    ]

"""Curves as the API tells them (历史曲线的 JSON): columns, made in the worker thread that read them. Station side.

The curves of one question mostly share their times, and the text of a time costs more than all its numbers: it is made once,
a column at a time.
"""

from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from app.domain.instant import Instant
from app.station.encode import to_json
from app.store.rows import Series


def curves_json(series: Sequence[Series], unit: Callable[[str], str]) -> bytes:
    """`unit`: of a tag, "" where there is none."""
    times: list[Instant] = []
    text = msgspec.Raw(b"[]")
    out = []
    for one in series:
        if one.t != times:
            times, text = one.t, msgspec.Raw(times_json(one.t))
        out.append(
            {
                "tag": one.tag,
                "unit": unit(one.tag),
                "t": text,
                "min": one.min,
                "max": one.max,
                "mean": one.mean,
                "quality": one.quality,
            }
        )
    return to_json(out)


def times_json(times: Sequence[Instant]) -> bytes:
    """A JSON list of RFC 3339 times with milliseconds; what is below one is cut, as `to_rfc3339` does. From 1970 on."""
    if not times:
        return b"[]"
    column = (np.array(times, np.int64) // 1000).view("datetime64[ms]")
    return ('["' + 'Z","'.join(np.datetime_as_string(column).tolist()) + 'Z"]').encode("ascii")

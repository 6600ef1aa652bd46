"""The roster (排班表, roster.csv), read and checked against the shifts and crews of `[shift]` in site.toml. Pure.

It may be missing: then the rotation of `[shift]` says whose turn it is. Where a line stands, it counts before the rotation.
"""

from app.domain.plant import Duty, Fault
from app.domain.settings import settings
from app.domain.settings.shift import ShiftSettings, read_shift
from app.site.columns import ROSTER
from app.site.faults import one_of, quote
from app.site.head import Head
from app.site.rows import Row, Rows, read_rows


def read_roster(file: str, data: bytes, head: Head | None, faults: list[Fault]) -> tuple[Duty, ...] | None:
    """`head` None: the shifts could not be read, and nothing is said of their names. None when it cannot be read at all."""
    rows = read_rows(file, data, ROSTER, faults)
    if rows is None:
        return None
    known = settings(head.options, "shift", read_shift) if head is not None else None
    first: dict[tuple[str, str], int] = {}
    for row in rows.rows:
        _check(rows, row, known)
        key = (row.values.get("date", ""), row.values.get("shift", ""))
        if all(key):
            other = first.setdefault(key, row.row)
            if other != row.row:
                rows.fault(row, "shift", f"{key[0]} 的{quote(key[1])}与第 {other} 行重复", "同一天的同一班次只能有一行")
    return tuple(Duty(**row.values, extra=row.extra) for row in rows.rows if {"date", "shift"} <= row.values.keys())


def _check(rows: Rows, row: Row, known: ShiftSettings | None) -> None:
    for column in ("date", "shift"):
        if column not in row.values and column not in row.wrong:
            rows.fault(row, column, "是空的", "每行都应有日期和班次")
    if not {"crew", "leader"} & (row.values.keys() | row.wrong):
        rows.fault(row, "leader", "班组和值班长都是空的", "应写明班组，或写明值班长")
    if known is None:
        return
    shift, crew = row.values.get("shift"), row.values.get("crew")
    names = [one.name for one in known.shifts]
    if shift is not None and shift not in names:
        rows.fault(row, "shift", f"没有班次{quote(shift)}", one_of(names))
    crews = [one.name for one in known.crews]
    if crew is not None and crew not in crews:
        expected = one_of(crews) if crews else "班组应在 site.toml 里以 [[shift.crew]] 写明"
        rows.fault(row, "crew", f"没有班组{quote(crew)}", expected)

"""Values of fields as people read and write them. Pure: the wire's values in, words out, and what people type back again.

Console side, no Qt. What may be kept is decided by `app.domain.form_values`, as at the station. On the wire a time is RFC 3339
UTC, a choice its code, a table a list of rows by column key, a file the name the station gave it.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from math import isfinite
from typing import Any
from unicodedata import normalize

from app.domain.form import FieldDef, FieldType
from app.domain.form_values import FormRefused, check, is_empty
from widgets.words import tr


def words_of(field: FieldDef, value: Any, names: Mapping[str, str] | None = None) -> str:
    """What a person reads; "" for nothing. `names`: of attached files."""
    if is_empty(value):
        return ""
    match field.type:
        case FieldType.NUMBER:
            return f"{number_words(value)} {field.unit}".rstrip()
        case FieldType.TIME:
            return time_words(str(value))
        case FieldType.FLAG:
            return tr("是") if value else tr("否")
        case FieldType.CHOICE:
            return tr(field.choices.get(str(value), str(value)))
        case FieldType.CHOICES:
            return tr("、").join(tr(field.choices.get(str(one), str(one))) for one in value)
        case FieldType.FILES:
            return tr("、").join((names or {}).get(str(one), str(one)) for one in value)
        case FieldType.TABLE:
            return "\n".join(row_words(field, row) for row in value)
        case _:
            return str(value)


def row_words(field: FieldDef, row: Mapping[str, Any]) -> str:
    """One row of a table in one line."""
    return "　".join(f"{tr(column.title)} {words_of(column, row.get(column.key))}" for column in field.columns)


def number_words(value: Any) -> str:
    return f"{value:.10g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def time_words(text: str) -> str:
    """Local, `2026-11-21 02:40:00`; what is no time is shown as it came."""
    try:
        return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    except ValueError:
        return text


def size_words(size: int) -> str:
    """`812 kB`, `3.4 MB`."""
    return f"{max(1, round(size / 1000))} kB" if size < 1_000_000 else f"{size / 1e6:.1f} MB"


def read_number(text: str) -> float | None:
    """None for an empty text. Full-width digits, and the full stop an input method writes for a point, are taken for what they
    mean; a comma is refused, since it may mean thousands. Raises ValueError."""
    text = normalize("NFKC", text).strip().replace("。", ".")
    if not text:
        return None
    found = float(text)
    if not isfinite(found) or "_" in text:
        raise ValueError(text)
    return found


def read_time(text: str, now: datetime) -> str | None:
    """RFC 3339 UTC of a local time as people write it: `2026-11-21 02:40:00`, without seconds, without year, or only `02:40`,
    which then is the latest such moment not after `now` (local, with zone) plus an hour. Raises ValueError."""
    text = " ".join(normalize("NFKC", text).replace("/", "-").split())
    if not text:
        return None
    for shape in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"):
        try:
            return _utc(datetime.strptime(text, shape))  # noqa: DTZ007  local by intent
        except ValueError:
            continue
    for shape in ("%m-%d %H:%M:%S", "%m-%d %H:%M"):
        try:
            return _utc(datetime.strptime(f"{now.year}-{text}", f"%Y-{shape}"))  # noqa: DTZ007
        except ValueError:
            continue
    for shape in ("%H:%M:%S", "%H:%M"):
        try:
            at = datetime.strptime(f"{now:%Y-%m-%d} {text}", f"%Y-%m-%d {shape}").astimezone()
        except ValueError:
            continue
        # Written after midnight of an evening before: nobody notes down a time far ahead by the clock alone.
        return _utc(at if (at - now).total_seconds() <= 3600 else datetime.fromtimestamp(at.timestamp() - 86400).astimezone())
    raise ValueError(text)


def read_date(text: str, today: date) -> str | None:
    """`2026-11-21` of that or of `11-21`. Raises ValueError."""
    text = text.strip().replace("/", "-").replace(".", "-")
    if not text:
        return None
    return date.fromisoformat(text if text.count("-") == 2 else f"{today.year}-{text}").isoformat()


def _utc(local: datetime) -> str:
    return local.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def fault_of(field: FieldDef, value: Any, files: Collection[str] = ()) -> str:
    """Why the station would not keep this value, a sentence; "" when it would. Emptiness is no fault."""
    try:
        check(field, value, files)
    except FormRefused as refused:
        return str(refused)
    return ""


def range_words(field: FieldDef) -> str:
    """`0 … 100 %`, `≥ 0 %`; "" where neither bound nor unit is declared."""
    low, high = (None if bound is None else number_words(bound) for bound in (field.low, field.high))
    bounds = f"{low} … {high}" if low and high else f"≥ {low}" if low else f"≤ {high}" if high else ""
    return f"{bounds} {field.unit}".strip()

"""What stands in a report: parts with pairs, tables, charts and sentences, the same for the paper and the sheet. Station side,
pure.

Cells are values, not text: a sheet gets numbers and times that compute, the paper gets them formatted by `shown`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from enum import StrEnum
from typing import NamedTuple

from app.domain.instant import HOUR, MINUTE, SECOND, Instant, to_datetime


class Cells(StrEnum):
    """What a column holds. TIME: an instant; SPAN: a length in microseconds; SHARE: 0 to 1."""

    TEXT = "text"
    NUMBER = "number"
    TIME = "time"
    SPAN = "span"
    SHARE = "share"


class Figure(NamedTuple):
    """A number with its own count of decimals."""

    value: float
    decimals: int


Cell = str | int | float | Figure | None


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    cells: Cells = Cells.TEXT
    weight: float = 1.2
    decimals: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """`sheet`: its name in the workbook; `wide`: on a page laid across; `note` below it; `empty`: said instead of no rows;
    `paper_rows` on paper, the sheet has them all."""

    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Cell]]
    sheet: str = ""
    note: str = ""
    empty: str = "无"
    wide: bool = False
    paper_rows: int = 1500


@dataclass(frozen=True, slots=True)
class Pairs:
    """`sheet` as of a table; "" for what stands on the first sheet."""

    rows: tuple[tuple[str, str], ...]
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Bars:
    """Counts by name; several `series` are stacked. `across`: bars lie, for names of some length; `limit`: a dashed line."""

    title: str
    labels: tuple[str, ...]
    series: tuple[tuple[str, tuple[float, ...]], ...]
    unit: str = "次"
    across: bool = False
    limit: float | None = None
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Trend:
    """A curve with its extremes; None is a gap. `limits`: name and value."""

    title: str
    unit: str
    start: Instant
    end: Instant
    times: Sequence[Instant]
    low: Sequence[float | None]
    high: Sequence[float | None]
    mean: Sequence[float | None]
    limits: tuple[tuple[str, float], ...] = ()
    sheet: str = ""
    decimals: int = 2


@dataclass(frozen=True, slots=True)
class Level:
    """A colour of a warning, always with its word."""

    name: str
    level: str
    word: str
    score: float


@dataclass(frozen=True, slots=True)
class Levels:
    rows: tuple[Level, ...]


@dataclass(frozen=True, slots=True)
class Say:
    text: str
    small: bool = False


Block = Pairs | Table | Bars | Trend | Levels | Say


@dataclass(frozen=True, slots=True)
class Part:
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """`about`: what the head of it says, title and text; `basis` at the end, small."""

    title: str
    subtitle: str
    site: str
    number: str
    about: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]
    basis: tuple[str, ...] = ()
    made: str = ""
    digest: str = field(default="", compare=False)


def shown(cell: Cell, column: Column, zone: tzinfo) -> str:
    """As the paper shows it; "" for nothing."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, Figure):
        return f"{cell.value:.{cell.decimals}f}"
    match column.cells:
        case Cells.TIME:
            return moment(int(cell), zone)
        case Cells.SPAN:
            return length(int(cell))
        case Cells.SHARE:
            return f"{100 * cell:.{column.decimals}f} %"
        case _:
            return f"{cell:.{column.decimals}f}"


def moment(at: Instant, zone: tzinfo) -> str:
    """Local, `11-21 02:40:07`."""
    return f"{to_datetime(at).astimezone(zone):%m-%d %H:%M:%S}"


def full(at: Instant, zone: tzinfo) -> str:
    return f"{to_datetime(at).astimezone(zone):%Y-%m-%d %H:%M:%S}"


def length(span: Instant) -> str:
    """`3:07` minutes and seconds, `2:03:07` with hours."""
    whole = span // SECOND
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def said(span: Instant) -> str:
    """In a sentence: `45 秒`, `12 分钟`, `3.5 小时`."""
    if span < MINUTE:
        return f"{span / SECOND:.0f} 秒"
    return f"{span / MINUTE:.0f} 分钟" if span < 2 * HOUR else f"{span / HOUR:.1f} 小时"

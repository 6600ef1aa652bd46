"""Strapping tables (罐容表): volume of a tank by its level, as measured when it was calibrated. Both sides, pure.

`strapping/EQUIPMENT.csv` of the site package: two columns, `height` (高度, m) and `volume` (容积, m³), both rising. Between two
rows the volume is taken along the straight line; beyond the table nothing is known.
"""

import csv
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite

HEIGHT = ("height", "高度")
VOLUME = ("volume", "容积")
MOST_ROWS = 20_000


class WrongTable(ValueError):
    """`row` counts from 1 with the header as row 1; `found` and `expected` are the halves of a fault, in Chinese."""

    def __init__(self, row: int, column: str, found: str, expected: str) -> None:
        super().__init__(f"第 {row} 行：{found}，{expected}")
        self.row, self.column, self.found, self.expected = row, column, found, expected


@dataclass(frozen=True, slots=True)
class Strapping:
    """Heights in m and volumes in m³, at least two of each, rising."""

    heights: tuple[float, ...]
    volumes: tuple[float, ...]

    def volume(self, height: float) -> float | None:
        """m³; None beyond the table."""
        if not self.heights[0] <= height <= self.heights[-1]:
            return None
        at = min(bisect_right(self.heights, height), len(self.heights) - 1)
        h0, h1, v0, v1 = self.heights[at - 1], self.heights[at], self.volumes[at - 1], self.volumes[at]
        return v0 + (v1 - v0) * (height - h0) / (h1 - h0)


def upright(area_m2: float, height: float = 1000.0) -> Strapping:
    """A tank of the same cross section all the way up."""
    return Strapping((0.0, height), (0.0, area_m2 * height))


def read_strapping(text: str) -> Strapping:
    """Raises WrongTable for the first row that is wrong."""
    rows = [row for row in csv.reader(text.removeprefix("\ufeff").splitlines()) if any(map(str.strip, row))]
    if not rows:
        raise WrongTable(1, "", "文件是空的", "应有两列 height,volume（高度 m，容积 m³）")
    head = [cell.strip().casefold() for cell in rows[0]]
    places = []
    for names in (HEIGHT, VOLUME):
        found = [at for at, cell in enumerate(head) if cell in names]
        if len(found) != 1:
            raise WrongTable(1, names[0], f"没有列 {names[0]}", f"应有一列 {names[0]}（{names[1]}）")
        places.append(found[0])
    if len(rows) > MOST_ROWS:
        raise WrongTable(MOST_ROWS, "", f"多于 {MOST_ROWS} 行", f"最多 {MOST_ROWS} 行")
    points = [tuple(_number(row, place, number) for place in places) for number, row in enumerate(rows[1:], start=2)]
    if len(points) < 2:
        raise WrongTable(len(rows), "", "不足两行数据", "至少要有两行")
    for number, (before, after) in enumerate(pairwise(points), start=3):
        if after[0] <= before[0]:
            raise WrongTable(number, HEIGHT[0], f"高度 {after[0]:g} 不大于上一行 {before[0]:g}", "高度应逐行增大")
        if after[1] <= before[1]:
            raise WrongTable(number, VOLUME[0], f"容积 {after[1]:g} 不大于上一行 {before[1]:g}", "容积应逐行增大")
    return Strapping(tuple(point[0] for point in points), tuple(point[1] for point in points))


def _number(row: list[str], place: int, number: int) -> float:
    text = row[place].strip() if place < len(row) else ""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        raise WrongTable(number, (HEIGHT, VOLUME)[place > 0][0], f"{text!r} 不是数字", "应为普通数字，如 12.5")
    return value

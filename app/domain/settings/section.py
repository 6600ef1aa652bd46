"""One table of `site.toml` as typed settings: every key with its default, its bounds, and what to say when it is wrong.

Both sides; pure. A part of the product declares its settings as a frozen dataclass and a function `read(section)`; the site
check and the station use the same function, so what passes the check is what will hold. Keys nobody reads are kept and mean
nothing, unless they look like a slip of the pen of one that is read.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.options import misspelt


@dataclass(frozen=True, slots=True)
class WrongSetting:
    """`path` of the table, as in `alarm.shelve`; `found` and `expected` are the halves of a fault, in Chinese. `index`: which
    of several tables `[[path]]`, from 0."""

    path: str
    key: str
    found: str
    expected: str
    index: int = 0


class Section:
    """One table. A value that is wrong is noted in `wrong` and its default taken, so that all faults come to light at once."""

    def __init__(self, table: Any, path: str, wrong: list[WrongSetting], index: int = 0) -> None:
        self.path, self.wrong, self.index = path, wrong, index
        self._read: set[str] = set()
        if not isinstance(table, Mapping):
            wrong.append(WrongSetting(path, "", "不是一个段", f"应写成 [{path}]", index))
            table = {}
        self._table: Mapping[str, Any] = table

    def fault(self, key: str, found: str, expected: str) -> None:
        self.wrong.append(WrongSetting(self.path, key, found, expected, self.index))

    def __contains__(self, key: str) -> bool:
        return key in self._table

    def names(self) -> list[str]:
        """Of a table whose keys are names of their own, such as choices."""
        self._read.update(self._table)
        return list(self._table)

    def number(self, key: str, default: float, low: float, high: float, unit: str = "数") -> float:
        value = self._take(key, default)
        right = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if not right or not low <= value <= high:
            self.fault(key, f"= {value!r} 不对", f"应为 {low:g} 到 {high:g} 的{unit}")
            return default
        return float(value)

    def whole(self, key: str, default: int, low: int, high: int) -> int:
        value = self._take(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.fault(key, f"= {value!r} 不对", f"应为 {low} 到 {high} 的整数")
            return default
        return value

    def flag(self, key: str, default: bool) -> bool:
        value = self._take(key, default)
        if not isinstance(value, bool):
            self.fault(key, f"= {value!r} 不对", "应为 true 或 false")
            return default
        return value

    def text(self, key: str, default: str = "", required: bool = False) -> str:
        value = self._take(key, default)
        if not isinstance(value, str):
            self.fault(key, f"= {value!r} 不是文字", "应为双引号内的文字")
            return default
        if required and not value.strip():
            self.fault(key, "没有填写", "应为双引号内的文字")
        return value.strip()

    def choice(self, key: str, default: str, choices: Collection[str]) -> str:
        value = self._take(key, default)
        if value not in choices:
            self.fault(key, f"= {value!r} 不对", f"应为 {'、'.join(choices)} 之一")
            return default
        return str(value)

    def texts(self, key: str, default: Sequence[str] = (), choices: Collection[str] | None = None) -> tuple[str, ...]:
        value = self._take(key, list(default))
        if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
            self.fault(key, f"= {value!r} 不对", '应为一列文字，如 ["甲", "乙"]')
            return tuple(default)
        unknown = [one for one in value if choices is not None and one not in choices]
        if unknown:
            self.fault(key, f"含有 {'、'.join(unknown)}", f"只能用 {'、'.join(choices or ())}")
            return tuple(default)
        return tuple(one.strip() for one in value)

    def numbers(self, key: str, default: Sequence[float], low: float, high: float, unit: str = "数") -> tuple[float, ...]:
        value = self._take(key, list(default))
        right = isinstance(value, list | tuple) and all(
            not isinstance(one, bool) and isinstance(one, int | float) and low <= one <= high for one in value
        )
        if not right:
            self.fault(key, f"= {value!r} 不对", f"应为一列 {low:g} 到 {high:g} 的{unit}")
            return tuple(default)
        return tuple(float(one) for one in value)

    def table(self, key: str) -> "Section":
        """A table inside: `[path.key]`; empty when it is not there."""
        return Section(self._take(key, {}), f"{self.path}.{key}", self.wrong)

    def tables(self, key: str) -> list["Section"]:
        """Tables inside: `[[path.key]]`."""
        value = self._take(key, [])
        if not isinstance(value, list):
            self.fault(key, "不是一列段", f"每一个应以 [[{self.path}.{key}]] 开头")
            return []
        return [Section(one, f"{self.path}.{key}", self.wrong, index) for index, one in enumerate(value)]

    def by_priority(self, key: str, default: Mapping[str, float], low: float, high: float, unit: str) -> dict[str, float]:
        """A table with a number per priority word."""
        inside = self.table(key)
        found = {word: inside.number(word, value, low, high, unit) for word, value in default.items()}
        inside.done()
        return found

    def done(self) -> None:
        """All keys were asked for: what is left may be a slip of the pen."""
        for key in self._table:
            meant = None if key in self._read else misspelt(key, self._read)
            if meant is not None:
                self.fault(key, "不认识这个设置", f"是否应为 {meant}")

    def _take(self, key: str, default: Any) -> Any:
        self._read.add(key)
        return self._table.get(key, default)

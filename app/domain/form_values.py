"""Values of form fields (表单字段的值): is this what the field expects, is it shown, is it empty? Both sides, pure.

Raises `FormRefused` with a Chinese sentence that names the field and says what is expected. Not the steps: `form_step`.
"""

import math
import re
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any

from app.domain.alarm import Refused
from app.domain.form import FieldDef, FieldType, FormDef
from app.domain.instant import from_rfc3339, to_rfc3339

MOST_ROWS = 500
MOST_FILES = 100
UNFIT = re.compile("[\x00-\x1f\ud800-\udfff]")  # control characters, halves of surrogate pairs
UNFIT_LINES = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff]")


class FormRefused(Refused):
    """What the declaration does not allow. `code`: no_such_step, wrong_state, forbidden, same_person, missing_fields or
    bad_field. `fields`: the keys it is about."""

    def __init__(self, code: str, message: str, fields: Collection[str] = ()) -> None:
        super().__init__(code, message)
        self.fields = tuple(fields)


def is_empty(value: Any) -> bool:
    """Nothing was answered; False and 0 are answers."""
    return value is None or value == "" or value == [] or value == ()


def is_shown(field: FieldDef, values: Mapping[str, Any]) -> bool:
    """Is the field asked for, as the others stand?"""
    if field.show_if is None:
        return True
    key, wanted = field.show_if
    value = values.get(key)
    words = value if isinstance(value, list | tuple) else (value,)
    return any(text_of(word) in wanted for word in words)


def text_of(value: Any) -> str:
    """A value as `show_if` compares it."""
    return "true" if value is True else "false" if value is False else "" if value is None else str(value)


def checked(definition: FormDef, given: Mapping[str, Any], files: Collection[str] = ()) -> dict[str, Any]:
    """The given fields in the one form they are kept in; an emptied field is None. `files`: what is attached. Raises
    FormRefused for the first that is wrong."""
    found = {}
    for key, value in given.items():
        try:
            field = definition.field_named(key)
        except KeyError:
            raise FormRefused("bad_field", f"“{definition.title}”没有字段 {key}", (key,)) from None
        found[key] = check(field, value, files)
    return found


def check(field: FieldDef, value: Any, files: Collection[str] = (), where: str = "") -> Any:
    """The value as it is kept, None for an empty one. `where`: the row of a table it stands in."""
    if is_empty(value):
        return None
    try:
        return _READERS[field.type](field, value, files)
    except _Wrong as wrong:
        title = f"{where}“{field.title}”"
        raise FormRefused("bad_field", f"{title}{wrong.found}，{wrong.expected}", (field.key,)) from None


class _Wrong(Exception):
    def __init__(self, found: str, expected: str) -> None:
        super().__init__(found)
        self.found, self.expected = found, expected


def _text(field: FieldDef, value: Any, files: Collection[str]) -> str | None:
    if not isinstance(value, str):
        raise _Wrong("不是文字", "应填写文字")
    text = value.replace("\r\n", "\n").strip()
    if len(text) > field.longest:
        raise _Wrong(f"有 {len(text)} 个字", f"最多 {field.longest} 个字")
    several = field.type is FieldType.LONG
    if (UNFIT_LINES if several else UNFIT).search(text):
        raise _Wrong("含有不能保存的字符", "应为普通文字" if several else "应为一行普通文字")
    return text or None


def _number(field: FieldDef, value: Any, files: Collection[str]) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _Wrong("不是数字", "应填写数字")
    unit = f" {field.unit}" if field.unit else ""
    low, high = field.low, field.high
    if (low is not None and value < low) or (high is not None and value > high):
        if low is not None and high is not None:
            expected = f"应为 {low:g} 到 {high:g}{unit}"
        else:
            expected = f"应不小于 {low:g}{unit}" if low is not None else f"应不大于 {high:g}{unit}"
        raise _Wrong(f"为 {value:g}{unit}", expected)
    return value


def _time(field: FieldDef, value: Any, files: Collection[str]) -> str:
    try:
        return to_rfc3339(from_rfc3339(value))
    except (ValueError, TypeError, OverflowError):
        raise _Wrong("不是时间", "应为带时区的时间，如 2026-11-21T02:40:00Z") from None


def _date(field: FieldDef, value: Any, files: Collection[str]) -> str:
    try:
        if len(value) != 10:
            raise ValueError
        return date.fromisoformat(value).isoformat()
    except (ValueError, TypeError):
        raise _Wrong("不是日期", "应像 2026-11-21") from None


def _flag(field: FieldDef, value: Any, files: Collection[str]) -> bool:
    if not isinstance(value, bool):
        raise _Wrong("不是“是”或“否”", "应为是或否")
    return value


def _choice(field: FieldDef, value: Any, files: Collection[str]) -> str:
    if not isinstance(value, str) or value not in field.choices:
        raise _Wrong("不在可选范围内", f"应为：{'、'.join(field.choices.values())}")
    return value


def _choices(field: FieldDef, value: Any, files: Collection[str]) -> list[str]:
    if not isinstance(value, list | tuple):
        raise _Wrong("不是若干选项", f"应选自：{'、'.join(field.choices.values())}")
    chosen = {_choice(field, one, files) for one in value}
    return [code for code in field.choices if code in chosen]


def _files(field: FieldDef, value: Any, files: Collection[str]) -> list[str]:
    if not isinstance(value, list | tuple) or len(value) > MOST_FILES or not all(isinstance(one, str) for one in value):
        raise _Wrong("不是附件清单", f"应为最多 {MOST_FILES} 个附件")
    for one in value:
        if one not in files:
            raise _Wrong(f"里的附件 {one} 不存在", "请先上传附件")
    return list(dict.fromkeys(value))


def _table(field: FieldDef, value: Any, files: Collection[str]) -> list[dict[str, Any]]:
    if not isinstance(value, list | tuple) or not all(isinstance(row, Mapping) for row in value):
        raise _Wrong("不是表格", "应为若干行")
    if len(value) > MOST_ROWS:
        raise _Wrong(f"有 {len(value)} 行", f"最多 {MOST_ROWS} 行")
    columns = {column.key: column for column in field.columns}
    rows = []
    for number, row in enumerate(value, start=1):
        where = f"“{field.title}”第 {number} 行的"
        for key in row:
            if key not in columns:
                raise _Wrong(f"没有列 {key}", f"应为：{'、'.join(column.title for column in field.columns)}")
        cells = {key: check(columns[key], cell, files, where) for key, cell in row.items()}
        cells = {key: cell for key, cell in cells.items() if cell is not None}
        if not cells:
            continue
        for column in field.columns:
            if column.required and column.key not in cells:
                raise FormRefused("missing_fields", f"{where}“{column.title}”没有填写", (field.key,))
        rows.append(cells)
    return rows


_READERS: Mapping[FieldType, Callable[[FieldDef, Any, Collection[str]], Any]] = {
    FieldType.TEXT: _text,
    FieldType.LONG: _text,
    FieldType.PERSON: _text,
    FieldType.NUMBER: _number,
    FieldType.TIME: _time,
    FieldType.DATE: _date,
    FieldType.FLAG: _flag,
    FieldType.CHOICE: _choice,
    FieldType.CHOICES: _choices,
    FieldType.FILES: _files,
    FieldType.TABLE: _table,
}

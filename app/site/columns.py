"""The columns of the four tables: English and Chinese header, how a cell is read and how it is written. Pure data.

What a cell means beyond itself (limits in order, a tag that exists) is in `tag_rules` and `tables`.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from app.domain.plant import EquipmentStatus, EquipmentType
from app.domain.tag import DataType, Kind, Priority, WordOrder
from app.site.faults import Wrong, one_of, quote

CAMERA_NVRS = ("hikvision", "dahua", "uniview", "onvif", "gb28181", "generic")
CAMERA_KINDS = ("tank", "duty_room", "unit", "warehouse", "gate", "overview")


@dataclass(frozen=True, slots=True)
class Column:
    """`read` turns a cell that is not empty into a value or raises Wrong; `write` is its inverse, "" = not set."""

    name: str
    chinese: tuple[str, ...]
    read: Callable[[str], Any]
    write: Callable[[Any], str] = str
    is_number: bool = False
    required: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the package. `key`: the column whose value is unique, "" when no single column is."""

    key: str
    thing: str  # what a row is, in Chinese
    columns: tuple[Column, ...]
    by_header: Mapping[str, Column] = field(init=False)

    def __post_init__(self) -> None:
        headers = {header: column for column in self.columns for header in (column.name, *column.chinese)}
        object.__setattr__(self, "by_header", headers)


def _text(name: str, *chinese: str, required: bool = False) -> Column:
    return Column(name, chinese, str, required=required)


_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def _number(name: str, *chinese: str) -> Column:
    return Column(name, chinese, read_number, number_text, is_number=True)


def read_number(text: str) -> float:
    if not _NUMBER.fullmatch(text) or not math.isfinite(value := float(text)):
        raise Wrong(f"{quote(text)} 不是数字", "应为普通数字，如 12.5，不带单位和千位逗号")
    return value


def number_text(value: float | None) -> str:
    """The shortest text that reads back to the same number."""
    return "" if value is None else repr(value).removesuffix(".0")


def _whole(name: str, low: int, high: int, *chinese: str) -> Column:
    def read(text: str) -> int:
        if not re.fullmatch(r"[+-]?\d{1,9}", text, re.ASCII) or not low <= int(text) <= high:
            raise Wrong(f"{quote(text)} 不是 {low} 到 {high} 的整数", f"应为 {low} 到 {high} 的整数")
        return int(text)

    return Column(name, chinese, read, lambda value: "" if value is None else str(value), is_number=True)


def _word(name: str, words: type[StrEnum], *chinese: str) -> Column:
    table = {word.value.casefold(): word for word in words}

    def read(text: str) -> StrEnum:
        try:
            return table[text.casefold()]
        except KeyError:
            raise Wrong(f"不认识 {quote(text)}", one_of(words)) from None

    return Column(name, chinese, read)


def _plain_word(name: str, words: tuple[str, ...], *chinese: str) -> Column:
    def read(text: str) -> str:
        if text.casefold() not in words:
            raise Wrong(f"不认识 {quote(text)}", one_of(words))
        return text.casefold()

    return Column(name, chinese, read)


def _read_priority(text: str) -> Priority:
    try:
        return Priority.of(text)
    except KeyError:
        raise Wrong(f"不认识 {quote(text)}", one_of(priority.word for priority in Priority)) from None


def _priority(name: str, *chinese: str) -> Column:
    return Column(name, chinese, _read_priority, lambda priority: str(priority.word))


_YES_NO = {"1": True, "true": True, "yes": True, "是": True, "0": False, "false": False, "no": False, "否": False}


def _read_yes_no(text: str) -> bool:
    try:
        return _YES_NO[text.casefold()]
    except KeyError:
        raise Wrong(f"不认识 {quote(text)}", "应为 1 或 0（是或否）") from None


def _read_list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in re.split("[;；]", text) if part.strip())


def _read_date(text: str) -> str:
    """Also as Excel likes to write it: 2026/11/21."""
    found = re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", text, re.ASCII)
    try:
        if found is not None:
            return date(*(int(part) for part in found.groups())).isoformat()
    except ValueError:
        pass
    raise Wrong(f"{quote(text)} 不是日期", "应像 2026-11-21")


def _list(name: str, *chinese: str) -> Column:
    return Column(name, chinese, _read_list, ";".join)


TAGS = Table(
    "tag",
    "位号",
    (
        _text("tag", "位号", required=True),
        _text("name", "名称"),
        _text("equipment", "设备", "设备编号"),
        _word("kind", Kind, "类型"),
        _text("unit", "单位"),
        _number("range_low", "量程下限"),
        _number("range_high", "量程上限"),
        _whole("decimals", 0, 9, "小数位"),
        _text("source", "数据源", required=True),
        _text("address", "地址", required=True),
        _word("data_type", DataType, "数据格式"),
        _word("word_order", WordOrder, "字节序"),
        _number("scale", "比例"),
        _number("offset", "偏移"),
        _number("period_s", "周期"),
        _number("stale_s", "失效时间"),
        _number("ll", "低低报"),
        _number("l", "低报"),
        _number("h", "高报"),
        _number("hh", "高高报"),
        _number("deadband", "死区"),
        _number("on_delay_s", "报警延时"),
        _number("off_delay_s", "消警延时"),
        _whole("alarm_on", 0, 1, "报警值"),
        _priority("priority_hh", "高高报优先级"),
        _priority("priority_h", "高报优先级"),
        _priority("priority_l", "低报优先级"),
        _priority("priority_ll", "低低报优先级"),
        Column("latching", ("锁存",), _read_yes_no, lambda value: "1" if value else "0"),
        _text("guidance", "处置提示"),
        _list("camera", "摄像机"),
        _number("prealarm_min", "预警提前分钟"),
        _priority("priority_prealarm", "预警优先级"),
    ),
)

EQUIPMENT = Table(
    "equipment",
    "设备编号",
    (
        _text("equipment", "设备编号", "设备", required=True),
        _text("name", "名称", "设备名称"),
        _word("type", EquipmentType, "类型", "设备类型"),
        _text("area", "区域"),
        _text("hazard_source", "重大危险源编码"),
        _whole("hazard_level", 1, 4, "重大危险源等级"),
        _text("chemical", "介质"),
        _text("cas", "CAS号"),
        _number("capacity_t", "最大储量"),
        _word("status", EquipmentStatus, "状态"),
        _text("responsible", "责任人"),
    ),
)

CAMERAS = Table(
    "camera",
    "摄像机编号",
    (
        _text("camera", "摄像机", "摄像机编号", required=True),
        _text("name", "名称", "摄像机名称"),
        _text("main_url", "主码流"),
        _text("sub_url", "子码流"),
        _text("secret", "密钥名"),
        _plain_word("nvr", CAMERA_NVRS, "录像机"),
        _text("channel", "通道"),
        _list("equipment", "设备", "设备编号"),
        _plain_word("kind", CAMERA_KINDS, "类型"),
    ),
)

ROSTER = Table(
    "",
    "班次",
    (
        Column("date", ("日期",), _read_date, required=True),
        _text("shift", "班次", required=True),
        _text("crew", "班组"),
        _text("leader", "值班长", "班长"),
        _list("members", "值班员", "成员"),
    ),
)

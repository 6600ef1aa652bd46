"""The rules one row of the point table must keep beyond its single cells: limits, times, addresses, references. Pure, linear.

A rule speaks only of cells that could be read; a cell already faulted raises no second fault.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from app.domain.address import ModbusAddress, parse_modbus, parse_node_id
from app.domain.plant import Source
from app.domain.tag import DataType
from app.site.columns import number_text
from app.site.faults import quote
from app.site.source_rules import LONGEST_S

RowFault = Callable[[str, str, str], None]
"""Column, found, expected."""

LIMITS = ("ll", "l", "h", "hh")
_LIMIT_NAMES = {"ll": "低低报", "l": "低报", "h": "高报", "hh": "高高报"}
_RESERVED = "@"
LONGEST_PREALARM_MIN = 240.0


@dataclass(slots=True)
class Around:
    """What a tag may refer to; None: that table could not be read, nothing is said about it. `places`: address already used."""

    sources: Mapping[str, Source] | None
    source_ids: Collection[str] | None
    equipment: Collection[str] | None
    cameras: Collection[str] | None
    places: dict[tuple[str, str], tuple[str, int, tuple[str, str]]] = field(default_factory=dict)


def check_tag(values: dict[str, Any], wrong: Collection[str], around: Around, row: int, fault: RowFault) -> None:
    """`values` as in `Row`; a data type left empty is filled in for addresses that are bits."""
    if str(values.get("tag", "")).startswith(_RESERVED):
        fault("tag", f"位号 {quote(values['tag'])} 以 @ 开头", "@ 开头的名字留给系统自己的报警，请换一个")
    _check_references(values, wrong, around, fault)
    _check_address(values, wrong, around, row, fault)
    _check_times(values, around, fault)
    _check_range(values, fault)
    _check_limits(values, wrong, fault)
    _check_prealarm(values, wrong, fault)


def check_tuning(values: Mapping[str, Any], source: Source | None, fault: RowFault) -> None:
    """What of a row may be changed while the station runs: limits, deadband, delays, pre-alarm. `values` as in `Row`."""
    around = Around(None if source is None else {source.id: source}, None, None, None)
    _check_times(values, around, fault)
    _check_limits(values, (), fault)
    _check_prealarm(values, (), fault)


def _check_references(values: Mapping[str, Any], wrong: Collection[str], around: Around, fault: RowFault) -> None:
    for column, thing in (("source", "数据源"), ("address", "地址")):
        if column not in values and column not in wrong:
            fault(column, "是空的", f"每个位号都应有{thing}")
    source = values.get("source")
    if source is not None and around.source_ids is not None and source not in around.source_ids:
        fault("source", f"没有数据源 {quote(source)}", "应为 site.toml 里某个 [[source]] 的 id")
    equipment = values.get("equipment")
    if equipment is not None and around.equipment is not None and equipment not in around.equipment:
        fault("equipment", f"没有设备 {quote(equipment)}", "应为 equipment.csv 里的设备编号")
    if around.cameras is not None:
        for camera in values.get("camera", ()):
            if camera not in around.cameras:
                fault("camera", f"没有摄像机 {quote(camera)}", "应为 cameras.csv 里的摄像机编号，多个用分号隔开")


def _check_address(values: dict[str, Any], wrong: Collection[str], around: Around, row: int, fault: RowFault) -> None:
    address, source = values.get("address"), (around.sources or {}).get(values.get("source", ""))
    if address is None or source is None or "data_type" in wrong:
        return
    modbus = None
    if source.driver == "opcua":
        try:
            place = str(parse_node_id(address))
        except ValueError as error:
            fault("address", str(error), "数据源的驱动是 opcua，应为节点，如 ns=2;s=TK101.Level")
            return
    elif source.driver.startswith("modbus"):
        modbus = _modbus_place(values, source, address, fault)
        if modbus is None:
            return
        place = f"{source.unit if modbus.unit is None else modbus.unit}@{modbus.table}:{modbus.offset}.{modbus.bit}"
    else:
        return
    kind = (str(values.get("data_type", DataType.FLOAT32)), str(values.get("word_order", "ABCD")) if modbus else "")
    tag, first, other = around.places.setdefault((source.id, place), (values.get("tag", ""), row, kind))
    if other != kind and "word_order" not in wrong:
        fault(
            "address",
            f"{quote(address)} 与第 {first} 行 {quote(tag)} 是同一地址，数据格式却是 {' '.join(kind)} 和 {' '.join(other)}",
            "同一地址的数据格式和字节序应相同",
        )


def _modbus_place(values: dict[str, Any], source: Source, address: str, fault: RowFault) -> ModbusAddress | None:
    data_type: DataType | None = values.get("data_type")
    expected = f"数据源的驱动是 {source.driver}，应像 HR:100、40101 或 HR:100.3"
    try:
        modbus = parse_modbus(address)
        is_bit = modbus.table.is_bits or modbus.bit is not None
        if data_type is None and is_bit:
            data_type = values["data_type"] = DataType.BOOL
        parse_modbus(address, (data_type or DataType.FLOAT32).registers)
    except ValueError as error:
        fault("address", str(error), expected)
        return None
    if is_bit and data_type is not DataType.BOOL:
        fault("data_type", f"地址 {quote(address)} 是一位，数据格式却是 {data_type}", "应为 bool，或改用整个寄存器的地址")
    return modbus


def _check_times(values: Mapping[str, Any], around: Around, fault: RowFault) -> None:
    for column in ("period_s", "stale_s"):
        value = values.get(column)
        if value is not None and not 0 < value <= LONGEST_S:
            fault(column, f"{number_text(value)} 秒不对", f"应大于 0，不超过 {LONGEST_S:g} 秒，或留空")
    for column in ("on_delay_s", "off_delay_s"):
        value = values.get(column)
        if value is not None and not 0 <= value <= LONGEST_S:
            fault(column, f"{number_text(value)} 秒不对", f"应在 0 到 {LONGEST_S:g} 秒之间")
    stale = values.get("stale_s")
    source = (around.sources or {}).get(values.get("source", ""))
    period = values.get("period_s", source.period_s if source else None)
    if stale is not None and period is not None and 0 < stale < period:
        fault(
            "stale_s",
            f"失效时间 {number_text(stale)} 秒短于周期 {number_text(period)} 秒",
            "应不短于周期，否则值永远是过期的",
        )


def _check_range(values: Mapping[str, Any], fault: RowFault) -> None:
    low, high = values.get("range_low"), values.get("range_high")
    if low is not None and high is not None and low >= high:
        fault("range_high", f"量程上限 {number_text(high)} 不大于量程下限 {number_text(low)}", f"应大于 {number_text(low)}")
    if values.get("scale") == 0:
        fault("scale", "比例为 0，值将永远不变", "应为不等于 0 的数，或留空")


def _check_limits(values: Mapping[str, Any], wrong: Collection[str], fault: RowFault) -> None:
    limits = [(column, values[column]) for column in LIMITS if column in values]
    if limits and values.get("data_type") is DataType.BOOL:
        fault(limits[0][0], "开关量（bool）设了限值", "限值应留空，开关量的报警写在 alarm_on（报警值）")
    elif limits and "alarm_on" in values:
        fault("alarm_on", "同时设了限值和报警值", "模拟量用限值，开关量用报警值，应只留一种")
    in_order = True
    for (lower, low), (upper, high) in pairwise(limits):
        if low >= high:
            in_order = False
            fault(
                upper,
                f"{_LIMIT_NAMES[upper]} {number_text(high)} 不大于{_LIMIT_NAMES[lower]} {number_text(low)}",
                "应为 低低报 < 低报 < 高报 < 高高报",
            )
    low, high = values.get("range_low"), values.get("range_high")
    for column, value in limits:
        if (low is not None and value < low) or (high is not None and value > high):
            between = f"{_bound(low)} 到 {_bound(high)}"
            fault(column, f"{_LIMIT_NAMES[column]} {number_text(value)} 在量程 {between} 之外", f"应在 {between} 之间")
            in_order = False
    if in_order and "range_low" not in wrong and "range_high" not in wrong:
        _check_deadband(values, limits, fault)


def _check_prealarm(values: Mapping[str, Any], wrong: Collection[str], fault: RowFault) -> None:
    minutes = values.get("prealarm_min")
    if minutes is None:
        return
    if not 0 < minutes <= LONGEST_PREALARM_MIN:
        expected = f"应大于 0，不超过 {LONGEST_PREALARM_MIN:g} 分钟，不要预警请留空"
        fault("prealarm_min", f"预警提前 {number_text(minutes)} 分钟不对", expected)
    elif values.get("data_type") is DataType.BOOL or "alarm_on" in values:
        fault("prealarm_min", "开关量设了趋势预警", "趋势预警只用于模拟量，请留空")
    elif not any(column in values or column in wrong for column in LIMITS):
        fault("prealarm_min", "没有设限值，却要求到限预警", "应先设 ll、l、h、hh 中至少一个，或留空")


def _bound(value: float | None) -> str:
    return "不限" if value is None else number_text(value)


def _check_deadband(values: Mapping[str, Any], limits: list[tuple[str, float]], fault: RowFault) -> None:
    deadband = values.get("deadband", 0.0)
    if deadband < 0:
        fault("deadband", f"死区 {number_text(deadband)} 是负数", "应为 0 或正数")
        return
    for (lower, below), (upper, above) in pairwise(limits):
        if _is_over(deadband, above - below):
            between = f"{_LIMIT_NAMES[lower]} {number_text(below)} 与{_LIMIT_NAMES[upper]} {number_text(above)} 的间距"
            fault("deadband", f"死区 {number_text(deadband)} 大于{between}", f"应不大于 {above - below:.6g}")
            return
    for column, value in limits:
        # a high alarm ends at or below value - deadband: outside the range it could never end
        end, towards = (values.get("range_low"), -1) if column in ("h", "hh") else (values.get("range_high"), 1)
        if end is not None and _is_over(deadband, (end - value) * towards):
            found = f"死区 {number_text(deadband)} 使{_LIMIT_NAMES[column]} {number_text(value)} 在量程内无法消警"
            fault("deadband", found, f"应不大于 {(end - value) * towards:.6g}")
            return


def _is_over(deadband: float, room: float) -> bool:
    """Decimal fractions are not exact: 0.3 - 0.2 is a little less than 0.1."""
    return deadband > room + 1e-9 * max(abs(deadband), abs(room))

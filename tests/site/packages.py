"""A small valid site package to build tests on: 2 sources, 5 tags, 3 pieces of equipment, 2 cameras, 1 display.

`make_package(path, **changes)` writes it as a folder, or as an archive when `path` ends in .zip. Tables are lists of
dictionaries, so a change is one cell: `make_package(path, tags=with_cell(TAGS, 2, "hh", "x"))`.
"""

import csv
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl

Table = Sequence[Mapping[str, str]]

TOML = """\
[site]
code = "370300001"
name = "示范化工有限公司"
timezone = "Asia/Shanghai"

[[source]]
id = "dcs"
driver = "opcua"
url = "opc.tcp://127.0.0.1:4840/plant"
security = "none"
user = "viewer"
password_secret = "dcs"

[[source]]
id = "gds"
driver = "modbus_tcp"
url = "tcp://127.0.0.1:5020"
unit = 1
period_s = 1.0
gap = 4
"""

CHINESE = {
    "tags": {
        "tag": "位号", "name": "名称", "equipment": "设备", "kind": "类型", "unit": "单位", "range_low": "量程下限",
        "range_high": "量程上限", "decimals": "小数位", "source": "数据源", "address": "地址", "data_type": "数据格式",
        "word_order": "字节序", "scale": "比例", "offset": "偏移", "period_s": "周期", "stale_s": "失效时间", "ll": "低低报",
        "l": "低报", "h": "高报", "hh": "高高报", "deadband": "死区", "on_delay_s": "报警延时", "off_delay_s": "消警延时",
        "alarm_on": "报警值", "priority_hh": "高高报优先级", "priority_h": "高报优先级", "priority_l": "低报优先级",
        "priority_ll": "低低报优先级", "latching": "锁存", "guidance": "处置提示", "camera": "摄像机",
        "prealarm_min": "预警提前分钟", "priority_prealarm": "预警优先级",
    },
    "equipment": {
        "equipment": "设备编号", "name": "名称", "type": "类型", "area": "区域", "hazard_source": "重大危险源编码",
        "hazard_level": "重大危险源等级", "chemical": "介质", "cas": "CAS号", "capacity_t": "最大储量", "status": "状态",
        "responsible": "责任人",
    },
    "cameras": {
        "camera": "摄像机", "name": "名称", "main_url": "主码流", "sub_url": "子码流", "secret": "密钥名", "nvr": "录像机",
        "channel": "通道", "equipment": "设备", "kind": "类型",
    },
}  # fmt: skip


def _tag(**cells: str) -> dict[str, str]:
    return {**dict.fromkeys([*CHINESE["tags"], "备注"], ""), **cells}


TAGS: Table = (
    _tag(
        tag="TK101.LT", name="甲醇储罐液位", equipment="V-101", kind="level", unit="%", range_low="0", range_high="100",
        decimals="2", source="dcs", address="ns=2;s=TK101.Level", ll="5", l="10", h="85", hh="95", deadband="0.5",
        on_delay_s="2", off_delay_s="3", priority_h="medium", latching="1", guidance="停止进料，\n确认阀门", camera="NVR1-07",
        备注="校验 2026",
    ),
    _tag(
        tag="TK101.TT", name="甲醇储罐温度", equipment="V-101", kind="temperature", unit="℃", range_low="-20",
        range_high="80", source="dcs", address="ns=2;s=TK101.Temp", h="45",
    ),
    _tag(
        tag="GT103", name="可燃气体", equipment="GA-1", kind="combustible_gas", unit="%LEL", range_low="0", range_high="100",
        source="gds", address="HR:100", data_type="uint16", scale="0.1", h="25", hh="50", camera="NVR1-07;NVR1-08",
    ),
    _tag(
        tag="00123", name="接地", equipment="V-101", kind="grounding", source="gds", address="40111.3", alarm_on="0",
    ),
    _tag(tag="GT104", kind="toxic_gas", unit="ppm", source="gds", address="2@IR:7", data_type="float32", word_order="CDAB"),
)  # fmt: skip

EQUIPMENT: Table = (
    {
        "equipment": "V-101", "name": "甲醇储罐", "type": "tank", "area": "一号罐区", "hazard_source": "BA370300001001",
        "hazard_level": "2", "chemical": "甲醇", "cas": "67-56-1", "capacity_t": "790.5", "status": "in_service",
        "responsible": "王工",
    },
    {
        "equipment": "GA-1", "name": "一号气体区", "type": "gas_area", "area": "一号罐区", "hazard_source": "BA370300001001",
        "hazard_level": "", "chemical": "", "cas": "", "capacity_t": "", "status": "", "responsible": "",
    },
    {
        "equipment": "P-1", "name": "", "type": "", "area": "", "hazard_source": "", "hazard_level": "", "chemical": "",
        "cas": "", "capacity_t": "", "status": "maintenance", "responsible": "",
    },
)  # fmt: skip

CAMERAS: Table = (
    {
        "camera": "NVR1-07", "name": "罐区东", "main_url": "rtsp://10.0.0.5:554/Streaming/Channels/701",
        "sub_url": "rtsp://10.0.0.5:554/Streaming/Channels/702", "secret": "nvr1", "nvr": "hikvision", "channel": "7",
        "equipment": "V-101;GA-1", "kind": "tank",
    },
    {
        "camera": "NVR1-08", "name": "", "main_url": "file://clips/gate.mp4", "sub_url": "", "secret": "", "nvr": "",
        "channel": "", "equipment": "", "kind": "gate",
    },
)  # fmt: skip

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 420 260"><rect width="420" height="260"/></svg>'

LAYOUT: dict[str, Any] = {
    "schema": 1,
    "id": "tankfarm-a",
    "title": "一号罐区",
    "level": 2,
    "extent": [0, 0, 420, 260],
    "background": {"file": "tankfarm-a.svg", "affine": [0.05, 0, 0, -0.05, 0, 260], "dim": 0.3},
    "drawn_by": "李工",
    "items": [
        {"id": "e7", "type": "tank.vertical", "x": 62.5, "y": 118, "w": 12, "h": 12, "label": "V-101", "equipment": "V-101",
         "bind": {"level": "TK101.LT", "temperature": "TK101.TT"}, "cameras": ["NVR1-07"]},
        {"id": "g3", "type": "gas_detector", "x": 80, "y": 121, "label": "GT-103", "bind": {"value": "GT103"}},
        {"id": "c1", "type": "camera", "x": 20, "y": 30, "camera": "NVR1-07", "bearing": 45, "angle": 60, "reach": 40},
        {"id": "n1", "type": "something.new", "x": 1, "y": 2, "colour": "none"},
    ],
}  # fmt: skip


def with_cell(table: Table, row: int, column: str, value: str) -> Table:
    """`row` as in the file: the header is 1, so the first line of data is 2."""
    return [{**line, column: value} if number == row else line for number, line in enumerate(table, start=2)]


def layout_lines(layout: Mapping[str, Any]) -> bytes:
    """One item a line, as displays are written."""
    head = {key: value for key, value in layout.items() if key != "items"}
    text = json.dumps(head, ensure_ascii=False)[:-1]
    items = ",\n  ".join(json.dumps(item, ensure_ascii=False) for item in layout["items"])
    return f'{text},\n "items": [\n  {items}]}}\n'.encode()


def csv_bytes(name: str, table: Table, encoding: str = "utf-8", chinese: bool = False) -> bytes:
    stream = io.StringIO(newline="")
    columns = list(table[0])
    writer = csv.writer(stream)
    writer.writerow([CHINESE[name].get(column, column) if chinese else column for column in columns])
    writer.writerows([line.get(column, "") for column in columns] for line in table)
    return stream.getvalue().encode(encoding)


def xlsx_bytes(name: str, table: Sequence[Mapping[str, Any]], chinese: bool = False) -> bytes:
    """Cells as given: a number stays a number, a date a date. `(value, format)` sets the number format too."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for index, column in enumerate(table[0], start=1):
        sheet.cell(1, index, CHINESE[name].get(column, column) if chinese else column)
        for row, line in enumerate(table, start=2):
            value = line.get(column, "")
            style = None
            if isinstance(value, tuple):
                value, style = value
            if value != "":
                cell = sheet.cell(row, index, value)
                if style:
                    cell.number_format = style
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def package_files(
    toml: str = TOML,
    tags: Table = TAGS,
    equipment: Table = EQUIPMENT,
    cameras: Table = CAMERAS,
    layouts: Sequence[Mapping[str, Any]] = (LAYOUT,),
    encoding: str = "utf-8",
    chinese: bool = False,
    xlsx: bool = False,
    files: Mapping[str, bytes | None] | None = None,
) -> dict[str, bytes]:
    """`files`: further or other files by name; None takes one away."""
    content: dict[str, bytes | None] = {
        "site.toml": toml.encode(),
        "equipment.csv": csv_bytes("equipment", equipment, encoding, chinese),
        "cameras.csv": csv_bytes("cameras", cameras, encoding, chinese),
        "layouts/tankfarm-a.svg": SVG,
        **{f"layouts/{layout['id']}.json": layout_lines(layout) for layout in layouts},
    }
    if xlsx:
        content["tags.xlsx"] = xlsx_bytes("tags", tags, chinese)
    else:
        content["tags.csv"] = csv_bytes("tags", tags, encoding, chinese)
    content.update(files or {})
    return {name: data for name, data in content.items() if data is not None}


def make_package(path: Path, **changes: Any) -> Path:
    """`changes` as in `package_files`. Returns `path`."""
    content = package_files(**changes)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in content.items():
                archive.writestr(name, data)
        return path
    for name, data in content.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return path

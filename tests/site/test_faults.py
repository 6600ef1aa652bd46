"""One row a kind of fault: what is changed in a valid package, and the one fault that must come of it."""

import copy
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.domain.plant import Fault
from app.site import SiteFaults, load_site
from app.site.files import Bounds, read_package
from app.site.text import decode
from tests.site.packages import (
    CAMERAS,
    CHINESE,
    EQUIPMENT,
    LAYOUT,
    SVG,
    TAGS,
    TOML,
    csv_bytes,
    layout_lines,
    make_package,
    with_cell,
    xlsx_bytes,
)

Change = dict[str, Any]


def faults_of(path: Path, **changes: Any) -> list[Fault]:
    with pytest.raises(SiteFaults) as refused:
        load_site(make_package(path, **changes))
    return refused.value.faults


def only_fault(path: Path, **changes: Any) -> Fault:
    found = faults_of(path, **changes)
    assert len(found) == 1, "\n".join(map(str, found))
    return found[0]


@pytest.mark.parametrize(
    ("row", "column", "value", "says"),
    [
        (3, "tag", "TK101.LT", "与第 2 行重复"),
        (6, "tag", "", "是空的"),
        (6, "tag", "@x", "以 @ 开头"),
        (2, "equipment", "V-999", "没有设备 “V-999”"),
        (2, "kind", "depth", "不认识 “depth”"),
        (2, "range_low", "0%", "不是数字"),
        (2, "range_low", "1,000", "不是数字"),
        (2, "range_high", "１００", "不是数字"),
        (2, "range_high", "nan", "不是数字"),
        (2, "range_high", "1e999", "不是数字"),
        (6, "decimals", "1.5", "不是 0 到 9 的整数"),
        (6, "decimals", "10", "不是 0 到 9 的整数"),
        (2, "source", "plc", "没有数据源 “plc”"),
        (3, "source", "", "是空的"),
        (3, "address", "", "是空的"),
        (2, "address", "HR:100", "OPC UA 节点“HR:100”不认识"),
        (4, "address", "ns=2;s=A", "Modbus 地址“ns=2;s=A”不认识"),
        (4, "address", "HR:65536", "超出范围"),
        (6, "address", "IR:65535", "超出范围"),  # two registers
        (5, "address", "HR:1.16", "0 到 15"),
        (4, "data_type", "real", "不认识 “real”"),
        (5, "data_type", "uint16", "是一位"),
        (6, "word_order", "ABDC", "不认识 “ABDC”"),
        (4, "scale", "0", "比例为 0"),
        (4, "offset", "x", "不是数字"),
        (2, "period_s", "0", "0 秒不对"),
        (2, "period_s", "-1", "-1 秒不对"),
        (2, "stale_s", "0.5", "短于周期 1 秒"),
        (2, "stale_s", "100000", "100000 秒不对"),
        (2, "ll", "10", "低报 10 不大于低低报 10"),
        (2, "l", "90", "高报 85 不大于低报 90"),
        (2, "hh", "80", "高高报 80 不大于高报 85"),
        (2, "hh", "100.1", "在量程 0 到 100 之外"),
        (2, "ll", "-0.1", "在量程 0 到 100 之外"),
        (5, "h", "1", "开关量（bool）设了限值"),
        (4, "alarm_on", "1", "同时设了限值和报警值"),
        (2, "deadband", "-1", "是负数"),
        (2, "deadband", "6", "大于低低报 5 与低报 10 的间距"),
        (3, "deadband", "66", "使高报 45 在量程内无法消警"),
        (2, "on_delay_s", "-1", "-1 秒不对"),
        (2, "off_delay_s", "-0.5", "-0.5 秒不对"),
        (5, "alarm_on", "2", "不是 0 到 1 的整数"),
        (2, "priority_h", "urgent", "不认识 “urgent”"),
        (2, "latching", "maybe", "不认识 “maybe”"),
        (4, "camera", "NVR1-07;NVR9", "没有摄像机 “NVR9”"),
        (2, "prealarm_min", "soon", "不是数字"),
        (2, "prealarm_min", "0", "0 分钟不对"),
        (2, "prealarm_min", "241", "241 分钟不对"),
        (5, "prealarm_min", "10", "开关量设了趋势预警"),
        (2, "priority_prealarm", "urgent", "不认识 “urgent”"),
    ],
)
@pytest.mark.parametrize("kind", ["csv", "中文 csv", "xlsx"])
def test_a_wrong_cell_of_the_point_table(tmp_path: Path, row: int, column: str, value: str, says: str, kind: str) -> None:
    # the display names tags of the table: without it a lost tag is one fault
    fault = only_fault(
        tmp_path / "p", tags=with_cell(TAGS, row, column, value), layouts=(), chinese="中文" in kind, xlsx=kind == "xlsx"
    )
    other = {"ll": "l", "l": "h"} if "不大于" in says else {}  # of two limits in the wrong order the upper one is named
    named = other.get(column, column)
    named = CHINESE["tags"][named] if "中文" in kind else named
    assert says in fault.found
    assert (fault.file, fault.row) == (f"tags.{kind.split()[-1]}", row)
    assert fault.column.split("(")[0] == named
    assert fault.expected


def tags_text(text: str) -> Change:
    return {"layouts": (), "files": {"tags.csv": text.encode()}}


TAGS_CSV = csv_bytes("tags", TAGS).decode()
TWO = "tag,source,address,data_type\nA,gds,HR:1,uint16\nB,gds,40002,uint16\nC,gds,2@HR:1,int16\nD,dcs,i=1,int16\n"
GOOD_LINE = "tag,source,address\nA,gds,HR:1\n"


@pytest.mark.parametrize(
    ("change", "row", "column", "says"),
    [
        (tags_text(""), 1, "", "没有表头"),
        (tags_text("tag,source,address,name\nA,gds,HR:1,a\x07b\n"), 2, "name", "U+0007"),
        (tags_text("tag,source,address,备注\nA,gds,HR:1,a\x07b\n"), 2, "备注", "U+0007"),
        (tags_text("tag,address\nA,HR:1\n"), 1, "source", "缺少必需的列"),
        (tags_text("tag,source,address,tag\nA,gds,HR:1,B\n"), 1, "tag", "与第 1 列 “tag” 重复"),
        (tags_text("tag,source,address,位号\nA,gds,HR:1,B\n"), 1, "位号", "与第 1 列 “tag” 重复"),
        (tags_text("tag,source,,address\nA,gds,,HR:1\n"), 1, "第 3 列", "列名是空的"),
        (tags_text("tag,source,address,高高报(%)\nA,gds,HR:1,9\n"), 1, "高高报(%)", "只差标点或括号"),
        (tags_text("tag;source;address\nA;gds;HR:1\n"), 1, "", "列之间用的是分号"),
        (tags_text("tag\tsource\taddress\nA\tgds\tHR:1\n"), 1, "", "列之间用的是制表符"),
        (tags_text(GOOD_LINE + "B,gds,HR:2,too,many\n"), 3, "", "有 5 个单元格，表头只有 3 列"),
        (tags_text(GOOD_LINE + '"B,gds,HR:2\n'), 3, "", "双引号不成对"),
        (tags_text(GOOD_LINE + '"B"x,gds,HR:2\n'), 3, "", "双引号不成对"),
        (tags_text(TWO.replace("B,gds,40002,uint16", "B,gds,40002,int16")), 3, "address", "与第 2 行 “A” 是同一地址"),
        ({"files": {"tags.csv": TAGS_CSV.encode("utf-16")}}, 1, "", "UTF-16"),
        ({"files": {"tags.csv": TAGS_CSV.encode().replace("甲醇储罐温度".encode(), b"\xff")}}, 4, "", "不是 UTF-8"),
        ({"files": {"tags.csv": b"\xef\xbb\xbftag,source\n\xff"}}, 2, "", "第 14 字节起不是 UTF-8"),
        ({"files": {"tags.csv": b"tag,source\n\xff\xff"}}, 2, "", "第 11 字节起不是 UTF-8，第 11 字节起不是 GB18030"),
    ],
)  # fmt: skip
def test_a_point_table_that_is_wrong_as_a_whole(tmp_path: Path, change: Change, row: int, column: str, says: str) -> None:
    fault = only_fault(tmp_path / "p", **change)
    assert says in fault.found
    assert (fault.file, fault.row, fault.column) == ("tags.csv", row, column)


def test_one_lost_byte_does_not_turn_a_utf8_file_into_nonsense(tmp_path: Path) -> None:
    """Decoded as GB18030 the file would load, with every name in it wrong."""
    damaged = "tag,source,address,name\nA,gds,HR:1,甲醇储罐温度计\n".encode().replace("计".encode(), "计".encode()[:2])
    assert damaged.decode("gb18030")
    fault = only_fault(tmp_path / "p", layouts=(), files={"tags.csv": damaged})
    assert (fault.row, "不是 UTF-8" in fault.found) == (2, True)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("word", ["源", "联通", "m³/h", "°C", "μg", "℃", "路"])
def test_short_words_in_either_encoding(tmp_path: Path, word: str, encoding: str) -> None:
    """Without a BOM a file of one such word can be either; the header in Chinese decides where the word alone cannot."""
    files = {"tags.csv": f"位号,数据源,地址,名称\nA,gds,HR:1,{word}\n".encode(encoding)}
    (tag,) = load_site(make_package(tmp_path / "p", layouts=(), files=files)).tags
    assert tag.name == word


@pytest.mark.parametrize(("data", "text"), [("源".encode("gb18030"), "源"), ("°C m³ μ".encode(), "°C m³ μ")])
def test_a_word_that_is_both_encodings_by_chance(data: bytes, text: str) -> None:
    assert data.decode("utf-8") and data.decode("gb18030")
    assert decode(data) == text


def test_an_address_used_twice_with_one_format_is_allowed(tmp_path: Path) -> None:
    assert len(load_site(make_package(tmp_path / "p", **tags_text(TWO))).tags) == 4


@pytest.mark.parametrize(
    ("table", "row", "column", "value", "says"),
    [
        ("equipment", 4, "equipment", "V-101", "与第 2 行重复"),
        ("equipment", 4, "equipment", "", "是空的"),
        ("equipment", 4, "type", "盆", "不认识 “盆”"),
        ("equipment", 4, "status", "off", "不认识 “off”"),
        ("equipment", 4, "hazard_level", "5", "不是 1 到 4 的整数"),
        ("equipment", 3, "hazard_level", "1", "第 2 行写的是 2 级"),
        ("equipment", 4, "capacity_t", "一百", "不是数字"),
        ("equipment", 4, "capacity_t", "-1", "是负数"),
        ("cameras", 3, "camera", "NVR1-07", "与第 2 行重复"),
        ("cameras", 3, "camera", "", "是空的"),
        ("cameras", 3, "nvr", "sony", "不认识 “sony”"),
        ("cameras", 3, "kind", "roof", "不认识 “roof”"),
        ("cameras", 2, "equipment", "V-101;V-9", "没有设备 “V-9”"),
        ("cameras", 3, "main_url", "", "都是空的"),
        ("cameras", 2, "main_url", "http://10.0.0.5/", "不认识网址"),
        ("cameras", 2, "main_url", "rtsp:///x", "没有主机"),
        ("cameras", 2, "main_url", "rtsp://a:99999/", "端口不对"),
        ("cameras", 2, "sub_url", "rtsp://admin:1234@10.0.0.5/", "用户名或密码"),
        ("cameras", 2, "main_url", "gb28181://37030000001320000001", "没有通道编码"),
        ("cameras", 2, "main_url", "gb28181://1/2/3", "两段"),
        ("cameras", 3, "main_url", "file://../etc/x.mp4", "不在站点包里"),
        ("cameras", 3, "main_url", "file:///etc/x.mp4", "不在站点包里"),
    ],
)
@pytest.mark.parametrize("chinese", [False, True])
def test_a_wrong_cell_of_equipment_and_cameras(
    tmp_path: Path, table: str, row: int, column: str, value: str, says: str, chinese: bool
) -> None:
    tables = {"equipment": EQUIPMENT, "cameras": CAMERAS}
    change = {table: with_cell(tables[table], row, column, value)}
    tags = [{**line, "camera": "", "equipment": ""} for line in TAGS]
    fault = only_fault(tmp_path / "p", tags=tags, layouts=(), chinese=chinese, encoding="gb18030", **change)
    assert says in fault.found
    assert (fault.file, fault.row) == (f"{table}.csv", row)
    assert fault.column == (CHINESE[table][column] if chinese else column)


@pytest.mark.parametrize(
    ("old", "new", "row", "column", "says"),
    [
        ('code = "370300001"', "code = 370300001", 2, "code", "不是文字"),
        ('code = "370300001"\n', "", 1, "code", "缺少"),
        ('name = "示范化工有限公司"', 'name = " "', 3, "name", "是空的"),
        ("Asia/Shanghai", "Asia/Zibo", 4, "timezone", "不认识时区"),
        ("[site]", "[sites]", 1, "site", "缺少 [site] 段"),
        ('id = "gds"', 'id = "dcs"', 15, "id", "与第 7 行重复"),
        ('id = "gds"', 'id = "station"', 15, "id", "不能叫 “station”"),
        ('id = "gds"', "", 14, "id", "缺少"),
        ('driver = "opcua"', 'driver = "opc"', 8, "driver", "不认识驱动"),
        ('driver = "opcua"', 'driver = "mqtt"', 8, "driver", "此版本尚不支持"),
        ('driver = "opcua"', 'driver = "replay"', 8, "driver", "此版本尚不支持"),
        ("opc.tcp://127.0.0.1:4840/plant", "http://127.0.0.1", 9, "url", "驱动 opcua 不能用"),
        ("opc.tcp://127.0.0.1:4840/plant", "opc.tcp://:4840", 9, "url", "没有主机"),
        ("opc.tcp://127.0.0.1:4840/plant", "opc.tcp://a:99999", 9, "url", "端口"),
        ("opc.tcp://127.0.0.1:4840/plant", "opc.tcp://u:p@a:4840", 9, "url", "用户名或密码"),
        ("tcp://127.0.0.1:5020", "serial:///dev/ttyUSB0", 17, "url", "驱动 modbus_tcp 不能用"),
        ("tcp://127.0.0.1:5020", "tcp://127.0.0.1:0", 17, "url", "端口是 0"),
        ("tcp://127.0.0.1:5020", "tcp://127.0.0.1:502/1", 17, "url", "还有内容"),
        ('"none"', '"basic256"', 10, "security", "不认识 “basic256”"),
        ('password_secret = "dcs"', "", 6, "password_secret", "没有密码的名字"),
        ('user = "viewer"\n', "", 6, "user", "而没有用户"),
        ('password_secret = "dcs"', 'password_secret = "dcs"\npassword = "1234"', 13, "password", "密码写在了配置里"),
        ("unit = 1", "unit = 256", 18, "unit", "超出范围"),
        ("unit = 1", 'unit = "1"', 18, "unit", "不是整数"),
        ("period_s = 1.0", "period_s = 0", 19, "period_s", "周期 0 秒不对"),
        ("period_s = 1.0", "period_s = nan", 19, "period_s", "周期 nan 秒不对"),
        ("period_s = 1.0", "period_s = true", 19, "period_s", "不是数字"),
        ("gap = 4", "gap = -1", 20, "gap", "= -1 不对"),
        ("gap = 4", 'bad_raw = ["0x7FFG"]', 20, "bad_raw", "不对"),
        ("gap = 4", "offset_base = 1", 20, "offset_base", "不是这个驱动的选项"),
        ("gap = 4", "tiemout_s = 1", 20, "tiemout_s", "是否想写 timeout_s"),
        ("gap = 4", "perod_s = 1", 20, "perod_s", "是否想写 period_s"),
        ('security = "none"', "publshing_ms = 500", 10, "publshing_ms", "是否想写 publishing_ms"),
        ('security = "none"', 'trust = "abc"', 10, "trust", "不对"),
        ("gap = 4", 'security = "basic256sha256_sign"', 20, "security", "Modbus 没有加密方式"),
        ('user = "viewer"', "user = viewer", 11, "第 8 列", "不是正确的 TOML"),
        ('timezone = "Asia/Shanghai"', 'timezone = "Asia/Shanghai"\ncode = "2"', 5, "第 11 列", "不是正确的 TOML"),
    ],
)
def test_a_wrong_site_toml(tmp_path: Path, old: str, new: str, row: int, column: str, says: str) -> None:
    assert old in TOML
    files = {"tags.csv": b"tag,source,address\nA,dcs,i=85\n"}
    fault = only_fault(tmp_path / "p", toml=TOML.replace(old, new), layouts=(), files=files)
    assert says in fault.found
    assert (fault.file, fault.row, fault.column) == ("site.toml", row, column)


SERIAL = 'driver = "modbus_rtu"\nurl = "serial://{}"'
TCP = 'driver = "modbus_tcp"\nurl = "tcp://127.0.0.1:5020"'


@pytest.mark.parametrize(
    ("port", "says"),
    [
        ("/dev/ttyUSB0?baudrate=fast", "波特率"),
        ("/dev/ttyUSB0?parity=X", "parity=X 不对"),
        ("/dev/ttyUSB0?stopbits=3", "stopbits=3 不对"),
        ("/dev/ttyUSB0?bytesize=9", "bytesize=9 不对"),
        ("/dev/ttyUSB0?speed=9600", "不认识串口参数 “speed”"),
        ("?baudrate=9600", "没有串口"),
        ("/dev/ttyUSB0?baudrate=9600&bytesize=8&parity=n&stopbits=1", ""),
        ("COM3", ""),
    ],
)
def test_serial_ports(tmp_path: Path, port: str, says: str) -> None:
    toml = TOML.replace(TCP, SERIAL.format(port))
    if says:
        assert says in only_fault(tmp_path / "p", toml=toml).found
    else:
        assert load_site(make_package(tmp_path / "p", toml=toml)).sources[1].driver == "modbus_rtu"


def test_an_unknown_option_is_kept(tmp_path: Path) -> None:
    toml = TOML.replace("gap = 4", 'vendor = "霍尼韦尔"')
    assert load_site(make_package(tmp_path / "p", toml=toml)).sources[1].options == {"vendor": "霍尼韦尔"}


def layout(**changes: Any) -> Change:
    return {"layouts": ({**LAYOUT, **changes},)}


def item(number: int, **changes: Any) -> Change:
    made = copy.deepcopy(LAYOUT)
    made["items"][number] = {key: value for key, value in {**made["items"][number], **changes}.items() if value is not None}
    return {"layouts": (made,)}


def background(**changes: Any) -> Change:
    return layout(background={**LAYOUT["background"], **changes})


def drawn(text: bytes) -> Change:
    return {"layouts": (), "files": {"layouts/tankfarm-a.json": text}}


TEXT = layout_lines(LAYOUT)


@pytest.mark.parametrize(
    ("change", "row", "column", "says"),
    [
        (drawn(TEXT.replace(b'"gas_detector", ', b'"gas_detector" ')), 4, "第 39 列", "第 4 行第 39 列：这里应有逗号"),
        (drawn(TEXT[:-3]), 6, "第 74 列", "这里应有逗号"),
        (drawn(TEXT + b"x"), 7, "第 1 列", "结尾之后还有内容"),
        (drawn(TEXT.replace(b"420", b"NaN")), 0, "", "NaN"),
        (drawn(TEXT.replace(b'"level": 2', b'"level": 2, "level": 3')), 0, "", "“level” 出现两次"),
        (drawn(b"[" * 100_000), 0, "", "嵌套"),
        (drawn(TEXT.decode().encode("gb18030")), 1, "", "不是 UTF-8"),
        (drawn(b"[]"), 1, "", "不是一个 JSON 对象"),
        (layout(schema=2), 1, "schema", "“2” 不认识"),
        (drawn(TEXT.replace(b'"id": "tankfarm-a"', b'"id": "b"')), 1, "id", "与文件名不一致"),
        (layout(title=3), 1, "title", "不是文字"),
        (layout(level=5), 1, "level", "“5” 不对"),
        (layout(extent=[0, 0, 0, 260]), 1, "extent", "不对"),
        (layout(extent=None), 1, "extent", "缺少"),
        (drawn(TEXT.replace(b'"items"', b'"item"')), 1, "items", "缺少"),
        (background(file="missing.svg"), 1, "background.file", "没有底图 “missing.svg”"),
        (background(file="../tankfarm-a.svg"), 1, "background.file", "不在 layouts 文件夹里"),
        (background(file="tankfarm-a.bmp"), 1, "background.file", "不认识底图"),
        (background(affine=[1, 0, 0]), 1, "background.affine", "不对"),
        (background(affine=[1, 1, 1, 1, 0, 0]), 1, "background.affine", "不对"),
        (background(dim=2), 1, "background.dim", "“2” 不对"),
        (item(1, id=None), 2, "第 2 个图元", "没有 id"),
        (item(1, id="e7"), 4, "e7.id", "重复"),
        (item(1, type=None), 4, "g3.type", "没有种类"),
        (item(1, x="80"), 4, "g3.x", "“80” 不对"),
        (item(1, y=None), 4, "g3.y", "缺少"),
        (item(0, w=-1), 3, "e7.w", "“-1” 不对"),
        (item(0, label=7), 3, "e7.label", "不是文字"),
        (item(0, equipment="V-999"), 3, "e7.equipment", "没有设备 “V-999”"),
        (item(0, bind={"level": "TK999"}), 3, "e7.bind.level", "没有位号 “TK999”"),
        (item(0, bind=["TK101.LT"]), 3, "e7.bind", "不对"),
        (item(0, cameras=["NVR9"]), 3, "e7.cameras", "没有摄像机 “NVR9”"),
        (item(0, cameras="NVR1-07"), 3, "e7.cameras", "不对"),
        (item(2, camera="NVR9"), 5, "c1.camera", "没有摄像机 “NVR9”"),
        (item(3, type="link", layout="nowhere"), 6, "n1.layout", "没有画面 “nowhere”"),
    ],
)  # fmt: skip
def test_a_wrong_display(tmp_path: Path, change: Change, row: int, column: str, says: str) -> None:
    fault = only_fault(tmp_path / "p", **change)
    assert says in fault.found
    assert (fault.file, fault.row, fault.column) == ("layouts/tankfarm-a.json", row, column)


@pytest.mark.parametrize(
    ("files", "file", "says"),
    [
        ({"site.toml": None}, "site.toml", "缺少文件"),
        ({"tags.csv": None}, "tags.csv", "缺少文件"),
        ({"tags.csv": None, "tags.xls": b"x"}, "tags.xls", "旧格式"),
        ({"tags.xlsx": xlsx_bytes("tags", TAGS)}, "tags.xlsx", "同时有"),
        ({"tags.csv": None, "tags.xlsx": b"PK\x03\x04 not a workbook"}, "tags.xlsx", "不是完整的 .xlsx"),
        ({"tags.csv": None, "tags.xlsx": b"\xd0\xcf\x11\xe0 old"}, "tags.xlsx", "旧格式 .xls 或加了密码"),
        ({"layouts/b.png": SVG}, "layouts/b.png", "内容不是 png"),
    ],
)
@pytest.mark.parametrize("name", ["p", "p.zip"])
def test_a_wrong_file(tmp_path: Path, files: dict[str, bytes | None], file: str, says: str, name: str) -> None:
    fault = only_fault(tmp_path / name, layouts=(), files=files)
    assert (fault.file, fault.row) == (file, 0)
    assert says in fault.found


def test_no_package_at_all(tmp_path: Path) -> None:
    (tmp_path / "text.zip").write_bytes(b"no archive")
    for name, says in (("nothing", "不存在"), ("text.zip", "不是完整的 .zip")):
        with pytest.raises(SiteFaults, match=says):
            load_site(tmp_path / name)


def _archive(path: Path, *entries: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize("name", ["../tags.csv", "/etc/passwd", "layouts/../../x.svg", "C:\\x.csv", "..\\x.csv"])
def test_an_archive_that_leads_outside(tmp_path: Path, name: str) -> None:
    faults: list[Fault] = []
    read_package(_archive(tmp_path / "p.zip", (name, b"x")), faults)
    assert "指向包外" in faults[0].found


BOUNDS = Bounds(file=1000, total=2500, files=4)


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ([("tags.csv", b"0" * 1_000_000)], "文件有 1000000 字节"),
        ([(f"layouts/{n}.svg", b"0" * 900) for n in range(3)], "共 2700 字节"),
        ([(f"layouts/{n}.svg", b"0") for n in range(5)], "5 个文件"),
        ([("clips/a.mp4", b"0" * 1_000_000)], ""),  # not of the package, not read
    ],
)
def test_an_archive_that_would_fill_the_memory(tmp_path: Path, entries: list[tuple[str, bytes]], says: str) -> None:
    faults: list[Fault] = []
    content = read_package(_archive(tmp_path / "p.zip", *entries), faults, BOUNDS)
    assert sum(map(len, (content or {}).values())) <= BOUNDS.total
    assert [says in fault.found for fault in faults] == ([True] if says else [])


def test_an_archive_that_lies_about_a_size_is_not_believed(tmp_path: Path) -> None:
    path = _archive(tmp_path / "p.zip", ("tags.csv", b"0" * 100_000))
    path.write_bytes(path.read_bytes().replace((100_000).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    faults: list[Fault] = []
    content = read_package(path, faults)
    assert len(faults) == 1 or len((content or {}).get("tags.csv", b"")) <= 11


def test_every_fault_is_told_at_once_and_in_order(tmp_path: Path) -> None:
    tags = with_cell(with_cell(with_cell(TAGS, 2, "hh", "x"), 4, "kind", "y"), 4, "source", "z")
    found = faults_of(
        tmp_path / "p",
        toml=TOML.replace("period_s = 1.0", "period_s = 0"),
        tags=tags,
        cameras=with_cell(CAMERAS, 3, "kind", "roof"),
        **item(1, bind={"value": "GT999"}),
    )
    assert [(fault.file, fault.row, fault.column) for fault in found] == [
        ("site.toml", 19, "period_s"),
        ("cameras.csv", 3, "kind"),
        ("tags.csv", 2, "hh"),
        ("tags.csv", 4, "kind"),
        ("tags.csv", 4, "source"),
        ("layouts/tankfarm-a.json", 4, "g3.bind.value"),
    ]


def test_a_table_that_cannot_be_read_raises_no_fault_in_those_that_name_it(tmp_path: Path) -> None:
    broken: Callable[[str], Fault] = lambda file: only_fault(tmp_path / file, files={file: b"a;b\n\xff\xff"})  # noqa: E731
    for file in ("equipment.csv", "cameras.csv", "tags.csv"):
        assert broken(file).file == file
    assert only_fault(tmp_path / "toml", toml="= 1").file == "site.toml"


def test_the_line_of_an_item_is_found_in_pretty_printed_files_too(tmp_path: Path) -> None:
    made = item(1, bind={"value": "GT999"})["layouts"][0]
    fault = only_fault(tmp_path / "p", **drawn(json.dumps(made, indent=1, ensure_ascii=False).encode()))
    lines = json.dumps(made, indent=1, ensure_ascii=False).split("\n")
    assert '"g3"' in lines[fault.row - 1]


MASKS = [
    ("NO", "没有位号“NO”"),
    ("TK101.LT/XX", "没有规则“XX”"),
    ("@dcs", "系统自己的报警"),
]


@pytest.mark.parametrize(("parent", "says"), MASKS)
def test_a_mask_that_cannot_be_is_told_with_row_and_column(tmp_path: Path, parent: str, says: str) -> None:
    tags = [{**row, "屏蔽源": parent if at == 1 else ""} for at, row in enumerate(TAGS)]
    fault = only_fault(tmp_path / "site", tags=tags)
    assert (fault.file, fault.row, fault.column) == ("tags.csv", 3, "屏蔽源")
    assert says in fault.found


def test_an_alarm_that_would_mask_itself_is_told(tmp_path: Path) -> None:
    tags = [{**row, "masked_by": row["tag"] if at == 0 else ""} for at, row in enumerate(TAGS)]
    found = faults_of(tmp_path / "site", tags=tags)
    assert {(fault.row, fault.column) for fault in found} == {(2, "masked_by")}
    assert all("环" in fault.found for fault in found)


def test_a_mask_in_the_settings_is_told_with_its_line(tmp_path: Path) -> None:
    masks = '\n[[alarm.mask]]\nparent = "TK101.LT/HH"\nchildren = ["equipment:V-999"]\n'
    fault = only_fault(tmp_path / "site", toml=TOML + masks)
    assert (fault.file, fault.row, fault.column) == ("site.toml", TOML.count("\n") + 4, "alarm.mask.children")
    assert "V-999" in fault.found

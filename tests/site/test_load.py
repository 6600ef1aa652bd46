"""A valid package in every spelling gives the same site; what Excel does to cells comes back or is refused."""

import io
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from app.domain.plant import EquipmentStatus, EquipmentType, Site
from app.domain.tag import DataType, Kind, Limits, Priority, WordOrder
from app.site import SiteFaults, load_site
from tests.site.packages import (
    EQUIPMENT,
    LAYOUT,
    SVG,
    TAGS,
    TOML,
    csv_bytes,
    make_package,
    package_files,
    with_cell,
    xlsx_bytes,
)


@pytest.fixture
def plain(tmp_path: Path) -> Site:
    return load_site(make_package(tmp_path / "plain"))


def test_every_field_arrives(plain: Site) -> None:
    assert (plain.code, plain.name, plain.timezone, plain.options) == ("370300001", "示范化工有限公司", "Asia/Shanghai", {})
    dcs, gds = plain.sources
    assert (dcs.id, dcs.driver, dcs.url, dcs.security) == ("dcs", "opcua", "opc.tcp://127.0.0.1:4840/plant", "none")
    assert (dcs.user, dcs.password_secret, dcs.unit, dcs.period_s, dcs.options) == ("viewer", "dcs", 1, 1.0, {})
    assert (gds.unit, gds.period_s, gds.options) == (1, 1.0, {"gap": 4})

    level, temperature, gas, ground, toxic = plain.tags
    assert (level.tag, level.name, level.equipment, level.kind, level.unit) == (
        "TK101.LT", "甲醇储罐液位", "V-101", Kind.LEVEL, "%",
    )  # fmt: skip
    assert (level.range_low, level.range_high, level.decimals) == (0.0, 100.0, 2)
    assert (level.source, level.address, level.data_type) == ("dcs", "ns=2;s=TK101.Level", DataType.FLOAT32)
    assert level.limits == Limits(5, 10, 85, 95)
    assert (level.deadband, level.on_delay_s, level.off_delay_s) == (0.5, 2, 3)
    assert (level.priority_hh, level.priority_h, level.priority_l, level.priority_ll) == (
        Priority.CRITICAL, Priority.MEDIUM, Priority.HIGH, Priority.CRITICAL,
    )  # fmt: skip
    assert (level.latching, level.guidance, level.camera) == (True, "停止进料，\n确认阀门", ("NVR1-07",))
    assert level.extra == {"备注": "校验 2026"}
    assert (level.period_s, level.stale_s, level.alarm_on) == (None, None, None)
    assert temperature.limits == Limits(h=45)
    assert (gas.data_type, gas.scale, gas.camera) == (DataType.UINT16, 0.1, ("NVR1-07", "NVR1-08"))
    assert (ground.tag, ground.alarm_on, ground.data_type) == ("00123", 0, DataType.BOOL)  # a bit needs no data type
    assert (toxic.word_order, toxic.address) == (WordOrder.CDAB, "2@IR:7")

    tank, area, pump = plain.equipment
    assert (tank.type, tank.hazard_source, tank.hazard_level, tank.capacity_t) == (
        EquipmentType.TANK, "BA370300001001", 2, 790.5,
    )  # fmt: skip
    assert (area.type, area.hazard_level, pump.status) == (EquipmentType.GAS_AREA, None, EquipmentStatus.MAINTENANCE)
    assert plain.cameras[0].equipment == ("V-101", "GA-1")
    assert (plain.cameras[1].nvr, plain.cameras[1].kind) == ("generic", "gate")

    (layout,) = plain.layouts
    assert (layout.id, layout.title, layout.level, layout.extent) == ("tankfarm-a", "一号罐区", 2, (0.0, 0.0, 420.0, 260.0))
    assert layout.background is not None
    assert layout.background.affine == (0.05, 0, 0, -0.05, 0, 260)
    assert layout.items[0].bind == {"level": "TK101.LT", "temperature": "TK101.TT"}
    assert layout.items[2].options == {"bearing": 45, "angle": 60, "reach": 40}
    assert layout.raw == LAYOUT
    assert plain.pictures == {"tankfarm-a.svg": SVG}


@pytest.mark.parametrize("chinese", [False, True])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("xlsx", [False, True])
def test_encodings_headers_and_table_kinds_give_the_same_site(
    tmp_path: Path, plain: Site, chinese: bool, encoding: str, xlsx: bool
) -> None:
    assert load_site(make_package(tmp_path / "p", chinese=chinese, encoding=encoding, xlsx=xlsx)) == plain


def test_an_archive_is_the_same_as_its_folder(tmp_path: Path, plain: Site) -> None:
    assert load_site(make_package(tmp_path / "p.zip")) == plain


class _WindowsName(zipfile.ZipInfo):
    """An entry as the archives of Chinese Windows have it: the name in GBK, backslashes, nothing said about the encoding."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return f"示范\\{self.comment.decode()}".replace("/", "\\").encode("gb18030"), self.flag_bits


def test_an_archive_of_the_folder_itself_and_with_chinese_names(tmp_path: Path) -> None:
    path = tmp_path / "p.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in package_files(files={"layouts/总图.svg": SVG}).items():
            info = _WindowsName(f"{len(archive.namelist())}")
            info.comment = name.encode()
            archive.writestr(info, data)
    assert set(load_site(path).pictures) == {"tankfarm-a.svg", "总图.svg"}


def test_tables_beyond_the_point_table_may_be_missing(tmp_path: Path) -> None:
    tags = csv_bytes("tags", [{"tag": "A", "source": "gds", "address": "HR:1"}])
    gone = {name: None for name in package_files() if name not in ("site.toml", "tags.csv")}
    site = load_site(make_package(tmp_path / "p", files={**gone, "tags.csv": tags}))
    assert (len(site.tags), site.equipment, site.cameras, site.layouts) == (1, (), (), ())


def test_further_tables_of_site_toml_are_kept(tmp_path: Path) -> None:
    toml = "flood = 10\n" + TOML.replace("[[source]]", 'phone = "0533"\n\n[[source]]', 1) + "\n[video]\nring_s = 30\n"
    assert load_site(make_package(tmp_path / "p", toml=toml)).options == {
        "flood": 10, "site": {"phone": "0533"}, "video": {"ring_s": 30},
    }  # fmt: skip


def test_blank_rows_and_short_rows_are_no_rows_and_empty_cells(tmp_path: Path, plain: Site) -> None:
    text = csv_bytes("tags", TAGS).decode().replace("\r\nGT103", "\r\n,,,,\r\n\r\nGT103")
    assert load_site(make_package(tmp_path / "p", files={"tags.csv": text.encode()})) == plain
    short = b"tag,source,address,unit,name\nA,gds,HR:1\n"
    site = load_site(make_package(tmp_path / "q", layouts=(), files={"tags.csv": short}))
    assert [(tag.tag, tag.unit) for tag in site.tags] == [("A", "")]


def _xlsx(tmp_path: Path, *lines: dict[str, Any]) -> Path:
    return make_package(tmp_path / "p", layouts=(), files={"tags.csv": None, "tags.xlsx": xlsx_bytes("tags", lines)})


DAY = datetime.fromisoformat("2026-11-21")
BASE = {"tag": "A", "source": "gds", "address": "HR:1"}


@pytest.mark.parametrize(
    ("column", "cell", "field", "value"),
    [
        ("address", 40101, "address", "40101"),
        ("address", 40101.0, "address", "40101"),
        ("tag", (123, "00000"), "tag", "00123"),
        ("tag", 123, "tag", "123"),
        ("name", True, "name", "TRUE"),
        ("latching", True, "latching", True),
        ("h", 12.5, "h", 12.5),
        ("h", 0.1 + 0.2, "h", 0.3),  # Excel shows 15 digits
        ("h", (1234.5, "#,##0.00"), "h", 1234.5),
        ("h", "12.5", "h", 12.5),
        ("decimals", 3, "decimals", 3),
        ("校验日期", DAY, "校验日期", "2026-11-21"),
        ("校验日期", DAY.replace(hour=8, minute=30), "校验日期", "2026-11-21 08:30:00"),
    ],
)
def test_what_excel_made_of_a_cell_comes_back(tmp_path: Path, column: str, cell: Any, field: str, value: Any) -> None:
    (tag,) = load_site(_xlsx(tmp_path, {**BASE, column: cell})).tags
    found = tag.extra[field] if field == "校验日期" else tag.limits.h if field == "h" else getattr(tag, field)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("column", "cell", "says"),
    [
        ("address", DAY, "变成了日期 2026-11-21"),
        ("address", 40101.1, "丢掉末尾的 0"),  # bit 1 or bit 10?
        ("tag", 1.1, "丢掉末尾的 0"),
        ("tag", 1234567890123456789, "只保留 15 位"),
        ("tag", (7, '"TK-"000'), "显示格式"),
        ("h", (0.25, "0%"), "百分比"),
        ("h", DAY, "变成了日期"),
        ("h", "=1+1", "没有保存计算结果"),
        ("备注", "=A2", "没有保存计算结果"),
        ("name", "#N/A", "错误值 #N/A"),
    ],
)
def test_what_excel_lost_is_a_fault(tmp_path: Path, column: str, cell: Any, says: str) -> None:
    with pytest.raises(SiteFaults) as refused:
        load_site(_xlsx(tmp_path, {**BASE, "tag": "A", column: cell}))
    (fault,) = refused.value.faults
    assert (fault.file, fault.row) == ("tags.xlsx", 2)
    assert fault.column.startswith(f"{column}(")
    assert says in fault.found


def test_merged_cells_count_in_every_row_and_blank_rows_in_none(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.create_sheet("说明", 0).append(["这是说明"])
    sheet = book["Sheet"]
    sheet.title = "位号表"
    for line in (["tag", "source", "address", "unit"], ["A", "gds", "HR:1"], ["B", None, "HR:2"], [], ["C", "gds", "HR:3"]):
        sheet.append(line)
    sheet.merge_cells("B2:B3")
    stream = io.BytesIO()
    book.save(stream)
    site = load_site(make_package(tmp_path / "p", layouts=(), files={"tags.csv": None, "tags.xlsx": stream.getvalue()}))
    assert [(tag.tag, tag.source) for tag in site.tags] == [("A", "gds"), ("B", "gds"), ("C", "gds")]


def test_a_wrong_extent_written_by_other_programs_loses_no_row(tmp_path: Path) -> None:
    whole = xlsx_bytes("tags", [{**BASE, "tag": f"T{n}", "address": f"HR:{n}"} for n in range(50)])
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'<dimension ref="A1:C51"', b'<dimension ref="A1:A1"'))
    site = load_site(make_package(tmp_path / "p", layouts=(), files={"tags.csv": None, "tags.xlsx": stream.getvalue()}))
    assert len(site.tags) == 50


def test_rows_with_faults_raise_no_second_fault_elsewhere(tmp_path: Path) -> None:
    """Equipment, cameras and the display all name V-101, whose row has a fault of its own."""
    with pytest.raises(SiteFaults) as refused:
        load_site(make_package(tmp_path / "p", equipment=with_cell(EQUIPMENT, 2, "type", "盆")))
    assert len(refused.value.faults) == 1

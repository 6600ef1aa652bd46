"""The three tables of a package, read and checked: point table (位号表), equipment, cameras. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import urlsplit

from app.domain.plant import Camera, Equipment, Fault
from app.domain.tag import Limits, Tag
from app.site.columns import CAMERAS, EQUIPMENT, TAGS
from app.site.faults import quote
from app.site.head import Head
from app.site.mask_rules import check_masks
from app.site.rows import Row, Rows, read_rows
from app.site.tag_rules import LIMITS, Around, check_tag


@dataclass(frozen=True, slots=True)
class EquipmentTable:
    """`known` in these tables: every key written, also of rows with faults."""

    equipment: tuple[Equipment, ...]
    known: Collection[str]


@dataclass(frozen=True, slots=True)
class CameraTable:
    cameras: tuple[Camera, ...]
    known: Collection[str]


@dataclass(frozen=True, slots=True)
class TagTable:
    tags: tuple[Tag, ...]
    known: Collection[str]


def read_equipment(file: str, data: bytes, faults: list[Fault]) -> EquipmentTable | None:
    rows = read_rows(file, data, EQUIPMENT, faults)
    if rows is None:
        return None
    levels: dict[str, tuple[int, int]] = {}
    for row in rows.rows:
        capacity = row.values.get("capacity_t")
        if capacity is not None and capacity < 0:
            rows.fault(row, "capacity_t", f"最大储量 {capacity:g} 是负数", "应为吨数，0 或正数")
        source, level = row.values.get("hazard_source"), row.values.get("hazard_level")
        if source is not None and level is not None:
            other, first = levels.setdefault(source, (level, row.row))
            if other != level:
                rows.fault(
                    row,
                    "hazard_level",
                    f"重大危险源 {quote(source)} 是 {level} 级，第 {first} 行写的是 {other} 级",
                    "同一重大危险源应只有一个等级",
                )
    return EquipmentTable(tuple(_build(Equipment, rows)), rows.key_rows)


def read_cameras(file: str, data: bytes, equipment: Collection[str] | None, faults: list[Fault]) -> CameraTable | None:
    """`equipment` None: that table could not be read."""
    rows = read_rows(file, data, CAMERAS, faults)
    if rows is None:
        return None
    for row in rows.rows:
        for one in row.values.get("equipment", ()):
            if equipment is not None and one not in equipment:
                rows.fault(row, "equipment", f"没有设备 {quote(one)}", "应为 equipment.csv 里的设备编号，多个用分号隔开")
        if not {"main_url", "sub_url"} & (row.values.keys() | row.wrong):
            rows.fault(row, "main_url", "主码流和子码流都是空的", "至少应有一个网址")
        for column in ("main_url", "sub_url"):
            if column in row.values:
                _check_camera_url(rows, row, column, row.values[column])
    return CameraTable(tuple(_build(Camera, rows)), rows.key_rows)


_URLS = "应为 rtsp://… 、gb28181://设备编码/通道编码、onvif://… 或包内的 file://…"


def _check_camera_url(rows: Rows, row: Row, column: str, text: str) -> None:
    try:
        url = urlsplit(text)
        has_login = bool(url.username or url.password)
        _ = url.port
    except ValueError:
        rows.fault(row, column, f"{quote(text)} 不是网址，或端口不对", _URLS)
        return
    if url.scheme not in ("rtsp", "rtsps", "gb28181", "onvif", "file"):
        rows.fault(row, column, f"不认识网址 {quote(text)}", _URLS)
    elif url.scheme == "file":
        if not url.netloc or ".." in f"{url.netloc}{url.path}".split("/"):
            rows.fault(row, column, f"{quote(text)} 不在站点包里", "应为包内的相对路径，如 file://clips/v101.mp4")
    elif not url.netloc:
        rows.fault(row, column, f"{quote(text)} 没有主机或设备编码", _URLS)
    elif has_login:
        rows.fault(row, column, "网址里写了用户名或密码", "应存入密码库，名字写在 secret（密钥名）列")
    elif url.scheme == "gb28181" and len(url.path.strip("/").split("/")) != 1:
        rows.fault(row, column, f"{quote(text)} 应只有设备和通道两段", _URLS)
    elif url.scheme == "gb28181" and not url.path.strip("/"):
        rows.fault(row, column, f"{quote(text)} 没有通道编码", _URLS)


def read_tags(
    file: str,
    data: bytes,
    head: Head | None,
    equipment: Collection[str] | None,
    cameras: Collection[str] | None,
    faults: list[Fault],
) -> TagTable | None:
    before = len(faults)
    rows = read_rows(file, data, TAGS, faults)
    if rows is None:
        return None
    # of two sources with one id the first counts; the second was faulted
    sources = {source.id: source for source in reversed(head.sources)} if head else None
    around = Around(sources, head.known if head else None, equipment, cameras)
    for row in rows.rows:

        def fault(column: str, found: str, expected: str, row: Row = row) -> None:
            rows.fault(row, column, found, expected)

        check_tag(row.values, row.wrong, around, row.row, fault)
        row.values["limits"] = Limits(*(row.values.pop(column, None) for column in LIMITS))
    tags = tuple(_build(Tag, rows))
    if head is not None and len(faults) == before:  # a limit that could not be read would seem not to be there
        check_masks(tags, head, rows)
    return TagTable(tags, rows.key_rows)


def _build(kind: Any, rows: Rows) -> list[Any]:
    """The rows as frozen data. Rows without their key are left out: they were faulted, the package is refused anyway."""
    key = fields(kind)[0].name
    built = []
    for row in rows.rows:
        values: Mapping[str, Any] = row.values
        if key in values:
            built.append(kind(**values, extra=row.extra))
    return built

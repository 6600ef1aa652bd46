"""What a display (`layouts/NAME.json`) may say, checked against the tables. Pure.

A display draws what the tables name: a binding to a tag that does not exist is a fault, an item type nobody knows is not
(it draws as a labelled box).
"""

import json
import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.plant import Fault
from app.site.faults import quote
from app.site.files import LAYOUTS

SCHEMA = 1
MAGIC: Mapping[str, Callable[[bytes], bool]] = {
    "svg": lambda data: b"<svg" in data or "<svg".encode("utf-16-le") in data,
    "png": lambda data: data.startswith(b"\x89PNG\r\n\x1a\n"),
    "jpg": lambda data: data.startswith(b"\xff\xd8\xff"),
    "jpeg": lambda data: data.startswith(b"\xff\xd8\xff"),
    "pdf": lambda data: b"%PDF-" in data[:1024],
    "dxf": lambda data: data.startswith(b"AutoCAD Binary DXF") or b"SECTION" in data[:65_536],
}
PICTURE_KINDS = tuple(kind for kind in MAGIC if kind != "jpeg")


@dataclass(frozen=True, slots=True)
class Known:
    """Keys an item may name; None: that table could not be read, nothing is said about it."""

    tags: Collection[str] | None
    equipment: Collection[str] | None
    cameras: Collection[str] | None
    pictures: Collection[str]
    layouts: Collection[str]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _numbers(value: Any, count: int) -> bool:
    return isinstance(value, list) and len(value) == count and all(_is_number(one) for one in value)


@dataclass(slots=True)
class LayoutChecker:
    """The faults of one display."""

    file: str
    text: str
    known: Known
    faults: list[Fault]
    behind: int = 0  # end of the last item found
    counted: int = 0  # lines are counted up to here ...
    row: int = 1  # ... and this is the row there

    def fault(self, row: int, column: str, found: str, expected: str) -> None:
        self.faults.append(Fault(self.file, row, column, found, expected))

    def row_of(self, key: str, value: object = None) -> int:
        """The line where `"key": value` stands; 1 when it cannot be found."""
        pattern = re.escape(json.dumps(key, ensure_ascii=False)) + r"\s*:"
        if value is not None:
            pattern += r"\s*" + re.escape(json.dumps(value, ensure_ascii=False))
        match = re.search(pattern, self.text)
        return self.text.count("\n", 0, match.start()) + 1 if match else 1

    def row_of_item(self, identity: str) -> int:
        """Items are looked for in their order, each behind the one before: an id may also be written elsewhere, or twice."""
        words = {json.dumps(identity, ensure_ascii=False), json.dumps(identity)}
        pattern = re.compile(r'"id"\s*:\s*(?:' + "|".join(map(re.escape, words)) + ")")
        match = pattern.search(self.text, self.behind or self.text.find('"items"'))
        if match is None:
            return self.row_of("items")
        self.row += self.text.count("\n", self.counted, match.start())
        self.behind, self.counted = match.end(), match.start()
        return self.row

    def check(self, raw: Any) -> None:
        if not isinstance(raw, dict):
            self.fault(1, "", "不是一个 JSON 对象", "应以 { 开头")
            return
        if raw.get("schema") != SCHEMA:
            found = "缺少" if "schema" not in raw else f"{quote(raw['schema'])} 不认识"
            self.fault(self.row_of("schema"), "schema", found, f"此版本只认识 {SCHEMA}")
        name = self.file.removeprefix(LAYOUTS).removesuffix(".json")
        if raw.get("id") != name:
            found = "缺少" if "id" not in raw else f"{quote(raw['id'])} 与文件名不一致"
            self.fault(self.row_of("id"), "id", found, f"应与文件名相同：{quote(name)}")
        if not isinstance(raw.get("title", ""), str):
            self.fault(self.row_of("title"), "title", f"{quote(raw['title'])} 不是文字", "应为双引号内的标题")
        level = raw.get("level", 2)
        if not isinstance(level, int) or isinstance(level, bool) or not 1 <= level <= 4:
            self.fault(self.row_of("level"), "level", f"{quote(level)} 不对", "应为 1 到 4 的整数（1 总览，4 诊断）")
        extent: Any = raw.get("extent")
        if not _numbers(extent, 4) or not (extent[0] < extent[2] and extent[1] < extent[3]):
            found = "缺少" if extent is None else f"{quote(extent)} 不对"
            self.fault(self.row_of("extent"), "extent", found, "应为 [x0, y0, x1, y1]，米，x0 < x1，y0 < y1")
        if raw.get("background") is not None:
            self.check_background(raw["background"])
        items = raw.get("items")
        if not isinstance(items, list):
            self.fault(self.row_of("items"), "items", "缺少" if items is None else "不是列表", "应为 [ … ]，每行一个图元")
            return
        seen: set[str] = set()
        for number, item in enumerate(items, start=1):
            self.check_item(number, item, seen)

    def check_background(self, background: Any) -> None:
        row = self.row_of("background")
        if not isinstance(background, dict):
            self.fault(row, "background", f"{quote(background)} 不对", '应为 {"file": …, "affine": […], "dim": 0.3}')
            return
        file = background.get("file")
        kinds = " ".join(PICTURE_KINDS)
        if not isinstance(file, str) or not file:
            self.fault(row, "background.file", "缺少" if file is None else f"{quote(file)} 不是文件名", "应为底图的文件名")
        elif "/" in file or "\\" in file or file.startswith("."):
            self.fault(row, "background.file", f"{quote(file)} 不在 layouts 文件夹里", "应为 layouts 里的文件名，不带路径")
        elif file.rpartition(".")[2].lower() not in MAGIC or "." not in file:
            self.fault(row, "background.file", f"不认识底图 {quote(file)} 的种类", f"扩展名应为 {kinds}")
        elif file not in self.known.pictures:
            self.fault(row, "background.file", f"layouts 里没有底图 {quote(file)}", "应把底图放进 layouts 文件夹，大小写一致")
        affine = background.get("affine")
        if affine is not None and (not _numbers(affine, 6) or affine[0] * affine[3] == affine[1] * affine[2]):
            self.fault(
                row, "background.affine", f"{quote(affine)} 不对", "应为 6 个数 [a, b, c, d, e, f]，且图不能被压成一条线"
            )
        dim = background.get("dim", 0.3)
        if not _is_number(dim) or not 0 <= dim <= 1:
            self.fault(row, "background.dim", f"{quote(dim)} 不对", "应为 0 到 1 的数")

    def check_item(self, number: int, item: Any, seen: set[str]) -> None:
        if not isinstance(item, dict) or not isinstance(item.get("id"), str) or not item["id"]:
            self.fault(self.row_of("items"), f"第 {number} 个图元", "没有 id", '应为 {"id": …, "type": …, "x": …, "y": …}')
            return
        identity = item["id"]
        row = self.row_of_item(identity)

        def fault(key: str, found: str, expected: str) -> None:
            self.fault(row, f"{identity}.{key}", found, expected)

        if identity in seen:
            fault("id", f"图元 {quote(identity)} 重复", "每个图元的 id 只能出现一次")
        seen.add(identity)
        if not isinstance(item.get("type"), str) or not item["type"]:
            fault("type", "没有种类", "应为图元种类，如 tank.vertical")
        for key in ("x", "y", "w", "h", "rot"):
            value: Any = item.get(key, None if key in ("x", "y") else 0)
            if not _is_number(value) or (key in ("w", "h") and value < 0):
                found = "缺少" if value is None else f"{quote(value)} 不对"
                fault(key, found, "应为数字（米）" if key != "rot" else "应为数字（度）")
        for key in ("label", "equipment", "camera"):
            if not isinstance(item.get(key, ""), str):
                fault(key, f"{quote(item[key])} 不是文字", "应为双引号内的文字")
        self.check_names(item, fault)

    def check_names(self, item: Mapping[str, Any], fault: Callable[[str, str, str], None]) -> None:
        bind, cameras = item.get("bind", {}), item.get("cameras", [])
        if not isinstance(bind, dict) or not all(isinstance(tag, str) for tag in bind.values()):
            fault("bind", f"{quote(bind)} 不对", '应为 {"level": "位号"}')
        elif self.known.tags is not None:
            for role, tag in bind.items():
                if tag not in self.known.tags:
                    fault(f"bind.{role}", f"没有位号 {quote(tag)}", "应为位号表里的位号")
        equipment = item.get("equipment", "")
        if (
            equipment
            and self.known.equipment is not None
            and isinstance(equipment, str)
            and equipment not in self.known.equipment
        ):
            fault("equipment", f"没有设备 {quote(equipment)}", "应为 equipment.csv 里的设备编号")
        if not isinstance(cameras, list) or not all(isinstance(camera, str) for camera in cameras):
            fault("cameras", f"{quote(cameras)} 不对", '应为 ["摄像机编号", …]')
        elif self.known.cameras is not None:
            named = [("cameras", camera) for camera in cameras]
            if isinstance(item.get("camera"), str) and item["camera"]:
                named.append(("camera", item["camera"]))
            for key, camera in named:
                if camera not in self.known.cameras:
                    fault(key, f"没有摄像机 {quote(camera)}", "应为 cameras.csv 里的摄像机编号")
        layout = item.get("layout")
        if item.get("type") == "link" and layout is not None and layout not in self.known.layouts:
            fault("layout", f"没有画面 {quote(layout)}", "应为 layouts 里某个画面的 id")

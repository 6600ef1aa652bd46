"""`load_site`: a site package (folder or .zip) to a `Site`, or every fault of it at once. Station side and `hazwatch check`.

site.toml and one of tags.csv, tags.xlsx must be there; equipment.csv, cameras.csv, roster.csv and layouts/ may be missing
(nothing of that kind then exists, and whoever names one is a fault). One pass over each table; 20,000 tags in well under 2 s.
"""

from collections.abc import Collection
from pathlib import Path

from app.domain.plant import Fault, Site
from app.site.faults import SiteFaults
from app.site.files import LAYOUTS, read_package
from app.site.forms import FORMS, read_forms
from app.site.head import FILE, Head, read_head
from app.site.layout_rules import Known
from app.site.layouts import read_layouts, read_pictures
from app.site.quality_rules import check_quality
from app.site.roster import read_roster
from app.site.strapping import STRAPPING, check_strapping
from app.site.tables import TagTable, read_cameras, read_equipment, read_tags


def load_site(path: Path) -> Site:
    """Raises SiteFaults."""
    faults: list[Fault] = []
    content = read_package(path, faults)
    site = _site_of(content, faults) if content is not None else None
    if faults or site is None:
        raise SiteFaults(faults)
    return site


def _site_of(content: dict[str, bytes], faults: list[Fault]) -> Site | None:
    """None or a part of the site when there are faults."""
    head = _head(content, faults)
    equipment = read_equipment("equipment.csv", content.get("equipment.csv", b"equipment\n"), faults)
    known_equipment = equipment.known if equipment else None
    cameras = read_cameras("cameras.csv", content.get("cameras.csv", b"camera\n"), known_equipment, faults)
    known_cameras = cameras.known if cameras else None
    tags = _tags(content, head, known_equipment, known_cameras, faults)
    roster = read_roster("roster.csv", content.get("roster.csv", b"date,shift\n"), head, faults)
    forms = read_forms({file: data for file, data in content.items() if file.startswith(FORMS)}, faults)
    tables = {file: data for file, data in content.items() if file.startswith(STRAPPING)}
    strapping = check_strapping(tables, known_equipment, faults)
    if head is not None:
        check_quality(head, tags.known if tags else None, known_equipment, set(tables), faults)
    drawings = {file: data for file, data in content.items() if file.startswith(LAYOUTS)}
    pictures = read_pictures(drawings, faults)
    known = Known(
        tags.known if tags else None,
        known_equipment,
        known_cameras,
        pictures,
        {file.removeprefix(LAYOUTS).removesuffix(".json") for file in drawings if file.endswith(".json")},
    )
    layouts = read_layouts(drawings, known, faults)
    if head is None or tags is None or equipment is None or cameras is None or roster is None:
        return None
    return Site(
        head.code,
        head.name,
        head.timezone,
        head.sources,
        tags.tags,
        equipment.equipment,
        cameras.cameras,
        layouts,
        pictures,
        head.options,
        roster,
        forms,
        strapping,
    )


def _head(content: dict[str, bytes], faults: list[Fault]) -> Head | None:
    if FILE not in content:
        faults.append(Fault(FILE, 0, "", "缺少文件", "站点包里应有 site.toml，写明企业和数据源"))
        return None
    return read_head(content[FILE], faults)


def _tags(
    content: dict[str, bytes],
    head: Head | None,
    equipment: Collection[str] | None,
    cameras: Collection[str] | None,
    faults: list[Fault],
) -> TagTable | None:
    files = [file for file in ("tags.csv", "tags.xlsx") if file in content]
    if len(files) == 2:
        faults.append(Fault("tags.xlsx", 0, "", "同时有 tags.csv 和 tags.xlsx", "位号表只能有一个，请删去旧的"))
    elif not files and "tags.xls" in content:
        faults.append(Fault("tags.xls", 0, "", "是旧格式 .xls", "请另存为“Excel 工作簿 (*.xlsx)”：tags.xlsx"))
    elif not files:
        faults.append(Fault("tags.csv", 0, "", "缺少文件", "站点包里应有位号表 tags.csv 或 tags.xlsx"))
    else:
        return read_tags(files[0], content[files[0]], head, equipment, cameras, faults)
    return None

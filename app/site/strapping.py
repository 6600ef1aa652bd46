"""The strapping tables of a site (`strapping/EQUIPMENT.csv`), checked. Station side."""

from collections.abc import Collection, Mapping

from app.domain.plant import Fault
from app.domain.strapping import WrongTable, read_strapping
from app.site.faults import quote
from app.site.text import WrongText, decode

STRAPPING = "strapping/"


def check_strapping(content: Mapping[str, bytes], equipment: Collection[str] | None, faults: list[Fault]) -> dict[str, bytes]:
    """File name without its folder to its bytes, in UTF-8; `content` by the whole name. Every fault is noted; `equipment` None:
    that table could not be read, nothing is said of it."""
    kept = {}
    for file, data in content.items():
        name = file.removeprefix(STRAPPING)
        if not name.endswith(".csv"):
            faults.append(Fault(file, 0, "", "不是罐容表", "strapping 里应只有 设备编号.csv"))
            continue
        code = name.removesuffix(".csv")
        if equipment is not None and code not in equipment:
            faults.append(Fault(file, 0, "", f"没有设备 {quote(code)}", "文件名应为 equipment.csv 里的设备编号"))
        try:
            text = decode(data)
            read_strapping(text)
        except WrongText as wrong:
            faults.append(Fault(file, wrong.row, "", wrong.found, wrong.expected))
        except WrongTable as wrong:
            faults.append(Fault(file, wrong.row, wrong.column, wrong.found, wrong.expected))
        else:
            kept[name] = text.encode()
    return kept

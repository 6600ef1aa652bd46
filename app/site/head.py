"""`site.toml`: who we are and the sources. Reading only; what a source may say is in `source_rules`. Pure.

Unknown keys are kept: those of a `[[source]]` in `Source.options`, those of `[site]` under `Site.options["site"]`, every other
top-level key in `Site.options` under its own name.
"""

import re
import tomllib
import zoneinfo
from dataclasses import dataclass
from typing import Any

from app.domain.places import Places
from app.domain.plant import Fault, Source
from app.domain.settings import wrong_settings
from app.site.faults import quote
from app.site.source_rules import check_source
from app.site.text import WrongText, decode

FILE = "site.toml"
_SITE_KEYS = ("code", "name", "timezone")
_FIELDS = {"security": str, "user": str, "password_secret": str, "unit": int, "period_s": float}


@dataclass(frozen=True, slots=True)
class Head:
    """`known`: every source id written, also of sources with faults; `sources`: those whose fields could be read."""

    code: str
    name: str
    timezone: str
    sources: tuple[Source, ...]
    known: frozenset[str]
    options: dict[str, Any]
    places: "Places"


def read_head(data: bytes, faults: list[Fault]) -> Head | None:
    """None when the file cannot be read at all."""
    try:
        text = decode(data)
        # tomllib wants \n or \r\n; a lone \r is a fault of its own there
        written = tomllib.loads(text)
    except WrongText as wrong:
        faults.append(Fault(FILE, wrong.row, "", wrong.found, wrong.expected))
        return None
    except tomllib.TOMLDecodeError as error:
        faults.append(_syntax_fault(text, str(error)))
        return None
    except RecursionError:
        faults.append(Fault(FILE, 0, "", "嵌套层数过多", "应为 TOML 格式"))
        return None
    places = Places(text)
    site = written.get("site")
    if not isinstance(site, dict):
        faults.append(Fault(FILE, 1, "site", "缺少 [site] 段", "应有 [site]，写明 code 和 name"))
        site = {"code": "", "name": "", "timezone": "UTC"}
    else:
        _check_site(site, places, faults)
    sources, known = _sources(written.get("source", []), places, faults)
    options = {key: value for key, value in written.items() if key not in ("site", "source")}
    rest = {key: value for key, value in site.items() if key not in _SITE_KEYS}
    if rest:
        options["site"] = rest
    for setting in wrong_settings(options):
        row = places.row(setting.path, setting.index, setting.key)
        faults.append(Fault(FILE, row, setting.key or setting.path, setting.found, setting.expected))
    return Head(
        str(site.get("code", "")),
        str(site.get("name", "")),
        str(site.get("timezone", "Asia/Shanghai")),
        tuple(sources),
        known,
        options,
        places,
    )


def _syntax_fault(text: str, message: str) -> Fault:
    place = re.search(r"\(at line (\d+), column (\d+)\)", message)
    row = int(place[1]) if place else text.count("\n") + 1
    column = f"第 {place[2]} 列" if place else ""
    return Fault(FILE, row, column, f"不是正确的 TOML（{message.split(' (at ')[0]}）", "文字应放在双引号内，每行一个 键 = 值")


def _check_site(site: dict[str, Any], places: Places, faults: list[Fault]) -> None:
    for key, meaning in (("code", "企业编码"), ("name", "企业名称")):
        value = site.get(key)
        if not isinstance(value, str) or not value.strip():
            found = "缺少" if value is None else f"{quote(value)} 不是文字" if not isinstance(value, str) else "是空的"
            faults.append(Fault(FILE, places.row("site", 0, key), key, found, f"应为双引号内的{meaning}"))
    zone = site.get("timezone", "Asia/Shanghai")
    try:
        zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        faults.append(
            Fault(FILE, places.row("site", 0, "timezone"), "timezone", f"不认识时区 {quote(zone)}", "应像 Asia/Shanghai")
        )


def _sources(written: Any, places: Places, faults: list[Fault]) -> tuple[list[Source], frozenset[str]]:
    if not isinstance(written, list) or not all(isinstance(one, dict) for one in written):
        faults.append(
            Fault(FILE, places.row("source", 0, ""), "source", "不是 [[source]] 段", "每个数据源应以 [[source]] 开头")
        )
        return [], frozenset()
    sources, rows = [], dict[str, int]()
    for index, one in enumerate(written):

        def fault(key: str, found: str, expected: str, index: int = index) -> None:
            faults.append(Fault(FILE, places.row("source", index, key), key, found, expected))

        source = _source(one, fault)
        if source.id:
            if source.id in rows:
                fault("id", f"数据源 {quote(source.id)} 与第 {rows[source.id]} 行重复", "数据源的 id 不能重复")
            rows.setdefault(source.id, places.row("source", index, "id"))
        check_source(source, fault)
        sources.append(source)
    return sources, frozenset(rows)


def _source(written: dict[str, Any], fault: Any) -> Source:
    """The source as far as it can be read; a field of the wrong type is a fault and takes its default."""
    fields: dict[str, Any] = {}
    for key, meaning in (("id", "数据源的名字"), ("driver", "驱动"), ("url", "网址")):
        value = written.get(key, "")
        if not isinstance(value, str) or not value.strip():
            found = "缺少" if key not in written else f"{quote(value)} 不是文字" if not isinstance(value, str) else "是空的"
            fault(key, found, f"应为双引号内的{meaning}")
            value = ""
        fields[key] = value.strip()
    for key, kind in _FIELDS.items():
        if key not in written:
            continue
        value = written[key]
        if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
            fields[key] = float(value)
        elif isinstance(value, kind) and not isinstance(value, bool):
            fields[key] = value.strip() if isinstance(value, str) else value
        else:
            meaning = {str: "双引号内的文字", int: "整数", float: "数字"}[kind]
            fault(key, f"{quote(value)} 不是{meaning}", f"应为{meaning}")
    options = {key: value for key, value in written.items() if key not in fields and key not in _FIELDS}
    return Source(**fields, options=options)

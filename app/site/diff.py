"""What is different between two sites, one line a column: how old and new limits reach the journal. Pure.

The order of rows is not compared. Values are JSON-able; a list is a list, a priority or kind its word.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from enum import Enum, IntEnum
from typing import Any

from app.domain.plant import Layout, Site
from app.domain.tag import Limits, Priority

PRESENT = "有"


@dataclass(frozen=True, slots=True)
class Change:
    """`table`: site source tags equipment cameras roster layouts pictures forms strapping; `key`: the row ("" for site);
    `column`: of the file.

    `column` "" is the row itself: `old` None = added, `new` None = removed; a change follows for every column that was or
    is not at its default, so that the limits of a new or a removed tag are on record too.
    """

    table: str
    key: str
    column: str
    old: Any
    new: Any


def diff_sites(old: Site, new: Site) -> list[Change]:
    changes = list(_row("site", "", _site_columns(old), _site_columns(new)))
    tables = (("source", "id", "sources"), ("tags", "tag", "tags"), ("equipment", "equipment", "equipment"))
    for table, key, name in (*tables, ("cameras", "camera", "cameras"), ("roster", "key", "roster")):
        before = {getattr(row, key): row for row in getattr(old, name)}
        after = {getattr(row, key): row for row in getattr(new, name)}
        changes += _table(table, before, after, key)
    changes += _layouts({layout.id: layout for layout in old.layouts}, {layout.id: layout for layout in new.layouts})
    changes += _row("pictures", "", _hashes(old.pictures), _hashes(new.pictures))
    changes += _row("forms", "", _hashes(old.forms), _hashes(new.forms))
    changes += _row("strapping", "", _hashes(old.strapping), _hashes(new.strapping))
    return changes


def _site_columns(site: Site) -> dict[str, Any]:
    return {"code": site.code, "name": site.name, "timezone": site.timezone, **_flat("", site.options)}


def _hashes(files: Mapping[str, bytes]) -> dict[str, Any]:
    return {name: f"sha256:{hashlib.sha256(data).hexdigest()}" for name, data in files.items()}


def _table(table: str, old: Mapping[str, Any], new: Mapping[str, Any], key: str) -> Iterator[Change]:
    for name in [*old, *(name for name in new if name not in old)]:
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        kind = type(before if before is not None else after)
        if before is None or after is None:
            yield Change(table, name, "", before and PRESENT, after and PRESENT)
        yield from _row(table, name, _columns(before, kind, key), _columns(after, kind, key))


def _row(table: str, key: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for column in [*old, *(column for column in new if column not in old)]:
        before, after = old.get(column), new.get(column)
        # 1 and True are equal in Python, but not the same setting
        if before != after or isinstance(before, bool) is not isinstance(after, bool):
            yield Change(table, key, column, before, after)


def _columns(row: Any, kind: type, key: str) -> dict[str, Any]:
    """Column to plain value; of a row that is not there, its defaults."""
    columns: dict[str, Any] = {}
    for field in fields(kind):
        if field.name == key:
            continue
        if row is not None:
            value = getattr(row, field.name)
        elif field.default is not MISSING:
            value = field.default
        else:
            value = field.default_factory() if field.default_factory is not MISSING else None
        if isinstance(value, Limits):
            columns |= {limit.name: getattr(value, limit.name) for limit in fields(Limits)}
        elif field.name in ("extra", "options"):
            columns |= _flat("", value)
        else:
            columns[field.name] = _plain(value)
    return columns


def _flat(prefix: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Nested tables of site.toml as dotted columns."""
    flat: dict[str, Any] = {}
    for key, value in options.items():
        if isinstance(value, Mapping) and value:
            flat |= _flat(f"{prefix}{key}.", value)
        else:
            flat[prefix + key] = _plain(value)
    return flat


def _plain(value: Any) -> Any:
    match value:
        case Priority():
            return value.word
        case Enum() if not isinstance(value, IntEnum):
            return value.value
        case tuple() | list():
            return [_plain(one) for one in value]
        case Mapping():
            return {key: _plain(one) for key, one in value.items()}
        case None | bool() | int() | float() | str():
            return value
    return str(value)


def _layouts(old: Mapping[str, Layout], new: Mapping[str, Layout]) -> Iterator[Change]:
    for name in [*old, *(name for name in new if name not in old)]:
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        if before is None or after is None:
            yield Change("layouts", name, "", before and PRESENT, after and PRESENT)
        yield from _row("layouts", name, _display(before), _display(after))


def _display(layout: Layout | None) -> dict[str, Any]:
    """The settings of a display, and each of its items as one column `items.ID`."""
    if layout is None:
        return {}
    own = {"title": layout.title, "level": layout.level, "extent": list(layout.extent)}
    background = layout.background
    if background is not None:
        affine = list(background.affine) if background.affine else None
        own["background"] = {"file": background.file, "affine": affine, "dim": background.dim}
    rest = {key: value for key, value in layout.raw.items() if key not in (*own, "id", "items", "background", "schema")}
    items = {
        f"items.{item.id}": {field.name: _plain(getattr(item, field.name)) for field in fields(item) if field.name != "id"}
        for item in layout.items
    }
    return {**own, **_flat("", rest), **items}

"""A display as the text of its file: one item a line, keys and numbers as they were read. Pure."""

import json
from collections.abc import Mapping
from typing import Any

from app.domain.plant import Layout
from app.site.layout_rules import SCHEMA
from app.site.layouts import layout_of


def layout_raw(layout: Layout) -> Mapping[str, Any]:
    """What `raw` says, when it still says the same as the fields; else (a program changed them) the fields."""
    return layout.raw if layout.raw and layout_of(layout.raw) == layout else _raw_of(layout)


def layout_text(layout: Layout) -> str:
    raw = layout_raw(layout)
    head = [f"{_json(key)}: {_json(value)}" for key, value in raw.items() if key != "items"]
    items = [f"  {_json(item)}" for item in raw["items"]]
    parts = [*head, '"items": [\n' + ",\n".join(items) + "]" if items else '"items": []']
    return "{" + ",\n ".join(parts) + "}\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _raw_of(layout: Layout) -> Mapping[str, Any]:
    background = layout.background
    own = {
        "schema": SCHEMA,
        "id": layout.id,
        "title": layout.title,
        "level": layout.level,
        "extent": list(layout.extent),
        "background": background and {"file": background.file, "affine": background.affine, "dim": background.dim},
        "items": [_item_raw(item) for item in layout.items],
    }
    return {**{key: value for key, value in layout.raw.items() if key not in own}, **own}


def _item_raw(item: Any) -> dict[str, Any]:
    raw = {"id": item.id, "type": item.type, "x": item.x, "y": item.y}
    optional = {
        "w": item.w,
        "h": item.h,
        "rot": item.rot,
        "label": item.label,
        "equipment": item.equipment,
        "camera": item.camera,
        "bind": dict(item.bind),
        "cameras": list(item.cameras),
    }
    return {**raw, **{key: value for key, value in optional.items() if value}, **item.options}

"""`layouts/NAME.json` and its pictures, read; what a display may say is in `layout_rules`, writing in `layout_text`. Pure.

What stands in a file beyond the known keys is kept in `Layout.raw` and `LayoutItem.options`.
"""

import json
from collections.abc import Mapping
from typing import Any

from app.domain.plant import Background, Fault, Layout, LayoutItem
from app.site.faults import quote
from app.site.files import LAYOUTS
from app.site.layout_rules import MAGIC, PICTURE_KINDS, Known, LayoutChecker

_ITEM_KEYS = ("id", "type", "x", "y", "w", "h", "rot", "label", "equipment", "camera", "bind", "cameras")


class _Doubled(ValueError):
    pass


def read_layouts(content: Mapping[str, bytes], known: Known, faults: list[Fault]) -> tuple[Layout, ...]:
    """`content`: file name (`layouts/…`) to bytes. In the order of a screen: by level, then by id."""
    layouts = []
    for file in sorted(content):
        if file.endswith(".json"):
            layout = _read_layout(file, content[file], known, faults)
            if layout:
                layouts.append(layout)
    return tuple(sorted(layouts, key=lambda layout: (layout.level, layout.id)))


def read_pictures(content: Mapping[str, bytes], faults: list[Fault]) -> dict[str, bytes]:
    """Every file in `layouts/` of a known kind, by its plain name; its content must be what its name says."""
    pictures = {}
    for file, data in content.items():
        kind = file.rpartition(".")[2].lower()
        if kind not in MAGIC:
            continue
        pictures[file.removeprefix(LAYOUTS)] = data
        if not MAGIC[kind](data):
            faults.append(Fault(file, 0, "", f"内容不是 {kind} 图片", "应为 " + " ".join(PICTURE_KINDS) + "，扩展名与内容一致"))
    return pictures


def _read_layout(file: str, data: bytes, known: Known, faults: list[Fault]) -> Layout | None:
    try:
        text = data.decode("utf-8-sig")
        raw = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_object)
    except UnicodeDecodeError as error:
        faults.append(
            Fault(file, data.count(b"\n", 0, error.start) + 1, "", f"第 {error.start} 字节起不是 UTF-8", "应为 UTF-8")
        )
        return None
    except json.JSONDecodeError as error:
        found = f"不是正确的 JSON（第 {error.lineno} 行第 {error.colno} 列：{_json_words(error.msg)}）"
        faults.append(Fault(file, error.lineno, f"第 {error.colno} 列", found, "应为 JSON：双引号、逗号和括号成对"))
        return None
    except (_Doubled, RecursionError) as error:
        faults.append(Fault(file, 0, "", str(error) if isinstance(error, _Doubled) else "嵌套层数过多", "应为 JSON"))
        return None
    checker = LayoutChecker(file, text, known, faults)
    count = len(faults)
    checker.check(raw)
    return layout_of(raw) if len(faults) == count else None


def _no_constant(word: str) -> float:
    raise _Doubled(f"有 {word}，它不是 JSON 的数")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        doubled = next(name for name in names if names.count(name) > 1)
        raise _Doubled(f"同一个对象里 {quote(doubled)} 出现两次")
    return made


_JSON_WORDS = {
    "Expecting value": "这里应有值",
    "Expecting ',' delimiter": "这里应有逗号",
    "Expecting ':' delimiter": "这里应有冒号",
    "Expecting property name enclosed in double quotes": "这里应有双引号内的名字，或多了一个逗号",
    "Illegal trailing comma before end of object": "多了一个逗号",
    "Illegal trailing comma before end of array": "多了一个逗号",
    "Extra data": "结尾之后还有内容",
    "Unterminated string starting at": "双引号没有结束",
    "Invalid control character at": "文字里有换行或控制字符",
}


def _json_words(message: str) -> str:
    return _JSON_WORDS.get(message, message)


def layout_of(raw: Mapping[str, Any]) -> Layout:
    """`raw` must be without faults."""
    background = raw.get("background")
    return Layout(
        id=raw["id"],
        title=raw.get("title", ""),
        level=raw.get("level", 2),
        extent=tuple(map(float, raw["extent"])),  # type: ignore[arg-type]  # four numbers, checked
        items=tuple(_item_of(item) for item in raw["items"]),
        background=_background_of(background) if background is not None else None,
        raw=raw,
    )


def _background_of(raw: Mapping[str, Any]) -> Background:
    affine = raw.get("affine")
    return Background(
        raw["file"],
        tuple(map(float, affine)) if affine is not None else None,  # type: ignore[arg-type]  # six numbers, checked
        float(raw.get("dim", 0.3)),
    )


def _item_of(raw: Mapping[str, Any]) -> LayoutItem:
    return LayoutItem(
        id=raw["id"],
        type=raw["type"],
        x=float(raw["x"]),
        y=float(raw["y"]),
        w=float(raw.get("w", 0.0)),
        h=float(raw.get("h", 0.0)),
        rot=float(raw.get("rot", 0.0)),
        label=raw.get("label", ""),
        equipment=raw.get("equipment", ""),
        camera=raw.get("camera", ""),
        bind=raw.get("bind", {}),
        cameras=tuple(raw.get("cameras", ())),
        options={key: value for key, value in raw.items() if key not in _ITEM_KEYS},
    )

"""Values as TOML text: what `tomllib` reads comes out so that it reads back equal. Pure; only what `site.toml` needs."""

import json
import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any


def key_text(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _string(key)


def value_text(value: Any) -> str:
    """Raises ValueError for what TOML cannot hold (None, bytes)."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return repr(value)  # 1.0, 1e+22, inf and nan are TOML too
        case str():
            return _string(value)
        case datetime() | date() | time():
            return value.isoformat()
        case list() | tuple():
            return "[" + ", ".join(value_text(one) for one in value) + "]"
        case Mapping():
            inside = ", ".join(f"{key_text(key)} = {value_text(one)}" for key, one in value.items())
            return "{ " + inside + " }" if inside else "{}"
    raise ValueError(f"site.toml 里不能保存 {type(value).__name__} 类型的值 {value!r}")


def _string(text: str) -> str:
    # a JSON string is a TOML string, but for DEL
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def lines(values: Mapping[str, Any]) -> list[str]:
    return [f"{key_text(key)} = {value_text(value)}" for key, value in values.items()]


def section(path: str, values: Mapping[str, Any], many: bool = False) -> list[str]:
    """`[path]`, of `many` `[[path]]`, with its tables after it as sections of their own: a person can read and mend them."""
    inside = {key: value for key, value in values.items() if isinstance(value, Mapping) or _is_tables(value)}
    found = ["", f"[[{path}]]" if many else f"[{path}]"]
    found += lines({key: value for key, value in values.items() if key not in inside})
    for key, value in inside.items():
        below = f"{path}.{key_text(key)}"
        if isinstance(value, Mapping):
            found += section(below, value)
        else:
            for one in value:
                found += section(below, one, many=True)
    return found


def _is_tables(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(one, Mapping) for one in value)

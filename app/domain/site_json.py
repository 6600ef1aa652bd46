"""A `Site` as plain JSON-able data and back, exactly: the store keeps configuration versions with it.

Not the site package format (that is CSV and TOML for people). Both sides. Every field is written, defaults too: a default that
changes in a later program must not change an old version. Reading ignores fields it does not know and takes the default for
those that are missing, so that versions of other programs can be read.
"""

import base64
import dataclasses
import json
import types
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from enum import Enum
from functools import cache
from math import isfinite
from typing import Any, Union, get_args, get_origin, get_type_hints

from app.domain.plant import Site
from app.domain.tag import Tag

SCHEMA = 1

Convert = Callable[[Any], Any]
_MARK = "$"  # key of a wrapped value: JSON has no tuple, bytes, date or infinity


def site_to_dict(site: Site) -> dict[str, Any]:
    """Only dict with str keys, list, str, int, finite float, bool and None come back."""
    written: dict[str, Any] = _writer(Site)(site)
    return {"schema": SCHEMA, **written}


def site_pieces(site: Site) -> Iterator[str]:
    """The JSON text of `site_to_dict(site)` with sorted keys, row by row: of twenty thousand tags no step takes long, and the
    rows never stand in memory all at once."""
    hints = get_type_hints(Site)
    encode = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
    separator = "{"
    for name in sorted([*hints, "schema"]):
        yield f'{separator}"{name}":'
        separator = ","
        if name == "schema":
            yield encode(SCHEMA)
        elif get_origin(hints[name]) is tuple:
            to, comma = _writer(get_args(hints[name])[0]), "["
            for row in getattr(site, name):
                yield comma + encode(to(row))
                comma = ","
            yield "[]" if comma == "[" else "]"
        else:
            yield encode(_writer(hints[name])(getattr(site, name)))
    yield "}"


def site_from_dict(data: Mapping[str, Any]) -> Site:
    """Raises ValueError when `data` is no site or was written by a newer, incompatible program."""
    schema = data.get("schema", SCHEMA)
    if schema != SCHEMA:
        raise ValueError(f"配置的格式版本是 {schema}，本程序只认识 {SCHEMA}；请升级程序")
    try:
        site = _reader(Site)(data)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"配置数据不完整或已损坏：{error!r}") from error
    assert isinstance(site, Site)
    return site


def tag_from_dict(data: Mapping[str, Any]) -> Tag:
    """One tag out of what `site_to_dict` wrote. Raises ValueError."""
    try:
        tag = _reader(Tag)(data)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"配置数据不完整或已损坏：{error!r}") from error
    assert isinstance(tag, Tag)
    return tag


def _same(value: Any) -> Any:
    return value


@cache
def _plan(cls: type) -> tuple[tuple[str, Convert, Convert], ...]:
    hints = get_type_hints(cls)
    names = [f.name for f in dataclasses.fields(cls)]
    return tuple((name, _writer(hints[name]), _reader(hints[name])) for name in names)


@cache
def _writer(kind: Any) -> Convert:
    """How a value declared as `kind` is written."""
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):

        def write(value: Any) -> dict[str, Any]:
            return {name: to(getattr(value, name)) for name, to, _ in _plan(kind)}

        return write
    inner, optional = _without_none(kind)
    if optional:
        to = _writer(inner)
        return _same if to is _same else lambda value: None if value is None else to(value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return lambda value: kind(value).value
    if kind in (str, int, bool):
        return _same
    if get_origin(kind) is tuple:
        to = _writer(get_args(kind)[0])
        return lambda value: [to(one) for one in value]
    if get_origin(kind) in (dict, Mapping):
        to = _writer(get_args(kind)[1])
        return lambda value: {key: to(one) for key, one in value.items()}
    return _wrap


@cache
def _reader(kind: Any) -> Convert:
    """The inverse of `_writer(kind)`."""
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):

        def read(data: Any) -> Any:
            return kind(**{name: of(data[name]) for name, _, of in _plan(kind) if name in data})

        return read
    inner, optional = _without_none(kind)
    if optional:
        of = _reader(inner)
        return _same if of is _same else lambda value: None if value is None else of(value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        members = {member.value: member for member in kind}

        def member(value: Any) -> Any:
            try:
                return members[value]
            except KeyError:
                raise ValueError(f"配置里的 {value!r} 不是 {kind.__name__} 的已知取值；可能来自更新的程序") from None

        return member
    if kind in (str, int, bool):
        return _same
    if get_origin(kind) is tuple:
        of = _reader(get_args(kind)[0])
        return lambda value: tuple(of(one) for one in value)
    if get_origin(kind) in (dict, Mapping):
        of = _reader(get_args(kind)[1])
        return lambda value: {key: of(one) for key, one in value.items()}
    return _unwrap


def _without_none(kind: Any) -> tuple[Any, bool]:
    if get_origin(kind) in (Union, types.UnionType):
        inner = [one for one in get_args(kind) if one is not type(None)]
        if len(inner) == 1:
            return inner[0], True
    return kind, False


def _wrap(value: Any) -> Any:
    """A value of no declared shape (options of a source, of a layout item), as TOML or JSON may give it."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if isfinite(value) else {_MARK: "float", "of": repr(value)}
        case list():
            return [_wrap(one) for one in value]
        case tuple():
            return {_MARK: "tuple", "of": [_wrap(one) for one in value]}
        case Mapping():
            plain = {key: _wrap(one) for key, one in value.items()}
            return {_MARK: "dict", "of": plain} if _MARK in plain else plain
        case bytes():
            return {_MARK: "bytes", "of": base64.b64encode(value).decode("ascii")}
        case datetime():
            return {_MARK: "datetime", "of": value.isoformat()}
        case date():
            return {_MARK: "date", "of": value.isoformat()}
        case time():
            return {_MARK: "time", "of": value.isoformat()}
    raise ValueError(f"配置里不能保存 {type(value).__name__} 类型的值：{value!r}")


def _unwrap(value: Any) -> Any:
    if isinstance(value, list):
        return [_unwrap(one) for one in value]
    if not isinstance(value, Mapping):
        return value
    if _MARK not in value:
        return {key: _unwrap(one) for key, one in value.items()}
    of = value["of"]
    match value[_MARK]:
        case "float":
            return float(of)
        case "tuple":
            return tuple(_unwrap(one) for one in of)
        case "dict":
            return {key: _unwrap(one) for key, one in of.items()}
        case "bytes":
            return base64.b64decode(of)
        case "datetime":
            return datetime.fromisoformat(of)
        case "date":
            return date.fromisoformat(of)
        case "time":
            return time.fromisoformat(of)
    raise ValueError(f"配置里有本程序不认识的标记 {value[_MARK]!r}；可能来自更新的程序")

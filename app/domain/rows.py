"""Tag, equipment and camera as one plain row each, with the names of the columns of the package: what `GET /tags`,
`GET /equipment` and `GET /cameras` say. Both sides.

What is not set is null, a list is a list, a priority is its word; columns the program does not know stand under `extra`.
"""

from collections.abc import Mapping
from dataclasses import fields
from enum import Enum
from typing import Any

from app.domain.plant import Camera, Equipment
from app.domain.tag import Limits, Priority, Tag

_LIMITS = tuple(field.name for field in fields(Limits))


def row_of(thing: Tag | Equipment | Camera) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for field in fields(thing):
        value = getattr(thing, field.name)
        if isinstance(value, Limits):
            row.update((name, getattr(value, name)) for name in _LIMITS)
        else:
            row[field.name] = _plain(value)
    return row


def _plain(value: Any) -> Any:
    if isinstance(value, Priority):
        return value.word
    if isinstance(value, Enum):
        return value.value
    return None if value == "" else value


def fields_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """The inverse, up to the types: what the dataclass is made from, with its own defaults for what is not set. Raises KeyError
    for a priority that does not exist."""
    given = {name: value for name, value in row.items() if value is not None}
    for name in given.keys() & {"priority_hh", "priority_h", "priority_l", "priority_ll", "priority_prealarm"}:
        given[name] = Priority.of(given[name])
    limits = {name: given.pop(name) for name in _LIMITS if name in given}
    return given | {"limits": limits} if limits else given

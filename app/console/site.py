"""Fetches the configuration of a station: point table, equipment, cameras, layouts with their pictures. Session's thread."""

import asyncio
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from app.console.client import StationClient
from app.console.errors import Known, Refused
from app.console.state import SiteView
from app.domain.plant import Camera, Equipment, Layout
from app.domain.rows import fields_of
from app.domain.tag import Tag
from app.site.layouts import layout_of
from widgets.words import tr

_Row = TypeVar("_Row")


async def load_site(client: StationClient) -> SiteView:
    """Raises Known; a layout without a picture is no error, an answer of another shape is."""
    site, tags, equipment, cameras, names = await asyncio.gather(
        *(client.call("GET", path) for path in ("/site", "/tags", "/equipment", "/cameras", "/layouts"))
    )
    try:
        layouts = [layout_of(await client.call("GET", f"/layouts/{quote(_id(one), safe='')}")) for one in names]
        return SiteView(
            version=str(site.get("version", "")),
            code=str(site.get("code", "")),
            name=str(site.get("name", "")),
            timezone=str(site.get("timezone", "")),
            tags={tag.tag: tag for tag in _table(tags, Tag)},
            equipment={one.equipment: one for one in _table(equipment, Equipment)},
            cameras={one.camera: one for one in _table(cameras, Camera)},
            layouts=tuple(layouts),
            pictures=await _pictures(client, layouts),
        )
    except (msgspec.ValidationError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise Known(tr("站点的配置与本值守台的版本不相配：{error}", error=str(error)), "version") from error


def _table(rows: list[dict[str, Any]], kind: type[_Row]) -> list[_Row]:
    return msgspec.convert([fields_of(row) for row in rows], list[kind])  # type: ignore[valid-type]


def _id(one: Any) -> str:
    return str(one["id"]) if isinstance(one, dict) else str(one)


async def _pictures(client: StationClient, layouts: list[Layout]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for layout in layouts:
        if layout.background is None or layout.background.file in found:
            continue
        try:
            picture = await client.fetch(f"/layouts/{quote(layout.id, safe='')}/picture")
        except Refused as error:
            if error.status != 404:
                raise
        else:
            found[layout.background.file] = picture
    return found

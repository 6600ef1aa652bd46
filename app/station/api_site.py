"""Calls that read the configuration in the words of the site package: site, tables, displays, pictures. Station side."""

from typing import Any

from fastapi import APIRouter, Request, Response

from app.domain.instant import to_rfc3339
from app.domain.plant import Layout, Site
from app.domain.rows import row_of
from app.site.layout_text import layout_raw
from app.station.api_parts import LoggedInAs, TheStation, json
from app.station.encode import to_json
from app.station.errors import Unknown
from app.station.station import Station

router = APIRouter(tags=["配置"])

_PICTURES = {"svg": "image/svg+xml", "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "pdf": "application/pdf"}


@router.get("/site", summary="站点")
async def site(station: TheStation, who: LoggedInAs) -> Response:
    site, config = station.site, station.given.config
    return json(
        {
            "code": site.code,
            "name": site.name,
            "timezone": site.timezone,
            "version": None if config is None else config.version,
            "changed_at": None if config is None else to_rfc3339(config.time),
            "changed_by": "" if config is None else config.by,
            "sources": [
                {"id": s.id, "driver": s.driver, "period_s": s.period_s, "name": str(s.options.get("name", ""))}
                for s in site.sources
            ],
            "layouts": [_about(layout) for layout in site.layouts],
        }
    )


@router.get("/tags", summary="位号表，列名同 tags.csv")
async def tags(request: Request, station: TheStation, who: LoggedInAs) -> Response:
    state = request.app.state
    site, body = getattr(state, "tags_json", (None, b""))
    if site is not station.site:  # twenty thousand tags: encoded once for each configuration, in a worker thread
        site = station.site
        body = await station.call(_tags_json, site)
        state.tags_json = (site, body)
    return Response(body, media_type="application/json")


def _tags_json(site: Site) -> bytes:
    return to_json([row_of(tag) for tag in site.tags])


@router.get("/equipment", summary="设备表，列名同 equipment.csv")
async def equipment(station: TheStation, who: LoggedInAs) -> Response:
    return json([row_of(one) for one in station.site.equipment])


@router.get("/cameras", summary="摄像机表，列名同 cameras.csv")
async def cameras(station: TheStation, who: LoggedInAs) -> Response:
    return json([row_of(one) for one in station.site.cameras])


@router.get("/layouts", summary="画面目录")
async def layouts(station: TheStation, who: LoggedInAs) -> Response:
    return json([_about(layout) for layout in station.site.layouts])


@router.get("/layouts/{name:path}/picture", summary="画面的底图")
async def picture(name: str, station: TheStation, who: LoggedInAs) -> Response:
    background = _layout(station, name).background
    data = None if background is None else station.site.pictures.get(background.file)
    if background is None or data is None:
        raise Unknown("not_found", f"画面 {name} 没有底图")
    kind = _PICTURES.get(background.file.rpartition(".")[2].lower(), "application/octet-stream")
    # A drawing may carry scripts; whoever opens it in a browser must not run them with the station's origin.
    headers = {"Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"}
    return Response(data, media_type=kind, headers=headers)


@router.get("/layouts/{name:path}", summary="一幅画面，与站点包中的文件相同")
async def layout(name: str, station: TheStation, who: LoggedInAs) -> Response:
    return json(layout_raw(_layout(station, name)))


def _about(layout: Layout) -> dict[str, Any]:
    picture = layout.background is not None
    return {"id": layout.id, "title": layout.title, "level": layout.level, "picture": picture}


def _layout(station: Station, name: str) -> Layout:
    for layout in station.site.layouts:
        if layout.id == name:
            return layout
    raise Unknown("not_found", f"没有画面 {name}")

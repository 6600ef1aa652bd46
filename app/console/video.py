"""The streams of a seat, and where the station says they are read. Console side.

One owner for all pages: the wall, the alarm card and the plant picture share the stream of a camera.
"""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from app.console.errors import Refused
from app.console.seat import Seat
from app.console.streams import Address, Streams
from app.domain.alarm import AlarmState
from app.domain.plant import Camera
from app.domain.tag import Priority
from widgets.symbols import rank, symbol_of, to_show

_NOT_FOUND = 404
LIVE = "video"
SNAPSHOT = "snapshot"
PLAYBACK = "playback"
"""What the journal calls looking at a camera, keeping a picture of it, and looking at its past."""


def streams_of(seat: Seat) -> Streams:
    """Made when the first page asks for it; ended with the desk."""
    if seat.streams is None:
        streams = seat.streams = Streams(lambda camera, main: address_of(seat, camera, main), seat.run)
        seat.closing.connect(streams.stop)
    made: Streams = seat.streams
    return made


async def address_of(seat: Seat, camera: Camera, main: bool) -> Address:
    """Raises Known. An older station hands out no addresses: then the one of the camera table is read, without login."""
    try:
        answer = await seat.call(
            "GET", f"/cameras/{quote(camera.camera, safe='')}/stream", params={"which": "main" if main else "sub"}
        )
    except Refused as error:
        if error.status != _NOT_FOUND:
            raise
        return Address((camera.main_url if main else camera.sub_url) or camera.main_url or camera.sub_url)
    return _read(answer)


def note_viewing(seat: Seat, what: str, subject: str) -> None:
    """Who looked at what is journalled (查看留痕); looking never waits for it."""
    seat.run(_viewed(seat, what, subject))


async def _viewed(seat: Seat, what: str, subject: str) -> None:
    try:
        await seat.call("POST", "/viewed", {"what": what, "subject": subject})
    except Refused as error:
        if error.status not in (403, _NOT_FOUND):
            raise


def alarms_by_camera(seat: Seat) -> dict[str, tuple[Priority | None, AlarmState]]:
    """The worst live alarm of what each camera looks at: by the tag, or by its equipment."""
    site = seat.state.site
    found: dict[str, list[Any]] = {}
    looks_at: dict[str, list[str]] = {}
    for camera in site.cameras.values():
        for code in camera.equipment:
            looks_at.setdefault(code, []).append(camera.camera)
    for alarm in seat.state.alarms.values():
        tag = site.tags.get(alarm.tag)
        for code in {*(() if tag is None else tag.camera), *looks_at.get(alarm.equipment, ())}:
            found.setdefault(code, []).append(alarm)
    worst = {code: to_show(sorted(alarms, key=rank))[:1] for code, alarms in found.items()}
    return {code: symbol_of(alarms[0]) for code, alarms in worst.items() if alarms}


def _read(answer: Any) -> Address:
    folder = answer.get("folder")
    return Address(
        str(answer["url"]),
        str(answer.get("user") or ""),
        str(answer.get("password") or ""),
        str(answer.get("transport") or "tcp"),
        Path(folder) if folder else None,
    )

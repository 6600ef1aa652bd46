"""The streams of a seat, and where the station says they are read. Console side.

One owner for all pages: the wall, the alarm card and the plant picture share the stream of a camera.
"""

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from PySide6.QtWidgets import QWidget

from app.console.errors import Known
from app.console.seat import Seat
from app.domain.alarm import AlarmState
from app.domain.plant import Camera
from app.domain.tag import Priority
from app.domain.wire import AlarmMsg
from widgets.symbols import symbol_of, to_show

if TYPE_CHECKING:  # the codecs are loaded when the first picture is
    from app.console.streams import Streams
    from app.video.sources import Address

log = logging.getLogger(__name__)

Call = Callable[..., Awaitable[Any]]
LIVE = "video"
SNAPSHOT = "snapshot"
PLAYBACK = "playback"
"""What the journal calls looking at a camera, keeping a picture of it, and looking at its past."""


def streams_of(seat: Seat) -> "Streams":
    """Made when the first page asks for it; ended with the desk."""
    if seat.streams is None:
        from app.console.streams import Streams

        streams = seat.streams = Streams(lambda camera, main: address_of(seat.call, camera, main), seat.run)
        seat.closing.connect(streams.stop)
    return seat.streams


async def address_of(call: Call, camera: Camera, main: bool) -> "Address":
    """Raises Known. The login comes with it, over TLS or within this machine only."""
    from app.video.sources import Address

    which = "main" if main else "sub"
    answer = await call("GET", f"/cameras/{quote(camera.camera, safe='')}/stream", params={"which": which})
    folder = answer.get("folder")
    return Address(
        str(answer["url"]),
        str(answer.get("user") or ""),
        str(answer.get("password") or ""),
        str(answer.get("transport") or "tcp"),
        Path(folder) if folder else None,
    )


def live_view(seat: Seat) -> Callable[[Camera], QWidget]:
    """What brings the live picture of a camera to a page; a double click shows it large on the video page."""
    from widgets.video.single import LivePicture

    def make(camera: Camera) -> QWidget:
        view = LivePicture(seat.themes, streams_of(seat), camera)
        view.wanted.connect(seat.camera_wanted)
        view.opened.connect(lambda one: note_viewing(seat, LIVE, f"camera:{one.camera}"))
        return view

    return make


def note_viewing(seat: Seat, what: str, subject: str) -> None:
    """Who looked at what is journalled (查看留痕); looking never waits for it."""
    seat.run(_viewed(seat, what, subject))


async def _viewed(seat: Seat, what: str, subject: str) -> None:
    try:
        await seat.call("POST", "/viewed", {"what": what, "subject": subject})
    except Known as error:
        log.warning("查看 %s 没有记入日志：%s", subject, error.message)


def alarms_by_camera(seat: Seat) -> dict[str, tuple[Priority | None, AlarmState]]:
    """The worst live alarm of what each camera looks at: by the tag, or by its equipment."""
    shown = {code: [symbol_of(one) for one in to_show(alarms)] for code, alarms in _by_camera(seat).items()}
    # lost data has the sign of a lost picture: on a pane it would be read as that
    return {code: symbol for code, symbols in shown.items() for symbol in symbols[:1] if symbol[0] is not None}


def alarm_of(seat: Seat, camera: str) -> AlarmMsg | None:
    """The alarm whose sign the pane of that camera shows."""
    return next(iter(to_show(_by_camera(seat).get(camera, []))), None)


def _by_camera(seat: Seat) -> dict[str, list[AlarmMsg]]:
    """Live alarms of what each camera looks at."""
    site = seat.state.site
    found: dict[str, list[AlarmMsg]] = {}
    looks_at: dict[str, list[str]] = {}
    for camera in site.cameras.values():
        for code in camera.equipment:
            looks_at.setdefault(code, []).append(camera.camera)
    for alarm in seat.state.alarms.values():
        tag = site.tags.get(alarm.tag)
        for code in {*(() if tag is None else tag.camera), *looks_at.get(alarm.equipment, ())}:
            found.setdefault(code, []).append(alarm)
    return found

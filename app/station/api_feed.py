"""The feed's WebSocket: `WS /api/v1/feed?token=…&after=SEQ`. Station side."""

import asyncio
import contextlib

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from app.station.api_parts import json
from app.station.errors import NotLoggedIn
from app.station.feed_client import BadRequest, FeedClient
from app.station.station import Station

router = APIRouter()

LOGGED_OUT = 4401  # close code: the token no longer counts
REPLACED = 4409  # close code: another connection went on with `?after=` where this one is
USE_S = 60.0  # how often an open feed counts as use of its token


@router.websocket("/feed")
async def feed(socket: WebSocket, token: str = "", after: int | None = None) -> None:
    station: Station = socket.app.state.station
    if not token:
        scheme, _, given = socket.headers.get("authorization", "").partition(" ")
        token = given if scheme.lower() == "bearer" else ""
    try:
        ended = station.logins.ended(token)
        who = station.logins.who(token)
    except NotLoggedIn as error:
        await socket.send_denial_response(json({"error": {"code": error.code, "message": error.message}}, error.status))
        return
    await socket.accept()
    client = FeedClient(station.feed, socket.send_text, who.user)
    tasks = {
        asyncio.create_task(client.run(after), name="feed send"),
        asyncio.create_task(_listen(socket, client), name="feed listen"),
        asyncio.create_task(_watch(station, token, ended), name="feed token"),
        asyncio.create_task(client.replaced.wait(), name="feed replaced"),
    }
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):  # the client may be gone already
        await socket.close(LOGGED_OUT if ended.is_set() else REPLACED if client.replaced.is_set() else 1000)
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, WebSocketDisconnect):
            raise result


async def _listen(socket: WebSocket, client: FeedClient) -> None:
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        said = message.get("text") or message.get("bytes") or ""
        try:
            client.ask(said)
        except BadRequest as error:
            client.reply(str(error))


async def _watch(station: Station, token: str, ended: asyncio.Event) -> None:
    """Ends when the token does; until then an open feed is use of it."""
    while not ended.is_set():
        station.logins.who(token)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), USE_S)

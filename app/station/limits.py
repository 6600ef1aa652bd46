"""Bounds on what a request may bring: a body that is too large is refused before it fills the memory. Station side, ASGI."""

from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.station.encode import to_json

LARGEST_BODY = 2_000_000


class BodyLimit:
    """In front of the application; only HTTP, the feed has a bound of its own. A call that `streams` bounds its body itself."""

    def __init__(
        self, app: ASGIApp, largest: int = LARGEST_BODY, streams: Callable[[str, str], bool] = lambda method, path: False
    ) -> None:
        self._app, self._largest, self._streams = app, largest, streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._streams(scope["method"], scope["path"]):
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > self._largest:
            await _refuse(send)
            return
        had = 0

        async def counted() -> Message:
            nonlocal had
            message = await receive()
            had += len(message.get("body", b""))
            # A body of unannounced length that grows too large is taken for one that was broken off.
            return message if had <= self._largest else {"type": "http.disconnect"}

        await self._app(scope, counted, send)


async def _refuse(send: Send) -> None:
    body = to_json({"error": {"code": "too_large", "message": f"请求超过 {LARGEST_BODY // 1_000_000} MB"}})
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})

"""Serving the API: uvicorn inside our own loop, with our own sockets and signals. Station side."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn
from fastapi import FastAPI

from app.station.tls import Certificate

GRACE_S = 1  # open answers may end; feeds are told at once


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the program's, not the server's: the journal is written after the last answer."""
        yield


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 takes a free one. Raises OSError, OverflowError."""
    if not 0 <= port <= 0xFFFF:
        raise OverflowError(port)  # the system would quietly take the lower 16 bits of it
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    listening = socket.socket(family, kind, protocol)
    try:
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # Windows: two stations must not share a port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(128)
    except OSError:
        listening.close()
        raise
    return listening


@contextlib.asynccontextmanager
async def serving(app: FastAPI, listening: socket.socket, tls: Certificate | None = None) -> AsyncIterator[str]:
    """The API answers inside the block; gives its URL."""
    config = uvicorn.Config(
        app,
        loop="none",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=1_000_000,
        ws_ping_interval=20.0,
        ws_ping_timeout=60.0,  # a slow line may have much before the ping
        ws_per_message_deflate=False,  # a plant network has the width, the station not the time
        lifespan="off",
        log_config=None,
        log_level="warning",  # below it the address lines would carry tokens
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
        ssl_certfile=None if tls is None else tls.certificate,
        ssl_keyfile=None if tls is None else tls.key,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve([listening]), name="http")
    try:
        while not server.started:
            if task.done():
                task.result()
                raise OSError("接口没有启动")
            await asyncio.sleep(0.01)
        host, port = listening.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        yield f"{'http' if tls is None else 'https'}://{shown}:{port}"
    finally:
        server.should_exit = True
        await task
        listening.close()

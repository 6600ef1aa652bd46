"""A body on its way to the station that tells how much of it is gone; may be sent again from the start. Console side."""

from collections.abc import AsyncIterator, Callable

PIECE = 64 * 1024


class Telling:
    """What httpx takes as content. `told` is called on the session's thread with the bytes handed to the network so far."""

    def __init__(self, body: bytes, told: Callable[[int], None]) -> None:
        self._body, self._told = body, told

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for at in range(0, len(self._body), PIECE):
            yield self._body[at : at + PIECE]
            self._told(min(at + PIECE, len(self._body)))

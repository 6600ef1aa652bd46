"""One worker an outlet: takes what is due from the outbox, gravest first, and tries it until it is out or too old.

Station side. Each try runs in a daemon thread of its own, so that a dead server delays neither other outlets, nor the store,
nor the end of the station. At least once: a message counts as sent only when that is written down.
"""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from app.domain.instant import HOUR, Instant, seconds
from app.domain.settings.dispatch import DispatchSettings, Outlet
from app.station.dispatch.outlets import OutletFailed, Sender
from app.store.outbox import GAVE_UP, SENT, WAITING
from app.store.ports import StoreUnavailable
from app.store.rows import OutboxRow

log = logging.getLogger(__name__)

LOOK_S = 5.0  # at the latest, when nobody pokes


class Mailbox(Protocol):
    """What a worker asks of the outbox; awaited, as the store blocks."""

    async def due(self, outlet: str) -> OutboxRow | None: ...

    async def move(self, row: OutboxRow) -> None: ...

    async def secrets(self) -> Mapping[str, str]: ...


@dataclass(slots=True)
class OutletState:
    """`fault` "" while all is well; `failures` in a row."""

    fault: str = ""
    failures: int = 0
    sent_at: Instant | None = None
    since: Instant | None = None  # of the fault


class Worker:
    """`changed(row)` hears of every outcome; row None: only the state of the outlet changed."""

    def __init__(
        self,
        outlet: Outlet,
        sender: Sender,
        settings: DispatchSettings,
        mailbox: Mailbox,
        now: Callable[[], Instant],
        changed: Callable[["Worker", OutboxRow | None], None],
    ) -> None:
        self.outlet, self._sender, self._settings, self._mailbox = outlet, sender, settings, mailbox
        self._now, self._changed = now, changed
        self.state = OutletState()
        self._wake = asyncio.Event()
        self._turn = asyncio.Lock()  # one message at a time: a modem has one line

    def poke(self) -> None:
        self._wake.set()

    async def run(self) -> None:
        while True:
            self._wake.clear()
            try:
                row = await self._mailbox.due(self.outlet.name)
            except StoreUnavailable:
                row = None  # the journal's own alarm tells of it
            if row is None:
                await _at_most(LOOK_S, self._wake.wait())
                continue
            done = await self._attempt(row)
            await self._kept(done)

    async def try_now(self, row: OutboxRow) -> OutboxRow:
        """The test of the outlet: tried once, at once."""
        done = await self._attempt(row)
        return done if done.state != WAITING else replace(done, state=GAVE_UP, done_at=self._now())

    async def _attempt(self, row: OutboxRow) -> OutboxRow:
        async with self._turn:
            try:
                secrets = await self._mailbox.secrets()
                said = await in_thread(self._sender.send, row, secrets, name=f"outlet {self.outlet.name}")
            except (OutletFailed, StoreUnavailable) as error:
                return self._failed(row, str(error), getattr(error, "final", False))
            except Exception as error:
                log.exception("通道 %s 内部出错", self.outlet.name)
                return self._failed(row, f"通道内部出错：{error}", False)
        now = self._now()
        self.state = OutletState(sent_at=now)
        return replace(row, state=SENT, attempts=row.attempts + 1, done_at=now, detail=said)

    def _failed(self, row: OutboxRow, why: str, final: bool) -> OutboxRow:
        now, waits = self._now(), self._settings.waits_s
        failures = self.state.failures + 1
        # A message that nobody will ever get is told at once; a server that is away only when it stays away.
        loud = final or failures >= self._settings.alarm_after or bool(self.state.fault)
        since = self.state.since if self.state.fault else now
        self.state = OutletState(why if loud else "", failures, self.state.sent_at, since if loud else None)
        attempts = row.attempts + 1
        if final or now - row.created_at >= self._settings.give_up_h * HOUR:
            return replace(row, state=GAVE_UP, attempts=attempts, done_at=now, detail=why)
        wait = seconds(waits[min(attempts, len(waits)) - 1])
        return replace(row, attempts=attempts, next_try_at=now + wait, detail=why)

    async def _kept(self, row: OutboxRow) -> None:
        """Until it is written down the next message waits: else this one would be sent again and again."""
        self._changed(self, None)
        while True:
            try:
                await self._mailbox.move(row)
            except StoreUnavailable:
                await asyncio.sleep(1.0)
                continue
            break
        self._changed(self, row)
        if row.state == WAITING and self.state.failures:
            # The outlet is away: what waits behind this one would fail the same way.
            waits = self._settings.waits_s
            await asyncio.sleep(min(waits[min(self.state.failures, len(waits)) - 1], waits[0]))


async def in_thread(work: Callable[..., Any], *args: Any, name: str) -> Any:
    """`work` in a daemon thread: unlike those of a pool it holds up nobody's end."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Any] = loop.create_future()

    def tell(result: Any, error: BaseException | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)

    def run() -> None:
        result, error = None, None
        try:
            result = work(*args)
        except BaseException as failed:  # noqa: BLE001  handed over to whoever awaits
            error = failed
        try:
            loop.call_soon_threadsafe(tell, result, error)
        except RuntimeError:
            log.info("通道 %s 的发送在停站之后才结束", name)

    threading.Thread(target=run, name=name, daemon=True).start()
    return await done


async def _at_most(limit_s: float, work: Awaitable[Any]) -> None:
    try:
        await asyncio.wait_for(work, limit_s)
    except TimeoutError:
        return

"""Dispatch put together: alarms to rules, rules to the outbox, the outbox to the outlets, and what the desks see of it.

Station side. Nothing here can hold up an alarm: changes are taken in memory, everything else happens in tasks of its own.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.domain.alarm import AlarmState, RuleState
from app.domain.dispatch import Dispatcher, Letter, Standing
from app.domain.duty import Duty
from app.domain.instant import DAY, MINUTE, Instant, to_rfc3339
from app.domain.settings import settings
from app.domain.settings.dispatch import DispatchSettings, Outlet, Person, SmtpSettings, read_dispatch
from app.station import deadlines
from app.station.dispatch.outlets import REPORT, sender_of
from app.station.dispatch.worker import Worker
from app.station.errors import Unknown
from app.station.waiting import Published
from app.store.outbox import GAVE_UP, SENT
from app.store.ports import StoreUnavailable
from app.store.rows import OutboxCount, OutboxRow, Record, Search

if TYPE_CHECKING:
    from app.station.station import Station

log = logging.getLogger(__name__)

ROUND_S = 1.0
PURGE_S = 6 * 3600.0
RECENT = 20
MOBILE = 8  # digits; fewer are an extension of the plant's own exchange, which takes no messages
DUTY_AGAIN = 5 * MINUTE
_ASKING = (AlarmState.UNACK, AlarmState.RTNUN, AlarmState.LUNAK)


class Dispatch:
    """One to a station, made when its board stands. `works` are the coroutines the station runs for it; `trouble(text)` raises
    the station's own alarm, "" takes it back."""

    def __init__(self, station: "Station", trouble: Callable[[str], None]) -> None:
        self._station, self._trouble = station, trouble
        self.settings: DispatchSettings = settings(station.site.options, "dispatch", read_dispatch)
        try:
            zone = ZoneInfo(station.site.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            zone = ZoneInfo("Asia/Shanghai")
        self._rules = Dispatcher(self.settings, zone)
        self.workers = {
            outlet.name: Worker(
                outlet, sender_of(outlet, station.given.data), self.settings, self, station.clock.now, self._changed
            )
            for outlet in self.settings.outlets
        }
        self._counts: dict[str, OutboxCount] = {}
        self._recent: deque[OutboxRow] = deque(maxlen=RECENT)
        self._letters: list[OutboxRow] = []  # about deadlines, still to be kept
        self._stale = True  # the counts are to be read again

        for _, state in station.engine.pairs():
            self._take(state)
        station.listeners.append(self._on_alarms)
        station.extras["dispatch"] = self.extra
        station.duties.append(self.on_duty)

    def works(self) -> list[tuple[Callable[[], Coroutine[Any, Any, None]], str]]:
        return [(self._run, "dispatch"), *((one.run, f"outlet {name}") for name, one in self.workers.items())]

    # what the station tells

    def _on_alarms(self, published: Sequence[Published], durable: bool) -> None:
        """After the board has them."""
        if not self.settings.rules:
            return
        for item in published:
            if item.newest:
                self._take(item.change.state)

    def _take(self, state: RuleState) -> None:
        message = None if state.shown not in _ASKING else self._station.board.alarm(state.occurrence)
        if message is None or state.raised_at is None:
            self._rules.over(state.occurrence)
            return
        self._rules.put(
            Standing(
                state.occurrence, message.priority, message.rule, message.area, message.hazard_source, message.message,
                state.raised_at, message.guidance,
            )
        )  # fmt: skip

    def on_duty(self, duty: Duty) -> None:
        """A time limit has passed: kept as soon as the store can, and told whatever the quiet rules say."""
        now = self._station.clock.now()
        person = self._reach(duty.person, duty.contact)
        for name in self.settings.duty_outlets:
            address = person.address(self.workers[name].outlet)
            if address is not None and person.name:
                key = f"duty/{duty.key}/{person.name}/{name}"
                row = OutboxRow(key, now, "duty", duty.priority, name, person.name, address, duty.title, duty.text)
                self._letters.append(row)

    def on_report(self, id: str, title: str, text: str, to: Sequence[str]) -> None:
        """A report was made by itself: mailed, with its files, to these persons of the settings or addresses."""
        now = self._station.clock.now()
        for name, worker in self.workers.items():
            if not isinstance(worker.outlet.how, SmtpSettings):
                continue
            for one in to:
                person = self._reach(one, one)
                address = person.address(worker.outlet)
                if address:
                    key = f"{REPORT}/{id}/{person.name}/{name}"
                    self._letters.append(OutboxRow(key, now, REPORT, "low", name, person.name, address, title, text))

    def _reach(self, name: str, contact: str) -> Person:
        """The person of the settings, or whoever a contact leads to: a phone number or a mail address."""
        known = self.settings.person(name)
        if known is not None:
            return known
        digits = contact.replace(" ", "").replace("-", "")
        phone = digits if digits.removeprefix("+").isdigit() and len(digits) >= MOBILE else ""
        return Person(name, mail=contact if "@" in contact else "", phone=phone)

    # rounds

    async def _run(self) -> None:
        await self._remember()
        purge_in = 0.0
        while True:
            try:
                await self._round()
                if purge_in <= 0:
                    purge_in = PURGE_S
                    before = self._station.clock.now() - round(self.settings.keep_days * DAY)
                    await self._station.call(self._station.store.outbox.purge, before)
            except StoreUnavailable as error:
                log.warning("通知暂时不能存入发件箱：%s", error)
            purge_in -= ROUND_S
            await asyncio.sleep(ROUND_S)

    async def _remember(self) -> None:
        """What an earlier run told, so that nobody is told twice."""
        outbox = self._station.store.outbox
        while True:
            try:
                earliest = self._rules.earliest
                rows = [] if earliest is None else await self._station.call(outbox.since, earliest)
                self._recent.extend(reversed(await self._station.call(outbox.find, limit=RECENT)))
                break
            except StoreUnavailable:
                await asyncio.sleep(ROUND_S)
        for row in rows:
            self._rules.told(row.person, row.reasons, row.created_at)
        # Offered right before an end without warning, and maybe never kept: the key tells which are.
        since = self._station.clock.now() - DUTY_AGAIN
        wanted = Search(start=since, kinds=(deadlines.KIND,), limit=500)
        page = await self._station.call(self._station.store.journal.search, wanted)
        for line in reversed(page.records):
            if line.record.data.get("what") != deadlines.OFFERED:
                self.on_duty(deadlines.duty_of(line.record.data))

    async def _round(self) -> None:
        station = self._station
        now = station.clock.now()
        letters = self._rules.due(now, station.flood.active)
        waiting, self._letters = self._letters, []
        rows = [*waiting, *(_row(letter, now) for letter in letters)]
        if rows:
            try:
                new = await station.call(station.store.outbox.add, rows)
            except StoreUnavailable:
                self._letters = waiting + self._letters
                raise
            for letter in letters:
                self._rules.told(letter.person, letter.reasons, now)
            self._note(new)
        if self._stale:
            self._stale = False
            self._counts = await station.call(station.store.outbox.counts)
            station.feed.side_changed()

    def _note(self, new: Sequence[OutboxRow]) -> None:
        self._recent.extend(new)
        self._stale = True
        for name in {row.outlet for row in new} & self.workers.keys():
            self.workers[name].poke()

    def _changed(self, worker: Worker, row: OutboxRow | None) -> None:
        """An outlet tried something."""
        faults = [f"{w.outlet.name}：{w.state.fault}" for w in self.workers.values() if w.state.fault]
        self._trouble(f"通知通道故障：{'；'.join(faults)}" if faults else "")
        if row is None:
            return
        self._recent = deque((row if one.id == row.id else one for one in self._recent), RECENT)
        self._stale = True
        if row.state in (SENT, GAVE_UP):
            self._journal(row)

    def _journal(self, row: OutboxRow, by: str = "@station/dispatch") -> None:
        what = {SENT: "dispatched", GAVE_UP: "dispatch_gave_up"}[row.state]
        data: dict[str, Any] = {
            "what": what, "id": row.id, "outlet": row.outlet, "person": row.person, "address": row.address, "title": row.title,
            "attempts": row.attempts, "detail": row.detail, "reason": row.kind,
        }  # fmt: skip
        occurrence = row.reasons[0][0] if row.reasons else 0
        self._station.writer.note(Record(self._station.clock.now(), "system", by, "", occurrence, data))

    # the mailbox of the workers

    async def due(self, outlet: str) -> OutboxRow | None:
        rows = await self._station.call(self._station.store.outbox.due, outlet, self._station.clock.now())
        return rows[0] if rows else None

    async def move(self, row: OutboxRow) -> None:
        await self._station.call(self._station.store.outbox.move, row)

    async def secrets(self) -> Mapping[str, str]:
        secrets = self._station.store.secrets
        return await self._station.call(lambda: {name: secrets.get(name) for name in secrets.names()})

    # what people ask

    async def find(self, **wanted: Any) -> list[OutboxRow]:
        return await self._station.call(partial(self._station.store.outbox.find, **wanted))

    async def outlets(self) -> list[dict[str, Any]]:
        self._counts = await self._station.call(self._station.store.outbox.counts)
        return [self._outlet(worker) for worker in self.workers.values()]

    async def test(self, name: str, user: str, to: str = "") -> OutboxRow:
        """Sends a test message now: to `to`, a name of the settings or an address; else to whoever asks, or the first
        reachable. Raises Unknown."""
        worker = self.workers.get(name)
        if worker is None:
            raise Unknown("not_found", f"没有名为 {name} 的通道")
        person, address = self._tester(worker.outlet, user, to)
        station = self._station
        now = station.clock.now()
        site = station.site.name
        text = f"【测试】{site} 危源值守通知通道“{name}”测试，由 {user} 发起。收到即表示此通道可用。"
        row = OutboxRow(
            f"test/{name}/{now}", now, "test", "low", name, person, address, f"【测试】{site} 通知通道 {name}", text,
            next_try_at=now + 365 * DAY,  # the worker leaves it alone
        )  # fmt: skip
        [kept] = await station.call(station.store.outbox.add, [row])
        done = await worker.try_now(kept)
        await self.move(done)
        self._recent.append(done)
        self._changed(worker, None)
        self._stale = True
        self._journal(done, by=user)
        return done

    def _tester(self, outlet: Outlet, user: str, to: str) -> tuple[str, str]:
        if to and self.settings.person(to) is None:
            return to, to
        people = sorted(self.settings.persons, key=lambda p: (p.name != to, p.user != user))
        for person in people:
            address = person.address(outlet)
            if address is not None and (not to or person.name == to):
                return person.name, address
        raise Unknown("nobody_to_tell", f"通道 {outlet.name} 到不了任何人：请填写收件地址，或在 [[dispatch.person]] 补上")

    def extra(self) -> dict[str, Any]:
        return {
            "outlets": [self._outlet(worker) for worker in self.workers.values()],
            "recent": [message(row) for row in reversed(self._recent)],
        }

    def _outlet(self, worker: Worker) -> dict[str, Any]:
        count = self._counts.get(worker.outlet.name, OutboxCount())
        sent = max((at for at in (worker.state.sent_at, count.sent_at) if at is not None), default=None)
        return {
            "name": worker.outlet.name,
            "kind": worker.outlet.kind,
            "state": "failing" if worker.state.fault else "retrying" if worker.state.failures else "ok" if sent else "idle",
            "fault": worker.state.fault,
            "failures": worker.state.failures,
            "since": _time(worker.state.since),
            "waiting": count.waiting,
            "oldest": _time(count.oldest),
            "sent_at": _time(sent),
        }


def message(row: OutboxRow) -> dict[str, Any]:
    """One line of the log."""
    return {
        "id": row.id, "created_at": to_rfc3339(row.created_at), "kind": row.kind, "priority": row.priority,
        "outlet": row.outlet, "person": row.person, "address": row.address, "title": row.title,
        "occurrences": sorted({occurrence for occurrence, _ in row.reasons})[:20],
        "count": len({occurrence for occurrence, _ in row.reasons}),
        "state": row.state, "attempts": row.attempts, "next_try_at": _time(row.next_try_at if row.state == "waiting" else None),
        "done_at": _time(row.done_at), "detail": row.detail,
    }  # fmt: skip


def _row(letter: Letter, now: Instant) -> OutboxRow:
    return OutboxRow(
        letter.key, now, letter.kind, letter.priority, letter.outlet, letter.person, letter.address, letter.title, letter.text,
        letter.reasons,
    )  # fmt: skip


def _time(at: Instant | None) -> str | None:
    return None if at is None else to_rfc3339(at)

"""A real station for tests: real store, real HTTP and WebSocket on a free port, and a driver that says what the test tells it.

`async with running(tmp_path) as rig:` then `rig.field["dcs"].say("T1", 91.0)`.
"""

import asyncio
import contextlib
import json
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

from app.domain.instant import Instant
from app.domain.plant import Equipment, Site, Source
from app.domain.roles import Role
from app.domain.sample import Quality, Reason, Sample, Value
from app.domain.tag import DataType, Kind, Limits, Tag
from app.station.api import make_api
from app.station.server import listen, serving
from app.station.station import Given, Station
from app.store import open_store
from app.store.ports import Store
from app.store.rows import Account
from drivers.base import Driver, DriverContext, LinkLost, Sink
from tests.pace import ENOUGH_S

PASSWORD = "Sesame-2026"
PEOPLE = {
    "wang": Role.OPERATOR,
    "li": Role.OPERATOR,
    "zhao": Role.SUPERVISOR,
    "zhou": Role.SUPERVISOR,
    "zheng": Role.ENGINEER,
    "feng": Role.ENGINEER,
    "sun": Role.VIEWER,
    "qian": Role.ADMIN,
    "wu": Role.AUDITOR,
}


class FieldDriver:
    """Connects at once, publishes what it is told, loses the link when told."""

    def __init__(self) -> None:
        self.sink: Sink | None = None
        self.now: Callable[[], Instant] = lambda: 0
        self.refuse: Exception | None = None  # at the next connection
        self.connections = 0
        self._lost: asyncio.Future[None] | None = None

    def factory(self, source: Source, tags: Sequence[Tag], context: DriverContext) -> Driver:
        self.now = context.now
        return self

    async def run(self, sink: Sink) -> None:
        self.connections += 1
        if self.refuse is not None:
            raise self.refuse
        self._lost = asyncio.get_running_loop().create_future()
        self.sink = sink
        sink.up("scripted")
        try:
            await self._lost
        finally:
            self.sink = None

    def say(self, tag: str, value: Value, ago_s: float = 0.0) -> None:
        now = self.now()
        self.publish(Sample(tag, value, Quality.GOOD, Reason.NONE, now - round(ago_s * 1e6), now))

    def fail(self, tag: str, reason: Reason = Reason.SENSOR_FAILURE, detail: str = "") -> None:
        now = self.now()
        self.publish(Sample(tag, None, Quality.BAD, reason, now, now, detail))

    def publish(self, *samples: Sample) -> None:
        assert self.sink is not None, "the link is down"
        self.sink.publish(samples)

    def cut(self, why: str = "对端关闭了连接") -> None:
        assert self._lost is not None
        self._lost.set_exception(LinkLost(why))


def tag(name: str, **more: Any) -> Tag:
    made = Tag(
        name,
        name=f"{name}液位",
        equipment="V-101",
        kind=Kind.LEVEL,
        unit="%",
        range_low=0.0,
        range_high=100.0,
        source="dcs",
        address=f"ns=2;s={name}",
        data_type=DataType.FLOAT64,
        limits=Limits(10.0, 20.0, 80.0, 90.0),
        deadband=2.0,
        stale_s=3600.0,  # said once it stays good: how long a test takes is not what it asks; those of staleness name a time
    )
    return replace(made, **more)


def a_site(*tags: Tag, **more: Any) -> Site:
    sources = (Source("dcs", "scripted_dcs", "opc.tcp://127.0.0.1:1/x"), Source("gds", "scripted_gds", "tcp://127.0.0.1:1"))
    equipment = (Equipment("V-101", "一号罐", area="罐区", hazard_source="H1"), Equipment("V-102", "二号罐", area="罐区"))
    quiet = {"alarm": {"chatter": {"count": 0}}}  # tests that let an alarm come and go at will want to see all of it
    patient = {"operations": {"held_s": 60.0}}  # and none an alarm of the station that tells of the machine it runs on
    options = patient | more.pop("options", quiet)
    site = Site(
        "370300001", "示范化工", sources=sources, tags=tags or (tag("T1"), tag("T2")), equipment=equipment, options=options
    )
    return replace(site, **more)


class Rig:
    """A station that runs, and everything a test wants of it."""

    def __init__(self, station: Station, url: str, field: dict[str, FieldDriver]) -> None:
        self.station, self.url, self.field = station, url, field
        self._http = httpx.AsyncClient(base_url=url + "/api/v1", trust_env=False, timeout=ENOUGH_S)
        self._tokens: dict[str, str] = {}

    async def token(self, user: str) -> str:
        if user not in self._tokens:
            # A password check takes a tenth of a second by design; tests of logging in do it really.
            account = Account(user, PEOPLE[user], password_changed_at=self.station.clock.now())
            self._tokens[user] = self.station.logins.admit(account, "127.0.0.1").token
        return self._tokens[user]

    async def raw(self, method: str, path: str, user: str | None = "wang", **more: Any) -> httpx.Response:
        headers = {} if user is None else {"Authorization": f"Bearer {await self.token(user)}"}
        headers |= more.pop("headers_", {})
        return await self._http.request(method, path, headers=headers, **more)

    async def get(self, path: str, user: str = "wang", **params: Any) -> Any:
        answer = await self.raw("GET", path, user, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: Any = None, user: str = "wang") -> tuple[int, Any]:
        answer = await self.raw("POST", path, user, json=body)
        return answer.status_code, answer.json()

    async def alarm(self, tag: str, rule: str) -> dict[str, Any] | None:
        for one in await self.get("/alarms"):
            if (one["tag"], one["rule"]) == (tag, rule):
                found: dict[str, Any] = one
                return found
        return None

    async def has(self, tag: str, rule: str, state: str) -> dict[str, Any]:
        """Waits until that alarm is in that state and shown; returns it."""

        async def there() -> dict[str, Any] | None:
            if self._state(tag, rule) != state:  # asked for by HTTP only when it is there: that is what costs
                return None
            one = await self.alarm(tag, rule)
            return one if one is not None and one["state"] == state else None

        return await until(there, f"{tag}/{rule} {state}")

    async def gone(self, tag: str, rule: str) -> None:
        async def away() -> bool:
            return self._state(tag, rule) is None and await self.alarm(tag, rule) is None

        await until(away, f"{tag}/{rule} gone")

    def _state(self, tag: str, rule: str) -> str | None:
        return next((a.state for a in self.station.board.alarms() if (a.tag, a.rule) == (tag, rule)), None)

    @contextlib.asynccontextmanager
    async def feed(self, user: str = "wang", after: int | None = None, **more: Any) -> AsyncIterator["FeedReader"]:
        query = f"?token={await self.token(user)}" + ("" if after is None else f"&after={after}")
        address = self.url.replace("http", "ws", 1) + "/api/v1/feed" + query
        async with connect(address, max_size=None, proxy=None, **more) as socket:
            yield FeedReader(socket)

    async def close(self) -> None:
        await self._http.aclose()


class FeedReader:
    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.seen: list[dict[str, Any]] = []

    async def next(self, patience_s: float = ENOUGH_S) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(await asyncio.wait_for(self.socket.recv(), patience_s))
        self.seen.append(message)
        return message

    async def find(self, wanted: Callable[[dict[str, Any]], bool], patience_s: float = ENOUGH_S) -> dict[str, Any]:
        """The next message for which `wanted` holds."""
        ends = time.monotonic() + patience_s
        while True:
            message = await self.next(max(0.01, ends - time.monotonic()))
            if wanted(message):
                return message

    async def events(self, count: int, patience_s: float = ENOUGH_S) -> list[dict[str, Any]]:
        """The next `count` alarm events."""
        found: list[dict[str, Any]] = []
        ends = time.monotonic() + patience_s
        while len(found) < count:
            found += (await self.next(max(0.01, ends - time.monotonic()))).get("events", [])
        return found


async def until(look: Callable[[], Any], what: str, patience_s: float = ENOUGH_S) -> Any:
    """Waits for something true, sync or async."""
    ends = time.monotonic() + patience_s
    while True:
        seen = look()
        if asyncio.iscoroutine(seen):
            seen = await seen
        if seen:
            return seen
        assert time.monotonic() < ends, f"never: {what}"
        await asyncio.sleep(0.01)


@cache
def _peopled() -> bytes:
    """A database with accounts and nothing else: password hashes are slow by design, so they are made once."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder))
        for name, role in PEOPLE.items():
            store.accounts.add(name, role, PASSWORD, time.time_ns() // 1000)
        store.close()
        return (Path(folder) / "station.db").read_bytes()


def people_in(data: Path) -> None:
    if not (data / "station.db").exists():
        data.mkdir(parents=True, exist_ok=True)
        (data / "station.db").write_bytes(_peopled())


@contextlib.asynccontextmanager
async def running(data: Path, site: Site | None = None, store: Store | None = None) -> AsyncIterator[Rig]:
    """`store` is closed by whoever opened it; without one a real store in `data` is opened."""
    field = {"dcs": FieldDriver(), "gds": FieldDriver()}
    drivers = {f"scripted_{name}": driver.factory for name, driver in field.items()}
    if store is None:
        people_in(data)
    opened = open_store(data) if store is None else store
    station = await Station.start(Given(site or a_site(), opened, data, drivers, backoff_s=(0.05,)))
    try:
        async with serving(make_api(station), listen("127.0.0.1", 0)) as url:
            rig = Rig(station, url, field)
            try:
                await until(lambda: all(d.sink is not None for d in field.values()), "drivers up")
                yield rig
            finally:
                await rig.close()
    finally:
        await station.stop()
        if store is None:
            opened.close()

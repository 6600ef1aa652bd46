"""The client against a real socket: back-off and `after`, silence, logins, pinned certificates, errors in words."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from app.console import client as client_module
from app.console.address import normal_url
from app.console.client import StationClient
from app.console.errors import CertificateError, Known, Offline, Refused, Unauthorised
from app.console.pins import grouped, normal, thumbprint
from app.console.reader import FeedState, FeedWord, Heard
from tests.console.fake_station import FakeStation, alarm, event, make_certificate, value
from tests.pace import ENOUGH_S


@pytest.fixture
def station() -> Iterator[FakeStation]:
    with FakeStation() as made:
        yield made


class Feed:
    """What the client said and heard."""

    def __init__(self) -> None:
        self.messages: list[Heard] = []
        self.states: list[FeedState] = []

    @property
    def word(self) -> FeedWord:
        return self.states[-1].word if self.states else FeedWord.OFF


async def until(true: Callable[[], bool], seconds: float = ENOUGH_S) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        await asyncio.sleep(0.01)


@asynccontextmanager
async def following(url: str, password: str, pin: str = "") -> AsyncIterator[tuple[StationClient, Feed, asyncio.Task[None]]]:
    client, feed = StationClient(url, pin), Feed()
    try:
        await client.log_in("op", password)
        task = asyncio.create_task(client.follow(feed.messages.append, feed.states.append))
        try:
            yield client, feed, task
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError, Known):
                await task
    finally:
        await client.close()


async def test_snapshot_then_deltas(station: FakeStation) -> None:
    station.values["TK101.LT"] = value("TK101.LT", 50.0)
    async with following(station.url, station.password) as (client, feed, _):
        await until(lambda: len(feed.messages) == 1)
        station.tell(values=[value("TK101.LT", 51.0)], alarms=[alarm(1)], events=[event(1)])
        await until(lambda: any(one.alarms for one in feed.messages))
        assert feed.messages[0].type == "snapshot"
        assert feed.word is FeedWord.LIVE
        assert client.login is not None
        assert client.login.role == "operator"


async def test_reconnect_asks_for_what_was_missed(station: FakeStation) -> None:
    async with following(station.url, station.password) as (_, feed, _task):
        await until(lambda: feed.word is FeedWord.LIVE)
        last = station.tell(values=[value("TK101.LT", 51.0)])
        await until(lambda: feed.messages[-1].seq == last)
        station.stop()
        await until(lambda: feed.word is FeedWord.LOST)
        missed = [station.tell(events=[event(number)]) for number in (7, 8, 9)]
        station.start()
        await until(lambda: feed.messages[-1].seq >= missed[-1])
    assert station.afters == [None, last]
    assert [one.id for message in feed.messages for one in message.events] == [7, 8, 9]


async def test_a_hung_socket_is_dropped(station: FakeStation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "HUNG_S", 0.6)
    async with following(station.url, station.password) as (_, feed, _task):
        await until(lambda: feed.word is FeedWord.LIVE)
        station.muted = True
        await until(lambda: feed.word is FeedWord.LOST)
        assert "没有任何消息" in feed.states[-1].detail
        station.muted = False
        await until(lambda: feed.word is FeedWord.LIVE)


async def test_a_message_that_arrives_with_the_end_does_not_undo_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """`wait_for` of Python 3.11 returned the message and forgot the cancellation: the session never stopped."""
    line = Line()
    client = StationClient("http://127.0.0.1:1")
    monkeypatch.setattr(client, "_dial", lambda after: line)
    heard: list[Heard] = []
    task = asyncio.create_task(client.follow(heard.append, lambda state: None))
    await until(lambda: line.asked == 1)
    line.message.set_result(b'{"type": "heartbeat", "seq": 1}')
    task.cancel()
    await asyncio.wait([task], timeout=ENOUGH_S)
    try:
        assert task.cancelled()
    finally:
        task.cancel()
        await client.close()


class Line:
    """A socket on which the test says when a message arrives."""

    def __init__(self) -> None:
        self.asked = 0
        self.message: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def __aenter__(self) -> "Line":
        return self

    async def __aexit__(self, *error: object) -> None:
        pass

    async def recv(self) -> bytes:
        self.asked += 1
        waited = self.message
        message = await waited
        self.message = asyncio.get_running_loop().create_future()
        return message


async def test_an_unreadable_message_means_a_new_snapshot(station: FakeStation) -> None:
    async with following(station.url, station.password) as (_, feed, _task):
        await until(lambda: feed.word is FeedWord.LIVE)
        station.tell(message=5)
        await until(lambda: len(station.afters) == 2)
        assert station.afters[1] is None


async def test_login_is_renewed_once_then_asked_for(station: FakeStation) -> None:
    async with following(station.url, station.password) as (client, feed, task):
        await until(lambda: feed.word is FeedWord.LIVE)
        station.forget_logins()
        await until(lambda: station.logins >= 2 and feed.word is FeedWord.LIVE)
        assert await client.call("POST", "/alarms/ack", {"occurrences": [1]}) == {}
        before = station.logins
        station.password = "Changed-2026"
        station.forget_logins()
        with pytest.raises(Unauthorised):
            await task
        with pytest.raises(Unauthorised):
            await client.call("GET", "/status")
    assert station.logins == before + 1  # never again with a password that was refused: that would lock the account


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (403, {"error": {"code": "forbidden", "message": "操作员不能抑制报警"}}, Refused, "操作员不能抑制报警"),
        (403, {}, Refused, "没有这个权限"),
        (409, {"error": {"code": "stale_occurrence", "message": ""}}, Refused, "已被他人改变"),
        (422, "?", Refused, "规则不允许"),
        (503, {}, Refused, "无法写入"),
        (500, {}, Refused, "HTTP 500"),
    ],
)
async def test_errors_are_sentences(station: FakeStation, status: int, body: object, kind: type, words: str) -> None:
    station.answers["/alarms/7/ack"] = (status, body)
    client = StationClient(station.url)
    try:
        await client.log_in("op", station.password)
        with pytest.raises(kind) as caught:
            await client.call("POST", "/alarms/7/ack", {})
        assert words in caught.value.message
        assert caught.value.status == status
    finally:
        await client.close()


async def test_nobody_there(station: FakeStation) -> None:
    station.stop()
    client = StationClient(station.url)
    try:
        with pytest.raises(Offline):
            await client.log_in("op", "x")
    finally:
        await client.close()


async def test_wrong_password(station: FakeStation) -> None:
    client = StationClient(station.url)
    try:
        with pytest.raises(Unauthorised, match="用户名或密码不对"):
            await client.log_in("op", "wrong")
    finally:
        await client.close()


@pytest.mark.parametrize("said", [{}, [], "hello", None, {"token": "x"}])
async def test_something_else_at_that_address(station: FakeStation, said: object) -> None:
    station.answers["/login"] = (200, said)
    client = StationClient(station.url)
    try:
        with pytest.raises(Offline, match="不是危源值守站点"):
            await client.log_in("op", "x")
    finally:
        await client.close()


async def test_a_station_that_is_not_ready_is_no_reason_to_ask_a_person(station: FakeStation) -> None:
    async with following(station.url, station.password) as (client, feed, task):
        await until(lambda: feed.word is FeedWord.LIVE)
        station.answers["/login"] = (503, {"error": {"code": "store_unavailable", "message": "磁盘已满"}})
        station.forget_logins()
        await until(lambda: station.logins >= 2 and feed.word is FeedWord.LOST)
        with pytest.raises(Offline, match="磁盘已满"):
            await client.call("GET", "/status")
        assert not task.done()
        del station.answers["/login"]
        await until(lambda: feed.word is FeedWord.LIVE)


async def test_pinned_certificate(tmp_path: Path) -> None:
    """Unknown: shown, nothing sent. Accepted: HTTP and feed work. Changed: refused, nothing sent."""
    first, second = make_certificate(tmp_path, "first"), make_certificate(tmp_path, "second")
    with FakeStation(first) as station:
        client = StationClient(station.url)
        with pytest.raises(CertificateError) as unknown:
            await client.log_in("op", station.password)
        await client.close()
        assert (unknown.value.code, station.logins) == ("certificate_unknown", 0)
        pin = unknown.value.seen
        async with following(station.url, station.password, pin) as (_, feed, _task):
            await until(lambda: feed.word is FeedWord.LIVE)
        with FakeStation(second) as impostor:
            client = StationClient(impostor.url, pin)
            with pytest.raises(CertificateError) as changed:
                await client.log_in("op", station.password)
            await client.close()
            assert (changed.value.code, impostor.logins) == ("certificate_changed", 0)
            assert changed.value.expected == pin
            assert changed.value.seen not in ("", pin)


async def test_feed_refuses_a_certificate_that_changes_later(tmp_path: Path) -> None:
    first, second = make_certificate(tmp_path, "first"), make_certificate(tmp_path, "second")
    with FakeStation(first) as station:
        client = StationClient(station.url)
        with pytest.raises(CertificateError) as unknown:
            await client.log_in("op", station.password)
        await client.close()
        async with following(station.url, station.password, unknown.value.seen) as (_, feed, task):
            await until(lambda: feed.word is FeedWord.LIVE)
            opened = len(station.afters)
            station.stop()
            station._certificate = second
            station.start()
            with pytest.raises(CertificateError):
                await task
            assert len(station.afters) == opened


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("127.0.0.1:8750", "http://127.0.0.1:8750"),
        ("localhost", "http://localhost:8750"),
        (" 192.168.1.10:9000/ ", "https://192.168.1.10:9000"),
        ("https://hazwatch.local", "https://hazwatch.local:8750"),
        ("http://127.0.0.1:1", "http://127.0.0.1:1"),
        ("[::1]:8750", "http://[::1]:8750"),
    ],
)
def test_addresses(typed: str, url: str) -> None:
    assert normal_url(typed) == url


@pytest.mark.parametrize("typed", ["", "http://192.168.1.10:8750", "ftp://x", "a:b", "https://x/y", "host:99999"])
def test_addresses_refused(typed: str) -> None:
    with pytest.raises(Known):
        normal_url(typed)


def test_thumbprints_read_aloud() -> None:
    made = thumbprint(b"x")
    assert normal(grouped(made)) == made
    assert grouped(made).count("\n") == 3

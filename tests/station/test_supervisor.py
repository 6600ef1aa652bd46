"""Keeping drivers running: back-off, one log line each way, a watchdog, and nobody waits for anybody."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from app.domain.plant import Source
from app.domain.rules import rules_of
from app.domain.sample import Quality, good
from app.station import supervisor as module
from app.station.clock import StationClock
from app.station.engine import Engine
from app.station.ingest import Ingest
from app.station.links import Link, shown_url
from app.station.supervisor import Supervisor
from app.station.table import Slot, TagTable
from drivers.base import Driver, LinkLost, Sink, SourceMisconfigured
from tests.station.rig import tag, until

Run = Callable[[Sink], Any]


class Scripted:
    def __init__(self, *runs: Run) -> None:
        self.runs = list(runs)
        self.started: list[float] = []

    async def make(self) -> Driver:
        return self

    async def run(self, sink: Sink) -> None:
        self.started.append(asyncio.get_running_loop().time())
        await self.runs[min(len(self.started), len(self.runs)) - 1](sink)


async def lost(sink: Sink) -> None:
    raise LinkLost("连接被拒绝")


async def broken(sink: Sink) -> None:
    raise KeyError("a bug")


async def ended(sink: Sink) -> None:
    sink.up()


async def wrong(sink: Sink) -> None:
    raise SourceMisconfigured("密码错误")


async def fine(sink: Sink) -> None:
    sink.up("ok")
    now = StationClock().now()
    sink.publish([good("T1", 50.0, now, now)])
    await asyncio.Future()


async def silent(sink: Sink) -> None:
    sink.up()
    await asyncio.Future()


@asynccontextmanager
async def supervised(*runs: Run, backoff: tuple[float, ...] = (0.01,)) -> AsyncIterator[tuple[Link, Scripted, list[str]]]:
    clock = StationClock()
    source = Source("dcs", "modbus_tcp", "tcp://x")
    made = tag("T1")
    engine = Engine(1, lambda change: None)
    slot = Slot(made, source, engine.add("T1", rules_of(made, source), {}), clock.now())
    link = Link(source, [slot], clock.now())
    ingest = Ingest(TagTable([slot]), engine, clock.now, lambda sample: None)
    driver, states = Scripted(*runs), list[str]()
    watched = Supervisor(link, driver.make, ingest, clock.now, lambda one: states.append(one.state), backoff)
    task = asyncio.create_task(watched.run())
    try:
        yield link, driver, states
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize(
    ("fault", "said"), [(lost, "连接被拒绝"), (broken, "驱动程序出错：KeyError: 'a bug'"), (ended, "驱动程序自行结束")]
)
async def test_every_kind_of_loss_is_followed_by_another_try(fault: Run, said: str) -> None:
    async with supervised(fault, fault, fine) as (link, driver, states):
        await until(lambda: link.last_error, "lost")
        assert link.last_error == said
        await until(lambda: link.state == "up" and len(driver.started) == 3, "up again")
        assert link.last_error == ""
        assert link.reconnects >= 1
        assert "down" in states
        assert link.slots[0].sample.value == 50.0


async def test_loss_and_return_are_said_once_each(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "app.station.supervisor"):
        async with supervised(fine, lost, lost, lost, lost, fine) as (link, driver, _):
            await until(lambda: link.state == "up", "up")
        async with supervised(lost, lost, lost, lost, fine) as (link, driver, _):
            await until(lambda: link.state == "up", "up again")
            assert len(driver.started) == 5
    assert [r.getMessage() for r in caplog.records] == ["数据源 dcs 中断：连接被拒绝", "数据源 dcs 已恢复"]


async def test_a_bug_in_a_driver_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    async with supervised(broken) as (_, driver, _):
        await until(lambda: len(driver.started) >= 4, "four tries")
    assert [r.getMessage() for r in caplog.records] == [
        "数据源 dcs 的驱动出错",
        "数据源 dcs 中断：驱动程序出错：KeyError: 'a bug'",
    ]


async def test_the_pauses_grow_to_a_bound() -> None:
    async with supervised(lost, backoff=(0.02, 0.04, 0.08)) as (_, driver, _):
        await until(lambda: len(driver.started) >= 6, "six tries")
        pauses = [b - a for a, b in zip(driver.started, driver.started[1:], strict=False)]
        for pause, wanted in zip(pauses, (0.02, 0.04, 0.08, 0.08, 0.08), strict=False):
            assert pause >= wanted * 0.8


async def test_what_is_misconfigured_is_tried_rarely() -> None:
    async with supervised(wrong) as (link, driver, _):
        await until(lambda: link.last_error == "密码错误", "refused")
        await asyncio.sleep(0.15)
        assert len(driver.started) == 1


async def test_a_source_that_falls_silent_is_lost_whatever_its_driver_thinks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_S", 0.05)
    monkeypatch.setattr(module, "SILENT_S", 0.2)
    monkeypatch.setattr(module, "SILENT_PERIODS", 0.2)
    async with supervised(silent) as (link, driver, _):
        await until(lambda: "没有收到任何消息" in link.last_error, "silent")
        await until(lambda: len(driver.started) >= 2, "tried again")


async def test_a_first_connection_that_hangs_does_not_look_well_and_may_still_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_S", 0.05)
    monkeypatch.setattr(module, "CONNECT_S", 0.1)
    come = asyncio.Event()

    async def late(sink: Sink) -> None:
        await come.wait()
        await fine(sink)

    async with supervised(late) as (link, driver, states):
        await until(lambda: link.state == "down", "told")
        assert "没有连上" in link.last_error
        assert link.slots[0].sample.quality is Quality.BAD
        come.set()
        await until(lambda: link.state == "up", "came after all")
        assert (len(driver.started), states) == (1, ["down", "up"])


async def test_a_device_that_hangs_holds_up_no_other() -> None:
    async def hangs(sink: Sink) -> None:
        await asyncio.Future()

    async with supervised(hangs) as (dead, _, _), supervised(fine) as (live, _, _):
        await until(lambda: live.state == "up", "live")
        assert dead.state == "connecting"


def test_a_password_in_an_address_is_not_shown() -> None:
    assert shown_url("opc.tcp://viewer:geheim@10.0.0.1:4840/p") == "opc.tcp://viewer:***@10.0.0.1:4840/p"
    assert shown_url("serial:///dev/ttyUSB0?baudrate=9600") == "serial:///dev/ttyUSB0?baudrate=9600"

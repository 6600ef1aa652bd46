"""The historian's writer: nothing lost in a short trouble, loss counted and told in a long one."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from app.domain.sample import Sample, good
from app.station import history as module
from app.station.history import HistoryWriter
from app.store.ports import StoreUnavailable
from tests.station.rig import until


class Shelf:
    """A historian that can be away."""

    def __init__(self) -> None:
        self.kept: list[Sample] = []
        self.away = False
        self.odd = False
        self.tidied = self.overdue = 0
        self.gaps: list[tuple[int, int]] = []
        self.gate = threading.Event()
        self.gate.set()

    def lost(self, start: int, end: int) -> None:
        if self.away:
            raise StoreUnavailable("磁盘已满")
        self.gaps.append((start, end))

    def tidy(self, now: int) -> bool:
        self.tidied += 1
        return self.tidied < self.overdue

    def append(self, samples: Sequence[Sample]) -> None:
        self.gate.wait(60)
        if self.away:
            raise StoreUnavailable("磁盘已满")
        if self.odd:
            self.odd = False
            raise TypeError("not a sample")
        self.kept.extend(samples)


@asynccontextmanager
async def writing(shelf: Shelf, bound: int = 1000) -> AsyncIterator[tuple[HistoryWriter, list[str]]]:
    told: list[str] = []
    writer = HistoryWriter(shelf, told.append, lambda: 0, bound)  # type: ignore[arg-type]
    task = asyncio.create_task(writer.run())
    try:
        yield writer, told
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await writer.close(1.0)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PERIOD_S", 0.01)
    monkeypatch.setattr(module, "CHUNK", 10)


def samples(first: int, count: int) -> list[Sample]:
    return [good("T1", float(i), i, i) for i in range(first, first + count)]


async def test_a_short_absence_loses_nothing_and_keeps_the_order() -> None:
    shelf = Shelf()
    async with writing(shelf) as (writer, told):
        for sample in samples(0, 25):
            writer.keep(sample)
        await until(lambda: len(shelf.kept) == 25, "written")
        shelf.away = True
        for sample in samples(25, 50):
            writer.keep(sample)
        await until(lambda: told == ["磁盘已满"], "told")
        shelf.away = False
        await until(lambda: len(shelf.kept) == 75, "caught up")
        assert shelf.kept == samples(0, 75)
        assert told == ["磁盘已满", ""]
        assert writer.lost == 0


async def test_a_long_absence_loses_the_oldest_counts_and_tells() -> None:
    shelf = Shelf()
    shelf.away = True
    async with writing(shelf, bound=100) as (writer, told):
        for start in range(0, 300, 10):
            for sample in samples(start, 10):
                writer.keep(sample)
            await until(lambda: not writer._fresh, "gathered")
        assert writer.lost == 200
        assert any("丢失 200" in text for text in told)
        shelf.away = False
        await until(lambda: len(shelf.kept) == 100, "the rest")
        assert shelf.kept == samples(200, 100)
        assert shelf.gaps == [(0, 199)]  # nothing is held across what was lost


async def test_a_batch_the_historian_cannot_take_is_given_up_and_told() -> None:
    shelf = Shelf()
    shelf.odd = True
    async with writing(shelf) as (writer, told):
        for sample in samples(0, 20):
            writer.keep(sample)
        await until(lambda: len(shelf.kept) == 10, "second batch")
        assert shelf.kept == samples(10, 10)
        assert writer.lost == 10
        assert any("丢失 10" in text for text in told)


@pytest.mark.parametrize(("patience_s", "count"), [(0.02, 10), (5.0, 35)])
async def test_a_stop_in_the_middle_of_a_write_writes_each_sample_once_and_ends(patience_s: float, count: int) -> None:
    """As the station stops: the writer is closed first, its task cancelled afterwards."""
    shelf = Shelf()
    shelf.gate.clear()
    writer = HistoryWriter(shelf, lambda text: None, lambda: 0)  # type: ignore[arg-type]
    for sample in samples(0, 35):
        writer.keep(sample)
    task = asyncio.create_task(writer.run())
    await until(lambda: writer.buffered == 35 and not writer._fresh, "writing")
    asyncio.get_running_loop().call_later(0.1, shelf.gate.set)
    await writer.close(patience_s)
    task.cancel()
    await asyncio.wait({task}, timeout=2)
    assert task.cancelled()
    await until(lambda: len(shelf.kept) >= count, "what was under way")
    assert shelf.kept == samples(0, count)


async def test_what_is_left_at_the_end_is_written() -> None:
    shelf = Shelf()
    async with writing(shelf) as (writer, _):
        for sample in samples(0, 7):
            writer.keep(sample)
    assert shelf.kept == samples(0, 7)


async def test_what_is_due_is_closed_also_while_nothing_comes_in() -> None:
    shelf = Shelf()
    async with writing(shelf) as (writer, _):
        await until(lambda: shelf.tidied >= 3, "tidied")
        assert (writer.written, shelf.kept) == (0, [])


class Slow(Shelf):
    """Closing takes as long as the gate is shut, and there is always more of it."""

    def tidy(self, now: int) -> bool:
        self.tidied += 1
        self.gate.wait(60)
        return True


async def test_the_end_of_writing_meets_a_round_that_is_under_way() -> None:
    shelf = Slow()
    shelf.gate.clear()
    writer = HistoryWriter(shelf, lambda text: None, lambda: 0)  # type: ignore[arg-type]
    running = asyncio.create_task(writer.run())
    await until(lambda: shelf.tidied, "tidied")
    await writer.close(1.0)
    shelf.gate.set()
    await asyncio.wait([running], timeout=0.5)
    running.cancel()
    [ended] = await asyncio.gather(running, return_exceptions=True)
    assert isinstance(ended, asyncio.CancelledError)  # it did not ask the thread that was gone

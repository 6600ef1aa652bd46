"""The one list of behaviours every driver passes, written against `Rig`. Test side; run by `test_conformance.py`.

A driver to which a behaviour cannot happen says so, with the reason, in its `RigEntry.not_applicable`.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from app.domain.sample import Quality, Reason, Sample
from drivers.base import LinkLost
from tests.drivers.rigs import BAND, Collector, Rig, finish, lost, running, supervised
from tests.pace import ENOUGH_S, Stopwatch

Behaviour = Callable[[Rig], Awaitable[None]]

PATIENT_S = 2.0
"""Where a time-out is not what is asked: a machine that is busy elsewhere answers late, and that is no loss here."""


def first_value(rig: Rig, tag: str) -> float:
    return BAND * (1 + [t.tag for t in rig.tags].index(tag))


def assert_own_values(rig: Rig, samples: Sequence[Sample]) -> None:
    """No good sample carries the value of another tag."""
    first = {t.tag: first_value(rig, t.tag) for t in rig.tags}
    for sample in samples:
        if sample.quality is Quality.GOOD and sample.tag in first:
            assert isinstance(sample.value, int | float), sample
            assert first[sample.tag] <= sample.value < first[sample.tag] + BAND, f"value of another tag: {sample}"


@asynccontextmanager
async def nothing_left(rig: Rig) -> AsyncIterator[None]:
    """Tasks and threads are the same afterwards; the link's tasks (named peer:...) are not the driver's."""

    def tasks() -> set[asyncio.Task[object]]:
        return {task for task in asyncio.all_tasks() if not task.get_name().startswith("peer:")}

    def threads() -> set[threading.Thread]:
        return {t for t in threading.enumerate() if not t.name.startswith("asyncio_")}

    tasks_before, threads_before = tasks(), threads()
    yield
    watch = Stopwatch()
    while (extra := tasks() - tasks_before) or threads() - threads_before:
        assert watch.seconds < 1.0, f"left behind: {extra} {threads() - threads_before}"
        await asyncio.sleep(0.01)  # a connection that asyncio is just taking in


async def no_connection(rig: Rig, within: float = 2.0) -> None:
    """The driver's socket is closed (the proxy needs a moment to see it)."""
    watch = Stopwatch()
    while open_ones := rig.connections():
        assert watch.seconds < within, f"{open_ones} connections left open"
        await asyncio.sleep(0.01)


async def all_good(rig: Rig, sink: Collector, within: float = ENOUGH_S) -> None:
    await sink.until(lambda: all(sink.good(t.tag) for t in rig.tags), "all tags good", within)


async def good_data(rig: Rig) -> None:
    """Values arrive good, typed, with sane times, after exactly one up(); a change follows."""
    sink = Collector()
    async with nothing_left(rig), running(rig.driver(timeout_s=PATIENT_S), sink):
        await all_good(rig, sink)
        assert len(sink.ups) == 1
        for tag in rig.tags:
            sample = sink.last[tag.tag]
            assert sample.value == first_value(rig, tag.tag)
            assert sample.reason is Reason.NONE
            assert abs(sample.source_time - sample.receive_time) < 60_000_000, "times in microseconds, near each other"
        changed = rig.tags[1].tag
        await rig.set_value(changed, first_value(rig, changed) + 7)
        await sink.until(lambda: sink.last[changed].value == first_value(rig, changed) + 7, "the change arrives")
    await no_connection(rig)


async def wrong_data(rig: Rig) -> None:
    """Nonsense and device faults make their own tag bad; the others go on; it heals."""
    sink = Collector()
    wrong, broken, well = (tag.tag for tag in rig.tags[:3])
    async with running(rig.driver(timeout_s=PATIENT_S), sink) as task:
        await all_good(rig, sink)
        await rig.set_wrong(wrong)
        await rig.set_fault(broken)
        await sink.until(lambda: sink.last[wrong].quality is Quality.BAD, "nonsense is bad")
        await sink.until(lambda: sink.last[broken].quality is Quality.BAD, "a device fault is bad")
        assert sink.last[wrong].reason is not Reason.NONE
        assert sink.last[broken].reason is not Reason.NONE
        await rig.set_value(well, first_value(rig, well) + 3)
        await sink.until(lambda: sink.last[well].value == first_value(rig, well) + 3, "the others go on")
        assert sink.good(well)
        await rig.set_value(wrong, first_value(rig, wrong) + 1)
        await rig.set_value(broken, first_value(rig, broken) + 1)
        await all_good(rig, sink)
        assert not task.done()


async def unknown_address(rig: Rig) -> None:
    """An address the peer does not have: that tag is bad/config_error, the others are good, the link stands."""
    sink = Collector()
    async with running(rig.driver([*rig.tags, rig.unknown], PATIENT_S), sink) as task:
        await all_good(rig, sink)
        await sink.until(lambda: rig.unknown.tag in sink.last, "the unknown address is spoken of")
        sample = sink.last[rig.unknown.tag]
        assert (sample.quality, sample.reason) == (Quality.BAD, Reason.CONFIG_ERROR)
        assert sample.detail, "the device's own code"
        assert not task.done()


async def link_cut(rig: Rig) -> None:
    """A reset connection is a loss at once, and the same driver runs again."""
    sink = Collector()
    driver = rig.driver(timeout_s=PATIENT_S)
    async with nothing_left(rig), running(driver, sink) as task:
        await all_good(rig, sink)
        rig.cut()
        await lost(task, within=rig.loss_s)
    await no_connection(rig)
    sink.clear()
    async with running(driver, sink):
        await all_good(rig, sink)


async def half_open(rig: Rig) -> None:
    """The peer vanishes without a word (pulled cable): noticed in time, nothing left open."""
    sink = Collector()
    async with nothing_left(rig), running(rig.driver(), sink) as task:
        await all_good(rig, sink)
        rig.freeze()
        await lost(task, within=rig.loss_s)
    rig.thaw()
    await no_connection(rig)


async def silent_peer(rig: Rig) -> None:
    """A peer that takes the connection and never speaks is a loss, not a wait for ever; up() is never called."""
    sink = Collector()
    rig.freeze()
    async with nothing_left(rig), running(rig.driver(), sink) as task:
        await lost(task, within=rig.loss_s)
    assert sink.ups == []
    assert not any(sample.quality is Quality.GOOD for sample in sink.samples)
    rig.thaw()


async def no_peer(rig: Rig) -> None:
    """Nobody listens: LinkLost soon, with a sentence a site engineer can act on."""
    sink = Collector()
    await rig.stop_peer()
    try:
        async with nothing_left(rig), running(rig.driver(), sink) as task:
            await lost(task, within=rig.loss_s)
        assert sink.ups == []
    finally:
        await rig.start_peer()


async def slow_peer(rig: Rig) -> None:
    """Answers that take longer, but not too long, are no loss."""
    sink = Collector()
    rig.slow(0.2)
    async with running(rig.driver(), sink) as task:
        await all_good(rig, sink)
        await rig.set_value(rig.tags[0].tag, first_value(rig, rig.tags[0].tag) + 5)
        await sink.until(lambda: sink.last[rig.tags[0].tag].value == first_value(rig, rig.tags[0].tag) + 5, "late but well")
        assert not task.done()
    assert_own_values(rig, sink.samples)


async def restart(rig: Rig) -> None:
    """The peer dies and comes back taking fewer points a request than there are tags: every tag comes back good."""
    sink = Collector()
    async with supervised(rig.driver(), sink) as losses:
        await all_good(rig, sink)
        await rig.stop_peer()
        await _until(lambda: bool(losses), rig.loss_s, "the loss is noticed")
        sink.clear()
        await rig.start_peer(item_limit=max(1, len(rig.tags) // 2))
        await all_good(rig, sink)
        assert sink.ups
    assert_own_values(rig, sink.samples)


async def late_answer(rig: Rig) -> None:
    """An answer that comes after its time never puts a value on another tag."""
    await _hurt(rig, rig.late_answer)


async def short_answer(rig: Rig) -> None:
    """A truncated answer is never taken for a good value of anything."""
    await _hurt(rig, rig.short_answer)


async def _hurt(rig: Rig, hurt: Callable[[], Awaitable[None]]) -> None:
    sink = Collector()
    async with supervised(rig.driver(), sink):
        await all_good(rig, sink)
        await hurt()
        sink.clear()
        for offset in (11, 22, 33):
            for tag in rig.tags:
                await rig.set_value(tag.tag, first_value(rig, tag.tag) + offset)
            await sink.until(
                lambda offset=offset: all(  # type: ignore[misc]
                    t.tag in sink.last and sink.good(t.tag) and sink.last[t.tag].value == first_value(rig, t.tag) + offset
                    for t in rig.tags
                ),
                f"all tags good with +{offset}",
            )
    assert_own_values(rig, sink.samples)


async def pipelined_writes(rig: Rig) -> None:
    """Several writes in one go all arrive."""
    sink = Collector()
    async with running(rig.driver(timeout_s=PATIENT_S), sink):
        await all_good(rig, sink)
        written = await rig.pipelined_writes()
        assert len(written) > 1
        await sink.until(lambda: all(sink.last[tag].value == value for tag, value in written.items()), "every write arrives")


async def foreign_traffic(rig: Rig) -> None:
    """Other devices talking on the same wire are neither taken for ours nor in our way."""
    sink = Collector()
    async with supervised(rig.driver(), sink) as losses:
        await all_good(rig, sink)
        await rig.foreign_traffic()
        await rig.set_value(rig.tags[0].tag, first_value(rig, rig.tags[0].tag) + 9)
        await sink.until(lambda: sink.last[rig.tags[0].tag].value == first_value(rig, rig.tags[0].tag) + 9, "ours still comes")
        assert not losses
    assert_own_values(rig, sink.samples)


async def cancel_during_connect(rig: Rig) -> None:
    """Cancelled at any moment of connecting it ends within a second and leaves nothing."""
    for pause in (0.0, 0.001, 0.01, 0.05, 0.2, 0.5):
        sink = Collector()
        frozen = pause >= 0.2
        if frozen:
            rig.freeze()
        async with nothing_left(rig):
            task = asyncio.create_task(rig.driver().run(sink), name="driver under test")
            await asyncio.sleep(pause)
            await finish(task)
            assert task.cancelled() or isinstance(task.exception(), LinkLost), "the cancellation is not swallowed"
        if frozen:
            rig.thaw()
        await no_connection(rig)


async def cancel_while_running(rig: Rig) -> None:
    """Cancelled with a frozen peer too (no polite goodbye is possible) it ends within a second and leaves nothing."""
    for frozen in (False, True):
        sink = Collector()
        async with nothing_left(rig):
            async with running(rig.driver(timeout_s=PATIENT_S), sink) as task:
                await all_good(rig, sink)
                if frozen:
                    rig.freeze()
            assert task.cancelled()
        rig.thaw()
        await no_connection(rig)


async def _until(condition: Callable[[], bool], within: float, what: str) -> None:
    watch = Stopwatch()
    while not condition():
        assert watch.seconds < within, f"{what}: not within {within} s"
        await asyncio.sleep(0.01)


BEHAVIOURS: dict[str, Behaviour] = {
    behaviour.__name__: behaviour
    for behaviour in (
        good_data,
        wrong_data,
        unknown_address,
        link_cut,
        half_open,
        silent_peer,
        no_peer,
        slow_peer,
        restart,
        late_answer,
        short_answer,
        pipelined_writes,
        foreign_traffic,
        cancel_during_connect,
        cancel_while_running,
    )
}

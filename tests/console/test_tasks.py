"""Coroutines of the desk end together, and nothing begins after them."""

import asyncio

from app.console.tasks import Tasks


async def test_what_is_started_while_the_others_end_ends_with_them() -> None:
    bugs: list[BaseException] = []
    begun: list[str] = []
    tasks = Tasks(bugs.append)

    async def late(name: str) -> None:
        begun.append(name)
        await asyncio.sleep(3600)

    async def first() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            tasks.start(late("while it ends"))

    running = tasks.start(first())
    await asyncio.sleep(0)
    await tasks.close()
    assert running.cancelled()
    after = tasks.start(late("afterwards"))
    await tasks.close()
    assert after.cancelled() and begun == [] and bugs == []
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_bug_is_heard_of_and_a_cancellation_is_none() -> None:
    bugs: list[BaseException] = []
    tasks = Tasks(bugs.append)

    async def wrong() -> None:
        raise LookupError("a bug")

    failed, cancelled = tasks.start(wrong()), tasks.start(asyncio.sleep(3600))
    cancelled.cancel()
    await asyncio.wait([failed, cancelled])
    assert [type(bug) for bug in bugs] == [LookupError]

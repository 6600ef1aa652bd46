"""A child that dies with its parent: `python -m app.plant.leash COMMAND…` where the system has nothing of its own for it.

The parent keeps the other end of our standard input. When it is gone, for whatever reason, the child is told to end, and
killed after a grace. Lines from the parent go on to the child. On Linux `demo` uses the kernel's PDEATHSIG instead.
"""

import asyncio
import signal
import sys
from contextlib import suppress

from app.plant.lines import listen_to_stdin

GRACE_S = 8.0


async def hold(command: list[str]) -> int:
    child = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE)
    assert child.stdin is not None
    talk = child.stdin
    gone = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: gone.set())
    listen_to_stdin(lambda line: talk.write(f"{line}\n".encode()), gone.set)
    waits = [asyncio.ensure_future(child.wait()), asyncio.ensure_future(gone.wait())]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    if child.returncode is None:
        with suppress(ProcessLookupError):
            child.terminate()
        try:
            await asyncio.wait_for(child.wait(), GRACE_S)
        except TimeoutError:
            child.kill()
    waits[1].cancel()
    return await child.wait()


if __name__ == "__main__":
    raise SystemExit(asyncio.run(hold(sys.argv[1:])))

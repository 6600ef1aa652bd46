"""The doors of the console: `hazwatch console` and `hazwatch wall`. Qt is imported once a window can open."""

import os
import sys
from pathlib import Path

from app.console.environment import prepare


def run_console(station: str | None, data: Path | None) -> int:
    """The operator's desk until its window is closed. With no `station` this seat runs one of its own."""
    problem = prepare()
    if problem:
        print(problem, file=sys.stderr)
        return 1
    from app.console.application import run

    return run(station, data or Path.cwd(), os.environ.get("HAZWATCH_LANG"))

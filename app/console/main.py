"""The doors of the console: `hazwatch console` and `hazwatch wall`. Qt is imported once a window can open."""

import getpass
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from app.console.environment import prepare
from app.console.scale import scale_for_wall
from widgets.words import tr


def run_console(station: str | None, data: Path | None) -> int:
    """The operator's desk until its window is closed. With no `station` this seat runs one of its own."""
    problem = prepare()
    if problem:
        print(problem, file=sys.stderr)
        return 1
    from app.console.application import run

    return run(station, data or Path.cwd(), os.environ.get("HAZWATCH_LANG"))


def run_wall(station: str, screens: Sequence[int] | None, pages: Sequence[str], data: Path | None) -> int:
    """Full-screen pages until the process is told to end. Who logs in: HAZWATCH_USER and HAZWATCH_PASSWORD, else asked for
    at the terminal; an account of role viewer is enough."""
    problem = prepare()
    if problem:
        print(problem, file=sys.stderr)
        return 1
    user, password = os.environ.get("HAZWATCH_USER", ""), os.environ.get("HAZWATCH_PASSWORD", "")
    if not (user and password):
        if not sys.stdin.isatty():
            print(tr("大屏登录需要环境变量 HAZWATCH_USER 和 HAZWATCH_PASSWORD。"), file=sys.stderr)
            return 1
        user = user or input(tr("用户") + ": ")
        password = getpass.getpass(tr("密码") + ": ")
    scale_for_wall()
    from app.console.application import run_screens

    return run_screens(station, user, password, screens, pages, data or Path.cwd(), os.environ.get("HAZWATCH_LANG"))

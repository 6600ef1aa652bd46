"""Word to the supervisor of the system (systemd), in its own protocol: one datagram to the socket it names. Station side.

Elsewhere than under systemd nothing is named and nothing is sent. Protocol: sd_notify(3), sd_watchdog_enabled(3).
"""

import contextlib
import os
import socket
from collections.abc import Mapping


def notify(said: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Lines such as `READY=1`. False when nobody listens; never an error, for the watch does not hang on it."""
    where = environment.get("NOTIFY_SOCKET", "")
    family = getattr(socket, "AF_UNIX", None)
    if family is None or where[:1] not in ("/", "@"):
        return False
    address = "\0" + where[1:] if where[0] == "@" else where  # "@": a name of the kernel's, not of a file
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as out:
        out.setblocking(False)
        out.sendto(said.encode(), address)
        return True
    return False


def watchdog_s(environment: Mapping[str, str] = os.environ, pid: int | None = None) -> float | None:
    """Within this many seconds the supervisor wants to hear from us, or it restarts the station. None: it does not."""
    wanted = environment.get("WATCHDOG_USEC", "")
    of = environment.get("WATCHDOG_PID", "")
    mine = str(os.getpid() if pid is None else pid)
    if not wanted.isdigit() or int(wanted) == 0 or (of and of != mine):
        return None
    return int(wanted) / 1e6

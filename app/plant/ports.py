"""Free TCP ports on loopback. Between asking and binding another program may take one: then its owner says so."""

import socket


def is_free(port: int) -> bool:
    with socket.socket() as trial:
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port(wanted: int = 0) -> int:
    """`wanted` when it is free, else any."""
    if wanted and is_free(wanted):
        return wanted
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])

"""A listening socket that stays open between the loss of a master and the next run of whichever driver serves its address.

Station side. A supervisor may run the same driver object again or make a new one; the old one, held alive by the traceback
of its loss, would otherwise keep the port from the new one. A door nobody takes over goes with the last object that holds it.
"""

import socket
import weakref

from drivers.modbus.server import listening_socket

_left_open: "weakref.WeakValueDictionary[tuple[str, int], Door]" = weakref.WeakValueDictionary()
"""Only doors without a run: one that is in use is not shared, a second source on its port is a fault."""


class Door:
    def __init__(self, host: str, port: int) -> None:
        """Raises OSError."""
        self._address = (host, port)
        self._socket = listening_socket(host, port)
        self._close = weakref.finalize(self, self._socket.close)

    def handle(self) -> socket.socket:
        """Another handle on the same queue of connections, for one run to use and close."""
        return self._socket.dup()

    def leave_open(self) -> None:
        _left_open[self._address] = self

    def close(self) -> None:
        self._close()


def door_at(host: str, port: int) -> Door:
    """The one that was left open, else a new one. Raises OSError."""
    return _left_open.pop((host, port), None) or Door(host, port)

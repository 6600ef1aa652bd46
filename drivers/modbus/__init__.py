"""Modbus TCP, RTU and RTU over TCP, as client (we ask) and as slave (the DCS writes to us). Station side. Never writes.

`formats`, `blocks`, `poll`, `bus_time`, `framing` and `memory` are pure; `line`, `server`, `client` and `slave` do the IO.
"""

from drivers.modbus.client import make_rtu, make_tcp
from drivers.modbus.slave import make_slave

__all__ = ["make_rtu", "make_slave", "make_tcp"]

"""OPC UA client driver: `make` builds it, `probe` reads nodes once. Station side."""

from drivers.opcua.driver import make
from drivers.opcua.probe import ProbeRow, probe

__all__ = ["ProbeRow", "make", "probe"]

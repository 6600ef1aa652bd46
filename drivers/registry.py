"""Which driver serves which `driver = "…"` of a source. Each is imported when it is first needed. Station side."""

from collections.abc import Sequence

from app.domain.plant import Source
from app.domain.tag import Tag
from drivers.base import Driver, DriverContext, DriverFactory


def _opcua(source: Source, tags: Sequence[Tag], context: DriverContext) -> Driver:
    from drivers.opcua import make

    return make(source, tags, context)


def _modbus_tcp(source: Source, tags: Sequence[Tag], context: DriverContext) -> Driver:
    from drivers.modbus import make_tcp

    return make_tcp(source, tags, context)


def _modbus_rtu(source: Source, tags: Sequence[Tag], context: DriverContext) -> Driver:
    from drivers.modbus import make_rtu

    return make_rtu(source, tags, context)


def _modbus_slave(source: Source, tags: Sequence[Tag], context: DriverContext) -> Driver:
    from drivers.modbus import make_slave

    return make_slave(source, tags, context)


DRIVERS: dict[str, DriverFactory] = {
    "opcua": _opcua,
    "modbus_tcp": _modbus_tcp,
    "modbus_rtu": _modbus_rtu,
    "modbus_slave": _modbus_slave,
}

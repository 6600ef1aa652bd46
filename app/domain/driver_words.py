"""What the drivers of data sources are called on screens and in reports; the codes of `site.toml` are not shown. Both sides."""

_NAMES = {
    "opcua": "OPC UA",
    "modbus_tcp": "Modbus TCP",
    "modbus_rtu": "Modbus RTU",
    "modbus_slave": "Modbus 从站",
}


def driver_name(driver: str) -> str:
    """One that is not known here keeps its code."""
    return _NAMES.get(driver, driver)

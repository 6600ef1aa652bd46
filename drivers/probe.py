"""`hazwatch probe SOURCE_URL ADDRESS…`: reads raw field data once and prints it, by the URL's protocol. Station side.

Modbus words are shown decoded every plausible way side by side; OPC UA nodes with type, value, status and time.
"""

import asyncio
import sys
from collections.abc import Sequence

from app.domain.instant import to_rfc3339
from drivers.base import LinkLost


def run_probe(url: str, addresses: Sequence[str], user: str = "", password: str = "", unit: int = 1) -> int:
    """0 when something was read, 1 when nothing could be, 2 when the URL or an address is none."""
    try:
        text, read = asyncio.run(
            _opcua(url, addresses, user, password) if url.startswith("opc.tcp:") else _modbus(url, addresses, unit)
        )
    except LinkLost as lost:
        print(lost, file=sys.stderr)
        return 1
    except ValueError as wrong:
        print(wrong, file=sys.stderr)
        return 2
    print(text)
    return 0 if read else 1


async def _opcua(url: str, addresses: Sequence[str], user: str, password: str) -> tuple[str, bool]:
    from drivers.opcua.probe import probe

    rows = await probe(url, addresses, user=user, password=password)
    width = max(len(row.address) for row in rows)
    lines = []
    for row in rows:
        at = to_rfc3339(row.source_time) if row.source_time is not None else ""
        lines.append(f"{row.address:<{width}}  {row.type or '—':<10} {row.value or '—'}  {row.status}  {at}".rstrip())
    return "\n".join(lines), any(row.type for row in rows)


async def _modbus(url: str, addresses: Sequence[str], unit: int) -> tuple[str, bool]:
    from drivers.modbus.probe import as_text, probe

    readings = await probe(url, addresses, unit)
    return as_text(readings), any(reading.registers for reading in readings)

"""Reads nodes of a server once, for `hazwatch probe`: what is there, of which type, how old. Not a driver."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.uaerrors import UaError

from app.domain.instant import Instant, from_datetime
from app.domain.plant import Source
from drivers.opcua.channel import Connection, Credentials, connected
from drivers.opcua.errors import explain
from drivers.opcua.items import Limits, read_limits
from drivers.opcua.nodes import parse_address
from drivers.opcua.options import options_of
from drivers.opcua.pki import ServerPin, own_identity
from drivers.opcua.status import BAD_NODE_ID_UNKNOWN
from drivers.opcua.values import ARRAY, type_name


@dataclass(frozen=True, slots=True)
class ProbeRow:
    """One node as read: `type` a built-in type (`Double`, `Int16[]`), `value` as text, `status` as `Good` or the server's
    name and code, `source_time` None when not sent."""

    address: str
    type: str
    value: str
    status: str
    source_time: Instant | None


async def probe(
    url: str,
    addresses: Sequence[str],
    *,
    security: str = "none",
    user: str = "",
    password: str = "",
    pki: Path | None = None,
    now: Instant = 0,
    timeout_s: float = 5.0,
) -> list[ProbeRow]:
    """One row an address, in their order. Raises LinkLost or SourceMisconfigured with a Chinese sentence.

    `pki` (a folder) and `now` are needed for `security` other than none only; the server's certificate is then pinned there
    under its address.
    """
    options = options_of(Source("probe", "opcua", url, security, user, options={"timeout_s": timeout_s}))
    credentials = Credentials(password)
    if security != "none":
        if pki is None:
            raise ValueError("security needs a folder for certificates")
        credentials = Credentials(password, own_identity(pki, now), ServerPin(pki, f"{options.host}:{options.port}"))
    async with connected(options, credentials) as connection:
        try:
            limits = await read_limits(connection, options.batch)
            return await _read(connection, addresses, limits)
        except (UaError, OSError) as error:
            raise explain(error, options, "读取") from error


async def _read(connection: Connection, addresses: Sequence[str], limits: Limits) -> list[ProbeRow]:
    rows: dict[int, ProbeRow] = {}
    nodes: list[tuple[int, ua.NodeId]] = []
    for index, address in enumerate(addresses):
        try:
            node = parse_address(address).resolve(limits.namespaces)
        except ValueError as fault:
            rows[index] = ProbeRow(address, "", "", str(fault), None)
            continue
        if node is None:
            rows[index] = ProbeRow(address, "", "", _status(BAD_NODE_ID_UNKNOWN), None)
        else:
            nodes.append((index, node))
    for start in range(0, len(nodes), limits.reads):
        part = nodes[start : start + limits.reads]
        request = ua.ReadRequest()
        # Source times only: asyncua's decoder garbles times when a server sends both kinds with picoseconds.
        request.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Source
        request.Parameters.NodesToRead = [ua.ReadValueId(node, AttributeIds.Value) for _, node in part]
        answer = await connection.request(request, ua.ReadResponse)
        for (index, _), result in zip(part, answer.Results, strict=True):
            rows[index] = _row(addresses[index], result)
    return [rows[index] for index in range(len(addresses))]


def _row(address: str, result: ua.DataValue) -> ProbeRow:
    variant = result.Value
    vtype, value = "", ""
    if variant is not None and variant.Value is not None:
        vtype = type_name(variant.VariantType.value | (ARRAY if variant.is_array else 0))
        value = str(variant.Value)
    source = result.SourceTimestamp
    return ProbeRow(
        address,
        vtype,
        value,
        _status(result.StatusCode.value if result.StatusCode is not None else 0),
        from_datetime(source) if source is not None else None,
    )


def _status(code: int) -> str:
    name = ua.status_codes.get_name_and_doc(code)[0]
    return str(name) if code == 0 else f"{name} 0x{code:08X}"

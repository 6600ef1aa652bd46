"""Monitored items: which node each tag means on this connection, created in batches the server can take. Station side.

A tag the server refuses (unknown node, no rights, no room) is remembered with the server's code and tried again now and then:
servers that have just started often do not know all their nodes yet. The others go on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.uaerrors import UaStatusCodeError

from app.domain.sample import Quality, Reason
from app.domain.tag import Tag
from drivers.opcua.channel import Connection
from drivers.opcua.nodes import Address, parse_address
from drivers.opcua.options import Options
from drivers.opcua.status import BAD_NODE_ID_UNKNOWN, BAD_TOO_MANY_OPERATIONS, Judgement, refused

_TOO_BIG = {
    BAD_TOO_MANY_OPERATIONS,
    0x80080000,  # BadEncodingLimitsExceeded
    0x80B80000,  # BadRequestTooLarge
    0x80B90000,  # BadResponseTooLarge
    0x80800000,  # BadTcpMessageTooLarge
}
_LONGEST_QUEUE = 100


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may hold, and the namespace table: read once a connection."""

    items: int
    reads: int
    namespaces: tuple[str, ...]


async def read_limits(connection: Connection, batch: int) -> Limits:
    """Servers that do not tell (or tell 0) get batches of `batch`."""
    request = ua.ReadRequest()
    for node in (
        ObjectIds.Server_ServerCapabilities_OperationLimits_MaxMonitoredItemsPerCall,
        ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerRead,
        ObjectIds.Server_NamespaceArray,
    ):
        request.Parameters.NodesToRead.append(ua.ReadValueId(ua.NodeId(ua.Int32(node)), AttributeIds.Value))
    request.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Neither
    answer = await connection.request(request, ua.ReadResponse)
    items, reads, namespaces = (result.Value.Value if result.Value is not None else None for result in answer.Results)

    def bounded(limit: object) -> int:
        return min(limit, batch) if isinstance(limit, int) and limit > 0 else batch

    names = tuple(str(name) for name in namespaces) if isinstance(namespaces, list) else ()
    return Limits(bounded(items), bounded(reads), names)


class Items:
    """The monitored items of one subscription. The client handle of an item is the index of its tag."""

    def __init__(self, tags: Sequence[Tag], options: Options) -> None:
        self._tags = tags
        self._options = options
        self._nodes: dict[int, ua.NodeId] = {}
        self._ids: dict[int, ua.IntegerId] = {}
        self.refused: dict[int, Judgement] = {}
        """Tags without an item, and why."""

    async def create(self, connection: Connection, subscription: int, limits: Limits, handles: Sequence[int]) -> None:
        """Creates the items of `handles`, with what is refused noted in `refused`. Raises what the connection raises."""
        wanted = [handle for handle in handles if self._resolve(handle, limits.namespaces)]
        size = limits.items
        while wanted:
            part, wanted = wanted[:size], wanted[size:]
            request = ua.CreateMonitoredItemsRequest()
            request.Parameters.SubscriptionId = ua.IntegerId(subscription)
            request.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Both
            request.Parameters.ItemsToCreate = [self._item(handle) for handle in part]
            try:
                answer = await connection.request(request, ua.CreateMonitoredItemsResponse)
            except UaStatusCodeError as error:
                if error.code not in _TOO_BIG or size == 1:
                    raise
                size = max(1, size // 2)  # a server that does not tell its limit, or tells a wrong one
                wanted = part + wanted
                continue
            for handle, result in zip(part, answer.Results, strict=True):
                if result.StatusCode.is_good():
                    self.refused.pop(handle, None)
                    self._ids[handle] = result.MonitoredItemId
                else:
                    self.refused[handle] = refused(result.StatusCode.value)

    async def drop(self, connection: Connection, subscription: int, limits: Limits, handles: Sequence[int]) -> None:
        """Takes the items of `handles` off the subscription."""
        ids = [self._ids.pop(handle) for handle in handles if handle in self._ids]
        for start in range(0, len(ids), limits.items):
            request = ua.DeleteMonitoredItemsRequest()
            request.Parameters.SubscriptionId = ua.IntegerId(subscription)
            request.Parameters.MonitoredItemIds = ids[start : start + limits.items]
            await connection.request(request, ua.DeleteMonitoredItemsResponse)

    def readable(self) -> list[tuple[int, ua.NodeId]]:
        """Handle and node of every tag that has an item."""
        return [(handle, node) for handle, node in self._nodes.items() if handle not in self.refused]

    def trouble(self) -> str:
        """A sentence about the refused tags, "" when there are none."""
        if not self.refused:
            return ""
        shown = "、".join(f"{self._tags[handle].tag}({why.detail})" for handle, why in list(self.refused.items())[:3])
        more = "等" if len(self.refused) > 3 else ""
        return f"{len(self.refused)} 个位号服务器不接受：{shown}{more}；请核对地址和访问权限"

    def _resolve(self, handle: int, namespaces: Sequence[str]) -> bool:
        try:
            address: Address = parse_address(self._tags[handle].address)
        except ValueError as fault:
            self.refused[handle] = Judgement(Quality.BAD, Reason.CONFIG_ERROR, str(fault))
            return False
        node = address.resolve(namespaces)
        if node is None:
            self.refused[handle] = refused(BAD_NODE_ID_UNKNOWN)
            return False
        self._nodes[handle] = node
        return True

    def _item(self, handle: int) -> ua.MonitoredItemCreateRequest:
        """Sampling faster than publishing gets a queue, so that a short peak between two notifications is not lost."""
        period = self._tags[handle].period_s
        publishing = self._options.publishing_ms
        sampling = publishing if period is None else period * 1000
        queue = 2 if sampling <= 0 else min(_LONGEST_QUEUE, max(2, ceil(publishing / sampling) + 1))
        return ua.MonitoredItemCreateRequest(
            ItemToMonitor=ua.ReadValueId(self._nodes[handle], AttributeIds.Value),
            MonitoringMode=ua.MonitoringMode.Reporting,
            RequestedParameters=ua.MonitoringParameters(
                ClientHandle=ua.IntegerId(handle),
                SamplingInterval=ua.Duration(sampling),
                QueueSize=ua.Counter(queue),
                DiscardOldest=True,
            ),
        )

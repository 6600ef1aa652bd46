"""An OPC UA source of the plant: one asyncua server with a node per tag, written only where something changed. Plant side.

A transmitter fault is BadSensorFailure. The fast path writes straight into the server's address space: no per-value task.
"""

import contextlib
import logging
import tempfile
import uuid
from base64 import b64decode
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncua.ua
from asyncua.crypto.cert_gen import setup_self_signed_certificate
from asyncua.server.binary_server_asyncio import BinaryServer
from asyncua.server.server import Server
from cryptography.x509.oid import ExtendedKeyUsageOID

from app.domain.address import NodeIdKind, parse_node_id
from app.domain.plant import Source
from app.domain.tag import DataType, Tag
from app.plant.field import Reading

ua: Any = asyncua.ua
"""Its stubs know neither plain integers nor half of its names."""
APPLICATION = "urn:hazwatch:plant"
_VARIANT = {
    DataType.BOOL: ua.VariantType.Boolean, DataType.INT16: ua.VariantType.Int16, DataType.UINT16: ua.VariantType.UInt16,
    DataType.INT32: ua.VariantType.Int32, DataType.UINT32: ua.VariantType.UInt32, DataType.INT64: ua.VariantType.Int64,
    DataType.UINT64: ua.VariantType.UInt64, DataType.FLOAT32: ua.VariantType.Float, DataType.FLOAT64: ua.VariantType.Double,
    DataType.BCD16: ua.VariantType.UInt16, DataType.BCD32: ua.VariantType.UInt32,
}  # fmt: skip
CROWD = 40
_FLOATS = (ua.VariantType.Float, ua.VariantType.Double)
_BROKEN = ua.StatusCode(ua.StatusCodes.BadSensorFailure)
_GOOD = ua.StatusCode(ua.StatusCodes.Good)


class OpcUaServer:
    """Serves every source that has this URL. `cut` closes all connections and the port, `mend` opens it again: the address
    space lives on, sessions may resume."""

    def __init__(self, sources: Sequence[Source], tags: Iterable[Tag]) -> None:
        self.sources = tuple(source.id for source in sources)
        self.endpoint = sources[0].url
        self._secured = any(source.security != "none" for source in sources)
        self._tags = tuple(tags)
        self._server = Server()
        self._nodes: dict[str, tuple[Any, Any, Tag]] = {}
        self._written: dict[str, Reading] = {}
        self._keep = contextlib.ExitStack()

    async def start(self, readings: Mapping[str, Reading]) -> None:
        """Raises OSError (port taken, address not ours)."""
        logging.getLogger("asyncua").setLevel(logging.CRITICAL)
        server = self._server
        await server.init()
        server.set_endpoint(self.endpoint)
        server.set_server_name("HazWatch demo plant")
        await server.set_application_uri(APPLICATION)
        policies = [ua.SecurityPolicyType.NoSecurity]
        if self._secured:
            policies += [ua.SecurityPolicyType.Basic256Sha256_Sign, ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt]
            await self._certificate()
        server.set_security_policy(policies)
        await self._add_nodes()
        await self.write(readings)
        await server.start()

    async def write(self, readings: Mapping[str, Reading]) -> int:
        """How many values had changed."""
        now = datetime.now(UTC)
        put, changed = self._server.iserver.aspace.write_attribute_value, 0
        written, value_id = self._written, ua.AttributeIds.Value
        for name, (node, variant, tag) in self._nodes.items():
            reading = readings.get(name)
            if name in written and written[name] == reading:
                continue
            written[name] = reading
            changed += 1
            if reading is None:
                data = ua.DataValue(ua.Variant(None, ua.VariantType.Null), _BROKEN, now, ServerTimestamp=now)
            else:
                data = ua.DataValue(ua.Variant(_raw(reading, variant, tag), variant), _GOOD, now, ServerTimestamp=now)
            await put(node, value_id, data)
        return changed

    async def cut(self) -> None:
        if self._server.bserver is not None:
            await self._server.bserver.stop()

    async def mend(self) -> None:
        """Raises OSError."""
        old = self._server.bserver
        assert old is not None
        fresh = BinaryServer(old.iserver, old.hostname, old.port, old.limits)
        fresh.set_policies(self._server._policies)
        await fresh.start()
        self._server.bserver = fresh

    async def stop(self) -> None:
        if self._server.bserver is not None:
            await self._server.stop()
        self._keep.close()

    async def _add_nodes(self) -> None:
        """Tags in folders by equipment, those in folders of CROWD: the server searches all siblings of each new node."""
        server = self._server
        known = set(server.iserver.aspace.keys())
        folders: dict[str, Any] = {}
        crowd: Any = None
        for tag in self._tags:
            node = await self._node_id(tag)
            variant = _VARIANT[tag.data_type]
            self._nodes[tag.tag] = (node, variant, tag)
            if node in known:
                continue
            known.add(node)
            home = tag.equipment or tag.source
            if home not in folders:
                if len(folders) % CROWD == 0:
                    name = f"{len(folders) + 1}-{len(folders) + CROWD}"
                    crowd = self._add(_folder(name, ua.NodeId(ua.ObjectIds.ObjectsFolder)))
                folders[home] = self._add(_folder(home, crowd))
            self._add(_variable(node, folders[home], tag, variant))

    def _add(self, item: Any) -> Any:
        result = self._server.iserver.node_mgt_service.add_nodes([item])[0]
        result.StatusCode.check()
        return result.AddedNodeId

    async def _node_id(self, tag: Tag) -> Any:
        parsed = parse_node_id(tag.address)
        server, namespace = self._server, parsed.namespace
        if parsed.uri is not None:
            namespace = await server.register_namespace(parsed.uri)
        while namespace >= len(await server.get_namespace_array()):
            await server.register_namespace(f"urn:hazwatch:plant:{len(await server.get_namespace_array())}")
        match parsed.kind:
            case NodeIdKind.STRING:
                return ua.NodeId(parsed.identifier, namespace, ua.NodeIdType.String)
            case NodeIdKind.NUMERIC:
                return ua.NodeId(int(parsed.identifier), namespace, ua.NodeIdType.Numeric)
            case NodeIdKind.GUID:
                return ua.NodeId(uuid.UUID(parsed.identifier), namespace, ua.NodeIdType.Guid)
        return ua.NodeId(b64decode(parsed.identifier), namespace, ua.NodeIdType.ByteString)

    async def _certificate(self) -> None:
        folder = Path(self._keep.enter_context(tempfile.TemporaryDirectory(prefix="hazwatch-plant-")))
        key, cert = folder / "key.pem", folder / "cert.der"
        host = urlsplit(self.endpoint).hostname or "localhost"
        subject = {"commonName": "HazWatch demo plant"}
        await setup_self_signed_certificate(key, cert, APPLICATION, host, [ExtendedKeyUsageOID.SERVER_AUTH], subject)
        await self._server.load_certificate(cert)
        await self._server.load_private_key(key)


def _raw(reading: float | bool, variant: Any, tag: Tag) -> float | int | bool:
    """Reading in the tag's unit to what the node carries."""
    if variant is ua.VariantType.Boolean:
        return bool(reading)
    value = (reading - tag.offset) / tag.scale if tag.scale != 1.0 or tag.offset else reading
    return float(value) if variant in _FLOATS else round(value)


def _folder(name: str, parent: Any) -> Any:
    attributes = ua.ObjectAttributes()
    attributes.DisplayName = ua.LocalizedText(name)
    item = _item(ua.NodeId(f"folder/{name}", 1), parent, name)
    item.NodeClass = ua.NodeClass.Object
    item.TypeDefinition = ua.NodeId(ua.ObjectIds.FolderType)
    item.NodeAttributes = attributes
    return item


def _variable(node: Any, folder: Any, tag: Tag, variant: Any) -> Any:
    attributes = ua.VariableAttributes()
    attributes.DisplayName = ua.LocalizedText(tag.name or tag.tag)
    attributes.Description = ua.LocalizedText(tag.unit)
    attributes.DataType = ua.NodeId(variant.value)
    attributes.Value = ua.Variant(None, ua.VariantType.Null)
    attributes.ValueRank = ua.ValueRank.Scalar
    attributes.AccessLevel = attributes.UserAccessLevel = ua.AccessLevel.CurrentRead.mask
    item = _item(node, folder, tag.tag)
    item.NodeClass = ua.NodeClass.Variable
    item.TypeDefinition = ua.NodeId(ua.ObjectIds.BaseDataVariableType)
    item.NodeAttributes = attributes
    return item


def _item(node: Any, parent: Any, name: str) -> Any:
    item = ua.AddNodesItem()
    item.RequestedNewNodeId = node
    item.BrowseName = ua.QualifiedName(name, node.NamespaceIndex)
    item.ParentNodeId = parent
    item.ReferenceTypeId = ua.NodeId(ua.ObjectIds.Organizes)
    return item

"""An OPC UA server on asyncua's own server, driven by JSON lines on stdin, for fast tests. A process of its own.

    python -m tests.peers.opcua_server --port 4840 --tags 6 [--limit 3] [--user dcs --password secret] [--pki DIR]

Prints `up` when it listens; answers every line with one line. See `opcua_peer.py` for the commands.
"""

import argparse
import asyncio
import json
import logging
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from asyncua import Server, ua
from asyncua.crypto.cert_gen import setup_self_signed_certificate
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.user_managers import UserManager
from cryptography.x509.oid import ExtendedKeyUsageOID

URI = "urn:hazwatch:test:plant"
SERVER_URI = "urn:hazwatch:test:server"
BAND = 100


class OneUser(UserManager):
    """Anybody without a name, and one named user; a wrong password is refused."""

    def __init__(self, name: str, password: str) -> None:
        self._name, self._password = name, password

    def get_user(self, iserver: Any, username: Any = None, password: Any = None, certificate: Any = None) -> Any:
        if username is None or (username == self._name and password == self._password):
            return User(role=UserRole.User)
        return None


async def serve(args: argparse.Namespace) -> None:
    server = Server(user_manager=OneUser(args.user, args.password) if args.user else None)
    await server.init()
    server.set_endpoint(f"opc.tcp://127.0.0.1:{args.port}/plant")
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    if args.pki:
        pki = Path(args.pki)
        await setup_self_signed_certificate(
            pki / "key.pem",
            pki / "cert.der",
            SERVER_URI,
            "localhost",
            [ExtendedKeyUsageOID.SERVER_AUTH],
            {"commonName": "peer"},
        )
        await server.set_application_uri(SERVER_URI)
        await server.load_certificate(str(pki / "cert.der"))
        await server.load_private_key(str(pki / "key.pem"))
        server.set_security_policy(
            [
                ua.SecurityPolicyType.NoSecurity,
                ua.SecurityPolicyType.Basic256Sha256_Sign,
                ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt,
            ]
        )
    # A peer has to be able to send nonsense; asyncua's server would refuse to hold it.
    server.iserver.aspace._is_expected_variant_type = lambda *_: True
    for extra in range(args.shift):
        await server.register_namespace(f"urn:in:front:{extra}")
    index = await server.register_namespace(URI)
    names = [f"T{i}" for i in range(args.tags)]
    for i, name in enumerate(names):
        await add(server, index, name, float(BAND * (i + 1)))
    if args.limit:
        limit_items(server, args.limit)
        limit = server.get_node(ua.ObjectIds.Server_ServerCapabilities_OperationLimits_MaxMonitoredItemsPerCall)
        await limit.write_value(ua.DataValue(ua.Variant(args.limit, ua.VariantType.UInt32)))
    async with server:
        print("up", flush=True)
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            print(json.dumps(await obey(server, index, json.loads(line))), flush=True)


async def add(server: Server, index: int, name: str, value: float) -> None:
    """A variable that may hold anything."""
    await server.nodes.objects.add_variable(
        ua.NodeId(name, index), name, value, varianttype=ua.VariantType.Double, datatype=ua.NodeId(ua.ObjectIds.BaseDataType)
    )


def limit_items(server: Server, limit: int) -> None:
    """asyncua's server has no limit of its own; one that refuses more is what we need."""
    service = server.iserver.subscription_service
    create = service.create_monitored_items

    async def limited(params: Any, *rest: Any, **named: Any) -> Any:
        if len(params.ItemsToCreate) > limit:
            raise ua.uaerrors.BadTooManyOperations()
        return await create(params, *rest, **named)

    service.create_monitored_items = limited


async def obey(server: Server, index: int, command: dict[str, Any]) -> dict[str, Any]:
    now = datetime.now(UTC) + timedelta(seconds=command.get("ahead_s", 0))
    if "sessions" in command:
        return {"sessions": len(server.bserver.clients)}
    for name, value in command.get("set", {}).items():
        kind = getattr(ua.VariantType, command["type"]) if "type" in command else None
        if kind is None:
            kind = ua.VariantType.String if isinstance(value, str) else ua.VariantType.Double
        data = ua.DataValue(ua.Variant(value, kind), ua.StatusCode(command.get("status", 0)), now, now)
        await server.write_attribute_value(ua.NodeId(name, index), data)
    if "delete" in command:
        await server.get_node(ua.NodeId(command["delete"], index)).delete()
    if "add" in command:
        name = command["add"]
        await add(server, index, name, 1.0)
    return {}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--tags", type=int, default=6)
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--shift", type=int, default=0, help="namespaces registered in front of ours")
    parser.add_argument("--user", default="")
    parser.add_argument("--password", default="")
    parser.add_argument("--pki", default="")
    logging.disable(logging.CRITICAL)
    arguments = parser.parse_args()
    if arguments.pki:
        Path(arguments.pki).mkdir(parents=True, exist_ok=True)
    asyncio.run(serve(arguments))

"""One connection to a server: socket, secure channel, session; opened in order, closed whatever happens. Station side.

Uses asyncua's Client for the handshakes only. Its own supervisor, watchdog and publish loop are never started: they swallow
cancellations, and after a server's restart they come back connected without any data.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from asyncua import ua
from asyncua.client.client import Client
from asyncua.client.ua_client import UASocketProtocol
from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256
from asyncua.crypto.uacrypto import x509_from_der
from asyncua.ua.ua_binary import struct_from_binary
from asyncua.ua.uaerrors import UaError
from cryptography.hazmat.primitives.serialization import Encoding

from drivers.base import SourceMisconfigured
from drivers.opcua.errors import STAGE_CHANNEL, STAGE_CONNECT, STAGE_DISCOVER, STAGE_SESSION, explain
from drivers.opcua.options import Options
from drivers.opcua.pki import OwnIdentity, ServerPin, thumbprint

_Response = TypeVar("_Response")

_MODES = {
    "basic256sha256_sign": ua.MessageSecurityMode.Sign,
    "basic256sha256_sign_encrypt": ua.MessageSecurityMode.SignAndEncrypt,
}
_GOODBYE_S = 0.4
"""How long we wait for the server to let go of the session. Cancelling has to end within a second."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """`identity` and `pin` are None without security."""

    password: str = ""
    identity: OwnIdentity | None = None
    pin: ServerPin | None = None


class Connection:
    """An open session. Requests raise asyncua's UaError, ConnectionError or TimeoutError."""

    def __init__(self, client: Client, protocol: UASocketProtocol) -> None:
        self._client = client
        self.protocol = protocol
        self.server_thumbprint = ""

    @property
    def channel_lifetime_s(self) -> float:
        """As revised by the server."""
        return float(self._client.secure_channel_timeout) / 1000

    async def request(self, message: Any, response: type[_Response]) -> _Response:
        """Sends a request and reads its answer with asyncua's decoder."""
        data = await self._client.uaclient._send_request(message)
        answer: Any = struct_from_binary(response, data)
        answer.ResponseHeader.ServiceResult.check()
        return answer  # type: ignore[no-any-return]

    async def request_raw(self, message: Any) -> bytes:
        """Sends a request; the whole answer as bytes. A ServiceFault is raised."""
        return bytes(await self._client.uaclient._send_request(message))

    def send(self, message: Any) -> "asyncio.Future[Any]":
        """Sends a request without a timeout; the future ends with the answer's buffer, or when the connection does."""
        return self.protocol._send_request(message, 0)

    async def renew(self) -> None:
        """New keys for the secure channel before the old ones expire."""
        await self._client.open_secure_channel(renew=True)
        self._client.uaclient.revolve_security_token()


@asynccontextmanager
async def connected(options: Options, credentials: Credentials) -> AsyncIterator[Connection]:
    """An open session, closed at the end. Raises LinkLost or SourceMisconfigured while it is being opened."""
    _quiet_library()
    policy = None
    if credentials.identity is not None:
        policy = await _security_policy(options, credentials)
    client = _client(options)
    if policy is not None and credentials.identity is not None:
        client.application_uri = credentials.identity.uri
        client.security_policy = policy  # type: ignore[assignment]
        client.uaclient.set_security(policy)
    if options.user:
        client.set_user(options.user)
        client.set_password(credentials.password)
    ours = credentials.identity.thumbprint if credentials.identity else ""
    protocol = None
    stage = STAGE_CONNECT
    try:
        try:
            protocol = await _open_socket(client)
            await client.send_hello()
            stage = STAGE_CHANNEL
            await client.open_secure_channel()
            stage = STAGE_SESSION
            await client.create_session()
            await client.activate_session(username=client._username, password=client._password)
        except Exception as error:  # a foreign server can make asyncua fail in any way; what failed is the link
            raise _no_endpoint(error, options) or explain(error, options, stage, ours) from error
        connection = Connection(client, protocol)
        if policy is not None and credentials.pin is not None:
            der = bytes(policy.peer_certificate or b"")
            credentials.pin.remember(der)
            connection.server_thumbprint = thumbprint(der)
        yield connection
    finally:
        await _close(client, protocol)


def _client(options: Options) -> Client:
    client = Client(options.url, timeout=options.timeout_s)
    client.name = client.description = "HazWatch"
    client.application_uri = "urn:hazwatch:station"
    client.product_uri = "urn:hazwatch"
    client.session_timeout = int(options.session_s * 1000)
    client.secure_channel_timeout = int(options.channel_s * 1000)
    client.set_locale(["zh-CN", "en"])
    return client


async def _open_socket(client: Client) -> UASocketProtocol:
    task = asyncio.current_task()
    assert task is not None
    cancels = task.cancelling()
    await client.connect_socket()
    if task.cancelling() > cancels:
        # asyncua uses asyncio.wait_for, which on Python 3.11 swallows a cancellation that comes together with the result
        # (https://github.com/python/cpython/issues/86296).
        raise asyncio.CancelledError
    protocol = client.uaclient.protocol
    if protocol is None:
        raise ConnectionError("closed while being opened")
    return protocol


async def _security_policy(options: Options, credentials: Credentials) -> SecurityPolicyBasic256Sha256:
    """Asks the server for its endpoints, checks its certificate against the pin."""
    mode = _MODES[options.security]
    client = _client(options)
    protocol = None
    try:
        protocol = await _open_socket(client)
        await client.send_hello()
        await client.open_secure_channel()
        endpoints = await client.get_endpoints()
    except Exception as error:  # as above
        raise explain(error, options, STAGE_DISCOVER) from error
    finally:
        await _close(client, protocol)
    uri = SecurityPolicyBasic256Sha256.URI
    for endpoint in endpoints:
        if endpoint.SecurityMode == mode and endpoint.SecurityPolicyUri == uri and endpoint.ServerCertificate:
            try:
                certificate = x509_from_der(endpoint.ServerCertificate)  # type: ignore[no-untyped-call]
            except ValueError:
                raise SourceMisconfigured("服务器出示的证书无法解析：请在服务器上更换证书") from None
            break
    else:
        offered = sorted({f"{_short(e.SecurityPolicyUri)}/{e.SecurityMode.name}" for e in endpoints})
        raise SourceMisconfigured(
            f"服务器没有 Basic256Sha256/{mode.name} 端点，只提供 {'、'.join(offered)}：请改 security 或在服务器上启用"
        )
    assert credentials.identity is not None and credentials.pin is not None
    credentials.pin.check(certificate.public_bytes(Encoding.DER))
    own = credentials.identity
    return SecurityPolicyBasic256Sha256(certificate, own.certificate, own.key, mode)  # type: ignore[no-untyped-call]


def _no_endpoint(error: Exception, options: Options) -> SourceMisconfigured | None:
    """asyncua has no type of its own for the case that the session's endpoint list lacks our security mode."""
    if type(error) is UaError and "No matching endpoints" in str(error):
        return SourceMisconfigured(f"服务器不提供 security = {options.security} 的端点：请改 security 或在服务器上启用")
    return None


def _short(uri: str) -> str:
    return uri.rpartition("#")[2]


async def _close(client: Client, protocol: UASocketProtocol | None) -> None:
    """Says goodbye to a server that listens, so that it frees the session's slot; then closes the socket for certain."""
    if protocol is None:
        protocol = client.uaclient.protocol
    if protocol is None:
        return
    try:
        if protocol.transport is not None:
            # A failed goodbye changes nothing (the server drops the session after its timeout) and must not hide why we
            # are leaving, whatever asyncua makes of a half-open connection.
            with contextlib.suppress(Exception):
                async with asyncio.timeout(_GOODBYE_S):
                    await client.close_session()
                    if protocol._connection.is_open():
                        await client.close_secure_channel()
    finally:
        # Let the goodbye go out; abort() would throw it away. A socket that cannot take it is aborted after all.
        transport = protocol.transport
        if transport is not None:
            transport.close()
            if transport.get_write_buffer_size():
                transport.abort()
        for _ in range(3):  # connection_lost comes one turn of the loop later, the closed socket another
            await asyncio.sleep(0)


def _quiet_library() -> None:
    """asyncua logs every loss several times with tracebacks; the station logs a loss once. A level somebody set stays."""
    logger = logging.getLogger("asyncua")
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.CRITICAL + 1)

"""The OPC UA driver: a client that only subscribes. Station side.

Read-only by construction: requests to set attributes or to run methods of a server are made nowhere in this package.
"""

from collections.abc import Sequence
from typing import NoReturn

from asyncua.ua.uaerrors import UaError

from app.domain.plant import Source
from app.domain.tag import Tag
from drivers.base import Driver, DriverContext, Sink, SourceMisconfigured
from drivers.opcua.binary import Malformed
from drivers.opcua.channel import Connection, Credentials, connected
from drivers.opcua.errors import STAGE_RUN, STAGE_SUBSCRIBE, explain
from drivers.opcua.options import Options, options_of
from drivers.opcua.pki import ServerPin, own_identity
from drivers.opcua.subscription import Subscription


def make(source: Source, tags: Sequence[Tag], ctx: DriverContext) -> Driver:
    """A driver for one server. Faults of the configuration are raised by `run`, as SourceMisconfigured.

    Options of the source: publishing_ms 500, keepalive_s 2, timeout_s 5, retry_refused_s 30, batch 1000, publishes 3,
    channel_s 3600, session_s 60, trust "", source_clock true; see `options.Options`.
    """
    return OpcUaDriver(source, tags, ctx)


class OpcUaDriver:
    """Fills `drivers.base.Driver`: a new client for each run, nothing kept in between."""

    def __init__(self, source: Source, tags: Sequence[Tag], ctx: DriverContext) -> None:
        self._source = source
        self._tags = tuple(tags)
        self._ctx = ctx

    async def run(self, sink: Sink) -> NoReturn:
        options = options_of(self._source)
        credentials = self._credentials(options)
        async with connected(options, credentials) as connection:
            await self._subscribe(connection, options, sink)
        raise AssertionError("a subscription ends by raising only")

    async def _subscribe(self, connection: Connection, options: Options, sink: Sink) -> None:
        subscription = Subscription(connection, self._tags, options, sink, self._ctx.now)
        stage = STAGE_SUBSCRIBE
        try:
            await subscription.start()
            stage = STAGE_RUN
            await subscription.watch()
        except (UaError, OSError, Malformed) as error:  # TimeoutError is an OSError; anything else is a bug and stays one
            raise explain(error, options, stage) from error
        finally:
            subscription.close()

    def _credentials(self, options: Options) -> Credentials:
        password = ""
        if options.user and options.password_secret:
            try:
                password = self._ctx.secret(options.password_secret)
            except KeyError:
                raise SourceMisconfigured(
                    f"密码库里没有 {options.password_secret!r}：请先存入该数据源的密码（password_secret）"
                ) from None
        if options.security == "none":
            return Credentials(password)
        identity = own_identity(self._ctx.pki, self._ctx.now())
        return Credentials(password, identity, ServerPin(self._ctx.pki, self._source.id, options.trust))

"""One subscription on one connection: keeps publish requests in flight, turns answers into samples, notices silence and gaps.

Station side. No tasks: publish answers are handled in the callbacks of their futures, everything that has to ask the server
something runs in `watch()`.

Gaps. Notifications are numbered. When one is missing, what came behind it is held back, the missing ones are asked for again
(Republish) and everything is published in its order. When the server no longer has them, the held ones are published and every
tag is read afresh: a short peak may be lost then (it is the server's to keep), but no tag goes on showing a value that has
changed. A reset of the numbering is treated the same way.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from math import ceil
from typing import Any, NoReturn

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.uaerrors import UaStatusCodeError

from app.domain.instant import MINUTE, Instant
from app.domain.sample import Quality, Sample
from app.domain.tag import Tag
from drivers.base import LinkLost, Sink
from drivers.opcua.binary import (
    DATA_CHANGE,
    STATUS_CHANGE,
    Answer,
    read_publish_response,
    read_read_response,
    read_republish_response,
    read_status_change,
)
from drivers.opcua.channel import Connection
from drivers.opcua.errors import STAGE_RUN, STAGE_SUBSCRIBE, explain_code
from drivers.opcua.items import Items, Limits, read_limits
from drivers.opcua.options import Options
from drivers.opcua.order import missing, preceding
from drivers.opcua.samples import SampleReader
from drivers.opcua.values import point_of

_TOO_MANY_PUBLISH_REQUESTS = 0x80780000
_TIMEOUTS = {0x800A0000, 0x80850000}
_MOST_PER_NOTIFICATION = 5000
"""Values a notification may hold: one takes the event loop a few milliseconds, not a tenth of a second."""
_MOST_PUBLISHES = 20
"""Publish requests in flight at most. Servers that cut notifications small (1000 values is common) can send only one for each
request they hold; short of requests, a busy server overwrites values it could not send."""
_LIFE_S = 60.0
_CLOCK_WINDOW_S = 60.0


class Subscription:
    """`start`, then `watch` until something ends it, then `close`. Used once."""

    def __init__(
        self, connection: Connection, tags: Sequence[Tag], options: Options, sink: Sink, now: Callable[[], Instant]
    ) -> None:
        self._connection = connection
        self._tags = tags
        self._options = options
        self._sink = sink
        self._now = now
        self._reader = SampleReader([point_of(tag) for tag in tags], options.source_clock)
        self._items = Items(tags, options)
        self._limits = Limits(options.batch, options.batch, ())
        self._id = 0
        self._interval_s = 0.0
        self._alive_s = 0.0
        self._sequence = 0  # number of the last notification published, 0 before the first
        self._acknowledge: list[Any] = []
        self._in_flight = 0
        self._most = _MOST_PUBLISHES  # less where the server refuses so many
        self._held: list[Answer] | None = None
        self._heard = False
        self._failure: BaseException | None = None
        self._wake = asyncio.Event()
        self._closed = False
        self._trouble = ""

    async def start(self) -> None:
        """Subscription and items exist when it returns; `sink.up()` has been called and the refused tags are published."""
        options = self._options
        self._limits = await read_limits(self._connection, options.batch)
        keepalives = max(1, round(options.keepalive_s * 1000 / options.publishing_ms))
        request = ua.CreateSubscriptionRequest()
        request.Parameters.RequestedPublishingInterval = ua.Duration(options.publishing_ms)
        request.Parameters.RequestedMaxKeepAliveCount = ua.Counter(keepalives)
        request.Parameters.RequestedLifetimeCount = ua.Counter(
            max(3 * keepalives, ceil(_LIFE_S * 1000 / options.publishing_ms))
        )
        request.Parameters.MaxNotificationsPerPublish = ua.Counter(_MOST_PER_NOTIFICATION)
        request.Parameters.PublishingEnabled = True
        answer = await self._connection.request(request, ua.CreateSubscriptionResponse)
        revised = answer.Parameters
        self._id = revised.SubscriptionId
        self._interval_s = revised.RevisedPublishingInterval / 1000
        self._alive_s = self._interval_s * max(1, revised.RevisedMaxKeepAliveCount)
        # No publish request is sent before the items stand: nothing can arrive before up().
        await self._items.create(self._connection, self._id, self._limits, range(len(self._tags)))
        self._sink.up(self._describe())
        self._publish_refused(self._items.refused)
        self._tell_trouble()

    async def watch(self) -> NoReturn:
        """Runs until the subscription ends; raises LinkLost, or whatever a request or the sink raised."""
        loop = asyncio.get_running_loop()
        options = self._options
        for _ in range(options.publishes):
            self._ask()
        step = min(0.25, options.timeout_s / 4)
        silence, last = 0.0, loop.time()
        limit = self._alive_s + options.timeout_s
        # A server that insists on rare keep-alives is asked for a sign of life in between.
        probe = 2 * options.keepalive_s if self._alive_s > 2 * options.keepalive_s else None
        renew_at = last + 0.75 * self._connection.channel_lifetime_s
        retry_at = last + options.retry_refused_s
        clock_at = last + _CLOCK_WINDOW_S
        probed = 0.0
        while True:
            await self._nap(step)
            if self._failure is not None:
                raise self._failure
            if self._held is not None:
                await self._recover()
            now = loop.time()
            # A stall of our own (a suspended machine) counts as two steps, however long it was.
            silence = 0.0 if self._heard else silence + min(now - last, 2 * step)
            probed = 0.0 if self._heard else probed + min(now - last, 2 * step)
            last, self._heard = now, False
            if silence > limit:
                raise LinkLost(f"服务器 {silence:.0f} s 没有消息（应每 {self._alive_s:g} s 一次）：请检查网线、网络和服务器")
            if probe is not None and probed > probe:
                await read_limits(self._connection, options.batch)
                probed = 0.0
            if now >= renew_at:
                await self._connection.renew()
                renew_at = now + 0.75 * self._connection.channel_lifetime_s
            if (self._items.refused or self._reader.vanished) and now >= retry_at:
                await self._retry()
                retry_at = loop.time() + options.retry_refused_s
            self._tell_trouble()
            if now >= clock_at:  # a clock that has been set right is no trouble any more
                self._reader.ahead = 0
                clock_at = now + _CLOCK_WINDOW_S

    def close(self) -> None:
        """Answers still to come are thrown away."""
        self._closed = True

    def _describe(self) -> str:
        count = len(self._tags) - len(self._items.refused)
        text = f"{count} 个监视项，每批 {self._limits.items}，发布周期 {self._interval_s * 1000:g} ms"
        if self._connection.server_thumbprint:
            text += f",服务器证书指纹 {self._connection.server_thumbprint}"
        return text

    async def _nap(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()

    def _fail(self, error: BaseException) -> None:
        if self._failure is None:
            self._failure = error
        self._wake.set()

    def _ask(self) -> None:
        """Puts one more publish request in flight, with the acknowledgements due."""
        request = ua.PublishRequest()
        request.Parameters.SubscriptionAcknowledgements = self._acknowledge
        self._acknowledge = []
        self._in_flight += 1
        self._connection.send(request).add_done_callback(self._answered)

    def _answered(self, future: "asyncio.Future[Any]") -> None:
        self._in_flight -= 1
        error = None if future.cancelled() else future.exception()  # looked at even when closed: no "never retrieved"
        if self._closed or future.cancelled() or self._failure is not None:
            return
        if error is not None:
            self._fail(error)
            return
        try:
            answer = read_publish_response(bytes(future.result()))
            if self._take(answer):
                self._ask()
                if answer.more and self._in_flight < self._most:
                    self._ask()
        except Exception as fault:  # noqa: BLE001  watch() raises it again: here it would vanish in the loop's handler
            self._fail(fault)

    def _take(self, answer: Answer) -> bool:
        """One publish answer; True = ask for another."""
        result = answer.service_result
        if result >> 30:
            if result in _TIMEOUTS:
                return True
            if result == _TOO_MANY_PUBLISH_REQUESTS and self._in_flight:
                self._most = self._in_flight
                return False
            raise explain_code(result, self._options, STAGE_RUN)
        if answer.subscription != self._id:
            return True
        self._heard = True
        if answer.parts:
            self._acknowledge.append(ua.SubscriptionAcknowledgement(ua.IntegerId(self._id), ua.Counter(answer.sequence)))
        if self._held is not None:
            self._held.append(answer)
        else:
            self._deliver(answer)
        return True

    def _deliver(self, answer: Answer) -> None:
        """Publishes an answer that is in order; starts holding when it is not."""
        if self._missing(answer) != ():
            self._held = [answer]
            self._wake.set()
            return
        if answer.parts:
            self._sequence = answer.sequence
            self._publish(answer)
        if not answer.more:  # with more to come, some tags have news that are still on their way
            self._sink.alive()

    def _missing(self, answer: Answer) -> tuple[int, ...] | None:
        return missing(self._sequence, answer.sequence, keepalive=not answer.parts)

    def _publish(self, answer: Answer) -> None:
        now = self._now()
        samples: list[Sample] = []
        for kind, start, end in answer.parts:
            if kind == DATA_CHANGE:
                part = self._reader.samples(answer.data, start, end, now)
                samples = part if not samples else samples + part
            elif kind == STATUS_CHANGE:
                raise explain_code(read_status_change(answer.data, start), self._options, STAGE_SUBSCRIBE)
        if samples:
            self._sink.publish(samples)

    async def _recover(self) -> None:
        """Closes the gap in front of the held answers, see the module's text."""
        held = self._held or []
        lost = self._missing(held[0])
        complete = lost is not None
        for number in lost or ():
            answer = await self._republish(number)
            if answer is None:
                complete = False
                break
            self._publish(answer)
        self._sequence = preceding(held[0].sequence)
        self._held = None
        for answer in held:  # may start holding again, at the next gap
            if self._held is None:
                self._deliver(answer)
            else:
                self._held.append(answer)
        if not complete:
            await self._reread()

    async def _republish(self, number: int) -> Answer | None:
        """A notification the server still keeps; None when it does not."""
        request = ua.RepublishRequest()
        request.Parameters.SubscriptionId = ua.IntegerId(self._id)
        request.Parameters.RetransmitSequenceNumber = ua.Counter(number)
        try:
            data = await self._connection.request_raw(request)
        except UaStatusCodeError:
            return None
        answer = read_republish_response(data, self._id)
        return answer if answer.parts and answer.sequence == number else None

    async def _reread(self) -> None:
        """Reads every tag that has an item and publishes what the server says."""
        nodes = self._items.readable()
        for start in range(0, len(nodes), self._limits.reads):
            part = nodes[start : start + self._limits.reads]
            request = ua.ReadRequest()
            request.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Both
            request.Parameters.NodesToRead = [ua.ReadValueId(node, AttributeIds.Value) for _, node in part]
            result, values = read_read_response(await self._connection.request_raw(request))
            if result >> 30 or len(values) != len(part):
                raise explain_code(result, self._options, STAGE_RUN)
            now = self._now()
            self._sink.publish([self._reader.sample(handle, raw, now) for (handle, _), raw in zip(part, values, strict=True)])

    async def _retry(self) -> None:
        """Tries the refused tags again; a renewed namespace table may know what was unknown.

        Items whose node vanished (a controller was loaded with a new program) are made anew: with many servers they stay
        dead when the node comes back.
        """
        before = dict(self._items.refused)
        gone = sorted(self._reader.vanished - before.keys())
        self._reader.vanished.clear()
        self._limits = await read_limits(self._connection, self._options.batch)
        await self._items.drop(self._connection, self._id, self._limits, gone)
        await self._items.create(self._connection, self._id, self._limits, [*before, *gone])
        self._publish_refused(h for h, why in self._items.refused.items() if before.get(h) != why)

    def _publish_refused(self, handles: Iterable[int]) -> None:
        now = self._now()
        refused = self._items.refused
        samples = [
            Sample(self._tags[handle].tag, None, Quality.BAD, refused[handle].reason, now, now, refused[handle].detail)
            for handle in handles
        ]
        if samples:
            self._sink.publish(samples)

    def _tell_trouble(self) -> None:
        """Refused tags, and a source clock that runs ahead; said when it changes."""
        parts = [self._items.trouble()]
        if self._reader.ahead:
            minutes = self._reader.ahead // MINUTE
            parts.append(f"服务器时间比本站快约 {minutes} min，已改用接收时间，数据不参与报警：请校准时钟")
        trouble = ";".join(part for part in parts if part)
        if trouble != self._trouble:
            self._trouble = trouble
            self._sink.trouble(trouble)

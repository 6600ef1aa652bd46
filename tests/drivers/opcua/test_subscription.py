"""The subscription against a scripted server: gaps, silence, refusals, answers of every kind. Answers are real messages."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import struct_to_binary
from asyncua.ua.uaerrors import BadMessageNotAvailable, BadTooManyOperations

from app.domain.plant import Source
from app.domain.sample import Quality, Reason
from app.domain.tag import DataType, Tag
from drivers.base import LinkLost
from drivers.opcua.channel import Connection
from drivers.opcua.options import Options, options_of
from drivers.opcua.subscription import Subscription
from tests.drivers.rigs import Collector
from tests.pace import ENOUGH_S, Stopwatch

CODES = ua.StatusCodes
TAGS = [Tag(f"T{i}", address=f"nsu=urn:plant;s=T{i}", data_type=DataType.FLOAT64) for i in range(4)]
NOW = 1_795_000_000_000_000


class ScriptedServer:
    """Stands in for a `Connection`: answers requests out of its fields, sends notifications when told to."""

    server_thumbprint = ""
    channel_lifetime_s = 3600.0

    def __init__(self) -> None:
        self.namespaces = ["http://opcfoundation.org/UA/", "urn:plant"]
        self.limit = 1000
        self.refuse: dict[str, int] = {}
        self.values = {f"T{i}": float(i) for i in range(len(TAGS))}
        self.kept: dict[int, bytes] = {}  # for Republish
        self.republished: list[int] = []
        self.created: list[int] = []
        self.dropped: list[int] = []
        self.reads = 0
        self.renewed = 0
        self.alive_s = 0.2
        self.waiting: list[asyncio.Future[Any]] = []
        self.acknowledged: list[int] = []
        self.silent = False

    async def request(self, message: Any, response: type[Any]) -> Any:
        if isinstance(message, ua.ReadRequest):
            if self.silent:
                raise TimeoutError
            self.reads += 1
            return ua.ReadResponse(
                Results=[
                    ua.DataValue(ua.Variant(self.limit, ua.VariantType.UInt32)),
                    ua.DataValue(ua.Variant(0, ua.VariantType.UInt32)),
                    ua.DataValue(ua.Variant(self.namespaces, ua.VariantType.String)),
                ]
            )
        if isinstance(message, ua.CreateSubscriptionRequest):
            answer = ua.CreateSubscriptionResponse()
            answer.Parameters.SubscriptionId = 42
            answer.Parameters.RevisedPublishingInterval = 50.0
            answer.Parameters.RevisedMaxKeepAliveCount = round(self.alive_s * 1000 / 50)
            return answer
        if isinstance(message, ua.DeleteMonitoredItemsRequest):
            self.dropped += message.Parameters.MonitoredItemIds
            return ua.DeleteMonitoredItemsResponse()
        assert isinstance(message, ua.CreateMonitoredItemsRequest)
        items = message.Parameters.ItemsToCreate
        if len(items) > self.limit:
            raise BadTooManyOperations
        self.created.append(len(items))
        codes = [self.refuse.get(item.ItemToMonitor.NodeId.Identifier, 0) for item in items]
        return ua.CreateMonitoredItemsResponse(
            Results=[
                ua.MonitoredItemCreateResult(ua.StatusCode(code), 100 + item.RequestedParameters.ClientHandle)
                for code, item in zip(codes, items, strict=True)
            ]
        )

    async def request_raw(self, message: Any) -> bytes:
        if isinstance(message, ua.RepublishRequest):
            number = message.Parameters.RetransmitSequenceNumber
            self.republished.append(number)
            if number not in self.kept:
                raise BadMessageNotAvailable
            return self.kept[number]
        names = [node.NodeId.Identifier for node in message.Parameters.NodesToRead]
        return struct_to_binary(ua.ReadResponse(Results=[_value(self.values[name]) for name in names]))

    def send(self, message: Any) -> asyncio.Future[Any]:
        self.acknowledged += [a.SequenceNumber for a in message.Parameters.SubscriptionAcknowledgements]
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.waiting.append(future)
        return future

    async def renew(self) -> None:
        self.renewed += 1

    def notify(self, number: int, *parts: Any, more: bool = False, subscription: int = 42) -> None:
        answer = ua.PublishResponse()
        answer.Parameters.SubscriptionId = subscription
        answer.Parameters.MoreNotifications = more
        answer.Parameters.NotificationMessage.SequenceNumber = number
        answer.Parameters.NotificationMessage.NotificationData = list(parts)
        self.answer(answer)

    def keep(self, number: int, *parts: Any) -> None:
        answer = ua.RepublishResponse()
        answer.NotificationMessage.SequenceNumber = number
        answer.NotificationMessage.NotificationData = list(parts)
        self.kept[number] = struct_to_binary(answer)

    def fault(self, code: int) -> None:
        answer = ua.ServiceFault()
        answer.ResponseHeader.ServiceResult = ua.StatusCode(code)
        self.answer(answer)

    def answer(self, message: Any) -> None:
        self.waiting.pop(0).set_result(Buffer(struct_to_binary(message)))


def _value(number: float, status: int = 0) -> Any:
    return ua.DataValue(ua.Variant(number, ua.VariantType.Double), ua.StatusCode(status), datetime(2026, 11, 1, tzinfo=UTC))


def change(*numbers: float) -> Any:
    """T0, T1, ... get these values."""
    return ua.DataChangeNotification(
        MonitoredItems=[ua.MonitoredItemNotification(ClientHandle=i, Value=_value(n)) for i, n in enumerate(numbers)]
    )


def options(**given: Any) -> Options:
    quick = {"timeout_s": 0.4, "publishing_ms": 50, "keepalive_s": 0.2, "retry_refused_s": 0.1}
    return options_of(Source("dcs", "opcua", "opc.tcp://x", options=quick | given))


@asynccontextmanager
async def watched(
    server: ScriptedServer, tags: Sequence[Tag] = TAGS, now: Callable[[], int] = lambda: NOW, **given: Any
) -> AsyncIterator[tuple[Collector, asyncio.Task[None]]]:
    sink = Collector()
    subscription = Subscription(cast(Connection, server), tags, options(**given), sink, now)
    await subscription.start()
    task = asyncio.create_task(subscription.watch())
    await until(lambda: len(server.waiting) == 3)
    try:
        yield sink, task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        subscription.close()


async def until(condition: Callable[[], bool], within: float = ENOUGH_S) -> None:
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110  a scripted server has no event for it
            await asyncio.sleep(0.002)


def values(sink: Collector, tag: str = "T0") -> list[Any]:
    return [sample.value for sample in sink.samples if sample.tag == tag]


async def test_one_publish_a_notification_and_every_number_acknowledged() -> None:
    server = ScriptedServer()
    async with watched(server) as (sink, _):
        assert sink.ups and not sink.samples
        server.notify(1, change(1, 2), change(3))
        server.notify(2, change(4))
        await until(lambda: len(server.waiting) == 3)
        assert (sink.batches, values(sink), sink.alives) == (2, [1.0, 3.0, 4.0], 2)
        server.notify(3)
        await until(lambda: sink.alives == 3)
        server.notify(3, change(5))
        await until(lambda: server.acknowledged == [1, 2, 3])
        assert sink.batches == 3


async def test_alive_waits_for_the_last_part() -> None:
    """While more is on its way, silence of a tag does not mean that its value holds."""
    server = ScriptedServer()
    async with watched(server) as (sink, _):
        server.notify(1, change(1), more=True)
        server.notify(2, change(2), more=True)
        await until(lambda: sink.batches == 2)
        assert sink.alives == 0
        server.notify(3, change(3))
        await until(lambda: sink.alives == 1)


async def test_a_gap_is_asked_for_again_and_published_in_order() -> None:
    server = ScriptedServer()
    server.keep(2, change(20))
    server.keep(3, change(30))
    async with watched(server) as (sink, _):
        server.notify(1, change(10))
        server.notify(4, change(40))
        server.notify(5, change(50))
        await until(lambda: len(values(sink)) == 5)
        assert values(sink) == [10, 20, 30, 40, 50]
        assert server.republished == [2, 3]


async def test_a_gap_the_server_forgot_makes_every_tag_read_afresh() -> None:
    server = ScriptedServer()
    server.values |= {"T0": 99.0, "T3": 33.0}
    async with watched(server) as (sink, _):
        server.notify(1, change(10))
        server.notify(3, change(30))
        await until(lambda: len(values(sink)) == 3)
        assert values(sink) == [10, 30, 99]
        assert sink.last["T3"].value == 33.0
        server.notify(4, change(40))
        await until(lambda: len(values(sink)) == 4)
        assert server.republished == [2]


async def test_a_keepalive_shows_a_lost_last_notification() -> None:
    server = ScriptedServer()
    server.keep(2, change(20))
    async with watched(server) as (sink, _):
        server.notify(1, change(10))
        server.notify(3)
        await until(lambda: values(sink) == [10, 20])
        await until(lambda: sink.alives == 2)
        server.notify(3)
        server.notify(3, change(30))
        await until(lambda: values(sink) == [10, 20, 30])
        assert server.republished == [2]


async def test_two_gaps_while_the_first_is_being_closed() -> None:
    server = ScriptedServer()
    server.keep(2, change(20))
    server.keep(4, change(40))
    async with watched(server) as (sink, _):
        server.notify(1, change(10))
        server.notify(3, change(30))
        server.notify(5, change(50))
        await until(lambda: values(sink) == [10, 20, 30, 40, 50])


async def test_numbering_begun_anew_loses_nothing() -> None:
    server = ScriptedServer()
    async with watched(server) as (sink, _):
        for number in (1, 2):
            server.notify(number, change(number))
        await until(lambda: len(server.waiting) == 3)
        server.notify(1, change(100))
        await until(lambda: values(sink) == [1, 2, 100, 0])  # and read afresh
        server.notify(2, change(200))
        await until(lambda: values(sink)[-1] == 200)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (CODES.BadSessionClosed, "会话"),
        (CODES.BadNoSubscription, "订阅"),
        (CODES.BadSecureChannelClosed, "安全通道"),
        (CODES.BadShutdown, "关闭"),
        (0xC0000000, "服务器报告错误"),
    ],
)
async def test_a_fault_instead_of_an_answer_is_a_loss(code: int, said: str) -> None:
    server = ScriptedServer()
    async with watched(server) as (_, task):
        server.fault(code)
        with pytest.raises(LinkLost, match=said):
            await asyncio.wait_for(task, ENOUGH_S)


async def test_a_status_change_of_the_subscription_is_a_loss() -> None:
    server = ScriptedServer()
    async with watched(server) as (_, task):
        server.notify(1, ua.StatusChangeNotification(Status=ua.StatusCode(CODES.BadTimeout)))
        with pytest.raises(LinkLost, match="BadTimeout"):
            await asyncio.wait_for(task, ENOUGH_S)


async def test_too_many_publish_requests_means_one_less() -> None:
    server = ScriptedServer()
    async with watched(server) as (sink, task):
        server.fault(CODES.BadTooManyPublishRequests)
        server.notify(1, change(1))
        await until(lambda: sink.batches == 1 and len(server.waiting) == 2)
        server.fault(CODES.BadTimeout)  # of one request only: asked again
        await until(lambda: len(server.waiting) == 2)
        assert not task.done()


async def test_a_server_with_more_to_say_gets_more_requests_up_to_what_it_takes() -> None:
    server = ScriptedServer()
    async with watched(server) as (sink, _):
        for number in range(1, 31):
            server.notify(number, change(number), more=True)
            await until(lambda n=number: sink.batches == n)  # type: ignore[misc]
        assert len(server.waiting) == 20
        server.fault(CODES.BadTooManyPublishRequests)
        server.fault(CODES.BadTooManyPublishRequests)
        server.notify(31, change(31), more=True)
        await until(lambda: sink.batches == 31)
        assert len(server.waiting) == 18


async def test_answers_of_a_subscription_that_is_not_ours_are_passed_over() -> None:
    server = ScriptedServer()
    async with watched(server) as (sink, _):
        server.notify(77, change(1), subscription=41)
        server.notify(1, change(2))
        await until(lambda: values(sink) == [2])


async def test_silence_is_a_loss_on_revised_values() -> None:
    server = ScriptedServer()
    server.alive_s = 0.5  # slower than asked for
    async with watched(server, keepalive_s=0.5) as (_, task):
        start, watch = asyncio.get_running_loop().time(), Stopwatch()
        with pytest.raises(LinkLost, match="没有消息"):
            await asyncio.wait_for(task, ENOUGH_S)
        assert asyncio.get_running_loop().time() - start >= 0.8 and watch.seconds < 2.5


async def test_keepalives_keep_it_up() -> None:
    server = ScriptedServer()
    async with watched(server) as (sink, task):
        for _ in range(13):
            server.notify(1)
            await asyncio.sleep(0.1)  # the time itself is what is tested: twice the loss limit passes
        assert not task.done()
        assert sink.alives == 13


async def test_a_server_with_rare_keepalives_is_asked_for_a_sign_of_life() -> None:
    server = ScriptedServer()
    server.alive_s = 600
    async with watched(server) as (_, task):
        before = server.reads
        await until(lambda: server.reads >= before + 2)
        assert not task.done()
        server.silent = True
        await asyncio.wait({task}, timeout=ENOUGH_S)
        assert task.done() and isinstance(task.exception(), TimeoutError)


async def test_refused_tags_are_said_tried_again_and_healed() -> None:
    server = ScriptedServer()
    server.refuse = {"T1": CODES.BadNodeIdUnknown, "T2": CODES.BadUserAccessDenied}
    tags = [*TAGS, Tag("LOST", address="nsu=urn:gone;s=x"), Tag("TYPO", address="HR:100")]
    async with watched(server, tags) as (sink, task):
        assert {tag: sample.detail for tag, sample in sink.last.items()} == {
            "T1": "0x80340000",
            "T2": "0x801F0000",
            "LOST": "0x80340000",
            "TYPO": sink.last["TYPO"].detail,
        }
        assert "节点地址" in sink.last["TYPO"].detail
        assert {(s.quality, s.reason, s.value) for s in sink.samples} == {(Quality.BAD, Reason.CONFIG_ERROR, None)}
        assert sink.troubles[-1].startswith("4 个位号")
        batches = sink.batches
        server.refuse = {"T2": CODES.BadUserAccessDenied}
        server.namespaces.append("urn:gone")
        await until(lambda: sink.troubles[-1].startswith("2 个位号"))
        assert sink.batches == batches, "what has not changed is not said again"
        server.refuse = {"T2": CODES.BadNotReadable}
        await until(lambda: sink.last["T2"].detail == "0x803A0000")
        assert not task.done()


async def test_an_item_whose_node_vanished_is_made_anew() -> None:
    server = ScriptedServer()
    async with watched(server) as (sink, _):
        gone = ua.DataChangeNotification(
            MonitoredItems=[ua.MonitoredItemNotification(ClientHandle=2, Value=_value(0, CODES.BadNodeIdUnknown))]
        )
        server.notify(1, gone)
        server.refuse = {"T2": CODES.BadNodeIdUnknown}
        await until(lambda: sink.troubles[-1:] != [] and "T2" in sink.troubles[-1])
        assert server.dropped == [102]
        assert (sink.last["T2"].quality, sink.last["T2"].reason) == (Quality.BAD, Reason.CONFIG_ERROR)
        server.refuse = {}
        await until(lambda: sink.troubles[-1] == "")
        assert server.dropped == [102], "only what had an item is dropped"


async def test_trouble_ends_with_the_last_refused_tag() -> None:
    server = ScriptedServer()
    server.refuse = {"T1": CODES.BadNodeIdUnknown}
    async with watched(server) as (sink, _):
        server.refuse = {}
        await until(lambda: sink.troubles[-1] == "")


async def test_items_are_made_in_batches_the_server_takes() -> None:
    server = ScriptedServer()
    tags = [Tag(f"X{i}", address=f"ns=1;s=X{i}") for i in range(25)]
    server.limit = 10
    async with watched(server, tags):
        assert server.created == [10, 10, 5]


async def test_a_server_that_hides_its_limit_is_met_by_halving() -> None:
    server = ScriptedServer()
    tags = [Tag(f"X{i}", address=f"ns=1;s=X{i}") for i in range(25)]

    class Hiding(ScriptedServer):
        async def request(self, message: Any, response: type[Any]) -> Any:
            answer = await super().request(message, response)
            if isinstance(answer, ua.ReadResponse):
                answer.Results[0] = ua.DataValue(ua.Variant(None, ua.VariantType.Null))
            return answer

    server = Hiding()
    server.limit = 7
    async with watched(server, tags):
        assert sum(server.created) == 25
        assert max(server.created) <= 7


async def test_a_clock_ahead_is_said_once() -> None:
    server = ScriptedServer()
    early = 1_700_000_000_000_000
    async with watched(server, now=lambda: early) as (sink, _):
        server.notify(1, change(1))
        server.notify(2, change(2))
        await until(lambda: bool(sink.troubles))
        assert "时间比本站快" in sink.troubles[0]
        assert (sink.last["T0"].reason, sink.last["T0"].source_time) == (Reason.CLOCK, early)
        server.notify(3, change(3))
        await until(lambda: sink.batches == 3)
        assert len(sink.troubles) == 1


async def test_the_channel_is_renewed_in_time() -> None:
    server = ScriptedServer()
    server.channel_lifetime_s = 0.2
    async with watched(server) as (_, task):
        await until(lambda: server.renewed >= 2)
        assert not task.done()


async def test_a_fault_of_the_station_is_not_hidden_as_a_loss() -> None:
    """A bug in the sink comes out as itself."""
    server = ScriptedServer()
    async with watched(server) as (sink, task):
        sink.publish = lambda samples: 1 / 0  # type: ignore[assignment,return-value,misc]
        server.notify(1, change(1))
        with pytest.raises(ZeroDivisionError):
            await asyncio.wait_for(task, ENOUGH_S)

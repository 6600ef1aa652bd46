"""The client driver against devices that answer late, short, wrongly, or not at all: a wrong value is never good."""

import asyncio
import struct
from typing import Any

import pytest

from app.domain.plant import Source
from app.domain.sample import Quality, Reason, Sample
from app.domain.tag import DataType, Tag
from drivers.base import Driver, LinkLost, SourceMisconfigured
from drivers.modbus import make_rtu, make_tcp
from tests.drivers.modbus_rigs import CONTEXT, free_port
from tests.drivers.rigs import Collector, finish, lost, running, supervised
from tests.pace import ENOUGH_S
from tests.peers.modbus_faulty import Behaviour, FaultyDevice, Question, well

TIMEOUT_S = 0.1


def driver(url: str, tags: list[Tag], period_s: float = 0.05, **options: Any) -> Driver:
    make = make_rtu if url.startswith(("rtu", "serial")) else make_tcp
    settings = {"timeout_s": TIMEOUT_S, "unit_backoff_s": 0.3, **options}
    return make(Source("m", "modbus", url, period_s=period_s, options=settings), tags, CONTEXT)


def words(*addresses: int | str) -> list[Tag]:
    """Tags whose right value is their address; far apart, so that each is a read of its own."""
    return [
        Tag(f"T{a}", address=f"HR:{a}" if isinstance(a, int) else a, data_type=DataType.UINT16, source="m") for a in addresses
    ]


def right(sample: Sample) -> bool:
    """A good sample must be the right one; anything that is not good is not believed anyway."""
    return sample.quality is not Quality.GOOD or f"T{sample.value}" == sample.tag


def once(number: int, behaviour: Behaviour) -> Behaviour:
    """`behaviour` for one question, all others answered well."""
    return lambda question: behaviour(question) if question.number == number else well(question)


def silent(question: Question) -> list[tuple[float, bytes]]:
    return []


FAULTS: dict[str, Behaviour] = {
    "silent": silent,
    "late": lambda q: [(TIMEOUT_S * 1.3, q.right())],
    "garbage": lambda q: [(0, b"\xff\x00garbage\x13\x37")],
    "garbage like a header": lambda q: [(0, bytes((0, 0, 0, 0, 0, 200, 1, 3)))],
    "half a frame": lambda q: [(0, q.right()[:-3])],
    "slow halves": lambda q: [(0, q.right()[:5]), (TIMEOUT_S * 0.4, q.right()[5:])],
    "half a frame, the rest too late": lambda q: [(0, q.right()[:5]), (TIMEOUT_S * 1.3, q.right()[5:])],
    "one register short": lambda q: [(0, q.frame(q.pdu(range(q.start, q.start + q.count - 1))))],
    "one register more": lambda q: [(0, q.frame(q.pdu(range(q.start, q.start + q.count + 1))))],
    "oversized": lambda q: [(0, q.frame(q.pdu(range(120))))],
    "no data": lambda q: [(0, q.frame(bytes((q.code,))))],
    "count that lies": lambda q: [(0, q.frame(bytes((q.code, 200)) + q.pdu()[2:]))],
    "another function": lambda q: [(0, q.frame(bytes((4,)) + q.pdu([9999] * q.count)[1:]))],
    "an unknown function": lambda q: [(0, q.frame(bytes((99, 1, 2, 3))))],
    "an exception without a code": lambda q: [(0, q.frame(bytes((q.code | 0x80,))))],
    "another unit": lambda q: [(0, q.frame(q.pdu([9999] * q.count), unit=77))],
    "the answer twice": lambda q: [(0, q.right()), (0, q.right())],
    "busy": lambda q: [(0, q.refusal(6))],
}
TCP_ONLY: dict[str, Behaviour] = {
    "another transaction": lambda q: [(0, q.frame(q.pdu([9999] * q.count), transaction=q.transaction + 1))],
    "transaction 0": lambda q: [(0, q.frame(q.pdu([9999] * q.count), transaction=0))],
}
RTU_ONLY: dict[str, Behaviour] = {
    "a flipped bit": lambda q: [(0, bytes((q.right()[0], q.right()[1], q.right()[2], q.right()[3] ^ 1)) + q.right()[4:])],
    "noise in front": lambda q: [(0, b"\x00\x00\xff" + q.right())],
    "noise behind": lambda q: [(0, q.right() + b"\x00\xff\x00")],
}
CASES = [(False, name) for name in (*FAULTS, *TCP_ONLY)] + [(True, name) for name in (*FAULTS, *RTU_ONLY)]


@pytest.mark.parametrize(("rtu", "fault"), CASES, ids=[f"{'rtu' if rtu else 'tcp'}-{name}" for rtu, name in CASES])
async def test_one_fault_never_gives_a_wrong_value_and_heals(rtu: bool, fault: str) -> None:
    behaviour = {**FAULTS, **TCP_ONLY, **RTU_ONLY}[fault]
    tags = words(100, 200, 300)
    async with FaultyDevice(once(4, behaviour), rtu) as device:
        sink = Collector()
        async with supervised(driver(device.url, tags), sink):
            await sink.until(lambda: len(device.asked) > 4, "the fault has happened")
            sink.last.clear()
            await sink.until(lambda: all(sink.good(t.tag) for t in tags), "all good again")
            await asyncio.sleep(0.15)  # a few rounds more: poison shows later
            assert all(right(sample) for sample in sink.samples), [s for s in sink.samples if not right(s)][:3]


async def test_the_rest_of_half_a_frame_is_not_read_as_a_frame() -> None:
    """TCP loses nothing: what comes after half an answer is its rest, though it may look like the answer to the retry."""

    def behave(question: Question) -> list[tuple[float, bytes]]:
        if question.number == 4:
            fake = question.frame(question.pdu([9999]), transaction=question.transaction + 1)
            return [(0, bytes((0, question.transaction, 0, 0, 0, 2 + len(fake), 1, 3))), (TIMEOUT_S * 1.4, fake)]
        return [(TIMEOUT_S * 0.7 if question.number == 5 else 0, question.right())]

    tags = words(100, 200)
    async with FaultyDevice(behave) as device:
        sink = Collector()
        async with supervised(driver(device.url, tags), sink):
            await sink.until(lambda: len(device.asked) > 12, "asked on")
            assert all(right(sample) for sample in sink.samples), [s for s in sink.samples if not right(s)]
            assert all(sink.good(t.tag) for t in tags)


@pytest.mark.parametrize("late_by", [0.005, 0.05, 0.13, 0.17, 0.25])
async def test_late_rtu_answers_shift_nothing(late_by: float) -> None:
    """With the library's defaults every later read is wrong, quality good, for ever. The latest
    of these come while the own retry is already waiting: its answer then belongs to the question before. The line is never
    idle, so that what comes late always meets an open question."""
    tags = words(100, 200, 300, 400)

    def behave(question: Question) -> list[tuple[float, bytes]]:
        return [(TIMEOUT_S + late_by if question.number in (3, 4, 9) else 0.02, question.right())]

    async with FaultyDevice(behave, rtu=True) as device:
        sink = Collector()
        async with supervised(driver(device.url, tags, period_s=0.02), sink):
            await sink.until(lambda: len(device.asked) > 24, "many questions")
            assert all(right(sample) for sample in sink.samples), [s for s in sink.samples if not right(s)][:3]
            assert all(sink.good(tag.tag) for tag in tags)


async def test_bytes_nobody_asked_for_hold_the_line_until_it_is_quiet() -> None:
    """They are the tail of something; what follows them must not meet an open question."""
    clock = asyncio.get_running_loop().time
    asked: list[float] = []

    def behave(question: Question) -> list[tuple[float, bytes]]:
        asked.append(clock())
        return well(question)  # type: ignore[return-value]

    async with FaultyDevice(behave, rtu=True) as device:
        sink = Collector()
        async with running(driver(device.url, words(100), period_s=0.06), sink):
            await sink.until(lambda: sink.good("T100"), "good")
            rounds = 0
            while rounds < 3:
                known = len(asked)
                await sink.until(lambda known=known: len(asked) > known, "asked")  # type: ignore[misc]
                await asyncio.sleep(0.02)
                stray = clock()
                if stray - asked[-1] > 0.04:
                    continue  # a busy machine: the next question is on its way already
                rounds += 1
                device.say(Question(0, 0, 1, 3, 7, 1, True).right())
                known = len(asked)
                await sink.until(lambda known=known: len(asked) > known, "asked again")  # type: ignore[misc]
                assert asked[known] - stray >= TIMEOUT_S * 0.95
            assert all(right(sample) for sample in sink.samples)


# --- units behind a gateway ---


async def test_a_dead_unit_is_bad_and_the_others_go_on() -> None:
    tags = words("1@HR:100", "2@HR:200", "2@HR:300")
    dead = {2}
    async with FaultyDevice(lambda q: [] if q.unit in dead else well(q)) as device:
        sink = Collector()
        async with running(driver(device.url, tags), sink) as task:
            await sink.until(lambda: len([s for s in sink.samples if s.tag == "T1@HR:100"]) > 10, "unit 1 is read")
            assert {t for t, s in sink.last.items() if (s.quality, s.reason) == (Quality.BAD, Reason.TIMEOUT)} == {
                "T2@HR:200",
                "T2@HR:300",
            }
            assert "从站 2 无应答" in sink.troubles[-1]
            dead.clear()
            await sink.until(lambda: all(sink.good(t.tag) for t in tags), "unit 2 is back")
            await sink.until(lambda: sink.troubles[-1] == "", "the trouble is over")
            assert not task.done()
        assert len(sink.ups) == 1


async def test_a_unit_the_gateway_cannot_reach_and_one_that_fails() -> None:
    tags = words("1@HR:100", "2@HR:200", "3@HR:300")
    codes = {2: 11, 3: 4}
    async with FaultyDevice(lambda q: [(0, q.refusal(codes[q.unit]))] if q.unit in codes else well(q)) as device:
        sink = Collector()
        async with running(driver(device.url, tags), sink):
            await sink.until(lambda: len(sink.last) == 3, "all spoken of")
            said = {tag: (s.quality.value, s.reason.value, s.detail) for tag, s in sink.last.items()}
    assert said == {
        "T1@HR:100": ("good", "", ""),
        "T2@HR:200": ("bad", "timeout", "exception 11"),
        "T3@HR:300": ("bad", "device_failure", "exception 4"),
    }


async def test_all_units_silent_is_a_loss_without_any_value() -> None:
    async with FaultyDevice(silent) as device:
        sink = Collector()
        async with running(driver(device.url, words("1@HR:1", "2@HR:2")), sink) as task:
            loss = await lost(task, within=2)
        assert "不应答" in str(loss)
        assert sink.ups == []
        assert {s.quality for s in sink.samples} == {Quality.BAD}


async def test_a_slow_gateway_is_asked_one_question_at_a_time() -> None:
    open_questions: list[int] = []

    def behave(question: Question) -> list[tuple[float, bytes]]:
        open_questions.append(question.number)
        return [(0.02, question.right())]

    async with FaultyDevice(behave) as device:
        sink = Collector()
        async with running(driver(device.url, words(100, 200, 300), period_s=0.01), sink):
            await sink.until(lambda: sink.batches > 20, "twenty answers")
            assert len(device.asked) - sink.batches <= 1
            assert all(right(sample) for sample in sink.samples)


# --- illegal addresses, over the wire ---


async def test_illegal_gap_and_address_are_found_over_the_wire() -> None:
    """A gas panel: a hole between its areas, and one address that is in the table by mistake."""
    illegal = {105, 120}

    def behave(question: Question) -> list[tuple[float, bytes]]:
        asked = set(range(question.start, question.start + question.count))
        return [(0, question.refusal(2) if illegal & asked else question.right())]

    tags = words(*range(100, 105), *range(106, 125))
    async with FaultyDevice(behave) as device:
        sink = Collector()
        async with running(driver(device.url, tags), sink):
            await sink.until(lambda: len(sink.last) == len(tags), "all spoken of")
            bad = [s for s in sink.last.values() if s.quality is not Quality.GOOD]
            assert [(s.tag, s.reason, s.detail) for s in bad] == [("T120", Reason.CONFIG_ERROR, "exception 2")]
            assert all(right(sample) for sample in sink.samples)
            await sink.until(lambda: bool(sink.troubles) and "HR:120" in sink.troubles[-1], "said in words")


# --- values ---


async def test_kinds_of_values_over_the_wire() -> None:
    registers = {0: 0x7FFF, 1: 251, 2: 0x1234, 3: 0x12AB, 4: 0b1000}
    registers |= dict(zip((6, 7), struct.unpack(">2H", struct.pack(">f", 1.5)), strict=True))
    registers |= {8: 0x7FC0, 9: 0}
    tags = [
        Tag("broken", address="HR:0", data_type=DataType.INT16),
        Tag("scaled", address="HR:1", data_type=DataType.INT16, scale=0.1),
        Tag("bcd", address="HR:2", data_type=DataType.BCD16),
        Tag("no bcd", address="HR:3", data_type=DataType.BCD16),
        Tag("bit3", address="HR:4.3", data_type=DataType.BOOL),
        Tag("bit2", address="HR:4.2", data_type=DataType.BOOL),
        Tag("float", address="HR:6"),
        Tag("nan", address="HR:8"),
        Tag("coil", address="CO:9", data_type=DataType.BOOL),
        Tag("nowhere", address="XX:1"),
    ]

    def behave(question: Question) -> list[tuple[float, bytes]]:
        if question.code == 1:
            return [(0, question.frame(bytes((1, 1, 1))))]
        return [(0, question.frame(question.pdu([registers.get(question.start + i, 0) for i in range(question.count)])))]

    async with FaultyDevice(behave) as device:
        sink = Collector()
        async with running(driver(device.url, tags, bad_raw=[0x7FFF]), sink):
            await sink.until(lambda: len(sink.last) == len(tags), "all spoken of")
    said = {tag: (s.value, s.quality.value, s.reason.value) for tag, s in sink.last.items()}
    assert said == {
        "broken": (None, "bad", "sensor_failure"),
        "scaled": (25.1, "good", ""),
        "bcd": (1234, "good", ""),
        "no bcd": (None, "bad", "wrong_type"),
        "bit3": (True, "good", ""),
        "bit2": (False, "good", ""),
        "float": (1.5, "good", ""),
        "nan": (None, "bad", "sensor_failure"),
        "coil": (True, "good", ""),
        "nowhere": (None, "bad", "config_error"),
    }
    assert "不认识" in sink.last["nowhere"].detail


# --- the link ---


async def test_a_connection_closed_while_nothing_is_asked_is_noticed_at_once() -> None:
    device = FaultyDevice()
    async with device:
        sink = Collector()
        async with running(driver(device.url, words(100), period_s=60), sink) as task:
            await sink.until(lambda: sink.good("T100"), "good")
            await device.__aexit__()
            await lost(task, within=0.5)


async def test_a_connection_closed_instead_of_an_answer_is_noticed_at_once() -> None:
    async with FaultyDevice(silent) as device, running(driver(device.url, words(100), timeout_s=30), Collector()) as task:
        while not device.asked:  # noqa: ASYNC110  the device has no event for it
            await asyncio.sleep(0.01)
        await device.__aexit__()
        assert "断开" in str(await lost(task, within=0.5))


@pytest.mark.parametrize("units", [1, 2])
async def test_a_device_that_freezes_is_noticed_in_time(units: int) -> None:
    """Within two timeouts and a period for one unit, one timeout more for each further unit."""
    tags = words(*(f"{unit}@HR:{unit}" for unit in range(1, units + 1)))
    async with FaultyDevice() as device:
        sink = Collector()
        async with running(driver(device.url, tags, timeout_s=0.3, period_s=0.1), sink) as task:
            await sink.until(lambda: all(sink.good(t.tag) for t in tags), "good")
            device.behave = silent
            await lost(task, within=0.3 * (1 + units) + 0.1 + 0.2)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("tcp://127.0.0.1:{closed}", "拒绝连接"),
        ("tcp://no-such-host.invalid:502", "无法解析"),
        ("rtu+tcp://127.0.0.1:{closed}", "拒绝连接"),
        ("serial:///dev/no-such-port?baudrate=9600", "找不到串口"),
    ],
)
async def test_what_cannot_be_opened_is_explained(url: str, says: str) -> None:
    async with running(driver(url.format(closed=free_port()), words(1)), Collector()) as task:
        loss = await lost(task, within=5)
    assert says in str(loss)


@pytest.mark.parametrize(
    ("url", "tags", "options", "says"),
    [
        ("serial:///dev/null?baudrate=1200", words(*range(0, 1000, 2)), {}, "1200 波特的串口带不动"),
        ("tcp://127.0.0.1:1", [], {}, "没有一个位号可读"),
        ("tcp://127.0.0.1:1", words(1), {"gap": -1}, "选项 gap"),
        ("http://127.0.0.1:1", words(1), {}, "开头应是"),
    ],
)
async def test_what_cannot_work_is_refused_before_it_is_tried(
    url: str, tags: list[Tag], options: dict[str, Any], says: str
) -> None:
    with pytest.raises(SourceMisconfigured, match=says):
        await driver(url, tags, **options).run(Collector())


async def test_a_driver_of_the_wrong_kind_for_its_url() -> None:
    with pytest.raises(SourceMisconfigured, match="不能用"):
        await make_tcp(Source("m", "modbus_tcp", "serial:///dev/null"), words(1), CONTEXT).run(Collector())


async def test_unit_0_is_a_broadcast_on_a_serial_line_and_the_device_itself_over_tcp() -> None:
    async with FaultyDevice(rtu=True) as device:
        sink = Collector()
        async with running(driver(device.url, words("0@HR:1", 2)), sink):
            await sink.until(lambda: len(sink.last) == 2, "both spoken of")
        assert sink.last["T0@HR:1"].reason is Reason.CONFIG_ERROR
        assert all(question.unit == 1 for question in device.asked)
    async with FaultyDevice(lambda q: [(0, q.frame(q.pdu(), unit=255))]) as device:
        sink = Collector()
        async with running(driver(device.url, words("0@HR:1")), sink):
            await sink.until(lambda: "T0@HR:1" in sink.last, "answered, by 255")
        assert sink.last["T0@HR:1"].value == 1


async def test_cancelled_at_any_moment_it_ends_and_says_so() -> None:
    """Python 3.11's wait_for swallows a cancellation that meets the answer: look for it at every turn of the loop."""
    async with FaultyDevice() as device:
        for turns in range(0, 120, 3):
            sink = Collector()
            task = asyncio.create_task(driver(device.url, words(100, 200), period_s=0.001, timeout_s=30).run(sink))
            for _ in range(turns):
                await asyncio.sleep(0)
            await finish(task)
            assert task.cancelled(), f"swallowed after {turns} turns"
        for turns in range(20):
            sink = Collector()
            task = asyncio.create_task(driver(device.url, words(100, 200), period_s=0.0001, timeout_s=30).run(sink))
            await sink.until(lambda sink=sink: sink.batches > 2, "running")  # type: ignore[misc]
            for _ in range(turns):
                await asyncio.sleep(0)
            await finish(task)
            assert task.cancelled(), f"swallowed {turns} turns after an answer"
        async with asyncio.timeout(ENOUGH_S):
            while device.connections:  # noqa: ASYNC110  the device has no event for it
                await asyncio.sleep(0.01)


async def test_a_loss_leaves_nothing_open_and_the_same_driver_runs_again() -> None:
    async with FaultyDevice() as device:
        again = driver(device.url, words(100))
        for _ in range(3):
            sink = Collector()
            device.behave = well
            async with running(again, sink) as task:
                await sink.until(lambda sink=sink: sink.good("T100"), "good")  # type: ignore[misc]
                device.behave = silent
                assert isinstance(await lost(task, within=2), LinkLost)
        async with asyncio.timeout(ENOUGH_S):
            while device.connections:  # noqa: ASYNC110  the device has no event for it
                await asyncio.sleep(0.01)
        assert device.accepted == 3

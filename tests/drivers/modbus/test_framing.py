"""Frames as a slave meets them: cut anywhere, many at once, with other devices and rubbish in between."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.modbus.framing import NotModbus, Request, RtuFramer, TcpFramer, crc16, rtu_frame, tcp_frame

READ = bytes((3, 0, 10, 0, 2))
WRITE_ONE = bytes((6, 0, 10, 0, 7))
WRITE_TWO = bytes((16, 0, 10, 0, 2, 4, 1, 2, 3, 4))
COILS = bytes((15, 0, 0, 0, 9, 2, 0xFF, 1))
BOTH = bytes((23, 0, 0, 0, 2, 0, 10, 0, 1, 2, 9, 9))
QUESTIONS = (READ, WRITE_ONE, WRITE_TWO, COILS, BOTH)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[a:b] for a, b in pairwise(edges)]


def test_crc_of_the_standard() -> None:
    assert crc16(bytes((0x02, 0x07))) == 0x1241  # Modbus over serial line V1.02, 6.2.2
    assert rtu_frame(1, READ).hex() == "0103000a0002e409"


# --- TCP ---


@given(
    st.lists(st.tuples(st.integers(0, 255), st.sampled_from(QUESTIONS)), max_size=8), st.lists(st.integers(0, 500), max_size=8)
)
def test_tcp_any_cut_gives_the_same_requests(sent: list[tuple[int, bytes]], places: list[int]) -> None:
    stream = b"".join(tcp_frame(unit, pdu, number) for number, (unit, pdu) in enumerate(sent))
    framer = TcpFramer()
    got = [request for piece in cut(stream, places) for request in framer.feed(piece)]
    assert got == [Request(unit, pdu, number) for number, (unit, pdu) in enumerate(sent)]
    assert not framer.incomplete


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(bytes((0, 1, 0, 1, 0, 6, 1)), id="another protocol"),
        pytest.param(bytes((0, 1, 0, 0, 0, 1, 1)), id="no function code"),
        pytest.param(bytes((0, 1, 0, 0, 1, 0, 1)), id="longer than Modbus allows"),
        pytest.param(b"GET / HTTP", id="somebody's browser"),
    ],
)
def test_tcp_nonsense_is_an_end(header: bytes) -> None:
    with pytest.raises(NotModbus):
        TcpFramer().feed(header)


# --- RTU ---


def everything(framer: RtuFramer, pieces: list[bytes]) -> list[Request]:
    got = [request for piece in pieces for request in framer.feed(piece)]
    return got + framer.idle()


@pytest.mark.parametrize("pdu", QUESTIONS)
def test_rtu_our_question_is_taken_at_its_last_byte(pdu: bytes) -> None:
    framer = RtuFramer(frozenset((1,)))
    frame = rtu_frame(1, pdu)
    assert [framer.feed(bytes((byte,))) for byte in frame[:-1]] == [[]] * (len(frame) - 1)
    assert framer.feed(frame[-1:]) == [Request(1, pdu)]
    assert framer.waiting
    assert not framer.incomplete


FOREIGN = (
    rtu_frame(5, READ),
    rtu_frame(5, bytes((3, 4, 1, 2, 3, 4))),
    rtu_frame(5, bytes((0x83, 2))),
    rtu_frame(5, WRITE_TWO),
    rtu_frame(5, WRITE_TWO[:5]),
    rtu_frame(5, COILS),
    rtu_frame(5, bytes((1, 2, 0xAA, 0x55))),
    rtu_frame(5, BOTH),
    rtu_frame(5, bytes((22, 0, 4, 0, 242, 0, 37))),
    rtu_frame(9, bytes((4, 200, *range(200)))),
)


@given(
    st.lists(st.one_of(st.sampled_from(FOREIGN), st.sampled_from(QUESTIONS).map(lambda q: rtu_frame(1, q))), max_size=12),
    st.lists(st.integers(0, 2000), max_size=12),
)
def test_rtu_among_other_slaves_every_question_of_ours_and_no_other(frames: list[bytes], places: list[int]) -> None:
    ours = [Request(1, frame[1:-2]) for frame in frames if frame[0] == 1]
    assert everything(RtuFramer(frozenset((1,))), cut(b"".join(frames), places)) == ours


@given(st.binary(max_size=40), st.sampled_from(QUESTIONS), st.lists(st.integers(0, 60), max_size=4))
def test_rtu_a_question_behind_rubbish_is_found_once_the_line_is_quiet(rubbish: bytes, pdu: bytes, places: list[int]) -> None:
    framer = RtuFramer(frozenset((1,)))
    got = everything(framer, cut(rubbish + rtu_frame(1, pdu), places))
    assert Request(1, pdu) in got
    assert not framer.incomplete
    assert framer.feed(rtu_frame(1, READ)) == [Request(1, READ)], "and the next one is clean"


@given(st.sampled_from(QUESTIONS), st.integers(0, 400), st.integers(0, 7))
def test_rtu_one_flipped_bit_is_never_obeyed(pdu: bytes, place: int, bit: int) -> None:
    frame = bytearray(rtu_frame(1, pdu))
    frame[place % len(frame)] ^= 1 << bit
    assert everything(RtuFramer(frozenset((1,))), [bytes(frame)]) == []


@given(st.sampled_from(QUESTIONS), st.integers(1, 30))
def test_rtu_half_a_frame_is_forgotten_when_the_line_is_quiet(pdu: bytes, length: int) -> None:
    framer = RtuFramer(frozenset((1,)))
    assert everything(framer, [rtu_frame(1, pdu)[: min(length, len(pdu) + 2)]]) == []
    assert framer.feed(rtu_frame(1, READ)) == [Request(1, READ)]


def test_rtu_broadcast_is_everybody_s() -> None:
    assert RtuFramer(frozenset((1,))).feed(rtu_frame(0, WRITE_ONE)) == [Request(0, WRITE_ONE)]


def test_rtu_a_master_that_has_gone_on_waits_for_no_answer() -> None:
    framer = RtuFramer(frozenset((1,)))
    assert framer.feed(rtu_frame(1, READ) + rtu_frame(5, READ)) == [Request(1, READ)]
    assert not framer.waiting
    assert framer.feed(rtu_frame(1, READ) + rtu_frame(5, READ)[:3]) == [Request(1, READ)]
    assert not framer.waiting


def test_rtu_our_own_echo_is_not_a_question() -> None:
    """The answer to a single write looks exactly like the write: with a local echo we would answer ourselves for ever."""
    framer = RtuFramer(frozenset((1,)))
    frame = rtu_frame(1, WRITE_ONE)
    assert framer.feed(frame) == [Request(1, WRITE_ONE)]
    framer.expect_echo(frame)
    assert [framer.feed(frame[:3]), framer.feed(frame[3:])] == [[], []]
    assert framer.feed(frame) == [Request(1, WRITE_ONE)], "the master's next one is"

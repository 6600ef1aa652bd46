"""What a pane says of its picture: never live when nothing new comes, and an age that counts up."""

import pytest

from app.video.ports import Picture, StreamState, Wish
from widgets.video.feed import Decoding, Look, clock, said_of

NOW = 1000.0


@pytest.mark.parametrize(
    ("picture", "since", "newest", "decoding", "look", "age"),
    [
        (Picture.LIVE, 900.0, 999.9, Decoding.FULL, Look.LIVE, 0),
        (Picture.LIVE, 900.0, 997.0, Decoding.FULL, Look.FROZEN, 3),  # it says live, and shows nothing new
        (Picture.LIVE, 900.0, 963.0, Decoding.FULL, Look.FROZEN, 37),
        (Picture.LIVE, 900.0, 997.0, Decoding.KEYS, Look.LIVE, 3),  # key frames come seconds apart
        (Picture.LIVE, 900.0, 992.0, Decoding.KEYS, Look.FROZEN, 8),
        (Picture.LIVE, 990.0, None, Decoding.FULL, Look.CONNECTING, 10),  # not one picture yet
        (Picture.CONNECTING, 995.0, None, Decoding.FULL, Look.CONNECTING, 5),
        (Picture.CONNECTING, 995.0, 940.0, Decoding.FULL, Look.CONNECTING, 60),  # again: the picture is older than the attempt
        (Picture.FROZEN, 900.0, 999.9, Decoding.FULL, Look.FROZEN, 100),  # pictures come, all the same
        (Picture.BLACK, 988.0, 999.9, Decoding.FULL, Look.BLACK, 12),
        (Picture.COVERED, 988.0, 999.9, Decoding.FULL, Look.COVERED, 12),
        (Picture.LOST, 990.0, 980.0, Decoding.FULL, Look.LOST, 20),
        (Picture.LOST, 990.0, None, Decoding.FULL, Look.LOST, 10),
        (Picture.REFUSED, 990.0, None, Decoding.FULL, Look.REFUSED, 10),
    ],
)
def test_a_pane_does_not_take_the_streams_word(picture, since, newest, decoding, look, age) -> None:
    said = said_of(StreamState(picture, since, "why" if picture is not Picture.LIVE else ""), newest, NOW, decoding)
    assert (said.look, said.trusted) == (look, look is Look.LIVE)
    assert said.age == (age if look is not Look.LIVE else said.age)


def test_every_state_of_a_stream_has_a_look() -> None:
    assert {one.value for one in Look} - {one.value for one in Picture} == {Look.REPLAY, Look.EMPTY}
    assert {one.value for one in Picture} < {one.value for one in Look}
    assert {one.value for one in Decoding} <= {one.value for one in Wish}


@pytest.mark.parametrize(("seconds", "text"), [(0, "00:00"), (37, "00:37"), (600, "10:00"), (3723, "1:02:03")])
def test_an_age_in_digits(seconds: int, text: str) -> None:
    assert clock(seconds) == text

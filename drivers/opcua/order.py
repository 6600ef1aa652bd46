"""Numbers of notifications: which are missing before this one? Pure. OPC 10000-4, 5.14.1: they count from 1 and go from
2^32 - 1 back to 1; a keep-alive carries the number the next notification will have."""

_WRAP = 1 << 32


def following(number: int) -> int:
    return (number + 1) % _WRAP or 1


def preceding(number: int) -> int:
    return (number - 1) % _WRAP or _WRAP - 1


def missing(last: int, number: int, keepalive: bool, most: int = 32) -> tuple[int, ...] | None:
    """Numbers lost between the notification `last` (0 = none yet) and the message numbered `number`; () = none.

    None when they cannot be asked for: more than `most`, or the numbering went backwards. Keep-alives that repeat the last
    number, or carry 0, are taken as being in order: servers do that.
    """
    if keepalive and number in (last, 0):
        return ()
    if number == 0:
        return None
    ahead = (number - last) % _WRAP
    if not 0 < ahead <= most + 2:
        return None
    numbers = []
    expected = following(last)
    while expected != number:
        numbers.append(expected)
        expected = following(expected)
        if len(numbers) > most:
            return None
    return tuple(numbers)

"""The desks that can be heard, and those that cannot (值守席声音): a seat whose loudspeaker is gone raises the station's alarm.

Station side. A seat tells of itself once a minute; one that fell silent is gone, its own alarm is the desk's business.
"""

from collections.abc import Callable
from dataclasses import dataclass

from app.domain.instant import MINUTE, Instant

GONE = 3 * MINUTE


@dataclass(frozen=True, slots=True)
class SeatAudio:
    seat: str
    ok: bool
    detail: str
    user: str
    at: Instant


class Seats:
    """`trouble(text)` raises the alarm naming the seats, "" takes it back."""

    def __init__(self, now: Callable[[], Instant], trouble: Callable[[str], None]) -> None:
        self._now, self._trouble = now, trouble
        self._known: dict[str, SeatAudio] = {}

    def tell(self, seat: str, ok: bool, detail: str, user: str) -> bool:
        """True when it changed anything for this seat."""
        before = self._known.get(seat)
        self._known[seat] = SeatAudio(seat, ok, detail, user, self._now())
        self.round()
        return before is None or before.ok != ok

    def round(self) -> None:
        now = self._now()
        self._known = {name: one for name, one in self._known.items() if now - one.at < GONE}
        mute = [f"{one.seat}（{one.detail or '听不到报警声'}）" for one in self._known.values() if not one.ok]
        self._trouble(f"听不到报警声的席位：{'、'.join(sorted(mute))}" if mute else "")

    def mute(self) -> list[str]:
        """The seats that cannot be heard, by name."""
        return sorted(one.seat for one in self._known.values() if not one.ok)

    def all(self) -> list[SeatAudio]:
        return sorted(self._known.values(), key=lambda one: one.seat)

"""The seam every driver fills: one coroutine that connects, publishes until cancelled, and raises on loss.

Station side. Reconnecting, back-off and logging live in the supervisor, once, not in the drivers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.domain.instant import Instant
from app.domain.plant import Source
from app.domain.sample import Sample
from app.domain.tag import Tag


class LinkLost(Exception):
    """The source is gone or silent. The text says what was seen, in words a site engineer can act on (Chinese)."""


class SourceMisconfigured(LinkLost):
    """Trying again will not help until somebody changes something: wrong password, refused certificate, unknown device."""


class Sink(Protocol):
    """Where a driver puts what it has. All three are cheap and must be called from the driver's own event loop."""

    def publish(self, samples: Sequence[Sample]) -> None:
        """New readings, in the order they were read. One call per answer or notification, never one per value."""

    def up(self, detail: str = "") -> None:
        """The link stands; data may follow. Called once per connection."""

    def alive(self) -> None:
        """The source says: everything published still holds (keep-alive of a subscription)."""

    def trouble(self, message: str) -> None:
        """A part of the source fails while the rest goes on (one unit, one block); "" when it is over."""


class Driver(Protocol):
    async def run(self, sink: Sink) -> None:
        """Connect, call `sink.up()`, publish until cancelled. Raises LinkLost when the link is lost, never returns
        otherwise. A second call on the same object starts afresh. Leaves no task, socket or thread behind."""


@dataclass(frozen=True, slots=True)
class DriverContext:
    """What the station lends a driver. `secret(name)` raises KeyError; `now()` is the station's clock; `pki` is a private
    folder for certificates, made by the station."""

    now: Callable[[], Instant]
    secret: Callable[[str], str]
    pki: Path


DriverFactory = Callable[[Source, Sequence[Tag], DriverContext], Driver]

"""Sealing the journal (日封印): at local midnight, at a clean stop, at the start for days whose midnight nobody was there for.

Station side. Days are those of the site's time zone. What a seal covers goes by record numbers, so that a clock that was set
can neither leave a record out nor seal it twice: a seal ends before the first record that is of a later day.
"""

import asyncio
import base64
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.domain.instant import Instant, from_datetime, to_datetime
from app.domain.seal import LATE, MIDNIGHT, STOP, Seal, signed_text
from app.store.ports import Seals, Secrets, StoreUnavailable

log = logging.getLogger(__name__)

KEY = "seal.key"
LOOK_S = 20.0
STOP_S = 1.0  # what is not sealed within it at a stop is sealed at the next start
_FAR: Instant = 2**62


def zone_of(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("Asia/Shanghai")


def day_of(at: Instant, zone: tzinfo) -> date:
    return to_datetime(at).astimezone(zone).date()


def midnight_after(day: date, zone: tzinfo) -> Instant:
    return from_datetime(datetime.combine(day + timedelta(days=1), datetime.min.time(), zone))


class Sealer:
    """`trouble(text)` tells that the records do not fit, "" when they do."""

    def __init__(
        self,
        seals: Seals,
        secrets: Secrets,
        site: str,
        zone: tzinfo,
        now: Callable[[], Instant],
        trouble: Callable[[str], None],
    ) -> None:
        self._seals, self._secrets, self._site, self._zone = seals, secrets, site, zone
        self._now, self._trouble = now, trouble
        self._began = now()
        self._due_at: Instant = 0
        self._turn = threading.Lock()  # an old round may still be at it when the station stops
        self._stopping = False

    async def look(self) -> None:
        """Makes what is due. Raises StoreUnavailable; then it is still due."""
        now = self._now()
        if now < self._due_at:
            return
        try:
            await asyncio.to_thread(self.make_due, now, self._due_at > 0)
        except ValueError as error:
            log.critical("日封印没有做成：%s", error)
            self._trouble(f"日封印没有做成：{error}")
        else:
            self._trouble("")
        self._due_at = midnight_after(day_of(now, self._zone), self._zone)

    def make_due(self, now: Instant, crossed: bool = False) -> list[Seal]:
        """Of every day before today that has records without a seal. `crossed`: a midnight passed while the station ran; then
        records of a future day, from when the clock was ahead, are sealed as well."""
        with self._turn:
            return self._make_due(now, crossed)

    def _make_due(self, now: Instant, crossed: bool) -> list[Seal]:
        today = day_of(now, self._zone)
        made: list[Seal] = []
        newest = self._seals.last_before(1, _FAR)
        while (begun := self._seals.open_since()) is not None:
            first, at = begun
            if first > newest:  # a seal is a record too; whatever the clock says, none is made over only those made just now
                break
            day = day_of(at, self._zone)
            if day < today:
                end = midnight_after(day, self._zone)
                last, cause = self._seals.last_before(first, end), MIDNIGHT if self._began < end <= now else LATE
            elif day > today and crossed:
                day, last, cause = today - timedelta(days=1), self._seals.last_before(first, _FAR), MIDNIGHT
            else:
                break
            crossed = False
            seal = self._seals.make(day.isoformat(), cause, self._now(), last, self._sign, lambda: not self._stopping)
            if seal is None:
                break
            made.append(seal)
        return made

    def hold(self) -> None:
        """The station stops: a round that is under way ends at its next page."""
        self._stopping = True

    async def stop(self) -> Seal | None:
        """Seals what the day has so far, if that can be done within a second."""
        self.hold()
        try:
            return await asyncio.to_thread(self._seal_now)
        except (ValueError, StoreUnavailable) as error:
            log.warning("停站时没有封印日志，下次启动时补做：%s", error)
            return None

    def _seal_now(self) -> Seal | None:
        with self._turn:
            return self._make_now(time.monotonic() + STOP_S, self._now())

    def _make_now(self, until: float, now: Instant) -> Seal | None:
        begun = self._seals.open_since()
        if begun is None or day_of(begun[1], self._zone) < day_of(now, self._zone):
            return None  # days that are over are sealed one by one, at the start
        last = self._seals.last_before(begun[0], _FAR)
        day = day_of(now, self._zone).isoformat()
        return self._seals.make(day, STOP, now, last, self._sign, lambda: time.monotonic() < until)

    def public_key(self) -> str:
        """Base64 of the 32 bytes; makes the key when there is none. Raises StoreUnavailable."""
        return _text(self._key().public_key().public_bytes_raw())

    def _sign(self, seal: Seal) -> Seal:
        try:
            key = self._key()
        except StoreUnavailable as error:
            log.error("日封印没有签名：%s", error)
            return seal
        signature = _text(key.sign(signed_text(seal, self._site).encode()))
        return replace(seal, key=_text(key.public_key().public_bytes_raw()), signature=signature)

    def _key(self) -> Ed25519PrivateKey:
        try:
            return Ed25519PrivateKey.from_private_bytes(base64.b64decode(self._secrets.get(KEY)))
        except KeyError:
            key = Ed25519PrivateKey.generate()
            self._secrets.set(KEY, _text(key.private_bytes_raw()))
            return key


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")

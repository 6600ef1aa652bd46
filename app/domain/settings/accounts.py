"""Settings of accounts and passwords (账号与口令). Section `[accounts]`. Both sides, pure.

The numbers are the customary ones of classified protection (GB/T 22239 asks for the rules and gives no numbers): defaults of
ours. A site may only be stricter than the least length and classes.
"""

from dataclasses import dataclass

from app.domain.instant import DAY, MINUTE, Instant
from app.domain.settings.section import Section

MIN_LENGTH = 10
MIN_CLASSES = 3


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """`max_age_days` 0: passwords do not grow old. `reuse`: so many last passwords may not be used again. `idle_lock_min` 0:
    the desk is never locked. `three_admins`: as soon as there is a security administrator, an account counts when approved."""

    min_length: int = MIN_LENGTH
    min_classes: int = MIN_CLASSES
    max_age_days: int = 90
    warn_days: int = 14
    reuse: int = 5
    failures: int = 5
    lock_min: float = 15.0
    idle_lock_min: float = 10.0
    three_admins: bool = True

    @property
    def lock(self) -> Instant:
        return round(self.lock_min * MINUTE)

    def password_ends(self, changed_at: Instant) -> Instant | None:
        return changed_at + self.max_age_days * DAY if self.max_age_days else None


def read_accounts(section: Section) -> AccountSettings:
    found = AccountSettings(
        section.whole("min_length", MIN_LENGTH, MIN_LENGTH, 64),
        section.whole("min_classes", MIN_CLASSES, MIN_CLASSES, 4),
        section.whole("max_age_days", 90, 0, 3650),
        section.whole("warn_days", 14, 0, 90),
        section.whole("reuse", 5, 0, 24),
        section.whole("failures", 5, 3, 20),
        section.number("lock_min", 15, 1, 1440, "分钟数"),
        section.number("idle_lock_min", 10, 0, 480, "分钟数"),
        section.flag("three_admins", True),
    )
    section.done()
    return found

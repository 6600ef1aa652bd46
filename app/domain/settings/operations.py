"""`[operations]` of site.toml: from when the running of the system itself (运维) deserves attention. Pure; both sides.

No standard gives these numbers.
"""

from dataclasses import dataclass

from app.domain.settings.section import Section


@dataclass(frozen=True, slots=True)
class OperationsSettings:
    """`held_s`: a station that stood still for longer raises an alarm. `disk_share`: of the data disk that is free.
    `certificate_days`: before a certificate runs out. `backup_days`: since the last backup."""

    held_s: float = 2.0
    disk_share: float = 0.1
    certificate_days: int = 30
    backup_days: int = 7


def read_operations(section: Section) -> OperationsSettings:
    base = OperationsSettings()
    found = OperationsSettings(
        held_s=section.number("held_s", base.held_s, 0.5, 60, "秒数"),
        disk_share=section.number("disk_share", base.disk_share, 0.01, 0.9, "比例"),
        certificate_days=section.whole("certificate_days", base.certificate_days, 1, 365),
        backup_days=section.whole("backup_days", base.backup_days, 1, 365),
    )
    section.done()
    return found

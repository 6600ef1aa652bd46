"""Masks of a package checked (屏蔽源): parents and children that exist, no gas detector, no loop. Pure.

What a mask means is `app.domain.masks`; the station reads it with the same function.
"""

from collections.abc import Iterable

from app.domain.masks import masks_of
from app.domain.plant import Fault
from app.domain.settings import settings
from app.domain.settings.alarm import read_alarm
from app.domain.tag import Tag
from app.site.head import FILE, Head
from app.site.rows import Rows


def check_masks(tags: Iterable[Tag], head: Head, rows: Rows) -> None:
    """Adds to the faults of `rows`; those of `[[alarm.mask]]` stand in site.toml."""
    _, faults = masks_of(tags, settings(head.options, "alarm", read_alarm))
    by_tag = {row.values.get("tag"): row for row in rows.rows}
    for fault in faults:
        if fault.tag:
            rows.fault(by_tag[fault.tag], fault.key, fault.found, fault.expected)
        else:
            row = head.places.row("alarm.mask", fault.mask, fault.key)
            rows.faults.append(Fault(FILE, row, f"alarm.mask.{fault.key}", fault.found, fault.expected))

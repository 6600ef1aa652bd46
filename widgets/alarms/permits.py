"""What this person may do at this desk, as the station's `GET /policy` tells it. Console side, no Qt; reads, decides nothing.

The station decides again; this is so that a button says beforehand what is missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ShelvePermit:
    """`times_min`: what this role may choose; `second_person`: priorities a second person must agree to; `official`: the
    site wrote these numbers itself."""

    may: bool = False
    times_min: tuple[float, ...] = ()
    reasons: tuple[str, ...] = ()
    other: str = ""
    priorities: frozenset[str] = frozenset()
    second_person: frozenset[str] = frozenset()
    longest_min: float = 0.0
    used: int = 0
    at_once: int = 0
    station_used: int = 0
    station_at_once: int = 0
    warn_min: float = 5.0
    official: bool = False


@dataclass(frozen=True, slots=True)
class Permits:
    """By role. `note_required`: priorities that are acknowledged with a note only."""

    acknowledge: bool = False
    reset: bool = False
    suppress: bool = False
    out_of_service: bool = False
    note_required: frozenset[str] = frozenset()
    never_suppressed: frozenset[str] = frozenset()
    shelve: ShelvePermit = ShelvePermit()


def read_permits(told: Mapping[str, Any], acknowledge: bool, reset: bool) -> Permits:
    """From the answer of `GET /policy`; what it leaves out stays forbidden."""
    shelve, basis = told.get("shelve", {}), told.get("basis", {})
    return Permits(
        acknowledge=acknowledge,
        reset=reset,
        suppress=bool(told.get("suppress", {}).get("may")),
        out_of_service=bool(told.get("out_of_service", {}).get("may")),
        note_required=frozenset(told.get("note_required", ())),
        never_suppressed=frozenset(told.get("suppress", {}).get("never", ())),
        shelve=ShelvePermit(
            may=bool(shelve.get("may")),
            times_min=tuple(float(one) for one in shelve.get("times_min", ())),
            reasons=tuple(shelve.get("reasons", ())),
            other=str(shelve.get("other", "")),
            priorities=frozenset(shelve.get("priorities", ())),
            second_person=frozenset(shelve.get("second_person", ())),
            longest_min=float(shelve.get("longest_min", 0.0)),
            used=int(shelve.get("used", 0)),
            at_once=int(shelve.get("at_once", 0)),
            station_used=int(shelve.get("station_used", 0)),
            station_at_once=int(shelve.get("station_at_once", 0)),
            warn_min=float(shelve.get("warn_min", 5.0)),
            official=all("非官方" not in str(basis.get(key, "")) for key in ("shelve.times_min", "shelve.at_once")),
        ),
    )

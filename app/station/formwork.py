"""What runs on the forms of a station, put together: the service, and what each kind of form hangs on it. Station side."""

from functools import partial
from typing import TYPE_CHECKING, Any

from app.station.form_index import FormsPast
from app.station.form_kinds import kinds_of
from app.station.forms import FormService

if TYPE_CHECKING:
    from app.station.station import Station


def forms_of(station: "Station", past: FormsPast) -> FormService:
    """The service of that station, with everything that belongs to it."""
    site = station.site
    forms = FormService(
        site, kinds_of(site), station.store, station.writer, station.commands, station.clock.now, station.call, past
    )
    forms.changed = station.feed.side_changed
    station.extras["forms"] = partial(_counts, station, forms)
    return forms


def _counts(station: "Station", forms: FormService) -> dict[str, Any]:
    """`open` and `overdue` over all kinds and by kind; `changed` goes up with every change of any form."""
    counts = forms.index.counts(station.clock.now())
    return {
        "open": sum(open for open, _ in counts.values()),
        "overdue": sum(late for _, late in counts.values()),
        "changed": forms.index.count,
        "kinds": {kind: {"open": open, "overdue": late} for kind, (open, late) in counts.items()},
    }

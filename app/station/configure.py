"""Taking a new configuration into the store: what changed is journalled first, then the version is kept. Station side.

Blocking; called before the station's loop runs, or by the `import` door.
"""

import getpass
from dataclasses import asdict
from itertools import islice

from app.domain.instant import Instant
from app.domain.plant import Site
from app.site import diff_sites
from app.store.ports import Store
from app.store.rows import ConfigVersion, Record

BATCH = 1000
EDITED = "运行中修改："  # begins the `why` of every version that was made by a change in the running station


def this_person() -> str:
    """The account of the operating system, for the journal: whoever may run commands on the data folder."""
    try:
        return f"os:{getpass.getuser()}"
    except (OSError, KeyError, ImportError):
        return "os:?"


def site_to_run(store: Store, package: Site, by: str, why: str, now: Instant) -> tuple[ConfigVersion, Site, int]:
    """What a station that is started with a site package is to run. The package counts when it is another one than was taken
    in last; when it is the same, the changes made in the running station since then stay. Raises StoreUnavailable."""
    kept = store.config.current()
    if kept is not None and kept[0].why.startswith(EDITED):
        taken = next((one for one in reversed(store.config.versions()) if not one.why.startswith(EDITED)), None)
        if taken is not None and store.config.get(taken.version) == package:
            return kept[0], kept[1], 0
    version, changes = keep_site(store, package, by, why, now)
    return version, package, changes


def keep_site(store: Store, site: Site, by: str, why: str, now: Instant) -> tuple[ConfigVersion, int]:
    """The version that is current afterwards and the number of changes. Nothing is written for an unchanged site. Raises
    StoreUnavailable."""
    kept = store.config.current()
    changes = [] if kept is None else diff_sites(kept[1], site)
    if kept is not None and not changes and kept[1] == site:
        return kept[0], 0
    data = {
        "changes": len(changes),
        "first": kept is None,
        "site": site.code,
        "tags": len(site.tags),
        "what": "imported",
        "why": why,
    }
    store.journal.append([Record(now, "config", by, data=data)])
    records = (
        Record(now, "config", by, change.key if change.table == "tags" else "", data=asdict(change) | {"what": "changed"})
        for change in changes
    )
    while batch := list(islice(records, BATCH)):
        store.journal.append(batch)
    return store.config.save(site, by, why, now), len(changes)

"""The site package: read and checked whole, written back without loss, two of them compared.

Doors: `load.load_site`, `save.save_site`, `diff.diff_sites`, `check.run_check`, `faults.SiteFaults`. JSON of a `Site` is
`app.domain.site_json`.
"""

from app.site.diff import Change, diff_sites
from app.site.faults import SiteFaults
from app.site.load import load_site
from app.site.save import save_site

__all__ = ["Change", "SiteFaults", "diff_sites", "load_site", "save_site"]

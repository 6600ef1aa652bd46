"""Forms a site brings: kept by export and import, told by the comparison, refused with file and row."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.site_json import site_from_dict, site_to_dict
from app.site import SiteFaults, diff_sites, load_site, save_site
from tests.domain.test_form_file import GOOD
from tests.station.rig import a_site


def a_package(folder: Path, form: str) -> Path:
    site = replace(a_site(), sources=(), tags=(), forms={"rounds.toml": form.encode()})
    save_site(site, folder)
    return folder


@pytest.mark.parametrize("name", ["site", "site.zip"])
def test_the_round_trip_keeps_them(tmp_path: Path, name: str) -> None:
    path = a_package(tmp_path / name, GOOD)
    site = load_site(path)
    assert site.forms == {"rounds.toml": GOOD.encode()}
    assert site_from_dict(site_to_dict(site)) == site
    [change] = diff_sites(replace(site, forms={}), site)
    assert (change.table, change.column, change.old) == ("forms", "rounds.toml", None) and change.new.startswith("sha256:")


def test_a_bad_one_is_refused_with_file_and_row(tmp_path: Path) -> None:
    with pytest.raises(SiteFaults) as refused:
        load_site(a_package(tmp_path / "site", GOOD.replace('to = "done"', 'to = "gone"')))
    assert ("forms/rounds.toml", 37, "没有状态 gone") in [(one.file, one.row, one.found) for one in refused.value.faults]

"""Strapping tables in a site package: kept, exported, and refused with file and row when they are wrong."""

from pathlib import Path

import pytest

from app.site.diff import diff_sites
from app.site.faults import SiteFaults
from app.site.load import load_site
from app.site.save import save_site

TABLE = "height,volume\n0,0\n10,1000\n"


def package(folder: Path, **files: str) -> Path:
    (folder / "strapping").mkdir(parents=True)
    (folder / "site.toml").write_text('[site]\ncode = "1"\nname = "厂"\n', encoding="utf-8")
    (folder / "tags.csv").write_text("tag,source,address\n", encoding="utf-8")
    (folder / "equipment.csv").write_text("equipment\nV-1\n", encoding="utf-8")
    for name, text in files.items():
        (folder / "strapping" / f"{name.replace('_', '-')}.csv").write_text(text, encoding="utf-8")
    return folder


def test_kept_and_exported(tmp_path: Path) -> None:
    site = load_site(package(tmp_path / "a", V_1=TABLE))
    assert site.strapping == {"V-1.csv": TABLE.encode()}
    save_site(site, tmp_path / "b.zip")
    again = load_site(tmp_path / "b.zip")
    assert again == site
    changed = load_site(package(tmp_path / "c", V_1=TABLE.replace("1000", "1001")))
    assert [(one.table, one.column) for one in diff_sites(site, changed)] == [("strapping", "V-1.csv")]


@pytest.mark.parametrize(
    "files, said",
    [({"V_9": TABLE}, "strapping/V-9.csv:0"), ({"V_1": "height,volume\n0,0\n10,0\n"}, "strapping/V-1.csv:3:volume")],
)
def test_refused_with_its_place(tmp_path: Path, files: dict[str, str], said: str) -> None:
    with pytest.raises(SiteFaults) as wrong:
        load_site(package(tmp_path / "a", **files))
    assert any(str(fault).startswith(said) for fault in wrong.value.faults)

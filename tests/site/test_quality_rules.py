"""`[quality]` of site.toml: what it names must be there; each fault with its file, row and key."""

from pathlib import Path

import pytest

from app.domain.plant import Fault
from app.site import SiteFaults, load_site
from tests.site.packages import TOML, make_package

STRAPPED = {"strapping/V-101.csv": b"height,volume\n0,0\n10,1000\n"}
TANK = '\n[[quality.tank]]\nequipment = "V-101"\nlevel = "TK101.LT"\n'
INSIDE = '\n[quality]\ntank = [{ equipment = "V-101", level = "TK9.LT" }]\n'
INTERLOCK = '\n[[quality.interlock]]\ntag = "GT103"\n'


def faults(folder: Path, text: str, **more: bytes) -> list[Fault]:
    with pytest.raises(SiteFaults) as refused:
        load_site(package(folder, text, **more))
    return refused.value.faults


def package(folder: Path, text: str, **more: bytes) -> Path:
    made = make_package(folder, toml=TOML + text)
    for name, data in more.items():
        (made / name).parent.mkdir(exist_ok=True)
        (made / name).write_bytes(data)
    return made


def row_of(text: str, line: str) -> int:
    """The last line that begins so."""
    return max(number for number, one in enumerate((TOML + text).splitlines(), start=1) if one.startswith(line))


@pytest.mark.parametrize(
    ("text", "line", "key", "says"),
    [
        (TANK.replace("TK101.LT", "TK9.LT"), "level", "quality.tank.level", "没有位号 “TK9.LT”"),
        (TANK + 'temperature = "TT-9"\n', "temperature", "quality.tank.temperature", "没有位号 “TT-9”"),
        (TANK + 'inflows = ["FT-9"]\n', "inflows", "quality.tank.inflows", "没有位号 “FT-9”"),
        (TANK + 'outflows = ["FT-9"]\n', "outflows", "quality.tank.outflows", "没有位号 “FT-9”"),
        (TANK + 'activity = ["XV-9"]\n', "activity", "quality.tank.activity", "没有位号 “XV-9”"),
        (TANK + TANK.replace("V-101", "V-9"), "equipment", "quality.tank.equipment", "没有设备 “V-9”"),
        (TANK + TANK, "equipment", "quality.tank.equipment", "写了两次"),
        (TANK + TANK.replace("V-101", "P-1"), "equipment", "quality.tank.equipment", "没有罐容表 strapping/P-1.csv"),
        (INTERLOCK.replace("GT103", "UZ-9"), "tag", "quality.interlock.tag", "没有位号 “UZ-9”"),
        (INTERLOCK + 'bypass = "HS-9"\n', "bypass", "quality.interlock.bypass", "没有位号 “HS-9”"),
        (INTERLOCK + 'fault = "UA-9"\n', "fault", "quality.interlock.fault", "没有位号 “UA-9”"),
        (INTERLOCK + 'limits = ["LT-9"]\n', "limits", "quality.interlock.limits", "没有位号 “LT-9”"),
        (INTERLOCK + INTERLOCK, "tag", "quality.interlock.tag", "写了两次"),
        ('\n[quality.tags."LT-9.PV"]\nflat_h = 3\n', "[quality.tags", "quality.tags.LT-9.PV", "没有位号 “LT-9.PV”"),
        (TANK + TANK.replace("V-101", "P-1") + "density = -1\narea_m2 = 9\n", "density", "density", "= -1 不对"),
        (INSIDE, "tank", "quality.tank.level", "没有位号 “TK9.LT”"),
    ],
)
def test_what_it_names_is_there(tmp_path: Path, text: str, line: str, key: str, says: str) -> None:
    equipment = {"strapping/V-101.csv": STRAPPED["strapping/V-101.csv"]}
    if "V-9" in text:
        equipment["strapping/V-9.csv"] = equipment["strapping/V-101.csv"]
    found = [one for one in faults(tmp_path / "site", text, **equipment) if one.file == "site.toml"]
    assert len(found) == 1, "\n".join(map(str, found))
    assert (found[0].row, found[0].column) == (row_of(text, line), key) and says in found[0].found


def test_a_tank_with_its_table_or_its_area_is_right(tmp_path: Path) -> None:
    text = TANK + 'activity = ["GT103"]\n' + INTERLOCK + '[quality.tags."TK101.LT"]\nflat_h = 3\n'
    assert load_site(package(tmp_path / "a", text, **STRAPPED)).options["quality"]["tank"]
    assert load_site(package(tmp_path / "b", TANK + "area_m2 = 100\n")).options["quality"]["tank"]

"""What the demo site says of its data quality: tanks by farm with strapping tables, interlocks, one override. Pure; plant side.

A farm is balanced as a whole: its two meters, receiving and sending, serve all of its tanks.
"""

from typing import Any

from app.plant import geometry as g
from app.plant.geometry import Vessel
from app.plant.physics import cylinder_area, sphere_volume

STEP_M = 0.1
"""Between two rows of a strapping table."""
FARMS = {"lpg": ("1", "液化烃球罐区"), "methanol": ("2", "甲醇罐区"), "benzene": ("3", "苯罐区")}
"""First digit of the meters, and the name."""


def quality_section() -> dict[str, Any]:
    """`[quality]` of site.toml."""
    interlocks: list[dict[str, Any]] = [{"tag": f"LSHH-{v.number}", "limits": [f"LT-{v.number}"]} for v in g.VESSELS]
    interlocks += [
        {"tag": "UZ-401", "bypass": "HS-401", "limits": ["GTX-401", "GTX-402", "GTX-403", "GTX-404", "GTX-405"]},
        {"tag": "UZ-601", "bypass": "HS-601", "limits": ["TT-601", "PT-601"]},
    ]
    return {
        "tank": [_tank(vessel) for vessel in g.VESSELS],
        "interlock": interlocks,
        # the emergency basin is empty for weeks
        "tags": {"LT-801": {"flat_h": 720}},
    }


def strapping_tables() -> dict[str, bytes]:
    """File name to its text: the volumes by which the plant's own physics works."""
    return {f"{vessel.code}.csv": _table(vessel).encode() for vessel in g.VESSELS}


def _tank(v: Vessel) -> dict[str, Any]:
    digit, name = FARMS[v.area]
    fluid = v.chemical.fluid
    return {
        "equipment": v.code, "level": f"LT-{v.number}", "temperature": f"TT-{v.number}", "density": fluid.density,
        "expansion": fluid.expansion, "inflows": [f"FT-{digit}10"], "outflows": [f"FT-{digit}00"], "group": name,
    }  # fmt: skip


def _table(v: Vessel) -> str:
    rows = ["height,volume"]
    for step in range(round(v.height / STEP_M) + 1):
        height = round(step * STEP_M, 1)
        volume = sphere_volume(height, v.diameter) if v.item == "tank.sphere" else height * cylinder_area(v.diameter)
        rows.append(f"{height:.1f},{volume:.3f}")
    return "\n".join(rows) + "\n"

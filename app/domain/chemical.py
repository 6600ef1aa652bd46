"""What is known of a chemical (应急卡): names, figures with their sources, and short texts for the first minutes. Both sides.

A figure is never shown without where it comes from, and nothing here is official: `reviewed` names the person and the day who
checked the card for this plant, "" until somebody did.
"""

import re
from dataclasses import dataclass, field

FIGURES = {
    "critical_t": "临界量",
    "flash_c": "闪点",
    "boiling_c": "沸点",
    "lel_vol": "爆炸下限",
    "uel_vol": "爆炸上限",
    "oel_mg_m3": "职业接触限值",
    "idlh_ppm": "IDLH",
    "vapour_density": "蒸气相对密度",
}
TEXTS = {"hazard": "危害", "fire": "灭火", "leak": "泄漏", "first_aid": "急救", "protection": "防护"}
_CAS = re.compile(r"([1-9]\d{1,6})-(\d{2})-(\d)", re.ASCII)


@dataclass(slots=True)
class Figure:
    """`key` of FIGURES; `note` what kind it is (MAC, PC-STEL); `source` says where from and whether anybody checked it."""

    key: str
    value: float
    unit: str
    source: str
    note: str = ""


@dataclass(slots=True)
class Chemical:
    """`un` "" where it is not certain. `density`: heavier | lighter | even, the vapour against air; "" none to speak of."""

    name: str
    name_en: str = ""
    cas: str = ""
    aliases: list[str] = field(default_factory=list)
    un: str = ""
    density: str = ""
    figures: list[Figure] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    reviewed: str = ""

    def figure(self, key: str) -> list[Figure]:
        """All of this kind: two sources may disagree, and both are shown."""
        return [one for one in self.figures if one.key == key]


def cas_is_valid(text: str) -> bool:
    """A CAS number ends in a check digit: the sum of the others, each times its place from the right, modulo 10."""
    parts = _CAS.fullmatch(text)
    if parts is None:
        return False
    digits = (parts[1] + parts[2])[::-1]
    return sum(place * int(digit) for place, digit in enumerate(digits, 1)) % 10 == int(parts[3])


def names_in(text: str) -> list[str]:
    """The chemicals or CAS numbers a cell names: `苯、氯`, `71-43-2;7782-50-5`."""
    return [name for name in (part.strip() for part in re.split(r"[;；、,，/\s]+", text)) if name]

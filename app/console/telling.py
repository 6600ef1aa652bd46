"""Which of many tags tell most of what happened (最能说明问题的位号): what is drawn when nobody has chosen. Console
side; pure.
"""

from collections.abc import Iterable

from app.domain.tag import Kind, Tag

TELLING = (Kind.LEVEL, Kind.PRESSURE, Kind.COMBUSTIBLE_GAS, Kind.TOXIC_GAS, Kind.TEMPERATURE)


def telling(tags: Iterable[Tag], most: int) -> list[str]:
    """The names of so many, the telling kinds first."""
    found = [tag for tag in tags if tag.kind in TELLING]
    return [tag.tag for tag in sorted(found, key=lambda tag: TELLING.index(tag.kind))][:most]

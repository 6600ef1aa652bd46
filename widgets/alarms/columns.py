"""How wide the columns of the alarm table are. Console side."""

from PySide6.QtGui import QFont, QFontMetrics

from app.domain.tag import Priority
from widgets.alarms.paint import SYMBOL
from widgets.alarms.row import (
    BY,
    CLEARED,
    COLUMNS,
    EQUIPMENT,
    LIMIT,
    NAME,
    NOTE,
    PRIORITY,
    RAISED,
    RULE,
    STATE,
    TAG,
    VALUE,
)
from widgets.theme import font
from widgets.vocabulary import priority_word
from widgets.words import tr

_WIDTHS = {
    PRIORITY: 92, TAG: 120, NAME: 240, RULE: 140, VALUE: 116, LIMIT: 96, STATE: 210,
    RAISED: 150, CLEARED: 96, EQUIPMENT: 100, BY: 96, NOTE: 200,
}  # fmt: skip
_GROWING = {NAME: 0.25, RULE: 0.1, STATE: 0.15}  # share of the room a wider window gives; the note takes the rest


def widths(head: QFont, room: int) -> dict[int, int]:
    """Columns as wide as their words need; on a wide screen names and states get more before they are cut. `head`: the type of
    the headings; `room`: of the whole table. The note takes what is left."""
    heads, words = QFontMetrics(head), QFontMetrics(font(12.5))
    spare = min(max(0, room - sum(_WIDTHS.values())), 1600)
    found = {}
    for column, width in _WIDTHS.items():
        if column != NOTE:
            least = heads.horizontalAdvance(f"{tr(COLUMNS[column])} ▾") + 24
            if column == PRIORITY:
                least = max(least, SYMBOL + 30 + max(words.horizontalAdvance(priority_word(one)) for one in Priority))
            found[column] = max(least, width + round(_GROWING.get(column, 0.0) * spare))
    return found

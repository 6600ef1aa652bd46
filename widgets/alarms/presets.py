"""Filters kept under a name (已存筛选): list, priorities, words and grouping; and the button that keeps and recalls them.

Console side. Where they are kept is not known here: `changed` says that the list is another one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QMenu, QToolButton, QWidgetAction

from app.domain.tag import Priority
from widgets.alarms.groups import Grouping
from widgets.alarms.row import View
from widgets.alarms.sieve import Filter
from widgets.theme import font
from widgets.words import tr

MOST = 20


@dataclass(frozen=True, slots=True)
class Preset:
    name: str
    filter: Filter
    grouping: Grouping = Grouping.NONE

    def kept(self) -> dict[str, Any]:
        ranks = [rank.word for rank in sorted(self.filter.priorities)]
        view = [one.name for one in View if one & self.filter.view]
        return {
            "name": self.name,
            "view": view,
            "priorities": ranks,
            "text": self.filter.text,
            "grouping": self.grouping.value,
        }


def read_preset(kept: Mapping[str, Any]) -> Preset | None:
    """None for what this version does not understand: a seat opens whatever happened to its preferences."""
    try:
        view = View(0)
        for name in kept["view"]:
            view |= View[name]
        ranks = frozenset(Priority.of(word) for word in kept["priorities"])
        return Preset(str(kept["name"]), Filter(view, ranks, str(kept["text"])), Grouping(kept["grouping"]))
    except (KeyError, TypeError, ValueError):
        return None


class PresetButton(QToolButton):
    """`current` is asked of the page when a name is typed."""

    chosen = Signal(object)  # Preset
    save = Signal(str)  # keep what is shown now under this name
    changed = Signal(list)  # of Preset

    def __init__(self) -> None:
        super().__init__()
        self.presets: list[Preset] = []
        self.setFont(font(12))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self._menu = QMenu(self)
        self._menu.setFont(font(12))
        self.setMenu(self._menu)
        self._build()

    def put(self, presets: Iterable[Preset]) -> None:
        self.presets = list(presets)
        self._build()

    def keep(self, preset: Preset) -> None:
        """Under its name; an older one of that name gives way."""
        self.presets = [*(one for one in self.presets if one.name != preset.name), preset][-MOST:]
        self._build()
        self.changed.emit(self.presets)

    def drop(self, preset: Preset) -> None:
        self.presets = [one for one in self.presets if one is not preset]
        self._build()
        self.changed.emit(self.presets)

    def _build(self) -> None:
        self.setText(tr("已存筛选"))
        self._menu.clear()
        for preset in self.presets:
            self._menu.addAction(preset.name).triggered.connect(lambda _=False, one=preset: self.chosen.emit(one))
        if not self.presets:
            self._menu.addAction(tr("还没有已存的筛选")).setEnabled(False)
        self._menu.addSeparator()
        name = QLineEdit()
        name.setFont(font(12))
        name.setMaxLength(40)
        name.setMinimumWidth(260)
        name.setPlaceholderText(tr("给当前筛选起个名字，回车保存"))
        name.returnPressed.connect(lambda: self._save(name.text()))
        field = QWidgetAction(self._menu)
        field.setDefaultWidget(name)
        self._menu.addAction(field)
        if self.presets:
            gone = self._menu.addMenu(tr("删除"))
            gone.setFont(font(12))
            for preset in self.presets:
                gone.addAction(preset.name).triggered.connect(lambda _=False, one=preset: self.drop(one))

    def _save(self, name: str) -> None:
        if name.strip():
            self._menu.close()
            self.save.emit(name.strip())

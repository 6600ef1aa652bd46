"""Groups of curves kept under a name (已存曲线组): tags, span, layout and axes; the list at the left. Console side.

Where they are kept is not known here: `changed` says that the list is another one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from widgets.theme import font
from widgets.trend.frame import SPAN_MAX_S, SPAN_MIN_S, By, Scales
from widgets.words import tr

MOST = 60
WIDTH = 190


@dataclass(frozen=True, slots=True)
class Group:
    """`span_s` of a live chart; `manual`: scales set by hand, by key of the axis; `user`: whose it is."""

    name: str
    tags: tuple[str, ...]
    span_s: float = 3600.0
    stacked: bool = False
    by: str = By.PEN.value
    auto: bool = False
    manual: tuple[tuple[str, float, float], ...] = ()
    user: str = ""

    def kept(self) -> dict[str, Any]:
        return asdict(self)

    def scales(self) -> Scales:
        return Scales(By(self.by), self.auto, {key: (low, high) for key, low, high in self.manual})


def group_of(name: str, tags: Sequence[str], span_s: float, stacked: bool, scales: Scales, user: str) -> Group:
    manual = tuple((key, low, high) for key, (low, high) in sorted(scales.manual.items()))
    return Group(name, tuple(tags), span_s, stacked, scales.by.value, scales.auto, manual, user)


def read_group(kept: Mapping[str, Any]) -> Group | None:
    """None for what this version does not understand: a seat opens whatever happened to its preferences."""
    try:
        span_s = float(kept["span_s"])
        if not SPAN_MIN_S <= span_s <= SPAN_MAX_S:  # not a number is neither
            return None
        return Group(
            str(kept["name"]), tuple(str(tag) for tag in kept["tags"]), span_s, bool(kept["stacked"]),
            By(kept["by"]).value, bool(kept["auto"]),
            tuple((str(key), float(low), float(high)) for key, low, high in kept["manual"]), str(kept["user"]),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError):
        return None


class Groups(QWidget):
    """`chosen(Group)`; `save(name)`: keep what is shown now under this name; `changed(groups)`."""

    chosen = Signal(object)
    save = Signal(str)
    changed = Signal(list)

    def __init__(self) -> None:
        super().__init__()
        self._groups: list[Group] = []
        self.setFixedWidth(WIDTH)
        self._title = QLabel()
        self._title.setFont(font(12, bold=True))
        self._list = QListWidget()
        self._list.setFont(font(12))
        self._list.setFrameShape(QListWidget.Shape.NoFrame)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self._list.itemClicked.connect(self._choose)
        self._list.itemActivated.connect(self._choose)
        self._none = QLabel()
        self._none.setFont(font(11))
        self._none.setWordWrap(True)
        self._none.setEnabled(False)
        self._name = QLineEdit()
        self._name.setFont(font(12))
        self._name.setMaxLength(40)
        self._name.returnPressed.connect(self._keep)
        self._save = QPushButton()
        self._save.setFont(font(12))
        self._save.clicked.connect(self._keep)
        self._drop = QPushButton()
        self._drop.setFont(font(12))
        self._drop.clicked.connect(self._remove)
        self._list.currentRowChanged.connect(self._show_buttons)
        self._name.textChanged.connect(self._show_buttons)
        buttons = QHBoxLayout()
        buttons.addWidget(self._save)
        buttons.addWidget(self._drop)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        box.addWidget(self._title)
        box.addWidget(self._none)
        box.addWidget(self._list, 1)
        self._room = QWidget()
        box.addWidget(self._room, 1)
        box.addWidget(self._name)
        box.addLayout(buttons)
        self.retranslate()
        self._show()

    @property
    def groups(self) -> list[Group]:
        return list(self._groups)

    def set_groups(self, groups: Sequence[Group]) -> None:
        self._groups = list(groups)
        self._show()

    def keep(self, group: Group) -> None:
        """Under its name; one of the same name gives way."""
        self._groups = [*(one for one in self._groups if one.name != group.name), group][-MOST:]
        self._groups.sort(key=lambda one: one.name)
        self._name.clear()
        self._show()
        self._list.setCurrentRow(next(n for n, one in enumerate(self._groups) if one.name == group.name))
        self.changed.emit(self.groups)

    def retranslate(self) -> None:
        self._title.setText(tr("曲线组"))
        self._none.setText(tr("还没有保存的曲线组。把常看的位号加进来，在下面起个名字保存。"))
        self._name.setPlaceholderText(tr("曲线组名称"))
        self._save.setText(tr("保存"))
        self._drop.setText(tr("删除"))

    def _show(self) -> None:
        self._list.clear()
        for group in self._groups:
            item = QListWidgetItem(group.name)
            item.setToolTip("\n".join(group.tags))
            self._list.addItem(item)
        self._none.setVisible(not self._groups)
        self._list.setVisible(bool(self._groups))
        self._room.setVisible(not self._groups)
        self._show_buttons()

    def _show_buttons(self) -> None:
        self._save.setEnabled(bool(self._name.text().strip()))
        self._drop.setEnabled(self._list.currentRow() >= 0)

    def _choose(self, item: QListWidgetItem) -> None:
        self.chosen.emit(self._groups[self._list.row(item)])

    def _keep(self) -> None:
        name = self._name.text().strip()
        if name:
            self.save.emit(name)

    def _remove(self) -> None:
        row = self._list.currentRow()
        if 0 <= row < len(self._groups):
            del self._groups[row]
            self._show()
            self.changed.emit(self.groups)

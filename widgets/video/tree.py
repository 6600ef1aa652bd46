"""The cameras of the plant, by kind or by area, with a search line; drag one onto a pane, or open it with Enter. Console side.

Carrying is done here by hand: a drag of the system runs a loop of its own, and nothing may stand between a person and an alarm.
"""

from collections.abc import Mapping

from PySide6.QtCore import QPoint, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QMouseEvent, QPainter, QPixmap
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLineEdit,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.domain.plant import Camera, Equipment
from widgets.theme import ThemeHolder, font
from widgets.video.feed import Look
from widgets.video.paint import paint_dot, word_of
from widgets.words import tr

WIDTH = 268
KINDS = {
    "tank": "储罐", "duty_room": "值班室", "unit": "装置", "warehouse": "仓库", "gate": "出入口", "overview": "全景",
}  # fmt: skip
_CODE = Qt.ItemDataRole.UserRole
_GROUP = Qt.ItemDataRole.UserRole + 1


def kind_word(kind: str) -> str:
    return tr(KINDS[kind]) if kind in KINDS else kind


def area_of(camera: Camera, equipment: Mapping[str, Equipment]) -> str:
    """Of the first piece of equipment it looks at that stands in an area; "" without one."""
    return next((equipment[one].area for one in camera.equipment if one in equipment and equipment[one].area), "")


def groups_of(cameras: Mapping[str, Camera], equipment: Mapping[str, Equipment], by_area: bool) -> dict[str, list[Camera]]:
    """Title of each group to its cameras, in the order of the camera table; cameras without an area come last."""
    found: dict[str, list[Camera]] = {}
    rest: list[Camera] = []
    for camera in cameras.values():
        title = area_of(camera, equipment) if by_area else kind_word(camera.kind)
        if title:
            found.setdefault(title, []).append(camera)
        else:
            rest.append(camera)
    return {**found, tr("其他"): rest} if rest else found


class CameraTree(QWidget):
    """`carried`: camera, where on the screen, let go?"""

    carried = Signal(str, QPoint, bool)
    opened = Signal(str)
    group_opened = Signal(str, list)  # title, cameras: show them all

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self._cameras: Mapping[str, Camera] = {}
        self._equipment: Mapping[str, Equipment] = {}
        self._looks: Mapping[str, Look] = {}
        self._items: dict[str, QTreeWidgetItem] = {}
        self._heads: list[QTreeWidgetItem] = []
        self.by_area = False
        self.setFixedWidth(WIDTH)
        self.search = QLineEdit()
        self.search.setFont(font(11))
        self.search.setClearButtonEnabled(True)
        self.search.setPlaceholderText(tr("查找摄像机"))
        self.search.setAccessibleName(tr("查找摄像机"))
        self.search.textChanged.connect(self._sift)
        self.search.returnPressed.connect(self._open_first)
        self.kinds, self.areas = self._switch(tr("按类型"), False), self._switch(tr("按区域"), True)
        self.kinds.setChecked(True)
        self.list = _List()
        self.list.setFont(font(11))
        self.list.setHeaderHidden(True)
        self.list.setIndentation(14)
        self.list.setIconSize(QSize(16, 16))
        self.list.setUniformRowHeights(True)
        self.list.setRootIsDecorated(True)
        self.list.setAccessibleName(tr("摄像机"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.carried.connect(self.carried)
        self.list.itemActivated.connect(self._on_activated)
        switches = QHBoxLayout()
        switches.setSpacing(4)
        switches.addWidget(self.kinds)
        switches.addWidget(self.areas)
        switches.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        column.addWidget(self.search)
        column.addLayout(switches)
        column.addWidget(self.list, 1)
        holder.changed.connect(self._show_looks)

    def show_cameras(self, cameras: Mapping[str, Camera], equipment: Mapping[str, Equipment]) -> None:
        self._cameras, self._equipment = cameras, equipment
        self._build()

    def put_looks(self, looks: Mapping[str, Look]) -> None:
        """Of the cameras that are open on this seat; the others show no state, since nobody here knows it."""
        if looks != self._looks:
            self._looks = dict(looks)
            self._show_looks()

    def cameras_listed(self) -> list[str]:
        """What the search leaves, from top to bottom."""
        return [code for code, item in self._items.items() if not item.isHidden()]

    def _switch(self, text: str, by_area: bool) -> QToolButton:
        made = QToolButton()
        made.setText(text)
        made.setFont(font(11))
        made.setCheckable(True)
        made.setAutoExclusive(True)
        made.toggled.connect(lambda on: self._group_by(by_area) if on else None)
        return made

    def _group_by(self, by_area: bool) -> None:
        if by_area != self.by_area:
            self.by_area = by_area
            self._build()

    def _build(self) -> None:
        self.list.clear()
        self._items, self._heads = {}, []
        for title, cameras in groups_of(self._cameras, self._equipment, self.by_area).items():
            head = QTreeWidgetItem([f"{title}  {len(cameras)}"])
            head.setFont(0, font(11, bold=True))
            head.setData(0, _GROUP, title)
            head.setToolTip(0, tr("双击：整组上墙"))
            self.list.addTopLevelItem(head)
            self._heads.append(head)
            for camera in cameras:
                item = QTreeWidgetItem([" ".join(part for part in (camera.camera, camera.name) if part)])
                item.setData(0, _CODE, camera.camera)
                head.addChild(item)
                self._items[camera.camera] = item
            head.setExpanded(True)
        self._sift(self.search.text())
        self._show_looks()

    def _sift(self, text: str) -> None:
        words = text.casefold().split()
        for code, item in self._items.items():
            camera = self._cameras[code]
            known = f"{code} {camera.name} {' '.join(camera.equipment)} {kind_word(camera.kind)}".casefold()
            item.setHidden(not all(word in known for word in words))
        for head in self._heads:
            head.setHidden(all(one.isHidden() for one in _inside(head)))

    def _show_looks(self) -> None:
        for code, item in self._items.items():
            look = self._looks.get(code)
            item.setIcon(0, self._icon(look))
            camera = self._cameras[code]
            sees = "、".join(camera.equipment)
            state = "" if look is None else word_of(look)
            item.setToolTip(0, "\n".join(one for one in (item.text(0), sees, state) if one))

    def _icon(self, look: Look | None) -> QIcon:
        """Empty where no state is known: names stand below each other."""
        made = QPixmap(32, 32)
        made.setDevicePixelRatio(2)
        made.fill(Qt.GlobalColor.transparent)
        if look is not None:
            painter = QPainter(made)
            paint_dot(painter, QPointF(8, 8), look, self._holder.theme)
            painter.end()
        return QIcon(made)

    def _open_first(self) -> None:
        listed = self.cameras_listed()
        if listed:
            self.opened.emit(listed[0])

    def _on_activated(self, item: QTreeWidgetItem) -> None:
        code = item.data(0, _CODE)
        if code:
            self.opened.emit(str(code))
        else:
            inside = [str(one.data(0, _CODE)) for one in _inside(item) if not one.isHidden()]
            self.group_opened.emit(str(item.data(0, _GROUP)), inside)


def _inside(head: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    return [one for one in (head.child(number) for number in range(head.childCount())) if one is not None]


class _List(QTreeWidget):
    carried = Signal(str, QPoint, bool)

    def __init__(self) -> None:
        super().__init__()
        self._pressed: tuple[QPoint, str] | None = None
        self._carrying = False
        self.setExpandsOnDoubleClick(False)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        item = self.itemAt(event.position().toPoint())
        code = "" if item is None else str(item.data(0, _CODE) or "")
        left = event.button() == Qt.MouseButton.LeftButton
        self._pressed = (event.position().toPoint(), code) if left and code else None
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None or not event.buttons() & Qt.MouseButton.LeftButton:
            super().mouseMoveEvent(event)
            return
        far = (event.position().toPoint() - self._pressed[0]).manhattanLength()
        if self._carrying or far >= QApplication.startDragDistance():
            self._carrying = True
            self.setCursor(Qt.CursorShape.DragCopyCursor)
            self.carried.emit(self._pressed[1], event.globalPosition().toPoint(), False)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        if self._carrying and pressed is not None:
            self._carrying = False
            self.unsetCursor()
            self.carried.emit(pressed[1], event.globalPosition().toPoint(), True)
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.currentItem()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and item is not None:
            self.itemActivated.emit(item, 0)
        else:
            super().keyPressEvent(event)

"""The line above the wall: how many panes, which kept wall, turning through groups, snapshot, full screen. Console side."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLineEdit, QMenu, QToolButton, QWidget, QWidgetAction

from widgets.forms.controls import label
from widgets.theme import ThemeHolder, font
from widgets.video.arrangement import SIZES, Arrangement, columns_of
from widgets.video.tool import tool
from widgets.words import tr

TURNS = (0, 5, 10, 15, 30, 60)


class WallBar(QWidget):
    sized = Signal(int)
    wall_chosen = Signal(object)  # Arrangement
    keep_wanted = Signal(str)  # the name
    forget_wanted = Signal(str)
    turn_chosen = Signal(int)  # seconds, 0 not at all
    step_wanted = Signal(int)  # -1, 1: the group before, the next one
    tree_wanted = Signal(bool)
    full_wanted = Signal()
    snapshot_wanted = Signal()
    clear_wanted = Signal()
    playback_wanted = Signal()
    spot_check_wanted = Signal()

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self.kept: list[Arrangement] = []
        self.given: list[Arrangement] = []
        self.tree = tool(tr("摄像机"), checkable=True)
        self.tree.setChecked(True)
        self.tree.toggled.connect(self.tree_wanted)
        self._sizes = QButtonGroup(self)
        self.sizes = {size: self._size_button(size) for size in SIZES}
        self._sizes.idClicked.connect(self.sized)
        self.walls = tool(tr("画面…"))
        self.walls.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self)
        self._menu.setFont(font(12))
        self._menu.aboutToShow.connect(self._build_menu)
        self.walls.setMenu(self._menu)
        self.before, self.after = tool("‹"), tool("›")
        for one, words in ((self.before, tr("上一组")), (self.after, tr("下一组"))):
            one.setAccessibleName(words)
            one.setToolTip(words)
        self.before.clicked.connect(lambda: self.step_wanted.emit(-1))
        self.after.clicked.connect(lambda: self.step_wanted.emit(1))
        self.group = label(size=11, dim=True)
        self.turn = tool("")
        self.turn.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        turns = QMenu(self)
        turns.setFont(font(12))
        for seconds in TURNS:
            turns.addAction(_turn_word(seconds)).triggered.connect(lambda _=False, s=seconds: self.turn_chosen.emit(s))
        self.turn.setMenu(turns)
        self.strain = label(size=11)
        self.snapshot = tool(tr("抓拍 S"))
        self.snapshot.clicked.connect(self.snapshot_wanted)
        self.spot_check = tool(tr("抽查"))
        self.spot_check.setToolTip(tr("随机抽一处重大危险源、作业或值班室看实时画面，并填写抽查记录"))
        self.spot_check.clicked.connect(self.spot_check_wanted)
        self.playback = tool(tr("回放"))
        self.playback.clicked.connect(self.playback_wanted)
        self.full = tool(tr("全屏"))
        self.full.setToolTip(tr("全屏显示画面；Alt 加回车键也可，按 Esc 返回"))
        self.full.clicked.connect(self.full_wanted)
        line = QHBoxLayout(self)
        line.setContentsMargins(8, 5, 8, 5)
        line.setSpacing(4)
        line.addWidget(self.tree)
        line.addSpacing(10)
        for one in self.sizes.values():
            line.addWidget(one)
        line.addSpacing(10)
        for part in (self.walls, self.turn, self.before, self.group, self.after):
            line.addWidget(part)
        line.addSpacing(10)
        line.addWidget(self.strain, 1)
        for part in (self.spot_check, self.snapshot, self.playback, self.full):
            line.addWidget(part)
        holder.changed.connect(self._dress)
        self._dress()

    def show_arrangement(self, arrangement: Arrangement, group: int) -> None:
        self.sizes[arrangement.size].setChecked(True)
        self.walls.setText(arrangement.name or tr("画面…"))
        self.turn.setText(_turn_word(arrangement.turn_s))
        many = arrangement.groups > 1
        for part in (self.before, self.after, self.group, self.turn):
            part.setVisible(many)
        self.group.setText(tr("{n} / {all} 组", n=group + 1, all=arrangement.groups))

    def put_walls(self, kept: Sequence[Arrangement], given: Sequence[Arrangement]) -> None:
        """`kept` by a person, `given` by the plant (each kind, each area)."""
        self.kept, self.given = list(kept), list(given)

    def show_strain(self, text: str) -> None:
        """What is given up under load, or which person is told what; "" nothing."""
        self.strain.setText(text)
        self.strain.setToolTip(text)

    def _build_menu(self) -> None:
        menu = self._menu
        menu.clear()
        for title, walls in ((tr("已存画面"), self.kept), (tr("按类型和区域"), self.given)):
            if walls:
                menu.addSection(title)
            for wall in walls:
                said = f"{wall.name}   {tr('{n} 路', n=sum(1 for one in wall.cameras if one))}"
                menu.addAction(said).triggered.connect(lambda _=False, one=wall: self.wall_chosen.emit(one))
        menu.addSeparator()
        name = QLineEdit()
        name.setFont(font(12))
        name.setPlaceholderText(tr("把现在的画面存为…（输入名称后回车）"))
        name.setMinimumWidth(300)
        name.returnPressed.connect(lambda: self._keep(name.text()))
        holder = QWidgetAction(menu)
        holder.setDefaultWidget(name)
        menu.addAction(holder)
        if self.kept:
            forget = menu.addMenu(tr("删除已存画面"))
            forget.setFont(font(12))
            for wall in self.kept:
                forget.addAction(wall.name).triggered.connect(lambda _=False, one=wall.name: self.forget_wanted.emit(one))
        menu.addAction(tr("清空全部画面")).triggered.connect(self.clear_wanted)

    def _keep(self, name: str) -> None:
        if name.strip():
            self._menu.close()
            self.keep_wanted.emit(name.strip()[:40])

    def _size_button(self, size: int) -> QToolButton:
        made = tool("", checkable=True)
        made.setIconSize(QSize(20, 20))
        made.setText(str(size))
        made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        made.setAccessibleName(tr("{n} 画面", n=size))
        made.setToolTip(tr("{n} 画面", n=size))
        self._sizes.addButton(made, size)
        return made

    def _dress(self) -> None:
        for size, one in self.sizes.items():
            one.setIcon(_grid_icon(columns_of(size), self._holder.theme.text))


def _turn_word(seconds: int) -> str:
    return tr("轮巡 {n} 秒", n=seconds) if seconds else tr("不轮巡")


def _grid_icon(side: int, ink: str) -> QIcon:
    made = QPixmap(40, 40)
    made.setDevicePixelRatio(2)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setPen(QColor(ink))
    painter.drawRect(1, 3, 17, 13)
    for one in range(1, side):
        x, y = 1 + round(17 * one / side), 3 + round(13 * one / side)
        painter.drawLine(QPoint(x, 3), QPoint(x, 16))
        painter.drawLine(QPoint(1, y), QPoint(18, y))
    painter.end()
    return QIcon(made)

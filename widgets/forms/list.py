"""The list of forms: views with their numbers, search, and lines that stay where they are while others change. Console side.

Says what the person wants to see; fetches nothing itself.
"""

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QItemSelection, QItemSelectionModel, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QStackedLayout,
    QTableView,
    QWidget,
)

from app.domain.form import FormDef
from widgets.forms.controls import HIGH, button, column, label, row
from widgets.forms.flow import Flow
from widgets.forms.parse import Entry
from widgets.forms.rows import HIGH as HIGH_LINE
from widgets.forms.rows import FormLine, FormModel
from widgets.forms.shelf import FormShelf, View, Wanted
from widgets.pulse import Pulse, Settle
from widgets.theme import ThemeHolder, font
from widgets.words import tr

_VIEWS = {View.MINE: "待我处理", View.OPEN: "未完成", View.LATE: "超时", View.ALL: "全部"}
_NOTHING = {
    View.MINE: "没有等您处理的表单。\n报警确认后，需要处置的会自动出现在这里。",
    View.OPEN: "没有未完成的表单。\n需要时点“新建”，或在报警上建立处置单。",
    View.LATE: "没有超时的表单。",
    View.ALL: "还没有任何表单。\n报警确认后自动建立处置单，也可以点“新建”。",
}
_SEARCH_MS = 300


class FormList(QWidget):
    chosen = Signal(list)  # ids, in the order shown
    wanted = Signal(object)  # Wanted: another view, kind or search
    more = Signal()  # the end of what is there came into view
    new = Signal(str)  # kind

    def __init__(
        self, themes: ThemeHolder, shelf: FormShelf, now: Callable[[], float], has_draft: Callable[[Entry], bool]
    ) -> None:
        super().__init__()
        self._kinds: Mapping[str, FormDef] = {}
        self.shelf = shelf
        self.model = FormModel(shelf, self._kind_title, now, has_draft)
        self._kind = ""
        self._quiet = False
        self.views = {view: self._view_button(view) for view in _VIEWS}
        self.search = QLineEdit()
        self.search.setFont(font(12))
        self.search.setMinimumHeight(HIGH)
        self.search.setPlaceholderText(tr("搜索编号、标题、位号（Ctrl+F）"))
        self._settle = Settle(self, _SEARCH_MS, self._ask)
        self.search.textEdited.connect(lambda: self._settle.poke())
        self.kind_button, self.new_button = button(""), button(tr("新建　▾"))
        self._kind_menu, self._new_menu = QMenu(self), QMenu(self)
        for one, menu in ((self.kind_button, self._kind_menu), (self.new_button, self._new_menu)):
            menu.setFont(font(12))
            one.clicked.connect(lambda checked=False, one=one, menu=menu: menu.popup(one.mapToGlobal(one.rect().bottomLeft())))
        self.view = QTableView()  # a list view lays out every line it has, a table only counts them
        self._line = FormLine(themes)
        self._dress()
        self.empty = label(size=13, dim=True, wrap=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.status: QLabel = label(size=11, dim=True, wrap=True)
        self._lay_out()
        QShortcut(QKeySequence.StandardKey.Find, self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut).activated.connect(
            self.search.setFocus
        )
        self.show_kinds({}, ())
        self._show_counts()
        self._pulse = Pulse(self, 1000, self._beat)
        themes.changed.connect(self.view.viewport().update)

    # what is shown

    def show_kinds(self, kinds: Mapping[str, FormDef], new: Sequence[str]) -> None:
        """`new`: the kinds this person may begin by hand."""
        self._kinds = kinds
        self._kind_menu.clear()
        for kind, title in (("", tr("全部种类")), *((kind, tr(one.title)) for kind, one in kinds.items())):
            self._kind_menu.addAction(title).triggered.connect(lambda checked=False, kind=kind: self._choose_kind(kind))
        self._new_menu.clear()
        for kind in new:
            self._new_menu.addAction(tr(kinds[kind].title)).triggered.connect(
                lambda checked=False, kind=kind: self.new.emit(kind)
            )
        self.new_button.setVisible(bool(new))
        self._name_kind()

    def refresh(self) -> None:
        """The shelf has changed. What is selected stays selected, the current line current, and the view where it was."""
        selected, current = set(self.selected()), self.current()
        top = self.view.indexAt(self.view.rect().topLeft()).row()
        bar = self.view.verticalScrollBar()
        top_id = self.model.rows[top].id if 0 < top < len(self.model.rows) else None
        was = bar.value()
        self._quiet = True
        self.model.refresh()
        self._select({id for id in selected if id in self.shelf.place}, current)
        place = self.shelf.place.get(top_id) if top_id is not None else None
        bar.setValue(was if place is None else place * HIGH_LINE)
        self._quiet = False
        self._show_counts()
        if set(self.selected()) != selected:
            self._selection_changed()

    def select(self, id: int) -> None:
        """Shows that line and nothing else as chosen; says nothing."""
        self._quiet = True
        self._select({id} & self.shelf.place.keys(), id)
        if id in self.shelf.place:
            self.view.scrollTo(self.model.index(self.shelf.place[id]))
        self._quiet = False

    def selected(self) -> list[int]:
        places = sorted(index.row() for index in self.view.selectionModel().selectedRows())
        return [self.model.rows[at].id for at in places]

    def current(self) -> int | None:
        at = self.view.currentIndex().row()
        return self.model.rows[at].id if 0 <= at < len(self.model.rows) else None

    def show_view(self, view: View) -> None:
        for key, one in self.views.items():
            one.setChecked(key is view)
        self._ask()

    def say(self, text: str) -> None:
        """Under the list: how much was read, or why nothing could be."""
        self.status.setText(text)
        self.status.setVisible(bool(text))

    def step(self, by: int) -> None:
        """To the next or previous line."""
        at = min(max(self.view.currentIndex().row() + by, 0), len(self.model.rows) - 1)
        if at >= 0:
            self.view.setCurrentIndex(self.model.index(at))

    # inside

    def _kind_title(self, kind: str) -> str:
        return tr(self._kinds[kind].title) if kind in self._kinds else kind

    def _select(self, ids: set[int], current: int | None) -> None:
        model, flags = self.view.selectionModel(), QItemSelectionModel.SelectionFlag
        marked = QItemSelection()
        for id in ids:
            index = self.model.index(self.shelf.place[id])
            marked.select(index, index)
        model.select(marked, flags.ClearAndSelect)
        if current is not None and current in self.shelf.place:
            model.setCurrentIndex(self.model.index(self.shelf.place[current]), flags.NoUpdate)

    def _selection_changed(self) -> None:
        if not self._quiet:
            self.chosen.emit(self.selected())

    def _ask(self) -> None:
        view = next((key for key, one in self.views.items() if one.isChecked()), View.MINE)
        self._settle.stop()
        self.wanted.emit(Wanted(view, self._kind, self.search.text().strip()))

    def _choose_kind(self, kind: str) -> None:
        self._kind = kind
        self._name_kind()
        self._ask()

    def _name_kind(self) -> None:
        name = tr(self._kinds[self._kind].title) if self._kind in self._kinds else tr("全部种类")
        self.kind_button.setText(f"{name}　▾")

    def _show_counts(self) -> None:
        for view, one in self.views.items():
            count = self.shelf.count(view) if self.shelf.known else "—"
            one.setText(tr(_VIEWS[view]) if view is View.ALL else f"{tr(_VIEWS[view])}  {count}")
        wanted = self.shelf.wanted
        filtered = bool(wanted.kind or wanted.text)
        nothing = tr("没有符合条件的表单。\n清除搜索文字，或选“全部种类”。") if filtered else tr(_NOTHING[wanted.view])
        self.empty.setText(nothing if self.shelf.known else tr("正在读取表单…"))
        self._stack.setCurrentIndex(0 if self.shelf.shown else 1)

    def _beat(self) -> None:
        """Countdowns go on; only what can be seen is painted anew."""
        self.view.viewport().update()

    def _scrolled(self, value: int) -> None:
        bar = self.view.verticalScrollBar()
        if not self._quiet and value >= bar.maximum() - 2 * self.view.height():
            self.more.emit()

    def _view_button(self, view: View) -> QPushButton:
        made = button(tr(_VIEWS[view]))
        made.setCheckable(True)
        made.setAutoExclusive(True)
        made.setChecked(view is View.MINE)
        made.clicked.connect(self._ask)
        return made

    def _dress(self) -> None:
        view = self.view
        view.setModel(self.model)
        view.setItemDelegate(self._line)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setFrameShape(QFrame.Shape.NoFrame)
        view.setShowGrid(False)
        view.setTabKeyNavigation(False)
        view.horizontalHeader().hide()
        view.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        view.verticalHeader().hide()
        view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        view.verticalHeader().setDefaultSectionSize(HIGH_LINE)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.verticalScrollBar().setSingleStep(20)
        view.verticalScrollBar().valueChanged.connect(self._scrolled)
        view.selectionModel().selectionChanged.connect(self._selection_changed)

    def _lay_out(self) -> None:
        place = QWidget()
        self._stack = QStackedLayout(place)
        self._stack.addWidget(self.view)
        self._stack.addWidget(self.empty)
        views = QWidget()
        flow = Flow(views)
        for one in self.views.values():
            flow.addWidget(one)
        finding = row(self.search, self.kind_button, self.new_button)
        finding.setStretch(0, 1)
        box = column(views, finding, place, self.status, gap=8)
        box.setStretch(2, 1)
        self.setLayout(box)

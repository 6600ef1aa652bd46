"""The shift page (交接班): the watch that is on, its sheet as it writes itself, roster, earlier sheets, daily reports, and the
two signatures. Console side; says what is wanted, decides nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from widgets.forms.controls import button, column, label, line, row
from widgets.shift.lines import Block, Line, Opens, blocks_of
from widgets.shift.roster import RosterView
from widgets.shift.sheet import SheetView
from widgets.shift.sign import SignPanel
from widgets.shift.watch import Watch, WatchCard
from widgets.theme import ThemeHolder, font
from widgets.vocabulary import local_time
from widgets.words import tr

SIDE = 380
_STATES = {"running": "当班，正在编写", "waiting": "已交班签字，待接班", "lapsed": "未按时交班", "done": "已交接"}


class ShiftPage(QWidget):
    opened = Signal(object)  # Line: an alarm, a form, a tag
    paper_wanted = Signal(object, str)  # id of the sheet, pdf | xlsx
    earlier_wanted = Signal(str, object)  # kind, id
    present_wanted = Signal()  # from an earlier sheet back to the present one
    item_closed = Signal(str, str)  # what an earlier shift left, how it was closed
    daily_wanted = Signal()  # make yesterday's report now
    relogin_wanted = Signal(str)  # the person who took over is to log in here

    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self._themes = themes
        self._may = False
        self._form: Mapping[str, Any] | None = None
        self._reading = False  # an earlier sheet
        self._item = ""
        self.watch = WatchCard(themes)
        self.sheet = SheetView(themes)
        self.sign = SignPanel()
        self.roster = RosterView(themes)
        self.title, self.state = label(size=15, bold=True), label(dim=True, wrap=True)
        self._names: Mapping[str, str] = {}
        self.pdf, self.xlsx = button("PDF…", name=tr("打印为 PDF 文件")), button("Excel…", name=tr("导出为 Excel 文件"))
        self.hand_over = button(tr("交班…"), primary=True)
        self.present = button(tr("回到当班记录"))
        self.relogin = button("", primary=True)
        self.empty = label("", 14, dim=True, wrap=True)
        self.sheets, self.dailies = _list(tr("历次交接班记录")), _list(tr("值班值守日报"))
        self.make_daily = button(tr("生成昨日日报"))
        self.closing, self.closing_text = label(wrap=True), QLineEdit()
        self.close_item, self.keep_item = button(tr("办结"), primary=True), button(tr("先不办结"))
        self._close_bar = QWidget()
        self._body = QStackedLayout()
        self._arrange()
        self._connect()
        self.setFocusProxy(self.sheet)
        themes.changed.connect(self.update)

    # what is known

    def allow(self, may: bool) -> None:
        self._may = may
        self.watch.allow(may)
        self._show_buttons()

    def clear(self) -> None:
        """Somebody else, or another station: nothing of the last one may stay."""
        self._form, self._reading = None, False
        self.watch.show_watch(Watch())
        self.sheet.show_blocks([])
        self.sign.forget()
        self.sign.close_panel()
        self._close_bar.hide()
        self.relogin.hide()
        self.roster.show_turns((), "", "", False)
        for one in (self.sheets, self.dailies):
            one.clear()
        self.show_nothing("")

    def show_watch(self, watch: Watch) -> None:
        self._names = watch.names
        self.watch.show_watch(watch)

    def tick(self, now: float) -> None:
        self.watch.tick(now)

    def show_nothing(self, text: str) -> None:
        """There is no sheet, and why."""
        self._form = None
        self.empty.setText(text)
        self._body.setCurrentIndex(0)
        self.title.setText(tr("交接班记录"))
        self.state.setText("")
        self._show_buttons()

    def show_sheet(
        self, form: Mapping[str, Any], sheet: Mapping[str, Any], changed: Sequence[Mapping[str, Any]], user: str
    ) -> None:
        """The present one. `user`: the account at this desk."""
        if self._reading:
            return
        self._show_form(form, blocks_of(sheet, changed))
        out = _signed(form).get("sign_out")
        if form.get("state") == "waiting" and out is not None and self._may:
            self.sign.show_state("waiting", {**out, "by": self._name(out)}, out.get("by") == user)
        else:
            self.sign.show_state(str(form.get("state")), None, False)

    def read(self, form: Mapping[str, Any]) -> None:
        """An earlier sheet, read only."""
        self._reading = True
        self.sign.close_panel()
        self._close_bar.hide()
        self._show_form(form, [self._signatures(form), *blocks_of(form.get("fields") or {})])
        self.sheet.verticalScrollBar().setValue(0)

    def show_roster(self, turns: Sequence[Mapping[str, Any]], now: str, today: str, empty: bool) -> None:
        self.roster.show_turns(turns, now, today, empty)

    def show_lists(self, sheets: Sequence[Mapping[str, Any]], dailies: Sequence[Mapping[str, Any]]) -> None:
        nothing = (tr("还没有交接过班。"), tr("还没有日报。"))
        for where, forms, empty in zip((self.sheets, self.dailies), (sheets, dailies), nothing, strict=True):
            texts = [_about(form) for form in forms] or [empty]
            if [where.item(n).text() for n in range(where.count())] == texts:
                continue
            at = where.currentRow()
            where.clear()
            for form, text in zip(forms or ({},), texts, strict=True):
                item = QListWidgetItem(text)
                item.setData(Qt.ItemDataRole.UserRole, (form.get("kind"), form.get("id")))
                item.setFont(font(12, bold=bool(form.get("overdue"))))
                where.addItem(item)
            where.setCurrentRow(at)

    def ask_to_log_in(self, name: str, user: str) -> None:
        """The watch was handed over: whoever took it should be at the desk under their own name. "" when that is so."""
        self.relogin.setProperty("user", user)
        self.relogin.setText(tr("请 {name} 登录本席", name=name))
        self.relogin.setVisible(bool(user))

    @property
    def reading(self) -> bool:
        return self._reading

    @property
    def form(self) -> Mapping[str, Any] | None:
        return self._form

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.background))
        painter.fillRect(self.watch.geometry(), QColor(theme.surface))
        painter.end()

    # inside

    def _show_form(self, form: Mapping[str, Any], blocks: Sequence[Block]) -> None:
        self._form = form
        self.title.setText(str(form.get("title") or form.get("number") or ""))
        state = str(form.get("state"))
        word = tr(_STATES.get(state, str(form.get("state_title") or state)))
        frozen = (form.get("fields") or {}).get("frozen_at")
        until = tr("内容截至 {time}", time=local_time(frozen, date=True)[:11]) if frozen else ""
        self.state.setText("　".join(part for part in (str(form.get("number") or ""), word, until) if part))
        self.sheet.show_blocks(blocks)
        self._body.setCurrentIndex(1)
        self._show_buttons()

    def _name(self, moved: Mapping[str, Any]) -> str:
        by = str(moved.get("by") or "")
        return self._names.get(by, by)

    def _signatures(self, form: Mapping[str, Any]) -> Block:
        fields, signed = form.get("fields") or {}, _signed(form)
        lines = []
        for step, word, text in (("sign_out", "交班", "remarks"), ("sign_in", "接班", "in_remarks")):
            moved = signed.get(step)
            if moved is None:
                lines.append(Line(tr("{word}　未签字", word=tr(word)), strong=True))
            else:
                said = "　".join(part for part in (tr(word), self._name(moved), str(fields.get(text) or "")) if part)
                lines.append(Line(" ".join(said.split("\n")), time=local_time(moved.get("at"), date=True)[:11]))
        lines += [Line(tr("交办　{item}", item=one.get("item", ""))) for one in fields.get("matters") or ()]
        lines += [
            Line(tr("未接受　{item}：{why}", item=one.get("item", ""), why=one.get("why", "")), strong=True)
            for one in fields.get("refused") or ()
        ]
        if fields.get("horn"):
            lines.append(Line(tr("报警声试验　{said}", said=fields["horn"])))
        return Block("signed", tr("签字"), tuple(lines))

    def _show_buttons(self) -> None:
        form = self._form
        state = None if form is None else form.get("state")
        for one in (self.pdf, self.xlsx):
            one.setVisible(form is not None)
        signable = self._may and not self._reading and state == "running"
        self.hand_over.setVisible(signable and self.sign.isHidden())
        late = self._may and self._reading and state == "lapsed"
        if late:
            self.hand_over.setVisible(self.sign.isHidden())
        self.present.setVisible(self._reading)
        self.make_daily.setVisible(self._may)

    def _open(self, line: Line) -> None:
        if line.opens is Opens.LEFT:
            if self._may and not self._reading:
                self._item = str(line.target)
                self.closing.setText(tr("办结“{item}”", item=self._item))
                self.closing_text.clear()
                self._close_bar.show()
                self.closing_text.setFocus()
            return
        self.opened.emit(line)

    def _close(self) -> None:
        text = self.closing_text.text().strip()
        if text:
            self._close_bar.hide()
            self.item_closed.emit(self._item, text)
        else:
            self.closing_text.setFocus()

    def _ask_for(self, item: QListWidgetItem) -> None:
        kind, id = item.data(Qt.ItemDataRole.UserRole)
        if kind is not None:
            self.earlier_wanted.emit(kind, id)

    def _back(self) -> None:
        self._reading = False
        self.sign.close_panel()
        self.present_wanted.emit()

    def _start_handing_over(self) -> None:
        self.sign.open_out(self.watch.person)
        self._show_buttons()

    def _paper(self, ending: str) -> None:
        if self._form is not None:
            self.paper_wanted.emit(self._form.get("id"), ending)

    def _connect(self) -> None:
        self.sheet.opened.connect(self._open)
        self.pdf.clicked.connect(lambda: self._paper("pdf"))
        self.xlsx.clicked.connect(lambda: self._paper("xlsx"))
        self.hand_over.clicked.connect(self._start_handing_over)
        self.sign.closed.connect(self._show_buttons)
        self.present.clicked.connect(self._back)
        self.relogin.clicked.connect(lambda: self.relogin_wanted.emit(self.relogin.property("user")))
        self.watch.before_wanted.connect(lambda id: self.earlier_wanted.emit("handover", id))
        self.make_daily.clicked.connect(self.daily_wanted)
        self.close_item.clicked.connect(self._close)
        self.closing_text.returnPressed.connect(self._close)
        self.keep_item.clicked.connect(self._close_bar.hide)
        for one in (self.sheets, self.dailies):
            one.itemActivated.connect(self._ask_for)
            one.itemClicked.connect(self._ask_for)

    def _arrange(self) -> None:
        self.closing_text.setFont(font(12))
        self.closing_text.setMinimumHeight(34)
        self.closing_text.setMaxLength(500)
        self.closing_text.setPlaceholderText(tr("怎样办结的"))
        bar = column(
            self.closing, row(self.closing_text, self.keep_item, self.close_item, gap=10), gap=6, margins=(16, 8, 16, 10)
        )
        self._close_bar.setLayout(bar)
        self._close_bar.hide()
        self.relogin.hide()
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._body.addWidget(self.empty)
        self._body.addWidget(self.sheet)
        head = row(self.title, self.state, self.relogin, self.present, self.pdf, self.xlsx, self.hand_over, gap=12)
        head.setStretchFactor(self.state, 1)
        middle = QVBoxLayout()
        middle.setContentsMargins(16, 12, 16, 12)
        middle.setSpacing(10)
        middle.addLayout(head)
        middle.addLayout(self._body, 1)
        middle.addWidget(self._close_bar)
        middle.addWidget(self.sign)
        right = QWidget()
        right.setFixedWidth(SIDE)
        daily_head = row(label(tr("值班值守日报"), 12.5, bold=True), 1, self.make_daily)
        week, earlier = label(tr("本周排班"), 12.5, bold=True), label(tr("历次交接班记录"), 12.5, bold=True)
        parts = (week, self.roster, line(), earlier, self.sheets, daily_head, self.dailies)
        right.setLayout(column(*parts, gap=8, margins=(0, 14, 14, 12)))
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.watch)
        whole.addLayout(middle, 1)
        whole.addWidget(right)
        self.show_nothing("")


def _list(name: str) -> QListWidget:
    made = QListWidget()
    made.setFont(font(12))
    made.setFrameShape(QListWidget.Shape.NoFrame)
    made.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    made.setSpacing(2)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    made.setTextElideMode(Qt.TextElideMode.ElideRight)
    made.setAccessibleName(name)
    return made


def _about(form: Mapping[str, Any]) -> str:
    late = tr("已超期") if form.get("overdue") else ""
    words = (str(form.get("title") or ""), tr(str(form.get("state_title") or "")), late)
    return "　".join(part for part in words if part)


def _signed(form: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The last signature of each sort."""
    return {str(moved.get("step")): moved for moved in form.get("moves") or ()}

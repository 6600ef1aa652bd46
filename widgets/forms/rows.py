"""The lines of the list of forms: a thin Qt model over `FormShelf` and the painter of a line. Console side."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.domain.alarm import AlarmState
from app.domain.journal_words import person
from widgets.forms.chain import paint_due
from widgets.forms.due import due_words, urgency
from widgets.forms.head import priority_of
from widgets.forms.parse import Entry
from widgets.forms.shelf import FormShelf
from widgets.symbols import symbol_pixmap
from widgets.theme import ThemeHolder, font
from widgets.vocabulary import local_time
from widgets.words import tr

HIGH = 58
_SYMBOL = 22
_MIDDLE = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
_Index = QModelIndex | QPersistentModelIndex


class FormModel(QAbstractListModel):
    def __init__(
        self,
        shelf: FormShelf,
        kind_title: Callable[[str], str],
        now: Callable[[], float],
        has_draft: Callable[[Entry], bool],
    ) -> None:
        super().__init__()
        self._has_draft = has_draft
        self.shelf = shelf
        self.rows: list[Entry] = []
        self.kind_title, self.now = kind_title, now

    def refresh(self) -> None:
        """What the shelf shows now; until then the lines stay what they were."""
        self.beginResetModel()
        self.rows = self.shelf.shown
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        one = self.rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return "　".join(part for part in (one.title, self.below(one), self.due(one)) if part)
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{one.title}\n{self.below(one)}"
        return None

    def below(self, one: Entry) -> str:
        """The second line: number, kind, state, who, since when."""
        draft = tr("● 有未保存的修改") if self._has_draft(one) else ""
        parts = (draft, one.number, self.kind_title(one.kind), tr(one.state_title or one.state), person(one.created_by))
        return "　".join(part for part in (*parts, local_time(one.created_at, date=True)[:11]) if part)

    def due(self, one: Entry) -> str:
        return due_words(one.due_at, one.open, self.now())


class FormLine(QStyledItemDelegate):
    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self._themes = themes
        self._big, self._small = font(12), font(10.5)
        self._strong = font(12, bold=True)

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(200, HIGH)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        model = index.model()
        assert isinstance(model, FormModel)
        one, theme = model.rows[index.row()], self._themes.theme
        box: QRect = option.rect
        state: QStyle.StateFlag = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.fillRect(box, QColor(theme.raised if chosen else theme.surface))
        if chosen:
            painter.fillRect(box.left(), box.top(), 4, box.height(), QColor(theme.focus))
        painter.setPen(QColor(theme.line))
        painter.drawLine(box.left(), box.bottom(), box.right(), box.bottom())
        priority = priority_of(one.priority)
        if priority is not None:
            state_of = AlarmState.ACKED if one.open else AlarmState.LAKED  # filled while it is open, hollow when done
            ratio = painter.device().devicePixelRatioF()
            symbol = symbol_pixmap(priority, state_of, True, _SYMBOL, theme, ratio)
            painter.drawPixmap(box.left() + 12, box.top() + 8, symbol)
        left = box.left() + 12 + _SYMBOL + 10
        due, late = model.due(one), urgency(one.due_at, one.open, model.now())
        chip = QFontMetrics(self._strong).horizontalAdvance(due) + 20 if due else 0
        if due:
            paint_due(painter, QRectF(box.right() - chip - 10, box.top() + 6, chip, 25), due, late, theme)
        face = self._strong if one.open else self._big
        painter.setFont(face)
        painter.setPen(QColor(theme.text if one.open else theme.text_dim))
        room = box.right() - left - chip - 20
        painter.drawText(left, box.top() + 5, room, 26, _MIDDLE, _fitting(one.title or one.subject, QFontMetrics(face), room))
        painter.setFont(self._small)
        painter.setPen(QColor(theme.text_dim))
        room = box.right() - left - 10
        painter.drawText(left, box.top() + 31, room, 20, _MIDDLE, _fitting(model.below(one), QFontMetrics(self._small), room))
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QColor(theme.focus))
            painter.drawRect(box.adjusted(0, 0, -1, -2))
        painter.restore()


def _fitting(text: str, metrics: QFontMetrics, room: int) -> str:
    return text if metrics.horizontalAdvance(text) <= room else metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)

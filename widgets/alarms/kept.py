"""Selection and place of a table of alarms, kept over a change of its lines. Console side."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel

if TYPE_CHECKING:
    from widgets.alarms.table import AlarmTable

MANY = 500


class Kept:
    """Around a change: the same alarms stay selected and the same line stays at the top of the view."""

    def __init__(self, table: "AlarmTable", paint: bool = True) -> None:
        """`paint`: afterwards; else only after the next change."""
        self._table, self._paint = table, paint

    def __enter__(self) -> None:
        table = self._table
        lines, bar = table.queue.shown, table.verticalScrollBar()
        self._bar_value = bar.value()
        self._top = lines[self._bar_value] if 0 < self._bar_value < len(lines) else None
        self._selected = table.selected()
        table.queue.held = self._selected
        current = table.currentIndex()
        self._current = lines[current.row()] if current.isValid() and current.row() < len(lines) else None
        table.setUpdatesEnabled(False)
        table.selectionModel().blockSignals(True)

    def __exit__(self, *_: object) -> None:
        table = self._table
        queue, model = table.queue, table.selectionModel()
        if table.model_was_reset():
            kept = self._places_of_selected()
            table.mark(list(kept.values()))
            still = set(kept)
        else:
            left = {one for one in self._selected & queue.touched if queue.index_of(one) is None}
            still = self._selected - left
            if moved := still & queue.moved:
                table.select(moved, add=True)
        place = None if self._current is None else queue.place_of(self._current)
        if place is not None:
            model.setCurrentIndex(table.model().index(place, 0), QItemSelectionModel.SelectionFlag.NoUpdate)
        model.blockSignals(False)
        top = None if self._top is None else queue.place_of(self._top)
        table.measure()  # or the bar would stop at its old end
        table.verticalScrollBar().setValue(self._bar_value if top is None else top)
        table.setUpdatesEnabled(self._paint)
        table.keep_selected(still)

    def _places_of_selected(self) -> dict[int, int]:
        """Where each of the selected is now. Of many, one walk over all lines is quicker than a search for each."""
        queue = self._table.queue
        if len(self._selected) > MANY:
            return {line.occurrence: n for n, line in enumerate(queue.shown) if line.occurrence in self._selected}
        found = {one: queue.index_of(one) for one in self._selected}
        return {one: place for one, place in found.items() if place is not None}

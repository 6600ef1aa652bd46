"""A form view as the page shows it, and somebody who fills it in."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from tests.widgets.forms.paper import Paper, alarm
from widgets.forms.draft import Draft
from widgets.forms.editors import Desk
from widgets.forms.field_box import FieldBox
from widgets.forms.view import FormView
from widgets.theme import ThemeHolder


class Hand:
    """A view, the draft it works on, and what the person asked for."""

    def __init__(self, view: FormView, user: str) -> None:
        self.view, self.user, self.draft = view, user, Draft()
        self.saved: list[dict[str, Any]] = []
        self.steps: list[tuple[str, dict[str, Any], dict[str, Any], str]] = []
        view.save.connect(self.saved.append)
        view.step.connect(lambda *asked: self.steps.append(asked))

    def show(self, paper: Paper, user: str | None = None) -> "Hand":
        self.user = user or self.user
        self.view.show_form(paper.told(), paper.msg(self.user, alarm()), self.draft)
        QApplication.processEvents()  # a layout shows what was added to it in the next turn
        return self

    def box(self, key: str) -> FieldBox:
        assert self.view.body is not None
        return self.view.body.boxes[key]

    def fill(self, **values: Any) -> None:
        """As if typed: the editor shows it and says so."""
        for key, value in values.items():
            editor = self.box(key).editor
            assert editor is not None, f"{key} is not open"
            editor.put(value)
            editor.changed.emit()

    def open_keys(self) -> set[str]:
        assert self.view.body is not None
        return {key for key in self.view.body.boxes if self.view.body.is_open(key)}


@pytest.fixture
def hand(qtbot: Any) -> Iterator[Callable[..., Hand]]:
    def make(paper: Paper, user: str = "wang", themes: ThemeHolder | None = None) -> Hand:
        view = FormView(themes or ThemeHolder(), Desk(lambda: user, lambda: paper.now / 1e6 + 60))
        qtbot.addWidget(view)
        view.resize(1180, 900)
        with qtbot.waitActive(view):
            view.show()
            view.activateWindow()
        return Hand(view, user).show(paper)

    yield make

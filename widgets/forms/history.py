"""What happened to a form, newest first: who took which step when, what it set, and the note. Console side."""

from collections.abc import Mapping, Sequence

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.domain.form import FieldDef, FormDef
from app.domain.form_step import BEGIN, OWN_STEPS, STATION_ROLE
from widgets.forms.controls import column, empty_out, label, line
from widgets.forms.parse import FormMsg, MoveMsg
from widgets.forms.values import words_of
from widgets.vocabulary import local_time
from widgets.words import tr

_LONGEST = 120


class History(QFrame):
    def __init__(self) -> None:
        super().__init__()
        self._moves: Sequence[MoveMsg] | None = None
        self._lines = QVBoxLayout()
        self._lines.setSpacing(10)
        self.setLayout(column(label(tr("经过"), 12.5, bold=True), line(), self._lines, 1, gap=6))

    def show_form(self, definition: FormDef, form: FormMsg) -> None:
        if form.moves == self._moves:
            return
        self._moves = form.moves
        empty_out(self._lines)
        names = {one.file: one.name for one in form.attachments}
        fields = {one.key: one for one in definition.fields}
        titles = {step.code: step.title for step in definition.steps}
        for move in reversed(form.moves):
            title = move.step_title or titles.get(move.step, "") or OWN_STEPS.get(move.step, move.step)
            self._lines.addWidget(_Move(move, tr(title), fields, names))

    def texts(self) -> list[str]:
        return [one.text for one in self.findChildren(_Move)]


class _Move(QWidget):
    def __init__(self, move: MoveMsg, title: str, fields: Mapping[str, FieldDef], names: Mapping[str, str]) -> None:
        super().__init__()
        by = tr("站") if move.role == STATION_ROLE else move.by
        head = label(title, 12, bold=True, wrap=True)
        who = label(f"{local_time(move.at, date=True)}　{by}", 10.5, dim=True, wrap=True)
        parts: list[QWidget] = [head, who]
        if move.note:
            parts.append(label(tr("“{note}”", note=move.note), 11, wrap=True))
        said = [
            f"{tr(fields[key].title)}：{_short(words_of(fields[key], value, names)) or tr('清空')}"
            for key, value in move.fields.items()
            if key in fields
        ]
        if said and move.step != BEGIN:  # what a new form knows stands in its fields
            parts.append(label("\n".join(said), 11, dim=True, wrap=True))
        self.text = "\n".join((title, by, move.note, *said))
        self.setLayout(column(*parts, gap=2))


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"

"""The page of the forms (处置): the list at the left, the form at the right, joined with the station. Console side.

The widgets know no station; here their wishes become calls, and what the station answers is shown. A draft is kept until its
form was saved or moved on, or somebody else logs in.
"""

import asyncio
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QWidget

from app.console.errors import Known, Refused
from app.console.pages.forms_files import FormFiles
from app.console.pages.forms_loading import FormsLoading
from app.console.pages.forms_new import blank_form, subjects_of
from app.console.seat import Seat
from app.console.state import Changes
from app.domain.form_step import BEGIN, STATION_ROLE
from app.domain.tag import Tag
from widgets.forms.bulk import BulkView
from widgets.forms.controls import label
from widgets.forms.draft import Drafts
from widgets.forms.editors import Desk
from widgets.forms.limits import LimitsEditor
from widgets.forms.list import FormList
from widgets.forms.parse import Entry, FormMsg, bulk_of, form_of
from widgets.forms.picker import SubjectPicker
from widgets.forms.shelf import View, Wanted
from widgets.forms.view import FormView
from widgets.vocabulary import local_time
from widgets.words import tr

NAME = "forms"
_LOOK_S = 5.0
_ELSEWHERE = frozenset({"handover", "shift_note", "daily_report"})
"""Kinds that have a page of their own; here they are read, but not begun."""


class FormsPage(QWidget):
    def __init__(self, seat: Seat) -> None:
        super().__init__()
        self._seat = seat
        self.loading = FormsLoading(seat)
        self.drafts = Drafts()
        self._opening: asyncio.Task[None] | None = None
        self._working = False
        self._looked = 0.0
        self._asked_kind = ""
        self._user = ""  # whose drafts these are
        self._desk = Desk(lambda: seat.user, self.loading.now)
        self.list = FormList(seat.themes, self.loading.shelf, self.loading.now, self._has_draft)
        self.view = FormView(seat.themes, self._desk, {("limit_change", "changes"): self._limits_editor})
        self.files = FormFiles(seat, self.view)
        self.bulk = BulkView(self._desk)
        self.picker = SubjectPicker()
        self.hint = label(
            tr("在左边选一张表单。\nCtrl+回车 办理下一步，Ctrl+S 保存，Ctrl+M 到下一个必填项，Ctrl+↑ ↓ 换表单。"), 13, dim=True
        )
        self._lay_out()
        self._connect()

    # the seat

    def enter(self) -> None:
        """Also of somebody else at the same desk, whose login the station had ended."""
        if self._user != self._seat.user:
            self.leave()
        self._user = self._seat.user
        self.loading.enter()

    def leave(self) -> None:
        if self._opening is not None:
            self._opening.cancel()
        self.files.stop()
        self.drafts.clear()
        self.loading.leave()
        self._right.setCurrentWidget(self._blank)
        self._seat.show_badge(NAME, "")

    def put_news(self, changes: Changes) -> None:
        state = self._seat.state
        self.loading.put_station_time(state.feed.station_time)
        if changes.extra:
            self.loading.look_at(state.extra)
        if time.monotonic() - self._looked > _LOOK_S:
            self._looked = time.monotonic()
            if self.loading.shelf.look_at(self.loading.now_text()):
                self._shelf_changed()

    def open(self, kind: str, what: object) -> None:
        """`what`: the number of a form, or what a form is to be about (`occurrence:7`): the open one, or a new one."""
        self._seat.show_page(NAME)
        if isinstance(what, int) and what > 0:
            self.list.select(what)
            self._open(kind, what)
        else:
            self._start(self._find_or_begin(kind, what if isinstance(what, str) else ""))

    def change_limits(self, tag: str, suggested: Mapping[str, float] | None = None) -> None:
        """`suggested`: new values to begin with, by the columns of the tag table; nothing is sent by itself."""
        self._seat.show_page(NAME)
        self._begin("limit_change", f"tag:{tag}")
        changes = None if self.view.body is None else self.view.body.boxes.get("changes")
        if suggested and changes is not None and isinstance(changes.editor, LimitsEditor):
            changes.editor.put([{"item": item, "new": f"{value:g}"} for item, value in suggested.items()])
            changes.editor.changed.emit()

    # what is open

    def _open(self, kind: str, id: int) -> None:
        self._start(self._show(kind, id))

    def _start(self, work: Any) -> None:
        """One form is being fetched at a time; the last wish counts."""
        if self._opening is not None:
            self._opening.cancel()
        self._opening = self._seat.run(work)

    async def _show(self, kind: str, id: int) -> None:
        try:
            form = form_of(await self._seat.call("GET", f"/forms/{kind}/{id}"))
        except Known as error:
            self._seat.tell_briefly(tr("表单没有取到：{error}", error=error.message))
            return
        self._put(form)

    async def _find_or_begin(self, kind: str, subject: str) -> None:
        """The open form about that subject, or a new one: only what the station knows is in it, so it is made at once."""
        try:
            if subject:
                params = {"subject": subject, "open": "true", "limit": 1}
                found = await self._seat.call("GET", f"/forms/{kind}", params=params)
                if found:
                    form = form_of(await self._seat.call("GET", f"/forms/{kind}/{found[0]['id']}"))
                    self._put(form)
                    return
            definition = self.loading.kinds.get(kind)
            if definition is not None and (definition.needs or not subject):
                self._begin(kind, subject)
                return
            self._put(form_of(await self._seat.call("POST", f"/forms/{kind}", {"subject": subject})))
            self.loading.refresh()
        except Known as error:
            self._seat.tell_briefly(tr("表单没有建立：{error}", error=error.message))

    def _put(self, form: FormMsg) -> None:
        """As the station has it now."""
        definition = self.loading.kinds.get(form.kind)
        if definition is None:
            self._seat.tell_briefly(tr("本值守台还不认识这种表单：{kind}", kind=form.kind))
            return
        self.view.show_form(definition, form, self.drafts.of(_key(form)))
        self._right.setCurrentWidget(self.view)
        self.list.select(form.id)

    def _begin(self, kind: str, subject: str) -> None:
        """A blank form; nothing is at the station until it is filled in."""
        definition = self.loading.kinds.get(kind)
        if definition is None or self._seat.role not in definition.creates:
            title = tr(definition.title) if definition is not None else kind
            self._seat.tell_briefly(tr("当前账号不能建立“{title}”。", title=title))
            return
        form = blank_form(definition, subject, self._seat.state)
        self.view.show_form(definition, form, self.drafts.of(_key(form)))
        self._right.setCurrentWidget(self.view)
        first = next((key for key in definition.sets if self.view.body is not None and self.view.body.is_open(key)), "")
        if first:
            self.view.go_to(first)

    def _ask_for_new(self, kind: str) -> None:
        title, subjects, nothing = subjects_of(kind, self._seat.state)
        if subjects is None:
            self._begin(kind, "")
            return
        self._asked_kind = kind
        self.picker.ask(title, subjects, nothing)
        self._right.setCurrentWidget(self.picker)
        self.picker.setFocus()

    def _subject_chosen(self, subject: str) -> None:
        self._start(self._find_or_begin(self._asked_kind, subject))

    # what people do

    def _save(self, fields: dict[str, Any]) -> None:
        form = self.view.form
        if form is not None and not self._working:
            self._seat.run(self._work(form, fields, self._saved(form, fields)))

    def _step(self, code: str, fields: dict[str, Any], before: dict[str, Any], note: str) -> None:
        form = self.view.form
        if form is not None and not self._working:
            self._seat.run(self._work(form, {**before, **fields}, self._stepped(form, code, fields, before, note)))

    async def _saved(self, form: FormMsg, fields: dict[str, Any]) -> FormMsg:
        body = {"fields": fields, "expect_updated_at": form.updated_at}
        told = form_of(await self._seat.call("PATCH", f"/forms/{form.kind}/{form.id}", body))
        self._seat.tell_briefly(tr("已保存：{title}", title=form.title))
        return told

    async def _stepped(self, form: FormMsg, code: str, fields: dict[str, Any], before: dict[str, Any], note: str) -> FormMsg:
        if code == BEGIN:
            body: dict[str, Any] = {"subject": form.subject, "fields": fields}
            told = form_of(await self._seat.call("POST", f"/forms/{form.kind}", body))
            self.drafts.drop(_key(form))
            return told
        if before:
            form = await self._saved(form, before)
        body = {"fields": fields, "expect_updated_at": form.updated_at, **({"note": note} if note else {})}
        told = form_of(await self._seat.call("POST", f"/forms/{form.kind}/{form.id}/{code}", body))
        self.drafts.of(_key(form)).note = ""
        return told

    async def _work(self, form: FormMsg, sent: dict[str, Any], doing: Any) -> None:
        """Runs one wish; what was refused stays typed, and what somebody else changed is shown beside it."""
        self._working = True
        self.view.show_busy(True)
        try:
            told = await doing
        except Refused as error:
            if error.status == 409 and form.id:
                await self._show(form.kind, form.id)
            self._say_beside(form, error.message)
        except Known as error:
            self._say_beside(form, error.message)
        except ValueError as error:
            self._say_beside(form, tr("站点的表单与本值守台的版本不相配：{error}", error=error))
        else:
            self._say_beside(form, "")
            self._take(form, sent, told)
        finally:
            self._working = False
            self.view.show_busy(False)

    def _take(self, before: FormMsg, sent: dict[str, Any], told: FormMsg) -> None:
        """The form as it is after a wish was granted. What was sent is no draft any more; what was typed since is."""
        draft = self.drafts.of(_key(told))
        draft.arrived(sent, told.fields)
        shown = self.view.form
        if shown is not None and _key(shown) == _key(before):
            self._put(told)
        self.loading.shelf.put(_entry(told), self.loading.now_text())
        self._shelf_changed()

    def _say_beside(self, form: FormMsg, text: str) -> None:
        shown = self.view.form
        if shown is not None and _key(shown) == _key(form) and self._right.currentWidget() is self.view:
            self.view.show_notice(text)
        elif text:
            self._seat.tell_briefly(f"{form.number}　{text}")

    def _bulk_step(self, kind: str, ids: list[int], code: str, fields: dict[str, Any], note: str) -> None:
        if not self._working:
            self._seat.run(self._step_many(kind, ids, code, fields, note))

    async def _step_many(self, kind: str, ids: list[int], code: str, fields: dict[str, Any], note: str) -> None:
        self._working = True
        self.bulk.show_busy(True)
        try:
            body = {"ids": ids, "step": code, "fields": fields, "note": note}
            self.bulk.show_outcome(bulk_of(await self._seat.call("POST", f"/forms/{kind}/step", body)))
        except Known as error:
            self._seat.tell_briefly(tr("没有办成：{error}", error=error.message))
        finally:
            self._working = False
            self.bulk.show_busy(False)
            self.loading.refresh()

    # news

    def _shelf_changed(self) -> None:
        """The list, the badge, and the form that is open."""
        self.list.refresh()
        shelf = self.loading.shelf
        waiting = shelf.count(View.MINE)
        text = "999+" if waiting > 999 else str(waiting) if waiting else ""
        self._seat.show_badge(NAME, text, shelf.mine_late() > 0)
        chosen = self.list.selected()
        if self._right.currentWidget() is self.bulk and len(chosen) > 1:
            self._show_bulk(chosen)
        form = self.view.form
        if form is None or not form.id or self._working or self._shows_other():
            return
        if self._opening is not None and not self._opening.done():
            return
        entry = shelf.entry(form.id)
        if (entry is None and form.open and self.loading.kinds) or (entry is not None and entry.updated_at > form.updated_at):
            self._start(self._renew(form))

    async def _renew(self, form: FormMsg) -> None:
        """Somebody else changed the form that is open."""
        await self._show(form.kind, form.id)
        now = self.view.form
        if now is None or now.id != form.id or len(now.moves) <= len(form.moves):
            return
        last = now.moves[-1]
        if last.by != self._seat.user:
            by = tr("站") if last.role == STATION_ROLE else last.by
            self.view.show_notice(
                tr(
                    "{by} 于 {at} 办理了“{step}”，已显示最新内容。",
                    by=by,
                    at=local_time(last.at),
                    step=tr(last.step_title or last.step),
                )
            )

    def _chosen(self, ids: list[int]) -> None:
        if len(ids) == 1:
            entry = self.loading.shelf.entry(ids[0])
            if entry is not None and (self.view.form is None or self.view.form.id != entry.id or self._shows_other()):
                self._open(entry.kind, entry.id)
        elif len(ids) > 1:
            self._show_bulk(ids)

    def _shows_other(self) -> bool:
        return self._right.currentWidget() is not self.view

    def _show_bulk(self, ids: list[int]) -> None:
        found = [entry for id in ids if (entry := self.loading.shelf.entry(id)) is not None]
        self.bulk.show_entries(found, self.loading.kinds, self._seat.role)
        self._right.setCurrentWidget(self.bulk)

    def _open_refused(self, id: int) -> None:
        entry = self.loading.shelf.entry(id)
        if entry is not None:
            self._open(entry.kind, id)

    def _kinds_known(self) -> None:
        kinds, role = self.loading.kinds, self._seat.role
        new = [kind for kind, one in kinds.items() if role in one.creates and kind not in _ELSEWHERE]
        self.list.show_kinds(kinds, new)

    def _has_draft(self, entry: Entry) -> bool:
        return self.drafts.has(f"{entry.kind}/{entry.id}")

    def _limits_editor(self) -> LimitsEditor:
        definition = self.loading.kinds["limit_change"]
        return LimitsEditor(self._seat.themes, definition.field_named("changes"), self._tag_of)

    def _tag_of(self, tag: str) -> Tag | None:
        return self._seat.state.site.tags.get(tag)

    def _wanted(self, wanted: Wanted) -> None:
        self.loading.search(wanted)

    def _connect(self) -> None:
        seat = self._seat
        seat.entered.connect(self.enter)
        seat.left.connect(self.leave)
        seat.news.connect(self.put_news)
        seat.form_wanted.connect(self.open)
        seat.limits_wanted.connect(self.change_limits)
        seat.limits_suggested.connect(self.change_limits)
        self.loading.kinds_known.connect(self._kinds_known)
        self.loading.loaded.connect(self._shelf_changed)
        self.loading.said.connect(self.list.say)
        self.list.wanted.connect(self._wanted)
        self.list.more.connect(self.loading.more)
        self.list.chosen.connect(self._chosen)
        self.list.new.connect(self._ask_for_new)
        self.picker.chosen.connect(self._subject_chosen)
        self.picker.left.connect(lambda: self._right.setCurrentWidget(self._blank))
        self.view.save.connect(self._save)
        self.view.step.connect(self._step)
        self.view.head.alarm_wanted.connect(seat.card_wanted)
        self.files.attached.connect(self._attached)
        self.bulk.step.connect(self._bulk_step)
        self.bulk.opened.connect(self._open_refused)
        for keys, by in (("Ctrl+Down", 1), ("Ctrl+Up", -1)):
            shortcut = QShortcut(QKeySequence(keys), self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(partial(self.list.step, by))
        into = QShortcut(QKeySequence("Ctrl+M"), self.list, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        into.activated.connect(self._go_into_form)

    def _go_into_form(self) -> None:
        """From the list; in the form the key is the form's own."""
        if self._right.currentWidget() is self.view:
            self.view.go_to_missing()

    def _attached(self, form: FormMsg) -> None:
        shown = self.view.form
        if shown is not None and shown.id == form.id:
            self._put(form)
        self.loading.shelf.put(_entry(form), self.loading.now_text())

    def _lay_out(self) -> None:
        self._blank = QWidget()
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        middle = QHBoxLayout(self._blank)
        middle.addWidget(self.hint)
        place = QWidget()
        self._right = QStackedLayout(place)
        for one in (self._blank, self.view, self.bulk, self.picker):
            self._right.addWidget(one)
        self.list.setMinimumWidth(420)
        self.list.setMaximumWidth(640)
        box = QHBoxLayout(self)
        box.setContentsMargins(14, 12, 0, 12)
        box.setSpacing(0)
        box.addWidget(self.list, 1)
        box.addWidget(place, 2)
        self.setFocusProxy(self.list.view)


def make(seat: Seat) -> FormsPage:
    return FormsPage(seat)


def _key(form: FormMsg) -> str:
    return f"{form.kind}/{form.id}" if form.id else f"{form.kind}/new/{form.subject}"


def _entry(form: FormMsg) -> Entry:
    return Entry(
        form.id, form.kind, form.state, form.number, form.state_title, form.subject, form.title, form.priority, form.open,
        form.created_at, form.created_by, form.updated_at, form.due_at, form.overdue,
    )  # fmt: skip

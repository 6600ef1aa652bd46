"""The page of the forms through a real session: list and badge, steps, saving, conflicts, refusals, files, many at once."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from app.console.desk import Desk
from app.console.navigation import PageButton
from app.console.pages.forms import FormsPage
from tests.console.fake_station import alarm
from tests.console.forms_station import FormsStation
from tests.console.rig import desk_at, run_ui, type_login, until
from tests.widgets.forms.paper import Paper, entry_json, handling
from widgets.forms.shelf import View

CONTROL = Qt.KeyboardModifier.ControlModifier
Story = Callable[[Desk, FormsPage, FormsStation], Coroutine[Any, Any, None]]


@asynccontextmanager
async def at_work(data: Path, station: FormsStation, user: str) -> AsyncIterator[tuple[Desk, FormsPage]]:
    async with desk_at(data, station.url, pages=("forms",)) as desk:
        page = desk.window.page_named("forms")
        assert isinstance(page, FormsPage)
        await log_in(desk, station, user)
        await until(lambda: bool(page.loading.kinds))
        desk.window.show_page("forms")
        yield desk, page


async def log_in(desk: Desk, station: FormsStation, user: str) -> None:
    station.log_in_as(user)
    type_login(desk, station.password, user)
    await until(
        lambda: desk.window.page is not desk.login_page and desk.seat.user == user and desk.state.feed.heard_at is not None
    )


@pytest.fixture
def play(qapp: QApplication, tmp_path: Path) -> Callable[..., None]:
    def run(story: Story, *papers: Paper, user: str = "wang") -> None:
        async def whole() -> None:
            with FormsStation() as station:
                for paper in papers:
                    station.add(paper)
                async with at_work(tmp_path / "seat", station, user) as (desk, page):
                    await until(lambda: page.loading.shelf.count(View.OPEN) == sum(p.msg().open for p in papers))
                    await story(desk, page, station)

        run_ui(qapp, whole())

    return run


def numbered(paper: Paper, id: int, **more: Any) -> Paper:
    assert paper.form is not None
    paper.form = replace(paper.form, id=id, number=f"处置-20261121-{id:04d}", **more)
    return paper


async def opened(page: FormsPage, id: int, kind: str = "handling") -> None:
    page.open(kind, id)
    await until(lambda: page.view.form is not None and page.view.form.id == id)


def fill(page: FormsPage, **values: Any) -> None:
    assert page.view.body is not None
    for key, value in values.items():
        editor = page.view.body.boxes[key].editor
        assert editor is not None
        editor.put(value)
        editor.changed.emit()


def badge(desk: Desk) -> PageButton:
    return next(one for one in desk.window.navigation.findChildren(PageButton) if one.text() == "处置")


SITE = {"site_result": "true", "site_at": "2026-11-21T02:44:00.000Z", "site_person": "李明"}


def test_the_list_follows_the_station_and_the_badge_counts_what_waits(play: Any) -> None:
    async def story(desk: Desk, page: FormsPage, station: FormsStation) -> None:
        assert page.loading.shelf.count(View.MINE) == 1  # the reported one waits for a supervisor
        await until(lambda: (badge(desk).badge, badge(desk).urgent) == ("1", True))  # 2026-11-21 02:45 has long passed
        station.add(numbered(handling("signed"), 3))
        station.tell_changed()
        await until(lambda: badge(desk).badge == "2" and [one.id for one in page.list.model.rows] == [3, 1])
        station.papers[1].move("site_check", "li", **SITE).move("handle", "li", cause_class="leak", measures="堵漏",
                                                                handled_by="李", started_at="2026-11-21T02:46:00Z")  # fmt: skip
        station.tell_changed()
        await until(lambda: badge(desk).badge == "1")
        desk.window.grab()

    play(story, numbered(handling("signed"), 1), numbered(handling("reported", "li"), 2))


def test_a_step_by_keyboard_alone(play: Any) -> None:
    async def story(desk: Desk, page: FormsPage, station: FormsStation) -> None:
        desk.window.activateWindow()
        page.list.view.setFocus()
        QTest.keyClick(page.list.view, Qt.Key.Key_Down, CONTROL)
        await until(lambda: page.view.form is not None)
        QTest.keyClick(page.list.view, Qt.Key.Key_M, CONTROL)
        segment = page.view.body.boxes["site_result"].editor.segments["true"]  # type: ignore[union-attr]
        assert desk.window.focusWidget() is segment
        seen = set()
        for _ in range(60):
            QTest.keyClick(desk.window.focusWidget(), Qt.Key.Key_Tab)
            seen.add(desk.window.focusWidget())
        assert {segment, page.view.bar.note, page.list.view, page.list.search} <= seen, "Tab leaves the form again"
        page.view.bar.note.setFocus()
        QTest.keyClick(page.view.bar.note, Qt.Key.Key_M, CONTROL)
        assert desk.window.focusWidget() is segment
        QTest.keyClick(segment, Qt.Key.Key_Space)
        fill(page, site_at=SITE["site_at"], site_person="李明")
        page.view.bar.note.setFocus()
        QTest.keyClicks(page.view.bar.note, "on site")
        QTest.keyClick(page.view.bar.note, Qt.Key.Key_Return, CONTROL)
        await until(lambda: page.view.form is not None and page.view.form.state == "checked")
        sent = next(body for method, path, body in station.asked if path.endswith("/site_check"))
        assert sent["fields"] == SITE and sent["note"] == "on site" and sent["expect_updated_at"]
        assert not page.drafts.has("handling/1") and page.view.bar.note.text() == ""
        await until(lambda: not page._working)
        assert page.view.bar.primary is not None and page.view.bar.primary.code == "handle"

    play(story, numbered(handling("signed"), 1))


def test_saving_keeps_and_says_so(play: Any) -> None:
    async def story(desk: Desk, page: FormsPage, station: FormsStation) -> None:
        await opened(page, 1)
        fill(page, site_text="正在赶往现场")
        assert page.drafts.has("handling/1")
        assert "有未保存的修改" in page.list.model.data(page.list.model.index(0))
        page.view.want_save()
        await until(lambda: not page.drafts.has("handling/1"))
        assert station.papers[1].form.fields["site_text"] == "正在赶往现场"  # type: ignore[union-attr]
        assert any("已保存" in text for text in desk.window.notices.texts)

    play(story, numbered(handling("signed"), 1))


def test_somebody_was_faster_and_both_values_are_shown(play: Any) -> None:
    async def story(desk: Desk, page: FormsPage, station: FormsStation) -> None:
        await opened(page, 1)
        fill(page, site_text="我写的")
        station.papers[1].edit("li", site_text="对方写的")  # and the feed has not told it yet
        page.view.want_save()
        await until(lambda: page.view.conflicts == ["site_text"])
        assert "li 刚刚改过" in page.view.notice.text()
        assert station.papers[1].form.fields["site_text"] == "对方写的"  # type: ignore[union-attr]
        page.view.body.boxes["site_text"].conflict.mine.click()  # type: ignore[union-attr]
        await until(lambda: not page._working)
        page.view.want_save()
        await until(lambda: station.papers[1].form.fields["site_text"] == "我写的")  # type: ignore[union-attr]

    play(story, numbered(handling("signed"), 1))


def test_a_move_by_somebody_else_is_told_and_the_draft_stays(play: Any) -> None:
    async def story(desk: Desk, page: FormsPage, station: FormsStation) -> None:
        await opened(page, 1)
        fill(page, people_on_site=9.0)
        station.papers[1].move("site_check", "li", **SITE)
        station.tell_changed()
        await until(lambda: page.view.form is not None and page.view.form.state == "checked")
        await until(lambda: "li" in page.view.notice.text() and "现场确认" in page.view.notice.text())
        assert page.view.conflicts == ["people_on_site"] and page.drafts.has("handling/1")

    play(story, numbered(handling("signed"), 1))


def test_a_refusal_by_role_is_said_beside_and_what_was_typed_stays(play: Any) -> None:
    async def story(desk: Desk, page: FormsPage, station: FormsStation) -> None:
        await opened(page, 1)
        fill(page, **SITE)
        station.log_in_as("sun")  # the account became a viewer meanwhile
        page.view.bar.press_primary()
        await until(lambda: "viewer" in page.view.notice.text())
        assert page.drafts.of("handling/1").mine == SITE
        assert station.papers[1].form.state == "signed"  # type: ignore[union-attr]

    play(story, numbered(handling("signed"), 1))


def test_an_attachment_goes_up_and_one_too_large_is_refused_with_the_reason(play: Any, tmp_path: Path) -> None:
    photo = tmp_path / "现场 1.jpg"
    photo.write_bytes(b"\xff\xd8" + bytes(300_000))

    async def story(desk: Desk, page: FormsPage, station: FormsStation) -> None:
        await opened(page, 1)
        shares: list[float] = []
        page.files._shared.connect(lambda number, share: shares.append(share))
        page.view.dropped.emit([photo])
        await until(lambda: page.view.form is not None and len(page.view.form.attachments) == 1)
        assert page.view.form is not None and page.view.form.attachments[0].name == "现场 1.jpg"
        assert page.view.attachments.transfers == [] and shares[-1] == 1.0 and len(shares) > 3
        assert next(iter(station.files.values())) == photo.read_bytes()
        station.refuse_attachments = "附件最大 20 MB，这个文件有 300 MB"
        page.view.dropped.emit([photo, tmp_path / "gone.jpg"])
        rows = page.view.attachments
        await until(lambda: any("附件最大 20 MB" in text for text in rows.transfers))
        await until(lambda: any("不在原处" in text for text in rows.transfers))
        assert len(page.view.form.attachments) == 1

    play(story, numbered(handling("signed"), 1))


def test_files_come_down_checked_and_paper_goes_where_the_person_says(play: Any, tmp_path: Path) -> None:
    photo = tmp_path / "a.jpg"
    photo.write_bytes(b"\xff\xd8 picture")

    async def story(desk: Desk, page: FormsPage, station: FormsStation) -> None:
        shown: list[Path] = []
        page.files._show = lambda path: bool(shown.append(path)) or True
        await opened(page, 1)
        page.view.dropped.emit([photo])
        await until(lambda: page.view.form is not None and len(page.view.form.attachments) == 1)
        assert page.view.form is not None
        one = page.view.form.attachments[0]
        page.view.attachments.opened.emit(one)
        await until(lambda: bool(shown))
        assert shown[0].read_bytes() == photo.read_bytes() and desk.seat.data in shown[0].parents
        page.view.attachments.opened.emit(replace(one, name="tool.exe"))
        assert "不能直接打开" in page.view.notice.text() and len(shown) == 1
        station.files[one.file] = b"another"
        page.view.attachments.opened.emit(one)
        await until(lambda: "校验值" in page.view.notice.text())
        page.view.head.pdf.click()
        dialog = next(w for w in page.view.findChildren(QFileDialog))
        assert not dialog.isModal() and dialog.isVisible()
        dialog.fileSelected.emit(str(tmp_path / "out" / "form.pdf"))
        dialog.close()
        await until(lambda: (tmp_path / "out" / "form.pdf").exists())
        await until(lambda: any("已保存到" in text and "form.pdf" in text for text in desk.window.notices.texts))

    play(story, numbered(handling("signed"), 1))


def test_many_at_once_each_for_itself(play: Any) -> None:
    async def story(desk: Desk, page: FormsPage, station: FormsStation) -> None:
        page.list._select({1, 2}, 1)
        await until(lambda: page._right.currentWidget() is page.bulk)
        editor = page.bulk.body.boxes["verify_text"].editor  # type: ignore[union-attr]
        editor.put("同意")
        editor.changed.emit()
        page.bulk.bar.press_primary()
        await until(lambda: "办成 1 张，被拒绝 1 张" in page.bulk.outcome.text())
        assert [station.papers[n].form.state for n in (1, 2)] == ["verified", "reported"]  # type: ignore[union-attr]

    play(story, numbered(handling("reported", "li"), 1), numbered(handling("reported", "zhao"), 2), user="zhao")


def test_a_form_about_an_alarm_is_found_or_begun(play: Any) -> None:
    async def story(desk: Desk, page: FormsPage, station: FormsStation) -> None:
        station.tell(alarms=[alarm(8)])
        await until(lambda: desk.seat.alarm(8) is not None)
        desk.seat.form_wanted.emit("handling", "occurrence:7")
        await until(lambda: page.view.form is not None and page.view.form.id == 1)
        desk.seat.form_wanted.emit("handling", "occurrence:8")
        await until(lambda: page.view.form is not None and page.view.form.subject == "occurrence:8")
        assert len(station.papers) == 2
        page.list.new.emit("handling")
        assert page._right.currentWidget() is page.picker and page.picker.list.count() == 1
        page.picker.go.click()
        await until(lambda: page._right.currentWidget() is page.view)
        assert len(station.papers) == 2  # the open one is shown, no second is begun

    play(story, numbered(handling("signed"), 1))


def test_a_change_of_limits_is_begun_with_what_holds_now(play: Any) -> None:
    async def story(desk: Desk, page: FormsPage, station: FormsStation) -> None:
        desk.seat.limits_wanted.emit("TK101.LT")
        await until(lambda: page.view.form is not None)
        assert page.view.form is not None and page.view.form.id == 0 and page.view.body is not None
        editor = page.view.body.boxes["changes"].editor
        old = {item: one.old.text() for item, one in editor.lines.items()}  # type: ignore[union-attr]
        assert (old["hh"], old["h"], old["ll"], old["priority_hh"]) == ("90", "85", "10", "紧急")
        page.view.bar.press_primary()
        assert "变更内容" in page.view.notice.text() and station.papers == {}
        line = editor.lines["hh"].edit  # type: ignore[union-attr]
        line.selectAll()
        QTest.keyClicks(line, "88")
        fill(page, reason="离溢流口过近", risk="已评估")
        desk.seat.limits_wanted.emit("TK101.LT")  # asked for again: what was typed is still there
        assert page.view.values()["reason"] == "离溢流口过近"
        page.view.bar.press_primary()
        await until(lambda: page.view.form is not None and page.view.form.id == 1)
        assert station.papers[1].form.fields["changes"] == [{"item": "hh", "new": "88"}]  # type: ignore[union-attr]
        assert page._right.currentWidget() is page.view and "approve" not in page.view.bar.buttons
        assert not page.drafts.has("limit_change/new/tag:TK101.LT")

    play(story, user="chen")


def test_who_may_not_begin_is_told(play: Any) -> None:
    async def story(desk: Desk, page: FormsPage, station: FormsStation) -> None:
        desk.seat.limits_wanted.emit("TK101.LT")
        await until(lambda: any("不能建立" in text for text in desk.window.notices.texts))
        assert page.view.form is None and not page.list.new_button.isVisible()

    play(story, user="sun")


def test_finished_forms_come_page_by_page(play: Any) -> None:
    async def story(desk: Desk, page: FormsPage, station: FormsStation) -> None:
        done = entry_json(station.papers[1].definition, station.papers[1].form)  # type: ignore[arg-type]
        station.many = [
            {**done, "id": n, "title": f"报警 {n}", "open": False, "due_at": None} for n in range(52_000, 2_000, -1)
        ]
        page.list.show_view(View.ALL)
        await until(lambda: len(page.list.model.rows) == 500)
        assert page.list.model.rows[0].id == 52_000
        page.list.view.scrollToBottom()
        await until(lambda: len(page.list.model.rows) == 1000)
        assert [one.id for one in page.list.model.rows] == list(range(52_000, 51_000, -1))
        page.list.search.setText("报警 2001")
        page.list._ask()
        await until(lambda: [one.id for one in page.list.model.rows] == [*range(20_019, 20_009, -1), 2001])
        page.list.search.setText("")
        page.list.show_view(View.MINE)
        assert [one.id for one in page.list.model.rows] == [1]

    play(story, numbered(handling("signed"), 1))


def test_leaving_the_page_keeps_the_draft_and_another_person_never_sees_it(play: Any) -> None:
    async def story(desk: Desk, page: FormsPage, station: FormsStation) -> None:
        await opened(page, 1)
        fill(page, site_text="我写的")
        desk.window.show_page("overview")
        desk.window.show_page("forms")
        assert page.view.values()["site_text"] == "我写的"
        desk._on_log_out()
        assert len(page.drafts) == 0 and page.list.model.rows == [] and badge(desk).badge == ""
        assert page._right.currentWidget() is page._blank
        await log_in(desk, station, "li")
        await until(lambda: badge(desk).badge == "1")

    play(story, numbered(handling("signed"), 1))


def test_a_station_that_does_not_answer_is_said_and_asked_again(play: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.console.pages.forms_loading.RETRY_S", 0.3)

    async def story(desk: Desk, page: FormsPage, station: FormsStation) -> None:
        answer = station._answer
        station._answer = lambda *args: 1 / 0  # type: ignore[method-assign,assignment,return-value]
        station.tell_changed()
        await until(lambda: "没有取到" in page.list.status.text())
        assert [one.id for one in page.list.model.rows] == [1]  # what was known stays
        station._answer = answer  # type: ignore[method-assign]
        await until(lambda: page.list.status.text() == "")

    play(story, numbered(handling("signed"), 1))


def test_a_slow_answer_never_covers_what_was_asked_for_later(play: Any) -> None:
    async def story(desk: Desk, page: FormsPage, station: FormsStation) -> None:
        station.delay = 0.3
        page.open("handling", 1)
        await asyncio.sleep(0.05)
        station.delay = 0.0
        page.open("handling", 2)
        await until(lambda: page.view.form is not None)
        await asyncio.sleep(0.4)
        assert page.view.form is not None and page.view.form.id == 2

    play(story, numbered(handling("signed"), 1), numbered(handling("signed"), 2))


def test_a_change_that_was_tried_on_the_past_begins_filled_in(play: Any) -> None:
    async def story(desk: Desk, page: FormsPage, station: FormsStation) -> None:
        desk.seat.limits_suggested.emit("TK101.LT", {"deadband": 1.5})
        await until(lambda: page.view.form is not None and page.view.form.kind == "limit_change")
        assert page.view.body is not None and page.view.body.boxes["changes"].editor is not None
        assert page.view.body.boxes["changes"].editor.value() == [{"item": "deadband", "new": "1.5"}]
        assert not any(method == "POST" for method, _, _ in station.asked), "nothing is sent by itself"

    play(story, user="zhao")

"""The closed loop of one alarm at the desk, over a real station: acknowledged, checked, handled, cleared, reported, written off
by the supervisor, archived, printed. And a change of limits by two people."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from app.console.desk import Desk
from app.console.pages.forms import FormsPage
from tests.console.real_station import RealStation
from tests.console.rig import desk_at, run_ui, type_login, until
from tests.console.test_forms_page import badge, fill
from tests.station.rig import PASSWORD

JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000") + bytes(2000) + b"\xff\xd9"
Ui = Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture
def ui(qapp: QApplication) -> Ui:
    return lambda work: run_ui(qapp, work)


async def enter(desk: Desk, user: str) -> FormsPage:
    if desk.seat.user:
        desk._on_log_out()
    type_login(desk, PASSWORD, user)
    await until(lambda: desk.seat.user == user and desk.window.page is not desk.login_page)
    page = desk.window.page_named("forms")
    assert isinstance(page, FormsPage)
    await until(lambda: bool(page.loading.kinds))
    desk.window.show_page("forms")
    return page


async def step(page: FormsPage, state: str, **fields: Any) -> None:
    """Fills in, goes on with the primary step, and waits for the state."""
    fill(page, **fields)
    assert not page.view.bar.missing, page.view.bar.missing
    page.view.bar.press_primary()
    await until(lambda: (page.view.form is not None and page.view.form.state == state) or bool(page.view.notice.text()))
    assert page.view.form is not None and page.view.form.state == state, page.view.notice.text()
    await until(lambda: not page._working)


def test_from_the_alarm_to_the_archive(ui: Ui, tmp_path: Path) -> None:
    photo = tmp_path / "现场.jpg"
    photo.write_bytes(JPEG)

    async def story() -> None:
        with RealStation(tmp_path / "data") as station:
            async with desk_at(tmp_path / "seat", station.url, pages=("forms",)) as desk:
                page = await enter(desk, "wang")
                station.say("T1", 95.0)
                await until(lambda: ("T1", "HH") in desk.state.alarms)
                occurrence = desk.state.alarms["T1", "HH"].occurrence
                assert station.do(lambda rig: rig.post(f"/alarms/{occurrence}/ack", {"note": "看到了"}))[0] == 200
                await until(lambda: badge(desk).badge != "")
                desk.seat.form_wanted.emit("handling", f"occurrence:{occurrence}")
                await until(lambda: page.view.form is not None and page.view.form.subject == f"occurrence:{occurrence}")
                assert page.view.form is not None and page.view.form.fields["acked_by"] == "wang"
                assert not page.view.head.card.isHidden() and page.view.head.due.text.startswith("剩余")

                page.view.dropped.emit([photo])
                await until(lambda: page.view.form is not None and len(page.view.form.attachments) == 1)
                file = page.view.form.attachments[0].file
                site = {"site_result": "true", "site_at": "2026-11-21T02:44:00.000Z", "site_person": "李明"}
                await step(page, "checked", **site, site_files=[file])
                await step(page, "handled", cause_class="operation", measures="关阀倒罐", handled_by="李明",
                           started_at="2026-11-21T02:46:00.000Z")  # fmt: skip
                assert page.view.bar.primary is None  # the station sees the value come back, nobody else
                station.say("T1", 50.0)
                await until(lambda: page.view.form is not None and page.view.form.state == "cleared")
                await step(page, "reported", ended_at="2026-11-21T03:10:00.000Z", result="restored", prevention="卸车前核对",
                           report_text="已停止进料并倒罐。")  # fmt: skip
                assert not page.view.bar.buttons  # whoever reported does not write it off

                number = page.view.form.id
                page = await enter(desk, "zhao")
                await until(lambda: badge(desk).badge != "")
                desk.seat.form_wanted.emit("handling", number)
                await until(lambda: page.view.form is not None and page.view.form.id == number and page.view.form.steps != ())
                await step(page, "verified", verify_text="情况属实，同意核销。")
                await step(page, "archived")
                assert page.view.form is not None and not page.view.form.open
                for ending, begins in (("pdf", b"%PDF"), ("xlsx", b"PK")):
                    out = tmp_path / f"form.{ending}"
                    await page.files._print(page.view.form, ending, out)
                    assert out.read_bytes().startswith(begins), page.view.notice.text()
                titles = [text.splitlines()[0] for text in reversed(page.view.history.texts())]
                wanted = ["建单", "上传附件", "现场确认", "完成处置", "消警", "提交处置报告", "核销", "归档"]
                assert [one for one in titles if one != "修改"] == wanted

    ui(story())


def test_limits_are_changed_by_two_people(ui: Ui, tmp_path: Path) -> None:
    async def story() -> None:
        with RealStation(tmp_path / "data") as station:
            async with desk_at(tmp_path / "seat", station.url, pages=("forms",)) as desk:
                page = await enter(desk, "zhao")
                desk.seat.limits_wanted.emit("T1")
                await until(lambda: page.view.form is not None and page.view.body is not None)
                assert page.view.body is not None and page.view.form is not None
                page.view.body.boxes["changes"].editor._typed("hh", "88")  # type: ignore[union-attr]
                fill(page, reason="离溢流口过近", risk="已评估")
                page.view.bar.press_primary()
                await until(lambda: page.view.form is not None and page.view.form.id > 0)
                number = page.view.form.id
                assert "approve" not in page.view.bar.buttons

                page = await enter(desk, "zhou")
                desk.seat.form_wanted.emit("limit_change", number)
                await until(lambda: page.view.form is not None and "approve" in page.view.bar.buttons)
                fill(page, opinion="同意")
                page.view.bar.press_primary()
                assert page.view.bar.is_asking
                page.view.bar.yes.click()
                await until(lambda: page.view.form is not None and page.view.form.state == "in_force")
                await until(lambda: desk.state.site.tags["T1"].limits.hh == 88.0)

    ui(story())

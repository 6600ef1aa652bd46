"""One shift of the alarm desk over real processes: plant → station → window.

Upset → sound → acknowledgement from the card → site check → handling → report → write-off by the supervisor → handover, with a
station that loses its power in the middle. Nothing is called that a person could not press.
"""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.console.desk import Desk
from app.console.pages.forms import FormsPage
from app.console.reader import FeedWord
from app.console.state import Trust
from app.console.watch import Watch
from tests.console.rig import desk_at, run_ui, type_login, until
from tests.console.test_forms_page import fill
from tests.e2e.world import PASSWORD, World, hazwatch
from widgets.card.page import CardPage
from widgets.shift.page import ShiftPage

pytestmark = [pytest.mark.e2e, pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="kills a process by signal")]

TAG, RULE = "LT-204", "HH"
NEXT = "next"  # the operator of the next shift


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, more=((NEXT, "operator"),))
    yield made
    made.stop()


def page_of(desk: Desk, name: str, kind: type[Any]) -> Any:
    page = desk.window.page_named(name)
    assert isinstance(page, kind)
    return page


async def enter(desk: Desk, user: str) -> Watch:
    if desk.seat.user:
        desk._on_log_out()
    type_login(desk, PASSWORD, user)
    await until(lambda: desk.seat.user == user and desk.window.page is not desk.login_page)
    await until(lambda: desk.state.trust(monotonic()) is Trust.LIVE)
    assert desk.watch is not None
    return desk.watch


def state_of(desk: Desk) -> str:
    alarm = desk.state.alarms.get((TAG, RULE))
    return alarm.state if alarm is not None else ""


async def form_is(page: FormsPage, look: Callable[[], bool]) -> None:
    await until(lambda: (page.view.form is not None and look()) or bool(page.view.notice.text()))
    assert page.view.form is not None and look(), page.view.notice.text()


async def step(page: FormsPage, state: str, **fields: Any) -> None:
    """As a person takes it: where the station wrote into the form meanwhile, its newest content is looked at, and once more."""
    for _ in range(3):
        await until(lambda: not page._working)
        fill(page, **fields)
        assert not page.view.bar.missing, page.view.bar.missing
        page.view.bar.press_primary()
        await until(lambda: page.view.form is not None and (page.view.form.state == state or bool(page.view.notice.text())))
        if not page.view.notice.text().startswith("站 刚刚改过"):
            break
    await form_is(page, lambda: page.view.form is not None and page.view.form.state == state)


def test_a_shift_from_the_upset_to_the_handover(qapp: QApplication, world: World, tmp_path: Path) -> None:
    async def story() -> None:
        async with desk_at(tmp_path / "seat", world.url, whole=True) as desk:
            watch = await enter(desk, "operator")
            forms: FormsPage = page_of(desk, "forms", FormsPage)
            card: CardPage = page_of(desk, "card", CardPage)
            shift: ShiftPage = page_of(desk, "shift", ShiftPage)
            assert watch.horn is not None
            horn = watch.horn.pattern
            await until(lambda: bool(desk.state.values) and all(v.quality == "good" for v in desk.state.values.values()))

            # the shift begins: who is here says so, and writes down what is to be remembered
            desk.window.show_page("shift")
            await until(lambda: shift.form is not None and shift.form["state"] == "running")
            await until(shift.watch.take.isVisible)
            QTest.mouseClick(shift.watch.take, Qt.MouseButton.LeftButton)
            await until(lambda: (shift.watch._watch.on_duty or {}).get("user") == "operator")
            shift.watch.note.setText("V-204 今夜收料")
            QTest.keyClick(shift.watch.note, Qt.Key.Key_Return)

            # an upset: it sounds, the banner names it, one click opens its card
            world.plant.tell(f"set {TAG} 12.4")
            await until(lambda: state_of(desk) == "UNACK")
            occurrence = desk.state.alarms[TAG, RULE].occurrence
            assert horn.sounding(monotonic()) == 1, "critical"
            await until(lambda: "V-204" in watch.banner._text.text() and "高高报" in watch.banner._text.text())
            QTest.mouseClick(watch.banner, Qt.MouseButton.LeftButton)
            await until(lambda: desk.window.page is card and card.alarm is not None)
            assert card.alarm is not None and card.alarm.occurrence == occurrence

            # acknowledged from the card; a critical alarm wants a note
            QTest.mouseClick(card.head.act, Qt.MouseButton.LeftButton)
            assert state_of(desk) == "UNACK" and desk.window.focusWidget() is card.head.note
            QTest.keyClicks(card.head.note, "seen on the card")
            QTest.keyClick(card.head.note, Qt.Key.Key_Return)
            await until(lambda: state_of(desk) == "ACKED")
            assert (desk.state.alarms[TAG, RULE].acked_by, desk.state.alarms[TAG, RULE].note) == (
                "operator",
                "seen on the card",
            )
            await until(lambda: occurrence not in horn.unacked)

            # its form was born with the acknowledgement
            await until(lambda: card.handling.form is not None)
            QTest.mouseClick(card.handling.button, Qt.MouseButton.LeftButton)
            await form_is(forms, lambda: forms.view.form is not None and forms.view.form.subject == f"occurrence:{occurrence}")
            assert (
                desk.window.page is forms and forms.view.form is not None and forms.view.form.fields["acked_by"] == "operator"
            )
            number = forms.view.form.id
            await step(forms, "checked", site_result="true", site_at="2026-11-21T02:44:00.000Z", site_person="李明")

            # the power goes; nothing of it is forgotten
            world.station.stop(signal.SIGKILL)
            await until(lambda: desk.window.strip.isVisible())
            world.start_station()
            await until(lambda: desk.state.feed.word is FeedWord.LIVE and desk.window.strip.isHidden())
            assert state_of(desk) == "ACKED" and desk.seat.user == "operator", "nobody had to log in"
            await step(forms, "handled", cause_class="operation", measures="关闭进料阀，倒罐", handled_by="李明",
                       started_at="2026-11-21T02:46:00.000Z")  # fmt: skip

            # the value comes back: the station itself notes it, the report is written
            world.plant.tell(f"set {TAG} 8.0")
            await form_is(forms, lambda: forms.view.form is not None and forms.view.form.state == "cleared")
            await step(forms, "reported", ended_at="2026-11-21T03:10:00.000Z", result="restored", prevention="收料前核对液位",
                       report_text="已停止进料并倒罐，液位恢复。")  # fmt: skip
            assert "verify" not in forms.view.bar.buttons, "whoever reported does not write it off"

            # written off by the supervisor
            await enter(desk, "supervisor")
            await until(lambda: bool(forms.loading.kinds))
            desk.seat.form_wanted.emit("handling", number)
            await form_is(
                forms, lambda: forms.view.form is not None and forms.view.form.id == number and bool(forms.view.form.steps)
            )
            await step(forms, "verified", verify_text="情况属实，同意核销。")
            await step(forms, "archived")

            # handed over: the sheet has written itself, both sign at this desk
            await enter(desk, "operator")
            desk.window.show_page("shift")
            await until(lambda: shift.form is not None and shift.hand_over.isVisible())
            QTest.mouseClick(shift.hand_over, Qt.MouseButton.LeftButton)
            shift.sign.remarks.setPlainText("V-204 高高报已处置完毕，继续留意液位。")
            QTest.mouseClick(shift.sign.sign, Qt.MouseButton.LeftButton)
            await until(lambda: shift.form is not None and shift.form["state"] == "waiting")
            sheet = shift.form["id"]
            shift.sign.user.setText("operator")
            shift.sign.password.setText(PASSWORD)
            QTest.mouseClick(shift.sign.accept, Qt.MouseButton.LeftButton)
            await until(lambda: bool(shift.sign.fault.text()), 20)  # nobody hands over to himself
            shift.sign.user.setText(NEXT)
            shift.sign.password.setText(PASSWORD)
            QTest.mouseClick(shift.sign.accept, Qt.MouseButton.LeftButton)
            await until(lambda: shift.form is not None and shift.form["id"] != sheet)

            with world.person("supervisor") as person:
                done = person.get(f"/forms/handover/{sheet}")
                assert done["state"] == "done"
                signed = {move["step"]: move["by"] for move in done["moves"]}
                assert (signed["sign_out"], signed["sign_in"]) == ("operator", NEXT)
                assert any("今夜收料" in str(value) for value in done["fields"].values())
                assert person.get(f"/forms/handling/{number}")["state"] == "archived"

    run_ui(qapp, story())
    checked = hazwatch("verify", "--data", str(world.data))
    assert checked.returncode == 0, checked.stdout + checked.stderr

"""The desk itself over real processes: plant → station → window. An alarm is seen, heard and acknowledged; a station that hangs
or dies is told, and comes back without anybody typing."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.console.desk import Desk
from app.console.reader import FeedWord
from app.console.state import Trust
from app.console.watch import Watch
from tests.console.rig import desk_at, run_ui, type_login, until
from tests.e2e.world import PASSWORD, World
from tests.pace import Stopwatch

pytestmark = [pytest.mark.e2e, pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="stops a process by signal")]

TAG, RULE = "LT-204", "HH"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.stop()


def state_of(desk: Desk) -> str:
    alarm = desk.state.alarms.get((TAG, RULE))
    return alarm.state if alarm is not None else ""


def row_is(watch: Watch, occurrence: int, state: str) -> bool:
    row = watch.alarms.table.queue.row_of(occurrence)
    return row is not None and row.alarm.state == state


async def acknowledge_by_keyboard(desk: Desk, watch: Watch, occurrence: int) -> None:
    desk.window.show_page("alarms")
    watch.alarms.table.select([occurrence])
    QTest.keyClick(watch.alarms.table, Qt.Key.Key_Space)  # critical: nothing is acknowledged without a note
    note = watch.alarms.panel.note
    assert state_of(desk) == "UNACK"
    note.setText("已通知现场")
    QTest.keyClick(note, Qt.Key.Key_Return)
    await until(lambda: state_of(desk) == "ACKED")


def test_the_watch_goes_on(qapp: QApplication, world: World, tmp_path: Path) -> None:
    async def story() -> None:
        async with desk_at(tmp_path / "seat", world.url) as desk:
            type_login(desk, PASSWORD, "operator")
            await until(lambda: desk.state.trust(monotonic()) is Trust.LIVE and desk.window.page is not desk.login_page)
            watch = desk.watch
            assert watch is not None and watch.horn is not None and watch.plant_side is not None
            horn = watch.horn.pattern
            await until(lambda: bool(desk.state.values) and all(v.quality == "good" for v in desk.state.values.values()))

            world.plant.tell(f"set {TAG} 12.4")
            await until(lambda: state_of(desk) == "UNACK")
            occurrence = desk.state.alarms[TAG, RULE].occurrence
            await until(lambda: row_is(watch, occurrence, "UNACK"))
            assert "V-204液位" in watch.banner._text.text() and "高高报" in watch.banner._text.text()
            assert horn.sounding(monotonic()) == 1, "critical"
            await acknowledge_by_keyboard(desk, watch, occurrence)
            assert desk.state.alarms[TAG, RULE].acked_by == "operator"
            await until(lambda: row_is(watch, occurrence, "ACKED") and occurrence not in horn.unacked)
            with world.person() as person:
                told = next(alarm for alarm in person.alarms(TAG) if alarm["occurrence"] == occurrence)
                assert (told["state"], told["acked_by"]) == ("ACKED", "operator")

            os.kill(world.station.process.pid, signal.SIGSTOP)  # the socket stays open and says nothing
            silence = Stopwatch()
            try:
                await until(lambda: desk.window.strip.isVisible())
                assert silence.seconds < 8
                assert watch.plant_side.plant.view.scenery.silent and desk.window._page_veil.isVisible()
                assert horn.lost_sounds(monotonic())
                assert row_is(watch, occurrence, "ACKED"), "a standing alarm stays standing"
            finally:
                os.kill(world.station.process.pid, signal.SIGCONT)
            await until(lambda: desk.state.trust(monotonic()) is Trust.LIVE and desk.window.strip.isHidden())
            assert desk.window.page is watch.alarms and not horn.lost

            world.station.stop(signal.SIGKILL)
            await until(lambda: desk.window.strip.isVisible())
            world.start_station()
            await until(lambda: desk.state.feed.word is FeedWord.LIVE and desk.window.strip.isHidden())
            await until(lambda: row_is(watch, occurrence, "ACKED"))
            assert desk.window.page is watch.alarms, "nobody had to log in"
            assert desk.state.alarms[TAG, RULE].acked_by == "operator"
            assert occurrence not in horn.unacked and not horn.lost

    run_ui(qapp, story())

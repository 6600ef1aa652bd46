"""Evidence at a real desk over a real station: the clip at the cursor locked by one supervisor, unlocked by another with a
reason, a case package made, listed, saved; a spot check drawn and written down."""

import hashlib
import time
import zipfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton

import app.console.evidence as evidence
from app.console.desk import Desk
from app.console.packages import PART
from app.domain.instant import SECOND, Instant
from app.domain.plant import Camera
from tests.console.real_station import RealStation
from tests.console.rig import desk_at, run_ui, type_login, until
from tests.station.rig import PASSWORD
from tests.station.video.film import film, filmed_site, recording
from tests.station.video.test_keeping import kept, row
from widgets.video.page import VideoPage
from widgets.video.playback import PlaybackPage

Ui = Callable[[Coroutine[Any, Any, None]], None]
AGO_S = (1500, 1200)  # the two clips begin so long before now
LONG_S = 2


@pytest.fixture
def ui(qapp: QApplication) -> Ui:
    return lambda work: run_ui(qapp, work)


def cameras(folder: Path) -> tuple[Camera, ...]:
    return tuple(
        Camera(
            code, f"{code}罐区", film(folder, f"{code}.mp4"), equipment=("V-101",), kind="duty_room" if code == "C2" else "tank"
        )
        for code in ("C1", "C2")
    )


def two_clips(data: Path) -> list[Instant]:
    """Two clips of C1 in the last hour, whole and with their true hash; when each begins."""
    digest, now = hashlib.sha256(recording()).hexdigest(), time.time_ns() // 1000
    begins = [now - ago * SECOND for ago in AGO_S]
    ends = [start + LONG_S * SECOND for start in begins]
    times = [{"end": end, "first_frame": start, "last_frame": end} for start, end in zip(begins, ends, strict=True)]
    kept(data, *(row(id, begins[id - 1], sha256=digest, size=len(recording()), **times[id - 1]) for id in (1, 2)))
    return begins


async def enter(desk: Desk, user: str) -> PlaybackPage:
    """At the playback page with C1's last hour."""
    if desk.seat.user:
        desk._on_log_out()
    type_login(desk, PASSWORD, user)
    await until(lambda: desk.seat.user == user and desk.window.page is not desk.login_page)
    page = desk.window.page_named("playback")
    assert isinstance(page, PlaybackPage)
    desk.seat.playback_wanted.emit(["C1"])
    await until(lambda: len(page.timeline.spans.get("C1", ())) == 2)
    return page


async def locked(page: PlaybackPage, *ids: int) -> None:
    await until(lambda: {one.id for one in page.timeline.spans.get("C1", ()) if one.locked} == set(ids))


def test_locked_by_one_and_unlocked_by_another_at_the_cursor(ui: Ui, tmp_path: Path) -> None:
    data = tmp_path / "station"
    first, second = two_clips(data)

    async def story() -> None:
        site = filmed_site(*cameras(tmp_path / "films"), video={"on": False})
        with RealStation(data, site) as station:
            async with desk_at(tmp_path / "seat", station.url, pages=("playback",)) as desk:
                page = await enter(desk, "wang")
                assert page.lock.isHidden() and page.unlock.isHidden() and page.show_packages.isHidden(), "no operator's deed"
                page = await enter(desk, "zhao")
                page.moment.go(second + SECOND)
                assert page.clips_at_cursor() == [2], "the one under the cursor and no other"
                page.moment.go(first - 60 * SECOND)
                page.why.setText("泄漏调查")
                page.lock.click()
                await until(lambda: "光标处没有可锁定" in page.said.text())
                page.moment.go(second + SECOND)
                page.why.clear()
                page.lock.click()
                assert "写明原因" in page.said.text()
                page.why.setText("泄漏调查")
                page.lock.click()
                await locked(page, 2)
                assert page.why.text() == "" and page.clips_at_cursor() == []
                assert next(one for one in page.timeline.spans["C1"] if one.id == 2).word == "zhao 已锁定：泄漏调查"
                page.why.setText("误锁")
                page.unlock.click()
                await until(lambda: "另一位主管" in page.said.text())
                await locked(page, 2)

                page = await enter(desk, "zhou")
                page.moment.go(first + SECOND)
                page.why.setText("调查结束")
                page.unlock.click()
                await until(lambda: "没有锁定的片段" in page.said.text())
                page.moment.go(second + SECOND)
                page.why.clear()
                page.unlock.click()
                assert "写明原因" in page.said.text() and page.why.hasFocus()
                page.why.setText("调查结束")
                page.unlock.click()
                await locked(page)
            told = station.do(lambda rig: rig.get("/journal", "zhao", kind="video", limit=100))
            deeds = [
                (one["data"]["what"], one["actor"], one["data"]["clip"], one["data"].get("why") or one["data"]["lock_why"])
                for one in reversed(told)
                if one["data"].get("what") in ("locked", "unlocked")
            ]
            assert sorted(deeds) == [("locked", "zhao", 2, "泄漏调查"), ("unlocked", "zhou", 2, "调查结束")]

    ui(story())


async def save_as(page: PlaybackPage, path: Path) -> None:
    """In the dialog that is open."""
    await until(lambda: any(one.isVisible() for one in page.findChildren(QFileDialog)))
    dialog = next(one for one in page.findChildren(QFileDialog) if one.isVisible())
    assert not dialog.isModal()
    dialog.fileSelected.emit(str(path))
    dialog.close()


def test_a_package_is_made_listed_and_saved_whole(ui: Ui, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "AGAIN_S", 0.1)
    data = tmp_path / "station"
    two_clips(data)

    async def story() -> None:
        site = filmed_site(*cameras(tmp_path / "films"), video={"on": False})
        with RealStation(data, site) as station:
            async with desk_at(tmp_path / "seat", station.url, pages=("playback",)) as desk:
                page = await enter(desk, "zhao")
                page.show_packages.click()
                await until(lambda: page.packages.isVisible() and "还没有案卷" in page.packages.empty.text())
                page.show_packages.click()
                assert not page.packages.isVisible()
                page.why.setText("高高报调查")
                page.case.click()
                await until(lambda: page.packages.table.row is not None)
                made = page.packages.table.row
                assert made is not None and made["why"] == "高高报调查" and made["by"] == "zhao" and page.packages.isVisible()
                assert "高高报调查" in page.packages.about.text() and made["sha256"] in page.packages.digest.text()
                file = tmp_path / "案卷.zip"
                await save_as(page, file)  # asked for by itself when it was made
                await until(file.exists)
                assert hashlib.sha256(file.read_bytes()).hexdigest() == made["sha256"]
                with zipfile.ZipFile(file) as package:
                    assert sum(one.endswith(".mp4") for one in package.namelist()) == 2 and package.testzip() is None

                again = tmp_path / "gone" / "案卷.zip"  # a folder that is not there
                page.packages.save.click()
                await save_as(page, again)
                await until(lambda: "没有保存" in page.packages.said.text())
                packed = data / "cases" / f"{made['name']}.zip"
                packed.write_bytes(packed.read_bytes()[:-1] + b"!")  # somebody changed it at the station
                spoilt = tmp_path / "spoilt.zip"
                page.packages.save.click()
                await save_as(page, spoilt)
                await until(lambda: "校验值不一致" in page.packages.said.text())
                assert not spoilt.exists() and not spoilt.with_name(spoilt.name + PART).exists()
                assert page.packages.stop.isHidden() and page.packages.save.isEnabled()

                page = await enter(desk, "wang")
                assert not page.packages.isVisible() and not page.packages.table.rows

    ui(story())


def test_a_spot_check_is_drawn_shown_and_written_down(ui: Ui, tmp_path: Path) -> None:
    async def story() -> None:
        site = filmed_site(*cameras(tmp_path / "films"), video={"on": False})
        with RealStation(tmp_path / "station", site) as station:
            async with desk_at(tmp_path / "seat", station.url, whole=True) as desk:
                type_login(desk, PASSWORD, "wang")
                await until(lambda: desk.window.page is not desk.login_page)
                desk.window.show_page("video")
                page = desk.window.page_named("video")
                assert isinstance(page, VideoPage) and page.bar.spot_check.isVisible()
                page.bar.spot_check.click()

                def asked() -> list[QPushButton]:
                    found = desk.window.notices.findChildren(QPushButton)
                    return [one for one in found if one.text() == "填写记录" and one.isVisible()]

                await until(lambda: page.wall.large is not None and len(asked()) == 1)
                [head] = station.do(lambda rig: rig.get("/forms/spot_check"))
                form = station.do(lambda rig: rig.get(f"/forms/spot_check/{head['id']}"))
                shown = page.wall.panes[page.wall.large or 0].camera
                assert shown is not None and shown.camera == form["fields"]["camera"]
                asked()[0].click()
                forms = desk.window.page_named("forms")
                await until(lambda: desk.window.page is forms and forms.view.form is not None)
                assert forms.view.form.id == form["id"] and forms.view.form.kind == "spot_check"
                seen = station.do(lambda rig: rig.get("/journal", "zhao", limit=200))
                looked = [one for one in seen if one["kind"] == "view" and one["data"].get("what") == "spot_check"]
                assert [one["actor"] for one in looked] == ["wang"]

    ui(story())

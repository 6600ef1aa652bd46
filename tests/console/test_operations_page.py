"""The operations page: the real window at a real station."""

from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from app.console.pages import PAGES
from tests.console.real_station import RealStation
from tests.console.rig import desk_at, run_ui, type_login, until
from tests.station.rig import PASSWORD, a_site, tag
from widgets.operations.page import OperationsPage

Ui = Callable[[Coroutine[Any, Any, None]], None]


PATIENT = {"operations": {"held_s": 60.0}}  # a busy machine holds the station up: not what is asked here


@pytest.fixture
def ui(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Ui:
    monkeypatch.setattr("app.console.pages.PAGES", tuple(one for one in PAGES if one.name == "operations"))
    return lambda work: run_ui(qapp, work)


@pytest.fixture
def station(tmp_path: Path) -> Iterator[RealStation]:
    with RealStation(tmp_path / "station", a_site(tag("T1"), tag("T2"), options=PATIENT)) as made:
        yield made


def test_the_page_shows_each_part_with_its_worst_first(ui, station, tmp_path) -> None:
    async def story() -> None:
        async with desk_at(tmp_path / "desk", station.url, whole=True) as desk:
            type_login(desk, PASSWORD, "wang")
            await until(lambda: desk.seat.user == "wang" and desk.window.page is not desk.login_page)
            page = desk.window.page_named("operations")
            assert isinstance(page, OperationsPage)
            desk.window.show_page("operations")
            await until(lambda: all(column.word.text() for column in page.columns.values()))
            said = {name: column.word.text() for name, column in page.columns.items()}
            assert said["sensors"] in ("故障", "注意")  # no value has come yet
            assert said["platform"] == "注意"  # there was never a backup
            assert len(page.columns["sensors"].cards) == 2
            texts = [label.text() for label in page.columns["platform"].findChildren(type(page._at))]
            assert any("没有备份记录" in text for text in texts) and any("hazwatch backup" in text for text in texts)
            assert page.columns["platform"].cards[0].findChildren(type(page.columns["platform"].lamp))[0].state == "warn"

    ui(story())

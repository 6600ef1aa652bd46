"""Evidence at the desk, in parts: clips locked, a case package made with its progress, and what is refused."""

from typing import Any

import pytest

import app.console.evidence as evidence
from app.console.errors import Refused
from app.console.evidence import Evidence
from app.domain.instant import SECOND

START = 1_790_000_000 * SECOND


class Seat:
    def __init__(self) -> None:
        self.calls: list[tuple[str, str, Any]] = []
        self.answers: dict[str, list[Any]] = {}
        self.told: list[str] = []

    async def call(self, method: str, path: str, json: Any = None) -> Any:
        self.calls.append((method, path, json))
        given = self.answers.get(path, [{}])
        answer = given.pop(0) if len(given) > 1 else given[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    tell = tell_briefly = lambda self, text: self.told.append(text)


@pytest.fixture
def seat() -> Any:
    return Seat()


def job(state: str, done: int = 0, **more: Any) -> dict[str, Any]:
    return {"id": "j1", "name": "案卷_1", "state": state, "done": done, "total": 4, "error": "", **more}


async def test_locked_and_one_that_cannot_be(qapp: Any, seat: Any) -> None:
    said: list[str] = []
    keep = Evidence(seat, said.append)
    seat.answers["/clips/8/lock"] = [Refused("已由 zhao 锁定", "already_locked", 409)]
    assert await keep.lock([7, 8], "泄漏调查")
    assert [call[:2] for call in seat.calls] == [("POST", "/clips/7/lock"), ("POST", "/clips/8/lock")]
    assert "片段 8" in said[-1] and "zhao" in said[-1] and "1 个片段" in seat.told[-1]
    assert not await keep.lock([8], "泄漏调查")


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (Refused("已有一个案卷正在制作", "too_many_cases", 422), "已有一个"),
        (job("failed", error="数据盘已满"), "数据盘已满"),
        (job("cancelled"), "已取消"),
    ],
)
async def test_what_went_wrong_is_said(qapp: Any, seat: Any, answer: Any, word: str) -> None:
    said: list[str] = []
    made: list[str] = []
    seat.answers["/cases"] = [answer]
    keep = Evidence(seat, said.append)
    keep.made.connect(made.append)
    await keep.make_case(["CAM-1"], [], START, START + SECOND, "调查")
    assert word in said[-1] and not keep.making and not made


async def test_the_progress_is_told_until_it_is_made(qapp: Any, seat: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "AGAIN_S", 0.0)
    said: list[str] = []
    made: list[str] = []
    seat.answers = {"/cases": [job("running")], "/cases/j1": [job("running", 2), job("done", 4, size=10)]}
    keep = Evidence(seat, said.append)
    keep.made.connect(made.append)
    await keep.make_case(["CAM-1"], [5], START, START + 60 * SECOND, "调查")
    body = seat.calls[0][2]
    assert body["cameras"] == ["CAM-1"] and body["occurrences"] == [5] and body["why"] == "调查"
    assert said[-1].startswith("正在制作案卷 50 %") and made == ["案卷_1"]

"""Every record in words: what a person reads on the page, in an export and in print."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.domain import journal_words as words
from app.domain.alarm import AlarmState, RuleKind, What
from app.domain.seal import Seal, read_seal, seal_text, signed_text

NAMES = {"T-302": "三号罐液位"}

SAID: list[tuple[str, str, str, int, dict[str, Any], str]] = [
    ("alarm", "", "T-302", 7, {"what": "raised", "rule": "HH", "value": 92.1, "limit": 90.0}, "T-302 三号罐液位 高高报 值 92.1 限值 90 #7"),
    ("alarm", "李明", "T-302", 7, {"what": "acknowledged", "rule": "HH", "note": "已到现场"}, "李明 确认 T-302 三号罐液位 高高报 备注：已到现场 #7"),
    ("alarm", "", "T-302", 7, {"what": "cleared", "rule": "H"}, "恢复 T-302 三号罐液位 高报 #7"),
    ("command", "li", "T1", 3, {"command": "shelve", "args": {"minutes": 30, "reason": "检修"}, "outcome": "done"}, "li 搁置 T1 30 分钟 原因：检修 #3"),
    ("command", "li", "", 0, {"command": "ack", "args": {"occurrences": [1, 2], "refused": {"2": "x"}}, "outcome": "done"}, "li 确认 2 条报警，其中 1 条被拒绝"),
    ("command", "li", "T1", 0, {"command": "suppress", "args": {}, "outcome": "refused", "code": "forbidden"}, "li 抑制 T1 被拒绝：没有权限"),
    ("command", "li", "T1", 0, {"command": "suppress", "args": {}, "outcome": "refused", "code": "not_known_yet"}, "li 抑制 T1 被拒绝：not_known_yet"),
    ("command", "os:root", "", 0, {"command": "user_add", "args": {"name": "wu", "role": "auditor"}, "outcome": "done"}, "root（命令行） 新增用户（命令行） 用户：wu 角色：auditor"),
    ("login", "li", "", 0, {"what": "login_failed", "address": "10.0.0.7"}, "li 登录失败（密码不对） 来自 10.0.0.7"),
    ("config", "sun", "T-302", 0, {"what": "changed", "table": "tags", "column": "hh", "old": 90.0, "new": 92.5, "why": "复核"}, "sun 修改配置 位号 T-302 三号罐液位 高高报限值：90 → 92.5 原因：复核"),
    ("config", "sun", "T9", 0, {"what": "changed", "table": "tags", "column": "", "old": None, "new": {"tag": "T9"}}, "sun 修改配置 位号 T9 新增"),
    ("form", "李明", "", 7, {"title": "处置", "number": "处置-7", "step": "x", "step_title": "现场确认", "before": "a", "after": "b", "after_title": "处置中", "before_title": "待确认"}, "李明 现场确认 处置-7 处置 （待确认 → 处置中） #7"),
    ("link", "@station", "@dcs", 0, {"state": "down", "error": "无应答"}, "dcs 通信中断 无应答"),
    ("system", "@station", "", 0, {"what": "station_started", "clean": False}, "站启动 （上次没有正常停止）"),
    ("system", "@station", "", 0, {"what": "clock_step", "moved_s": 3600.0}, "系统时钟被调整 +3600.0 秒"),
    ("view", "li", "", 7, {"what": "alarm_card", "subject": "occurrence:7"}, "li 查看 报警卡片 #7"),
    ("view", "li", "", 0, {"what": "playback", "subject": "camera:CAM-01"}, "li 查看 录像回放 摄像机 CAM-01"),
    ("view", "li", "", 0, {"what": "replay", "subject": "time:2026-11-22T03:00:00.000Z"}, "li 查看 事故回放 2026-11-22 11:00 起"),
    ("view", "li", "", 0, {"what": "quality", "subject": "day:2026-11-22"}, "li 查看 数据质量 2026-11-22 这一天"),
    ("view", "li", "", 0, {"what": "export", "subject": "a.csv"}, "li 查看 导出文件 a.csv"),
    ("seal", "@station", "", 0, {"number": 3, "day": "2026-11-21", "first": 1, "last": 9, "count": 9, "hash": "ab" * 32}, "日封印第 3 号 2026-11-21 第 1 到 9 条（9 条） 哈希 abababababababab…"),
    ("of the future", "li", "T1", 0, {"x": 1, "y": None}, "li T1 x=1，y=（空）"),
    ("system", "@station", "", 0, {"what": "new_thing", "n": True}, "new_thing n=是"),
]  # fmt: skip


@pytest.mark.parametrize("case", SAID, ids=[f"{one[0]} {one[4].get('what', one[4].get('command', ''))}" for one in SAID])
def test_a_record_in_words(case: tuple[str, str, str, int, dict[str, Any], str]) -> None:
    *record, said = case
    assert words.sentence(*record, lambda tag: NAMES.get(tag, ""), ZoneInfo("Asia/Shanghai")) == said  # type: ignore[arg-type]


def test_a_line_has_its_local_time() -> None:
    said = words.line(
        1_795_286_467_000_000, ZoneInfo("Asia/Shanghai"), "alarm", "李明", "T1", 0, {"what": "reset", "rule": "H"}
    )
    assert said == "02:41:07 李明 复位 T1 高报"


def test_there_is_a_word_for_everything_the_alarm_model_says() -> None:
    assert {what.value for what in What} <= words.ALARMS.keys()
    assert {kind.value for kind in RuleKind} <= words.RULES.keys()
    assert {state.value for state in AlarmState} == words.STATES.keys()


@pytest.mark.parametrize(
    "data", [{}, {"what": None}, {"args": 5}, {"what": ["x"]}, {"fields": None, "moved_s": "x", "args": {"minutes": "?"}}]
)
@pytest.mark.parametrize("kind", [*words.KINDS, "?"])
def test_no_record_is_too_strange_for_words(kind: str, data: dict[str, Any]) -> None:
    assert isinstance(words.sentence(kind, "", "", 0, data), str)


def test_a_word_is_found_by_its_codes() -> None:
    assert '"what":"acknowledged"' in words.codes_of("确认") and '"command":"ack"' in words.codes_of("确认")
    assert words.codes_of("高高报") == ('"rule":"HH"', '"column":"hh"')
    assert words.codes_of("报") == ()  # one character would be everything


SEAL = Seal(
    3,
    "2026-11-21",
    "midnight",
    1_795_276_800_000_000,
    5,
    9,
    "ab" * 32,
    "cd" * 32,
    "ef" * 32,
    "K" * 43 + "=",
    "S" * 86 + "==",
    10,
)


def test_a_seal_is_read_as_it_was_printed() -> None:
    text = seal_text(SEAL, "370 站=1")
    lines = "\n".join(piece for word in text.split() for piece in (word[at : at + 48] for at in range(0, len(word), 48)))
    for paper in (text, lines, f"  {text}\r\n"):
        read = read_seal(paper)
        assert (read.number, read.first, read.last, read.count, read.site) == (3, 5, 9, 5, "370 站=1")
        assert (read.hash, read.sha256, read.sm3, read.key, read.signature) == (
            SEAL.hash, SEAL.sha256, SEAL.sm3, SEAL.key, SEAL.signature,
        )  # fmt: skip
        assert read.signed == signed_text(SEAL, "370 站=1")

"""Who is told of what, and when: the quiet rules as tables; and what the settings refuse."""

import tomllib
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.domain.dispatch import GRAVEST, Dispatcher, Letter, Standing
from app.domain.instant import HOUR, MINUTE, SECOND, Instant, from_rfc3339
from app.domain.settings.dispatch import DispatchSettings, ModemSettings, Outlet, Person, Rule, SmtpSettings, read_dispatch
from app.domain.settings.section import Section, WrongSetting

MAIL = Outlet("mail", SmtpSettings("h", 25, "a@b"))
SMS = Outlet("sms", ModemSettings("/dev/x"))
LI = Person("李志强", mail="li@x", phone="13800138000", level=1, hazard_sources=("H1",))
ZHAO = Person("赵总", mail="zhao@x", level=3)
ZONE = ZoneInfo("Asia/Shanghai")
T0 = from_rfc3339("2026-11-21T10:00:00Z")  # 18:00 at the plant


def a_dispatcher(*rules: Rule, persons: tuple[Person, ...] = (LI, ZHAO), **more: Any) -> Dispatcher:
    rules = rules or (Rule("一级", ("mail",), after_s=60, levels=(1,)),)
    return Dispatcher(DispatchSettings((MAIL, SMS), persons, rules, **more), ZONE)


def alarm(number: int, priority: str = "high", at: Instant = T0, **more: Any) -> Standing:
    usual: dict[str, Any] = dict(
        occurrence=number,
        priority=priority,
        kind="HH",
        area="罐区",
        hazard_source="H1",
        message=f"T{number}液位 高高报",
        raised_at=at,
    )
    return Standing(**usual | more)


def send(dispatcher: Dispatcher, now: Instant, flood: bool = False) -> list[Letter]:
    letters = dispatcher.due(now, flood)
    for letter in letters:
        dispatcher.told(letter.person, letter.reasons, now)
    return letters


def test_told_after_the_time_and_once() -> None:
    dispatcher = a_dispatcher()
    dispatcher.put(alarm(1))
    assert send(dispatcher, T0 + 59 * SECOND) == []
    [letter] = send(dispatcher, T0 + 60 * SECOND)
    assert (letter.person, letter.outlet, letter.address, letter.reasons) == ("李志强", "mail", "li@x", ((1, "一级"),))
    assert "T1液位 高高报" in letter.title and "11-21 18:00:00" in letter.text
    assert send(dispatcher, T0 + HOUR) == []


def test_what_is_acknowledged_in_time_is_never_told() -> None:
    dispatcher = a_dispatcher()
    dispatcher.put(alarm(1))
    dispatcher.over(1)
    assert send(dispatcher, T0 + HOUR) == []


def test_until_it_is_safe_it_comes_again() -> None:
    dispatcher = a_dispatcher()
    dispatcher.put(alarm(1))
    first, again = dispatcher.due(T0 + HOUR), dispatcher.due(T0 + HOUR + SECOND)
    assert [one.key for one in first] == [one.key for one in again] != []


def test_what_an_earlier_run_told_is_not_told_again() -> None:
    dispatcher = a_dispatcher()
    dispatcher.put(alarm(1))
    dispatcher.put(alarm(2))
    dispatcher.told("李志强", [(1, "一级")], T0)
    assert [one.reasons for one in send(dispatcher, T0 + HOUR)] == [((2, "一级"),)]


def test_ladder_goes_up_while_nobody_acknowledges() -> None:
    dispatcher = a_dispatcher(
        Rule("一级", ("sms",), after_s=60, levels=(1,)), Rule("三级", ("mail",), after_s=600, levels=(1, 3))
    )
    dispatcher.put(alarm(1))
    assert [(one.person, one.outlet) for one in send(dispatcher, T0 + MINUTE)] == [("李志强", "sms")]
    assert {(one.person, one.outlet) for one in send(dispatcher, T0 + 10 * MINUTE)} == {("李志强", "mail"), ("赵总", "mail")}


@pytest.mark.parametrize(
    ("rule", "more", "told"),
    [
        ({}, {}, True),
        ({}, {"hazard_source": "H2"}, False),  # of another hazard source: not this person's
        ({"priorities": ("critical",)}, {}, False),
        ({"kinds": ("HH",)}, {}, True),
        ({"kinds": ("BAD",)}, {}, False),
        ({"areas": ("装卸区",)}, {}, False),
        ({"hazard_sources": ("H1",)}, {}, True),
        ({"levels": (), "persons": ("李志强",)}, {}, True),
        ({"levels": (2,)}, {}, False),
    ],
)
def test_which_alarms_and_whom(rule: dict[str, Any], more: dict[str, Any], told: bool) -> None:
    dispatcher = a_dispatcher(Rule(**{"name": "r", "outlets": ("mail",), "after_s": 0, "levels": (1,)} | rule))
    dispatcher.put(alarm(1, **more))
    assert bool(send(dispatcher, T0)) is told


def test_one_person_hears_at_most_once_in_the_time_but_of_critical_ones_always() -> None:
    dispatcher = a_dispatcher(Rule("r", ("mail",), ("critical", "high"), after_s=0, levels=(1,)), per_person_min=5)
    dispatcher.put(alarm(1))
    assert len(send(dispatcher, T0)) == 1
    dispatcher.put(alarm(2, at=T0 + MINUTE))
    dispatcher.put(alarm(3, "critical", at=T0 + MINUTE))
    assert [one.reasons for one in send(dispatcher, T0 + MINUTE)] == [((3, "r"),)]
    assert send(dispatcher, T0 + 5 * MINUTE) == []
    assert [one.reasons for one in send(dispatcher, T0 + 6 * MINUTE)] == [((2, "r"),)]


def test_quiet_hours_are_of_the_plant_and_not_for_critical_ones() -> None:
    person = Person("李志强", mail="li@x", level=1, quiet=(22 * 60, 6 * 60))
    dispatcher = a_dispatcher(Rule("r", ("mail",), after_s=0, levels=(1,)), persons=(person,))
    night = from_rfc3339("2026-11-21T15:00:00Z")  # 23:00
    dispatcher.put(alarm(1, at=night))
    dispatcher.put(alarm(2, at=night))
    dispatcher.put(alarm(3, "critical", at=night))
    assert [one.reasons for one in send(dispatcher, night)] == [((3, "r"),)]
    dispatcher.over(2)
    assert send(dispatcher, night + 6 * HOUR) == []
    assert [one.reasons for one in send(dispatcher, night + 7 * HOUR)] == [((1, "r"),)]


def test_many_at_once_are_one_message_with_the_gravest() -> None:
    dispatcher = a_dispatcher(Rule("r", ("mail",), ("critical", "high"), after_s=0, levels=(1,)))
    for number in range(1, 31):
        dispatcher.put(alarm(number, "critical" if number > 28 else "high"))
    [letter] = send(dispatcher, T0)
    assert letter.priority == "critical" and "30 条（紧急 2，高 28）" in letter.title
    lines = letter.text.splitlines()
    assert lines[1].startswith("1. 【紧急】") and "T29" in lines[1] and len(lines) == 1 + GRAVEST + 1
    assert f"另有 {30 - GRAVEST} 条" in lines[-1] and len(letter.reasons) == 30


def test_a_flood_is_one_message_a_while() -> None:
    dispatcher = a_dispatcher(Rule("r", ("mail",), ("critical",), after_s=0, levels=(1,)), flood_s=60)
    sent = []
    for second in range(120):
        dispatcher.put(alarm(second + 1, "critical", at=T0 + second * SECOND))
        sent += send(dispatcher, T0 + second * SECOND, flood=True)
    assert [len(one.reasons) for one in sent] == [1, 60]
    assert len({one.key for one in sent}) == 2


def test_put_aside_and_back_is_told_anew() -> None:
    dispatcher = a_dispatcher(Rule("r", ("mail",), ("critical",), after_s=0, levels=(1,)))
    dispatcher.put(alarm(1, "critical"))
    assert len(send(dispatcher, T0)) == 1
    dispatcher.over(1)
    dispatcher.put(alarm(1, "critical"))
    assert len(send(dispatcher, T0 + HOUR)) == 1


GOOD = """
per_person_min = 10
[[outlet]]
name = "mail"
kind = "smtp"
host = "10.0.0.5"
sender = "duty@plant"
user = "duty"
password_secret = "mail"
[[outlet]]
name = "短信"
kind = "sms_modem"
port = "COM5"
[[outlet]]
name = "群"
kind = "webhook"
url = "http://10.0.0.6/robot/send?key=1"
[[person]]
name = "李志强"
mail = "li@plant"
phone = "13800138000"
level = 1
quiet = "22:00-06:00"
[[rule]]
name = "一级"
levels = [1]
outlets = ["mail", "短信"]
"""


def read(text: str) -> tuple[DispatchSettings, list[WrongSetting]]:
    wrong: list[WrongSetting] = []
    return read_dispatch(Section(tomllib.loads(text), "dispatch", wrong)), wrong


def test_settings_are_read() -> None:
    made, wrong = read(GOOD)
    assert not wrong
    assert [one.kind for one in made.outlets] == ["smtp", "sms_modem", "webhook"]
    assert made.persons[0].quiet == (1320, 360) and made.rules[0].outlets == ("mail", "短信") and made.per_person_min == 10
    assert made.duty_outlets == ("mail", "短信", "群")
    assert read("")[0] == DispatchSettings() and not read("")[1]


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('kind = "smtp"', 'kind = "pigeon"', "kind"),
        ('host = "10.0.0.5"', "", "host"),
        ('password_secret = "mail"', "", "password_secret"),
        ('url = "http://10.0.0.6/robot/send?key=1"', 'url = "10.0.0.6"', "url"),
        ('port = "COM5"', "", "port"),
        ('mail = "li@plant"', 'mail = "li"', "mail"),
        ('phone = "13800138000"', 'phone = "138-0013"', "phone"),
        ('quiet = "22:00-06:00"', 'quiet = "late"', "quiet"),
        ('outlets = ["mail", "短信"]', 'outlets = ["mall"]', "outlets"),
        ("levels = [1]", "", "levels"),
        ("levels = [1]", "levels = [2]", "rule"),
        ("levels = [1]", 'persons = ["谁"]', "persons"),
        ('outlets = ["mail", "短信"]', "outlets = []", "rule"),
        ('name = "短信"', 'name = "mail"', "outlet"),
        ("per_person_min = 10", "per_persons_min = 10", "per_persons_min"),
        ('mail = "li@plant"\nphone = "13800138000"\n', "", "rule"),
    ],
)
def test_wrong_settings_are_told(old: str, new: str, key: str) -> None:
    assert old in GOOD
    _, wrong = read(GOOD.replace(old, new, 1))
    assert key in [one.key for one in wrong], wrong

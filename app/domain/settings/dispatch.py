"""`[dispatch]`: who is told of which alarms, by which outlet, and how often at most. Both sides; pure.

`[[dispatch.outlet]]` a way out (mail server, webhook, SMS modem), `[[dispatch.person]]` somebody responsible
(包保责任人 and others), `[[dispatch.rule]]` which alarms go to whom. No standard gives the numbers: 默认值，非官方规定.
Secrets are named, never written here.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from app.domain.alarm import RuleKind
from app.domain.settings.section import Section
from app.domain.tag import Priority

PRIORITIES = tuple(priority.word for priority in Priority)
KINDS = tuple(kind.value for kind in RuleKind)
SECURITIES = ("starttls", "ssl", "none")
SIGNS = ("none", "header", "dingtalk")
WEBHOOK_BODY = '{"title": {title}, "text": {text}, "priority": {priority}, "person": {person}, "id": {id}}'
DAY_MIN = 24 * 60


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """`user` "" sends without logging in. `ca`: file of the certificate authority of an isolated net, relative to the data
    folder."""

    host: str
    port: int
    sender: str
    security: str = "starttls"
    user: str = ""
    password_secret: str = ""
    ca: str = ""


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """`body`: JSON in which {title} {text} {priority} {person} {address} {id} {time} stand for JSON strings. `sign`: `header`
    puts HMAC-SHA256 of time and body into X-Hazwatch-Signature; `dingtalk` puts timestamp and sign into the query. `success`:
    what the answer must contain, "" any 2xx. `address_required`: only persons who have a `webhook` of their own are told."""

    url: str
    body: str = WEBHOOK_BODY
    sign: str = "none"
    sign_secret: str = ""
    ca: str = ""
    success: str = ""
    address_required: bool = False


@dataclass(frozen=True, slots=True)
class ModemSettings:
    """`port` as /dev/ttyUSB2 or COM5. `smsc` "": the one on the card."""

    port: str
    baudrate: int = 115_200
    pin_secret: str = ""
    smsc: str = ""


How = SmtpSettings | WebhookSettings | ModemSettings


@dataclass(frozen=True, slots=True)
class Outlet:
    name: str
    how: How

    @property
    def kind(self) -> str:
        match self.how:
            case SmtpSettings():
                return "smtp"
            case WebhookSettings():
                return "webhook"
        return "sms_modem"


@dataclass(frozen=True, slots=True)
class Person:
    """`user`: the account at a desk, "" none. `hazard_sources`, `areas`: () means all. `level`: place on the ladder, 1 the
    lowest (操作负责人), 3 the highest (主要负责人), 0 none. `quiet`: minutes of the local day in which only critical ones are
    told."""

    name: str
    user: str = ""
    mail: str = ""
    phone: str = ""
    webhook: str = ""
    level: int = 0
    hazard_sources: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    quiet: tuple[int, int] | None = None

    def address(self, outlet: Outlet) -> str | None:
        """Where this outlet reaches the person; None when it cannot."""
        match outlet.how:
            case SmtpSettings():
                return self.mail or None
            case ModemSettings():
                return self.phone or None
            case WebhookSettings(address_required=True):
                return self.webhook or None
        return self.webhook

    def answers_for(self, hazard_source: str, area: str) -> bool:
        return (not self.hazard_sources or hazard_source in self.hazard_sources) and (not self.areas or area in self.areas)

    def is_quiet(self, minute: int) -> bool:
        if self.quiet is None:
            return False
        start, end = self.quiet
        return start <= minute < end if start <= end else minute >= start or minute < end


@dataclass(frozen=True, slots=True)
class Rule:
    """An alarm of these priorities (and kinds, areas, hazard sources; () = all) that nobody has acknowledged for `after_s` is
    told to the persons named, or those of these levels, by these outlets."""

    name: str
    outlets: tuple[str, ...]
    priorities: tuple[str, ...] = ("critical", "high")
    kinds: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    hazard_sources: tuple[str, ...] = ()
    after_s: float = 120.0
    levels: tuple[int, ...] = ()
    persons: tuple[str, ...] = ()

    def is_for(self, priority: str, kind: str, area: str, hazard_source: str) -> bool:
        return (
            priority in self.priorities
            and (not self.kinds or kind in self.kinds)
            and (not self.areas or area in self.areas)
            and (not self.hazard_sources or hazard_source in self.hazard_sources)
        )


@dataclass(frozen=True, slots=True)
class DispatchSettings:
    """`per_person_min`: at most one message in so many minutes to a person, critical alarms excepted; in a flood one in
    `flood_s`, whatever they are. `bundle_from`: so many at once become one message. `waits_s`: before each further attempt, the
    last again and again, for `give_up_h`. `alarm_after`: failures in a row that raise the station's own alarm."""

    outlets: tuple[Outlet, ...] = ()
    persons: tuple[Person, ...] = ()
    rules: tuple[Rule, ...] = ()
    duty_outlets: tuple[str, ...] = ()
    per_person_min: float = 5.0
    flood_s: float = 60.0
    bundle_from: int = 4
    waits_s: tuple[float, ...] = (10.0, 30.0, 60.0, 120.0, 300.0)
    give_up_h: float = 12.0
    alarm_after: int = 3
    keep_days: float = 400.0

    def outlet(self, name: str) -> Outlet | None:
        return next((one for one in self.outlets if one.name == name), None)

    def person(self, name: str) -> Person | None:
        return next((one for one in self.persons if one.name == name), None)

    def persons_of(self, rule: Rule, hazard_source: str, area: str) -> list[Person]:
        return [
            one
            for one in self.persons
            if (one.name in rule.persons or one.level in rule.levels) and one.answers_for(hazard_source, area)
        ]


def read_dispatch(section: Section) -> DispatchSettings:
    usual = DispatchSettings()
    outlets = tuple(one for one in map(_outlet, section.tables("outlet")) if one is not None)
    _unique(section, "outlet", [one.name for one in outlets])
    names = [one.name for one in outlets]
    persons = tuple(_person(one) for one in section.tables("person"))
    _unique(section, "person", [one.name for one in persons])
    made = DispatchSettings(
        outlets,
        persons,
        tuple(_rule(one, names, persons) for one in section.tables("rule")),
        section.texts("duty_outlets", names, names) if names else (),
        section.number("per_person_min", usual.per_person_min, 0, DAY_MIN, "分钟数"),
        section.number("flood_s", usual.flood_s, 5, 3600, "秒数"),
        section.whole("bundle_from", usual.bundle_from, 2, 100),
        section.numbers("waits_s", usual.waits_s, 1, 86_400, "秒数") or usual.waits_s,
        section.number("give_up_h", usual.give_up_h, 0.1, 240, "小时数"),
        section.whole("alarm_after", usual.alarm_after, 1, 100),
        section.number("keep_days", usual.keep_days, 1, 4000, "天数"),
    )
    _check(section, made)
    section.done()
    return made


def _outlet(section: Section) -> Outlet | None:
    name = section.text("name", required=True)
    kind = section.choice("kind", "smtp", ("smtp", "webhook", "sms_modem"))
    how: How
    if kind == "smtp":
        security = section.choice("security", "starttls", SECURITIES)
        how = SmtpSettings(
            section.text("host", required=True),
            section.whole("port", {"starttls": 587, "ssl": 465, "none": 25}[security], 1, 65_535),
            section.text("sender", required=True),
            security,
            section.text("user"),
            section.text("password_secret"),
            section.text("ca"),
        )
        if how.user and not how.password_secret:
            section.fault("password_secret", "没有填写", "写了 user 就要写密码在密码库中的名字")
    elif kind == "webhook":
        how = WebhookSettings(
            section.text("url", required=True),
            section.text("body", WEBHOOK_BODY),
            section.choice("sign", "none", SIGNS),
            section.text("sign_secret"),
            section.text("ca"),
            section.text("success"),
            section.flag("address_required", False),
        )
        parts = urlsplit(how.url)
        if how.url and (parts.scheme not in ("http", "https") or not parts.hostname):
            section.fault("url", f"= {how.url!r} 不对", "应像 https://192.168.1.5/notify")
        if how.sign != "none" and not how.sign_secret:
            section.fault("sign_secret", "没有填写", "签名需要密钥在密码库中的名字")
    else:
        how = ModemSettings(
            section.text("port", required=True),
            section.whole("baudrate", 115_200, 1200, 4_000_000),
            section.text("pin_secret"),
            section.text("smsc"),
        )
    section.done()
    return Outlet(name, how) if name else None


def _person(section: Section) -> Person:
    made = Person(
        section.text("name", required=True),
        section.text("user"),
        section.text("mail"),
        section.text("phone"),
        section.text("webhook"),
        section.whole("level", 0, 0, 9),
        section.texts("hazard_sources"),
        section.texts("areas"),
        _quiet(section),
    )
    if made.mail and ("@" not in made.mail or any(c.isspace() for c in made.mail)):
        section.fault("mail", f"= {made.mail!r} 不对", "应为一个邮箱地址")
    if made.phone and not made.phone.removeprefix("+").isdigit():
        section.fault("phone", f"= {made.phone!r} 不对", "只能是数字，国际号码以 + 开头")
    section.done()
    return made


def _quiet(section: Section) -> tuple[int, int] | None:
    text = section.text("quiet")
    if not text:
        return None
    try:
        start, end = (int(h) * 60 + int(m) for h, m in (part.strip().split(":") for part in text.split("-")))
    except ValueError:
        start = end = -1
    if not (0 <= start < DAY_MIN and 0 <= end <= DAY_MIN and start != end):
        section.fault("quiet", f"= {text!r} 不对", '应像 "22:00-06:00"')
        return None
    return start, end


def _rule(section: Section, outlets: list[str], persons: tuple[Person, ...]) -> Rule:
    usual = Rule("", ())
    levels = tuple(round(one) for one in section.numbers("levels", (), 1, 9))
    made = Rule(
        section.text("name", required=True),
        section.texts("outlets", outlets, outlets),
        section.texts("priorities", usual.priorities, PRIORITIES),
        section.texts("kinds", (), KINDS),
        section.texts("areas"),
        section.texts("hazard_sources"),
        section.number("after_s", usual.after_s, 0, 86_400, "秒数"),
        levels,
        section.texts("persons", (), [one.name for one in persons]),
    )
    if not made.levels and not made.persons:
        section.fault("levels", "和 persons 都没有填写", "应写明通知谁，如 levels = [1]")
    section.done()
    return made


def _unique(section: Section, key: str, names: list[str]) -> None:
    for name in {one for one in names if names.count(one) > 1}:
        section.fault(key, f"有多个叫 {name}", "名字不能重复")


def _check(section: Section, made: DispatchSettings) -> None:
    """A rule that could reach nobody, or a person none of its outlets reaches, would be found out too late."""
    _unique(section, "rule", [rule.name for rule in made.rules])
    for rule in made.rules:
        outlets = [one for one in made.outlets if one.name in rule.outlets]
        told = [one for one in made.persons if one.name in rule.persons or one.level in rule.levels]
        if not outlets:
            section.fault("rule", f"{rule.name} 没有通道", "outlets 应写 [[dispatch.outlet]] 的名字")
        elif not told:
            section.fault("rule", f"{rule.name} 通知不到任何人", "levels 或 persons 应与 [[dispatch.person]] 相符")
        for person in told:
            if outlets and all(person.address(one) is None for one in outlets):
                section.fault("rule", f"{rule.name} 的通道都到不了 {person.name}", "请补上此人的 mail、phone 或 webhook")

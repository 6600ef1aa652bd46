"""`[video]`: which cameras the station keeps a ring of (预录), which alarms get a clip, how long clips stay, whose clock is
measured, and the recorders (NVR) that are asked for longer spans.

Both sides; pure. The numbers are defaults of ours (默认值，非官方规定) unless a rule is named; no password stands here, only
the name of a secret.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from app.domain.alarm import RuleKind
from app.domain.settings.section import Section
from app.domain.tag import Priority

DEFAULT_BASIS = "默认值，非官方规定"
PRIORITIES = tuple(priority.word for priority in Priority)
KINDS = tuple(kind.value for kind in RuleKind)
VENDORS = ("hikvision", "dahua", "uniview")

FLOOR_DAYS = 30
"""Video of a site is kept so long by Order 40 (40号令), the film of special work a month; less is refused."""

EVIDENCE_FLOOR_DAYS = 90
"""Footage fetched for an inquiry (查证) and of spot checks (抽查): ours, after the 90 days of 反恐怖主义法 article 32."""


@dataclass(frozen=True, slots=True)
class NvrSettings:
    """A recorder. `url`: rtsp://host:port it is asked at; `clock`: http://host:port its time is read from, "" the same host;
    `secret`: name of the secret with `user:password`, or the password alone where `user` is given; `cameras`: codes, * and ?
    allowed; `at_once`: playbacks it serves at the same time (many serve one)."""

    id: str
    vendor: str
    url: str
    clock: str = ""
    user: str = ""
    secret: str = ""
    cameras: tuple[str, ...] = ()
    at_once: int = 1

    def serves(self, camera: str) -> bool:
        return any(fnmatchcase(camera, pattern) for pattern in self.cameras)


@dataclass(frozen=True, slots=True)
class VideoSettings:
    """`pre_s`, `post_s`: a clip reaches from so long before an annunciation to so long after it. `ring_s`, `ring_mb`: of
    packets a camera has in memory; `most_cameras`: rings at once. `priorities`, `rules`: which alarms get a clip.
    `most_clips`: clips being written at the same time; `longest_s`: a clip that further alarms lengthen ends there.
    `clip_days`: of alarm clips, `evidence_days`: of spans fetched for an inquiry (查证) and spot checks (抽查).
    `lost_after_s`: a camera that gives nothing for so long is lost; `lost_priority`: of that alarm at a hazard source.
    `clock_limit_s`: a camera clock further off is an alarm. `longest_fetch_min`: of one span from a recorder. `case_mb`: of one
    case package."""

    on: bool = True
    pre_s: float = 10.0
    post_s: float = 20.0
    ring_s: float = 16.0
    ring_mb: float = 32.0
    most_cameras: int = 64
    priorities: tuple[str, ...] = ("critical", "high")
    rules: tuple[str, ...] = ("HH", "H", "L", "LL", "STATE")
    most_clips: int = 16
    longest_s: float = 300.0
    clip_days: float = FLOOR_DAYS
    evidence_days: float = EVIDENCE_FLOOR_DAYS
    lost_after_s: float = 10.0
    lost_priority: str = "medium"
    clock_limit_s: float = 2.0
    clock_period_s: float = 600.0
    longest_fetch_min: float = 240.0
    case_mb: float = 8000.0
    nvrs: tuple[NvrSettings, ...] = ()
    basis: str = DEFAULT_BASIS

    def nvr_of(self, camera: str) -> NvrSettings | None:
        return next((one for one in self.nvrs if one.serves(camera)), None)

    def wants_clip(self, priority: str, rule: str) -> bool:
        return priority in self.priorities and rule in self.rules


def read_video(section: Section) -> VideoSettings:
    usual = VideoSettings()
    nvrs = tuple(one for one in map(_nvr, section.tables("nvr")) if one is not None)
    made = VideoSettings(
        on=section.flag("on", usual.on),
        pre_s=section.number("pre_s", usual.pre_s, 0, 120, "秒数"),
        post_s=section.number("post_s", usual.post_s, 1, 600, "秒数"),
        ring_s=section.number("ring_s", usual.ring_s, 2, 180, "秒数"),
        ring_mb=section.number("ring_mb", usual.ring_mb, 1, 512, "MB 数"),
        most_cameras=section.whole("most_cameras", usual.most_cameras, 1, 512),
        priorities=section.texts("priorities", usual.priorities, PRIORITIES),
        rules=section.texts("rules", usual.rules, KINDS),
        most_clips=section.whole("most_clips", usual.most_clips, 1, 256),
        longest_s=section.number("longest_s", usual.longest_s, 10, 3600, "秒数"),
        clip_days=section.number("clip_days", usual.clip_days, FLOOR_DAYS, 4000, "天数（视频资料至少保存 30 天）"),
        evidence_days=section.number("evidence_days", usual.evidence_days, FLOOR_DAYS, 4000, "天数（至少 30 天）"),
        lost_after_s=section.number("lost_after_s", usual.lost_after_s, 1, 3600, "秒数"),
        lost_priority=section.choice("lost_priority", usual.lost_priority, PRIORITIES),
        clock_limit_s=section.number("clock_limit_s", usual.clock_limit_s, 0.1, 3600, "秒数"),
        clock_period_s=section.number("clock_period_s", usual.clock_period_s, 10, 86_400, "秒数"),
        longest_fetch_min=section.number("longest_fetch_min", usual.longest_fetch_min, 1, 1440, "分钟数"),
        case_mb=section.number("case_mb", usual.case_mb, 10, 1_000_000, "MB 数"),
        nvrs=nvrs,
        basis=section.text("basis", usual.basis),
    )
    if made.ring_s < made.pre_s + 2:
        section.fault("ring_s", f"= {made.ring_s:g} 太短", f"至少应比 pre_s = {made.pre_s:g} 多 2 秒，否则片段缺少报警前的画面")
    if made.longest_s < made.pre_s + made.post_s:
        section.fault("longest_s", f"= {made.longest_s:g} 太短", "不能短于 pre_s 与 post_s 之和")
    names = [one.id for one in nvrs]
    for name in {one for one in names if names.count(one) > 1}:
        section.fault("nvr", f"有多个叫 {name}", "id 不能重复")
    section.done()
    return made


def _nvr(section: Section) -> NvrSettings | None:
    id = section.text("id", required=True)
    made = NvrSettings(
        id,
        section.choice("vendor", VENDORS[0], VENDORS),
        section.text("url", required=True),
        section.text("clock"),
        section.text("user"),
        section.text("secret"),
        section.texts("cameras"),
        section.whole("at_once", 1, 1, 64),
    )
    if made.url and not made.url.startswith(("rtsp://", "rtsps://")):
        section.fault("url", f"= {made.url!r} 不对", "应像 rtsp://192.168.1.64:554，不含用户名和口令")
    if "@" in made.url or "@" in made.clock:
        section.fault("url", "含有用户名或口令", "口令存入密码库（hazwatch secret），这里用 secret 写它的名字")
    if made.clock and not made.clock.startswith(("http://", "https://")):
        section.fault("clock", f"= {made.clock!r} 不对", "应像 http://192.168.1.64")
    if not made.cameras:
        section.fault("cameras", "没有填写", '应写这台录像机的摄像机编号，如 ["NVR1-*"]')
    section.done()
    return made if id else None

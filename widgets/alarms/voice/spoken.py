"""What is said of an alarm, as Chinese text without digits, units or signs: a pure function of the alarm. Console side.

The tag is never said, the name and the equipment are; numbers as in 九十二点一, equipment numbers digit by digit (幺 for 1, as
on every radio), letters one by one. The voice speaks Chinese whatever language the screen is in.
"""

import re

from app.domain.tag import Priority
from app.domain.wire import AlarmMsg

_DIGITS = "零一二三四五六七八九"
_CALLED = "零幺二三四五六七八九"
PRIORITIES = {Priority.CRITICAL: "紧急", Priority.HIGH: "高优先级", Priority.MEDIUM: "中优先级", Priority.LOW: "低优先级"}
RULES = {
    "HH": "高高", "H": "高报", "L": "低报", "LL": "低低", "STATE": "状态报警", "BAD": "数据失效", "LINK": "数据源中断",
    "SYSTEM": "站自身故障", "RATE": "趋势预警",
}  # fmt: skip
_BOUND = {"HH": "上限", "H": "上限", "L": "下限", "LL": "下限"}
UNITS = {
    "%": "百分之*", "%LEL": "百分之* 爆炸下限", "LEL": "百分之* 爆炸下限", "%VOL": "体积百分之*", "%RH": "相对湿度百分之*",
    "ppm": "*P P M", "ppb": "*P P B", "Pa": "*帕", "hPa": "*百帕", "kPa": "*千帕", "MPa": "*兆帕", "bar": "*巴",
    "mbar": "*毫巴", "℃": "*摄氏度", "°C": "*摄氏度", "K": "*开", "°": "*度", "m": "*米", "cm": "*厘米",
    "mm": "*毫米", "um": "*微米",
    "m3": "*立方米", "L": "*升", "m3/h": "*立方米每小时", "Nm3/h": "*标准立方米每小时", "L/min": "*升每分钟",
    "kg": "*千克", "g": "*克", "t": "*吨", "kg/h": "*千克每小时", "t/h": "*吨每小时", "t/d": "*吨每天",
    "kg/m3": "*千克每立方米",
    "mg/m3": "*毫克每立方米", "ug/m3": "*微克每立方米", "m/s": "*米每秒", "mm/s": "*毫米每秒", "r/min": "*转每分钟",
    "rpm": "*转每分钟", "A": "*安", "mA": "*毫安", "V": "*伏", "kV": "*千伏", "kW": "*千瓦", "MW": "*兆瓦", "Hz": "*赫兹",
    "s": "*秒", "min": "*分钟", "h": "*小时", "d": "*天", "dB": "*分贝", "mol/L": "*摩尔每升", "pH": "P H 值*",
}  # fmt: skip
_CODE = re.compile(r"(?<![A-Za-z])([A-Za-z]{1,6})[-_ ]?(\d{1,6}(?:[-_]\d{1,4})*)([A-Za-z]?)(?![A-Za-z\d])")
_NUMBER = re.compile(r"[-−+]?\d+(?:\.\d+)?")


def whole_words(number: int) -> str:
    """12 → 十二, 2005 → 两千零五, 30000 → 三万."""
    if number < 0:
        return "负" + whole_words(-number)
    if number >= 10**8:
        return _group(number, 10**8, "亿", 10**7)
    if number >= 10**4:
        return _group(number, 10**4, "万", 10**3)
    said = _below_ten_thousand(number)
    return said.removeprefix("一") if 10 <= number < 20 else said or "零"


def count_words(number: int) -> str:
    """How many: 两条, not 二条."""
    return "两" if number == 2 else whole_words(number)


def _below_ten_thousand(number: int) -> str:
    said, zero = "", False
    for power, word in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // power % 10
        if digit:
            said += "零" if zero and said else ""
            said += ("两" if digit == 2 and power == 1000 else _DIGITS[digit]) + word
            zero = False
        else:
            zero = True
    return said


def _group(number: int, size: int, word: str, full: int) -> str:
    high, low = divmod(number, size)
    rest = whole_words(low) if low >= 10**4 else _below_ten_thousand(low)
    return count_words(high) + word + ("零" if 0 < low < full else "") + rest


def number_words(text: str) -> str:
    """A written number: "92.1" → 九十二点一, "-5" → 负五, "0.030" → 零点零三."""
    minus = text[:1] in "-−"
    whole, _, part = text.lstrip("-−+").partition(".")
    part = part.rstrip("0")
    if len(whole) > 12:
        return "数值很大"
    said = whole_words(int(whole or "0")) + ("点" + "".join(_DIGITS[int(d)] for d in part) if part else "")
    return ("负" if minus and said != "零" else "") + said


def called(digits: str) -> str:
    """Digit by digit: 302 → 三零二."""
    return "".join(_CALLED[int(d)] if d.isdigit() else " " for d in digits)


def value_words(value: float | int, unit: str, decimals: int = 2) -> str:
    """With the unit said where Chinese says it: 25 %LEL → 百分之二十五 爆炸下限."""
    text = str(value) if isinstance(value, int) else f"{value:.{max(0, decimals)}f}"
    if not _NUMBER.fullmatch(text):
        return ""  # not a number, or infinite
    said = number_words(text)
    key = unit.replace("³", "3").replace("²", "2").replace("μ", "u").replace("µ", "u").replace(" ", "")
    pattern = UNITS.get(key) or UNITS.get(key.replace("lel", "LEL").replace("vol", "VOL").replace("Vol", "VOL"))
    if pattern is None:
        pattern = "*" + (unit if re.fullmatch(r"[\u4e00-\u9fff]+", unit) else "")
    return pattern.replace("*", said)


def name_words(text: str) -> str:
    """A name: T-302 letter by letter and digit by digit, 3号 as a number, other signs as pauses."""

    def code(match: re.Match[str]) -> str:
        letters = " ".join(match[1].upper())
        return f" {letters} {called(match[2])}{' ' + match[3].upper() if match[3] else ''} "

    def number(match: re.Match[str]) -> str:
        one = match[0].lstrip("-−+")
        return called(one) if len(one) > 2 and "." not in one else number_words(one)

    said = _NUMBER.sub(number, _CODE.sub(code, text.replace("#", "号")))
    said = re.sub(r"[A-Za-z]{2,}", lambda m: f" {' '.join(m[0].upper())} ", said)
    said = re.sub(r"[^\u4e00-\u9fffA-Za-z]+", " ", said)
    return said.strip()


def alarm_words(alarm: AlarmMsg, decimals: int = 2) -> str:
    """紧急 三号罐区 T 三零二 液位 高高 九十二点一米 上限九十."""
    parts = [PRIORITIES[Priority.of(alarm.priority)], *_place(alarm), RULES.get(alarm.rule, "报警")]
    if alarm.rule in _BOUND and isinstance(alarm.value, int | float) and not isinstance(alarm.value, bool):
        parts.append(value_words(alarm.value, alarm.unit, decimals))
        if alarm.limit is not None:
            parts.append(_BOUND[alarm.rule] + number_words(f"{alarm.limit:.{max(0, decimals)}f}"))
    return " ".join(part for part in parts if part)


def return_words(alarm: AlarmMsg) -> str:
    return " ".join(["恢复", *_place(alarm), RULES.get(alarm.rule, "报警")])


def flood_words(count: int, critical: int) -> str:
    return f"报警泛滥，新增报警{count_words(count)}条" + (f"，其中紧急{count_words(critical)}条" if critical else "")


def standing_words(count: int, critical: int) -> str:
    return f"当前未确认报警{count_words(count)}条" + (f"，其中紧急{count_words(critical)}条" if critical else "")


LOST_WORDS = "注意，值守席与站通信中断，画面不是实时数据"
TEST_WORDS = "试音，紧急，三号罐区 T 三零二 液位 高高 九十二点一米，上限九十"


def _place(alarm: AlarmMsg) -> list[str]:
    """Area, equipment and name; nothing is said twice."""
    name = alarm.name or alarm.equipment
    parts = [alarm.area] if alarm.area and alarm.area not in name else []
    if alarm.equipment and alarm.equipment not in name:
        parts.append(alarm.equipment)
    # A source that has no name is called by its letters all the same: better than an alarm without a subject.
    return [name_words(part) for part in (*parts, name or alarm.tag.lstrip("@"))]

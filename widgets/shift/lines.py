"""The handover sheet as lines to be drawn: each section with its count, each row in one line. Console side, no Qt.

A row of the sheet is a dictionary of columns (`app.domain.handover`); here is only what of it stands where, and what it opens.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.domain.handover import SECTIONS
from widgets.vocabulary import local_time, rule_word, state_word
from widgets.words import tr

Row = Mapping[str, Any]


class Opens(StrEnum):
    NOTHING = ""
    ALARM = "alarm"  # an occurrence
    FORM = "form"  # kind and number
    TAG = "tag"
    LEFT = "left"  # something an earlier shift left open: its words


@dataclass(frozen=True)
class Line:
    """`time` left, `priority` a word or "", `main` in the middle, `side` at the right. `strong`: needs somebody. `target`:
    occurrence, (kind, id) or tag."""

    main: str
    side: str = ""
    time: str = ""
    priority: str = ""
    state: str = ""
    strong: bool = False
    opens: Opens = Opens.NOTHING
    target: Any = None


@dataclass(frozen=True)
class Block:
    """One section. `pairs`: name and value side by side instead of lines."""

    key: str
    title: str
    lines: tuple[Line, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()


def blocks_of(fields: Mapping[str, Any], changed: Sequence[Row] = ()) -> list[Block]:
    """`fields`: of the form, or the sheet being written. `changed`: what came after the signature."""
    blocks = []
    if changed:
        blocks.append(Block("after", tr("签字后的变化"), tuple(_changed(one) for one in changed)))
    for key, title in SECTIONS.items():
        rows = fields.get(key) or ()
        if key == "figures":
            blocks.append(Block(key, tr(title), pairs=tuple(_pair(row) for row in rows)))
        else:
            blocks.append(Block(key, tr(title), tuple(_LINES[key](row) for row in rows)))
    return blocks


def count_words(block: Block) -> str:
    return "" if block.key == "figures" else tr("无") if not block.lines else str(len(block.lines))


def _changed(one: Row) -> Line:
    line = _LINES[str(one["section"])](one["row"])
    word = tr("新增") if one["change"] == "new" else tr("已无")
    return Line(
        f"{word}　{tr(str(one['title']))}　{line.main}", line.side, line.time, line.priority, line.state,
        one["change"] == "new", line.opens, line.target,
    )  # fmt: skip


def _pair(row: Row) -> tuple[str, str]:
    at = local_time(row.get("at"))
    return tr(str(row.get("text", ""))), " ".join(word for word in (str(row.get("value", "")), tr_unit(row), at[:5]) if word)


def tr_unit(row: Row) -> str:
    unit = str(row.get("unit") or "")
    return tr(unit) if unit else ""


def _words(*parts: object) -> str:
    return "　".join(str(part) for part in parts if part)


def _time(row: Row, key: str = "at") -> str:
    return local_time(row.get(key), date=True)[:11]


def _alarm(row: Row, main: str, side: str, strong: bool = False) -> Line:
    occurrence = row.get("occurrence")
    return Line(
        main, side, _time(row), str(row.get("priority") or ""), str(row.get("state") or ""), strong,
        Opens.NOTHING if occurrence is None else Opens.ALARM, occurrence,
    )  # fmt: skip


def _open(row: Row) -> Line:
    state = str(row.get("state") or "")
    unseen = state in ("UNACK", "RTNUN", "LUNAK")
    side = _words(state_word(state) if state else "", row.get("acked_by"), row.get("note"))
    return _alarm(row, _words(row.get("tag"), row.get("text")), side, unseen)


def _standing(row: Row) -> Line:
    hours = row.get("hours")
    return _alarm(row, _words(row.get("tag"), row.get("text")), tr("{n} 小时", n=hours) if hours else "")


def _shelved(row: Row) -> Line:
    until = tr("至 {time}", time=_time(row, "until")) if row.get("until") else ""
    rule = rule_word(str(row["what"])) if row.get("what") else ""
    return _alarm(row, _words(row.get("tag"), row.get("text"), rule), _words(until, row.get("by"), row.get("reason")))


def _aside(row: Row) -> Line:
    rules = tr("{n} 条报警", n=row["rules"]) if row.get("rules") else ""
    return _alarm(row, _words(row.get("tag"), row.get("text")), _words(rules, row.get("reason")))


def _stopped(row: Row) -> Line:
    return Line(_words(row.get("equipment"), row.get("text")), _words(row.get("area"), row.get("status")))


def _limit(row: Row) -> Line:
    change = f"{row.get('what', '')} {row.get('old', '')} → {row.get('new', '')}".strip() if row.get("what") else ""
    tag = row.get("tag")
    return Line(
        _words(tag, row.get("text"), change), _words(row.get("by"), row.get("why")), _time(row),
        opens=Opens.TAG if tag else Opens.NOTHING, target=tag,
    )  # fmt: skip


def _form(row: Row) -> Line:
    overdue = bool(row.get("overdue"))
    due = tr("期限 {time}", time=_time(row, "due")) if row.get("due") else ""
    late = tr("已超期") if overdue else ""
    form = row.get("form")
    return Line(
        _words(row.get("number"), row.get("text")), _words(row.get("state"), due, late), "", strong=overdue,
        opens=Opens.NOTHING if form is None else Opens.FORM, target=(row.get("kind"), form),
    )  # fmt: skip


def _lost(row: Row) -> Line:
    return Line(_words(row.get("source"), row.get("text")), str(row.get("error") or ""), _time(row), strong=True)


def _system(row: Row) -> Line:
    state = str(row.get("state") or "")
    return _alarm(row, str(row.get("text") or ""), state_word(state) if state else "", True)


def _actor(row: Row) -> Line:
    share = tr("占 {n} %", n=row["share"]) if row.get("share") is not None else ""
    count = tr("{n} 次", n=row["count"]) if row.get("count") is not None else ""
    rule = rule_word(str(row["what"])) if row.get("what") else ""
    tag = str(row.get("tag") or "")
    opens = Opens.TAG if tag and not tag.startswith("@") else Opens.NOTHING  # a source has no curve
    return Line(_words(tag, row.get("text"), rule), _words(count, share), opens=opens, target=tag)


def _note(row: Row) -> Line:
    return Line(str(row.get("text") or ""), str(row.get("by") or ""), _time(row))


def _left(row: Row) -> Line:
    closed = row.get("closed_at")
    done = tr("已办结 {time} {by}", time=_time(row, "closed_at"), by=row.get("closed_by", "")) if closed else tr("未办结")
    return Line(
        str(row.get("item") or ""), _words(row.get("why"), row.get("since"), done, row.get("closed")), strong=not closed,
        opens=Opens.NOTHING if closed else Opens.LEFT, target=row.get("item"),
    )  # fmt: skip


_LINES: Mapping[str, Callable[[Row], Line]] = {
    "left": _left,
    "open_alarms": _open,
    "standing": _standing,
    "shelved": _shelved,
    "suppressed": _aside,
    "out_of_service": _aside,
    "stopped": _stopped,
    "limit_changes": _limit,
    "forms_open": _form,
    "sources_lost": _lost,
    "system": _system,
    "bad_actors": _actor,
    "notes": _note,
}

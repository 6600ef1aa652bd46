"""A board of the past as it is kept (回放断面): bytes from which one can go on at that record of the journal.

Station side; pure. An alarm a line: of ten thousand standing alarms these are megabytes, and to write or read them in one go
would hold the interpreter, and with it the live watch, for a tenth of a second.
"""

import zlib

import msgspec

from app.domain.alarm import AlarmRule, RuleKind, RuleState
from app.domain.instant import Instant
from app.domain.tag import Priority
from app.station.firstout import FirstOut
from app.station.replay_board import Facts, LinkThen, PastBoard
from app.station.replay_site import Library

FORMAT = 2
_RuleTold = tuple[str, str, int, float | None]
_alarm = msgspec.json.Decoder(tuple[_RuleTold, RuleState])


def kept(board: PastBoard) -> bytes:
    facts, pairs = board.facts, board.board.pairs()
    head = {
        "format": FORMAT,
        "facts": {
            "config": facts.config,
            "running": facts.running,
            "started_at": facts.started_at,
            "flood_since": facts.flood_since,
            "links": {source: [one.state, one.since, one.error] for source, one in facts.links.items()},
        },
        "details": board.wording.details,
        "chattering": sorted(board.wording.chattering),
        "told": {rule.tag: board.told.get(rule.tag) for rule, _ in pairs if rule.kind is RuleKind.BAD},
        "first": board.board.first_out.kept(),
    }
    alarms = [
        msgspec.json.encode(((rule.tag, rule.kind.value, int(rule.priority), rule.limit), state)) for rule, state in pairs
    ]
    return zlib.compress(b"\n".join([msgspec.json.encode(head), *alarms]), 3)


def taken_up(library: Library, id: int, hash: str, time: Instant, body: bytes) -> PastBoard | None:
    """None when it was kept by another program."""
    try:
        head, *alarms = zlib.decompress(body).split(b"\n")
        kept = msgspec.json.decode(head)
        if kept["format"] != FORMAT:
            return None
        board, told = PastBoard(library), kept["facts"]
        links = {source: LinkThen(*link) for source, link in told.pop("links").items()}
        board.facts = Facts(id, hash, time, links=links, **told)
        board.adopt(board.facts.config)
        board.wording.details.update(kept["details"])
        board.wording.chattering.update(kept["chattering"])
        board.told = {tag: at for tag, at in kept["told"].items() if at is not None}
        pairs = [(_known(board, rule), state) for rule, state in map(_alarm.decode, alarms)]
        board.board.resume(pairs, FirstOut.taken_up(kept["first"]))
    except (AttributeError, KeyError, TypeError, ValueError, zlib.error, msgspec.ValidationError):
        return None
    return board


def _known(board: PastBoard, told: _RuleTold) -> AlarmRule:
    tag, kind, priority, limit = told
    found = board.then.rule(f"{tag}/{kind}")
    return AlarmRule(tag, RuleKind(kind), Priority(priority), limit=limit) if found is None else found

"""What goes wrong on purpose, and when. One command language for the script, the keyboard and the tests; plant side.

Commands, one a line; words in brackets may be left out. All seconds are the plant's own (`--speed` shortens them):

    overfill [TANK] [SECONDS]          fill a tank until its HH is passed SECONDS from now (V-203, 40); the trip then shuts
    drain [TANK] [SECONDS]             draw it down to a little below H (60)
    leak [GAS] [SECONDS] [KG_PER_S]    lpg (default), methanol, benzene or chlorine leaks (60 s)
    ground BAY [SECONDS]               the earth clamp of a loading bay comes off (20)
    spill BAY [SECONDS]                its overfill probe gets wet (20)
    stuck TAG [SECONDS]                the reading freezes, quality good
    fault TAG [SECONDS]                the transmitter reports itself broken (bad quality)
    set TAG VALUE [SECONDS]            the reading is VALUE
    free TAG                           ends stuck, fault and set of a tag
    cut SOURCE SECONDS                 the cable of a source is pulled: connections close, nobody listens
    calm                               all of it ends, the script too; full tanks are drawn down in 20 s
    script                             the demo script from its beginning
"""

import heapq
from collections.abc import Callable, Iterable
from inspect import signature
from itertools import count

from app.plant import geometry as g
from app.plant.field import Field
from app.plant.model import DemoModel
from app.plant.tanks import Tank

SCRIPT: tuple[tuple[float, str], ...] = (
    (19.0, "overfill V-203 40"),
    (90.0, "leak lpg 60"),
    (180.0, "cut gds 30"),
    (240.0, "drain V-203 60"),
    (270.0, "stuck TT-102 90"),
    (330.0, "fault PT-103 40"),
    (390.0, "ground L-502 20"),
    (440.0, "leak chlorine 20"),
)
SCRIPT_LENGTH = 600.0
"""Seconds after which the script begins again."""

LEAKS = {
    "lpg": ("lpg", 80.0, 207.0, 5.0, 6.0),
    "methanol": ("methanol", 206.0, 197.5, 1.5, 3.0),
    "benzene": ("benzene", 326.0, 197.0, 1.2, 3.0),
    "chlorine": ("chlorine_ppm", 330.0, 140.0, 0.002, 14.0),
}
"""Gas: what it is, where, kg/s, how wide it spreads at once. Bottom valve of V-104, pump seals, a cylinder valve inside the
store (the building fills before the wind takes it)."""


class WrongCommand(Exception):
    """The text says in Chinese what is wrong with the command."""


class Upsets:
    """`down`: sources whose cable is pulled now; whoever runs the servers reads it. Call `step()` after each step of the
    field."""

    def __init__(self, field: Field, demo: DemoModel | None, sources: Iterable[str], script: bool = True) -> None:
        self._field = field
        self._demo = demo
        self._sources = frozenset(sources)
        self.down: set[str] = set()
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._order = count()
        self._kept: dict[object, object] = {}
        """What is going on now, by what it concerns: a later end of something that was begun anew does nothing."""
        if script and demo is not None:
            self._begin_script()

    def step(self) -> None:
        while self._due and self._due[0][0] <= self._field.clock:
            heapq.heappop(self._due)[2]()

    def command(self, line: str) -> str:
        """Does it and says so. Raises WrongCommand."""
        words = line.split()
        if not words:
            return ""
        verb, given = words[0].lower(), words[1:]
        doing = getattr(self, f"_do_{verb}", None)
        if doing is None:
            raise WrongCommand(f"不认识命令“{verb}”，可用 {'、'.join(VERBS)}")
        try:
            signature(doing).bind(*given)
        except TypeError:
            raise WrongCommand(f"命令“{line.strip()}”的参数个数不对") from None
        try:
            doing(*given)
        except ValueError:
            raise WrongCommand(f"命令“{line.strip()}”里应是数字的地方不是数字") from None
        return f"ok {' '.join(words)}"

    # --- commands ------------------------------------------------------------------------------------------------------

    def _do_overfill(self, tank: str = "V-203", seconds: str = "40") -> None:
        vessel, span = self._tank(tank), _positive(seconds)
        rise = (vessel.limits.hh or vessel.vessel.height) - vessel.level
        wanted = vessel.to_reach(vessel.limits.hh or vessel.vessel.height)
        if rise <= 0.0:
            raise WrongCommand(f"{tank} 已经高于高高报")
        vessel.forced = wanted / span
        self._until(vessel, span + 60.0, lambda: setattr(vessel, "forced", 0.0))

    def _do_drain(self, tank: str = "V-203", seconds: str = "60") -> None:
        vessel, span = self._tank(tank), _positive(seconds)
        vessel.forced = min(vessel.to_reach((vessel.limits.h or 0.0) - 0.12), 0.0) / span
        self._until(vessel, span, lambda: setattr(vessel, "forced", 0.0))

    def _do_leak(self, gas: str = "lpg", seconds: str = "60", rate: str = "") -> None:
        demo = self._plant()
        if gas not in LEAKS:
            raise WrongCommand(f"不认识气体“{gas}”，可用 {'、'.join(LEAKS)}")
        kind, x, y, usual, spread = LEAKS[gas]
        span = _positive(seconds)
        self._end(gas)
        release = demo.leak(x, y, _positive(rate) if rate else usual, kind, spread)
        self._until(gas, span, lambda: demo.close_leak(release))

    def _do_ground(self, bay: str, seconds: str = "20") -> None:
        self._bay(bay, "earth_lost", _positive(seconds))

    def _do_spill(self, bay: str, seconds: str = "20") -> None:
        self._bay(bay, "spilt", _positive(seconds))

    def _do_stuck(self, tag: str, seconds: str = "") -> None:
        self._known(tag)
        self._do_free(tag)
        self._field.stuck[tag] = self._field.readings()[tag]
        self._tag_until(tag, seconds)

    def _do_fault(self, tag: str, seconds: str = "") -> None:
        self._known(tag)
        self._field.faults.add(tag)
        self._tag_until(tag, seconds)

    def _do_set(self, tag: str, value: str, seconds: str = "") -> None:
        self._known(tag)
        number = float(value)
        self._field.forced[tag] = bool(number) if self._field.tags[tag].is_digital else number
        self._tag_until(tag, seconds)

    def _do_free(self, tag: str) -> None:
        self._known(tag)
        self._kept.pop(tag, None)
        self._field.stuck.pop(tag, None)
        self._field.forced.pop(tag, None)
        self._field.faults.discard(tag)

    def _do_cut(self, source: str, seconds: str) -> None:
        if source not in self._sources:
            raise WrongCommand(f"没有数据源“{source}”，有 {'、'.join(sorted(self._sources))}")
        self.down.add(source)
        self._until(("cut", source), _positive(seconds), lambda: self.down.discard(source))

    def _do_calm(self) -> None:
        self._due.clear()
        for end in list(self._kept.values()):
            assert callable(end)
            end()
        self._kept.clear()
        if self._demo is not None:
            for code, tank in self._demo.tanks.items():
                if tank.level >= (tank.limits.h or tank.vessel.height):
                    self._do_drain(code, "20")

    def _do_script(self) -> None:
        self._plant()
        self._do_calm()
        self._begin_script()

    # --- machinery -----------------------------------------------------------------------------------------------------

    def _begin_script(self) -> None:
        for after, line in SCRIPT:
            self._after(after, lambda line=line: self._scripted(line))  # type: ignore[misc]
        self._after(SCRIPT_LENGTH, self._begin_script)

    def _scripted(self, line: str) -> None:
        """A tank that somebody has overfilled by hand, a source that the site does not have: the script goes on."""
        try:
            self.command(line)
        except WrongCommand:
            return

    def _after(self, seconds: float, doing: Callable[[], object]) -> None:
        heapq.heappush(self._due, (self._field.clock + seconds, next(self._order), doing))

    def _until(self, about: object, seconds: float, end: Callable[[], object]) -> None:
        key = id(about) if isinstance(about, Tank) else about
        self._kept[key] = end

        def finish() -> None:
            if self._kept.get(key) is end:
                del self._kept[key]
                end()

        self._after(seconds, finish)

    def _end(self, about: object) -> None:
        end = self._kept.pop(about, None)
        if callable(end):
            end()

    def _tag_until(self, tag: str, seconds: str) -> None:
        """Without SECONDS it lasts until `free` or `calm`."""
        self._until(tag, _positive(seconds) if seconds else float("inf"), lambda: self._do_free(tag))

    def _bay(self, code: str, what: str, seconds: float) -> None:
        bay = self._plant().bays.get(code)
        if bay is None:
            raise WrongCommand(f"没有鹤位“{code}”，有 {'、'.join(one[0] for one in g.BAYS)}")
        setattr(bay, what, True)
        self._until((code, what), seconds, lambda: setattr(bay, what, False))

    def _tank(self, code: str) -> Tank:
        found = self._plant().tanks.get(code)
        if found is None:
            raise WrongCommand(f"没有储罐“{code}”")
        return found

    def _known(self, tag: str) -> None:
        if tag not in self._field.tags:
            raise WrongCommand(f"没有位号“{tag}”")

    def _plant(self) -> DemoModel:
        if self._demo is None:
            raise WrongCommand("这个命令只用于自带的演示工厂")
        return self._demo


VERBS = tuple(name[4:] for name in vars(Upsets) if name.startswith("_do_"))


def _positive(text: str) -> float:
    value = float(text)
    if not value > 0.0:
        raise ValueError(text)
    return value
